//! What the demo comes to: figures for people and for `target/demo/summary.json`.

use std::{collections::BTreeMap, fs, path::PathBuf, time::Duration};

use eyre::WrapErr;
use serde::Serialize;
use serde_json::Value;

use super::{
    observe::ChainView,
    pools::PoolSummary,
    skills::{SkillEnding, SkillSummary},
    table::{counts, megabytes, speed},
};
use crate::{
    pools::{PoolAudit, PoolCounts},
    project,
    traffic::TrafficCounts,
    world::World,
};

/// A minute is enough for every feed's first round many times over; below half of it only the whole is judged.
const EVERY_FEED_AFTER: Duration = Duration::from_secs(30);

/// The content of `summary.json`.
#[derive(Debug, Serialize)]
pub(super) struct Summary {
    /// True when there is no problem.
    pub(super) ok: bool,
    /// What went wrong, in words.
    pub(super) problems: Vec<String>,
    /// Seconds from the start to the keeper's readiness, and from there to the end.
    pub(super) startup_s: u64,
    /// Seconds that the demo ran.
    pub(super) duration_s: u64,
    /// Rounds by chain and feed, counted from the contracts' logs.
    pub(super) rounds: BTreeMap<&'static str, BTreeMap<&'static str, u64>>,
    /// Times that an ordinary quorum moved a price beyond the breaker, by chain and feed.
    pub(super) disputes: BTreeMap<&'static str, BTreeMap<&'static str, u64>>,
    /// Rounds beyond the breaker without a dispute, each by a strict quorum, by chain and feed.
    pub(super) strict_moves: BTreeMap<&'static str, BTreeMap<&'static str, u64>>,
    /// The keeper's transactions by state.
    pub(super) transactions: Value,
    /// The keeper's failures by kind.
    pub(super) failures: Value,
    /// Milliseconds from the last needed source's answer to the first write to an endpoint, and to inclusion.
    pub(super) latency: Value,
    /// Resident memory of the keeper process, in bytes: at the end and at its highest.
    pub(super) memory_rss_bytes: u64,
    /// Highest resident memory.
    pub(super) memory_peak_bytes: u64,
    /// True when the keeper's rounds are those of the contracts.
    pub(super) keeper_agrees_with_chain: bool,
    /// Source misbehaviours that were played.
    pub(super) scenes_played: usize,
    /// A stranger's transactions and reads of the feeds.
    pub(super) traffic: BTreeMap<&'static str, u64>,
    /// What went through the pools.
    pub(super) pools: PoolSummary,
    /// What the traders learned, and what came of it.
    pub(super) skills: SkillSummary,
    /// Requests answered by each source.
    pub(super) source_requests: BTreeMap<&'static str, u64>,
}

/// What is known when the demo ends.
pub(super) struct Ending<'a> {
    pub(super) world: &'a World,
    pub(super) chains: &'a [ChainView],
    pub(super) status: Value,
    pub(super) differences: Vec<String>,
    pub(super) problems: Vec<String>,
    pub(super) startup: Duration,
    pub(super) ran: Duration,
    pub(super) memory: u64,
    pub(super) memory_peak: u64,
    pub(super) scenes_played: usize,
    pub(super) traffic: &'a TrafficCounts,
    pub(super) pool_counts: PoolCounts,
    pub(super) pool_audits: Vec<PoolAudit>,
    pub(super) skills: SkillEnding,
}

