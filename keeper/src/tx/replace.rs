//! What goes on a nonce in place of what is there: the same at a higher fee, a fresher payload, a cancel.

use alloy::primitives::Bytes;
use tracing::info;

use super::decide::REBROADCAST_MS;
use super::drive::Work;
use super::fees::{Budget, Fees, Load, quote};
use super::lane::LaneWorker;
use super::look::Open;
use super::manager::TxError;
use super::reserve::{DAY_MS, dearest, load_of};
use super::sign::Payload;
use super::{Attempt, AttemptKind, Intent, IntentId, IntentState, Parked, Slot};
use crate::chain::Simulation;
use crate::store::IntentChange;

impl LaneWorker {
    /// Puts a fresher payload on a slot; says whether it fits the chain and the caps still.
    pub(super) async fn take_over(&mut self, open: &mut Open, work: &Work, id: IntentId) -> Result<bool, TxError> {
        if !self.still_fits(open, id).await? {
            return Ok(false);
        }
        let Some(next) = open.intent(id).cloned() else {
            return Ok(false);
        };
        let load = load_of(&next);
        let spent = self.spent_besides(open, work).await?;
        let market = self.market_of(open, &next.wanted.data, load.gas).await?;
        let Some(fees) = quote(&self.tools.policy, &market, Some(highest(&work.attempts)), load, spent) else {
            return Ok(false);
        };
        self.replace(open, work, payload(&next, load), fees, Some(id)).await?;
        info!(trace_id = %next.wanted.trace, intent = %id, nonce = work.slot.nonce, "took the slot over");
        Ok(true)
    }

    /// Raises the fees of what is on a slot; says whether the caps allow it. A cancel has a cap of its own and says so
    /// itself.
    pub(super) async fn raise(&mut self, open: &mut Open, work: &Work) -> Result<bool, TxError> {
        let (AttemptKind::Payload, Some(intent)) = (work.current.kind, &work.wanted) else {
            self.cancel(open, work, None).await?;
            return Ok(true);
        };
        if self.would_revert(intent).await {
            let intent = intent.id;
            info!(%intent, nonce = work.slot.nonce, "it would revert by now: cancelled instead of raised");
            self.cancel(open, work, Some(intent)).await?;
            return Ok(true);
        }
        let load = Load {
            gas: work.current.gas,
            value: intent.wanted.value,
        };
        let spent = self.spent_besides(open, work).await?;
        let market = self.market_of(open, &intent.wanted.data, load.gas).await?;
        let Some(fees) = quote(&self.tools.policy, &market, Some(highest(&work.attempts)), load, spent) else {
            return Ok(false);
        };
        self.replace(open, work, payload(intent, load), fees, Some(intent.id))
            .await?;
        Ok(true)
    }

    /// Whether the head refuses what was right when it was signed. Without an answer it counts as right.
    async fn would_revert(&self, intent: &Intent) -> bool {
        let Some(from) = self.address() else { return false };
        let wanted = &intent.wanted;
        let answer = self.chain().simulate(from, wanted.to, &wanted.data, wanted.value).await;
        matches!(answer, Ok(Simulation::Reverts { .. }))
    }

    /// What cancels of the last day cost, and what those under way may, but for the slot's own.
    pub(super) async fn unblocking(&self, own: &[Attempt]) -> Result<Budget, TxError> {
        let since = self.now_ms().saturating_sub(DAY_MS);
        let spent = self.store().freed_since(self.chain().id(), self.lane, since).await?;
        let cancels = own.iter().filter(|attempt| attempt.kind == AttemptKind::Cancel);
        let own = cancels.map(|attempt| attempt.max_cost).max().unwrap_or_default();
        Ok(Budget::Unblock {
            spent: spent.saturating_sub(own),
        })
    }

    /// What the lane spent besides this slot: what the slot may cost is counted already, and a replacement takes its
    /// place.
    async fn spent_besides(&self, open: &mut Open, work: &Work) -> Result<Budget, TxError> {
        Ok(match self.ordinary(open).await? {
            Budget::Ordinary { spent } => Budget::Ordinary {
                spent: spent.saturating_sub(dearest(&work.attempts)),
            },
            other @ Budget::Unblock { .. } => other,
        })
    }

    /// Simulates again what is about to take a slot: it waited, and the chain moved.
    async fn still_fits(&mut self, open: &mut Open, id: IntentId) -> Result<bool, TxError> {
        let (Some(from), Some(intent)) = (self.address(), open.intent(id).cloned()) else {
            return Ok(false);
        };
        let wanted = &intent.wanted;
        match self
            .chain()
            .simulate(from, wanted.to, &wanted.data, wanted.value)
            .await?
        {
            Simulation::Succeeds { .. } => Ok(true),
            Simulation::Reverts { data, message } => {
                let change =
                    IntentChange::to(IntentState::Rejected).detail(format!("simulation reverts: {message} ({data})"));
                self.change(open, &intent, &change).await?;
                Ok(false)
            }
        }
    }

