//! SQLite: the embedded default. WAL, one writer, `BEGIN IMMEDIATE`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Sqlite, Transaction};

use super::StoreError;
use crate::boundary::{Boundary, Side};

mod derived;
mod encoding;
mod index;
mod lease;
mod operator;
mod signatures;
mod txs;

pub(crate) use encoding::{address, corrupt, hash, int, u256, unsigned};
pub use lease::FileLock;

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("migrations/sqlite");

/// The store in one SQLite file.
#[derive(Clone)]
pub struct SqliteStore {
    path: PathBuf,
    pub(crate) read: SqlitePool,
    write: SqlitePool,
    /// Present where this process holds the store; operator commands write without it.
    lease: Option<Arc<lease::Lease>>,
    digests: signatures::DigestQueue,
}

/// A write transaction under the lease.
pub(crate) struct Write {
    pub(crate) tx: Transaction<'static, Sqlite>,
}

impl Write {
    /// Makes the transaction durable. A kill before leaves nothing of it, a kill after leaves all of it.
    pub(crate) async fn commit(self, boundary: Boundary) -> Result<(), StoreError> {
        boundary.reach(Side::Before);
        self.tx.commit().await?;
        boundary.reach(Side::After);
        Ok(())
    }
}

impl SqliteStore {
    /// Opens (or makes) `<data_dir>/keeper.sqlite` as its only holder: takes the file lock, backs the file up where a migration is due, migrates
    /// and takes the lease.
    ///
    /// # Errors
    /// `Held` when another process has it, `SchemaNewer` when a newer binary wrote it.
    pub async fn open(data_dir: &Path, holder: &str) -> Result<Self, StoreError> {
        std::fs::create_dir_all(data_dir).map_err(|source| file_error(data_dir, source))?;
        let lock = FileLock::take(&data_dir.join("keeper.lock"), holder)?;
        let path = data_dir.join("keeper.sqlite");
        let mut store = Self::connect(&path, true).await?;
        store.migrate().await?;
        store.lease = Some(Arc::new(lease::Lease::take(&store.write, holder, lock).await?));
        Ok(store)
    }

    /// Opens an existing store beside its holder: reads, and the operator's writes.
    ///
    /// # Errors
    /// `File` when there is no store yet, `SchemaNewer` when a newer binary wrote it.
    pub async fn open_beside(data_dir: &Path) -> Result<Self, StoreError> {
        let path = data_dir.join("keeper.sqlite");
        let store = Self::connect(&path, false).await?;
        store.check_schema().await?;
        Ok(store)
    }

    async fn connect(path: &Path, create: bool) -> Result<Self, StoreError> {
        if !create && !path.exists() {
            return Err(file_error(path, std::io::ErrorKind::NotFound.into()));
        }
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(create)
            .journal_mode(SqliteJournalMode::Wal)
            // A commit that returned must survive a power cut: nonces and signed epochs are promises to others.
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(std::time::Duration::from_secs(10));
        let write = SqlitePoolOptions::new()
            .max_connections(1)
            .connect_with(options.clone())
            .await?;
        let read = SqlitePoolOptions::new()
            .max_connections(4)
            .connect_with(options.read_only(true))
            .await?;
        Ok(Self {
            path: path.to_owned(),
            read,
            write,
            lease: None,
            digests: signatures::DigestQueue::default(),
        })
    }

    async fn applied(&self) -> Result<Option<i64>, StoreError> {
        let table: Option<i64> =
            sqlx::query_scalar("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '_sqlx_migrations'")
                .fetch_optional(&self.write)
                .await?;
        if table.is_none() {
            return Ok(None);
        }
        Ok(sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations")
            .fetch_one(&self.write)
            .await?)
    }

    async fn check_schema(&self) -> Result<Option<i64>, StoreError> {
        let known = MIGRATIONS.iter().map(|m| m.version).max().unwrap_or(0);
        let applied = self.applied().await?;
        match applied {
            Some(found) if found > known => Err(StoreError::SchemaNewer { found, known }),
            other => Ok(other.filter(|found| *found < known)),
        }
    }

    async fn migrate(&self) -> Result<(), StoreError> {
        if let Some(from) = self.check_schema().await? {
            let copy = self.path.with_extension(format!("before-{from}.sqlite"));
            if !copy.exists() {
                self.backup(&copy).await?;
            }
        }
        MIGRATIONS.run(&self.write).await?;
        Ok(())
    }

    /// Writes a consistent copy of the database to `to`, which must not exist, while it is in use.
    ///
    /// # Errors
    /// `File` when `to` exists.
    pub async fn backup(&self, to: &Path) -> Result<(), StoreError> {
        if to.exists() {
            return Err(file_error(to, std::io::ErrorKind::AlreadyExists.into()));
        }
        let part = to.with_extension("part");
        let _ = std::fs::remove_file(&part);
        sqlx::query("VACUUM INTO ?")
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
        let mut tx = self.write.begin_with("BEGIN IMMEDIATE").await?;
        match &self.lease {
            Some(lease) => lease.check(&mut tx).await?,
            None => {
                return Err(StoreError::Conflict(
                    "this process opened the store without its lease".into(),
                ));
            }
        }
        Ok(Write { tx })
    }

    /// Begins an operator's write, which needs no lease.
    pub(crate) async fn begin_operator(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        Ok(self.write.begin_with("BEGIN IMMEDIATE").await?)
    }

    /// Closes every connection, so that the write-ahead log is folded into the file.
    pub async fn close(&self) {
        self.read.close().await;
        self.write.close().await;
    }
}

fn file_error(path: &Path, source: std::io::Error) -> StoreError {
    StoreError::File {
        path: path.display().to_string(),
        source,
    }
}
