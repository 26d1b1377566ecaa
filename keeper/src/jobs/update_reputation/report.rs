//! A batch of scores: what is signed, and what is asked of other signers.

use alloy::primitives::{Address, B256, U256, keccak256};
use alloy::sol_types::{SolStruct as _, SolValue as _, eip712_domain};
use serde::{Deserialize, Serialize};

use crate::attest::{Asked, Attestable};
use crate::model::{ChainId, TraceId};
use crate::reputation::{VERSION, split};
use crate::store::DigestRecord;

alloy::sol! {
    /// The EIP-712 struct of a batch.
    #[derive(Debug, PartialEq, Eq)]
    struct ReputationReport {
        uint256[] updates;
        uint256 observedAt;
        uint32 setId;
    }
}

/// A batch before it is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScoreBatch {
    /// Chain.
    pub chain: ChainId,
    /// Oracle contract: the verifying contract of the domain.
    pub contract: Address,
    /// Each wallet x 65,536 + score, ascending.
    pub updates: Vec<U256>,
    /// Epoch, in seconds.
    pub observed_at: u64,
    /// Signer set that is meant.
    pub set_id: u32,
}

impl Attestable for ScoreBatch {
    type Request = ScoresRequest;

    const PATH: &'static str = "/v1/score-attestations";
    /// 200 words in hexadecimal digits, and some room.
    const BODY_LIMIT: usize = 16 * 1024;

    /// EIP-712 digest in the domain ("Fluxion ReputationOracle", "1", chain, oracle).
    fn digest(&self) -> B256 {
        let domain = eip712_domain! {
            name: "Fluxion ReputationOracle",
            version: "1",
            chain_id: self.chain.0,
            verifying_contract: self.contract,
        };
        let report = ReputationReport {
            updates: self.updates.clone(),
            observedAt: U256::from(self.observed_at),
            setId: self.set_id,
        };
        report.eip712_signing_hash(&domain)
    }

    fn epoch(&self) -> u64 {
        self.observed_at
    }

    /// One for each wallet: a wallet may be in several batches of an epoch, but only with one score.
    fn records(&self, signer: Address) -> Vec<DigestRecord> {
        let record = |update: &U256| {
            let (wallet, _) = split(*update);
            // The place of a feed: 20 bytes that no contract has.
            let subject = keccak256((self.contract, wallet).abi_encode());
            DigestRecord {
                chain: self.chain,
                feed: Address::from_word(subject),
                epoch: self.observed_at,
                signer,
                digest: B256::from(*update),
            }
        };
        self.updates.iter().map(record).collect()
    }

    fn request(&self, trace: &TraceId) -> ScoresRequest {
        ScoresRequest {
            chain_id: self.chain.0,
            formula: VERSION,
            updates: self.updates.clone(),
            observed_at: self.observed_at,
            set_id: self.set_id,
            trace_id: trace.clone(),
        }
    }
}

/// `POST /v1/score-attestations`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScoresRequest {
    /// Chain id.
    pub chain_id: u64,
    /// Version of the formula.
    pub formula: u32,
    /// Each wallet x 65,536 + score, ascending.
    pub updates: Vec<U256>,
    /// Epoch, in seconds.
    pub observed_at: u64,
    /// Signer set.
    pub set_id: u32,
    /// Correlation id.
    pub trace_id: TraceId,
}

impl Asked for ScoresRequest {
    fn chain(&self) -> u64 {
        self.chain_id
    }

    fn set_id(&self) -> u32 {
        self.set_id
    }

    fn epoch(&self) -> u64 {
        self.observed_at
    }

    fn trace(&self) -> &TraceId {
        &self.trace_id
    }
}
