//! Writes stored bytes to the endpoints and stores what came of it.

use tracing::{debug, warn};

use super::lane::{LaneWorker, Unknown};
use super::look::Open;
use super::manager::TxError;
use super::{Attempt, Intent, IntentId, Parked, Slot};
use crate::chain::SendOutcome;

/// Words that nobody knows are taken for a fee that is too low after so many tries and so long, so often; then somebody
/// has to look.
const PUZZLED_TRIES: u32 = 5;
const PUZZLED_MS: u64 = 60_000;
const PUZZLED_RAISES: u32 = 2;

impl LaneWorker {
    /// Writes an attempt's stored bytes. A kill between the write and the commit of what came of it repeats the write.
    pub(super) async fn broadcast(
        &mut self,
        open: &mut Open,
        slot: &Slot,
        attempt: &Attempt,
        intent: Option<IntentId>,
    ) -> Result<(), TxError> {
        let written = self.now_ms();
        let outcome = self.chain().send(&attempt.raw).await;
        let now = self.now_ms();
        self.memory.last_sent.insert(attempt.hash, now);
        metrics::counter!("fluxion_sends_total", "chain" => self.chain().name().to_owned(), "outcome" => outcome.label())
            .increment(1);
        let wanted = intent.and_then(|id| open.intent(id)).cloned();
        let trace = wanted.as_ref().map(|i| i.wanted.trace.0.as_str()).unwrap_or_default();
        debug!(trace_id = trace, nonce = slot.nonce, hash = %attempt.hash, ?outcome, "sent");
        match outcome {
            SendOutcome::Accepted | SendOutcome::AlreadyKnown => {
                let parked = wanted
                    .as_ref()
                    .and_then(|i| i.parked)
                    .is_some_and(|p| p != Parked::FeeCap);
                if attempt.offered_at_ms.is_none() || parked {
                    self.store().mark_offered(attempt.hash, written, now).await?;
                    if let Some(id) = intent {
                        open.put(self.store().intent(id).await?);
                    }
                }
                self.memory.underpriced.remove(&attempt.hash);
                self.memory.unknown.remove(&(slot.signer, slot.nonce));
            }
            // The nonce is used: tracking looks every attempt up and decides.
            SendOutcome::NonceTooLow => {}
            SendOutcome::ReplacementUnderpriced => {
                self.memory.underpriced.insert(attempt.hash);
            }
            SendOutcome::FeeTooLow(needed) => {
                self.memory.underpriced.insert(attempt.hash);
                // A node that asks for more than the caps allow is not obeyed: the caps come after this.
                let tips = &mut self.memory.tips;
                tips.needed = needed.unwrap_or_default().max(tips.needed);
            }
            SendOutcome::InsufficientFunds => {
                if let Some(id) = intent {
                    self.set_parked(open, id, Some(Parked::Funds)).await?;
                }
            }
            SendOutcome::Refused(words) => {
                warn!(trace_id = trace, nonce = slot.nonce, words, "refused by every endpoint");
                self.memory.refused.insert(attempt.hash);
                self.page(
                    wanted.as_ref(),
                    &format!("nonce {} of {} is refused: {words}", slot.nonce, slot.signer),
                );
            }
            SendOutcome::Silent(words) => {
                warn!(
                    trace_id = trace,
                    nonce = slot.nonce,
                    words,
                    "no endpoint answered; it is written again"
                );
                if let Some(id) = intent {
                    self.set_parked(open, id, Some(Parked::Breaker)).await?;
                }
            }
            SendOutcome::Unknown(words) => {
                warn!(
                    trace_id = trace,
                    nonce = slot.nonce,
                    words,
                    "words that nobody knows; it is written again"
                );
                self.puzzle(slot, attempt, wanted.as_ref(), &words);
                if let Some(id) = intent {
                    self.set_parked(open, id, Some(Parked::Breaker)).await?;
                }
            }
        }
        Ok(())
    }

    /// Counts an answer that nobody understands. Most that refuse for long refuse the fee.
    fn puzzle(&mut self, slot: &Slot, attempt: &Attempt, intent: Option<&Intent>, words: &str) {
        let now = self.now_ms();
        let key = (slot.signer, slot.nonce);
        let fresh = Unknown {
            since_ms: now,
            tries: 0,
            raised: 0,
            paged: false,
        };
        let mut seen = self.memory.unknown.get(&key).copied().unwrap_or(fresh);
        seen.tries = seen.tries.saturating_add(1);
        if seen.tries >= PUZZLED_TRIES && now.saturating_sub(seen.since_ms) >= PUZZLED_MS {
            if seen.raised < PUZZLED_RAISES {
                self.memory.underpriced.insert(attempt.hash);
                seen = Unknown {
                    raised: seen.raised.saturating_add(1),
                    ..fresh
                };
            } else if !seen.paged {
                seen.paged = true;
                let why = format!(
                    "nonce {} of {} is answered by words that nobody knows: {words}",
                    slot.nonce, slot.signer
                );
                self.page(intent, &why);
            }
        }
        self.memory.unknown.insert(key, seen);
    }
}
