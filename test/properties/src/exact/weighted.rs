//! The weighted invariant, prod B_i^(w_i / W).

use std::cmp::Ordering;

use alloy_primitives::U256;
use num_bigint::BigUint;
use num_integer::Integer;

use super::{Enclosure, exp_minus_one, ln_ratio, logarithm::one_minus_exp};

/// Exponents up to this are decided by integer powers.
const LARGEST_POWER: u32 = 2_000;

/// Balances and weights of the two tokens of a trade.
#[derive(Clone, Copy, Debug)]
pub struct Trade {
    /// Balance of the token that goes in, token units.
    pub balance_in: U256,
    /// Balance of the token that comes out, token units.
    pub balance_out: U256,
    /// Weight of the token that goes in.
    pub weight_in: u32,
    /// Weight of the token that comes out.
    pub weight_out: u32,
}

/// What comes out for `amount`, as a real number of token units.
pub fn out_given_in(trade: &Trade, amount: U256) -> Enclosure {
    let ln = ln_ratio(trade.balance_in, trade.balance_in + amount);
    let part = one_minus_exp(&ln.scaled(trade.weight_in.into(), trade.weight_out.into()));
    part.scaled(trade.balance_out.to(), 1)
}

/// What goes in for `amount`, as a real number of token units; nothing where that exceeds 2^120 balances.
pub fn in_given_out(trade: &Trade, amount: U256) -> Option<Enclosure> {
    let ln = ln_ratio(trade.balance_out - amount, trade.balance_out);
    let growth = exp_minus_one(&ln.scaled(trade.weight_out.into(), trade.weight_in.into()))?;
    Some(growth.scaled(trade.balance_in.to(), 1))
}

/// (a / b)^(n / d); nothing where that exceeds 2^120.
pub fn power(a: U256, b: U256, n: u32, d: u32) -> Option<Enclosure> {
    let one = Enclosure::exactly(super::Wide::from(1) << 256_usize);
    if a >= b {
        Some(exp_minus_one(&ln_ratio(b, a).scaled(n.into(), d.into()))?.plus(one))
    } else {
        Some(one.minus(one_minus_exp(&ln_ratio(a, b).scaled(n.into(), d.into()))))
    }
}

/// ln of the invariant.
pub fn ln_invariant(balances: &[U256], weights: &[u32]) -> Enclosure {
    let sum: u32 = weights.iter().sum();
    let zero = Enclosure::exactly(super::Wide::ZERO);
    balances.iter().zip(weights).fold(zero, |all, (balance, weight)| {
        all.plus(ln_ratio(U256::ONE, *balance).scaled((*weight).into(), sum.into()))
    })
}

/// A comparison that may be beyond what can be decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ordering3 {
    /// Certain.
    Known(Ordering),
    /// Equal to 230 bits after the point, and the powers are too high to be computed.
    Open,
}

