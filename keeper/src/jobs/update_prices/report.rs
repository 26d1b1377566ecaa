//! What is signed about a price, bit for bit as the contract has it, and what is asked of other signers.

use alloy::primitives::{Address, B256, U256};
use alloy::sol_types::{SolStruct as _, eip712_domain};
use serde::{Deserialize, Serialize};

use super::feed_id;
use crate::attest::{Asked, Attestable};
use crate::model::{ChainId, TraceId};
use crate::sources::Price;
use crate::store::DigestRecord;

alloy::sol! {
    /// The EIP-712 struct of a report.
    #[derive(Debug, PartialEq, Eq)]
    struct PriceReport {
        bytes32 feedId;
        int256 price;
        uint256 observedAt;
        uint32 setId;
    }
}

/// A report before it is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Chain.
    pub chain: ChainId,
    /// Feed contract: the verifying contract of the domain.
    pub contract: Address,
    /// Feed's id, e.g. `EUR/USD`.
    pub feed: String,
    /// Price.
    pub price: Price,
    /// Epoch, in seconds.
    pub observed_at: u64,
    /// Signer set that is meant.
    pub set_id: u32,
}

impl Attestable for Report {
    type Request = AttestationRequest;

    const PATH: &'static str = "/v1/attestations";
    const BODY_LIMIT: usize = 4 * 1024;

    /// EIP-712 digest in the domain ("Fluxion PriceFeed", "1", chain, feed contract).
    fn digest(&self) -> B256 {
        let domain = eip712_domain! {
            name: "Fluxion PriceFeed",
            version: "1",
            chain_id: self.chain.0,
            verifying_contract: self.contract,
        };
        let report = PriceReport {
            feedId: feed_id(&self.feed),
            price: self.price.to_chain(),
            observedAt: U256::from(self.observed_at),
            setId: self.set_id,
        };
        report.eip712_signing_hash(&domain)
    }

    fn epoch(&self) -> u64 {
        self.observed_at
    }

    fn records(&self, signer: Address) -> Vec<DigestRecord> {
        vec![DigestRecord {
            chain: self.chain,
            feed: self.contract,
            epoch: self.observed_at,
            signer,
            digest: self.digest(),
        }]
    }

    fn request(&self, trace: &TraceId) -> AttestationRequest {
        AttestationRequest {
            chain_id: self.chain.0,
            feed_id: self.feed.clone(),
            price: self.price,
            observed_at: self.observed_at,
            set_id: self.set_id,
            trace_id: trace.clone(),
        }
    }
}

/// `POST /v1/attestations`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttestationRequest {
    /// Chain id.
    pub chain_id: u64,
    /// Feed, e.g. `EUR/USD`. Its contract comes from the signer's own deployment record.
    pub feed_id: String,
    /// Price in the feed's units, a decimal string.
    pub price: Price,
    /// Epoch, in seconds.
    pub observed_at: u64,
    /// Signer set.
    pub set_id: u32,
    /// Correlation id.
    pub trace_id: TraceId,
}

impl Asked for AttestationRequest {
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
