//! What calls leave in the log.

use alloy_primitives::{LogData, U256};
use alloy_sol_types::SolEvent;

use super::{abi::IPoolManager, perform::Pools};
use crate::engine::Violation;

impl Pools {
    /// The manager's own events of the last call, in order. What the standards of its shares and of access ask for is
    /// theirs.
    pub(crate) fn events(&self) -> Vec<LogData> {
        let theirs = [
            IPoolManager::Transfer::SIGNATURE_HASH,
            IPoolManager::OperatorSet::SIGNATURE_HASH,
            IPoolManager::Approval::SIGNATURE_HASH,
        ];
        let logs = self.machine.logs().iter();
        logs.filter(|log| log.address == self.fixture.manager)
            .filter(|log| log.topics().first().is_some_and(|topic| !theirs.contains(topic)))
            .filter_map(|log| Self::without_checkpoint(&log.data))
            .collect()
    }

    /// What moves checkpoints and accepted rates is judged by the state, and by PoolManagerEvents.t.sol: here of a
    /// charge its shares count.
    fn without_checkpoint(log: &LogData) -> Option<LogData> {
        let name = log.topics().first().copied().unwrap_or_default();
        if [
            IPoolManager::CheckpointCarried::SIGNATURE_HASH,
            IPoolManager::RateObserved::SIGNATURE_HASH,
            IPoolManager::LateSharesSet::SIGNATURE_HASH,
        ]
        .contains(&name)
        {
            return None;
        }
        if name != IPoolManager::ProtocolFeeAccrued::SIGNATURE_HASH {
            return Some(log.clone());
        }
        let shares = log.data.get(..32).unwrap_or_default();
        (!U256::from_be_slice(shares).is_zero())
            .then(|| LogData::new_unchecked(log.topics().to_vec(), shares.to_vec().into()))
    }

    /// POOL-22: the events of a call are these, once each and in this order.
    pub(crate) fn check_events(events: &[LogData], expected: &[LogData], what: &str) -> Result<(), Violation> {
        if events == expected {
            return Ok(());
        }
        let detail = format!("{what} left {events:?} in the log, not {expected:?}");
        Err(Violation::new("POOL-22", detail))
    }

    /// A swap's event.
    pub(crate) fn swapped(&self, (pool, i, j): (usize, usize, usize), who: usize, paid: U256, out: U256) -> LogData {
        IPoolManager::Swap {
            poolId: self.model.pools[pool].id,
            trader: self.fixture.account(who),
            tokenIn: U256::from(i),
            tokenOut: U256::from(j),
            amountIn: paid,
            amountOut: out,
            fee: U256::from(self.fee_for(pool, who)),
        }
        .encode_log_data()
    }

    /// What a liquidity event says first, where it charged growth.
    fn accrual(&self, pool: usize, accrued: U256) -> Option<LogData> {
        let event = IPoolManager::ProtocolFeeAccrued {
            poolId: self.model.pools[pool].id,
            shares: accrued,
            checkpoint: U256::ZERO,
        };
        Self::without_checkpoint(&event.encode_log_data())
    }

    /// The events of a call that charged growth: that, and its own.
    pub(crate) fn charged(&self, pool: usize, accrued: U256, own: LogData) -> Vec<LogData> {
        self.accrual(pool, accrued).into_iter().chain([own]).collect()
    }

    /// The events of an add.
    pub(crate) fn added(&self, pool: usize, who: usize, accrued: U256, shares: U256, amounts: &[U256]) -> Vec<LogData> {
        let own = IPoolManager::LiquidityAdded {
            poolId: self.model.pools[pool].id,
            provider: self.fixture.account(who),
            shares,
            amounts: amounts.to_vec(),
        };
        self.charged(pool, accrued, own.encode_log_data())
    }

    /// The events of an exit.
    pub(crate) fn removed(
        &self,
        pool: usize,
        who: usize,
        accrued: U256,
        shares: U256,
        amounts: &[U256],
    ) -> Vec<LogData> {
        let own = IPoolManager::LiquidityRemoved {
            poolId: self.model.pools[pool].id,
            provider: self.fixture.account(who),
            shares,
            amounts: amounts.to_vec(),
        };
        self.charged(pool, accrued, own.encode_log_data())
    }

    /// Nothing but an amount of one token.
    pub(crate) fn only(&self, pool: usize, i: usize, amount: U256) -> Vec<U256> {
        let mut amounts = vec![U256::ZERO; self.model.pools[pool].size()];
        amounts[i] = amount;
        amounts
    }
}
