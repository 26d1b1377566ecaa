//! Somebody who provides liquidity: adds, removes, and now and then sees to it that the protocol gets its share.

use alloy::primitives::U256;
use fluxion_abi::IPoolManager;
use rand::Rng;

use super::{
    state::{Snapshot, part, shares},
    traffic::{Actor, deadline},
};

/// Percent by which balances may move between the look and the block.
const SLIPPAGE: u64 = 10;

/// Does one thing and says which.
pub(super) async fn act(actor: &mut Actor) -> eyre::Result<&'static str> {
    let pool = actor.any_pool();
    let snapshot = Snapshot::read(&actor.provider, actor.local.manager, &pool).await?;
    let held = shares(&actor.provider, actor.local.manager, &pool, actor.account).await?;
    let manager = IPoolManager::new(actor.local.manager, actor.provider.clone());
    let chance = actor.random.gen_range(0..10);
    if chance == 0 {
        actor.send(manager.collectProtocolFee(pool.key)).await?;
        return Ok("collect_protocol_fee");
    }
    // A hundredth of the pool is worth leaving with.
    if chance <= 5 || held < snapshot.supply / U256::from(100) {
        let minted = part(snapshot.supply, actor.random.gen_range(1..=200), 10_000);
        let most = |balance: &U256| part(*balance * minted / snapshot.supply, 100 + SLIPPAGE, 100) + U256::ONE;
        let most = snapshot.balances.iter().map(most).collect();
        let call = manager.addProportional(pool.key, minted, most, actor.account, deadline());
        actor.send(call).await?;
        return Ok("add_proportional");
    }
    let burned = part(held, actor.random.gen_range(10..=60), 100);
    let least = |balance: &U256| part(*balance * burned / snapshot.supply, 100 - SLIPPAGE, 100);
    let least = snapshot.balances.iter().map(least).collect();
    let call = manager.removeProportional(pool.key, burned, least, actor.account, deadline());
    actor.send(call).await?;
    Ok("remove_proportional")
}
