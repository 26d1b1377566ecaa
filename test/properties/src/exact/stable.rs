//! The stable invariant, by the sign of its integer polynomial.
//!
//! With P = prod x_i and S = sum x_i over n tokens, D is the root of D^(n+1) + (ann - 1) n^n P D = ann n^n P S.
//! Everything is an integer; D is bracketed between two neighbours of Q32, and by ever finer ones where a comparison
//! needs it.

use alloy_primitives::U256;
use num_bigint::{BigInt, BigUint};
use num_integer::Integer;
use num_traits::{One, Signed, Zero};

/// Fractional bits of the bracket that is kept.
const BITS: u32 = 32;
/// Fractional bits beyond which two roots are taken as one. Roots of different integer polynomials of these sizes that
/// lie closer were never met, and equal balances are equal roots.
const FINEST_BITS: u32 = 1_024;

/// One of ann.
const ONE: u64 = 1 << 32;

/// Balances in the common scale, with the amplification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StablePool {
    ann: BigInt,
    balances: Vec<BigInt>,
}

/// How two roots compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StableVerdict {
    /// The invariant fell.
    Fell,
    /// It did not.
    Kept,
}

impl StablePool {
    /// Balances of a common scale; `amplification` is A, and ann = A n.
    pub fn new(balances: &[U256], amplification: u32) -> Self {
        Self::with_ann(
            balances.iter().map(|x| big(*x)).collect(),
            u64::from(amplification) * balances.len() as u64 * ONE,
        )
    }

    /// Balances of a common scale and ann itself in units of 2^-32: while a ramp is on it has fractions.
    pub fn with_ann(balances: Vec<BigInt>, ann: u64) -> Self {
        Self {
            ann: ann.into(),
            balances,
        }
    }

    /// Every balance times `factor`: the root is multiplied by as much.
    #[must_use]
    pub fn scaled(&self, factor: &BigInt) -> Self {
        Self {
            ann: self.ann.clone(),
            balances: self.balances.iter().map(|x| x * factor).collect(),
        }
    }

    /// The same pool with other balances of two tokens.
    #[must_use]
    pub fn with(&self, changes: [(usize, BigInt); 2]) -> Self {
        let mut other = self.clone();
        for (index, value) in changes {
            other.balances[index] = value;
        }
        other
    }

    /// The same pool with every balance changed.
    #[must_use]
    pub fn map(&self, change: impl Fn(usize, &BigInt) -> BigInt) -> Self {
        let balances = self.balances.iter().enumerate().map(|(index, x)| change(index, x));
        Self {
            ann: self.ann.clone(),
            balances: balances.collect(),
        }
    }

    /// Balance of a token.
    pub fn balance(&self, index: usize) -> &BigInt {
        &self.balances[index]
    }

    /// Number of tokens.
    pub fn size(&self) -> usize {
        self.balances.len()
    }

    /// Sum of the balances.
    pub fn sum(&self) -> BigInt {
        self.balances.iter().sum()
    }

    /// ann, in units of 2^-32.
    pub fn ann(&self) -> &BigInt {
        &self.ann
    }

    /// The D of Q`bits` with D - 1 < root <= D, starting the search at `start`.
    pub fn root(&self, bits: u32, start: Option<&BigInt>) -> BigInt {
        let (linear, constant) = self.coefficients(bits);
        let degree = self.balances.len() as u32 + 1;
        let value = |d: &BigInt| d.pow(degree) * ONE + &linear * d - &constant;
        let mut d = start.cloned().unwrap_or_else(|| self.sum() << bits);
        // Convex and rising: one step leads above the root, the others fall towards it.
        for first in [true, false].into_iter().chain(std::iter::repeat(false)) {
            let slope = d.pow(degree - 1) * degree * ONE + &linear;
            let next = (&d - value(&d).div_floor(&slope)).max(BigInt::one());
            let settled = if first { next == d } else { next >= d };
            if settled {
                break;
            }
            d = next;
        }
        while value(&d).is_negative() {
            d += 1;
        }
        loop {
            let lower: BigInt = &d - 1;
            if value(&lower).is_negative() {
                return d;
            }
            d = lower;
        }
    }

