//! Who may write. The lease row is the truth: every write transaction reads it first, and a takeover changes it.
//!
//! PostgreSQL serves several replicas. The reader takes the row `FOR SHARE`, so a takeover, which updates the row,
//! waits until every transaction of the old holder has ended, and whatever begins afterwards finds another epoch.
//! Without the row lock a transaction that read the old epoch could commit after the takeover. A holder that froze
//! inside a transaction is ended by the database (`idle_in_transaction_session_timeout`). The lease expires by the
//! database's clock alone.
//!
//! SQLite has one process at a time: a file lock keeps a second one away, the row an old one whose file changed hands.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::Path;
use std::time::Duration;

use sqlx::migrate::MigrateError;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::file_error;
use super::statement::{Pool, Tx, statement};
use crate::store::StoreError;

/// An exclusive lock on a file that names its holder. The system frees it when the process ends, however it ends.
#[derive(Debug)]
pub struct FileLock {
    _file: File,
}

impl FileLock {
    /// Takes the lock, or says who has it.
    ///
    /// # Errors
    /// `Held` when another process has it.
    pub fn take(path: &Path, holder: &str) -> Result<Self, StoreError> {
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(path)
            .map_err(|source| file_error(path, source))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                let _ = file.read_to_string(&mut text);
                return Err(StoreError::Held {
                    path: path.display().to_string(),
                    holder: text.trim().to_owned(),
                });
            }
            Err(TryLockError::Error(source)) => return Err(file_error(path, source)),
        }
        let text = format!("{holder}, process {}\n", std::process::id());
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| file.write_all(text.as_bytes()))
            .map_err(|source| file_error(path, source))?;
        Ok(Self { _file: file })
    }
}

/// The lease row as this process took it. Dropped, it is not renewed any more.
pub(super) struct Lease {
    epoch: i64,
    /// Whether another holder was found in the row.
    lost: watch::Receiver<bool>,
    renewal: Option<JoinHandle<()>>,
    _lock: Option<FileLock>,
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(renewal) = &self.renewal {
            renewal.abort();
        }
    }
}

/// Milliseconds since 1970 by the database's clock; not that of the transaction's begin, which may have waited for the
/// row.
const NOW_MS: &str = "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)";

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// Whether a lease can be taken, by the database's clock.
enum Free {
    /// Nobody ever had it.
    Never,
    /// It expired, or was given back, in this epoch.
    Since(i64),
    /// Somebody has it.
    No,
}

/// Read without a lock, so that those who wait do not hold up the one who works.
async fn free(pool: &Pool) -> Result<Free, StoreError> {
    let row = statement(format!(
        "SELECT epoch, expires_at_ms < {NOW_MS} AS expired FROM lease WHERE id = 1"
    ))
    .fetch_optional(pool)
    .await?;
    Ok(match row {
        None => Free::Never,
        Some(row) if row.try_get("expired")? => Free::Since(row.try_get("epoch")?),
        Some(_) => Free::No,
    })
}

/// The migration with which PostgreSQL's lease row is whole.
pub(super) const COMPLETE_SINCE: i64 = 5;

/// Whether a lock was not given within `lock_timeout`.
pub(super) fn is_lock_timeout(error: &StoreError) -> bool {
    let (StoreError::Database(sqlx::Error::Database(error))
    | StoreError::Migration(MigrateError::Execute(sqlx::Error::Database(error)))) = error
    else {
        return false;
    };
    error.code().is_some_and(|code| code == "55P03")
}

impl Lease {
    /// Takes the lease of a SQLite file: raises the epoch, so that whoever had it before cannot commit any more.
    pub(super) async fn take_file(pool: &Pool, holder: &str, lock: FileLock) -> Result<Self, StoreError> {
        let mut tx = pool.begin().await?;
        let epoch: i64 = statement(
            "INSERT INTO lease (id, holder, epoch, expires_at_ms) VALUES (1, $1, 1, 0)
             ON CONFLICT (id) DO UPDATE SET holder = excluded.holder, epoch = lease.epoch + 1 RETURNING epoch",
        )
        .bind(holder)
        .value(&mut tx)
        .await?;
        tx.commit().await?;
        let (_, lost) = watch::channel(false);
        Ok(Self {
            epoch,
            lost,
            renewal: None,
            _lock: Some(lock),
        })
    }

