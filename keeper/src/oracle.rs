//! What the verifier of a chain says: the signer set in force. It changes only by governance, so it is read again every
//! few seconds instead of before every decision.

use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use alloy::primitives::Address;
use alloy::rpc::types::Log;
use alloy::sol_types::{SolCall, SolEvent as _};
use async_trait::async_trait;
use fluxion_abi::IQuorumVerifier;
use tokio_util::sync::CancellationToken;

use crate::chain::{At, Chain, ChainError};
use crate::indexer::{Watch, read};
use crate::model::{Diagnostic, DiagnosticKind, contract_unavailable};
use crate::store::DecodedEvent;

/// How often the contracts are asked again.
const REFRESH: Duration = Duration::from_secs(10);

/// How often they are asked at most because somebody else named another set.
const IN_TURN: Duration = Duration::from_secs(1);

/// A `QuorumVerifier`.
pub static VERIFIER: Watch = Watch {
    topics: &[IQuorumVerifier::SignerSetRotated::SIGNATURE_HASH],
    numbered: None,
    decode: |log, _| rotated(log),
};

fn rotated(log: &Log) -> Result<Option<DecodedEvent>, String> {
    if log.topic0() != Some(&IQuorumVerifier::SignerSetRotated::SIGNATURE_HASH) {
        return Ok(None);
    }
    let e: IQuorumVerifier::SignerSetRotated = read(log)?;
    Ok(Some(DecodedEvent::SignerSetRotated {
        set_id: e.setId,
        signers: e.signers,
        threshold: e.threshold,
        strict_threshold: e.strictThreshold,
    }))
}

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

impl OracleError {
    /// What a failed read means to an operator.
    #[must_use]
    pub fn diagnostic(&self, place: &str) -> Diagnostic {
        match self {
            Self::Chain(error) => contract_unavailable(place, &error.to_string()),
            _ => Diagnostic::new(
                DiagnosticKind::Mismatch,
                place,
                self.to_string(),
                "correct chain.deployment or chain.endpoints, or deploy again",
            ),
        }
    }
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

/// The verifier of one chain, and the signer set that it said last.
pub struct ChainOracle {
    chain: Arc<dyn Chain>,
    verifier: Address,
    known: RwLock<Option<SignerSet>>,
    asked: Mutex<Option<Instant>>,
}

impl ChainOracle {
    /// The verifier of a chain; nothing is known before the first [`ChainOracle::refresh_set`].
    #[must_use]
    pub fn new(chain: Arc<dyn Chain>, verifier: Address) -> Self {
        Self {
            chain,
            verifier,
            known: RwLock::default(),
            asked: Mutex::default(),
        }
    }

    /// The chain.
    #[must_use]
    pub fn chain(&self) -> &Arc<dyn Chain> {
        &self.chain
    }

    /// The signer set in force; `None` before the first answer.
    #[must_use]
    pub fn set(&self) -> Option<SignerSet> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads the signer set.
    ///
    /// # Errors
    /// [`OracleError`]; what was known stays.
    pub async fn refresh_set(&self) -> Result<SignerSet, OracleError> {
        let set = signer_set(self.chain.as_ref(), self.verifier).await?;
        let before = {
            let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
            known.replace(set.clone())
        };
        if before.as_ref().is_some_and(|before| before.id != set.id) {
            tracing::info!(chain = self.chain.name(), set = set.id, signers = ?set.signers, "the signer set rotated");
        }
        Ok(set)
    }

    /// The signer set, read again for somebody who names another one than is known: once a second at most, however
    /// often others ask.
    ///
    /// # Errors
    /// [`OracleError`]; what was known stays.
    pub async fn refresh_set_in_turn(&self) -> Result<SignerSet, OracleError> {
        let is_early = {
            let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
            let is_early = asked.is_some_and(|at| at.elapsed() < IN_TURN);
            if !is_early {
                *asked = Some(Instant::now());
            }
            is_early
        };
        match self.set().filter(|_| is_early) {
            Some(set) => Ok(set),
            None => self.refresh_set().await,
        }
    }

    /// Reads the signer set again and again until shutdown.
    pub async fn run(&self, shutdown: CancellationToken) {
        keep_fresh(self, shutdown).await;
    }
}

/// What changes by governance only.
#[async_trait]
pub trait Governed: Send + Sync {
    /// The chain's name.
    fn chain_name(&self) -> &str;
    /// Reads it.
    ///
    /// # Errors
    /// [`OracleError`]; what was known stays.
    async fn refresh(&self) -> Result<(), OracleError>;
}

#[async_trait]
impl Governed for ChainOracle {
    fn chain_name(&self) -> &str {
        self.chain.name()
    }

    async fn refresh(&self) -> Result<(), OracleError> {
        self.refresh_set().await.map(drop)
    }
}

/// Reads what changes by governance only, every few seconds until shutdown, sooner after a failure.
pub async fn keep_fresh(governed: &dyn Governed, shutdown: CancellationToken) {
    let mut failing = false;
    loop {
        let done = tokio::select! {
            () = shutdown.cancelled() => return,
            done = governed.refresh() => done,
        };
        let wait = match done {
            Ok(()) => {
                failing = false;
                REFRESH
            }
            Err(error) => {
                if !failing {
                    tracing::warn!(
                        chain = governed.chain_name(),
                        "the oracle contracts cannot be read, trying again: {error}"
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
