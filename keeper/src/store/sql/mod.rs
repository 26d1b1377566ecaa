//! The store in SQLite (the embedded default: WAL, one writer) or PostgreSQL (several replicas). The statements are the
//! same; what differs is how a database is opened, migrated and leased.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::{ChangeStore, StoreError};
use crate::boundary::{Boundary, Side};

mod candidate;
mod derived;
mod encoding;
mod forget;
mod index;
mod lease;
mod log;
mod open;
mod operator;
mod orders;
mod rebuild;
mod rows;
mod signatures;
mod skills;
mod statement;
mod txs;

pub use candidate::Candidate;
pub(crate) use encoding::{address, corrupt, hash, int, u256, unsigned};
pub use lease::FileLock;
pub use rebuild::Difference;
use statement::{Pool, Tx, statement};

/// Where a store is.
#[derive(Clone, PartialEq, Eq)]
pub enum Location {
    /// `keeper.sqlite` in this folder.
    Sqlite(PathBuf),
    /// A PostgreSQL database, for several replicas.
    Postgres {
        /// Connection string; holds a password, so it is never shown.
        url: String,
        /// How long the lease lasts without a renewal.
        lease: Duration,
    },
}

impl Location {
    /// For people: a path, or host and database without the password.
    #[must_use]
    pub fn place(&self) -> String {
        match self {
            Self::Sqlite(folder) => folder.join("keeper.sqlite").display().to_string(),
            Self::Postgres { url, .. } => open::place_of(url),
        }
    }
}

/// The store in a database.
#[derive(Clone)]
pub struct SqlStore {
    location: Location,
    read: Pool,
    /// For what reads long: it keeps nobody else waiting for a connection.
    long: Pool,
    /// Of the lease alone, so that nothing this process does keeps it from being renewed.
    beat: Pool,
    /// One connection: the transactions of a process come one after the other.
    write: Pool,
    /// Present where this process holds the store; operator commands write without it.
    lease: Option<Arc<lease::Lease>>,
    digests: signatures::DigestQueue,
    changes: Arc<AtomicU64>,
}

/// A write transaction under the lease.
pub(crate) struct Write {
    pub(crate) tx: Tx,
    changes: Changes,
}

/// Counts a transaction once it ended, however it ended: whoever read before that has to read again.
struct Changes(Option<Arc<AtomicU64>>);

impl Drop for Changes {
    fn drop(&mut self) {
        if let Some(changes) = &self.0 {
            changes.fetch_add(1, Ordering::Release);
        }
    }
}

impl Write {
    /// Says that no decision sees what this transaction changes.
    pub(crate) fn is_no_change(&mut self) {
        self.changes.0 = None;
    }

    /// Makes the transaction durable. A kill before leaves nothing of it, a kill after leaves all of it.
    pub(crate) async fn commit(self, boundary: Boundary) -> Result<(), StoreError> {
        boundary.reach(Side::Before);
        self.tx.commit().await?;
        boundary.reach(Side::After);
        Ok(())
    }
}

impl SqlStore {
    /// Opens (or makes) a store as its only holder: migrates it and takes the lease. A SQLite file is copied before a
    /// migration.
    ///
    /// # Errors
    /// `Held` when another process has it, `SchemaNewer` when a newer binary wrote it.
    pub async fn open(location: &Location, holder: &str) -> Result<Self, StoreError> {
        Candidate::new(location, holder).await?.take().await
    }

    /// [`Self::open`] of a SQLite file in a folder.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub async fn open_file(folder: &Path, holder: &str) -> Result<Self, StoreError> {
        Self::open(&Location::Sqlite(folder.to_owned()), holder).await
    }

    /// Opens an existing store beside its holder: reads, and the operator's writes.
    ///
    /// # Errors
    /// `File` when there is no store yet, `SchemaNewer` when a newer binary wrote it.
    pub async fn open_beside(location: &Location) -> Result<Self, StoreError> {
        let store = open::connect(location, false, "operator").await?;
        if open::check_schema(&store.write).await? == open::Schema::None {
            return Err(file_error(
                Path::new(&location.place()),
                std::io::ErrorKind::NotFound.into(),
            ));
        }
        Ok(store)
    }

    /// [`Self::open_beside`] of a SQLite file in a folder.
    ///
    /// # Errors
    /// As [`Self::open_beside`].
    pub async fn open_file_beside(folder: &Path) -> Result<Self, StoreError> {
        Self::open_beside(&Location::Sqlite(folder.to_owned())).await
    }

    /// Writes a consistent copy of a SQLite database to `to`, which must not exist, while it is in use.
    ///
    /// # Errors
    /// `File` when `to` exists, `Conflict` for PostgreSQL, which has tools of its own for this.
    pub async fn backup(&self, to: &Path) -> Result<(), StoreError> {
        if !matches!(self.location, Location::Sqlite(_)) {
            return Err(StoreError::Conflict(
                "a PostgreSQL database is backed up with its own tools (pg_dump, base backups)".into(),
            ));
        }
        if to.exists() {
            return Err(file_error(to, std::io::ErrorKind::AlreadyExists.into()));
        }
        let part = to.with_extension("part");
        let _ = std::fs::remove_file(&part);
        statement("VACUUM INTO $1")
            .bind(part.to_string_lossy().into_owned())
            .execute(&self.write)
            .await?;
        std::fs::File::open(&part)
            .and_then(|f| f.sync_all())
            .map_err(|source| file_error(&part, source))?;
        // Under its own name only when it is whole.
        std::fs::rename(&part, to).map_err(|source| file_error(to, source))
    }

    /// Begins a write transaction under the lease.
    pub(crate) async fn begin(&self) -> Result<Write, StoreError> {
        let Some(lease) = &self.lease else {
            return Err(StoreError::Conflict(
                "this process opened the store without its lease".into(),
            ));
        };
        let mut tx = self.write.begin().await?;
        lease.check(&mut tx).await?;
        let changes = Changes(Some(Arc::clone(&self.changes)));
        Ok(Write { tx, changes })
    }

    /// Begins an operator's write, which needs no lease.
    pub(crate) async fn begin_operator(&self) -> Result<Tx, StoreError> {
        self.write.begin().await
    }

    /// Returns when the lease is known to have passed to another holder; never for a store without a lease that
    /// expires.
    pub async fn lost(&self) {
        match &self.lease {
            Some(lease) => lease.lost().await,
            None => std::future::pending().await,
        }
    }

    /// Gives the lease back and closes every connection, so that SQLite's write-ahead log is folded into the file.
    pub async fn close(&self) {
        if let Some(lease) = &self.lease
            && let Err(error) = lease.release(&self.beat).await
        {
            tracing::warn!(%error, "the lease was not given back; it expires by itself");
        }
        for pool in [&self.beat, &self.long, &self.read, &self.write] {
            pool.close().await;
        }
    }
}

impl ChangeStore for SqlStore {
    fn changes(&self) -> u64 {
        self.changes.load(Ordering::Acquire)
    }
}

fn file_error(path: &Path, source: std::io::Error) -> StoreError {
    StoreError::File {
        path: path.display().to_string(),
        source,
    }
}
