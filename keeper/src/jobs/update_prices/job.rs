//! One feed on one chain: what a decision sees, and what it comes to.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use alloy::primitives::Address;
use async_trait::async_trait;
use tokio::sync::{Mutex as AsyncMutex, watch};

use super::{
    Decision, FeedView, Feeds, Hold, JOB, Policy, Report, Snapshot, feed_limits, intent, pending, plan, show, topic,
};
use crate::clock::Clock;
use crate::jobs::{Bench, Held, Job, JobError, Signed, Verdict, Wanted, Weight};
use crate::model::NewIntent;
use crate::oracle::SignerSet;
use crate::sources::{Assessment, Board, Price};
use crate::store::{FeedState, Store};
use crate::telemetry::metric;

/// One feed on one chain.
pub struct FeedJob {
    feeds: Arc<Feeds>,
    board: Arc<Board>,
    contract: Address,
    interval_ms: u64,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    answers: AsyncMutex<watch::Receiver<u64>>,
    last_tried: AtomicU64,
    outliers: Mutex<BTreeSet<String>>,
}

impl FeedJob {
    /// The job of a feed whose contract its chain has; `None` if it does not.
    pub(super) fn new(bench: &Bench, feeds: Arc<Feeds>, board: Arc<Board>, interval_ms: u64) -> Option<Self> {
        let contract = *feeds.contracts().get(&board.feed().id)?;
        Some(Self {
            feeds,
            contract,
            interval_ms,
            store: Arc::clone(&bench.store),
            clock: Arc::clone(&bench.clock),
            answers: AsyncMutex::new(board.answers()),
            board,
            last_tried: AtomicU64::new(0),
            outliers: Mutex::default(),
        })
    }

    fn feed(&self) -> &str {
        &self.board.feed().id
    }

    fn chain(&self) -> &str {
        self.feeds.oracle().chain().name()
    }

    /// Counts and logs a source when its price becomes an outlier, and when it comes back; not at every poll.
    fn note_outliers(&self, assessment: &Assessment) {
        let mut known = self.outliers.lock().unwrap_or_else(PoisonError::into_inner);
        let now: BTreeSet<String> = assessment.outliers.iter().cloned().collect();
        let (chain, feed) = (self.chain(), self.feed());
        for source in now.difference(&known) {
            metric::outlier(feed, source);
            tracing::warn!(chain, feed, source, "source is far from the others, it is left out");
        }
        for source in known.difference(&now) {
            tracing::info!(chain, feed, source, "source agrees with the others again");
        }
        *known = now;
    }
}

#[async_trait]
impl Job for FeedJob {
    type Snapshot = Snapshot;
    type Decision = Decision;
    type Report = Report;

    const NAME: &'static str = JOB;

    fn subject(&self) -> &str {
        self.feed()
    }

    /// Every answer of every source.
    async fn due(&self) -> bool {
        self.answers.lock().await.changed().await.is_ok()
    }

    async fn observe(&self) -> Result<Option<Snapshot>, JobError> {
        let chain = self.feeds.oracle().chain();
        let head = *chain.heads().borrow();
        let head = head.ok_or_else(|| JobError::NoHead(chain.name().to_owned()))?;
        let limits = match self.feeds.limits(self.feed()) {
            Some(limits) => limits,
            None => feed_limits(chain.as_ref(), self.contract).await?,
        };
        let state = self.store.feed(chain.id(), self.contract).await?;
        let intents = self.store.open_intents(chain.id()).await?;
        Ok(Some(Snapshot {
            chain: chain.id(),
            chain_name: chain.name().to_owned(),
            feed: self.feed().to_owned(),
            now_ms: self.clock.now_ms(),
            chain_time: head.time,
            policy: Policy::new(self.board.feed(), self.interval_ms),
            limits,
            observations: self.board.observations(),
            view: state.as_ref().map(indexed).unwrap_or_default(),
            pending: pending(&intents, &topic(chain.id(), self.feed())),
            last_tried: self.last_tried.load(Ordering::Relaxed),
        }))
    }

    /// Time, sources and limits as of now, the rest as of a moment ago. Every answer of every source leads here, and
    /// nearly all of them change nothing.
    async fn renew(&self, remembered: &Snapshot) -> Result<Option<Snapshot>, JobError> {
        let head = *self.feeds.oracle().chain().heads().borrow();
        let (Some(head), Some(limits)) = (head, self.feeds.limits(self.feed())) else {
            return Ok(None);
        };
        Ok(Some(Snapshot {
            now_ms: self.clock.now_ms(),
            chain_time: head.time,
            limits,
            observations: self.board.observations(),
            last_tried: self.last_tried.load(Ordering::Relaxed),
            ..remembered.clone()
        }))
    }

    fn plan(snapshot: &Snapshot) -> Decision {
        plan(snapshot)
    }

    fn verdict(&self, snapshot: &Snapshot, decision: Decision, set: &SignerSet) -> Verdict<Report> {
        let hold = match decision {
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
                let report = Report {
                    chain: snapshot.chain,
                    contract: self.contract,
                    feed: snapshot.feed.clone(),
                    price,
                    observed_at,
                    set_id: set.id,
                };
                return Verdict::Send(vec![Wanted {
                    report,
                    strict: want_strict,
                    valid_until,
                    cause: cause.into(),
                    reason: format!("{cause}: {reason}"),
                    evidence_at_ms: assessment.evidence_at_ms,
                }]);
            }
            Decision::Hold(hold) => hold,
        };
        let kind: &'static str = (&hold).into();
        let held = Held::calm(kind, show::hold(&hold));
        Verdict::Hold(match hold {
            Hold::Fresh { .. } => held,
            Hold::Settling { until_ms } => Held {
                again: Some(Duration::from_millis(until_ms.saturating_sub(self.clock.now_ms()))),
                ..held.weighing(Weight::Passing)
            },
            Hold::EpochUsed { .. } | Hold::AheadOfChain { .. } => held.weighing(Weight::Passing),
            Hold::TooFewSources(_) => {
                metric::shortage(self.chain(), self.feed());
                Held {
                    kind: "sources",
                    ..held.weighing(Weight::Wrong)
                }
            }
        })
    }

    fn intent(&self, _: &Snapshot, signed: &Signed<Report>) -> NewIntent {
        intent(signed)
    }

    /// An epoch is never tried twice, whether or not it finds a quorum.
    fn trying(&self, wanted: &Wanted<Report>) {
        self.last_tried.store(wanted.report.observed_at, Ordering::Relaxed);
    }

    fn planned(&self, wanted: &Wanted<Report>) {
        metric::report_planned(self.chain(), self.feed(), wanted.cause);
    }
}

/// The feed as indexed.
pub(super) fn indexed(state: &FeedState) -> FeedView {
    FeedView {
        round: state.round,
        price: Price::from_chain(state.price).filter(|_| state.round > 0),
        observed_at: state.observed_at,
        accepted_at: state.accepted_at,
        disputed: state
            .disputed
            .map(|(since, candidate)| (since, Price::from_chain(candidate))),
    }
}
