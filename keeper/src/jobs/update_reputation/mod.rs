//! Reports scores of skill wallets: observe -> plan -> collect signatures -> intents.
//!
//! An epoch is a multiple of the configured length. It is computed once a finalized block is younger than it: then its events are what
//! they will always be, and every signer that has the finalized chain computes the same scores. The decision ([`plan()`]) is pure. What was
//! reported, or is on its way, is not planned again; the oracle takes each epoch of a wallet once, whoever sends it.

mod observe;
mod plan;
mod report;
mod run;
mod snapshot;

pub use observe::observe;
pub use plan::{Decision, Hold, epoch_of, plan};
pub use report::{ScoreBatch, SignedBatch, intent, pending};
pub use run::{JobError, Outcome, ReputationJob, Shared};
pub use snapshot::{Limits, Policy, Snapshot};

/// The job's name in intents, logs and pauses.
pub const JOB: &str = "update_reputation";

/// The subject of the job's line on the status page, and where a feed's name would stand in a metric.
pub const SUBJECT: &str = "reputation";

/// Most subjects of one batch, whatever its gas.
pub const MAX_BATCH: usize = 200;
