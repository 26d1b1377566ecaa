//! Follows what was sent: inclusion, its loss in a reorg, and the end of a slot by the finalized chain.

use alloy::primitives::{Bytes, U256};
use tracing::{info, warn};

use super::fees::{Budget, Load, quote};
use super::manager::{Open, TxError, TxManager};
use super::sign::Payload;
use super::{Attempt, AttemptKind, FinalResult, Intent, IntentState, Slot, SlotEnd};
use crate::chain::{At, Mined};
use crate::store::{IntentChange, SlotOutcome};
use crate::types::{BlockRef, EventRef};

impl TxManager {
    /// Looks every slot up; says whether something changed.
    pub(super) async fn track(&mut self, head: BlockRef) -> Result<bool, TxError> {
        let chain = self.chain.id();
        let open = self.open(head).await?;
        let finalized = self.store.finalized(chain).await?;
        let indexed = self.store.cursor(chain).await?;
        let mut changed = false;
        let lanes: Vec<_> = self.lanes.values().cloned().collect();
        for lane in lanes {
            let slots: Vec<_> = open.slots.iter().filter(|(s, _)| s.signer == lane.address()).collect();
            if slots.is_empty() {
                continue;
            }
            let latest = self.chain.nonce(lane.address(), At::Latest).await?;
            // Only what is final *and* indexed can end a slot: the end needs the events of its block.
            let settled = match (finalized, indexed) {
                (Some(f), Some(i)) if i.height >= f.height => Some(f),
                _ => None,
            };
            let final_nonce = match settled {
                Some(f) if slots.iter().any(|(s, _)| s.nonce < latest) => {
                    self.chain.nonce(lane.address(), At::Block(f.hash)).await?
                }
                _ => 0,
            };
            for (slot, attempts) in &slots {
                if self.has_new_work() {
                    return Ok(true);
                }
                let touched = latest > slot.nonce || attempts.iter().any(|a| a.included.is_some());
                if !touched {
                    continue;
                }
                let mined = self.look_up(attempts).await?;
                changed |= self.note_inclusion(attempts, mined.as_ref()).await?;
                if let Some(f) = settled
                    && final_nonce > slot.nonce
                {
                    changed |= self.end(&open, slot, attempts, mined.as_ref(), f).await?;
                }
            }
            if let Some((lowest, _)) = slots.first() {
                self.fill_gap(&lane, lowest, latest).await?;
            }
        }
        self.forget(&open);
        Ok(changed)
    }

    /// The attempt that is mined, if one is. At most one can be.
    async fn look_up(&self, attempts: &[Attempt]) -> Result<Option<(usize, Mined)>, TxError> {
        // The newest is the likeliest.
        for (index, attempt) in attempts.iter().enumerate().rev() {
            if let Some(mined) = self.chain.mined(attempt.hash).await? {
                return Ok(Some((index, mined)));
            }
        }
        Ok(None)
    }

    async fn note_inclusion(&self, attempts: &[Attempt], mined: Option<&(usize, Mined)>) -> Result<bool, TxError> {
        let mut changed = false;
        for (index, attempt) in attempts.iter().enumerate() {
            let now_in = mined.filter(|(i, _)| *i == index).map(|(_, m)| (m.height, m.block));
            if attempt.included == now_in {
                continue;
            }
            if now_in.is_none() {
                warn!(nonce = attempt.nonce, hash = %attempt.hash, "its block left the chain; it is offered again");
            }
            self.store
                .mark_included(attempt.hash, now_in, self.clock.now_ms())
                .await?;
            changed = true;
        }
        Ok(changed)
    }

    /// Ends a slot whose nonce is used in the finalized chain. Waits where the winner is not known for sure.
    async fn end(
        &mut self,
        open: &Open,
        slot: &Slot,
        attempts: &[Attempt],
        mined: Option<&(usize, Mined)>,
        finalized: BlockRef,
    ) -> Result<bool, TxError> {
        if mined.is_some_and(|(_, m)| m.height > finalized.height) {
            return Ok(false);
        }
        let winner = mined.and_then(|(index, m)| attempts.get(*index).map(|a| (a, m)));
        let mut intents = Vec::new();
        let mut on_slot: Vec<&Intent> = attempts
            .iter()
            .filter_map(|a| a.intent.and_then(|id| open.intent(id)))
            .collect();
        on_slot.sort_by_key(|i| i.id);
        on_slot.dedup_by_key(|i| i.id);
        for intent in on_slot {
            let event = self.store.find_event(self.chain.id(), &intent.wanted.expected).await?;
            let event = event.filter(|e| e.height <= finalized.height);
            intents.push((intent.id, fate(intent, slot, winner, event, open.head.time)));
        }
        let end = match winner {
            None => SlotEnd::Foreign,
            Some((a, _)) if a.kind == AttemptKind::Cancel => SlotEnd::Cancelled,
            Some((_, m)) if m.success => SlotEnd::Ok,
            Some(_) => SlotEnd::Reverted,
        };
        let outcome = SlotOutcome {
            end,
            winner: winner.map(|(a, _)| a.hash),
            cost: winner.map_or(U256::ZERO, |(_, m)| m.cost),
            intents,
        };
        self.store.end_slot(slot, &outcome, self.clock.now_ms()).await?;
        metrics::counter!("fluxion_slots_ended_total", "chain" => self.chain.name().to_owned(), "end" => <&str>::from(end))
            .increment(1);
        for (id, change) in &outcome.intents {
            let trace = open.intent(*id).map(|i| i.wanted.trace.0.as_str()).unwrap_or_default();
            info!(trace_id = trace, intent = %id, nonce = slot.nonce, state = %change.state, result = ?change.result, "slot ended");
        }
        if end == SlotEnd::Foreign {
            self.page(
                None,
                &format!(
                    "nonce {} of {} was used by a transaction that is not ours",
                    slot.nonce, slot.signer
                ),
            );
        }
        Ok(true)
    }

