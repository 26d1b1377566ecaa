//! Somebody who provides liquidity: adds and removes in every way there is, and now and then sees to it that the
//! protocol gets its share.

use alloy::primitives::U256;
use fluxion_abi::IPoolManager;
use rand::Rng;

use super::{
    LocalPool,
    state::{Snapshot, part, shares},
    traffic::{Actor, deadline},
};

/// Percent by which balances may move between the quote and the block.
const SLIPPAGE: u64 = 10;

/// Does one thing and says which.
pub(super) async fn act(actor: &mut Actor) -> eyre::Result<&'static str> {
    let pool = actor.any_pool();
    let snapshot = Snapshot::read(&actor.provider, actor.local.manager, &pool).await?;
    let held = shares(&actor.provider, actor.local.manager, &pool, actor.account).await?;
    // A hundredth of the pool is worth leaving with.
    let may_leave = held >= snapshot.supply / U256::from(100);
    match actor.random.gen_range(0..12) {
        0 => collect(actor, pool).await,
        1..=2 => add_unbalanced(actor, pool, &snapshot).await,
        3..=4 => add_single(actor, pool, &snapshot).await,
        5..=6 if may_leave => remove_single(actor, pool, &snapshot).await,
        7..=9 if may_leave => remove_proportional(actor, pool, &snapshot, held).await,
        _ => add_proportional(actor, pool, &snapshot).await,
    }
}

/// Anyone may see to it that the protocol gets its share.
async fn collect(actor: &Actor, pool: LocalPool) -> eyre::Result<&'static str> {
    let manager = IPoolManager::new(actor.local.manager, actor.provider.clone());
    actor.send(manager.collectProtocolFee(pool.key)).await?;
    Ok("collect_protocol_fee")
}

async fn add_proportional(actor: &mut Actor, pool: LocalPool, snapshot: &Snapshot) -> eyre::Result<&'static str> {
    let minted = part(snapshot.supply, actor.random.gen_range(1..=200), 10_000);
    let manager = IPoolManager::new(actor.local.manager, actor.provider.clone());
    let quote = manager.quoteAddProportional(pool.key.clone(), minted).call().await?;
    let most = quote.iter().map(|amount| more(*amount)).collect();
    let call = manager.addProportional(pool.key, minted, most, actor.account, deadline());
    actor.send(call).await?;
    Ok("add_proportional")
}

/// A little of every token, each in a part of its own.
async fn add_unbalanced(actor: &mut Actor, pool: LocalPool, snapshot: &Snapshot) -> eyre::Result<&'static str> {
    let balances = snapshot.balances.iter();
    let amounts: Vec<U256> = balances
        .map(|balance| part(*balance, actor.random.gen_range(1..=50), 10_000))
        .collect();
    let manager = IPoolManager::new(actor.local.manager, actor.provider.clone());
    let quote = manager.quoteAddUnbalanced(actor.account, pool.key.clone(), amounts.clone());
    let least = less(quote.call().await?);
    let call = manager.addUnbalanced(pool.key, amounts, least, actor.account, deadline());
    actor.send(call).await?;
    Ok("add_unbalanced")
}

async fn add_single(actor: &mut Actor, pool: LocalPool, snapshot: &Snapshot) -> eyre::Result<&'static str> {
    let token = U256::from(actor.random.gen_range(0..pool.tokens.len()));
    let minted = part(snapshot.supply, actor.random.gen_range(1..=20), 10_000);
    let manager = IPoolManager::new(actor.local.manager, actor.provider.clone());
    let quote = manager.quoteAddSingle(actor.account, pool.key.clone(), token, minted);
    let most = more(quote.call().await?);
    let call = manager.addSingle(pool.key, token, minted, most, actor.account, deadline());
    actor.send(call).await?;
    Ok("add_single")
}

async fn remove_proportional(
    actor: &mut Actor,
    pool: LocalPool,
    snapshot: &Snapshot,
    held: U256,
) -> eyre::Result<&'static str> {
    // Not so much that the other's view of the pool is far off.
    let limit = snapshot.supply / U256::from(20);
    let burned = part(held, actor.random.gen_range(10..=60), 100).min(limit);
    let manager = IPoolManager::new(actor.local.manager, actor.provider.clone());
    let quote = manager.quoteRemoveProportional(pool.key.clone(), burned).call().await?;
    let least = quote.iter().map(|amount| less(*amount)).collect();
    let call = manager.removeProportional(pool.key, burned, least, actor.account, deadline());
    actor.send(call).await?;
    Ok("remove_proportional")
}

async fn remove_single(actor: &mut Actor, pool: LocalPool, snapshot: &Snapshot) -> eyre::Result<&'static str> {
    let token = U256::from(actor.random.gen_range(0..pool.tokens.len()));
    let burned = part(snapshot.supply, actor.random.gen_range(1..=20), 10_000);
    let manager = IPoolManager::new(actor.local.manager, actor.provider.clone());
    let quote = manager.quoteRemoveSingle(actor.account, pool.key.clone(), token, burned);
    let least = less(quote.call().await?);
    let call = manager.removeSingle(pool.key, token, burned, least, actor.account, deadline());
    actor.send(call).await?;
    Ok("remove_single")
}

/// Most that is paid where `amount` was quoted.
fn more(amount: U256) -> U256 {
    part(amount, 100 + SLIPPAGE, 100) + U256::ONE
}

/// Least that is taken where `amount` was quoted.
fn less(amount: U256) -> U256 {
    part(amount, 100 - SLIPPAGE, 100)
}
