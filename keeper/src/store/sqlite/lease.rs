//! Who may write. A file lock keeps a second process of this machine away, the lease row keeps an old holder away from a
//! database that changed hands.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::Path;

use sqlx::{Sqlite, SqlitePool, Transaction};

use super::file_error;
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

/// The lease row as this process took it.
#[derive(Debug)]
pub(super) struct Lease {
    epoch: i64,
    _lock: FileLock,
}

impl Lease {
    /// Takes the lease: raises the epoch, so that whoever had it before cannot commit any more.
    pub(super) async fn take(pool: &SqlitePool, holder: &str, lock: FileLock) -> Result<Self, StoreError> {
        let mut tx = pool.begin_with("BEGIN IMMEDIATE").await?;
        let epoch: i64 = sqlx::query_scalar(
            "INSERT INTO lease (id, holder, epoch) VALUES (1, ?, 1)
             ON CONFLICT (id) DO UPDATE SET holder = excluded.holder, epoch = lease.epoch + 1 RETURNING epoch",
        )
        .bind(holder)
        .fetch_one(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(Self { epoch, _lock: lock })
    }

    /// Every write transaction begins with this.
    pub(super) async fn check(&self, tx: &mut Transaction<'static, Sqlite>) -> Result<(), StoreError> {
        let now: i64 = sqlx::query_scalar("SELECT epoch FROM lease WHERE id = 1")
            .fetch_one(&mut **tx)
            .await?;
        if now == self.epoch {
            Ok(())
        } else {
            Err(StoreError::LeaseLost { ours: self.epoch, now })
        }
    }
}
