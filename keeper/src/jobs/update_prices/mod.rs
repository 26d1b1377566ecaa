//! Keeps price feeds fresh: observe -> plan -> collect signatures -> intent.
//!
//! Every answer of a source leads to a new decision at once, so that a moved price is on its way within milliseconds. The decision
//! ([`plan`]) is pure: the same [`Snapshot`] gives the same [`Decision`], so each one can be replayed from its log line. Below quorum
//! of sources or signers nothing is sent, and it is said.

mod observe;
mod plan;
mod report;
mod run;
mod snapshot;

pub use plan::{Cause, Decision, Hold, plan};
pub use report::{PendingReport, SignedReport, effect, feed_id, intent, pending, topic};
pub use run::{FeedJob, JobError, Outcome, Shared};
pub use snapshot::{FeedLimits, FeedView, Policy, Snapshot, rules};

/// The job's name in intents, logs and pauses.
pub const JOB: &str = "update_prices";
