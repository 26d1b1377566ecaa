//! Moves open slots on: writes stored bytes, raises fees, puts fresher payloads or cancels on a nonce.

use alloy::primitives::Bytes;
use tracing::{debug, info, warn};

use super::decide::{REBROADCAST_MS, Step, View};
use super::fees::{Budget, Fees, Load, quote};
use super::manager::{Open, TxError, TxManager};
use super::sign::Payload;
use super::{Attempt, AttemptKind, Intent, IntentId, IntentState, LaneSigner, Parked, Slot};
use crate::chain::{At, MarketFees, SendOutcome, Simulation};
use crate::types::BlockRef;

/// An open slot with what its next step needs.
struct Work<'a> {
    open: &'a Open,
    lane: &'a LaneSigner,
    slot: &'a Slot,
    attempts: &'a [Attempt],
    /// The newest attempt.
    current: &'a Attempt,
    /// The intent that is wanted on the slot to the last.
    wanted: Option<&'a Intent>,
    market: &'a MarketFees,
}

impl TxManager {
    /// One step for every open slot, lowest nonce first.
    pub(super) async fn drive(&mut self, head: BlockRef) -> Result<(), TxError> {
        let open = self.open(head).await?;
        if open.slots.is_empty() {
            return Ok(());
        }
        let market = self.chain.fees().await?;
        let lanes: Vec<LaneSigner> = self.lanes.values().cloned().collect();
        let mut taken = Vec::new();
        for lane in lanes {
            let slots: Vec<_> = open
                .slots
                .iter()
                .filter(|(slot, _)| slot.signer == lane.address())
                .collect();
            if slots.is_empty() {
                continue;
            }
            let latest = self.chain.nonce(lane.address(), At::Latest).await?;
            for (slot, attempts) in slots {
                let Some(current) = attempts.last() else {
                    continue;
                };
                let work = Work {
                    open: &open,
                    lane: &lane,
                    slot,
                    attempts,
                    current,
                    wanted: slot.intent.and_then(|id| open.intent(id)),
                    market: &market,
                };
                let fresher = fresher(&open, attempts).filter(|id| !taken.contains(id));
                if self.step(&work, fresher, latest).await? {
                    taken.extend(fresher);
                }
            }
        }
        Ok(())
    }

    /// Decides a slot's next step and takes it; says whether the fresher intent took the slot over.
    async fn step(&mut self, work: &Work<'_>, fresher: Option<IntentId>, latest_nonce: u64) -> Result<bool, TxError> {
        let (open, current) = (work.open, work.current);
        if let Some(intent) = work.wanted
            && open.is_paused(self.chain.name(), intent)
        {
            self.set_parked(intent, Some(Parked::Paused)).await?;
            return Ok(false);
        }
        let view = View {
            slot: work.slot,
            attempts: work.attempts,
            wanted: work.wanted,
            fresher,
            latest_nonce,
            chain_time: open.head.time,
            base_fee: work.market.base_fee,
            now_ms: self.clock.now_ms(),
            last_sent_ms: self.memory.last_sent.get(&current.hash).copied(),
            underpriced: self.memory.underpriced.contains(&current.hash),
            refused: self.memory.refused.contains(&current.hash),
            bump_after_s: self.policy.bump_after_s,
            ordered: open.order(work.wanted, current),
        };
        match view.next() {
            Step::Wait => {}
            Step::Broadcast => self.broadcast(work.slot, current, work.wanted).await?,
            Step::TakeOver(id) => {
                if self.take_over(work, id).await? {
                    return Ok(true);
                }
                // A fresher payload that may not be paid for must not keep the slot from being freed.
                if work.wanted.is_none_or(|i| i.expired(open.head.time)) {
                    self.cancel(work, work.wanted).await?;
                }
            }
            Step::Raise => {
                if !self.raise(work).await? {
                    if let Some(intent) = work.wanted {
                        self.set_parked(intent, Some(Parked::FeeCap)).await?;
                    }
                    if view.may_rebroadcast() {
                        self.broadcast(work.slot, current, work.wanted).await?;
                    }
                }
            }
            Step::Cancel => self.cancel(work, work.wanted).await?,
        }
        Ok(false)
    }