    /// Sign of the polynomial at `d` of Q`bits`: negative below the root, positive above it.
    pub fn sign(&self, d: &BigInt, bits: u32) -> i8 {
        if self.balances.iter().any(|balance| !balance.is_positive()) {
            // No root above zero: whatever D was, it is gone.
            return 1;
        }
        let (linear, constant) = self.coefficients(bits);
        let value = d.pow(self.balances.len() as u32 + 1) * ONE + linear * d - constant;
        if value.is_zero() {
            0
        } else if value.is_negative() {
            -1
        } else {
            1
        }
    }

    /// Whether the root of `after` is at least that of `self`, whose bracket of [`Self::bracket`] is `root`.
    pub fn compare(&self, root: &BigInt, after: &Self) -> StableVerdict {
        if self == after || after.sign(root, BITS) <= 0 {
            return StableVerdict::Kept;
        }
        let below: BigInt = root - 1;
        if after.sign(&below, BITS) > 0 {
            return StableVerdict::Fell;
        }
        // Both roots lie within one unit.
        let mut bits = BITS;
        while bits < FINEST_BITS {
            bits *= 2;
            let (old, new) = (self.root(bits, None), after.root(bits, None));
            if old != new {
                return if new > old {
                    StableVerdict::Kept
                } else {
                    StableVerdict::Fell
                };
            }
        }
        StableVerdict::Kept
    }

    /// The bracket that [`Self::compare`] takes: D of Q32, at most a unit above the root.
    pub fn bracket(&self, near: Option<&BigInt>) -> BigInt {
        self.root(BITS, near)
    }

    /// Fractional bits of [`Self::bracket`].
    pub const fn bracket_bits() -> u32 {
        BITS
    }

    /// (ann - 1) n^n P and ann n^n P S for D in Q`bits`, times 2^32 as the whole polynomial is.
    fn coefficients(&self, bits: u32) -> (BigInt, BigInt) {
        let n = self.balances.len();
        let product: BigInt = self
            .balances
            .iter()
            .fold(BigInt::from(n).pow(n as u32), |all, x| all * x);
        let linear: BigInt = ((&self.ann - ONE) * &product) << (bits as usize * n);
        let constant: BigInt = (&self.ann * product * self.sum()) << (bits as usize * (n + 1));
        (linear, constant)
    }
}

fn big(value: U256) -> BigInt {
    BigUint::from_bytes_be(&value.to_be_bytes::<32>()).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pool() -> impl Strategy<Value = StablePool> {
        (
            proptest::collection::vec((0_usize..100, any::<u128>()), 2..=8),
            1_u32..=50_000,
        )
            .prop_map(|(balances, a)| {
                let balances: Vec<U256> = balances
                    .into_iter()
                    .map(|(bits, value)| U256::from(value >> 28 >> bits).max(U256::ONE))
                    .collect();
                StablePool::new(&balances, a)
            })
    }

    proptest! {
        /// The bracket holds a change of sign, wherever the search starts.
        #[test]
        fn a_root_is_bracketed(pool in pool(), start in 1_u64..) {
            let root = pool.root(32, None);
            prop_assert!(pool.sign(&root, 32) >= 0);
            prop_assert!(pool.sign(&(&root - 1_u8), 32) < 0);
            prop_assert_eq!(pool.root(32, Some(&BigInt::from(start))), root);
        }

        /// Equal balances have their sum as invariant: nothing of the formula is needed to know that.
        #[test]
        fn equal_balances_have_their_sum_as_invariant(x in 1_u64.., n in 2_usize..=8, a in 1_u32..=50_000) {
            let pool = StablePool::new(&vec![U256::from(x); n], a);
            prop_assert_eq!(pool.root(32, None), (BigInt::from(x) * n) << 32);
        }

        /// More of any token is a higher invariant, to the last unit.
        #[test]
        fn one_unit_more_or_less_is_seen(pool in pool(), which in any::<prop::sample::Index>()) {
            let index = which.index(pool.balances.len());
            let other = (index + 1) % pool.balances.len();
            let same = (other, pool.balances[other].clone());
            let more = pool.with([(index, pool.balance(index) + 1_u8), same.clone()]);
            let root = pool.bracket(None);
            prop_assert_eq!(pool.compare(&root, &more), StableVerdict::Kept);
            prop_assert_eq!(more.compare(&more.bracket(None), &pool), StableVerdict::Fell);
        }
    }
}
