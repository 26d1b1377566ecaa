//! Numbers that are known to lie between two bounds.

use alloy_primitives::Uint;

/// 256 bits before the point and 256 after it.
pub type Wide = Uint<512, 8>;

/// A non-negative real number x with `low <= x 2^256 <= high`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Enclosure {
    /// Lower bound, Q256.
    pub low: Wide,
    /// Upper bound, Q256.
    pub high: Wide,
}

impl Enclosure {
    /// The numbers within `radius` units of 2^-256 around `middle`.
    pub fn around(middle: Wide, radius: Wide) -> Self {
        Self {
            low: middle.saturating_sub(radius),
            high: middle + radius,
        }
    }

    /// One number.
    pub fn exactly(value: Wide) -> Self {
        Self {
            low: value,
            high: value,
        }
    }

    /// The sum.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            low: self.low + other.low,
            high: self.high + other.high,
        }
    }

    /// The difference, not below zero.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        Self {
            low: self.low.saturating_sub(other.high),
            high: self.high.saturating_sub(other.low),
        }
    }

    /// Times `numerator / denominator`.
    #[must_use]
    pub fn scaled(self, numerator: u128, denominator: u128) -> Self {
        let (numerator, denominator) = (Wide::from(numerator), Wide::from(denominator));
        Self {
            low: self.low * numerator / denominator,
            high: (self.high * numerator).div_ceil(denominator),
        }
    }

    /// Largest integer that is certainly not above.
    pub fn floor(&self) -> Wide {
        self.low >> 256
    }

    /// Whether every number in here is above every number in `other`.
    pub fn is_above(&self, other: &Self) -> bool {
        self.low > other.high
    }
}
