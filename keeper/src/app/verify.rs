//! Comparing a chain that did not answer at the start with its record as soon as it does.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::Stop;
use super::runtime::{OpenedChain, verify};
use crate::config::Config;
use crate::model::Failure;
use crate::preflight::KeyAddresses;

/// How often an unreachable chain is tried again.
const VERIFY_AGAIN: Duration = Duration::from_secs(2);

/// Compares a chain that did not answer at the start as soon as it does; another chain or other contracts end the
/// process.
pub(super) fn again(
    config: &Config,
    opened: &OpenedChain,
    addresses: &KeyAddresses,
    stop: &Stop,
) -> watch::Receiver<Option<String>> {
    let (tell, verified) = watch::channel(opened.unverified.clone());
    if opened.unverified.is_none() {
        return verified;
    }
    let (config, addresses, stop) = (config.clone(), addresses.clone(), stop.clone());
    let (chain_config, deployment, record) = (opened.config.clone(), opened.deployment.clone(), opened.record.clone());
    let chain = Arc::clone(&opened.chain);
    stop.tasks.clone().spawn(async move {
        loop {
            tokio::select! {
                () = stop.token.cancelled() => return,
                () = tokio::time::sleep(VERIFY_AGAIN) => {}
            }
            match verify(&config, &chain_config, &deployment, &record, &addresses, chain.as_ref()).await {
                Ok(None) => {
                    tracing::info!(chain = chain_config.name, "the chain answers and is the configured one");
                    tell.send_replace(None);
                    return;
                }
                Ok(Some(why)) => {
                    tell.send_replace(Some(why));
                }
                Err(fatal) => {
                    for problem in &fatal {
                        tracing::error!(chain = chain_config.name, "{problem}");
                    }
                    stop.fail(Failure::problems(fatal));
                    return;
                }
            }
        }
    });
    verified
}
