//! Writes stored bytes to the endpoints and stores what came of it.

use tracing::{debug, warn};

use super::lane::LaneWorker;
use super::look::Open;
use super::manager::TxError;
use super::{Attempt, IntentId, Parked, Slot};
use crate::chain::SendOutcome;

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
            }
            // The nonce is used: tracking looks every attempt up and decides.
            SendOutcome::NonceTooLow => {}
            SendOutcome::ReplacementUnderpriced | SendOutcome::FeeTooLow => {
                self.memory.underpriced.insert(attempt.hash);
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
            SendOutcome::Unknown(words) => {
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
        }
        Ok(())
    }
}
