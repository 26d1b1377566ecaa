//! A nonce below our lowest slot that nothing uses keeps every later one waiting.

use alloy::primitives::{Bytes, U256};
use tracing::warn;

use super::fees::{Load, quote};
use super::lane::LaneWorker;
use super::look::Open;
use super::manager::TxError;
use super::sign::Payload;
use super::{AttemptKind, Parked, Slot};

/// Nonces below the lowest slot that are filled one after the other. It takes a foreign transaction that left the chain
/// to make one; more than these is a wrong slot.
const MOST_FILLED: u64 = 16;

impl LaneWorker {
    /// Uses the next nonce by a cancel after a while, where no slot of ours does. That comes about when a foreign
    /// transaction, behind which we reserved, left the chain.
    pub(super) async fn fill_gap(&mut self, open: &mut Open) -> Result<(), TxError> {
        let Some(key) = self.key.clone() else { return Ok(()) };
        let address = key.address();
        let lowest = open.unmined(address).map(|(slot, _)| slot.nonce).min();
        let Some(lowest) = lowest else {
            self.memory.gap_since.clear();
            return Ok(());
        };
        if open.latest_nonce(&*self.tools.chain, address).await? >= lowest {
            self.memory.gap_since.clear();
            return Ok(());
        }
        // One endpoint that lags shows a gap where there is none.
        let latest = open.agreed_nonce(&*self.tools.chain, address).await?;
        let taken = open
            .look
            .slots
            .iter()
            .any(|(s, _)| s.signer == address && s.nonce == latest);
        if latest >= lowest || taken {
            self.memory.gap_since.clear();
            return Ok(());
        }
        if lowest.saturating_sub(latest) > MOST_FILLED {
            return self.out_of_reach(open, lowest, latest).await;
        }
        let now = self.now_ms();
        let since = *self.memory.gap_since.entry((address, latest)).or_insert(now);
        if now.saturating_sub(since) < self.tools.policy.bump_after_s.saturating_mul(1000) {
            return Ok(());
        }
        let load = Load {
            gas: self.cancel_gas().await?,
            value: U256::ZERO,
        };
        let market = self.market_of(open, &Bytes::new(), load.gas).await?;
        let budget = self.unblocking(&[]).await?;
        let Some(fees) = quote(&self.tools.policy, &market, None, load, budget) else {
            self.page(None, "the cap of a cancel does not reach what filling a gap needs");
            return Ok(());
        };
        let slot = Slot {
            chain: self.chain().id(),
            signer: address,
            nonce: latest,
            lane: self.lane,
            intent: None,
        };
        let empty = Bytes::new();
        let payload = Payload {
            kind: AttemptKind::Cancel,
            intent: None,
            to: address,
            data: &empty,
            load,
        };
        let attempt = self.sign(&key, &slot, payload, fees, &market).await?;
        self.store().reserve(&slot, &attempt, now).await?;
        warn!(nonce = latest, signer = %address, "filling a gap in the nonces");
        self.broadcast(open, &slot, &attempt, None).await
    }

    /// Says once that no transaction can get to a slot.
    async fn out_of_reach(&mut self, open: &mut Open, lowest: u64, latest: u64) -> Result<(), TxError> {
        let stuck: Vec<_> = open.slots.iter().filter(|(s, _)| s.nonce == lowest).cloned().collect();
        for (slot, _) in stuck {
            let Some(intent) = slot.intent.and_then(|id| open.intent(id)).cloned() else {
                continue;
            };
            if intent.parked != Some(Parked::Unreachable) {
                let why = format!("nonce {lowest} is out of reach, the account's next one is {latest}");
                self.page(
                    Some(&intent),
                    &format!("{why}: see what else uses this key; the lane waits"),
                );
                self.set_parked(open, intent.id, Some(Parked::Unreachable)).await?;
            }
        }
        Ok(())
    }
}
