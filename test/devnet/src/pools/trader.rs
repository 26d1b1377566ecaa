//! Somebody who swaps: for an exact input, for an exact output, and both ways through both pools.

use alloy::primitives::U256;
use eyre::ensure;
use fluxion_abi::{IERC20Metadata, IPoolManager, IPoolTrade};
use rand::Rng;

use super::{
    LocalPool,
    setup::purse,
    state::{Snapshot, part},
    traffic::{Actor, deadline},
};

/// Ten-thousandths of a balance that one swap moves at most: prices move, and others' limits still hold.
const LARGEST: u64 = 40;
/// Percent by which a price may move between the quote and the block.
const SLIPPAGE: u64 = 5;

/// Does one thing and says which.
pub(super) async fn act(actor: &mut Actor) -> eyre::Result<&'static str> {
    match actor.random.gen_range(0..10) {
        0..=3 => exact_in(actor).await,
        4..=6 => exact_out(actor).await,
        7..=8 => path(actor, true).await,
        _ => path(actor, false).await,
    }
}

async fn exact_in(actor: &mut Actor) -> eyre::Result<&'static str> {
    let pool = actor.any_pool();
    let (input, output) = pair(actor, &pool).await?;
    let amount = amount(actor, &pool, input).await?;
    let manager = IPoolManager::new(actor.local.manager, actor.provider.clone());
    let (from, to) = (U256::from(input), U256::from(output));
    let quoted = manager
        .quoteExactIn(actor.account, pool.key.clone(), from, to, amount)
        .call()
        .await?;
    let least = part(quoted, 100 - SLIPPAGE, 100);
    let call = manager.swapExactIn(pool.key, from, to, amount, least, actor.account, deadline());
    actor.send(call).await?;
    Ok("swap_exact_in")
}

async fn exact_out(actor: &mut Actor) -> eyre::Result<&'static str> {
    let pool = actor.any_pool();
    let (input, output) = pair(actor, &pool).await?;
    let amount = amount(actor, &pool, output).await?;
    let manager = IPoolManager::new(actor.local.manager, actor.provider.clone());
    let (from, to) = (U256::from(input), U256::from(output));
    let quoted = manager
        .quoteExactOut(actor.account, pool.key.clone(), from, to, amount)
        .call()
        .await?;
    let most = part(quoted, 100 + SLIPPAGE, 100) + U256::ONE;
    let call = manager.swapExactOut(pool.key, from, to, amount, most, actor.account, deadline());
    actor.send(call).await?;
    Ok("swap_exact_out")
}

/// From a token of one pool that the other does not have to one of the other, over the token that both have.
async fn path(actor: &mut Actor, exact_in: bool) -> eyre::Result<&'static str> {
    let pools = actor.local.pools.clone();
    ensure!(pools.len() == 2, "a path leads through two pools");
    let (near, far) = if actor.random.gen_bool(0.5) { (0, 1) } else { (1, 0) };
    let (near, far) = (&pools[near], &pools[far]);
    let middle = *near
        .tokens
        .iter()
        .find(|token| far.tokens.contains(token))
        .unwrap_or(&0);
    let (first, last) = (outer(actor, near, middle), outer(actor, far, middle));
    let step = |pool: &LocalPool, from: usize, to: usize| -> eyre::Result<IPoolTrade::Hop> {
        Ok(IPoolTrade::Hop {
            key: pool.key.clone(),
            tokenIn: U256::from(pool.index_of(from)?),
            tokenOut: U256::from(pool.index_of(to)?),
        })
    };
    let hops = vec![step(near, first, middle)?, step(far, middle, last)?];
    let manager = IPoolManager::new(actor.local.manager, actor.provider.clone());
    if exact_in {
        let amount = amount(actor, near, near.index_of(first)?).await?;
        let quote = manager.quotePathExactIn(actor.account, hops.clone(), amount);
        let least = part(quote.call().await?, 100 - SLIPPAGE, 100);
        let call = manager.swapPathExactIn(hops, amount, least, actor.account, deadline());
        actor.send(call).await?;
        return Ok("swap_path_exact_in");
    }
    // A tenth, since the far pool may be the larger one: what goes into the near one must be small there as well.
    let amount = part(amount(actor, far, far.index_of(last)?).await?, 1, 10);
    let quote = manager.quotePathExactOut(actor.account, hops.clone(), amount);
    let most = part(quote.call().await?, 100 + SLIPPAGE, 100) + U256::ONE;
    let call = manager.swapPathExactOut(hops, amount, most, actor.account, deadline());
    actor.send(call).await?;
    Ok("swap_path_exact_out")
}

/// A token of the pool that is not the one in the middle of a path.
fn outer(actor: &mut Actor, pool: &LocalPool, middle: usize) -> usize {
    let outer: Vec<usize> = pool.tokens.iter().copied().filter(|token| *token != middle).collect();
    outer[actor.random.gen_range(0..outer.len())]
}

/// Two tokens of the pool, the one that goes in first. Mostly that of which the trader got more than it began with, so
/// that prices come back however long the demo runs.
async fn pair(actor: &mut Actor, pool: &LocalPool) -> eyre::Result<(usize, usize)> {
    let count = pool.tokens.len();
    let one = actor.random.gen_range(0..count);
    let other = (one + actor.random.gen_range(1..count)) % count;
    let token = actor.local.token(pool, one)?;
    let contract = IERC20Metadata::new(token.address, actor.provider.clone());
    let held = contract.balanceOf(actor.account).call().await?;
    let sells = held > purse(token.decimals);
    Ok(if sells == actor.random.gen_bool(0.75) {
        (one, other)
    } else {
        (other, one)
    })
}

/// A small part of the pool's balance of a token.
async fn amount(actor: &mut Actor, pool: &LocalPool, index: usize) -> eyre::Result<U256> {
    let snapshot = Snapshot::read(&actor.provider, actor.local.manager, pool).await?;
    let parts = actor.random.gen_range(1..=LARGEST);
    Ok(part(snapshot.balance(index)?, parts, 10_000))
}
