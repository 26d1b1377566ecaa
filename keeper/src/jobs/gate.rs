//! Whether anything may be planned on a chain now.

use serde::Serialize;
use tokio::sync::watch;

/// Tells when a chain opens and closes; `None` while it is open.
pub type Gate = watch::Receiver<Option<Closed>>;

/// Nothing is planned on a chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Closed {
    /// What closed it.
    pub by: ClosedBy,
    /// In words.
    pub why: String,
}

/// What closes a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ClosedBy {
    /// Its contracts were not compared with the deployment record yet.
    Unverified,
    /// The index is far behind the head.
    Backfill,
    /// It contradicts its own finalized blocks; an operator has to look.
    Halt,
    /// An operator's word. The process is ready all the same: a restart would change nothing.
    Pause,
    /// The store did not answer.
    Store,
}
