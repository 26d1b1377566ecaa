//! What an operator decided. These rows are written by the command line beside a running keeper, so they are outside
//! its lease: each is one small transaction.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::StoreError;

/// What is paused: `job:update_prices`, `chain:local-a`, `signer:prices`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PauseSubject(pub String);

/// One pause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// What is paused.
    pub subject: PauseSubject,
    /// Who paused it.
    pub who: String,
    /// Why.
    pub why: String,
    /// When, in seconds since the epoch.
    pub at: u64,
}

/// The operator's part of the store.
#[async_trait]
pub trait OperatorStore: Send + Sync {
    /// Pauses in force.
    async fn pauses(&self) -> Result<Vec<Pause>, StoreError>;
    /// Pauses a subject; a second pause replaces who and why.
    async fn pause(&self, pause: &Pause) -> Result<(), StoreError>;
    /// Ends a pause; says whether there was one. Kept in the history with who ended it and why.
    async fn resume(&self, subject: &PauseSubject, who: &str, why: &str, at: u64) -> Result<bool, StoreError>;
    /// Clears a chain's halt after the operator looked into it; says whether there was one.
    async fn clear_halt(&self, chain: crate::model::ChainId, who: &str, why: &str, at: u64)
    -> Result<bool, StoreError>;
}
