//! What every suite shares: random numbers, guidance, rounds of sequences, shrinking.
//!
//! A suite is a set of actions, a model that says what each may do, and the promises that hold after every action.
//! Everything here knows actions only as values that can be performed again.

mod accuracy;
mod guidance;
mod questions;
mod random;
mod round;
mod shrink;
mod suite;

pub(crate) use accuracy::Measure;
pub use accuracy::{Accuracy, Measured};
pub use guidance::{Dictionary, Guidance};
pub use questions::Questions;
pub use random::Random;
pub use round::{Failure, Round, RoundReport};
pub use shrink::shrink;
pub use suite::{Arithmetic, Expectation, Suite, Verdict, Violation};
