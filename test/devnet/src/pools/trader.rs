//! Somebody who swaps: for an exact input, for an exact output, and through both pools.

use alloy::primitives::U256;
use eyre::ensure;
use fluxion_abi::{IERC20Metadata, IPoolManager, IPoolTrading};
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
        _ => path(actor).await,
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
async fn path(actor: &mut Actor) -> eyre::Result<&'static str> {
    let pools = actor.local.pools.clone();
    ensure!(pools.len() == 2, "a path leads through two pools");
    let (near, far) = if actor.random.gen_bool(0.5) { (0, 1) } else { (1, 0) };
    let (near, far) = (&pools[near], &pools[far]);
    let middle = *near
        .tokens
        .iter()
        .find(|token| far.tokens.contains(token))
        .unwrap_or(&0);
    let outer = |actor: &mut Actor, pool: &LocalPool| {
        let outer: Vec<usize> = pool.tokens.iter().copied().filter(|token| *token != middle).collect();
        outer[actor.random.gen_range(0..outer.len())]
    };
    let (first, last) = (outer(actor, near), outer(actor, far));
    let (input, output) = (near.index_of(first)?, far.index_of(last)?);
    let amount = amount(actor, near, input).await?;
    let manager = IPoolManager::new(actor.local.manager, actor.provider.clone());
    let mut hops = Vec::new();
    let mut quoted = amount;
    for (pool, from, to) in [
        (near, input, near.index_of(middle)?),
        (far, far.index_of(middle)?, output),
    ] {
        let (from, to) = (U256::from(from), U256::from(to));
        quoted = manager
            .quoteExactIn(actor.account, pool.key.clone(), from, to, quoted)
            .call()
            .await?;
        hops.push(IPoolTrading::Hop {
            key: pool.key.clone(),
            tokenIn: from,
            tokenOut: to,
        });
    }
    let least = part(quoted, 100 - SLIPPAGE, 100);
    let call = manager.swapPathExactIn(hops, amount, least, actor.account, deadline());
    actor.send(call).await?;
    Ok("swap_path")
}

/// Two tokens of the pool, the one that goes in first. Mostly that of which the trader got more than it began with, so that
/// prices come back however long the demo runs.
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
