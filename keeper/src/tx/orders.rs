//! An operator's orders, obeyed by the same steps as everything else: here those are ended that are fulfilled or that
//! nothing can fulfil; a raise or a cancel of a slot is decided with the slot's other steps.

use tracing::info;

use super::manager::{TxError, TxManager};
use super::{FinalResult, Intent, IntentState};
use crate::store::{IntentChange, Order, OrderKind, Planned};

impl TxManager {
    /// Obeys what can be obeyed at once; gives the orders that wait for their slot's step.
    pub(super) async fn obey(&self) -> Result<(), TxError> {
        for order in self.tools.store.open_orders(self.tools.chain.id()).await? {
            let Some(intent) = self.tools.store.intent(order.intent).await? else {
                continue;
            };
            let outcome = match order.kind {
                OrderKind::Bump => self.bumped(&order, &intent).await?,
                OrderKind::Cancel => self.cancelled(&order, &intent).await?,
                OrderKind::Retry => Some(self.retried(&order, intent).await?),
            };
            if let Some(outcome) = outcome {
                info!(intent = %order.intent, kind = %order.kind, who = order.who, why = order.why, outcome, "order ended");
                self.tools.store.end_order(order.id, &outcome).await?;
            }
        }
        Ok(())
    }

    async fn bumped(&self, order: &Order, intent: &Intent) -> Result<Option<String>, TxError> {
        if !matches!(intent.state, IntentState::Reserved | IntentState::Offered) {
            return Ok(Some(format!("refused: the intent is {}", intent.state)));
        }
        let attempts = self.tools.store.attempts_of(intent.id).await?;
        let newer = attempts.last().filter(|attempt| order.replaces != Some(attempt.hash));
        Ok(newer.map(|attempt| match order.replaces {
            Some(_) => format!("raised to {} wei per gas", attempt.max_fee),
            None => "refused: it was signed after the order".into(),
        }))
    }

    async fn cancelled(&self, order: &Order, intent: &Intent) -> Result<Option<String>, TxError> {
        Ok(match intent.state {
            IntentState::Planned | IntentState::Simulated => {
                let detail = format!("cancelled by {}: {}", order.who, order.why);
                let change = IntentChange::to(IntentState::Superseded).detail(detail);
                self.tools
                    .store
                    .change_intent(intent.id, intent.state, &change, self.tools.clock.now_ms())
                    .await?;
                Some("cancelled before it had a nonce".into())
            }
            IntentState::Reserved | IntentState::Offered => None,
            IntentState::Cancelling | IntentState::Cancelled => Some("a cancel is on its nonce".into()),
            IntentState::Included | IntentState::Final | IntentState::Superseded | IntentState::Rejected => {
                Some(format!("refused: the intent is {}", intent.state))
            }
        })
    }

    async fn retried(&self, order: &Order, intent: Intent) -> Result<String, TxError> {
        let bad_end = intent.state.is_end() && !matches!(intent.result, Some(FinalResult::Ok | FinalResult::Foreign));
        if !bad_end {
            return Ok(format!("refused: the intent is {}", intent.state));
        }
        let now = self.tools.clock.now_ms();
        if intent.expired(now / 1_000) {
            return Ok("refused: it expired; a fresher one is planned by its job".into());
        }
        let mut wanted = intent.wanted;
        wanted.max_incarnations = wanted.max_incarnations.max(intent.incarnation.saturating_add(1));
        wanted.reason = format!("retry by {}: {}", order.who, order.why);
        Ok(match self.tools.store.plan_intents(&[wanted], now).await?.first() {
            Some(Planned::New(id)) => format!("planned as intent {id}"),
            Some(Planned::Exists(id)) => format!("refused: intent {id} has the effect"),
            Some(Planned::Exhausted(id)) => format!("refused: intent {id} is a later try; retry that one"),
            None => "refused".into(),
        })
    }
}
