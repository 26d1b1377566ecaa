//! Are the contracts of the deployment record on the chain, and are they the ones that the configuration means?

use std::collections::BTreeMap;

use alloy::primitives::keccak256;
use fluxion_abi::Deployment;

use super::place;
use crate::chain::Chain;
use crate::config::{ChainConfig, Config};
use crate::jobs::{self, Record};
use crate::model::{Diagnostic, contract_mismatch, contract_unavailable};

/// The verifier's name in a deployment record.
const VERIFIER: &str = "QuorumVerifier";

/// Finds what the jobs need in a deployment record.
///
/// # Errors
/// Every contract that the record does not have.
pub fn record(config: &Config, chain: &ChainConfig, deployment: &Deployment) -> Result<Record, Vec<Diagnostic>> {
    let mut problems = Vec::new();
    let mut find = |name: &str| match deployment.contracts.get(name) {
        Some(contract) => Some(contract.address),
        None => {
            let known: Vec<&str> = deployment.contracts.keys().map(String::as_str).collect();
            problems.push(Diagnostic::config(
                format!("{}, deployment", place(config, chain)),
                format!("{} has no contract `{name}`", config.path(&chain.deployment).display()),
                format!(
                    "deploy it, or take it out of the configuration; the record has: {}",
                    known.join(", ")
                ),
            ));
            None
        }
    };
    let verifier = find(VERIFIER);
    let mut contracts = BTreeMap::new();
    for contract in jobs::ALL.iter().flat_map(|kind| kind.contracts(config, chain)) {
        if let Some(address) = find(&contract.name) {
            contracts.insert(contract.name, (address, contract.watch));
        }
    }
    match verifier {
        Some(verifier) if problems.is_empty() => Ok(Record {
            verifier,
            contracts,
            block: deployment.block,
        }),
        _ => Err(problems),
    }
}

/// Compares the contracts that this process works with with the chain.
pub async fn contracts(
    config: &Config,
    chain_config: &ChainConfig,
    deployment: &Deployment,
    chain: &dyn Chain,
) -> Vec<Diagnostic> {
    let record = match record(config, chain_config, deployment) {
        Ok(record) => record,
        Err(problems) => return problems,
    };
    let place = place(config, chain_config);
    let mut problems = Vec::new();
    let names = std::iter::once(VERIFIER).chain(record.contracts.keys().map(String::as_str));
    for name in names {
        let Some(contract) = deployment.contracts.get(name) else {
            continue;
        };
        let at = format!("{place}, {name} at {}", contract.address);
        match chain.code(contract.address).await {
            Ok(code) if code.is_empty() => problems.push(contract_mismatch(at, "there is no contract")),
            Ok(code) if keccak256(&code) != contract.code_hash => {
                problems.push(contract_mismatch(
                    at,
                    &format!(
                        "its code hash is {}, the deployment record says {}",
                        keccak256(&code),
                        contract.code_hash
                    ),
                ));
            }
            Ok(_) => {}
            Err(error) => return vec![contract_unavailable(&place, &error.to_string())],
        }
    }
    let by_code: Vec<String> = problems.iter().map(|problem| problem.location.clone()).collect();
    for kind in jobs::ALL {
        let found = kind.check_chain(config, chain_config, &record, chain).await;
        // Of other code the job says the same in other words; one complaint is enough.
        problems.extend(found.into_iter().filter(|problem| !by_code.contains(&problem.location)));
    }
    problems
}
