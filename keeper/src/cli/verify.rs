//! `verify JOB`: what a job reported, computed again from the chain's events alone.

use super::plan::{not_configured, show};
use super::{Exit, Failure, VerifyArgs, job};
use crate::app;
use crate::config::Config;
use crate::jobs::Look;
use crate::model::Diagnostic;
use crate::preflight::KeyAddresses;

pub(super) async fn verify(config: &Config, args: &VerifyArgs, as_json: bool) -> Result<(), Failure> {
    let kind = job(&args.job)?;
    if !kind.is_configured(config) {
        return Err(not_configured(kind));
    }
    let mut config = config.clone();
    let whole = config.clone();
    config.chain.retain(|chain| {
        let is_asked = args.chain.as_ref().is_none_or(|name| *name == chain.name);
        is_asked && !kind.contracts(&whole, chain).is_empty()
    });
    if config.chain.is_empty() {
        let message = "there is no chain with work of this job";
        return Err(Diagnostic::config("--chain", message, "name a chain that the job's section names").into());
    }
    let mut wrong = Vec::new();
    for opened in app::open_chains(&config, &KeyAddresses::default()).await? {
        // A folder of its own: it runs beside the keeper, and beside itself.
        let scratch = format!("verify-{}-{}", opened.name(), std::process::id());
        let scratch = config.data_dir().join(scratch);
        let rebuilt = app::rebuild(&opened, &scratch, |_, _| {}).await;
        let verified = match rebuilt {
            Ok((store, target)) => {
                let look = Look {
                    config: &config,
                    chain_config: opened.config(),
                    record: opened.record(),
                    chain: opened.chain(),
                    head: target,
                    store: None,
                };
                let verified = kind.verify(&look, &store, args.epoch).await;
                store.close().await;
                verified
            }
            Err(failure) => Err(failure),
        };
        let _ = std::fs::remove_dir_all(&scratch);
        let verified = verified?;
        wrong.extend(verified.wrong.clone());
        show(&[verified], as_json)?;
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(Failure::message(Exit::Failed, wrong.join("\n")))
    }
}
