//! What came of seeds.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Engine;

/// The verdict on one seed.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
pub struct Verdict {
    /// SIGKILLs.
    pub kills: u64,
    /// Kills that met the commit or send that they were meant for.
    pub at_boundary: u64,
    /// Reorgs, by what became of their transactions.
    pub reorgs: BTreeMap<String, u64>,
    /// Faults, by kind.
    pub faults: BTreeMap<String, u64>,
    /// Effects wanted.
    pub effects_wanted: u64,
    /// Effects made, each by exactly one transaction.
    pub effects_done: u64,
    /// Effects that were neither made nor outlived by a fresher one of their topic.
    pub lost: u64,
    /// Effects that were made more than once.
    pub duplicated: u64,
    /// Nonces on which database and chain disagree.
    pub orphan_slots: u64,
    /// Transactions that reverted: they cost gas and made nothing.
    pub reverted: u64,
    /// Milliseconds from the plan of an effect to the first sight of it in a block.
    pub to_included_ms: Vec<u64>,
    /// Milliseconds from the plan of an effect to its finality.
    pub to_final_ms: Vec<u64>,
    /// Milliseconds from the end or standstill of a leader to the next one's readiness.
    pub takeovers_ms: Vec<u64>,
    /// Processes that ended by themselves, by how, and were started again: all for a reason that they named.
    pub ended_by_themselves: BTreeMap<String, u64>,
    /// What must not be; with the script that led to it.
    pub failures: Vec<String>,
}

impl Verdict {
    /// One line for people.
    pub(super) fn line(&self, seed: u64, engine: Engine) -> String {
        format!(
            "seed {seed} on {engine:?}: {}, {} kills, {} reorgs, {} faults, {} of {} effects",
            if self.failures.is_empty() { "ok" } else { "FAILED" },
            self.kills,
            self.reorgs.values().sum::<u64>(),
            self.faults.values().sum::<u64>(),
            self.effects_done,
            self.effects_wanted
        )
    }

    pub(super) fn fault(&mut self, name: &str) {
        *self.faults.entry(name.to_owned()).or_default() += 1;
    }
}

/// Median and 99th percentile, in milliseconds.
#[derive(Debug, Default, Clone, Copy, Serialize, Deserialize)]
pub struct Quantiles {
    /// Median.
    pub p50: u64,
    /// 99th percentile.
    pub p99: u64,
    /// Longest.
    pub longest: u64,
    /// How many were measured.
    pub count: usize,
}

impl Quantiles {
    fn of(values: &mut [u64]) -> Self {
        values.sort_unstable();
        let at = |percent: usize| {
            let rank = (values.len() * percent).div_ceil(100).saturating_sub(1);
            values.get(rank).copied().unwrap_or_default()
        };
        Self {
            p50: at(50),
            p99: at(99),
            longest: at(100),
            count: values.len(),
        }
    }
}

/// All verdicts.
#[derive(Debug, Default, Serialize)]
pub struct Summary {
    /// Seeds that were played.
    pub seeds: u64,
    /// SIGKILLs.
    pub kills: u64,
    /// Kills that met the commit or send that they were meant for.
    pub at_boundary: u64,
    /// Reorgs.
    pub reorgs: u64,
    /// Reorgs by what became of their transactions.
    pub reorgs_by_fate: BTreeMap<String, u64>,
    /// Faults, by kind.
    pub faults: BTreeMap<String, u64>,
    /// Effects wanted.
    pub effects_wanted: u64,
    /// Effects made.
    pub effects_done: u64,
    /// Effects that were neither made nor outlived by a fresher one of their topic.
    pub lost: u64,
    /// Effects that were made more than once.
    pub duplicated: u64,
    /// Nonces on which database and chain disagree.
    pub orphan_slots: u64,
    /// Transactions that reverted.
    pub reverted: u64,
    /// From the plan of an effect to the first sight of it in a block.
    pub wanted_to_included_ms: Quantiles,
    /// From the plan of an effect to its finality, 2 to 500 blocks later, by seed; these come in bursts at the end of a
    /// script.
    pub wanted_to_final_ms: Quantiles,
    /// From the end or standstill of a leader to the next one's readiness, with a lease of a second.
    pub takeover_ms: Quantiles,
    /// Processes that ended by themselves, by how.
    pub ended_by_themselves: BTreeMap<String, u64>,
    /// Seeds that failed, with what they did.
    pub failures: BTreeMap<u64, Vec<String>>,
    #[serde(skip)]
    all: Verdict,
}

fn sum(into: &mut BTreeMap<String, u64>, from: BTreeMap<String, u64>) {
    for (name, count) in from {
        *into.entry(name).or_default() += count;
    }
}

impl Summary {
    pub(super) fn add(&mut self, seed: u64, verdict: Verdict) {
        self.seeds += 1;
        self.kills += verdict.kills;
        self.at_boundary += verdict.at_boundary;
        self.reorgs += verdict.reorgs.values().sum::<u64>();
        sum(&mut self.reorgs_by_fate, verdict.reorgs);
        sum(&mut self.faults, verdict.faults);
        sum(&mut self.ended_by_themselves, verdict.ended_by_themselves);
        self.effects_wanted += verdict.effects_wanted;
        self.effects_done += verdict.effects_done;
        self.lost += verdict.lost;
        self.duplicated += verdict.duplicated;
        self.orphan_slots += verdict.orphan_slots;
        self.reverted += verdict.reverted;
        self.all.to_included_ms.extend(verdict.to_included_ms);
        self.all.to_final_ms.extend(verdict.to_final_ms);
        self.all.takeovers_ms.extend(verdict.takeovers_ms);
        if !verdict.failures.is_empty() {
            self.failures.insert(seed, verdict.failures);
        }
    }

    /// With its quantiles.
    pub(super) fn close(&mut self) -> &Self {
        self.wanted_to_included_ms = Quantiles::of(&mut self.all.to_included_ms);
        self.wanted_to_final_ms = Quantiles::of(&mut self.all.to_final_ms);
        self.takeover_ms = Quantiles::of(&mut self.all.takeovers_ms);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_values_that_were_measured() {
        let of = Quantiles::of(&mut (1..=200).rev().collect::<Vec<_>>());
        assert_eq!((of.p50, of.p99, of.longest, of.count), (100, 198, 200, 200));
        assert_eq!(Quantiles::of(&mut []).p99, 0);
        assert_eq!(Quantiles::of(&mut [7]).p50, 7);
    }
}
