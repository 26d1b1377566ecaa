//! What the contracts' results should be, in arithmetic that shares no formula with them.
//!
//! The contracts use rational approximations of atanh and tanh and Newton's iteration on rounded quotients. Here:
//! Taylor series of ln(1 + x) and exp(x) in 256 bits after the point with counted truncations, integer powers where an
//! interval cannot decide, and the sign of the stable invariant's integer polynomial.

mod enclosure;
mod logarithm;
mod stable;
mod weighted;

pub use enclosure::{Enclosure, Wide};
pub use logarithm::{exp_minus_one, ln_ratio, one_minus_exp};
pub use stable::{StablePool, StableVerdict};
pub use weighted::{Ordering3, Trade, compare_powers, in_given_out, ln_invariant, out_given_in, power};
