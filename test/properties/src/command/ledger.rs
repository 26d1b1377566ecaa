//! What a run has finished, on disk: one that was stopped goes on.

use std::{collections::BTreeMap, path::PathBuf};

use serde::{Deserialize, Serialize};

use crate::engine::{RoundReport, Suite};

/// Rounds that are done, on disk: a run that was stopped goes on.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Ledger {
    pub(super) rounds: BTreeMap<u64, SavedReport>,
}

/// As [`RoundReport`], with names that live on disk.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct SavedReport {
    actions: u64,
    #[serde(default)]
    calls: u64,
    edges: u32,
    marks: u32,
    accepted: BTreeMap<String, u64>,
    refused: BTreeMap<String, u64>,
    judged: BTreeMap<String, u64>,
}

/// Written beside and moved, so that a stop never leaves half of it.
pub(super) fn store(file: &PathBuf, ledger: &Ledger) -> eyre::Result<()> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let beside = file.with_extension("new");
    std::fs::write(&beside, serde_json::to_vec(ledger)?)?;
    Ok(std::fs::rename(beside, file)?)
}

pub(super) fn saved(report: &RoundReport) -> SavedReport {
    let own =
        |map: &BTreeMap<&'static str, u64>| map.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect();
    SavedReport {
        actions: report.actions,
        calls: report.calls,
        edges: report.edges,
        marks: report.marks,
        accepted: own(&report.accepted),
        refused: own(&report.refused),
        judged: own(&report.judged),
    }
}

pub(super) fn restored<S: Suite>(report: &SavedReport) -> RoundReport {
    let kinds = |map: &BTreeMap<String, u64>| {
        S::KINDS
            .iter()
            .filter_map(|kind| map.get(*kind).map(|count| (*kind, *count)))
            .collect()
    };
    RoundReport {
        actions: report.actions,
        calls: report.calls,
        edges: report.edges,
        marks: report.marks,
        accepted: kinds(&report.accepted),
        refused: kinds(&report.refused),
        judged: S::TALLIES
            .iter()
            .filter_map(|name| report.judged.get(*name).map(|count| (*name, *count)))
            .collect(),
    }
}
