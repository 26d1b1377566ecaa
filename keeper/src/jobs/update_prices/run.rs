//! One feed on one chain: decides at every answer of a source, collects signatures, hands the report to the transaction manager.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use alloy::primitives::Address;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::JOB;
use super::observe::Remembered;
use super::plan::{Cause, Decision, Hold};
use super::report::{SignedReport, intent};
use super::snapshot::Snapshot;
use crate::attest::{Collector, Report};
use crate::clock::Clock;
use crate::jobs::{Gate, JobStatus};
use crate::oracle::{ChainOracle, OracleError};
use crate::sources::{Assessment, Board, Price};
use crate::store::{Planned, Store, StoreError};
use crate::telemetry::metric;
use crate::types::TraceId;

/// Why a round could not be finished. The next answer of a source starts the next round.
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
}

/// What a round came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A report went to the transaction manager.
    Planned(Planned),
    /// No report is wanted.
    Held(Hold),
    /// A report was wanted, but found too few signatures.
    NoQuorum(String),
    /// Told to stop meanwhile.
    Stopped,
}

/// What all feeds share.
#[derive(Clone)]
pub struct Shared {
    /// The store.
    pub store: Arc<dyn Store>,
    /// Collects signatures.
    pub collector: Arc<Collector>,
    /// Wall time.
    pub clock: Arc<dyn Clock>,
    /// How often sources are asked, in milliseconds.
    pub interval_ms: u64,
    /// What the status page shows.
    pub status: Arc<JobStatus>,
}

/// One feed on one chain.
pub struct FeedJob {
    pub(super) shared: Shared,
    pub(super) oracle: Arc<ChainOracle>,
    pub(super) board: Arc<Board>,
    pub(super) contract: Address,
    /// Tells the chain's transaction manager that there is work.
    wake: Arc<Notify>,
    /// Why nothing may be planned on this chain now, if so.
    gate: Gate,
    pub(super) last_tried: AtomicU64,
    outliers: Mutex<BTreeSet<String>>,
    pub(super) remembered: Mutex<Option<Remembered>>,
}

impl FeedJob {
    /// The job of a feed whose contract the chain's oracle knows; `None` if it does not.
    #[must_use]
    pub fn new(
        shared: Shared,
        oracle: Arc<ChainOracle>,
        board: Arc<Board>,
        wake: Arc<Notify>,
        gate: Gate,
    ) -> Option<Self> {
        let contract = *oracle.feeds().get(&board.feed().id)?;
        Some(Self {
            shared,
            oracle,
            board,
            contract,
            wake,
            gate,
            last_tried: AtomicU64::new(0),
            outliers: Mutex::default(),
            remembered: Mutex::default(),
        })
    }

    /// The chain's name and the feed's id.
    #[must_use]
    pub fn name(&self) -> (&str, &str) {
        (self.chain(), self.feed())
    }

    pub(super) fn feed(&self) -> &str {
        &self.board.feed().id
    }

    fn chain(&self) -> &str {
        self.oracle.chain().name()
    }

    /// Observes, decides, and does what was decided.
    ///
    /// # Errors
    /// [`JobError`]
    pub async fn round(&self, shutdown: &CancellationToken) -> Result<Outcome, JobError> {
        let (snapshot, decision) = self.decide().await?;
        match decision {
            Decision::Hold(hold) => {
                self.held(&hold);
                Ok(Outcome::Held(hold))
            }
            Decision::Report {
                price,
                observed_at,
                want_strict,
                valid_until,
                cause,
                reason,
                assessment,
            } => {
                self.note_outliers(&assessment);
                let wanted = Wanted {
                    price,
                    observed_at,
                    want_strict,
                    valid_until,
                    cause,
                    reason,
                    evidence_at_ms: assessment.evidence_at_ms,
                };
                tokio::select! {
                    // Collecting leaves nothing half-done here; from the commit on it runs to the end.
                    () = shutdown.cancelled() => Ok(Outcome::Stopped),
                    signed = self.sign(&snapshot, &wanted) => match signed? {
                        Ok(report) => Ok(Outcome::Planned(self.commit(&snapshot, &report, cause).await?)),
                        Err(why) => Ok(Outcome::NoQuorum(why)),
                    }
                }
            }
        }
    }

    /// Decides at every answer until shutdown.
    pub async fn run(self, shutdown: CancellationToken) {
        let mut answers = self.board.answers();
        let mut settled = None;
        loop {
            tokio::select! {
                biased;
                () = shutdown.cancelled() => return,
                changed = answers.changed() => if changed.is_err() { return },
                () = wait(settled) => {}
            }
            settled = None;
            let closed = self.gate.borrow().clone();
            if let Some(closed) = closed {
                self.say("closed", &closed.why);
                continue;
            }
            match self.round(&shutdown).await {
                Ok(Outcome::Held(Hold::Settling { until_ms })) => {
                    settled = Some(Duration::from_millis(
                        until_ms.saturating_sub(self.shared.clock.now_ms()),
                    ));
                }
                Ok(_) => {}
                Err(JobError::Store(error @ StoreError::LeaseLost { .. })) => {
                    tracing::error!(chain = self.chain(), feed = self.feed(), "{error}");
                    return;
                }
                Err(error) => {
                    metric::job_error(JOB);
                    self.say("error", &error.to_string());
                    tracing::warn!(chain = self.chain(), feed = self.feed(), "round failed: {error}");
                }
            }
        }
    }

