//! The feed contracts: which are needed, what they say about themselves, and whether they are the ones that the
//! configuration means.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use alloy::primitives::{Address, B256, I256};
use async_trait::async_trait;
use fluxion_abi::IPriceFeed;
use serde::{Deserialize, Serialize};

use super::events::FEED;
use crate::chain::Chain;
use crate::config::{ChainConfig, Config};
use crate::jobs::{Contract, Record};
use crate::model::{Diagnostic, contract_mismatch, contract_unavailable};
use crate::oracle::{ChainOracle, Governed, OracleError, view};
use crate::sources::Price;

/// Name of a feed's contract in the deployment record.
fn name(feed: &str) -> String {
    format!("PriceFeed:{feed}")
}

/// The feeds of a chain.
pub(super) fn contracts(config: &Config, chain: &ChainConfig) -> Vec<Contract> {
    let feeds = config.feed.iter().filter(|feed| feed.chains.contains(&chain.name));
    let contract = |id: &String| Contract {
        name: name(id),
        watch: &FEED,
    };
    feeds.map(|feed| contract(&feed.id)).collect()
}

/// A feed's id as the contract has it: ASCII, right-padded.
#[must_use]
pub fn feed_id(id: &str) -> B256 {
    let mut bytes = [0u8; 32];
    for (to, from) in bytes.iter_mut().zip(id.bytes()) {
        *to = from;
    }
    B256::from(bytes)
}

/// The limits that the feed contract enforces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedLimits {
    /// Oldest report accepted, in seconds.
    pub max_delay_s: u64,
    /// Largest move of an ordinary quorum, in basis points.
    pub breaker_bps: u32,
    /// Seconds for which ordinary reports must agree before they end a dispute.
    pub confirmation_s: u64,
}

/// The feed as the chain shows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedView {
    /// Latest round; zero before the first.
    pub round: u64,
    /// Its price; none before the first.
    pub price: Option<Price>,
    /// Epoch of the last accepted report.
    pub observed_at: u64,
    /// Time of the block that accepted it; zero where that is long ago.
    #[serde(default)]
    pub accepted_at: u64,
    /// Since when it is disputed, and at what price.
    pub disputed: Option<(u64, Option<Price>)>,
}

/// Reads the limits of a feed.
///
/// # Errors
/// [`OracleError`]
pub async fn feed_limits(chain: &dyn Chain, feed: Address) -> Result<FeedLimits, OracleError> {
    let parameters = view(chain, feed, IPriceFeed::parametersCall {}).await?;
    Ok(FeedLimits {
        max_delay_s: parameters.maxDelay.into(),
        breaker_bps: parameters.breakerBps.into(),
        confirmation_s: parameters.confirmationTime.into(),
    })
}

/// What a feed says about itself: its id, decimals and verifier.
///
/// # Errors
/// [`OracleError`]
pub async fn feed_identity(chain: &dyn Chain, feed: Address) -> Result<(B256, u8, Address), OracleError> {
    let id = view(chain, feed, IPriceFeed::feedIdCall {}).await?;
    let decimals = view(chain, feed, IPriceFeed::decimalsCall {}).await?;
    let verifier = view(chain, feed, IPriceFeed::verifierCall {}).await?;
    Ok((id, decimals, verifier))
}

/// Reads a feed at the head, where no index of it is at hand.
///
/// # Errors
/// [`OracleError`]; a feed without a round is no error.
pub async fn feed_view(chain: &dyn Chain, feed: Address) -> Result<FeedView, OracleError> {
    let status = view(chain, feed, IPriceFeed::statusCall {}).await?;
    // Reading the latest round reverts while there is none and while the feed is disputed.
    let latest = match view(chain, feed, IPriceFeed::latestRoundDataCall {}).await {
        Ok(latest) => Some((latest.roundId, latest.answer)),
        Err(OracleError::Reverts { .. }) => None,
        Err(error) => return Err(error),
    };
    let (round, answer) = latest.unwrap_or((Default::default(), I256::ZERO));
    let since = u64::try_from(status.disputedSince).unwrap_or(u64::MAX);
    Ok(FeedView {
        round: u64::try_from(round).unwrap_or(u64::MAX),
        price: Price::from_chain(answer),
        observed_at: u64::try_from(status.lastObservedAt).unwrap_or(u64::MAX),
        accepted_at: u64::try_from(status.lastAcceptedAt).unwrap_or(u64::MAX),
        disputed: status
            .disputed
            .then(|| (since, Price::from_chain(status.disputedPrice))),
    })
}

