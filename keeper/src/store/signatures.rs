//! What a signer has put its name to. A digest is unique per (signer, chain, feed, epoch) and is committed before the
//! signature leaves, so a signer never equivocates, not even after a crash.

use alloy::primitives::{Address, B256};
use async_trait::async_trait;

use super::StoreError;
use crate::model::ChainId;

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

/// What the store says to a digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// What is stored for the key, durably. Another digest than the one asked for means that this epoch was signed
    /// before.
    Digest(B256),
    /// The epoch is closed: nothing was stored, and nothing may be signed.
    Closed {
        /// The last closed epoch of the chain.
        up_to: u64,
    },
}

/// The signer's part of the store.
#[async_trait]
pub trait SignatureStore: Send + Sync {
    /// Commits the digest, unless its key has one or its epoch is closed. Sign only when the digest that is stored is
    /// the one asked for.
    async fn record_digest(&self, record: &DigestRecord) -> Result<Recorded, StoreError>;
    /// Closes every epoch of a chain up to `up_to` and forgets what was signed there, in one transaction. Closed epochs
    /// stay closed: a lower `up_to` changes nothing. Gives the number of digests that were forgotten.
    async fn close_epochs(&self, chain: ChainId, up_to: u64) -> Result<u64, StoreError>;
}
