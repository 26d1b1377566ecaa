//! The pools as their events tell them: what they hold, what went through them, what they earned.

use std::collections::BTreeMap;

use alloy::{
    primitives::{Address, B256, U256},
    providers::{Provider, RootProvider},
    rpc::types::{Filter, Log},
    sol_types::SolEvent,
};
use eyre::{OptionExt, WrapErr, ensure};
use fluxion_abi::IPoolManager;
use serde::Serialize;

use super::{LocalPool, LocalPools, MILLION};

/// Shares in every pool's supply that nobody holds.
const LOCKED_SHARES: u64 = 1_000;

/// One pool's figures. Dollars are millionths of a dollar, measured on the dollar's side of a swap.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PoolFigures {
    /// Swaps, each step of a path counted.
    pub swaps: u64,
    /// What was traded.
    pub volume_micro_usd: u128,
    /// What traders left in the pool as fees, discounts taken off.
    pub fees_micro_usd: u128,
    /// Adds, the first one included.
    pub adds: u64,
    /// Removals.
    pub removes: u64,
    /// Times that the protocol's share was collected.
    pub collections: u64,
    /// Balances by the order of the key, in token units.
    #[serde(skip)]
    pub balances: Vec<U256>,
    /// All shares.
    #[serde(skip)]
    pub supply: U256,
}

/// The pools of one chain, followed log by log.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    figures: BTreeMap<B256, PoolFigures>,
    next: u64,
}

impl Ledger {
    /// Reads the logs up to a block that were not read yet.
    ///
    /// # Errors
    /// When the node does not answer, or the logs do not fit each other.
    pub async fn refresh(&mut self, provider: &RootProvider, pools: &LocalPools, head: u64) -> eyre::Result<()> {
        if self.next > head {
            return Ok(());
        }
        let filter = Filter::new()
            .address(pools.manager)
            .from_block(self.next)
            .to_block(head);
        for log in provider.get_logs(&filter).await? {
            self.apply(pools, &log).wrap_err("a log of the pool manager")?;
        }
        self.next = head + 1;
        Ok(())
    }

    /// The figures of a pool.
    ///
    /// # Errors
    /// When it was not created.
    pub fn figures(&self, pool: &LocalPool) -> eyre::Result<&PoolFigures> {
        let figures = self.figures.get(&pool.id());
        figures.ok_or_eyre("the pool was not created")
    }

    /// Pools that were created.
    pub fn len(&self) -> usize {
        self.figures.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.figures.is_empty()
    }

    fn of(&mut self, pool: B256) -> eyre::Result<&mut PoolFigures> {
        self.figures.get_mut(&pool).ok_or_eyre("a pool that was not created")
    }

    fn apply(&mut self, pools: &LocalPools, log: &Log) -> eyre::Result<()> {
        match log.topic0().copied() {
            Some(IPoolManager::PoolCreated::SIGNATURE_HASH) => {
                let event = IPoolManager::PoolCreated::decode_log(&log.inner)?;
                let figures = PoolFigures {
                    balances: vec![U256::ZERO; event.key.len().saturating_sub(1)],
                    supply: U256::from(LOCKED_SHARES),
                    ..PoolFigures::default()
                };
                ensure!(
                    self.figures.insert(event.poolId, figures).is_none(),
                    "a pool was created twice"
                );
            }
            Some(IPoolManager::Swap::SIGNATURE_HASH) => {
                let event = IPoolManager::Swap::decode_log(&log.inner)?;
                self.swap(pools, &event)?;
            }
            Some(IPoolManager::LiquidityAdded::SIGNATURE_HASH) => {
                let event = IPoolManager::LiquidityAdded::decode_log(&log.inner)?;
                let figures = self.of(event.poolId)?;
                figures.adds += 1;
                figures.supply += event.shares;
                for (balance, amount) in figures.balances.iter_mut().zip(&event.amounts) {
                    *balance += *amount;
                }
            }
            Some(IPoolManager::LiquidityRemoved::SIGNATURE_HASH) => {
                let event = IPoolManager::LiquidityRemoved::decode_log(&log.inner)?;
                let figures = self.of(event.poolId)?;
                figures.removes += 1;
                figures.supply = less(figures.supply, event.shares)?;
                for (balance, amount) in figures.balances.iter_mut().zip(&event.amounts) {
                    *balance = less(*balance, *amount)?;
                }
            }
            Some(IPoolManager::ProtocolFeeAccrued::SIGNATURE_HASH) => {
                let event = IPoolManager::ProtocolFeeAccrued::decode_log(&log.inner)?;
                self.of(event.poolId)?.supply += event.shares;
            }
            Some(IPoolManager::ProtocolFeeCollected::SIGNATURE_HASH) => {
                let event = IPoolManager::ProtocolFeeCollected::decode_log(&log.inner)?;
                self.of(event.poolId)?.collections += 1;
            }
            // Shares that move between accounts, and settings.
            _ => {}
        }
        Ok(())
    }

    fn swap(&mut self, pools: &LocalPools, event: &IPoolManager::Swap) -> eyre::Result<()> {
        let (input, output) = (usize::try_from(event.tokenIn)?, usize::try_from(event.tokenOut)?);
        let figures = self.of(event.poolId)?;
        figures.swaps += 1;
        let balance = figures.balances.get_mut(input).ok_or_eyre("no such token")?;
        *balance += event.amountIn;
        let balance = figures.balances.get_mut(output).ok_or_eyre("no such token")?;
        *balance = less(*balance, event.amountOut)?;
        // Somebody else's pools have no known dollar.
        let Some(pool) = pools.pools.iter().find(|pool| pool.id() == event.poolId) else {
            return Ok(());
        };
        let (token_in, token_out) = (pools.token(pool, input)?, pools.token(pool, output)?);
        let value = if token_in.dollar {
            micro(event.amountIn, token_in.decimals)?
        } else if token_out.dollar {
            micro(event.amountOut, token_out.decimals)?
        } else {
            0
        };
        figures.volume_micro_usd += value;
        figures.fees_micro_usd += value * u128::try_from(event.fee)? / u128::from(MILLION);
        Ok(())
    }
}

fn less(value: U256, amount: U256) -> eyre::Result<U256> {
    value
        .checked_sub(amount)
        .ok_or_eyre("more left a pool than the logs put in")
}

/// Token units as millionths of a whole token, rounded down.
fn micro(amount: U256, decimals: u8) -> eyre::Result<u128> {
    let scaled = amount * U256::from(MILLION) / U256::from(10).pow(U256::from(decimals));
    u128::try_from(scaled).wrap_err("an amount beyond all that exists")
}

/// What the manager must hold of every token: the sum over the pools that have it.
pub(super) fn owed_by_token(pools: &LocalPools, balances: &[Vec<U256>]) -> BTreeMap<Address, U256> {
    let mut sums = BTreeMap::new();
    for (pool, balances) in pools.pools.iter().zip(balances) {
        for (token, balance) in pool.tokens.iter().zip(balances) {
            *sums.entry(pools.tokens[*token].address).or_insert(U256::ZERO) += *balance;
        }
    }
    sums
}