    /// A nonce below our lowest slot that nothing uses keeps every later one waiting: after a while a cancel uses it.
    /// It comes about when a foreign transaction, behind which we reserved, left the chain.
    async fn fill_gap(&mut self, lane: &super::LaneSigner, lowest: &Slot, latest: u64) -> Result<(), TxError> {
        let now = self.clock.now_ms();
        let key = (lane.address(), latest);
        if latest >= lowest.nonce {
            self.memory
                .gap_since
                .retain(|(account, _), _| *account != lane.address());
            return Ok(());
        }
        let since = *self.memory.gap_since.entry(key).or_insert(now);
        if now.saturating_sub(since) < self.policy.bump_after_s.saturating_mul(1000) {
            return Ok(());
        }
        let market = self.chain.fees().await?;
        let load = Load {
            gas: self.cancel_gas(lane).await?,
            value: U256::ZERO,
        };
        let Some(fees) = quote(&self.policy, &market, None, load, Budget::Unblock) else {
            self.page(None, "the cap of a cancel does not reach what filling a gap needs");
            return Ok(());
        };
        let slot = Slot {
            chain: self.chain.id(),
            signer: lane.address(),
            nonce: latest,
            lane: lane.lane,
            intent: None,
        };
        let empty = Bytes::new();
        let payload = Payload {
            kind: AttemptKind::Cancel,
            intent: None,
            to: lane.address(),
            data: &empty,
            load,
        };
        let attempt = self.sign(lane, &slot, payload, fees, &market).await?;
        self.store.reserve(&slot, &attempt, now).await?;
        warn!(nonce = latest, signer = %lane.address(), "filling a gap in the nonces");
        self.broadcast(&slot, &attempt, None).await
    }

    /// Drops what is remembered of slots that ended.
    fn forget(&mut self, open: &Open) {
        let live: std::collections::HashSet<_> =
            open.slots.iter().flat_map(|(_, a)| a.iter().map(|a| a.hash)).collect();
        self.memory.last_sent.retain(|hash, _| live.contains(hash));
        self.memory.underpriced.retain(|hash| live.contains(hash));
        self.memory.refused.retain(|hash| live.contains(hash));
        self.memory.simulated_at.retain(|id, _| open.intent(*id).is_some());
    }
}

/// What an intent becomes when its slot ends. Only the final expected event closes the effect, whoever caused it.
fn fate(
    intent: &Intent,
    slot: &Slot,
    winner: Option<(&Attempt, &Mined)>,
    event: Option<EventRef>,
    chain_time: u64,
) -> IntentChange {
    let own = winner.filter(|(a, _)| a.kind == AttemptKind::Payload && a.intent == Some(intent.id));
    match (event, own) {
        (Some(event), Some((attempt, _))) if event.transaction == attempt.hash => {
            IntentChange::to(IntentState::Final).result(FinalResult::Ok)
        }
        (Some(_), _) => IntentChange::to(IntentState::Final).result(FinalResult::Foreign),
        (None, Some((_, mined))) => IntentChange::to(IntentState::Final)
            .result(FinalResult::Reverted)
            .detail(if mined.success {
                "mined without the expected event"
            } else {
                "reverted on chain"
            }),
        // Another transaction has the nonce. What was wanted here to the last goes back and gets a new slot.
        (None, None) if slot.intent == Some(intent.id) => {
            if intent.expired(chain_time) {
                IntentChange::to(IntentState::Superseded).detail("expired; its nonce went to another transaction")
            } else {
                IntentChange::to(IntentState::Planned)
                    .detail(format!("nonce {} went to another transaction", slot.nonce))
            }
        }
        (None, None) => IntentChange::to(IntentState::Cancelled),
    }
}
