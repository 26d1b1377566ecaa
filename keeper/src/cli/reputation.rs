//! `reputation verify`: scores computed again from the chain's events alone.

use serde_json::json;

use super::txs::print_json;
use super::{Exit, Failure};
use crate::config::Config;
use crate::preflight::KeyAddresses;
use crate::problem::Problem;
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
