//! `reputation verify`: scores computed again from the chain's events alone. `plan update_reputation`: what the job would do now.

use std::path::Path;

use serde_json::json;

use super::txs::print_json;
use super::{Exit, Failure, plan};
use crate::chain::Chain as _;
use crate::config::Config;
use crate::jobs::update_reputation::{self as job, Decision, Hold, JobError, Policy, Snapshot};
use crate::oracle::signer_set;
use crate::preflight::{self, KeyAddresses};
use crate::problem::Problem;
use crate::store::sql::SqlStore;
use crate::wiring::{self, Verified};

pub(super) async fn verify(
    config: &Config,
    chain: Option<&str>,
    epoch: Option<u64>,
    as_json: bool,
) -> Result<(), Failure> {
    let chains = config.job.update_reputation.as_ref().map_or(&[][..], |job| &job.chains);
    let mut config = config.clone();
    config
        .chain
        .retain(|one| chains.contains(&one.name) && chain.is_none_or(|name| name == one.name));
    if config.chain.is_empty() {
        let mend = "name a chain of job.update_reputation.chains";
        return Err(Problem::config(
            "reputation verify",
            "there is no chain whose scores are configured",
            mend,
        )
        .into());
    }
    let mut wrong = Vec::new();
    for opened in wiring::open_chains(&config, &KeyAddresses::default()).await? {
        // A folder of its own: it runs beside the keeper, and beside itself.
        let scratch = config
            .data_dir()
            .join(format!("verify-{}-{}", opened.name(), std::process::id()));
        let verified = wiring::verify_reputation(&opened, &scratch, epoch, |_, _| {}).await;
        let _ = std::fs::remove_dir_all(&scratch);
        let verified = verified?;
        show(&verified, as_json)?;
        wrong.extend(complaints(&verified));
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(Failure::message(Exit::Failed, wrong.join("\n")))
    }
}

fn complaints(verified: &Verified) -> Vec<String> {
    let chain = &verified.chain;
    let wrong = verified.wrong.iter().map(|wrong| {
        format!(
            "{chain}: wallet {}: {} was reported at {}, the events give {}",
            wrong.wallet, wrong.reported, wrong.epoch, wrong.computed.total
        )
    });
    let unknown = verified.unknown.iter().map(|wallet| {
        format!("{chain}: wallet {wallet}: the last report that the oracle has is not the last one of the events")
    });
    wrong.chain(unknown).collect()
}

fn show(verified: &Verified, as_json: bool) -> Result<(), Failure> {
    if as_json {
        return print_json(&json!(verified));
    }
    println!(
        "{}: {} reported scores computed again by formula {} up to block {}: {} differ",
        verified.chain,
        verified.scores,
        verified.formula,
        verified.finalized,
        verified.wrong.len()
    );
    for (wallet, (epoch, score)) in &verified.subjects {
        println!(
            "  wallet {wallet}: {} at {epoch} (skills {}, badges {}, age {}, validators {})",
            score.total, score.skills, score.badges, score.age, score.validators
        );
    }
    Ok(())
}

/// What the job would do on each of its chains now. It sees what the keeper has indexed.
pub(super) async fn plan(config: &Config, as_json: bool) -> Result<(), Failure> {
    let Some(section) = &config.job.update_reputation else {
        return Err(Problem::config("job.update_reputation", "the section is missing", "add it").into());
    };
    let store = SqlStore::open_beside(&config.location()?).await?;
    let mut shown = Vec::new();
    for chain_config in config.chain.iter().filter(|chain| section.chains.contains(&chain.name)) {
        let failed = |error: JobError| Failure::message(Exit::Failed, format!("chain {}: {error}", chain_config.name));
        let deployment = preflight::deployment(config, chain_config)?;
        let record = preflight::record(config, chain_config, &deployment).map_err(Failure::problems)?;
        let Some(contracts) = record.skills else { continue };
        let chain = wiring::connect(chain_config).await?;
        let head = chain
            .poll()
            .await
            .map_err(|error| failed(JobError::Oracle(error.into())))?;
        let set = signer_set(chain.as_ref(), record.verifier).await;
        let threshold = set.map_err(|error| failed(error.into()))?.threshold;
        let snapshot = job::observe(
            chain.as_ref(),
            &store,
            &contracts,
            Policy::new(section),
            head,
            threshold,
        )
        .await;
        match snapshot.map_err(failed)? {
            Some(snapshot) => shown.push(snapshot),
            None => println!("{}: nothing, no block of it is final here yet", chain_config.name),
        }
    }
    show_plans(shown, as_json)
}

/// What was decided from recorded snapshots, decided again.
pub(super) fn replay(file: &Path, as_json: bool) -> Result<(), Failure> {
    show_plans(plan::recorded(file)?, as_json)
}

fn show_plans(snapshots: Vec<Snapshot>, as_json: bool) -> Result<(), Failure> {
    for snapshot in snapshots {
        let decision = job::plan(&snapshot);
        if as_json {
            print_json(&json!({"snapshot": snapshot, "decision": decision}))?;
            continue;
        }
        let chain = &snapshot.chain_name;
        match decision {
            Decision::Report {
                epoch, batches, reason, ..
            } => {
                println!("{chain}: report epoch {epoch} in {} batches ({reason})", batches.len());
                for (wallet, score) in batches.iter().flatten() {
                    let before = snapshot.reported.get(wallet);
                    let before = before.map_or_else(|| "nothing".to_owned(), |last| last.score.to_string());
                    println!("  wallet {wallet}: {score}, {before} before");
                }
            }
            Decision::Hold(Hold::Fresh { wallets }) => {
                println!("{chain}: nothing, the scores of {wallets} wallets are reported");
            }
            Decision::Hold(Hold::TooLate { epoch, until }) => {
                println!("{chain}: nothing, epoch {epoch} was accepted until {until}");
            }
        }
    }
    Ok(())
}