    /// Puts a transfer of nothing on the slot, within the small cap that pays for unblocking.
    pub(super) async fn cancel(
        &mut self,
        open: &mut Open,
        work: &Work,
        wanted: Option<IntentId>,
    ) -> Result<(), TxError> {
        let old = highest(&work.attempts);
        let load = Load {
            gas: self.cancel_gas().await?,
            value: Default::default(),
        };
        let market = self.market_of(open, &Bytes::new(), load.gas).await?;
        let budget = self.unblocking(&work.attempts).await?;
        let quoted = |replaces| quote(&self.tools.policy, &market, replaces, load, budget);
        let fees = match quoted(Some(old)) {
            Some(fees) => fees,
            // No cap reaches what replaces the dearest attempt. A node that holds it mines it when the market calms
            // down; nodes that lost it take a cancel at the market's price, without which the nonce would keep every
            // later one waiting for good.
            None if work.current.kind == AttemptKind::Payload => match quoted(None) {
                Some(fees) => fees,
                None => return self.cannot_free(open, wanted).await,
            },
            // That cancel follows the market as far as its cap goes.
            None => match quoted(Some(fees_of(&work.current))) {
                Some(fees) if market.base_fee >= work.current.max_fee => fees,
                _ => return self.write_again(open, work).await,
            },
        };
        let empty = Bytes::new();
        let payload = Payload {
            kind: AttemptKind::Cancel,
            intent: work.slot.intent.or(wanted),
            to: work.key.address(),
            data: &empty,
            load,
        };
        info!(nonce = work.slot.nonce, signer = %work.slot.signer, "cancelling");
        self.replace(open, work, payload, fees, None).await
    }

    /// What a plain transfer costs here; rollups ask more than 21,000.
    pub(super) async fn cancel_gas(&self) -> Result<u64, TxError> {
        let own = self.address().unwrap_or_default();
        Ok(
            match self
                .chain()
                .simulate(own, own, &Bytes::new(), Default::default())
                .await?
            {
                Simulation::Succeeds { gas } => gas.max(21_000),
                Simulation::Reverts { .. } => 21_000,
            },
        )
    }

    /// Writes a cancel again whose fees need not or cannot be raised.
    async fn write_again(&mut self, open: &mut Open, work: &Work) -> Result<(), TxError> {
        let written = self.memory.last_sent.get(&work.current.hash);
        let now = self.now_ms();
        if written.is_none_or(|at| now.saturating_sub(*at) >= REBROADCAST_MS) {
            self.broadcast(open, &work.slot, &work.current, None).await?;
        }
        Ok(())
    }

    async fn cannot_free(&self, open: &mut Open, wanted: Option<IntentId>) -> Result<(), TxError> {
        let Some(intent) = wanted.and_then(|id| open.intent(id)).cloned() else {
            return Ok(());
        };
        if intent.parked != Some(Parked::FeeCap) {
            self.page(Some(&intent), "the cap of a cancel does not reach what the slot needs");
            self.set_parked(open, intent.id, Some(Parked::FeeCap)).await?;
        }
        Ok(())
    }

    async fn replace(
        &mut self,
        open: &mut Open,
        work: &Work,
        payload: Payload<'_>,
        fees: Fees,
        intent: Option<IntentId>,
    ) -> Result<(), TxError> {
        let market = self.market_of(open, payload.data, payload.load.gas).await?;
        let attempt = self.sign(&work.key, &work.slot, payload, fees, &market).await?;
        self.store().add_attempt(&attempt, self.now_ms()).await?;
        // Another cap may hold less from now on, and the slot's intents have changed: what is left of the step goes by
        // that.
        open.spent = None;
        for id in work.wanted.iter().map(|i| i.id).chain(intent) {
            open.put(self.store().intent(id).await?);
        }
        let on_slot = |s: &&mut (Slot, Vec<Attempt>)| same_slot(&s.0, &work.slot);
        if let Some((slot, attempts)) = open.slots.iter_mut().find(on_slot) {
            slot.intent = match attempt.kind {
                AttemptKind::Payload => attempt.intent,
                AttemptKind::Cancel => None,
            };
            attempts.push(attempt.clone());
        }
        self.broadcast(open, &work.slot, &attempt, intent).await
    }
}

fn same_slot(one: &Slot, other: &Slot) -> bool {
    (one.signer, one.nonce) == (other.signer, other.nonce)
}

fn payload<'a>(intent: &'a Intent, load: Load) -> Payload<'a> {
    Payload {
        kind: AttemptKind::Payload,
        intent: Some(intent.id),
        to: intent.wanted.to,
        data: &intent.wanted.data,
        load,
    }
}

/// The fees that a replacement has to beat: of every attempt, since any of them may be the one that a node holds.
fn highest(attempts: &[Attempt]) -> Fees {
    Fees {
        max_fee: attempts.iter().map(|a| a.max_fee).max().unwrap_or_default(),
        priority_fee: attempts.iter().map(|a| a.priority_fee).max().unwrap_or_default(),
    }
}

fn fees_of(attempt: &Attempt) -> Fees {
    Fees {
        max_fee: attempt.max_fee,
        priority_fee: attempt.priority_fee,
    }
}
