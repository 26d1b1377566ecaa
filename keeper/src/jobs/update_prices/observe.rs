//! What a decision about a feed sees, and the decision.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::plan::{Decision, Hold, plan};
use super::report::{pending, topic};
use super::run::{FeedJob, JobError};
use super::snapshot::{FeedView, Policy, Snapshot};
use crate::sources::Price;
use crate::store::FeedState;

/// How long a feed that was found fresh is taken to be as it was in a store that did not change.
const SHORTLY: Duration = Duration::from_secs(10);

/// What was seen when a feed was last found fresh.
pub(super) struct Remembered {
    at: Instant,
    changes: u64,
    snapshot: Snapshot,
}

impl FeedJob {
    /// Observes and decides. Every answer of every source leads here, and nearly all of them change nothing: to leave a fresh feed
    /// alone, what the store said a moment ago is enough while it was not written to. Everything else is decided by what it says now.
    pub(super) async fn decide(&self) -> Result<(Snapshot, Decision), JobError> {
        if let Some(snapshot) = self.as_remembered() {
            let decision = plan(&snapshot);
            if is_fresh(&decision) {
                return Ok((snapshot, decision));
            }
        }
        let changes = self.shared.store.changes();
        let snapshot = self.observe().await?;
        let decision = plan(&snapshot);
        *self.remembered.lock().unwrap_or_else(PoisonError::into_inner) = is_fresh(&decision).then(|| Remembered {
            at: Instant::now(),
            changes,
            snapshot: snapshot.clone(),
        });
        Ok((snapshot, decision))
    }

    /// Time, sources and limits as of now, the rest as of a moment ago.
    fn as_remembered(&self) -> Option<Snapshot> {
        let head = (*self.oracle.chain().heads().borrow())?;
        let limits = self.oracle.limits(self.feed())?;
        let changes = self.shared.store.changes();
        let remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        let remembered = remembered
            .as_ref()
            .filter(|r| r.changes == changes && r.at.elapsed() < SHORTLY)?;
        Some(Snapshot {
            now_ms: self.shared.clock.now_ms(),
            chain_time: head.time,
            limits,
            observations: self.board.observations(),
            last_tried: self.last_tried.load(Ordering::Relaxed),
            ..remembered.snapshot.clone()
        })
    }

    /// Everything that a decision sees, as of now.
    ///
    /// # Errors
    /// [`JobError`]
    pub async fn observe(&self) -> Result<Snapshot, JobError> {
        let chain = self.oracle.chain();
        let head = *chain.heads().borrow();
        let head = head.ok_or_else(|| JobError::NoHead(chain.name().to_owned()))?;
        let limits = match self.oracle.limits(self.feed()) {
            Some(limits) => limits,
            None => crate::oracle::feed_limits(chain.as_ref(), self.contract).await?,
        };
        let state = self.shared.store.feed(chain.id(), self.contract).await?;
        let intents = self.shared.store.open_intents(chain.id()).await?;
        Ok(Snapshot {
            chain: chain.id(),
            chain_name: chain.name().to_owned(),
            feed: self.feed().to_owned(),
            now_ms: self.shared.clock.now_ms(),
            chain_time: head.time,
            policy: Policy::new(self.board.feed(), self.shared.interval_ms),
            limits,
            observations: self.board.observations(),
            view: state.as_ref().map(indexed).unwrap_or_default(),
            pending: pending(&intents, &topic(chain.id(), self.feed())),
            last_tried: self.last_tried.load(Ordering::Relaxed),
        })
    }
}

const fn is_fresh(decision: &Decision) -> bool {
    matches!(decision, Decision::Hold(Hold::Fresh { .. }))
}

/// The feed as indexed.
fn indexed(state: &FeedState) -> FeedView {
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
