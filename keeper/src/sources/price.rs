//! A price in a feed's units, made from decimal text without floats.

use std::fmt;
use std::str::FromStr as _;

use alloy::primitives::{I256, U256};
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Largest price a feed takes: type(int112).max.
const MAX: u128 = (1 << 111) - 1;

/// A positive price in units of 10^-decimals of its feed, at most type(int112).max. Written as a decimal string in
/// JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Price(u128);

/// Why a text or a number is not a price.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PriceError {
    /// Not a decimal number.
    #[error("`{0}` is not a decimal number")]
    NotANumber(String),
    /// Zero or below in the feed's units.
    #[error("`{0}` is not positive in the feed's units")]
    NotPositive(String),
    /// Above what a feed takes.
    #[error("`{0}` is above what a feed takes")]
    TooLarge(String),
}

impl Price {
    /// A price from units; `None` where a feed would not take it.
    #[must_use]
    pub const fn new(units: u128) -> Option<Self> {
        if units == 0 || units > MAX {
            None
        } else {
            Some(Self(units))
        }
    }

    /// A price as the chain holds it; `None` where it is not positive.
    #[must_use]
    pub fn from_chain(price: I256) -> Option<Self> {
        u128::try_from(price).ok().and_then(Self::new)
    }

    /// The units.
    #[must_use]
    pub const fn units(self) -> u128 {
        self.0
    }

    /// As the chain holds it.
    #[must_use]
    pub fn to_chain(self) -> I256 {
        I256::try_from(self.0).unwrap_or(I256::MAX)
    }

    /// Reads decimal text (`1.0834`, `6.2e-1`) in units of 10^-`decimals`, rounded half to even.
    ///
    /// # Errors
    /// [`PriceError`] with the text.
    pub fn parse(text: &str, decimals: u8) -> Result<Self, PriceError> {
        let shown = || text.chars().take(64).collect::<String>();
        let number = Decimal::from_str(text)
            .or_else(|_| Decimal::from_scientific(text))
            .map_err(|_| PriceError::NotANumber(shown()))?;
        let number = number
            .round_dp_with_strategy(u32::from(decimals), RoundingStrategy::MidpointNearestEven)
            .normalize();
        let mantissa = u128::try_from(number.mantissa()).map_err(|_| PriceError::NotPositive(shown()))?;
        let zeros = u32::from(decimals).saturating_sub(number.scale());
        let units = 10u128
            .checked_pow(zeros)
            .and_then(|factor| mantissa.checked_mul(factor))
            .ok_or_else(|| PriceError::TooLarge(shown()))?;
        match units {
            0 => Err(PriceError::NotPositive(shown())),
            units => Self::new(units).ok_or_else(|| PriceError::TooLarge(shown())),
        }
    }

    /// The middle of two prices, rounded towards the first.
    #[must_use]
    pub const fn middle(low: Self, high: Self) -> Self {
        Self(low.0.midpoint(high.0))
    }

    /// Distance from a base in basis points, rounded down; saturates.
    #[must_use]
    pub fn move_bps(self, base: Self) -> u32 {
        let moved = U256::from(self.0.abs_diff(base.0)).saturating_mul(U256::from(10_000u32));
        let bps = moved.checked_div(U256::from(base.0)).unwrap_or(U256::MAX);
        u32::try_from(bps).unwrap_or(u32::MAX)
    }
}

/// Whether a price is further than `bps` basis points of `base` away from it. Exact, and the same comparison as the
/// feed's breaker: |price - base| x 10000 > base x bps.
#[must_use]
pub fn exceeds_bps(price: Price, base: Price, bps: u32) -> bool {
    let moved = U256::from(price.0.abs_diff(base.0)).saturating_mul(U256::from(10_000u32));
    moved > U256::from(base.0).saturating_mul(U256::from(bps))
}

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl Serialize for Price {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Price {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        digits
            .then(|| text.parse().ok())
            .flatten()
            .and_then(Self::new)
            .ok_or_else(|| de::Error::custom("a price is a positive integer below 2^111, as a decimal string"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn decimal_text_becomes_units() {
        for (text, decimals, units) in [
            ("1.0834", 8, 108_340_000),
            ("97123.45", 8, 9_712_345_000_000),
            ("1", 0, 1),
            ("6.2e-1", 8, 62_000_000),
            ("1.2E3", 2, 120_000),
            // Half to even at the last digit.
            ("0.125", 2, 12),
            ("0.135", 2, 14),
            ("0.000000015", 8, 2),
            (
                "79228162514264337593543.950335",
                6,
                79_228_162_514_264_337_593_543_950_335,
            ),
        ] {
            assert_eq!(Price::parse(text, decimals).map(Price::units), Ok(units), "{text}");
        }
    }

    #[test]
    fn what_is_no_price_is_refused() {
        for text in ["", "abc", "NaN", "inf", "1,5", "0x10", "1.2.3", "--1"] {
            assert!(
                matches!(Price::parse(text, 8), Err(PriceError::NotANumber(_))),
                "{text}"
            );
        }
        for text in ["0", "-1", "-0.00000001", "0.000000001", "0.000000005"] {
            assert!(
                matches!(Price::parse(text, 8), Err(PriceError::NotPositive(_))),
                "{text}"
            );
        }
        assert!(matches!(
            Price::parse("79228162514264337593543950335", 18),
            Err(PriceError::TooLarge(_))
        ));
    }

    proptest! {
        /// PRICE-6: digits become an integer without loss.
        #[test]
        fn text_and_units_agree(whole in 0u64..1_000_000_000, fraction in 0u32..100_000_000) {
            let units = u128::from(whole) * 100_000_000 + u128::from(fraction);
            prop_assume!(units > 0);
            let text = format!("{whole}.{fraction:08}");
            prop_assert_eq!(Price::parse(&text, 8).map(Price::units), Ok(units));
        }

        /// PRICE-6: the comparison is exact, as the contract's is.
        #[test]
        fn the_breaker_comparison_is_exact(base in 1u128..(1 << 100), moved in 0u128..(1 << 100), bps in 1u32..10_000) {
            let (base, price) = (Price(base), Price(base + moved));
            // |moved| / base > bps / 10000, cross-multiplied over arbitrary precision.
            let exact = U256::from(moved) * U256::from(10_000) > U256::from(base.0) * U256::from(bps);
            prop_assert_eq!(exceeds_bps(price, base, bps), exact);
            prop_assert_eq!(price.move_bps(base) > bps, exceeds_bps(price, base, bps) && price.move_bps(base) != bps);
        }

        #[test]
        fn json_round_trips(units in 1u128..MAX) {
            let json = serde_json::to_string(&Price(units)).unwrap();
            prop_assert_eq!(&json, &format!("\"{units}\""));
            prop_assert_eq!(serde_json::from_str::<Price>(&json).unwrap(), Price(units));
        }
    }
}
