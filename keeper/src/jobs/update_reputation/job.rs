//! The scores of one chain: what a decision sees, and what it comes to.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;

use super::{Decision, Hold, JOB, Policy, SUBJECT, ScoreBatch, Snapshot, epoch_of, intent, observe, plan, show};
use crate::clock::Clock;
use crate::jobs::{Bench, Held, Job, JobError, Signed, Verdict, Wanted, Weight};
use crate::model::NewIntent;
use crate::oracle::{ChainOracle, SignerSet};
use crate::reputation::update;
use crate::store::{SkillContracts, Store};
use crate::telemetry::metric;

/// The scores of one chain.
pub struct ReputationJob {
    oracle: Arc<ChainOracle>,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    contracts: SkillContracts,
    policy: Policy,
    interval: Duration,
    begun: AtomicBool,
}

impl ReputationJob {
    /// The job of a chain, which looks this often.
    pub(super) fn new(bench: &Bench, contracts: SkillContracts, policy: Policy, interval: Duration) -> Self {
        Self {
            oracle: Arc::clone(&bench.oracle),
            store: Arc::clone(&bench.store),
            clock: Arc::clone(&bench.clock),
            contracts,
            policy,
            interval,
            begun: AtomicBool::new(false),
        }
    }

    fn chain(&self) -> &str {
        self.oracle.chain().name()
    }
}

#[async_trait]
impl Job for ReputationJob {
    type Snapshot = Snapshot;
    type Decision = Decision;
    type Report = ScoreBatch;

    const NAME: &'static str = JOB;

    fn subject(&self) -> &str {
        SUBJECT
    }

    /// At once, then every interval.
    async fn due(&self) -> bool {
        if self.begun.swap(true, Ordering::Relaxed) {
            tokio::time::sleep(self.interval).await;
        }
        true
    }

    async fn observe(&self) -> Result<Option<Snapshot>, JobError> {
        let chain = self.oracle.chain();
        let head = *chain.heads().borrow();
        let head = head.ok_or_else(|| JobError::NoHead(chain.name().to_owned()))?;
        let threshold = match self.oracle.set() {
            Some(set) => set.threshold,
            None => self.oracle.refresh_set().await?.threshold,
        };
        let store = self.store.as_ref();
        let seen = observe(chain.as_ref(), store, &self.contracts, self.policy, head, threshold).await?;
        if let Some(snapshot) = &seen {
            metric::reputation_subjects(self.chain(), snapshot.scores.len());
        }
        Ok(seen)
    }

    /// The same as long as the finalized block is of the same epoch. Other limits of the contract can wait that long.
    async fn renew(&self, remembered: &Snapshot) -> Result<Option<Snapshot>, JobError> {
        let finalized = self.store.finalized(remembered.chain).await?;
        let epoch = finalized.and_then(|block| epoch_of(block.time, self.policy.epoch_s));
        Ok((epoch == Some(remembered.epoch)).then(|| remembered.clone()))
    }

    fn plan(snapshot: &Snapshot) -> Decision {
        plan(snapshot)
    }

    fn verdict(&self, snapshot: &Snapshot, decision: Decision, set: &SignerSet) -> Verdict<ScoreBatch> {
        let (epoch, valid_until, batches, reason) = match decision {
            Decision::Hold(hold) => {
                let text = show::hold(&hold);
                return Verdict::Hold(match hold {
                    Hold::Fresh { .. } => Held::calm("fresh", text),
                    Hold::TooLate { .. } => {
                        metric::job_error(JOB);
                        metric::reputation_failed(self.chain(), "late");
                        Held::calm("late", text).weighing(Weight::Wrong)
                    }
                });
            }
            Decision::Report {
                epoch,
                valid_until,
                batches,
                reason,
            } => (epoch, valid_until, batches, reason),
        };
        let batch = |subjects: &Vec<(alloy::primitives::U256, u16)>| ScoreBatch {
            chain: snapshot.chain,
            contract: self.contracts.reputation,
            updates: subjects
                .iter()
                .filter_map(|(wallet, score)| update(*wallet, *score))
                .collect(),
            observed_at: epoch,
            set_id: set.id,
        };
        let wanted = |report: ScoreBatch| Wanted {
            report,
            strict: false,
            valid_until,
            cause: "epoch",
            reason: reason.clone(),
            evidence_at_ms: self.clock.now_ms(),
        };
        Verdict::Send(batches.iter().map(batch).map(wanted).collect())
    }

    fn intent(&self, _: &Snapshot, signed: &Signed<ScoreBatch>) -> NewIntent {
        intent(signed)
    }

    fn planned(&self, wanted: &Wanted<ScoreBatch>) {
        metric::reputation_planned(self.chain(), wanted.report.updates.len());
    }

    fn failed(&self, why: &'static str) {
        metric::reputation_failed(self.chain(), why);
    }
}
