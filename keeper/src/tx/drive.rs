//! Decides the next step of every unmined slot and has it taken. Each slot by itself: what is wrong with one is nothing
//! to the others.

use super::decide::{Step, View};
use super::lane::{LaneWorker, Stepped, is_mined};
use super::look::Open;
use super::manager::TxError;
use super::{Attempt, Intent, IntentId, IntentState, LaneSigner, Parked, Slot};

/// An unmined slot with what its next step needs.
pub(super) struct Work {
    pub(super) key: LaneSigner,
    pub(super) slot: Slot,
    /// Oldest first.
    pub(super) attempts: Vec<Attempt>,
    /// The newest attempt.
    pub(super) current: Attempt,
    /// The intent that is wanted on the slot to the last.
    pub(super) wanted: Option<Intent>,
}

impl LaneWorker {
    /// One step for every unmined slot, lowest nonce first.
    pub(super) async fn drive(&mut self, open: &mut Open, stepped: &mut Stepped) -> Result<(), TxError> {
        let Some(key) = self.key.clone() else { return Ok(()) };
        let slots: Vec<_> = open.unmined(key.address()).cloned().collect();
        if slots.is_empty() {
            return Ok(());
        }
        let latest = open.latest_nonce(&*self.tools.chain, key.address()).await;
        let Some(latest) = stepped.book(latest)? else {
            return Ok(());
        };
        let mut taken = Vec::new();
        for (slot, attempts) in slots {
            let Some(current) = attempts.last().cloned() else {
                continue;
            };
            let fresher = fresher(open, &attempts).filter(|id| !taken.contains(id));
            let work = Work {
                key: key.clone(),
                wanted: slot.intent.and_then(|id| open.intent(id)).cloned(),
                slot,
                attempts,
                current,
            };
            let done = self.step_slot(open, &work, fresher, latest).await;
            if stepped.book(done)? == Some(true) {
                taken.extend(fresher);
            }
        }
        Ok(())
    }

    /// Decides a slot's next step and takes it; says whether the fresher intent took the slot over.
    async fn step_slot(
        &mut self,
        open: &mut Open,
        work: &Work,
        fresher: Option<IntentId>,
        latest_nonce: u64,
    ) -> Result<bool, TxError> {
        let wanted = work.wanted.as_ref().map(|i| i.id);
        if let Some(intent) = &work.wanted
            && open.is_paused(self.chain().name(), intent)
        {
            self.set_parked(open, intent.id, Some(Parked::Paused)).await?;
            return Ok(false);
        }
        // Without an answer about fees nothing is raised for a base fee that may have risen; everything else goes on.
        let market = self.market(open).await;
        let view = View {
            slot: &work.slot,
            attempts: &work.attempts,
            wanted: work.wanted.as_ref(),
            fresher,
            latest_nonce,
            chain_time: open.look.head.time,
            base_fee: market.map(|m| m.base_fee).unwrap_or_default(),
            now_ms: self.now_ms(),
            last_sent_ms: self.memory.last_sent.get(&work.current.hash).copied(),
            underpriced: self.memory.underpriced.contains(&work.current.hash),
            puzzled: self
                .memory
                .unknown
                .get(&(work.slot.signer, work.slot.nonce))
                .map_or(0, |u| u.tries),
            refused: self.memory.refused.contains(&work.current.hash),
            bump_after_s: self.tools.policy.bump_after_s,
            ordered: open.order(work.wanted.as_ref(), &work.current),
        };
        let expired = work.wanted.as_ref().is_none_or(|i| i.expired(open.look.head.time));
        match view.next() {
            Step::Wait => {}
            Step::Broadcast => self.broadcast(open, &work.slot, &work.current, wanted).await?,
            Step::TakeOver(id) => {
                if self.take_over(open, work, id).await? {
                    return Ok(true);
                }
                // A fresher payload that may not be paid for must not keep the slot from being freed.
                if expired {
                    self.cancel(open, work, wanted).await?;
                }
            }
            Step::Raise => {
                if !self.raise(open, work).await? {
                    if let Some(id) = wanted {
                        self.set_parked(open, id, Some(Parked::FeeCap)).await?;
                    }
                    if view.may_rebroadcast() {
                        self.broadcast(open, &work.slot, &work.current, wanted).await?;
                    }
                }
            }
            Step::Cancel => self.cancel(open, work, wanted).await?,
        }
        Ok(false)
    }
}

/// Newest simulated intent without a slot whose topic has been on the slot.
fn fresher(open: &Open, attempts: &[Attempt]) -> Option<IntentId> {
    debug_assert!(!is_mined(attempts), "a mined slot has no next step");
    let topics: Vec<&str> = attempts
        .iter()
        .filter_map(|a| a.intent.and_then(|id| open.intent(id)))
        .map(|i| i.wanted.topic.as_str())
        .collect();
    open.intents
        .iter()
        .filter(|i| i.state == IntentState::Simulated && topics.contains(&i.wanted.topic.as_str()))
        .filter(|i| !i.expired(open.look.head.time))
        .map(|i| i.id)
        .max()
}
