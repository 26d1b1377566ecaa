//! One attestation key.

use std::sync::Arc;

use alloy::primitives::{Address, B256, Signature};
use alloy::signers::Signer;
use futures::future::try_join_all;

use super::Attestable;
use crate::store::{Recorded, SignatureStore, StoreError};

/// Why a report was not signed.
#[derive(Debug, thiserror::Error)]
pub enum AttestError {
    /// Another report was signed for this epoch.
    #[error("{signer} signed another report of this feed for epoch {epoch}; it signs the next epoch")]
    Equivocation {
        /// The key's address.
        signer: Address,
        /// The epoch.
        epoch: u64,
        /// Digest that was signed.
        signed: B256,
    },
    /// The epoch is closed: no feed can accept it any more, and what was signed for it is forgotten.
    #[error("{signer} signs nothing of epoch {up_to} or before, which includes {epoch}")]
    Closed {
        /// The key's address.
        signer: Address,
        /// The epoch.
        epoch: u64,
        /// The last closed epoch.
        up_to: u64,
    },
    /// The digest could not be committed, so nothing was signed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The key did not sign.
    #[error("the key of {signer} did not sign: {source}")]
    Key {
        /// The key's address.
        signer: Address,
        /// The signer's words.
        source: alloy::signers::Error,
    },
}

/// An attestation key with the memory of what it signed.
#[derive(Clone)]
pub struct Attestor {
    key: Arc<dyn Signer + Send + Sync>,
    store: Arc<dyn SignatureStore>,
}

impl Attestor {
    /// A key, wherever it lives, and the store that remembers for it.
    #[must_use]
    pub fn new(key: Arc<dyn Signer + Send + Sync>, store: Arc<dyn SignatureStore>) -> Self {
        Self { key, store }
    }

    /// The key's address.
    #[must_use]
    pub fn address(&self) -> Address {
        self.key.address()
    }

    /// Signs a report. On return its records are durable as the only ones of their (signer, chain, subject, epoch). The
    /// same report again gives a signature again.
    ///
    /// # Errors
    /// [`AttestError::Equivocation`] when another report holds the epoch, [`AttestError::Closed`] when nothing is
    /// signed for it.
    pub async fn attest(&self, report: &impl Attestable) -> Result<Signature, AttestError> {
        let digest = report.digest();
        let signer = self.address();
        let epoch = report.epoch();
        let records = report.records(signer);
        // All at once: they wait for one commit. A kill after it costs this epoch at most: the same report may be asked
        // for again.
        let recorded = try_join_all(records.iter().map(|record| self.store.record_digest(record))).await?;
        for (record, recorded) in records.iter().zip(recorded) {
            match recorded {
                Recorded::Digest(stored) if stored == record.digest => {}
                Recorded::Digest(signed) => return Err(AttestError::Equivocation { signer, epoch, signed }),
                Recorded::Closed { up_to } => return Err(AttestError::Closed { signer, epoch, up_to }),
            }
        }
        self.key
            .sign_hash(&digest)
            .await
            .map_err(|source| AttestError::Key { signer, source })
    }
}
