//! What a pool's user reads before it acts.

use alloy::{
    primitives::{Address, U256},
    providers::Provider,
};
use eyre::OptionExt;
use fluxion_abi::IPoolManager;

use super::LocalPool;

/// A pool at one moment.
#[derive(Debug, Clone)]
pub(super) struct Snapshot {
    /// By the order of the key, in token units.
    pub(super) balances: Vec<U256>,
    /// All shares.
    pub(super) supply: U256,
}

impl Snapshot {
    /// Reads it at the head.
    ///
    /// # Errors
    /// When the node does not answer, or the pool is not there.
    pub(super) async fn read<P: Provider>(provider: &P, manager: Address, pool: &LocalPool) -> eyre::Result<Self> {
        let state = IPoolManager::new(manager, provider)
            .poolState(pool.key.clone())
            .call()
            .await?;
        Ok(Self {
            balances: state.balances,
            supply: state.supply,
        })
    }

    /// The balance of the token with that index.
    pub(super) fn balance(&self, index: usize) -> eyre::Result<U256> {
        self.balances
            .get(index)
            .copied()
            .ok_or_eyre("the pool has fewer tokens")
    }
}

/// Shares of a pool that an account holds.
///
/// # Errors
/// When the node does not answer.
pub(super) async fn shares<P: Provider>(
    provider: &P,
    manager: Address,
    pool: &LocalPool,
    account: Address,
) -> eyre::Result<U256> {
    let id = U256::from_be_bytes(pool.id().0);
    Ok(IPoolManager::new(manager, provider)
        .balanceOf(account, id)
        .call()
        .await?)
}

/// `amount` x `parts` / `whole`, rounded down. Amounts have 112 bits, so nothing overflows.
pub(super) fn part(amount: U256, parts: u64, whole: u64) -> U256 {
    amount * U256::from(parts) / U256::from(whole)
}
