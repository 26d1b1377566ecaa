//! What the world tests share: a small busy world, and the judgement at the end.

use std::time::{Duration, Instant};

use alloy::{primitives::Address, providers::Provider};

use fluxion_devnet::{
    World, WorldBuilder, accounts,
    anvil::Anvil,
    audit,
    keeper::Keeper,
    sources::{Exchange, Fault, Feed},
};

/// Longest that one step of a test may take.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// One chain and two feeds that report every other second.
pub fn world() -> WorldBuilder {
    World::builder().chains(1).feeds(&[Feed::EurUsd, Feed::SpxUsd])
}

/// Makes a prepared world report often, and be impatient with its transactions.
pub fn hurry(world: &mut World) {
    let World { keeper, .. } = world;
    keeper.config.job.update_prices.interval_ms = 500;
    for feed in &mut keeper.config.feed {
        feed.heartbeat_s = 2;
        feed.valid_for_s = 8;
    }
    for chain in &mut keeper.config.chain {
        chain.fees.bump_after_s = 2;
    }
}

/// The account that sends prices.
pub fn lane() -> Address {
    accounts::key(accounts::PRICES_LANE).unwrap().address()
}

/// Sum of the latest rounds of all feeds, read from the contracts.
pub async fn rounds(world: &World) -> u64 {
    let mut sum = 0;
    for feed in [Feed::EurUsd, Feed::SpxUsd] {
        let contract = world.chains[0].feed(feed).unwrap();
        // No round yet reads as a revert.
        if let Ok(round) = contract.latestRoundData().call().await {
            sum += round.roundId.to::<u64>();
        }
    }
    sum
}

/// Waits until something holds.
pub async fn eventually<F: AsyncFnMut() -> bool>(what: &str, mut holds: F) {
    let end = Instant::now() + PATIENCE;
    while !holds().await {
        assert!(Instant::now() < end, "not within {PATIENCE:?}: {what}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Waits for `more` further rounds: the keeper works.
pub async fn progress(world: &World, more: u64) {
    let before = rounds(world).await;
    eventually("further rounds", async || rounds(world).await >= before + more).await;
}

/// Waits for a transaction of the lane in the node's pool; nothing may be mined meanwhile.
pub async fn on_its_way(chain: &Anvil) {
    eventually("a transaction in the pool", async || {
        let mined = chain.provider().get_transaction_count(lane()).await.unwrap();
        chain.provider().get_transaction_count(lane()).pending().await.unwrap() > mined
    })
    .await;
}

/// Intents of the keeper that match a condition.
pub async fn intents(keeper: &Keeper, sql: &'static str) -> Vec<String> {
    audit::rows(keeper.data_dir(), sql).await.unwrap()
}

/// Silences the sources, lets everything open come to its end, and judges: no effect twice, no nonce lost, the index equal
/// to that of a new process that reads the chain from the start.
pub async fn judge(world: &mut World, foreign: usize) -> audit::Audit {
    for exchange in Exchange::ALL {
        world.sources.set_fault(exchange, None, Fault::Error);
    }
    audit::come_to_rest(world.keeper.data_dir(), PATIENCE).await.unwrap();
    let report = audit::audit(world.keeper.data_dir(), &world.chains[0].anvil, lane())
        .await
        .unwrap();
    report
        .ensure_clean(foreign)
        .unwrap_or_else(|fault| panic!("{fault}\n{report:#?}"));

    // With silent sources it plans nothing, so it only reads.
    let mut config = world.keeper.config.clone();
    config.keeper.name = "fresh-index".into();
    config.keeper.data_dir = world.folder().join("fresh-index/data");
    config.api.listen = "127.0.0.1:0".into();
    let mut fresh = Keeper::prepare(world.folder(), config).unwrap();
    fresh.start().await.unwrap();
    fresh.wait_ready(PATIENCE).await.unwrap();
    let chain = world.chains[0].anvil.chain_id();
    let (kept, new) = (world.keeper.data_dir(), fresh.data_dir().to_owned());
    let end = Instant::now() + PATIENCE;
    while let Err(difference) = audit::ensure_same_index(chain, kept, &new).await {
        assert!(Instant::now() < end, "{difference:#}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    fresh.terminate(Duration::from_secs(10)).await.unwrap();
    report
}