    /// Puts a fresher payload on a slot; says whether it fits the chain and the caps still.
    async fn take_over(&mut self, work: &Work<'_>, id: IntentId) -> Result<bool, TxError> {
        let Some(next) = work.open.intent(id) else {
            return Ok(false);
        };
        let Some(next) = self.fit(work.lane, next).await? else {
            return Ok(false);
        };
        let load = Load {
            gas: next.gas.unwrap_or_default(),
            value: next.wanted.value,
        };
        let spent = self.spent_besides(work).await?;
        let Some(fees) = quote(&self.policy, work.market, Some(highest(work.attempts)), load, spent) else {
            return Ok(false);
        };
        self.replace(work, payload(&next, load), fees, Some(&next)).await?;
        info!(trace_id = %next.wanted.trace, intent = %next.id, nonce = work.slot.nonce, "took the slot over");
        Ok(true)
    }

    /// Raises the fees of what is on a slot; says whether the caps allow it. A cancel has a cap of its own and says so itself.
    async fn raise(&mut self, work: &Work<'_>) -> Result<bool, TxError> {
        let (AttemptKind::Payload, Some(intent)) = (work.current.kind, work.wanted) else {
            self.cancel(work, None).await?;
            return Ok(true);
        };
        let load = Load {
            gas: work.current.gas,
            value: intent.wanted.value,
        };
        let spent = self.spent_besides(work).await?;
        let Some(fees) = quote(&self.policy, work.market, Some(highest(work.attempts)), load, spent) else {
            return Ok(false);
        };
        self.replace(work, payload(intent, load), fees, work.wanted).await?;
        Ok(true)
    }

    /// What the lane spent besides this slot: what the slot may cost is counted already, and a replacement takes its place.
    async fn spent_besides(&self, work: &Work<'_>) -> Result<Budget, TxError> {
        Ok(match self.ordinary(work.lane.lane).await? {
            Budget::Ordinary { spent } => {
                let own = work.attempts.iter().map(|a| a.max_cost).max().unwrap_or_default();
                Budget::Ordinary {
                    spent: spent.saturating_sub(own),
                }
            }
            other @ Budget::Unblock => other,
        })
    }

    /// Simulates again what is about to take a slot: it waited, and the chain moved.
    async fn fit(&mut self, lane: &LaneSigner, intent: &Intent) -> Result<Option<Intent>, TxError> {
        let wanted = &intent.wanted;
        match self
            .chain
            .simulate(lane.address(), wanted.to, &wanted.data, wanted.value)
            .await?
        {
            Simulation::Succeeds { .. } => Ok(Some(intent.clone())),
            Simulation::Reverts { data, message } => {
                let change = crate::store::IntentChange::to(IntentState::Rejected)
                    .detail(format!("simulation reverts: {message} ({data})"));
                self.store
                    .change_intent(intent.id, intent.state, &change, self.clock.now_ms())
                    .await?;
                Ok(None)
            }
        }
    }

    /// Puts a transfer of nothing on the slot, within the small cap that pays for unblocking.
    async fn cancel(&mut self, work: &Work<'_>, wanted: Option<&Intent>) -> Result<(), TxError> {
        let (lane, slot, old) = (work.lane, work.slot, highest(work.attempts));
        let empty = Bytes::new();
        let load = Load {
            gas: self.cancel_gas(lane).await?,
            value: Default::default(),
        };
        let quoted = |replaces| quote(&self.policy, work.market, replaces, load, Budget::Unblock);
        let fees = match quoted(Some(old)) {
            Some(fees) => fees,
            // No cap reaches what replaces the dearest attempt. A node that holds it mines it when the market calms down; nodes that lost
            // it take a cancel at the market's price, without which the nonce would keep every later one waiting for good.
            None if work.current.kind == AttemptKind::Payload => match quoted(None) {
                Some(fees) => fees,
                None => return self.cannot_free(wanted).await,
            },
            // That cancel follows the market as far as its cap goes.
            None => match quoted(Some(fees_of(work.current))) {
                Some(fees) if work.market.base_fee >= work.current.max_fee => fees,
                _ => return self.write_again(work).await,
            },
        };
        let intent = slot.intent.or_else(|| wanted.map(|i| i.id));
        let payload = Payload {
            kind: AttemptKind::Cancel,
            intent,
            to: lane.address(),
            data: &empty,
            load,
        };
        info!(nonce = slot.nonce, signer = %slot.signer, "cancelling");
        self.replace(work, payload, fees, None).await
    }

