//! Computes every score that was reported on a chain again, from the chain's events alone.

use std::collections::BTreeMap;

use alloy::primitives::U256;
use alloy::sol_types::SolCall as _;
use fluxion_abi::IReputationOracle;
use serde::Serialize;
use serde_json::json;

use crate::chain::{At, Chain};
use crate::jobs::Shown;
use crate::model::{BlockRef, Exit, Failure, Height};
use crate::reputation::{Incomplete, Ledger, Reported, Score, VERSION, reported, score, split};
use crate::store::{SkillContracts, SkillEvent, SkillRow, Store};

/// A reported score that the chain's events do not give.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Wrong {
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
pub(super) struct Verified {
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

/// Computes everything again that was reported up to a final block. The index may reach beyond; what is not final yet
/// is the next run's.
///
/// # Errors
/// The chain does not answer, or its events are not whole.
pub(super) async fn verify(
    chain: &dyn Chain,
    contracts: &SkillContracts,
    rebuilt: &dyn Store,
    target: BlockRef,
    epoch: Option<u64>,
) -> Result<Shown, Failure> {
    let failed = |exit, why: String| Failure::message(exit, format!("chain {}: {why}", chain.name()));
    let rows = rebuilt.skill_rows(chain.id(), contracts).await?;
    let rows: Vec<SkillRow> = rows.into_iter().filter(|row| row.height <= target.height).collect();
    let mut verified = Verified {
        chain: chain.name().to_owned(),
        formula: VERSION,
        finalized: target.height,
        scores: 0,
        subjects: BTreeMap::new(),
        wrong: Vec::new(),
        unknown: Vec::new(),
    };
    let ledger = judge(&rows, epoch, target.time, &mut verified).map_err(|gap| failed(Exit::Failed, gap.to_string()))?;
    let differing = unknown(chain, contracts, &ledger, &reported(&rows), target).await;
    verified.unknown = differing.map_err(|why| failed(Exit::Unavailable, why))?;
    Ok(show(&verified))
}

fn show(verified: &Verified) -> Shown {
    let chain = &verified.chain;
    let mut lines = vec![format!(
        "{chain}: {} reported scores computed again by formula {} up to block {}: {} differ",
        verified.scores,
        verified.formula,
        verified.finalized,
        verified.wrong.len()
    )];
    lines.extend(verified.subjects.iter().map(|(wallet, (epoch, score))| {
        format!(
            "  wallet {wallet}: {} at {epoch} (skills {}, badges {}, age {}, validators {})",
            score.total, score.skills, score.badges, score.age, score.validators
        )
    }));
    let mut wrong: Vec<String> = verified
        .wrong
        .iter()
        .map(|wrong| {
            format!(
                "{chain}: wallet {}: {} was reported at {}, the events give {}",
                wrong.wallet, wrong.reported, wrong.epoch, wrong.computed.total
            )
        })
        .collect();
    wrong.extend(verified.unknown.iter().map(|wallet| {
        format!("{chain}: wallet {wallet}: the last report that the oracle has is not the last one of the events")
    }));
    Shown {
        json: json!(verified),
        lines,
        wrong,
    }
}

/// A reported score, with its place among all that were.
struct Claim {
    epoch: u64,
    place: usize,
    wallet: U256,
    reported: u16,
}

/// Every reported score, or those of one epoch, by epoch, those of an epoch in the order of the reports.
fn claims(rows: &[SkillRow], only: Option<u64>) -> Vec<Claim> {
    let reports = rows.iter().filter_map(|row| match &row.event {
        SkillEvent::ScoresReported { observed_at, updates } => Some((*observed_at, updates)),
        _ => None,
    });
    let mut claims: Vec<Claim> = reports
        .filter(|(epoch, _)| only.is_none_or(|only| only == *epoch))
        .flat_map(|(epoch, updates)| updates.iter().copied().map(move |update| (epoch, split(update))))
        .enumerate()
        .map(|(place, (epoch, (wallet, reported)))| Claim {
            epoch,
            place,
            wallet,
            reported,
        })
        .collect();
    claims.sort_unstable_by_key(|claim| (claim.epoch, claim.place));
    claims
}

/// Goes through the events once, from epoch to epoch, however many were reported and in whatever order; gives what
/// the events say in the end, at the time of the last block.
fn judge(rows: &[SkillRow], only: Option<u64>, end: u64, verified: &mut Verified) -> Result<Ledger, Incomplete> {
    let mut ledger = Ledger::default();
    let mut rest = rows;
    let mut wrong = BTreeMap::new();
    let mut last = BTreeMap::<U256, (usize, (u64, Score))>::new();
    for claim in claims(rows, only) {
        let Claim {
            epoch,
            place,
            wallet,
            reported,
        } = claim;
        rest = ledger.advance(rest, epoch)?;
        let computed = score(&ledger, wallet);
        verified.scores = verified.scores.saturating_add(1);
        let known = last.entry(wallet).or_insert((place, (epoch, computed)));
        if known.0 < place {
            *known = (place, (epoch, computed));
        }
        if computed.total != reported {
            let found = Wrong {
                wallet,
                epoch,
                reported,
                computed,
            };
            wrong.insert(place, found);
        }
    }
    ledger.advance(rest, end)?;
    verified.subjects = last.into_iter().map(|(wallet, (_, subject))| (wallet, subject)).collect();
    verified.wrong = wrong.into_values().collect();
    Ok(ledger)
}

/// Wallets whose last report, as the oracle has it at a final block, is not the last one of the events up to it.
async fn unknown(
    chain: &dyn Chain,
    contracts: &SkillContracts,
    ledger: &Ledger,
    last: &BTreeMap<U256, Reported>,
    at: BlockRef,
) -> Result<Vec<U256>, String> {
    let mut differing = Vec::new();
    for wallet in ledger.wallets() {
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

#[cfg(test)]
mod tests;
