//! Whether anything may be planned on a chain now.

use std::collections::BTreeMap;

use serde::Serialize;
use tokio::sync::watch;

/// Tells when a chain, or a job on it, opens and closes.
pub type Gate = watch::Receiver<Gates>;

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

/// What is closed on a chain: all of it, or single jobs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gates {
    /// Why nothing at all is planned.
    pub chain: Option<Closed>,
    /// Why a job plans nothing, by its name.
    pub jobs: BTreeMap<String, Closed>,
}

impl Gates {
    /// Why a job plans nothing, if so.
    #[must_use]
    pub fn closed(&self, job: &str) -> Option<&Closed> {
        self.chain.as_ref().or_else(|| self.jobs.get(job))
    }
}