/// Compares `a_1^p_1 a_2^p_2 ...` with `b_1^q_1 b_2^q_2 ...` by logarithms, then, where these are too close, by integer
/// powers.
pub fn compare_powers(left: &[(U256, u32)], right: &[(U256, u32)]) -> Ordering3 {
    let logarithm = |side: &[(U256, u32)]| {
        side.iter()
            .fold(Enclosure::exactly(super::Wide::ZERO), |all, (base, exponent)| {
                all.plus(ln_ratio(U256::ONE, *base).scaled((*exponent).into(), 1))
            })
    };
    let (a, b) = (logarithm(left), logarithm(right));
    if a.is_above(&b) {
        return Ordering3::Known(Ordering::Greater);
    }
    if b.is_above(&a) {
        return Ordering3::Known(Ordering::Less);
    }
    let divisor = left
        .iter()
        .chain(right)
        .fold(0, |all: u32, (_, exponent)| all.gcd(exponent))
        .max(1);
    if left
        .iter()
        .chain(right)
        .any(|(_, exponent)| exponent / divisor > LARGEST_POWER)
    {
        return Ordering3::Open;
    }
    let product = |side: &[(U256, u32)]| {
        side.iter().fold(BigUint::from(1_u8), |all, (base, exponent)| {
            all * BigUint::from_bytes_be(&base.to_be_bytes::<32>()).pow(exponent / divisor)
        })
    };
    Ordering3::Known(product(left).cmp(&product(right)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exact::Wide;
    use proptest::prelude::*;

    fn balance() -> impl Strategy<Value = U256> {
        (0_usize..112, any::<u128>()).prop_map(|(bits, value)| U256::from(value >> 16 >> bits).max(U256::ONE))
    }

    proptest! {
        /// Sound against integers: 2^(256 v) = (hi / lo)^... is out of reach, so the enclosure of n ln(a / b) is held
        /// against the order of integer powers, and the enclosure itself must be tighter than 2^-230.
        #[test]
        fn logarithms_agree_with_integer_powers(
            a in balance(), b in balance(), c in balance(), d in balance(), p in 1_u32..40, q in 1_u32..40,
        ) {
            let (a, b) = (a.max(b), a.min(b));
            let (c, d) = (c.max(d), c.min(d));
            let big = |value: U256| BigUint::from_bytes_be(&value.to_be_bytes::<32>());
            let (left, right) = (ln_ratio(b, a).scaled(p.into(), 1), ln_ratio(d, c).scaled(q.into(), 1));
            let order = (big(a).pow(p) * big(d).pow(q)).cmp(&(big(c).pow(q) * big(b).pow(p)));
            match order {
                Ordering::Greater => prop_assert!(left.high >= right.low),
                Ordering::Less => prop_assert!(right.high >= left.low),
                Ordering::Equal => prop_assert!(left.high >= right.low && right.high >= left.low),
            }
            prop_assert!(left.high - left.low < Wide::from(1) << 28_usize);
        }

        /// A root is held against the integer power of its bounds.
        #[test]
        fn powers_enclose_the_real_number(a in balance(), b in balance(), n in 1_u32..8, d in 1_u32..8) {
            let Some(result) = power(a, b, n, d) else { return Ok(()) };
            let big = |value: U256| BigUint::from_bytes_be(&value.to_be_bytes::<32>());
            let wide = |value: Wide| BigUint::from_bytes_be(&value.to_be_bytes::<64>());
            let exact = big(a).pow(n) << (256 * d as usize);
            prop_assert!(wide(result.low).pow(d) * big(b).pow(n) <= exact);
            prop_assert!(wide(result.high).pow(d) * big(b).pow(n) >= exact);
            // Relative to what is far above one.
            prop_assert!(result.high - result.low <= (Wide::from(1) << 34_usize).max(result.high >> 200_usize));
        }

        /// What comes out is held against B_in^w_in B_out^w_out.
        #[test]
        fn trades_keep_the_invariant_to_the_last_bit(
            balance_in in balance(), balance_out in balance(), amount in balance(), w in 1_u32..20, v in 1_u32..20,
        ) {
            let trade = Trade { balance_in, balance_out, weight_in: w, weight_out: v };
            let out = out_given_in(&trade, amount);
            let big = |value: U256| BigUint::from_bytes_be(&value.to_be_bytes::<32>());
            let wide = |value: Wide| BigUint::from_bytes_be(&value.to_be_bytes::<64>());
            let before = (big(balance_in).pow(w) * big(balance_out).pow(v)) << (256 * v as usize);
            let after = |out: Wide| big(balance_in + amount).pow(w)
                * wide((Wide::from(balance_out) << 256_usize).saturating_sub(out)).pow(v);
            prop_assert!(after(out.low) >= before);
            prop_assert!(after(out.high) <= before);
            prop_assert!(out.high - out.low <= Wide::from(1) << 144_usize);
        }
    }
}
