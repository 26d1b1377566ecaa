//! What the oracle contracts of a chain say: the signer set in force and the limits of every feed. Both change only by
//! governance, so they are read again every few seconds instead of before every decision.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use alloy::primitives::{Address, B256, I256};
use alloy::sol_types::SolCall;
use fluxion_abi::{IPriceFeed, IQuorumVerifier};
use tokio_util::sync::CancellationToken;

use crate::chain::{At, Chain, ChainError};
use crate::jobs::update_prices::{FeedLimits, FeedView};
use crate::sources::Price;

/// How often the contracts are asked again.
const REFRESH: Duration = Duration::from_secs(10);

/// Why a contract could not be read.
#[derive(Debug, thiserror::Error)]
pub enum OracleError {
    /// The chain did not answer.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The call reverted.
    #[error("{contract} reverts on {function}")]
    Reverts {
        /// The contract.
        contract: Address,
        /// The function.
        function: &'static str,
    },
    /// The answer is not what the function returns: another contract, or none, is there.
    #[error("{contract} does not answer {function} as the contract does")]
    NotTheContract {
        /// The contract.
        contract: Address,
        /// The function.
        function: &'static str,
    },
}

/// Calls a view at the head.
///
/// # Errors
/// [`OracleError`]
pub async fn view<C: SolCall>(chain: &dyn Chain, contract: Address, call: C) -> Result<C::Return, OracleError> {
    let function = C::SIGNATURE;
    match chain.call(contract, call.abi_encode().into(), At::Latest).await? {
        Ok(data) => C::abi_decode_returns(&data).map_err(|_| OracleError::NotTheContract { contract, function }),
        Err(_) => Err(OracleError::Reverts { contract, function }),
    }
}

/// Who signs, and how many of them it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignerSet {
    /// Id; zero before the first set.
    pub id: u32,
    /// Signers, ascending.
    pub signers: Vec<Address>,
    /// Ordinary quorum.
    pub threshold: usize,
    /// Strict quorum.
    pub strict_threshold: usize,
}

/// Reads the signer set in force.
///
/// # Errors
/// [`OracleError`]
pub async fn signer_set(chain: &dyn Chain, verifier: Address) -> Result<SignerSet, OracleError> {
    let set = view(chain, verifier, IQuorumVerifier::currentSetCall {}).await?;
    Ok(SignerSet {
        id: set.setId,
        signers: set.signers,
        threshold: set.threshold.into(),
        strict_threshold: set.strictThreshold.into(),
    })
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

/// The oracle contracts of one chain, and what they said last.
pub struct ChainOracle {
    chain: Arc<dyn Chain>,
    verifier: Address,
    feeds: BTreeMap<String, Address>,
    known: RwLock<Known>,
}

#[derive(Default)]
struct Known {
    set: Option<SignerSet>,
    limits: BTreeMap<String, FeedLimits>,
}

impl ChainOracle {
    /// The contracts of a chain; nothing is known before the first [`ChainOracle::refresh`].
    #[must_use]
    pub fn new(chain: Arc<dyn Chain>, verifier: Address, feeds: BTreeMap<String, Address>) -> Self {
        Self {
            chain,
            verifier,
            feeds,
            known: RwLock::default(),
        }
    }

    /// The chain.
    #[must_use]
    pub fn chain(&self) -> &Arc<dyn Chain> {
        &self.chain
    }

    /// The verifier contract.
    #[must_use]
    pub const fn verifier(&self) -> Address {
        self.verifier
    }

    /// The feed contracts by feed id.
    #[must_use]
    pub const fn feeds(&self) -> &BTreeMap<String, Address> {
        &self.feeds
    }

    /// The signer set in force; `None` before the first answer.
    #[must_use]
    pub fn set(&self) -> Option<SignerSet> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).set.clone()
    }

    /// Limits of a feed; `None` before the first answer.
    #[must_use]
    pub fn limits(&self, feed: &str) -> Option<FeedLimits> {
        self.known
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .limits
            .get(feed)
            .copied()
    }

    /// Reads the signer set.
    ///
    /// # Errors
    /// [`OracleError`]; what was known stays.
    pub async fn refresh_set(&self) -> Result<SignerSet, OracleError> {
        let set = signer_set(self.chain.as_ref(), self.verifier).await?;
        let before = {
            let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
            known.set.replace(set.clone())
        };
        if before.as_ref().is_some_and(|before| before.id != set.id) {
            tracing::info!(chain = self.chain.name(), set = set.id, signers = ?set.signers, "the signer set rotated");
        }
        Ok(set)
    }

    /// Reads everything.
    ///
    /// # Errors
    /// The first [`OracleError`]; what was known stays.
    pub async fn refresh(&self) -> Result<(), OracleError> {
        self.refresh_set().await?;
        for (id, feed) in &self.feeds {
            let limits = feed_limits(self.chain.as_ref(), *feed).await?;
            self.known
                .write()
                .unwrap_or_else(PoisonError::into_inner)
                .limits
                .insert(id.clone(), limits);
        }
        Ok(())
    }

    /// Reads everything again and again until shutdown.
    pub async fn run(&self, shutdown: CancellationToken) {
        let mut failing = false;
        loop {
            let done = tokio::select! {
                () = shutdown.cancelled() => return,
                done = self.refresh() => done,
            };
            let wait = match done {
                Ok(()) => {
                    failing = false;
                    REFRESH
                }
                Err(error) => {
                    if !failing {
                        tracing::warn!(
                            chain = self.chain.name(),
                            "the oracle contracts cannot be read: {error}"
                        );
                    }
                    failing = true;
                    Duration::from_secs(1)
                }
            };
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = tokio::time::sleep(wait) => {}
            }
        }
    }
}
