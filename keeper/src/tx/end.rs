//! The end of a slot by the finalized chain, and what it means for the intents that were on it.

use alloy::primitives::U256;
use tracing::info;

use super::lane::LaneWorker;
use super::look::Open;
use super::manager::TxError;
use super::{Attempt, AttemptKind, FinalResult, Intent, IntentId, IntentState, Slot, SlotEnd};
use crate::chain::Mined;
use crate::model::EventRef;
use crate::store::{IntentChange, SlotOutcome};

impl LaneWorker {
    /// Every intent whose payload, or whose cancel, is on a slot.
    pub(super) async fn on_slot(&self, attempts: &[Attempt]) -> Result<Vec<Intent>, TxError> {
        let mut ids: Vec<IntentId> = attempts.iter().filter_map(|a| a.intent).collect();
        ids.sort_unstable();
        ids.dedup();
        let mut intents = Vec::with_capacity(ids.len());
        for id in ids {
            intents.extend(self.store().intent(id).await?.filter(|i| !i.state.is_end()));
        }
        Ok(intents)
    }

    /// Ends a slot whose nonce is used in the finalized chain, by `winner` or by somebody else.
    pub(super) async fn end(
        &mut self,
        open: &mut Open,
        slot: &Slot,
        attempts: &[Attempt],
        winner: Option<(&Attempt, &Mined)>,
    ) -> Result<(), TxError> {
        let Some(settled) = open.look.settled else {
            return Ok(());
        };
        let mut intents = Vec::new();
        for intent in self.on_slot(attempts).await? {
            let event = self
                .store()
                .find_event(self.chain().id(), &intent.wanted.expected)
                .await?;
            let event = event.filter(|e| e.height <= settled.height);
            let change = fate(&intent, slot, winner, event, open.look.head.time);
            intents.push((intent, change));
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
            intents: intents.iter().map(|(i, change)| (i.id, change.clone())).collect(),
        };
        self.store().end_slot(slot, &outcome, self.now_ms()).await?;
        self.memory.unseen.remove(&(slot.signer, slot.nonce));
        open.slots
            .retain(|(other, _)| (other.signer, other.nonce) != (slot.signer, slot.nonce));
        metrics::counter!("fluxion_slots_ended_total", "chain" => self.chain().name().to_owned(), "end" => <&str>::from(end))
            .increment(1);
        for (intent, change) in &intents {
            let trace = intent.wanted.trace.0.as_str();
            info!(trace_id = trace, intent = %intent.id, nonce = slot.nonce, state = %change.state, result = ?change.result, "slot ended");
        }
        if end == SlotEnd::Foreign {
            let why = format!(
                "nonce {} of {} was used by a transaction that is not ours",
                slot.nonce, slot.signer
            );
            self.page(None, &why);
        }
        Ok(())
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
