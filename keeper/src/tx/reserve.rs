//! Puts an intent on a nonce of its own: the caps, the money, the count; then slot and first attempt in one
//! transaction.

use alloy::primitives::{Address, U256};
use tracing::info;

use super::fees::{Budget, Fees, Load, max_cost, quote};
use super::lane::LaneWorker;
use super::look::Open;
use super::manager::TxError;
use super::sign::Payload;
use super::{Attempt, AttemptKind, Intent, IntentId, LaneSigner, Parked, Slot};
use crate::chain::MarketFees;

/// Unmined slots that a lane may hold at once. A deeper queue gains nothing: the lowest nonce decides. What is mined
/// does not count, however long its finality takes.
const MAX_UNMINED: usize = 16;
/// Window of the daily caps.
pub(super) const DAY_MS: u64 = 24 * 60 * 60 * 1000;

impl LaneWorker {
    /// Why an intent cannot have a slot now, as far as that can be said before it is simulated again.
    pub(super) async fn no_room(
        &mut self,
        open: &mut Open,
        key: Address,
        intent: &Intent,
    ) -> Result<Option<Parked>, TxError> {
        if open.unmined(key).count() >= MAX_UNMINED {
            return Ok(Some(Parked::Queue));
        }
        // A gas limit is known of what was parked before: whether it can be paid is asked first, since that costs one
        // question for all.
        if intent.gas.is_none() || intent.parked.is_none() {
            return Ok(None);
        }
        Ok(self.affordable(open, key, intent).await?.err())
    }

    /// The fees to offer, or why there are none.
    async fn affordable(
        &mut self,
        open: &mut Open,
        key: Address,
        intent: &Intent,
    ) -> Result<Result<(Fees, MarketFees), Parked>, TxError> {
        let load = load_of(intent);
        let market = self.market_of(open, &intent.wanted.data, load.gas).await?;
        let budget = self.ordinary(open).await?;
        let Some(fees) = quote(&self.tools.policy, &market, None, load, budget) else {
            return Ok(Err(Parked::FeeCap));
        };
        // What is mined has left the balance already.
        let committed = open
            .unmined(key)
            .map(|(_, on)| dearest(on))
            .fold(U256::ZERO, U256::saturating_add);
        let balance = open.balance(self.chain(), key).await?;
        if balance < committed.saturating_add(max_cost(load, fees, &market)) {
            return Ok(Err(Parked::Funds));
        }
        Ok(Ok((fees, market)))
    }

    /// Opens a slot for a simulated intent, or parks it. Nothing is sent before the slot is durable.
    pub(super) async fn reserve(&mut self, open: &mut Open, id: IntentId) -> Result<(), TxError> {
        let (Some(key), Some(intent)) = (self.key.clone(), open.intent(id).cloned()) else {
            return Ok(());
        };
        let address = key.address();
        if open.unmined(address).count() >= MAX_UNMINED {
            return self.set_parked(open, id, Some(Parked::Queue)).await;
        }
        if open.topic_waits(&intent) {
            return self.set_parked(open, id, Some(Parked::Topic)).await;
        }
        let (fees, market) = match self.affordable(open, address, &intent).await? {
            Ok(found) => found,
            Err(why) => return self.set_parked(open, id, Some(why)).await,
        };
        let slot = Slot {
            chain: self.chain().id(),
            signer: address,
            nonce: self.next_nonce(open, address).await?,
            lane: self.lane,
            intent: Some(id),
        };
        let payload = Payload {
            kind: AttemptKind::Payload,
            intent: Some(id),
            to: intent.wanted.to,
            data: &intent.wanted.data,
            load: load_of(&intent),
        };
        let attempt = self.sign(&key, &slot, payload, fees, &market).await?;
        self.store().reserve(&slot, &attempt, self.now_ms()).await?;
        info!(trace_id = %intent.wanted.trace, intent = %id, nonce = slot.nonce, hash = %attempt.hash, "reserved");
        open.spent = open.spent.map(|spent| spent.saturating_add(attempt.max_cost));
        open.slots.push((slot.clone(), vec![attempt.clone()]));
        open.put(self.store().intent(id).await?);
        self.broadcast(open, &slot, &attempt, Some(id)).await
    }

    /// The nonce of a new slot: the one after the last. A higher one counts only as a quorum's word: one wrong count
    /// would put the slot where no transaction can get to. It means that the key was used elsewhere, and the lane goes
    /// on behind that.
    async fn next_nonce(&mut self, open: &mut Open, address: Address) -> Result<u64, TxError> {
        let chain = self.chain().id();
        let next = self
            .store()
            .highest_nonce(chain, address)
            .await?
            .map(|n| n.saturating_add(1));
        let latest = open.latest_nonce(&*self.tools.chain, address).await?;
        match next {
            Some(next) if latest <= next => Ok(next),
            next => {
                let agreed = open.agreed_nonce(&*self.tools.chain, address).await?;
                Ok(agreed.max(next.unwrap_or_default()))
            }
        }
    }

    /// The lane's ordinary budget: what it spent in the last day, mined transactions by their receipts, the others by
    /// the most that they may cost.
    pub(super) async fn ordinary(&self, open: &mut Open) -> Result<Budget, TxError> {
        let spent = match open.spent {
            Some(spent) => spent,
            None => {
                let since = self.now_ms().saturating_sub(DAY_MS);
                self.store().spent_since(self.chain().id(), self.lane, since).await?
            }
        };
        open.spent = Some(spent);
        Ok(Budget::Ordinary { spent })
    }

    pub(super) async fn sign(
        &self,
        key: &LaneSigner,
        slot: &Slot,
        payload: Payload<'_>,
        fees: Fees,
        market: &MarketFees,
    ) -> Result<Attempt, TxError> {
        key.attempt(slot, payload, fees, market, self.now_ms())
            .await
            .map_err(|source| TxError::Signer {
                account: key.address(),
                source,
            })
    }
}

/// What an intent's transaction needs.
pub(super) fn load_of(intent: &Intent) -> Load {
    Load {
        gas: intent.gas.unwrap_or_default(),
        value: intent.wanted.value,
    }
}

/// The most that any attempt of a slot may cost.
pub(super) fn dearest(attempts: &[Attempt]) -> U256 {
    attempts.iter().map(|a| a.max_cost).max().unwrap_or_default()
}