    /// What a plain transfer costs here; rollups ask more than 21,000.
    pub(super) async fn cancel_gas(&self, lane: &LaneSigner) -> Result<u64, TxError> {
        let own = lane.address();
        Ok(
            match self.chain.simulate(own, own, &Bytes::new(), Default::default()).await? {
                Simulation::Succeeds { gas } => gas.max(21_000),
                Simulation::Reverts { .. } => 21_000,
            },
        )
    }

    /// Writes a cancel again whose fees need not or cannot be raised.
    async fn write_again(&mut self, work: &Work<'_>) -> Result<(), TxError> {
        let written = self.memory.last_sent.get(&work.current.hash);
        let now = self.clock.now_ms();
        if written.is_none_or(|at| now.saturating_sub(*at) >= REBROADCAST_MS) {
            self.broadcast(work.slot, work.current, None).await?;
        }
        Ok(())
    }

    async fn cannot_free(&self, wanted: Option<&Intent>) -> Result<(), TxError> {
        if let Some(intent) = wanted
            && intent.parked != Some(Parked::FeeCap)
        {
            self.page(Some(intent), "the cap of a cancel does not reach what the slot needs");
            self.set_parked(intent, Some(Parked::FeeCap)).await?;
        }
        Ok(())
    }

    async fn replace(
        &mut self,
        work: &Work<'_>,
        payload: Payload<'_>,
        fees: Fees,
        intent: Option<&Intent>,
    ) -> Result<(), TxError> {
        let attempt = self.sign(work.lane, work.slot, payload, fees, work.market).await?;
        self.store.add_attempt(&attempt, self.clock.now_ms()).await?;
        self.broadcast(work.slot, &attempt, intent).await
    }

    /// Writes stored bytes to the endpoints and stores what came of it. A kill between the two repeats the write.
    pub(super) async fn broadcast(
        &mut self,
        slot: &Slot,
        attempt: &Attempt,
        intent: Option<&Intent>,
    ) -> Result<(), TxError> {
        let written = self.clock.now_ms();
        let outcome = self.chain.send(&attempt.raw).await;
        let now = self.clock.now_ms();
        self.memory.last_sent.insert(attempt.hash, now);
        metrics::counter!("fluxion_sends_total", "chain" => self.chain.name().to_owned(), "outcome" => outcome.label())
            .increment(1);
        let trace = intent.map(|i| i.wanted.trace.0.as_str()).unwrap_or_default();
        debug!(trace_id = trace, nonce = slot.nonce, hash = %attempt.hash, ?outcome, "sent");
        match outcome {
            SendOutcome::Accepted | SendOutcome::AlreadyKnown => {
                let parked = intent.and_then(|i| i.parked).is_some_and(|p| p != Parked::FeeCap);
                if attempt.offered_at_ms.is_none() || parked {
                    self.store.mark_offered(attempt.hash, written, now).await?;
                }
                self.memory.underpriced.remove(&attempt.hash);
            }
            // The nonce is used: tracking looks every attempt up and decides.
            SendOutcome::NonceTooLow => {}
            SendOutcome::ReplacementUnderpriced | SendOutcome::FeeTooLow => {
                self.memory.underpriced.insert(attempt.hash);
            }
            SendOutcome::InsufficientFunds => {
                if let Some(intent) = intent {
                    self.set_parked(intent, Some(Parked::Funds)).await?;
                }
            }
            SendOutcome::Refused(words) => {
                warn!(trace_id = trace, nonce = slot.nonce, words, "refused by every endpoint");
                self.memory.refused.insert(attempt.hash);
                self.page(
                    intent,
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
                if let Some(intent) = intent {
                    self.set_parked(intent, Some(Parked::Breaker)).await?;
                }
            }
        }
        Ok(())
    }
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

/// Newest simulated intent without a slot whose topic has been on the slot.
fn fresher(open: &Open, attempts: &[Attempt]) -> Option<IntentId> {
    let topics: Vec<&str> = attempts
        .iter()
        .filter_map(|a| a.intent.and_then(|id| open.intent(id)))
        .map(|i| i.wanted.topic.as_str())
        .collect();
    open.intents
        .iter()
        .filter(|i| i.state == IntentState::Simulated && topics.contains(&i.wanted.topic.as_str()))
        .filter(|i| !i.expired(open.head.time))
        .map(|i| i.id)
        .max()
}
