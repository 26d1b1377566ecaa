//! The parts that compute, report and sign scores; and computing all of them again.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use alloy::primitives::U256;
use alloy::sol_types::SolCall as _;
use fluxion_abi::IReputationOracle;
use serde::Serialize;

use super::plant::{OpenedChain, Plant, PlantChain};
use super::resync::rebuild;
use crate::attest::ScoreService;
use crate::chain::{At, Chain};
use crate::cli::{Exit, Failure};
use crate::config::Config;
use crate::jobs::update_reputation::{Policy, ReputationJob, Shared};
use crate::reputation::{Ledger, Score, VERSION, reported, score, split};
use crate::store::{SkillContracts, SkillEvent, SkillRow, SkillStore as _, Store};
use crate::types::{BlockRef, Height};

/// The job of every chain whose scores are reported.
#[must_use]
pub fn jobs(plant: &Plant, config: &Config) -> Vec<ReputationJob> {
    let Some(job) = &config.job.update_reputation else {
        return Vec::new();
    };
    let shared = Shared {
        store: Arc::clone(&plant.shared.store),
        collector: Arc::clone(&plant.shared.collector),
        clock: Arc::clone(&plant.clock),
        status: Arc::clone(&plant.shared.status),
    };
    let of = |chain: &PlantChain| {
        Some(ReputationJob::new(
            shared.clone(),
            Arc::clone(&chain.oracle),
            chain.skills?,
            Policy::new(job),
            Duration::from_millis(job.interval_ms),
            Arc::clone(&chain.wake),
            chain.gate.clone(),
        ))
    };
    plant.chains.iter().filter_map(of).collect()
}

/// The service that answers requests to sign scores, where there is a key and an index to answer from.
pub(super) fn service(plant: &Plant) -> Option<ScoreService> {
    let of = |chain: &PlantChain| Some((chain.oracle.chain().id(), (Arc::clone(&chain.oracle), chain.skills?)));
    let chains: BTreeMap<_, _> = plant.chains.iter().filter_map(of).collect();
    if plant.attestors.is_empty() || chains.is_empty() {
        return None;
    }
    let store: Arc<dyn Store> = Arc::new(plant.store.clone());
    Some(ScoreService::new(plant.attestors.clone(), store, chains))
}

/// A reported score that the chain's events do not give.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Wrong {
    /// The subject.
    pub wallet: U256,
    /// Epoch of the report, in seconds.
    pub epoch: u64,
    /// What was reported.
    pub reported: u16,
    /// What the events give.
    pub computed: Score,
}

/// What computing a chain's scores again came to.
#[derive(Clone, Debug, Serialize)]
pub struct Verified {
    /// The chain.
    pub chain: String,
    /// Version of the formula.
    pub formula: u32,
    /// Up to this block reports were looked at.
    pub finalized: Height,
    /// Reported scores that were computed again.
    pub scores: usize,
    /// The last report of every wallet, with its parts computed again.
    pub subjects: BTreeMap<U256, (u64, Score)>,
    /// What differs, in the order of the reports.
    pub wrong: Vec<Wrong>,
    /// Wallets whose last report, as the oracle has it, is not the last one of the events.
    pub unknown: Vec<U256>,
}

/// Computes every score that was reported on a chain again, from the chain's events alone, read anew.
///
/// # Errors
/// Scores are not configured for the chain, it does not answer, or its events are not whole.
pub async fn verify(
    opened: &OpenedChain,
    scratch: &Path,
    epoch: Option<u64>,
    report: impl Fn(Height, Height),
) -> Result<Verified, Failure> {
    let name = opened.name();
    let failed = |exit, why: String| Failure::message(exit, format!("chain {name}: {why}"));
    let contracts = opened.record.skills.ok_or_else(|| {
        let mend = "name the chain in job.update_reputation.chains";
        failed(Exit::Config, format!("no scores are configured; {mend}"))
    })?;
    let (rebuilt, target) = rebuild(opened, scratch, report).await?;
    let rows = rebuilt.skill_rows(opened.config.chain_id(), &contracts).await;
    rebuilt.close().await;
    let _ = std::fs::remove_dir_all(scratch);
    // The index may reach beyond; what is not final yet is the next run's.
    let rows: Vec<SkillRow> = rows?.into_iter().filter(|row| row.height <= target.height).collect();
    let mut verified = Verified {
        chain: name.to_owned(),
        formula: VERSION,
        finalized: target.height,
        scores: 0,
        subjects: BTreeMap::new(),
        wrong: Vec::new(),
        unknown: Vec::new(),
    };
    judge(&rows, epoch, &mut verified).map_err(|why| failed(Exit::Failed, why))?;
    verified.unknown = unknown(opened.chain.as_ref(), &contracts, &rows, target)
        .await
        .map_err(|why| failed(Exit::Unavailable, why))?;
    Ok(verified)
}

fn judge(rows: &[SkillRow], only: Option<u64>, verified: &mut Verified) -> Result<(), String> {
    let mut ledgers = BTreeMap::new();
    for row in rows {
        let SkillEvent::ScoresReported { observed_at, updates } = &row.event else {
            continue;
        };
        let epoch = *observed_at;
        if only.is_some_and(|only| only != epoch) {
            continue;
        }
        if let std::collections::btree_map::Entry::Vacant(vacant) = ledgers.entry(epoch) {
            vacant.insert(Ledger::at(rows, epoch).map_err(|gap| gap.to_string())?);
        }
        let Some(ledger) = ledgers.get(&epoch) else { continue };
        for (wallet, reported) in updates.iter().copied().map(split) {
            let computed = score(ledger, wallet);
            verified.scores = verified.scores.saturating_add(1);
            verified.subjects.insert(wallet, (epoch, computed));
            if computed.total != reported {
                verified.wrong.push(Wrong {
                    wallet,
                    epoch,
                    reported,
                    computed,
                });
            }
        }
        // Epochs rise but for reports that cross on their way: a few at once are enough.
        while ledgers.len() > 4 {
            ledgers.pop_first();
        }
    }
    Ok(())
}

/// Wallets whose last report, as the oracle has it at a final block, is not the last one of the events up to it.
async fn unknown(
    chain: &dyn Chain,
    contracts: &SkillContracts,
    rows: &[SkillRow],
    at: BlockRef,
) -> Result<Vec<U256>, String> {
    let until: Vec<SkillRow> = rows.iter().filter(|row| row.height <= at.height).cloned().collect();
    let mut differing = Vec::new();
    let last = reported(&until);
    for wallet in Ledger::at(&until, at.time).map_err(|gap| gap.to_string())?.wallets() {
        let epoch = last.get(&wallet).map_or(0, |last| last.epoch);
        let call = IReputationOracle::reputationOfCall { wallet }.abi_encode();
        let answer = chain.call(contracts.reputation, call.into(), At::Block(at.hash)).await;
        let answer = answer.map_err(|error| error.to_string())?;
        let state = answer
            .ok()
            .and_then(|data| IReputationOracle::reputationOfCall::abi_decode_returns(&data).ok());
        if state.is_none_or(|state| state.epoch != U256::from(epoch)) {
            differing.push(wallet);
        }
    }
    Ok(differing)
}
