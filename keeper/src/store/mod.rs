//! The keeper's durable state, in SQLite or PostgreSQL. SQL lives only here.
//!
//! Every write is one transaction that first reads the lease row: a holder that lost its lease cannot commit. What a
//! method returns `Ok` for is durable. Amounts are 32 bytes big-endian, hashes and addresses raw bytes, times integers.

mod failure;
mod index;
mod log;
mod operator;
mod orders;
mod signatures;
mod skills;
pub mod sql;
mod txs;

pub use index::{
    BlockBatch, Cursor, DecodedEvent, FeedState, IndexStore, IndexedEvent, Position, REMEMBERED_FINAL, RoundRow,
};
pub use log::{LogStore, Logged};
pub use operator::{OperatorStore, Pause, PauseSubject};
pub use orders::{Order, OrderKind, OrderStore};
pub use signatures::{DigestRecord, Recorded, SignatureStore};
pub use skills::{SkillContracts, SkillEvent, SkillRow, SkillStore};
pub use txs::{IntentChange, Planned, Quantiles, SlotOutcome, TxStore};

/// Why the store could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process holds the store.
    #[error("{path} is held by {holder}; stop it first, or use a command that only reads")]
    Held {
        /// The lock file.
        path: String,
        /// Who holds it.
        holder: String,
    },
    /// The lease went to another holder: stop at once, nothing was written.
    #[error("the lease passed to another holder (ours was epoch {ours}, now {now}); this process must stop")]
    LeaseLost {
        /// Our epoch.
        ours: i64,
        /// The epoch in the row.
        now: i64,
    },
    /// The schema is newer than this binary.
    #[error("the database has schema {found}, this binary knows up to {known}; run the newer binary")]
    SchemaNewer {
        /// Version found.
        found: i64,
        /// Newest version known.
        known: i64,
    },
    /// The database failed.
    #[error("database: {}", said(.0))]
    Database(#[from] sqlx::Error),
    /// A migration failed; the database stays as it was.
    #[error("migration: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// Reading or writing a file failed.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// A stored value does not decode: the file was written by something else.
    #[error("stored {what} does not decode: {value}")]
    Corrupt {
        /// Table and column.
        what: &'static str,
        /// The value found.
        value: String,
    },
    /// What was asked contradicts what is stored; nothing was written.
    #[error("{0}")]
    Conflict(String),
}

/// Whether anything was written.
pub trait ChangeStore: Send + Sync {
    /// Another number after every write of this process but those of blocks without events: what is derived from
    /// events, and what is wanted, is as it was while this stays the same.
    fn changes(&self) -> u64;
}

/// All of it.
pub trait Store:
    IndexStore + TxStore + SignatureStore + OperatorStore + OrderStore + SkillStore + LogStore + ChangeStore
{
}

impl<T: IndexStore + TxStore + SignatureStore + OperatorStore + OrderStore + SkillStore + LogStore + ChangeStore> Store
    for T
{
}

/// The database's words, and before them what it means where somebody has to help.
fn said(error: &sqlx::Error) -> String {
    let code = error.as_database_error().and_then(|e| e.code());
    let known = match code.as_deref() {
        // SQLITE_FULL, SQLITE_IOERR_WRITE; disk_full
        Some("13" | "778" | "53100") => "no room to write, free some and it goes on by itself: ",
        // SQLITE_BUSY, _RECOVERY, _SNAPSHOT; lock_not_available
        Some("5" | "261" | "517" | "55P03") => "another process holds a lock, end that and it goes on by itself: ",
        _ => "",
    };
    format!("{known}{error}")
}
