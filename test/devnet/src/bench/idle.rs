//! What a keeper takes that has nothing to do: two chains, all its jobs, no price that moves far enough.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use alloy::providers::Provider as _;
use serde::Serialize;

use super::{cost::Cost, progress::Progress};
use crate::world::World;

/// How the names of the states begin in which an intent is at its end, as `/v1/status` has them: final ones tell their
/// result.
const ENDED: [&str; 4] = ["final", "cancelled", "superseded", "rejected"];
/// More than the recorded prices ever move.
const NEVER_BPS: u32 = 100_000;

/// What was measured.
#[derive(Debug, Serialize)]
pub struct Idle {
    /// Length of the measurement, in seconds.
    pub seconds: f64,
    /// Share of one core, in percent.
    pub cpu_percent: f64,
    /// Most memory that was resident at once, in KiB.
    pub peak_kib: u64,
    /// Blocks that the chains made.
    pub blocks: u64,
    /// Requests per block, by method.
    pub calls_per_block: BTreeMap<String, f64>,
    /// All of them.
    pub all_calls_per_block: f64,
}

/// Measures a keeper for so long, after its first rounds are made and final.
///
/// # Errors
/// When the world does not start, or the keeper had something to do.
pub async fn measure(length: Duration) -> eyre::Result<Idle> {
    let mut world = World::builder()
        .proxied()
        .signers_apart()
        .reputation()
        .prepare()
        .await?;
    for feed in &mut world.keeper.config.feed {
        (feed.deviation_bps, feed.heartbeat_s) = (NEVER_BPS, 86_400);
    }
    world.keeper.start().await?;
    world.keeper.wait_ready(Duration::from_secs(60)).await?;
    quiet(&world).await?;
    let (calls, heights) = (calls(&world), heights(&world).await?);
    let rounds = open_and_rounds(&world).await?.1;
    let pid = world.keeper.process()?.pid();
    let mut cost = Cost::default();
    cost.look(pid);
    let (cpu, begun) = (cost.cpu_s, Instant::now());
    let mut progress = Progress::new("seconds of an idle keeper", length.as_secs());
    while begun.elapsed() < length {
        progress.at(begun.elapsed().as_secs());
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let seconds = begun.elapsed().as_secs_f64();
    cost.look(pid);
    progress.end();
    let blocks = self::heights(&world).await? - heights;
    let per_block = |count: u64| count as f64 / blocks.max(1) as f64;
    let mut calls_per_block = BTreeMap::new();
    let mut all = 0;
    for (method, count) in self::calls(&world) {
        let count = count - calls.get(&method).copied().unwrap_or(0);
        all += count;
        if count > 0 {
            calls_per_block.insert(method, per_block(count));
        }
    }
    let worked = open_and_rounds(&world).await?.1 - rounds;
    eyre::ensure!(worked == 0, "the keeper was not idle: {worked} rounds");
    world.stop().await?;
    Ok(Idle {
        seconds,
        cpu_percent: (cost.cpu_s - cpu) / seconds * 100.0,
        peak_kib: cost.peak_kib,
        blocks,
        calls_per_block,
        all_calls_per_block: per_block(all),
    })
}

/// Waits until every feed has its round and nothing is open.
async fn quiet(world: &World) -> eyre::Result<()> {
    let feeds = world.chains.len() as u64 * world.keeper.config.feed.len() as u64;
    let end = Instant::now() + Duration::from_secs(120);
    loop {
        let (open, rounds) = open_and_rounds(world).await?;
        if open == 0 && rounds >= feeds {
            return Ok(());
        }
        eyre::ensure!(
            Instant::now() < end,
            "the keeper does not come to rest: {open} open, {rounds} rounds"
        );
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

/// Open intents, and rounds of all feeds.
async fn open_and_rounds(world: &World) -> eyre::Result<(u64, u64)> {
    let status = world.keeper.status().await?;
    let states = status["transactions"].as_object();
    let open = states
        .into_iter()
        .flatten()
        .filter(|(state, _)| !ENDED.iter().any(|end| state.starts_with(end)));
    let open = open.filter_map(|(_, count)| count.as_u64()).sum();
    let feeds = status["feeds"].as_array().map_or(&[][..], Vec::as_slice);
    Ok((open, feeds.iter().filter_map(|feed| feed["round"].as_u64()).sum()))
}

fn calls(world: &World) -> BTreeMap<String, u64> {
    let mut sum = BTreeMap::new();
    for (method, count) in world
        .chains
        .iter()
        .flat_map(|chain| chain.proxies())
        .flat_map(|p| p.all_calls())
    {
        *sum.entry(method).or_default() += count;
    }
    sum
}

async fn heights(world: &World) -> eyre::Result<u64> {
    let mut sum = 0;
    for chain in &world.chains {
        sum += chain.anvil.provider().get_block_number().await?;
    }
    Ok(sum)
}
