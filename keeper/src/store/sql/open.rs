//! Connections and migrations.

use std::path::Path;
use std::str::FromStr as _;
use std::time::Duration;

use sqlx::Connection as _;
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use super::statement::{Pool, statement};
use super::{Location, SqlStore, file_error, signatures};
use crate::store::StoreError;

static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

/// How long a connection is waited for; a database that restarts is back sooner.
const PATIENCE: Duration = Duration::from_secs(10);
/// Longest that PostgreSQL works on a question of every day, and on one that goes through all rows of a kind.
const READ_LIMIT: Duration = Duration::from_secs(30);
const LONG_READ_LIMIT: Duration = Duration::from_secs(600);

/// What a database's schema is to this binary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Schema {
    /// There is none.
    None,
    /// Some version before this binary's.
    Older(i64),
    /// This binary's.
    Current,
}

impl Schema {
    /// Whether it lacks what that migration brings.
    pub(super) const fn before(self, version: i64) -> bool {
        match self {
            Self::None => true,
            Self::Older(found) => found < version,
            Self::Current => false,
        }
    }
}

const fn migrations(pool: &Pool) -> &'static Migrator {
    match pool {
        Pool::Sqlite(_) => &SQLITE,
        Pool::Postgres(_) => &POSTGRES,
    }
}

/// Opens the connections to a database.
pub(super) async fn connect(location: &Location, create: bool, name: &str) -> Result<SqlStore, StoreError> {
    let pools = match location {
        Location::Sqlite(folder) => sqlite(&folder.join("keeper.sqlite"), create).await?,
        Location::Postgres { url, lease } => postgres(url, *lease, name).await?,
    };
    Ok(SqlStore {
        changes: Default::default(),
        location: location.clone(),
        read: pools.read,
        long: pools.long,
        beat: pools.beat,
        write: pools.write,
        lease: None,
        digests: signatures::DigestQueue::default(),
    })
}

/// The connections of a store, by what they are for.
struct Pools {
    read: Pool,
    long: Pool,
    beat: Pool,
    write: Pool,
}

async fn sqlite(path: &Path, create: bool) -> Result<Pools, StoreError> {
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
        // KiB, of each connection. With the 2 MB that SQLite takes by itself a batch of a backfill is written twice.
        .pragma("cache_size", "-16000")
        .busy_timeout(PATIENCE);
    let write = whole().max_connections(1).connect_with(options.clone()).await?;
    let options = options.read_only(true);
    let read = local().max_connections(4).connect_with(options.clone()).await?;
    let long = local().max_connections(2).connect_lazy_with(options);
    Ok(Pools {
        read: Pool::Sqlite(read),
        long: Pool::Sqlite(long),
        // The lease of a file is not renewed.
        beat: Pool::Sqlite(write.clone()),
        write: Pool::Sqlite(write),
    })
}

/// Connections to a file: none of them is ever lost, so none is tried before it is used, which would take as long as a
/// query.
fn local() -> SqlitePoolOptions {
    SqlitePoolOptions::new().test_before_acquire(false)
}

/// Connections that come back in order, or not at all: where SQLite rolled back by itself (a full disk, a failed
/// write), the rollback of a dropped transaction fails, and the connection would refuse every later one.
fn whole() -> SqlitePoolOptions {
    local().after_release(|connection, _| {
        Box::pin(async move {
            // Behind the rollback, which waits in the connection's queue.
            connection.ping().await?;
            Ok(!connection.is_in_transaction())
        })
    })
}

async fn postgres(url: &str, lease: Duration, name: &str) -> Result<Pools, StoreError> {
    let millis = |duration: Duration| duration.as_millis().to_string();
    let options = PgConnectOptions::from_str(url)?.application_name(name).options([
        // A process that froze inside a transaction holds the lease row: the database ends it, so that another can take
        // over.
        ("idle_in_transaction_session_timeout", millis(lease.saturating_mul(2))),
        ("lock_timeout", millis(lease)),
        // A commit that returned must survive a power cut, whatever the server's default.
        ("synchronous_commit", "on".to_owned()),
    ]);
    let limited = |limit: Duration| options.clone().options([("statement_timeout", millis(limit))]);
    let pool = |connections| {
        PgPoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(PATIENCE)
    };
    let write = pool(1).connect_with(options.clone()).await?;
    Ok(Pools {
        read: Pool::Postgres(pool(4).connect_with(limited(READ_LIMIT)).await?),
        long: Pool::Postgres(pool(2).connect_lazy_with(limited(LONG_READ_LIMIT))),
        beat: Pool::Postgres(pool(1).connect_lazy_with(options)),
        write: Pool::Postgres(write),
    })
}

/// Compares the schema with this binary's.
pub(super) async fn check_schema(pool: &Pool) -> Result<Schema, StoreError> {
    let table: Option<i64> = statement(match pool {
        Pool::Sqlite(_) => {
            "SELECT CAST(1 AS BIGINT) FROM sqlite_master WHERE type = 'table' AND name = '_sqlx_migrations'"
        }
        Pool::Postgres(_) => "SELECT CAST(1 AS BIGINT) WHERE to_regclass('_sqlx_migrations') IS NOT NULL",
    })
    .value_optional(pool)
    .await?;
    if table.is_none() {
        return Ok(Schema::None);
    }
    let found: Option<i64> = statement("SELECT max(version) FROM _sqlx_migrations")
        .value(pool)
        .await?;
    let known = migrations(pool).iter().map(|m| m.version).max().unwrap_or(0);
    match found {
        None => Ok(Schema::None),
        Some(found) if found > known => Err(StoreError::SchemaNewer { found, known }),
        Some(found) if found < known => Ok(Schema::Older(found)),
        Some(_) => Ok(Schema::Current),
    }
}

/// Brings the schema up to this binary's. In PostgreSQL under an advisory lock, so that two do not do it at once.
pub(super) async fn migrate(pool: &Pool) -> Result<(), StoreError> {
    match pool {
        Pool::Sqlite(pool) => SQLITE.run(pool).await?,
        Pool::Postgres(pool) => POSTGRES.run(pool).await?,
    }
    Ok(())
}

/// Host and database of a connection string.
pub(super) fn place_of(url: &str) -> String {
    match PgConnectOptions::from_str(url) {
        Ok(options) => format!(
            "database {} on {}:{}",
            options.get_database().unwrap_or("(default)"),
            options.get_host(),
            options.get_port()
        ),
        Err(_) => "the PostgreSQL database".into(),
    }
}

/// This machine's name, to tell replicas apart.
pub(super) fn machine() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname")
        .map_or_else(|_| "an unnamed machine".into(), |name| name.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// STORE-11
    #[tokio::test]
    async fn a_transaction_that_sqlite_rolled_back_by_itself_is_not_the_last() {
        let folder = tempfile::tempdir().unwrap();
        let write = sqlite(&folder.path().join("store.sqlite"), true).await.unwrap().write;
        let mut tx = write.begin().await.unwrap();
        // As a full disk does.
        statement("ROLLBACK").execute(&mut tx).await.unwrap();
        drop(tx);
        let mut tx = write.begin().await.unwrap();
        statement("CREATE TABLE t (x)").execute(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
    }
}
