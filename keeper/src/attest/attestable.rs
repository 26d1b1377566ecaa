//! Whatever a signer puts its name to.

use alloy::primitives::{Address, B256};
use serde_json::{Value, json};

use super::{AttestationRequest, Report};
use crate::store::DigestRecord;
use crate::types::TraceId;

/// Something that a quorum signs.
pub trait Attestable: Clone + Send + Sync + 'static {
    /// Where other signers are asked for it.
    const PATH: &'static str;

    /// EIP-712 digest.
    fn digest(&self) -> B256;
    /// Epoch, in seconds.
    fn epoch(&self) -> u64;
    /// What must be durable, and the only one of its key, before `signer` signs.
    fn records(&self, signer: Address) -> Vec<DigestRecord>;
    /// What another signer is asked.
    fn request(&self, trace: &TraceId) -> Value;
}

impl Attestable for Report {
    const PATH: &'static str = "/v1/attestations";

    fn digest(&self) -> B256 {
        self.digest()
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

    fn request(&self, trace: &TraceId) -> Value {
        json!(AttestationRequest {
            chain_id: self.chain.0,
            feed_id: self.feed.clone(),
            price: self.price,
            observed_at: self.observed_at,
            set_id: self.set_id,
            trace_id: trace.clone(),
        })
    }
}