/// The feed contracts of one chain, and the limits that they said last.
pub struct Feeds {
    oracle: Arc<ChainOracle>,
    contracts: BTreeMap<String, Address>,
    limits: RwLock<BTreeMap<String, FeedLimits>>,
}

impl Feeds {
    /// Feeds by their ids; nothing is known of them before the first refresh.
    #[must_use]
    pub fn new(oracle: Arc<ChainOracle>, contracts: BTreeMap<String, Address>) -> Self {
        Self {
            oracle,
            contracts,
            limits: RwLock::default(),
        }
    }

    /// The configured feeds of a chain.
    pub(super) fn of(config: &Config, record: &Record, oracle: Arc<ChainOracle>) -> Self {
        let known = |feed: &crate::config::FeedConfig| Some((feed.id.clone(), record.get(&name(&feed.id))?));
        Self::new(oracle, config.feed.iter().filter_map(known).collect())
    }

    /// The oracle of their chain.
    #[must_use]
    pub const fn oracle(&self) -> &Arc<ChainOracle> {
        &self.oracle
    }

    /// Contracts by feed id.
    #[must_use]
    pub const fn contracts(&self) -> &BTreeMap<String, Address> {
        &self.contracts
    }

    /// Limits of a feed; `None` before the first answer.
    #[must_use]
    pub fn limits(&self, feed: &str) -> Option<FeedLimits> {
        self.limits
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(feed)
            .copied()
    }
}

#[async_trait]
impl Governed for Feeds {
    fn chain_name(&self) -> &str {
        self.oracle.chain().name()
    }

    /// Reads the limits of every feed.
    async fn refresh(&self) -> Result<(), OracleError> {
        for (id, feed) in &self.contracts {
            let limits = feed_limits(self.oracle.chain().as_ref(), *feed).await?;
            self.limits
                .write()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(id.clone(), limits);
        }
        Ok(())
    }
}

/// Compares the feeds with the configuration.
pub(super) async fn check(
    config: &Config,
    chain_config: &ChainConfig,
    record: &Record,
    chain: &dyn Chain,
) -> Vec<Diagnostic> {
    let place = format!("{}: chain {}", config.file.display(), chain_config.name);
    let mut problems = Vec::new();
    for feed in &config.feed {
        let Some(address) = record.get(&name(&feed.id)) else {
            continue;
        };
        let at = || format!("{place}, PriceFeed:{} at {address}", feed.id);
        match feed_identity(chain, address).await {
            Ok((id, decimals, verifier)) => {
                if id != feed_id(&feed.id) {
                    problems.push(contract_mismatch(at(), &format!("its feed id is {id}, not that of {}", feed.id)));
                }
                if decimals != feed.decimals {
                    problems.push(contract_mismatch(
                        at(),
                        &format!("it has {decimals} decimals, the configuration says {}", feed.decimals),
                    ));
                }
                if verifier != record.verifier {
                    problems.push(contract_mismatch(
                        at(),
                        &format!(
                            "its verifier is {verifier}, the deployment record says {}",
                            record.verifier
                        ),
                    ));
                }
            }
            Err(OracleError::Chain(error)) => return vec![contract_unavailable(&place, &error.to_string())],
            Err(error) => problems.push(contract_mismatch(at(), &format!("it is not a price feed ({error})"))),
        }
    }
    problems
}
