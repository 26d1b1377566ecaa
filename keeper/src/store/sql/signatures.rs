//! Signed digests. Those that wait at the same time share one commit, since each costs a write to the disk and prices
//! move on several feeds and chains at once.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use tokio::sync::oneshot;

use super::statement::statement;
use super::{SqlStore, Write, hash, int, unsigned};
use crate::boundary::Boundary;
use crate::model::ChainId;
use crate::store::{DigestRecord, Recorded, SignatureStore, StoreError};

/// Digests that wait for the next commit.
#[derive(Clone, Default)]
pub(super) struct DigestQueue(Arc<Mutex<Vec<Waiting>>>);

struct Waiting {
    record: DigestRecord,
    /// What is stored for the key, once that is durable.
    tell: oneshot::Sender<Result<Recorded, String>>,
}

impl DigestQueue {
    fn push(&self, waiting: Waiting) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(waiting);
    }

    fn take(&self) -> Vec<Waiting> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl SignatureStore for SqlStore {
    async fn record_digest(&self, record: &DigestRecord) -> Result<Recorded, StoreError> {
        let (tell, told) = oneshot::channel();
        self.digests.push(Waiting {
            record: record.clone(),
            tell,
        });
        // In a task of its own: who asked may go away, and others may wait for the same commit.
        let store = self.clone();
        tokio::spawn(async move { store.commit_digests().await });
        match told.await {
            Ok(Ok(recorded)) => Ok(recorded),
            Ok(Err(cause)) => Err(StoreError::Conflict(format!("the digest was not committed: {cause}"))),
            Err(_) => Err(StoreError::Conflict("the digest was not committed".into())),
        }
    }

    async fn close_epochs(&self, chain: ChainId, up_to: u64) -> Result<u64, StoreError> {
        let mut write = self.begin().await?;
        let id = int("closed_epochs.chain_id", chain.0)?;
        if closed(&mut write, id).await?.is_some_and(|before| before >= up_to) {
            return Ok(0);
        }
        let up_to = int("closed_epochs.up_to", up_to)?;
        statement(
            "INSERT INTO closed_epochs (chain_id, up_to) VALUES ($1, $2)
             ON CONFLICT (chain_id) DO UPDATE SET up_to = excluded.up_to",
        )
        .bind(id)
        .bind(up_to)
        .execute(&mut write.tx)
        .await?;
        let forgotten = statement("DELETE FROM signed_digests WHERE chain_id = $1 AND epoch <= $2")
            .bind(id)
            .bind(up_to)
            .execute(&mut write.tx)
            .await?;
        write.commit(Boundary::EpochsClosed).await?;
        Ok(forgotten)
    }
}

impl SqlStore {
    /// Commits every digest that waits by the time the database is free. Nobody is told before it is durable.
    async fn commit_digests(&self) {
        let begun = self.begin().await;
        let waiting = self.digests.take();
        if waiting.is_empty() {
            // An earlier commit took them along.
            return;
        }
        let done = match begun {
            Ok(write) => record_all(write, &waiting).await,
            Err(error) => Err(error),
        };
        match done {
            Ok(digests) => {
                for (waiting, recorded) in waiting.into_iter().zip(digests) {
                    // Who went away does not need to know.
                    let _ = waiting.tell.send(Ok(recorded));
                }
            }
            Err(error) => {
                for waiting in waiting {
                    let _ = waiting.tell.send(Err(error.to_string()));
                }
            }
        }
    }
}

/// The last closed epoch of a chain.
async fn closed(write: &mut Write, chain: i64) -> Result<Option<u64>, StoreError> {
    let up_to: Option<i64> = statement("SELECT up_to FROM closed_epochs WHERE chain_id = $1")
        .bind(chain)
        .value_optional(&mut write.tx)
        .await?;
    up_to.map(|up_to| unsigned("closed_epochs.up_to", up_to)).transpose()
}

/// Stores what is not stored for its key yet, and gives what is stored afterwards, in order.
async fn record_all(mut write: Write, waiting: &[Waiting]) -> Result<Vec<Recorded>, StoreError> {
    let mut digests = Vec::with_capacity(waiting.len());
    for Waiting { record, .. } in waiting {
        let chain = int("signed_digests.chain_id", record.chain.0)?;
        let epoch = int("signed_digests.epoch", record.epoch)?;
        // Nothing closes the epoch in between: a process writes through one connection, and a takeover waits for its
        // transaction.
        if let Some(up_to) = closed(&mut write, chain).await?
            && record.epoch <= up_to
        {
            digests.push(Recorded::Closed { up_to });
            continue;
        }
        statement(
            "INSERT INTO signed_digests (signer, chain_id, feed, epoch, digest) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (signer, chain_id, feed, epoch) DO NOTHING",
        )
        .bind(record.signer.as_slice())
        .bind(chain)
        .bind(record.feed.as_slice())
        .bind(epoch)
        .bind(record.digest.as_slice())
        .execute(&mut write.tx)
        .await?;
        let digest: Vec<u8> = statement(
            "SELECT digest FROM signed_digests WHERE signer = $1 AND chain_id = $2 AND feed = $3 AND epoch = $4",
        )
        .bind(record.signer.as_slice())
        .bind(chain)
        .bind(record.feed.as_slice())
        .bind(epoch)
        .value(&mut write.tx)
        .await?;
        digests.push(Recorded::Digest(hash("signed_digests.digest", &digest)?));
    }
    write.commit(Boundary::AttestationCommit).await?;
    Ok(digests)
}
