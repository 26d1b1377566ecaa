//! Judges the pools of a chain after the fact: contract, events and tokens must tell the same.

use alloy::{primitives::U256, providers::Provider};
use fluxion_abi::{IERC20Metadata, IPoolManager};
use serde::Serialize;

use super::{Ledger, ledger::owed_by_token};
use crate::world::Chain;

/// What an audit of one chain found.
#[derive(Debug, Default, Serialize)]
pub struct PoolAudit {
    /// Block at which everything was read.
    pub block: u64,
    /// Pools that were compared.
    pub pools: usize,
    /// What does not fit, in words.
    pub differences: Vec<String>,
}

/// Compares, at one block: what the manager holds of each token with the sum of the pools' balances, and every pool's
/// balances and shares with what its events since the first block add up to.
///
/// # Errors
/// When the node does not answer, or the events do not fit each other.
pub async fn audit(chain: &Chain) -> eyre::Result<PoolAudit> {
    let (provider, local) = (chain.anvil.provider(), &chain.pools);
    let block = provider.get_block_number().await?;
    let mut ledger = Ledger::default();
    ledger.refresh(provider, local, block).await?;
    let manager = IPoolManager::new(local.manager, provider);
    let mut differences = Vec::new();
    let mut balances = Vec::new();
    for pool in &local.pools {
        let state = manager.poolState(pool.key.clone()).block(block.into()).call().await?;
        let told = ledger.figures(pool)?;
        if told.balances != state.balances {
            differences.push(format!(
                "{} {}: balances {:?}, its events add up to {:?}",
                chain.name, pool.name, state.balances, told.balances
            ));
        }
        if told.supply != state.supply {
            differences.push(format!(
                "{} {}: {} shares, its events add up to {}",
                chain.name, pool.name, state.supply, told.supply
            ));
        }
        balances.push(state.balances);
    }
    // Only then is the sum over ours the sum over all.
    if ledger.len() != local.pools.len() {
        differences.push(format!(
            "{}: {} pools, {} known",
            chain.name,
            ledger.len(),
            local.pools.len()
        ));
    }
    let owed = owed_by_token(local, &balances);
    for token in &local.tokens {
        let contract = IERC20Metadata::new(token.address, provider);
        let held = contract.balanceOf(local.manager).block(block.into()).call().await?;
        let owed = owed.get(&token.address).copied().unwrap_or(U256::ZERO);
        if held != owed {
            differences.push(format!(
                "{} {}: the manager holds {held}, the pools have {owed}",
                chain.name, token.symbol
            ));
        }
    }
    Ok(PoolAudit {
        block,
        pools: local.pools.len(),
        differences,
    })
}
