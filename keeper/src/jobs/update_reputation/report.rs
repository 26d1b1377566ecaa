//! A batch of scores: what is signed, and the intent that carries it.

use std::collections::BTreeSet;

use alloy::primitives::{Address, B256, Bytes, U256, keccak256};
use alloy::sol_types::{SolCall as _, SolEvent as _, SolStruct as _, SolValue as _, eip712_domain};
use fluxion_abi::IReputationOracle;
use serde_json::{Value, json};

use super::JOB;
use crate::attest::{Attestable, ScoresRequest};
use crate::reputation::{VERSION, split};
use crate::store::DigestRecord;
use crate::tx::{Intent, NewIntent};
use crate::types::{ChainId, ExpectedEvent, Lane, LogForm, TraceId};

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
    const PATH: &'static str = "/v1/score-attestations";

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

    fn request(&self, trace: &TraceId) -> Value {
        json!(ScoresRequest {
            chain_id: self.chain.0,
            formula: VERSION,
            updates: self.updates.clone(),
            observed_at: self.observed_at,
            set_id: self.set_id,
            trace_id: trace.clone(),
        })
    }
}

/// A signed batch.
#[derive(Clone, Debug)]
pub struct SignedBatch {
    /// What was signed.
    pub batch: ScoreBatch,
    /// Encoded as IQuorumVerifier wants it.
    pub signatures: Bytes,
    /// Chain time after which it must not be sent.
    pub valid_until: u64,
    /// Correlation id.
    pub trace: TraceId,
    /// Why.
    pub reason: String,
    /// Wall time at which the decision was made, in milliseconds.
    pub evidence_at_ms: u64,
}

/// The intent of a signed batch. The effect is the epoch of its first wallet, which the oracle takes once; the event names the whole batch,
/// whoever sends it.
#[must_use]
pub fn intent(signed: &SignedBatch) -> NewIntent {
    let batch = &signed.batch;
    let call = IReputationOracle::reportCall {
        updates: batch.updates.clone(),
        observedAt: U256::from(batch.observed_at),
        setId: batch.set_id,
        signatures: signed.signatures.clone(),
    };
    let first = batch.updates.first().map(|update| split(*update).0).unwrap_or_default();
    let effect = format!("reputation/{}/{}/{first}", batch.chain, batch.observed_at);
    let accepted = LogForm {
        topics: vec![
            Some(IReputationOracle::ScoresReported::SIGNATURE_HASH),
            Some(B256::from(U256::from(batch.observed_at))),
        ],
        data: Some(batch.updates.abi_encode().into()),
    };
    NewIntent {
        // Batches do not replace one another.
        topic: effect.clone(),
        effect,
        job: JOB.into(),
        chain: batch.chain,
        lane: Lane::Irreversible,
        to: batch.contract,
        data: call.abi_encode().into(),
        value: U256::ZERO,
        expected: ExpectedEvent {
            address: batch.contract,
            forms: vec![accepted],
        },
        valid_until: Some(signed.valid_until),
        max_incarnations: 3,
        trace: signed.trace.clone(),
        reason: signed.reason.clone(),
        evidence_at_ms: signed.evidence_at_ms,
    }
}

/// Wallets of which a report is on its way, among a chain's open intents.
#[must_use]
pub fn pending(intents: &[Intent]) -> BTreeSet<U256> {
    intents
        .iter()
        .filter(|intent| intent.wanted.job == JOB && !intent.state.is_end())
        .filter_map(|intent| IReputationOracle::reportCall::abi_decode(&intent.wanted.data).ok())
        .flat_map(|call| call.updates)
        .map(|update| split(update).0)
        .collect()
}