    async fn sign(&self, snapshot: &Snapshot, wanted: &Wanted) -> Result<Result<SignedReport, String>, JobError> {
        let trace = TraceId::random();
        let set = match self.oracle.set() {
            Some(set) => set,
            None => self.oracle.refresh_set().await?,
        };
        let report = Report {
            chain: snapshot.chain,
            contract: self.contract,
            feed: snapshot.feed.clone(),
            price: wanted.price,
            observed_at: wanted.observed_at,
            set_id: set.id,
        };
        self.last_tried.store(wanted.observed_at, Ordering::Relaxed);
        let quorum = match self
            .shared
            .collector
            .collect(&report, &set, wanted.want_strict, &trace)
            .await
        {
            Ok(quorum) => quorum,
            Err(short) => {
                metric::quorum_failure(self.chain(), self.feed());
                let why = format!("no report: {short}");
                self.say("quorum", &why);
                tracing::warn!(
                    trace_id = %trace, chain = self.chain(), feed = self.feed(), epoch = wanted.observed_at,
                    price = %wanted.price, "too few signatures, nothing is sent: {short}"
                );
                if short.outdated {
                    let _ = self.oracle.refresh_set().await;
                }
                return Ok(Err(why));
            }
        };
        if wanted.want_strict && !quorum.strict {
            tracing::warn!(
                trace_id = %trace, chain = self.chain(), feed = self.feed(), epoch = wanted.observed_at,
                price = %wanted.price, "no strict quorum to be had ({}): an ordinary one goes out, the feed stays disputed until it is confirmed",
                quorum.refusals.join("; ")
            );
        }
        Ok(Ok(SignedReport {
            chain: snapshot.chain,
            feed: snapshot.feed.clone(),
            contract: self.contract,
            price: wanted.price,
            observed_at: wanted.observed_at,
            set_id: set.id,
            signatures: quorum.signatures,
            valid_until: wanted.valid_until,
            trace,
            reason: format!("{}: {}", wanted.cause, wanted.reason),
            evidence_at_ms: wanted.evidence_at_ms,
        }))
    }

    async fn commit(&self, snapshot: &Snapshot, report: &SignedReport, cause: Cause) -> Result<Planned, JobError> {
        let wanted = intent(report);
        let planned = self
            .shared
            .store
            .plan_intents(std::slice::from_ref(&wanted), self.shared.clock.now_ms())
            .await?;
        // From here on the transaction manager has it, also after a restart.
        self.wake.notify_one();
        metric::report_planned(self.chain(), self.feed(), cause.into());
        self.say("planned", &report.reason);
        tracing::info!(
            trace_id = %report.trace, job = JOB, chain = self.chain(), feed = self.feed(), epoch = report.observed_at,
            price = %report.price, reason = report.reason, "report planned"
        );
        // Two kilobytes, of which the line above says the gist.
        tracing::debug!(
            trace_id = %report.trace, effect = wanted.effect,
            snapshot = serde_json::to_string(snapshot).unwrap_or_default(), "planned from"
        );
        Ok(planned
            .first()
            .copied()
            .unwrap_or(Planned::Exists(crate::tx::IntentId(0))))
    }

    fn held(&self, hold: &Hold) {
        match hold {
            Hold::TooFewSources(shortage) => {
                metric::shortage(self.chain(), self.feed());
                let why = format!("no report: {shortage}");
                if self.say("sources", &why) {
                    tracing::warn!(
                        chain = self.chain(),
                        feed = self.feed(),
                        "too few sources, nothing is sent: {shortage}"
                    );
                }
            }
            Hold::Fresh { .. } => {
                self.say("fresh", "the latest round is fresh");
            }
            Hold::EpochUsed { .. } | Hold::AheadOfChain { .. } | Hold::Settling { .. } => {}
        }
    }

    /// Counts and logs a source when its price becomes an outlier, and when it comes back; not at every poll.
    fn note_outliers(&self, assessment: &Assessment) {
        let mut known = self.outliers.lock().unwrap_or_else(PoisonError::into_inner);
        let now: BTreeSet<String> = assessment.outliers.iter().cloned().collect();
        for source in now.difference(&known) {
            metric::outlier(self.feed(), source);
            tracing::warn!(
                chain = self.chain(),
                feed = self.feed(),
                source,
                "source is far from the others, it is left out"
            );
        }
        for source in known.difference(&now) {
            tracing::info!(
                chain = self.chain(),
                feed = self.feed(),
                source,
                "source agrees with the others again"
            );
        }
        *known = now;
    }

    /// Puts a line on the status page; says whether its kind is new.
    fn say(&self, kind: &'static str, text: &str) -> bool {
        self.shared.status.say(self.chain(), self.feed(), kind, text)
    }
}

/// Waits this long, or for ever.
async fn wait(time: Option<Duration>) {
    match time {
        Some(time) => tokio::time::sleep(time).await,
        None => std::future::pending().await,
    }
}

struct Wanted {
    price: Price,
    observed_at: u64,
    want_strict: bool,
    valid_until: u64,
    cause: Cause,
    reason: String,
    evidence_at_ms: u64,
}
