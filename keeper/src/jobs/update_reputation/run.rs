//! The job's loop: observes, decides, collects signatures, commits intents.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use alloy::primitives::U256;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::{Decision, Hold, JOB, Policy, SUBJECT, ScoreBatch, SignedBatch, Snapshot};
use super::{epoch_of, intent, observe, plan};
use crate::attest::Collector;
use crate::clock::Clock;
use crate::jobs::{ClosedBy, Gate, JobStatus};
use crate::oracle::{ChainOracle, OracleError, SignerSet};
use crate::reputation::{Incomplete, update};
use crate::store::{Planned, SkillContracts, Store, StoreError};
use crate::telemetry::metric;
use crate::types::TraceId;

/// How long an epoch that was found settled is taken to be.
const SHORTLY: Duration = Duration::from_secs(10);

/// Why a round failed; the next one tries again.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// No head of the chain is known yet.
    #[error("chain {0} has no head yet")]
    NoHead(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The oracle contract could not be read.
    #[error(transparent)]
    Oracle(#[from] OracleError),
    /// The index lacks an event.
    #[error(transparent)]
    Incomplete(#[from] Incomplete),
    /// The index began before scores were configured.
    #[error("the index has {indexed} of {defined} skills; stop the keeper and run `fluxion-keeper resync`")]
    NotIndexed {
        /// Skills of which it has the definition.
        indexed: usize,
        /// Skills that the chain has.
        defined: u16,
    },
}

/// What a round came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing of this chain is final yet.
    NotFinal,
    /// Nothing was wanted.
    Held(Hold),
    /// Batches were planned; what did not find its signatures, in words.
    Planned {
        /// What the store made of them.
        planned: Vec<Planned>,
        /// Why others were not planned.
        failed: Vec<String>,
    },
    /// The process stops.
    Stopped,
}

/// What every chain's job shares.
#[derive(Clone)]
pub struct Shared {
    /// The store.
    pub store: Arc<dyn Store>,
    /// Collects signatures.
    pub collector: Arc<Collector>,
    /// Wall time.
    pub clock: Arc<dyn Clock>,
    /// What the status page shows.
    pub status: Arc<JobStatus>,
}

/// The job of one chain.
pub struct ReputationJob {
    shared: Shared,
    oracle: Arc<ChainOracle>,
    contracts: SkillContracts,
    policy: Policy,
    interval: Duration,
    /// Tells the chain's transaction manager that there is work.
    wake: Arc<Notify>,
    gate: Gate,
    settled: Mutex<Option<Settled>>,
}

/// An epoch of which nothing was left to report.
struct Settled {
    epoch: u64,
    wallets: usize,
    changes: u64,
    at: Instant,
}

impl ReputationJob {
    /// The job of a chain, which looks this often.
    #[must_use]
    pub fn new(
        shared: Shared,
        oracle: Arc<ChainOracle>,
        contracts: SkillContracts,
        policy: Policy,
        interval: Duration,
        wake: Arc<Notify>,
        gate: Gate,
    ) -> Self {
        Self {
            shared,
            oracle,
            contracts,
            policy,
            interval,
            wake,
            gate,
            settled: Mutex::new(None),
        }
    }

    /// The chain's name.
    #[must_use]
    pub fn chain(&self) -> &str {
        self.oracle.chain().name()
    }

    async fn set(&self) -> Result<SignerSet, JobError> {
        Ok(match self.oracle.set() {
            Some(set) => set,
            None => self.oracle.refresh_set().await?,
        })
    }

    /// Everything that a decision sees, as of now; `None` while nothing is final.
    ///
    /// # Errors
    /// [`JobError`]
    pub async fn observe(&self) -> Result<Option<Snapshot>, JobError> {
        let chain = self.oracle.chain();
        let head = *chain.heads().borrow();
        let head = head.ok_or_else(|| JobError::NoHead(chain.name().to_owned()))?;
        let threshold = self.set().await?.threshold;
        let store = self.shared.store.as_ref();
        observe(chain.as_ref(), store, &self.contracts, self.policy, head, threshold).await
    }

    /// Observes, decides, and does what was decided.
    ///
    /// # Errors
    /// [`JobError`]
    pub async fn round(&self, shutdown: &CancellationToken) -> Result<Outcome, JobError> {
        if let Some(hold) = self.as_settled().await? {
            return Ok(Outcome::Held(hold));
        }
        let changes = self.shared.store.changes();
        let Some(snapshot) = self.observe().await? else {
            return Ok(Outcome::NotFinal);
        };
        metric::reputation_subjects(self.chain(), snapshot.scores.len());
        let (epoch, valid_until, batches, reason) = match plan(&snapshot) {
            Decision::Hold(hold) => {
                self.held(&hold);
                self.settle(&snapshot, &hold, changes);
                return Ok(Outcome::Held(hold));
            }
            Decision::Report {
                epoch,
                valid_until,
                batches,
                reason,
            } => (epoch, valid_until, batches, reason),
        };
        let set = self.set().await?;
        let (mut planned, mut failed) = (Vec::new(), Vec::new());
        for subjects in &batches {
            let batch = ScoreBatch {
                chain: snapshot.chain,
                contract: self.contracts.reputation,
                updates: subjects
                    .iter()
                    .filter_map(|(wallet, score)| update(*wallet, *score))
                    .collect(),
                observed_at: epoch,
                set_id: set.id,
            };
            let trace = TraceId::random();
            let signed = tokio::select! {
                // Collecting leaves nothing half-done here; from the commit on it runs to the end.
                () = shutdown.cancelled() => return Ok(Outcome::Stopped),
                signed = self.shared.collector.collect(&batch, &set, false, &trace) => signed,
            };
            match signed {
                Ok(quorum) => {
                    let signed = SignedBatch {
                        batch,
                        signatures: quorum.signatures,
                        valid_until,
                        trace,
                        reason: reason.clone(),
                        evidence_at_ms: self.shared.clock.now_ms(),
                    };
                    planned.extend(self.commit(&signed, subjects, &snapshot).await?);
                }
                Err(short) => {
                    metric::quorum_failure(self.chain(), SUBJECT);
                    metric::reputation_failed(self.chain(), "quorum");
                    let why = format!("no report of {} scores at {epoch}: {short}", subjects.len());
                    if self.say("quorum", &why) {
                        tracing::warn!(trace_id = %trace, chain = self.chain(), epoch, "too few signatures: {short}");
                    }
                    if short.outdated {
                        let _ = self.oracle.refresh_set().await;
                    }
                    failed.push(why);
                }
            }
        }
        Ok(Outcome::Planned { planned, failed })
    }

    /// The epoch of the finalized block, where it was found settled a moment ago, in a store that did not change since. Other limits
    /// can wait that long.
    async fn as_settled(&self) -> Result<Option<Hold>, StoreError> {
        let finalized = self.shared.store.finalized(self.oracle.chain().id()).await?;
        let epoch = finalized.and_then(|block| epoch_of(block.time, self.policy.epoch_s));
        let settled = self.settled.lock().unwrap_or_else(PoisonError::into_inner);
        let same = settled
            .as_ref()
            .filter(|settled| epoch == Some(settled.epoch) && settled.at.elapsed() < SHORTLY)
            .filter(|settled| settled.changes == self.shared.store.changes());
        Ok(same.map(|settled| Hold::Fresh {
            wallets: settled.wallets,
        }))
    }

    fn settle(&self, snapshot: &Snapshot, hold: &Hold, changes: u64) {
        let Hold::Fresh { wallets } = *hold else { return };
        *self.settled.lock().unwrap_or_else(PoisonError::into_inner) = Some(Settled {
            epoch: snapshot.epoch,
            wallets,
            changes,
            at: Instant::now(),
        });
    }

    async fn commit(
        &self,
        signed: &SignedBatch,
        subjects: &[(U256, u16)],
        snapshot: &Snapshot,
    ) -> Result<Vec<Planned>, JobError> {
        let wanted = intent(signed);
        let now = self.shared.clock.now_ms();
        let planned = self
            .shared
            .store
            .plan_intents(std::slice::from_ref(&wanted), now)
            .await?;
        // From here on the transaction manager has it, also after a restart.
        self.wake.notify_one();
        metric::reputation_planned(self.chain(), subjects.len());
        self.say("planned", &signed.reason);
        tracing::info!(
            trace_id = %signed.trace, job = JOB, chain = self.chain(), epoch = signed.batch.observed_at,
            wallets = subjects.len(), reason = signed.reason, "scores planned"
        );
        // Some 60 bytes a wallet, of which the line above says the gist.
        tracing::debug!(
            trace_id = %signed.trace, effect = wanted.effect,
            snapshot = serde_json::to_string(snapshot).unwrap_or_default(), "planned from"
        );
        Ok(planned)
    }

    /// Decides again and again until shutdown.
    pub async fn run(self, shutdown: CancellationToken) {
        loop {
            if self.closed().await.is_none() {
                match self.round(&shutdown).await {
                    Ok(Outcome::Stopped) => return,
                    Ok(_) => {}
                    Err(JobError::Store(error @ StoreError::LeaseLost { .. })) => {
                        tracing::error!(chain = self.chain(), job = JOB, "{error}");
                        return;
                    }
                    Err(error) => {
                        metric::job_error(JOB);
                        metric::reputation_failed(self.chain(), "error");
                        if self.say("error", &error.to_string()) {
                            tracing::warn!(chain = self.chain(), job = JOB, "round failed: {error}");
                        }
                    }
                }
            }
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = tokio::time::sleep(self.interval) => {}
            }
        }
    }

    /// Why nothing may be planned now, if so. The gate knows of the chain and of another job's pause; the own one is asked for.
    pub async fn closed(&self) -> Option<String> {
        let closed = self.gate.borrow().clone().filter(|closed| closed.by != ClosedBy::Pause);
        let why = match closed {
            Some(closed) => Some(closed.why),
            None => match self.shared.store.pauses().await {
                Ok(pauses) => {
                    let subjects = [format!("chain:{}", self.chain()), format!("job:{JOB}")];
                    let pause = pauses.into_iter().find(|pause| subjects.contains(&pause.subject.0));
                    pause.map(|pause| format!("{} paused by {}: {}", pause.subject.0, pause.who, pause.why))
                }
                Err(error) => Some(error.to_string()),
            },
        };
        if let Some(why) = &why {
            self.say("closed", why);
        }
        why
    }

    fn held(&self, hold: &Hold) {
        match hold {
            Hold::Fresh { wallets } => {
                self.say("fresh", &format!("the scores of {wallets} wallets are reported"));
            }
            Hold::TooLate { epoch, until } => {
                metric::job_error(JOB);
                metric::reputation_failed(self.chain(), "late");
                let why = format!("epoch {epoch} became final after {until}, when the oracle no longer takes it");
                if self.say("late", &why) {
                    tracing::warn!(chain = self.chain(), job = JOB, "{why}");
                }
            }
        }
    }

    /// Puts a line on the status page; says whether its kind is new.
    fn say(&self, kind: &'static str, text: &str) -> bool {
        self.shared.status.say(self.chain(), SUBJECT, kind, text)
    }
}