    /// Takes the lease of a PostgreSQL database if it is free or expired, and renews it from then on. Waits for the old
    /// holder's transactions, as long as `lock_timeout` allows.
    pub(super) async fn take_row(pool: &Pool, place: &str, holder: &str, ttl: Duration) -> Result<Self, StoreError> {
        let epoch = match free(pool).await? {
            Free::Never => {
                statement(format!(
                    "INSERT INTO lease (id, holder, epoch, expires_at_ms) VALUES (1, $1, 1, {NOW_MS} + $2)
                     ON CONFLICT (id) DO NOTHING RETURNING epoch"
                ))
                .bind(holder)
                .bind(millis(ttl))
                .value_optional(pool)
                .await?
            }
            Free::Since(epoch) => {
                let taken = statement(format!(
                    "UPDATE lease SET holder = $1, epoch = epoch + 1, expires_at_ms = {NOW_MS} + $2
                     WHERE epoch = $3 AND expires_at_ms < {NOW_MS} RETURNING epoch"
                ))
                .bind(holder)
                .bind(millis(ttl))
                .bind(epoch)
                .value_optional(pool)
                .await;
                match taken {
                    Ok(taken) => taken,
                    // A transaction of the holder still has the row: as long as it lasts, the holder is one.
                    Err(error) if is_lock_timeout(&error) => None,
                    Err(error) => return Err(error),
                }
            }
            Free::No => None,
        };
        let Some(epoch) = epoch else {
            let holder: Option<String> = statement("SELECT holder FROM lease WHERE id = 1")
                .value_optional(pool)
                .await?;
            return Err(StoreError::Held {
                path: place.to_owned(),
                holder: holder.unwrap_or_default(),
            });
        };
        let (tell, lost) = watch::channel(false);
        let renewal = tokio::spawn(renew(pool.clone(), epoch, ttl, tell));
        Ok(Self {
            epoch,
            lost,
            renewal: Some(renewal),
            _lock: None,
        })
    }

    /// Every write transaction begins with this.
    pub(super) async fn check(&self, tx: &mut Tx) -> Result<(), StoreError> {
        // SQLite has the whole file locked by now; PostgreSQL keeps the row until the transaction ends.
        let sql = match tx {
            Tx::Sqlite(_) => "SELECT epoch FROM lease WHERE epoch = $1",
            Tx::Postgres(_) => "SELECT epoch FROM lease WHERE epoch = $1 FOR SHARE",
        };
        let ours: Option<i64> = statement(sql).bind(self.epoch).value_optional(&mut *tx).await?;
        if ours.is_some() {
            return Ok(());
        }
        let now = statement("SELECT epoch FROM lease WHERE id = 1").value(tx).await?;
        Err(StoreError::LeaseLost { ours: self.epoch, now })
    }

    /// Returns when another holder was found in the row.
    pub(super) async fn lost(&self) {
        let mut lost = self.lost.clone();
        if lost.wait_for(|lost| *lost).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Gives the lease back, so that the next holder does not wait for it to expire.
    pub(super) async fn release(&self, pool: &Pool) -> Result<(), StoreError> {
        if let Some(renewal) = &self.renewal {
            renewal.abort();
            statement("UPDATE lease SET expires_at_ms = 0 WHERE epoch = $1")
                .bind(self.epoch)
                .execute(pool)
                .await?;
        }
        Ok(())
    }
}

/// Renews a lease three times in its life, until another holder has it.
async fn renew(pool: Pool, epoch: i64, ttl: Duration, tell: watch::Sender<bool>) {
    loop {
        tokio::time::sleep(ttl.checked_div(3).unwrap_or(ttl)).await;
        let renewed = statement(format!(
            "UPDATE lease SET expires_at_ms = {NOW_MS} + $1 WHERE epoch = $2"
        ))
        .bind(millis(ttl))
        .bind(epoch)
        .execute(&pool)
        .await;
        match renewed {
            Ok(0) => {
                tell.send_replace(true);
                return;
            }
            Ok(_) => {}
            // Whoever takes over meanwhile is found in the row by the next renewal or the next write.
            Err(error) => tracing::warn!(%error, "the lease was not renewed"),
        }
    }
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panicking"
)]
mod tests {
    use std::time::Instant;

