//! What to offer at least: the market, the chain's and the nodes' demands, and what was just paid.

use alloy::primitives::{Bytes, keccak256};

use super::FeePolicy;
use super::lane::LaneWorker;
use super::look::Open;
use super::manager::TxError;
use crate::chain::MarketFees;
use crate::model::Height;

/// Blocks for which the tip of the last own transaction is remembered.
const REMEMBERED: u64 = 20;

/// How long a rollup's fee of a payload holds.
const L1_FEE_HOLDS_MS: u64 = 10_000;

/// What a lane has learnt about tips, in wei per gas.
#[derive(Clone, Copy, Default)]
pub(super) struct Tips {
    /// The least that a node asked for.
    pub(super) needed: u128,
    /// The tip of the last own transaction that was mined, and where.
    pub(super) paid: Option<(Height, u128)>,
}

impl Tips {
    /// The least to start with at a head. What was paid decays by an eighth a block, so that a burst ends slowly and a
    /// calm market is found again.
    pub(super) fn least(&self, policy: &FeePolicy, head: Height) -> u128 {
        let paid = self.paid.map_or(0, |(height, tip)| {
            let blocks = head.0.saturating_sub(height.0);
            if blocks > REMEMBERED {
                return 0;
            }
            (0..blocks).fold(tip, |tip, _| tip.saturating_sub(tip.div_ceil(8)))
        });
        self.needed.max(policy.min_tip).max(paid)
    }
}

impl LaneWorker {
    /// The market of the step, with no less a tip than what is known to be needed. The caps come after it, always.
    pub(super) async fn market(&self, open: &Open) -> Result<MarketFees, TxError> {
        let mut market = open.look.market(self.chain()).await?;
        let least = self.memory.tips.least(&self.tools.policy, open.look.head.height);
        market.priority_fee = market.priority_fee.max(least);
        Ok(market)
    }

    /// The same with what a rollup takes for this payload besides gas. What was asked for a payload holds for a while,
    /// so that one that waits asks no more than one that goes.
    pub(super) async fn market_of(&mut self, open: &Open, data: &Bytes, gas: u64) -> Result<MarketFees, TxError> {
        let mut market = self.market(open).await?;
        let (now, key) = (self.now_ms(), (keccak256(data), gas));
        let known = self.memory.l1_fees.get(&key).copied();
        market.l1_fee = match known {
            Some((fee, at)) if now.saturating_sub(at) < L1_FEE_HOLDS_MS => fee,
            _ => {
                let fee = self.chain().l1_fee(data, gas).await?;
                self.memory
                    .l1_fees
                    .retain(|_, (_, at)| now.saturating_sub(*at) < L1_FEE_HOLDS_MS);
                self.memory.l1_fees.insert(key, (fee, now));
                fee
            }
        };
        Ok(market)
    }
}

#[cfg(test)]
mod tests {
    use alloy::primitives::U256;

    use super::*;

    /// TX-17: no less than the chain's least, the node's word and what was just paid.
    #[test]
    fn the_tip_starts_at_what_is_known_to_be_needed() {
        let policy = FeePolicy {
            max_fee_per_gas: 1_000,
            max_tx_cost: U256::MAX,
            max_daily_cost: U256::MAX,
            unblock_max_tx_cost: U256::MAX,
            unblock_max_daily_cost: U256::MAX,
            min_bump_percent: 10,
            bump_after_s: 6,
            min_tip: crate::model::usual_min_tip(crate::model::ChainId(137)),
            max_gas: None,
        };
        let gwei = 1_000_000_000;
        assert_eq!(Tips::default().least(&policy, Height(9)), 25 * gwei, "Polygon");
        let tips = Tips {
            needed: 30 * gwei,
            paid: Some((Height(100), 80 * gwei)),
        };
        assert_eq!(tips.least(&policy, Height(100)), 80 * gwei);
        assert_eq!(tips.least(&policy, Height(101)), 70 * gwei, "an eighth less");
        assert_eq!(tips.least(&policy, Height(121)), 30 * gwei, "forgotten after 20 blocks");
    }
}
