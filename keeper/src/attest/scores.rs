//! Judges batches of scores that others ask this process to sign: by its own index, and nothing else.

use std::collections::BTreeMap;
use std::sync::Arc;

use alloy::primitives::U256;
use serde_json::{Value, json};

use super::service::set_in_force;
use super::{AttestError, AttestationReply, Attestor, Refusal, ScoresRequest};
use crate::jobs::update_reputation::{MAX_BATCH, ScoreBatch};
use crate::oracle::ChainOracle;
use crate::reputation::{Ledger, VERSION, score, split};
use crate::store::{SkillContracts, Store, StoreError};
use crate::types::ChainId;

/// Why scores are not signed.
#[derive(Debug, thiserror::Error)]
pub enum ScoreRefusal {
    /// This process does not index the scores of that chain.
    #[error("scores of chain {0} are not configured here")]
    UnknownChain(u64),
    /// Another formula.
    #[error("formula {0} is not this signer's, which is {VERSION}; run the same version everywhere")]
    Formula(u32),
    /// No updates, too many, or not ascending by wallet.
    #[error("a batch has 1 to {MAX_BATCH} wallets, ascending")]
    Malformed,
    /// The own index has not reached a finalized block beyond the epoch.
    #[error("epoch {epoch} is not final here yet: the finalized block is of {finalized}")]
    NotFinal {
        /// Asked for.
        epoch: u64,
        /// Time of the own finalized block; zero without one.
        finalized: u64,
    },
    /// The own index gives another score.
    #[error("the score of wallet {wallet} at {epoch} is {own} here, not {asked}")]
    Differs {
        /// The subject.
        wallet: U256,
        /// Epoch.
        epoch: u64,
        /// Asked for.
        asked: u16,
        /// Own score.
        own: u16,
    },
    /// The own index has a gap, or does not answer.
    #[error("the own index gives no score: {0}")]
    Index(String),
    /// Signer set, key or memory.
    #[error(transparent)]
    Signing(#[from] Refusal),
}

impl From<StoreError> for ScoreRefusal {
    fn from(error: StoreError) -> Self {
        Self::Index(error.to_string())
    }
}

impl From<AttestError> for ScoreRefusal {
    fn from(error: AttestError) -> Self {
        Self::Signing(error.into())
    }
}

impl ScoreRefusal {
    /// For programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::UnknownChain(_) => "unknown_chain",
            Self::Formula(_) => "formula_differs",
            Self::Malformed => "batch_malformed",
            Self::NotFinal { .. } => "epoch_not_final",
            Self::Differs { .. } => "score_differs",
            Self::Index(_) => "index_failed",
            Self::Signing(refusal) => refusal.code(),
        }
    }

    /// The values of the refusal.
    #[must_use]
    pub fn details(&self) -> Value {
        match self {
            Self::Differs {
                wallet,
                epoch,
                asked,
                own,
            } => {
                json!({"wallet": wallet.to_string(), "epoch": epoch, "asked": asked, "own": own})
            }
            Self::NotFinal { epoch, finalized } => json!({"epoch": epoch, "finalized": finalized}),
            Self::Signing(refusal) => refusal.details(),
            _ => Value::Null,
        }
    }
}

/// Answers requests to sign scores.
pub struct ScoreService {
    keys: Vec<Attestor>,
    store: Arc<dyn Store>,
    chains: BTreeMap<ChainId, (Arc<ChainOracle>, SkillContracts)>,
}

impl ScoreService {
    /// A service over these keys and the chains whose skills this process indexes.
    #[must_use]
    pub fn new(
        keys: Vec<Attestor>,
        store: Arc<dyn Store>,
        chains: BTreeMap<ChainId, (Arc<ChainOracle>, SkillContracts)>,
    ) -> Self {
        Self { keys, store, chains }
    }

    /// Judges a request and signs it.
    ///
    /// # Errors
    /// [`ScoreRefusal`]: nothing was signed.
    pub async fn answer(&self, request: &ScoresRequest) -> Result<AttestationReply, ScoreRefusal> {
        let chain = ChainId(request.chain_id);
        let unknown = ScoreRefusal::UnknownChain(request.chain_id);
        let (oracle, contracts) = self.chains.get(&chain).ok_or(unknown)?;
        if request.formula != VERSION {
            return Err(ScoreRefusal::Formula(request.formula));
        }
        let subjects: Vec<(U256, u16)> = request.updates.iter().copied().map(split).collect();
        let ascending = subjects
            .windows(2)
            .all(|pair| matches!(pair, [(a, _), (b, _)] if a < b));
        if subjects.is_empty() || subjects.len() > MAX_BATCH || !ascending {
            return Err(ScoreRefusal::Malformed);
        }
        let set = set_in_force(oracle, request.set_id).await?;
        let member = |key: &&Attestor| set.signers.contains(&key.address());
        let key = self.keys.iter().find(member).ok_or(Refusal::NotASigner(set.id))?;
        self.judge(chain, contracts, request.observed_at, &subjects).await?;
        let batch = ScoreBatch {
            chain,
            contract: contracts.reputation,
            updates: request.updates.clone(),
            observed_at: request.observed_at,
            set_id: request.set_id,
        };
        let signature = key.attest(&batch).await?;
        Ok(AttestationReply {
            signer: key.address(),
            signature: signature.as_erc2098().to_vec().into(),
        })
    }

    async fn judge(
        &self,
        chain: ChainId,
        contracts: &SkillContracts,
        epoch: u64,
        subjects: &[(U256, u16)],
    ) -> Result<(), ScoreRefusal> {
        let finalized = self.store.finalized(chain).await?.map_or(0, |block| block.time);
        // A block of the epoch's own second might still come.
        if finalized <= epoch {
            return Err(ScoreRefusal::NotFinal { epoch, finalized });
        }
        let rows = self.store.skill_rows(chain, contracts).await?;
        let ledger = Ledger::at(&rows, epoch).map_err(|gap| ScoreRefusal::Index(gap.to_string()))?;
        for (wallet, asked) in subjects.iter().copied() {
            let own = score(&ledger, wallet).total;
            if own != asked {
                return Err(ScoreRefusal::Differs {
                    wallet,
                    epoch,
                    asked,
                    own,
                });
            }
        }
        Ok(())
    }
}
