//! From an intent to a nonce slot: simulate, check the caps, sign, and store slot and first attempt in one transaction.

use alloy::primitives::U256;
use futures::future::try_join_all;
use tracing::info;

use super::fees::{Budget, Load, max_cost, quote};
use super::manager::{Open, TxError, TxManager};
use super::sign::Payload;
use super::{AttemptKind, FinalResult, Intent, IntentState, LaneSigner, Parked, Slot};
use crate::chain::{At, MarketFees, Simulation};
use crate::store::IntentChange;
use crate::types::{BlockRef, Lane};

/// Slots that a lane may hold open at once. A deeper queue gains nothing: the lowest nonce decides.
const MAX_OPEN_SLOTS: usize = 16;
/// Window of the daily cap.
const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// Gas limit for an estimate: a fifth on top, rounded up, and a little for state that moves meanwhile.
fn gas_limit(estimate: u64) -> u64 {
    estimate.saturating_mul(6).div_ceil(5).saturating_add(5_000)
}

impl TxManager {
    /// Moves every intent without a slot as far as it can go.
    pub(super) async fn admit(&mut self, head: BlockRef) -> Result<(), TxError> {
        let open = self.open(head).await?;
        let mut ready = Vec::new();
        for intent in open
            .intents
            .iter()
            .filter(|i| matches!(i.state, IntentState::Planned | IntentState::Simulated))
        {
            if self.screen(&open, intent).await? {
                ready.push(intent);
            }
        }
        let simulated = try_join_all(ready.iter().map(|i| self.simulate(i, head))).await?;
        for (intent, outcome) in ready.into_iter().zip(simulated) {
            if !self.settle_simulation(intent, head, outcome).await? {
                continue;
            }
            let Some(current) = self.store.intent(intent.id).await? else {
                continue;
            };
            self.reserve(&current).await?;
        }
        Ok(())
    }

    /// Ends or parks what must not go on; says whether the intent may.
    async fn screen(&self, open: &Open, intent: &Intent) -> Result<bool, TxError> {
        let now = self.clock.now_ms();
        let newer = open.intents.iter().find(|i| {
            i.id > intent.id
                && i.wanted.topic == intent.wanted.topic
                && matches!(i.state, IntentState::Planned | IntentState::Simulated)
        });
        if let Some(newer) = newer {
            let change = IntentChange::to(IntentState::Superseded).detail(format!("intent {} is fresher", newer.id));
            self.store.change_intent(intent.id, intent.state, &change, now).await?;
            return Ok(false);
        }
        if intent.expired(open.head.time) {
            let change = IntentChange::to(IntentState::Superseded).detail("expired");
            self.store.change_intent(intent.id, intent.state, &change, now).await?;
            return Ok(false);
        }
        if let Some(seen) = self.store.find_event(self.chain.id(), &intent.wanted.expected).await? {
            let finalized = self.store.finalized(self.chain.id()).await?;
            if finalized.is_some_and(|f| f.height >= seen.height) {
                let change = IntentChange::to(IntentState::Final).result(FinalResult::Foreign);
                self.store.change_intent(intent.id, intent.state, &change, now).await?;
            }
            // Seen but not final: it may leave the chain again, so the intent waits.
            return Ok(false);
        }
        if open.is_paused(self.chain.name(), intent) {
            self.set_parked(intent, Some(Parked::Paused)).await?;
            return Ok(false);
        }
        // A topic is on one unmined slot at a time: the fresher intent waits to take that slot over.
        let busy = open.slots.iter().any(|(slot, attempts)| {
            attempts.iter().all(|a| a.included.is_none())
                && slot
                    .intent
                    .and_then(|id| open.intent(id))
                    .is_some_and(|i| i.wanted.topic == intent.wanted.topic)
        });
        // It is simulated all the same, since only a simulated intent may take a slot over.
        Ok(!(busy && intent.state == IntentState::Simulated))
    }

    async fn simulate(&self, intent: &Intent, head: BlockRef) -> Result<Option<Simulation>, TxError> {
        if self.memory.simulated_at.get(&intent.id) == Some(&head.hash) {
            return Ok(None);
        }
        let Some(lane) = self.lane(intent.wanted.lane) else {
            return Ok(None);
        };
        let wanted = &intent.wanted;
        Ok(Some(
            self.chain
                .simulate(lane.address(), wanted.to, &wanted.data, wanted.value)
                .await?,
        ))
    }