impl Summary {
    pub(super) fn of(ending: Ending<'_>) -> Self {
        let mut problems = ending.problems;
        let by_feed = |figure: fn(&super::observe::FeedView) -> u64| {
            let chains = ending.world.chains.iter().zip(ending.chains);
            let feeds = |view: &ChainView| view.feeds.iter().map(|(name, feed)| (*name, figure(feed))).collect();
            chains
                .map(|(chain, view)| (chain.name, feeds(view)))
                .collect::<BTreeMap<_, BTreeMap<_, _>>>()
        };
        let rounds = by_feed(|feed| feed.rounds);
        for (chain, feeds) in &rounds {
            if feeds.values().all(|rounds| *rounds == 0) {
                problems.push(format!("no round was made on {chain}"));
            } else if ending.ran >= EVERY_FEED_AFTER {
                let without = feeds.iter().filter(|(_, rounds)| **rounds == 0);
                problems.extend(without.map(|(feed, _)| format!("{feed} has no round on {chain}")));
            }
        }
        problems.extend(ending.differences.iter().cloned());
        let (world, ran) = (ending.world, ending.ran);
        let (counts, audits) = (ending.pool_counts, &ending.pool_audits);
        let pools = PoolSummary::of(world, ending.chains, counts, audits, ran, &mut problems);
        let skills = SkillSummary::of(world, ending.skills, ran, &mut problems);
        let traffic = ending.traffic;
        let load = |count: &std::sync::atomic::AtomicU64| count.load(std::sync::atomic::Ordering::Relaxed);
        Self {
            ok: problems.is_empty(),
            problems,
            startup_s: ending.startup.as_secs(),
            duration_s: ending.ran.as_secs(),
            rounds,
            disputes: by_feed(|feed| feed.disputes),
            strict_moves: by_feed(|feed| feed.strict_moves),
            transactions: ending.status["transactions"].clone(),
            failures: ending.status["failures"].clone(),
            latency: ending.status["latency"].clone(),
            memory_rss_bytes: ending.memory,
            memory_peak_bytes: ending.memory_peak,
            keeper_agrees_with_chain: ending.differences.is_empty(),
            scenes_played: ending.scenes_played,
            traffic: BTreeMap::from([
                ("transactions", load(&traffic.sent)),
                ("reads", load(&traffic.reads)),
                ("reads_refused", load(&traffic.refused)),
            ]),
            pools,
            skills,
            source_requests: ending
                .world
                .sources
                .report()
                .iter()
                .map(|s| (s.name, s.requests))
                .collect(),
        }
    }

    /// Writes `target/demo/summary.json` and returns its path.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn write(&self) -> eyre::Result<PathBuf> {
        let folder = project::target()?.join("demo");
        let path = folder.join("summary.json");
        let text = serde_json::to_string_pretty(self)? + "\n";
        let written = fs::create_dir_all(&folder).and_then(|()| fs::write(&path, text));
        written.wrap_err_with(|| format!("cannot write {}", path.display()))?;
        Ok(path)
    }

    /// The summary in words.
    pub(super) fn text(&self) -> String {
        let mut text = format!("After {} s (and {} s to start):\n", self.duration_s, self.startup_s);
        for (chain, feeds) in &self.rounds {
            let total: u64 = feeds.values().sum();
            let parts: Vec<String> = feeds.iter().map(|(feed, rounds)| format!("{feed} {rounds}")).collect();
            text += &format!("  {chain:<13}{total} rounds: {}\n", parts.join(", "));
        }
        text += &self.pools.text();
        text += &self.skills.text();
        let (disputes, strict) = (sum(&self.disputes), sum(&self.strict_moves));
        text += &format!(
            "  breaker      {strict} large moves confirmed by the strict quorum at once, {disputes} disputed first\n"
        );
        text += &format!("  transactions {}\n", counts(&self.transactions));
        let staged = self.scenes_played;
        text += &format!(
            "  staged       {staged} failures of price sources, on purpose; the failures below count their effects too\n"
        );
        let failures = counts(&self.failures);
        text += &format!(
            "  failures     {}\n",
            if failures == "none yet" { "none" } else { &failures }
        );
        text += &format!("  speed        {}\n", speed(&self.latency));
        let (now, peak) = (megabytes(self.memory_rss_bytes), megabytes(self.memory_peak_bytes));
        text += &format!("  memory       {now} in the keeper process, {peak} at most\n");
        let agrees = if self.keeper_agrees_with_chain {
            "agree"
        } else {
            "DIFFER"
        };
        text += &format!("  cross-check  the keeper's rounds and those of the contracts {agrees}\n");
        for problem in &self.problems {
            text += &format!("  PROBLEM      {problem}\n");
        }
        text
    }
}

fn sum(figures: &BTreeMap<&'static str, BTreeMap<&'static str, u64>>) -> u64 {
    figures.values().flat_map(BTreeMap::values).sum()
}