    use fluxion_postgres::Server;

    use super::*;
    use crate::model::ChainId;
    use crate::store::IndexStore as _;
    use crate::store::sql::{Candidate, Location, SqlStore, Write};

    const LEASE: Duration = Duration::from_secs(3);

    /// A holder that froze inside a write transaction, and one that waits to take over.
    async fn frozen() -> (Server, SqlStore, Write, Candidate) {
        let server = Server::start().unwrap();
        let location = Location::Postgres {
            url: server.url(),
            lease: LEASE,
        };
        let old = SqlStore::open(&location, "old").await.unwrap();
        if let Some(renewal) = &old.lease.as_ref().unwrap().renewal {
            renewal.abort();
        }
        let mut write = old.begin().await.unwrap();
        statement("INSERT INTO halts (chain_id, reason) VALUES (1, 'of the old holder')")
            .execute(&mut write.tx)
            .await
            .unwrap();
        let successor = Candidate::new(&location, "successor").await.unwrap();
        (server, old, write, successor)
    }

    async fn take(mut candidate: Candidate) -> SqlStore {
        loop {
            match candidate.take().await {
                Ok(store) => return store,
                Err(StoreError::Held { .. }) => tokio::time::sleep(candidate.pause()).await,
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// STORE-7: nothing of the old holder is committed after a takeover; without the row's lock it would be.
    #[tokio::test]
    async fn a_takeover_waits_for_the_old_holders_transaction() {
        let (_server, old, write, candidate) = frozen().await;
        let taking = tokio::spawn(take(candidate));
        tokio::time::sleep(LEASE + LEASE / 2).await;
        assert!(
            !taking.is_finished(),
            "taken over while a transaction of the old holder was open"
        );
        write.tx.commit().await.unwrap();
        let successor = taking.await.unwrap();
        let seen = successor.halted(ChainId(1)).await.unwrap();
        assert_eq!(
            seen.as_deref(),
            Some("of the old holder"),
            "a takeover sees the last state"
        );
        assert!(matches!(
            old.halt(ChainId(2), "too late").await,
            Err(StoreError::LeaseLost { ours: 1, now: 2 })
        ));
    }

    /// STORE-7: a holder that stays frozen does not keep the others from working, and what it had begun is gone.
    #[tokio::test]
    async fn a_frozen_transaction_is_ended_by_the_database() {
        let (_server, _old, write, candidate) = frozen().await;
        let begun = Instant::now();
        let successor = take(candidate).await;
        let took = begun.elapsed();
        assert!(took < LEASE * 4, "taken over after {took:?}");
        assert!(write.tx.commit().await.is_err(), "the old holder's transaction landed");
        assert_eq!(successor.halted(ChainId(1)).await.unwrap(), None);
    }

    /// STORE-15: questions that take longer than the lease, more than there are connections, cost a healthy holder
    /// nothing.
    #[tokio::test]
    async fn slow_reads_cost_no_lease() {
        let server = Server::start().unwrap();
        let location = Location::Postgres {
            url: server.url(),
            lease: LEASE,
        };
        let store = SqlStore::open(&location, "busy").await.unwrap();
        let slow: Vec<_> = (0..8)
            .map(|_| {
                let read = store.read.clone();
                tokio::spawn(async move {
                    let asked = statement("SELECT CAST(1 AS BIGINT) FROM pg_sleep(4)");
                    asked.value::<i64>(&read).await
                })
            })
            .collect();
        let mut other = Candidate::new(&location, "other").await.unwrap();
        let begun = Instant::now();
        while begun.elapsed() < LEASE * 2 {
            let taken = other.take().await.map(|_| ());
            assert!(matches!(taken, Err(StoreError::Held { .. })), "{taken:?}");
            tokio::time::sleep(other.pause()).await;
        }
        store.halt(ChainId(1), "still the holder").await.unwrap();
        for one in slow {
            assert_eq!(one.await.unwrap().unwrap(), 1);
        }
    }
}
