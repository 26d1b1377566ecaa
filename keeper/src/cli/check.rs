//! `check`: everything that must hold before a keeper is left alone.

use serde_json::json;

use super::Failure;
use super::txs::print_json;
use crate::app;
use crate::clock::SystemClock;
use crate::config::{Config, Mode};
use crate::jobs;
use crate::model::Diagnostic;
use crate::oracle::signer_set;
use crate::preflight::{self, KeyAddresses};

pub(super) async fn check(config: &Config, as_json: bool) -> Result<(), Failure> {
    let (keys, mut problems) = match app::Keys::open(config) {
        Ok(keys) => (keys.addresses(), Vec::new()),
        Err(problems) => (KeyAddresses::default(), problems),
    };
    let client = app::http_client()?;
    problems.extend(chains(config, &client, &keys).await);
    for kind in jobs::ALL {
        problems.extend(kind.check_outside(config, &client).await);
    }
    if !problems.is_empty() {
        return Err(Failure::problems(problems));
    }
    if as_json {
        return print_json(&json!({"ok": true, "chains": config.chain.len(), "feeds": config.feed.len()}));
    }
    let sources: usize = config.feed.iter().map(|feed| feed.source.len()).sum();
    println!(
        "ok: {} chains, {} feeds, {sources} sources, {} keys",
        config.chain.len(),
        config.feed.len(),
        { keys.attestation.len().saturating_add(keys.lanes.len()) }
    );
    Ok(())
}

async fn chains(config: &Config, client: &reqwest::Client, keys: &KeyAddresses) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    for chain_config in &config.chain {
        let deployment = preflight::deployment(config, chain_config);
        let faults = preflight::endpoints(config, chain_config, client).await;
        let mismatch = faults.iter().any(|problem| problem.kind.is_fatal());
        let all_down = faults.len() == chain_config.endpoints.len();
        problems.extend(faults);
        let deployment = match deployment {
            Ok(deployment) => deployment,
            Err(problem) => {
                problems.push(problem);
                continue;
            }
        };
        if mismatch || all_down {
            // Nothing more can be learned from this chain, and one complaint says it.
            problems.extend(
                preflight::record(config, chain_config, &deployment)
                    .err()
                    .unwrap_or_default(),
            );
            continue;
        }
        let chain = match app::connect(chain_config).await {
            Ok(chain) => chain,
            Err(problem) => {
                problems.push(problem);
                continue;
            }
        };
        let before = problems.len();
        problems.extend(preflight::contracts(config, chain_config, &deployment, chain.as_ref()).await);
        if problems.len() == before
            && let Ok(record) = preflight::record(config, chain_config, &deployment)
        {
            match signer_set(chain.as_ref(), record.verifier).await {
                Ok(set) => problems.extend(preflight::key_quorum(config, chain_config, keys, &set)),
                Err(error) => {
                    let place = format!("{}: chain {}", config.file.display(), chain_config.name);
                    problems.push(error.diagnostic(&place));
                }
            }
        }
        if config.keeper.mode == Mode::Keeper {
            problems.extend(preflight::balances(config, chain_config, keys, chain.as_ref()).await);
        }
        problems.extend(preflight::skew(config, chain_config, chain.as_ref(), &SystemClock).await);
    }
    problems
}
