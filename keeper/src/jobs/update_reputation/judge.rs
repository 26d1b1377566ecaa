//! Judges batches of scores that others ask this process to sign: by its own index, and nothing else.

use std::collections::BTreeMap;
use std::sync::Arc;

use alloy::primitives::U256;
use async_trait::async_trait;
use serde_json::json;

use super::{MAX_BATCH, SUBJECT, ScoreBatch, ScoresRequest};
use crate::attest::{Judge, Refusal};
use crate::model::ChainId;
use crate::oracle::ChainOracle;
use crate::reputation::{Ledger, VERSION, score, split};
use crate::store::{SkillContracts, Store};

/// Judges scores by the own index.
pub struct ScoreJudge {
    store: Arc<dyn Store>,
    chains: BTreeMap<ChainId, (Arc<ChainOracle>, SkillContracts)>,
}

impl ScoreJudge {
    /// A judge over the chains whose skills this process indexes.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, chains: BTreeMap<ChainId, (Arc<ChainOracle>, SkillContracts)>) -> Self {
        Self { store, chains }
    }

    fn chain(&self, chain: u64) -> Result<&(Arc<ChainOracle>, SkillContracts), Refusal> {
        let known = self.chains.get(&ChainId(chain));
        known.ok_or_else(|| Refusal::unknown_chain("scores of chain", chain))
    }
}

#[async_trait]
impl Judge for ScoreJudge {
    type Report = ScoreBatch;

    fn subject(&self, _: &ScoresRequest) -> Option<String> {
        Some(SUBJECT.to_owned())
    }

    /// The score of a wallet at an epoch is one number.
    fn rivals(&self, _: &ScoresRequest) -> Option<String> {
        None
    }

    fn oracle(&self, request: &ScoresRequest) -> Result<Arc<ChainOracle>, Refusal> {
        let (oracle, _) = self.chain(request.chain_id)?;
        if request.formula != VERSION {
            let message = format!(
                "formula {} is not this signer's, which is {VERSION}; run the same version everywhere",
                request.formula
            );
            return Err(Refusal::new(422, "formula_differs", message));
        }
        let subjects = request.updates.iter().map(|update| split(*update).0);
        if request.updates.is_empty() || request.updates.len() > MAX_BATCH || !subjects.is_sorted_by(|a, b| a < b) {
            let message = format!("a batch has 1 to {MAX_BATCH} wallets, ascending");
            return Err(Refusal::new(422, "batch_malformed", message));
        }
        Ok(Arc::clone(oracle))
    }

    async fn judge(&self, request: &ScoresRequest) -> Result<ScoreBatch, Refusal> {
        let (_, contracts) = self.chain(request.chain_id)?;
        let (chain, epoch) = (ChainId(request.chain_id), request.observed_at);
        let finalized = self.store.finalized(chain).await?.map_or(0, |block| block.time);
        // A block of the epoch's own second might still come.
        if finalized <= epoch {
            let message = format!("epoch {epoch} is not final here yet: the finalized block is of {finalized}");
            return Err(
                Refusal::new(503, "epoch_not_final", message).details(json!({"epoch": epoch, "finalized": finalized}))
            );
        }
        let rows = self.store.skill_rows(chain, contracts).await?;
        let ledger = Ledger::at(&rows, epoch)
            .map_err(|gap| Refusal::new(503, "index_failed", format!("the own index gives no score: {gap}")))?;
        for (wallet, asked) in request.updates.iter().copied().map(split) {
            let own = score(&ledger, wallet).total;
            if own != asked {
                return Err(differs(wallet, epoch, asked, own));
            }
        }
        Ok(ScoreBatch {
            chain,
            contract: contracts.reputation,
            updates: request.updates.clone(),
            observed_at: epoch,
            set_id: request.set_id,
        })
    }
}

fn differs(wallet: U256, epoch: u64, asked: u16, own: u16) -> Refusal {
    let message = format!("the score of wallet {wallet} at {epoch} is {own} here, not {asked}");
    let details = json!({"wallet": wallet.to_string(), "epoch": epoch, "asked": asked, "own": own});
    Refusal::new(422, "score_differs", message).details(details)
}
