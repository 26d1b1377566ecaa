//! The world: one reused EVM, contracts that forge built, callers, a clock, snapshots.
//!
//! State stays in the journal between calls, which is what makes a call cost microseconds; a snapshot is a clone of the
//! journal. Slots that no call touched are read from the database that the set-up committed to.

mod artifact;
mod coverage;
mod keys;
mod lens;
mod machine;

pub use artifact::Artifacts;
pub(crate) use artifact::repository;
pub use coverage::Coverage;
pub(crate) use keys::{address_of, key, other_half, sign};
pub use lens::Lens;
pub use machine::{Machine, Outcome, Snapshot};
