//! What a job is: the part that differs. Everything else is the runner's.

use std::time::Duration;

use alloy::primitives::Bytes;
use async_trait::async_trait;
use serde::{Serialize, de::DeserializeOwned};

use crate::attest::Attestable;
use crate::model::{NewIntent, TraceId};
use crate::oracle::{OracleError, SignerSet};
use crate::store::StoreError;

/// Why a round could not be finished; the next one tries again.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The chain's contracts could not be read.
    #[error(transparent)]
    Oracle(#[from] OracleError),
    /// The chain has no head yet.
    #[error("chain {0} has not shown a head yet")]
    NoHead(String),
    /// The index does not have what the job needs, in words.
    #[error("{0}")]
    Index(String),
}

/// How much a decision to do nothing matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// Passes by itself within a moment: not worth a line.
    Passing,
    /// As it should be.
    Calm,
    /// Somebody should know; `once` fails.
    Wrong,
}

/// Nothing is sent, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// In one word, for programs.
    pub kind: &'static str,
    /// In words.
    pub text: String,
    /// How much it matters.
    pub weight: Weight,
    /// Decided again after this long, whether or not anything woke the job.
    pub again: Option<Duration>,
}

impl Held {
    /// As it should be.
    pub fn calm(kind: &'static str, text: impl Into<String>) -> Self {
        Self {
            kind,
            text: text.into(),
            weight: Weight::Calm,
            again: None,
        }
    }

    /// With this weight.
    #[must_use]
    pub const fn weighing(mut self, weight: Weight) -> Self {
        self.weight = weight;
        self
    }
}

/// A report that is wanted on chain.
#[derive(Clone, Debug)]
pub struct Wanted<R> {
    /// What is to be signed.
    pub report: R,
    /// A strict quorum is wanted.
    pub strict: bool,
    /// Chain time after which it must not be sent any more, in seconds.
    pub valid_until: u64,
    /// Why, in one word, for metrics.
    pub cause: &'static str,
    /// Why, in words.
    pub reason: String,
    /// Wall time of the last outside answer that the decision needed, in milliseconds.
    pub evidence_at_ms: u64,
}

/// A wanted report with a quorum's signatures.
#[derive(Clone, Debug)]
pub struct Signed<R> {
    /// What was wanted.
    pub wanted: Wanted<R>,
    /// Encoded as IQuorumVerifier wants them.
    pub signatures: Bytes,
    /// Correlation id.
    pub trace: TraceId,
}

/// What a decision comes to.
#[derive(Clone, Debug)]
pub enum Verdict<R> {
    /// Nothing is sent.
    Hold(Held),
    /// These are to be signed and sent.
    Send(Vec<Wanted<R>>),
}

/// A job on one chain, for one subject.
#[async_trait]
pub trait Job: Send + Sync + 'static {
    /// All that a decision sees.
    type Snapshot: Serialize + DeserializeOwned + Clone + Send + Sync;
    /// What to do, with its reasons.
    type Decision: Serialize + Send + Sync;
    /// What a quorum signs.
    type Report: Attestable;

    /// Its name in intents, logs and pauses.
    const NAME: &'static str;

    /// What it looks after, as metrics and the status page name it.
    fn subject(&self) -> &str;

    /// Returns when the next round is due; `false` when there will be none.
    async fn due(&self) -> bool;

    /// Everything that a decision sees, as of now; `None` while nothing of the chain is final.
    ///
    /// # Errors
    /// [`JobError`]
    async fn observe(&self) -> Result<Option<Self::Snapshot>, JobError>;

    /// What is remembered of a moment ago, with what changes without the store renewed; `None` where all of it has to
    /// be observed again.
    ///
    /// # Errors
    /// [`JobError`]
    async fn renew(&self, remembered: &Self::Snapshot) -> Result<Option<Self::Snapshot>, JobError>;

    /// Decides. Pure: the same snapshot gives the same decision.
    fn plan(snapshot: &Self::Snapshot) -> Self::Decision;

    /// What a decision comes to, and its metrics.
    fn verdict(&self, snapshot: &Self::Snapshot, decision: Self::Decision, set: &SignerSet) -> Verdict<Self::Report>;

    /// The intent that carries a signed report. An effect that happens again is expected above the height that the
    /// snapshot is of.
    fn intent(&self, snapshot: &Self::Snapshot, signed: &Signed<Self::Report>) -> NewIntent;

    /// Counts a report that is about to be signed.
    fn trying(&self, _: &Wanted<Self::Report>) {}

    /// Counts a report that was planned.
    fn planned(&self, _: &Wanted<Self::Report>) {}

    /// Counts a round that came to nothing: `error`, `quorum`.
    fn failed(&self, _: &'static str) {}
}
