//! Signed digests.

use async_trait::async_trait;

use super::{SqliteStore, hash, int};
use crate::boundary::Boundary;
use crate::store::{DigestRecord, SignatureStore, StoreError};

#[async_trait]
impl SignatureStore for SqliteStore {
    async fn record_digest(&self, record: &DigestRecord) -> Result<DigestRecord, StoreError> {
        let chain = int("signed_digests.chain_id", record.chain.0)?;
        let epoch = int("signed_digests.epoch", record.epoch)?;
        let mut write = self.begin().await?;
        sqlx::query(
            "INSERT INTO signed_digests (signer, chain_id, feed, epoch, digest) VALUES (?, ?, ?, ?, ?)
             ON CONFLICT (signer, chain_id, feed, epoch) DO NOTHING",
        )
        .bind(record.signer.as_slice())
        .bind(chain)
        .bind(record.feed.as_slice())
        .bind(epoch)
        .bind(record.digest.as_slice())
        .execute(&mut *write.tx)
        .await?;
        let digest: Vec<u8> = sqlx::query_scalar(
            "SELECT digest FROM signed_digests WHERE signer = ? AND chain_id = ? AND feed = ? AND epoch = ?",
        )
        .bind(record.signer.as_slice())
        .bind(chain)
        .bind(record.feed.as_slice())
        .bind(epoch)
        .fetch_one(&mut *write.tx)
        .await?;
        write.commit(Boundary::AttestationCommit).await?;
        Ok(DigestRecord {
            digest: hash("signed_digests.digest", &digest)?,
            ..record.clone()
        })
    }
}
