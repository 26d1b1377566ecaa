//! Reads from chain and store what a decision sees.

use fluxion_abi::{IReputationOracle, ISkillWallet};

use super::{Limits, Policy, Snapshot, epoch_of, pending};
use crate::chain::Chain;
use crate::jobs::JobError;
use crate::model::BlockRef;
use crate::oracle::view;
use crate::reputation::{Ledger, reported, score};
use crate::store::{SkillContracts, SkillEvent, SkillRow, Store};

/// Everything that a decision sees, as of now; `None` while nothing is final.
///
/// # Errors
/// [`JobError`]
pub async fn observe(
    chain: &dyn Chain,
    store: &dyn Store,
    contracts: &SkillContracts,
    policy: Policy,
    head: BlockRef,
    threshold: usize,
) -> Result<Option<Snapshot>, JobError> {
    let finalized = store.finalized(chain.id()).await?;
    let Some(epoch) = finalized.and_then(|block| epoch_of(block.time, policy.epoch_s)) else {
        return Ok(None);
    };
    // Intents first: what lands in between is then seen twice rather than not at all.
    let intents = store.open_intents(chain.id()).await?;
    // The chain before the index: what is defined in between is no gap.
    let defined = view(chain, contracts.wallets, ISkillWallet::skillCountCall {}).await?;
    let rows = store.skill_rows(chain.id(), contracts).await?;
    all_skills(&rows, defined)?;
    let ledger = Ledger::at(&rows, epoch).map_err(|gap| JobError::Index(gap.to_string()))?;
    let parameters = view(chain, contracts.reputation, IReputationOracle::parametersCall {}).await?;
    Ok(Some(Snapshot {
        chain: chain.id(),
        chain_name: chain.name().to_owned(),
        chain_time: head.time,
        epoch,
        policy,
        limits: Limits {
            max_delay_s: parameters.maxDelay.into(),
            min_interval_s: parameters.minInterval.into(),
        },
        threshold,
        scores: ledger.wallets().map(|w| (w, score(&ledger, w).total)).collect(),
        reported: reported(&rows),
        pending: pending(&intents),
    }))
}

/// An index that began before scores were configured has none of their events, and no gap between them either: nobody
/// would have a score. The count of skills tells.
fn all_skills(rows: &[SkillRow], defined: u16) -> Result<(), JobError> {
    let is_definition = |row: &&SkillRow| matches!(row.event, SkillEvent::SkillDefined { .. });
    let indexed = rows.iter().filter(is_definition).count();
    if indexed < usize::from(defined) {
        return Err(JobError::Index(format!(
            "the index has {indexed} of {defined} skills; stop the keeper and run `fluxion-keeper resync`"
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Height;

    #[test]
    fn an_index_without_a_skill_that_the_chain_has_is_not_used() {
        let row = SkillRow {
            height: Height(1),
            log_index: 0,
            time: 1,
            event: SkillEvent::SkillDefined {
                skill: 1,
                first_level_xp: 1,
                level_step_xp: 0,
                max_level: 1,
                grace_seconds: 0,
                decay_xp_per_day: 0,
            },
        };
        let rows = [row];
        assert!(all_skills(&[], 0).is_ok());
        assert!(all_skills(&rows, 0).is_ok(), "the endpoint lags behind the index");
        assert!(all_skills(&rows, 1).is_ok());
        let error = all_skills(&rows, 2).unwrap_err().to_string();
        assert!(error.contains("1 of 2 skills") && error.contains("resync"), "{error}");
    }
}
