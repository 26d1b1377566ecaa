//! Are the contracts of the deployment record on the chain, and are they the feeds that the configuration means?

use std::collections::BTreeMap;

use alloy::primitives::{Address, keccak256};
use fluxion_abi::Deployment;

use super::place;
use crate::chain::Chain;
use crate::config::{ChainConfig, Config};
use crate::jobs::update_prices::feed_id;
use crate::oracle::{OracleError, feed_identity};
use crate::problem::{Problem, ProblemKind};
use crate::store::SkillContracts;

/// What scores are computed from, and where they are reported.
const SKILL_CONTRACTS: [&str; 3] = ["SkillWallet", "Badges", "ReputationOracle"];

/// The contracts of a chain that this process works with.
#[derive(Clone, Debug)]
pub struct Record {
    /// The verifier.
    pub verifier: Address,
    /// Feeds by id; those of the configuration.
    pub feeds: BTreeMap<String, Address>,
    /// Wallets, badges and scores, where scores are configured.
    pub skills: Option<SkillContracts>,
    /// First block that holds a part of the deployment.
    pub block: u64,
}

/// Finds the configured feeds in a deployment record.
///
/// # Errors
/// Every contract that the record does not have.
pub fn record(config: &Config, chain: &ChainConfig, deployment: &Deployment) -> Result<Record, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut find = |name: &str| match deployment.contracts.get(name) {
        Some(contract) => Some(contract.address),
        None => {
            let known: Vec<&str> = deployment.contracts.keys().map(String::as_str).collect();
            problems.push(Problem::config(
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
    let verifier = find("QuorumVerifier");
    let mut feeds = BTreeMap::new();
    for feed in config.feed.iter().filter(|feed| feed.chains.contains(&chain.name)) {
        if let Some(address) = find(&format!("PriceFeed:{}", feed.id)) {
            feeds.insert(feed.id.clone(), address);
        }
    }
    let job = config.job.update_reputation.as_ref();
    let skills = match job.filter(|job| job.chains.contains(&chain.name)) {
        Some(_) => {
            let [wallets, badges, reputation] = SKILL_CONTRACTS.map(&mut find);
            match (wallets, badges, reputation) {
                (Some(wallets), Some(badges), Some(reputation)) => Some(SkillContracts {
                    wallets,
                    badges,
                    reputation,
                }),
                _ => None,
            }
        }
        None => None,
    };
    match verifier {
        Some(verifier) if problems.is_empty() => Ok(Record {
            verifier,
            feeds,
            skills,
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
) -> Vec<Problem> {
    let record = match record(config, chain_config, deployment) {
        Ok(record) => record,
        Err(problems) => return problems,
    };
    let place = place(config, chain_config);
    let mut problems = Vec::new();
    let names =
        std::iter::once("QuorumVerifier".to_owned()).chain(record.feeds.keys().map(|id| format!("PriceFeed:{id}")));
    let skills = record.skills.iter().flat_map(|_| SKILL_CONTRACTS.map(str::to_owned));
    let names = names.chain(skills);
    for name in names {
        let Some(contract) = deployment.contracts.get(&name) else {
            continue;
        };
        let at = format!("{place}, {name} at {}", contract.address);
        match chain.code(contract.address).await {
            Ok(code) if code.is_empty() => problems.push(mismatch(at, "there is no contract")),
            Ok(code) if keccak256(&code) != contract.code_hash => {
                problems.push(mismatch(
                    at,
                    &format!(
                        "its code hash is {}, the deployment record says {}",
                        keccak256(&code),
                        contract.code_hash
                    ),
                ));
            }
            Ok(_) => {}
            Err(error) => return vec![unavailable(&place, &error.to_string())],
        }
    }
    for feed in &config.feed {
        let Some(address) = record.feeds.get(&feed.id) else {
            continue;
        };
        let at = || format!("{place}, PriceFeed:{} at {address}", feed.id);
        match feed_identity(chain, *address).await {
            Ok((id, decimals, verifier)) => {
                if id != feed_id(&feed.id) {
                    problems.push(mismatch(at(), &format!("its feed id is {id}, not that of {}", feed.id)));
                }
                if decimals != feed.decimals {
                    problems.push(mismatch(
                        at(),
                        &format!("it has {decimals} decimals, the configuration says {}", feed.decimals),
                    ));
                }
                if verifier != record.verifier {
                    problems.push(mismatch(
                        at(),
                        &format!(
                            "its verifier is {verifier}, the deployment record says {}",
                            record.verifier
                        ),
                    ));
                }
            }
            Err(OracleError::Chain(error)) => return vec![unavailable(&place, &error.to_string())],
            // The code hash tells the same in other words; one complaint is enough.
            Err(_) if problems.iter().any(|problem: &Problem| problem.place == at()) => {}
            Err(error) => problems.push(mismatch(at(), &format!("it is not a price feed ({error})"))),
        }
    }
    problems
}

fn mismatch(place: String, fact: &str) -> Problem {
    Problem::new(
        ProblemKind::Mismatch,
        place,
        fact,
        "correct chain.deployment, chain.endpoints or the feed, or deploy again",
    )
}

fn unavailable(place: &str, cause: &str) -> Problem {
    Problem::new(
        ProblemKind::Unavailable,
        place,
        format!("its contracts cannot be read ({cause})"),
        "start a node of this chain, or correct chain.endpoints",
    )
}