    /// Stores what the simulation came to; says whether the intent may be sent.
    async fn settle_simulation(
        &mut self,
        intent: &Intent,
        head: BlockRef,
        outcome: Option<Simulation>,
    ) -> Result<bool, TxError> {
        let now = self.clock.now_ms();
        match outcome {
            None => Ok(intent.state == IntentState::Simulated),
            Some(Simulation::Reverts { data, message }) => {
                let detail = format!("simulation reverts: {message} ({data})");
                info!(trace_id = %intent.wanted.trace, intent = %intent.id, detail, "rejected");
                let change = IntentChange::to(IntentState::Rejected).detail(detail);
                self.store.change_intent(intent.id, intent.state, &change, now).await?;
                Ok(false)
            }
            Some(Simulation::Succeeds { gas }) => {
                self.memory.simulated_at.insert(intent.id, head.hash);
                let gas = gas_limit(gas);
                if intent.state == IntentState::Planned || intent.gas != Some(gas) {
                    let mut change = IntentChange::to(IntentState::Simulated).parked(intent.parked);
                    change.gas = Some(gas);
                    self.store.change_intent(intent.id, intent.state, &change, now).await?;
                }
                Ok(true)
            }
        }
    }

    /// Opens a slot for a simulated intent, or parks it. Nothing is sent before the slot is durable.
    async fn reserve(&mut self, intent: &Intent) -> Result<(), TxError> {
        let (chain, now) = (self.chain.id(), self.clock.now_ms());
        let Some(lane) = self.lane(intent.wanted.lane).cloned() else {
            return Ok(());
        };
        let slots = self.store.open_slots(chain).await?;
        let of_lane: Vec<_> = slots.iter().filter(|(slot, _)| slot.signer == lane.address()).collect();
        if of_lane.len() >= MAX_OPEN_SLOTS || self.topic_waits(intent, &slots).await? {
            return Ok(());
        }
        let (market, latest, balance) = tokio::try_join!(
            self.chain.fees(),
            self.chain.nonce(lane.address(), At::Latest),
            self.chain.balance(lane.address())
        )?;
        let load = Load {
            gas: intent.gas.unwrap_or_default(),
            value: intent.wanted.value,
        };
        let Some(fees) = quote(&self.policy, &market, None, load, self.ordinary(lane.lane).await?) else {
            return self.set_parked(intent, Some(Parked::FeeCap)).await;
        };
        let committed = of_lane
            .iter()
            .map(|(_, attempts)| attempts.iter().map(|a| a.max_cost).max().unwrap_or_default())
            .fold(U256::ZERO, U256::saturating_add);
        if balance < committed.saturating_add(max_cost(load, fees, &market)) {
            return self.set_parked(intent, Some(Parked::Funds)).await;
        }
        let highest = self.store.highest_nonce(chain, lane.address()).await?;
        // A count above our highest slot means that the key was used elsewhere: go on behind it.
        let nonce = highest.map_or(latest, |n| n.saturating_add(1).max(latest));
        let slot = Slot {
            chain,
            signer: lane.address(),
            nonce,
            lane: lane.lane,
            intent: Some(intent.id),
        };
        let payload = Payload {
            kind: AttemptKind::Payload,
            intent: Some(intent.id),
            to: intent.wanted.to,
            data: &intent.wanted.data,
            load,
        };
        let attempt = self.sign(&lane, &slot, payload, fees, &market).await?;
        self.store.reserve(&slot, &attempt, now).await?;
        info!(trace_id = %intent.wanted.trace, intent = %intent.id, nonce, hash = %attempt.hash, "reserved");
        self.broadcast(&slot, &attempt, Some(intent)).await
    }

    /// Whether an unmined slot carries the intent's topic already.
    async fn topic_waits(&self, intent: &Intent, slots: &[(Slot, Vec<super::Attempt>)]) -> Result<bool, TxError> {
        for (_, attempts) in slots
            .iter()
            .filter(|(_, attempts)| attempts.iter().all(|a| a.included.is_none()))
        {
            for id in attempts.iter().filter_map(|a| a.intent) {
                let other = self.store.intent(id).await?;
                if other.is_some_and(|o| o.wanted.topic == intent.wanted.topic) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    pub(super) async fn ordinary(&self, lane: Lane) -> Result<Budget, TxError> {
        let since = self.clock.now_ms().saturating_sub(DAY_MS);
        Ok(Budget::Ordinary {
            spent: self.store.spent_since(self.chain.id(), lane, since).await?,
        })
    }

    pub(super) fn lane(&self, lane: Lane) -> Option<&LaneSigner> {
        self.lanes.get(&lane)
    }

    pub(super) async fn sign(
        &self,
        lane: &LaneSigner,
        slot: &Slot,
        payload: Payload<'_>,
        fees: super::fees::Fees,
        market: &MarketFees,
    ) -> Result<super::Attempt, TxError> {
        lane.attempt(slot, payload, fees, market, self.clock.now_ms())
            .await
            .map_err(|source| TxError::Signer {
                account: lane.address(),
                source,
            })
    }

    /// Parks or unparks an intent; writes only a change.
    pub(super) async fn set_parked(&self, intent: &Intent, parked: Option<Parked>) -> Result<(), TxError> {
        if intent.parked != parked {
            if let Some(why) = parked {
                tracing::warn!(trace_id = %intent.wanted.trace, intent = %intent.id, %why, "parked");
            }
            self.store.park(intent.id, parked).await?;
        }
        Ok(())
    }
}
