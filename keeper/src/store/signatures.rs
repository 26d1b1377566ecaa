//! What a signer has put its name to. A digest is unique per (signer, chain, feed, epoch) and is committed before the
//! signature leaves, so a signer never equivocates, not even after a crash.

use alloy::primitives::{Address, B256};
use async_trait::async_trait;

use super::StoreError;
use crate::types::ChainId;

/// One thing signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DigestRecord {
    /// Chain of the feed.
    pub chain: ChainId,
    /// Feed contract.
    pub feed: Address,
    /// Epoch: observation time in seconds.
    pub epoch: u64,
    /// Signer.
    pub signer: Address,
    /// EIP-712 digest.
    pub digest: B256,
}

/// The signer's part of the store.
#[async_trait]
pub trait SignatureStore: Send + Sync {
    /// Commits the digest. `Ok(record)` is what is stored for that key afterwards: sign only when its digest is the one
    /// asked for, since another digest means that this epoch was signed before.
    async fn record_digest(&self, record: &DigestRecord) -> Result<DigestRecord, StoreError>;
}
