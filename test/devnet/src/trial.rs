//! A small busy world, and the judgement at the end: what the crash tests and the chaos runs share.

use std::time::{Duration, Instant};

use alloy::{primitives::Address, providers::Provider};
use eyre::{WrapErr, bail};

use crate::{
    World, WorldBuilder, accounts,
    anvil::Anvil,
    audit::{self, Audit},
    keeper::Keeper,
    sources::{Exchange, Fault, Feed},
};

/// Longest that one step of a trial may take.
pub const PATIENCE: Duration = Duration::from_secs(60);
/// Time for a report on the last block, before another one is made.
pub const BLOCK_WITHOUT_REPORT: Duration = Duration::from_secs(3);

/// The feeds of a trial.
pub const FEEDS: [Feed; 2] = [Feed::EurUsd, Feed::SpxUsd];

/// One chain and two feeds.
pub fn world() -> WorldBuilder {
    World::builder().chains(1).feeds(&FEEDS)
}

/// Makes a prepared world report every other second, and be impatient with its transactions.
pub fn hurry(world: &mut World) {
    let config = &mut world.keeper.config;
    config.job.update_prices.interval_ms = 500;
    for feed in &mut config.feed {
        feed.heartbeat_s = 2;
        feed.valid_for_s = 8;
    }
    for chain in &mut config.chain {
        chain.fees.bump_after_s = 2;
    }
}

/// The account that sends prices.
///
/// # Errors
/// Never with the accounts that there are.
pub fn lane() -> eyre::Result<Address> {
    Ok(accounts::key(accounts::PRICES_LANE)?.address())
}

/// Sum of the latest rounds of all feeds, read from the contracts.
///
/// # Errors
/// When a feed is not deployed.
pub async fn rounds(world: &World) -> eyre::Result<u64> {
    let mut sum = 0;
    for feed in FEEDS {
        // No round yet reads as a revert.
        if let Ok(round) = world.chains[0].feed(feed)?.latestRoundData().call().await {
            sum += round.roundId.to::<u64>();
        }
    }
    Ok(sum)
}

/// Waits until something holds.
///
/// # Errors
/// When it does not within [`PATIENCE`], or cannot be told.
pub async fn eventually<F: AsyncFnMut() -> eyre::Result<bool>>(what: &str, mut holds: F) -> eyre::Result<()> {
    let end = Instant::now() + PATIENCE;
    while !holds().await? {
        if Instant::now() > end {
            bail!("not within {PATIENCE:?}: {what}");
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok(())
}

/// Waits for `more` further rounds: the keeper works.
///
/// # Errors
/// When they do not come within [`PATIENCE`].
pub async fn progress(world: &World, more: u64) -> eyre::Result<()> {
    let before = rounds(world).await?;
    let waited = eventually("further rounds", async || Ok(rounds(world).await? >= before + more)).await;
    waited.wrap_err_with(|| world.keeper.process().map(|p| p.log_tail(20)).unwrap_or_default())
}

/// Whether a transaction of the lane waits in the node's pool.
///
/// # Errors
/// When the node does not answer.
pub async fn is_on_its_way(chain: &Anvil) -> eyre::Result<bool> {
    let account = lane()?;
    let mined = chain.provider().get_transaction_count(account).await?;
    Ok(chain.provider().get_transaction_count(account).pending().await? > mined)
}

/// Waits for a transaction of the lane in the node's pool, on a chain that mines on demand alone. A feed takes one
/// ordinary report a block, so empty blocks are made until one without a report is the last.
///
/// # Errors
/// When none comes within [`PATIENCE`].
pub async fn on_its_way(chain: &Anvil) -> eyre::Result<()> {
    let mut made = Instant::now();
    eventually("a transaction in the pool", async || {
        if is_on_its_way(chain).await? {
            return Ok(true);
        }
        if made.elapsed() > BLOCK_WITHOUT_REPORT {
            chain.mine(1).await?;
            made = Instant::now();
        }
        Ok(false)
    })
    .await
}

/// Silences the sources, lets everything open come to its end, and judges: no effect twice, no nonce lost, the index
/// equal to that of a new process that reads the chain from the start.
///
/// # Errors
/// When the judgement is against the keeper. `foreign` transactions of its account are those that the trial sent.
pub async fn judge(world: &mut World, foreign: usize) -> eyre::Result<Audit> {
    for exchange in Exchange::ALL {
        world.sources.set_fault(exchange, None, Fault::Error);
    }
    audit::come_to_rest(&world.keeper.location(), PATIENCE).await?;
    let report = audit::audit(&world.keeper.location(), &world.chains[0].anvil, lane()?).await?;
    report.ensure_clean(foreign)?;

    // With silent sources it plans nothing, so it only reads.
    let mut config = world.keeper.config.clone();
    config.keeper.name = "fresh-index".into();
    config.keeper.data_dir = world.folder().join("fresh-index/data");
    config.store = None;
    config.api.listen = "127.0.0.1:0".into();
    config.attestation.listen = "127.0.0.1:0".into();
    let mut fresh = Keeper::prepare(world.folder(), config)?;
    fresh.start().await?;
    fresh.wait_ready(PATIENCE).await?;
    let chain = world.chains[0].anvil.chain_id();
    let end = Instant::now() + PATIENCE;
    while let Err(difference) = audit::ensure_same_index(chain, &world.keeper.location(), &fresh.location()).await {
        if Instant::now() > end {
            return Err(difference);
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    fresh.terminate(PATIENCE).await?;
    Ok(report)
}
