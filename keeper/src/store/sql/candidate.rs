//! Becoming the holder of a store.

use std::sync::Arc;
use std::time::Duration;

use super::lease::{self, FileLock, Lease};
use super::open::{self, Schema};
use super::{Location, SqlStore, file_error};
use crate::store::StoreError;

/// Waits to hold a store. Of PostgreSQL's replicas all but the leader are one of these.
pub struct Candidate {
    store: SqlStore,
    holder: String,
    /// The file lock, from the first attempt on.
    lock: Option<FileLock>,
}

impl Candidate {
    /// Connects without taking anything.
    ///
    /// # Errors
    /// `Held` when another process has the file, `SchemaNewer` when a newer binary wrote the database.
    pub async fn new(location: &Location, holder: &str) -> Result<Self, StoreError> {
        let mut lock = None;
        if let Location::Sqlite(folder) = location {
            std::fs::create_dir_all(folder).map_err(|source| file_error(folder, source))?;
            lock = Some(FileLock::take(&folder.join("keeper.lock"), holder)?);
        }
        let store = open::connect(location, true, holder).await?;
        open::check_schema(&store.write).await?;
        Ok(Self {
            store,
            holder: holder.to_owned(),
            lock,
        })
    }

    /// Whether the holder may change without this process ending: then waiting for the lease makes sense.
    #[must_use]
    pub const fn may_wait(&self) -> bool {
        matches!(self.store.location, Location::Postgres { .. })
    }

    /// How long to wait between two attempts.
    #[must_use]
    pub fn pause(&self) -> Duration {
        match &self.store.location {
            Location::Postgres { lease, .. } => lease.checked_div(10).unwrap_or(*lease),
            Location::Sqlite(_) => Duration::from_secs(1),
        }
    }

    /// Takes the lease. Once it is taken, nothing of a former holder is committed any more, and what is read is the
    /// last state.
    ///
    /// # Errors
    /// `Held` while another holds it: try again.
    pub async fn take(&mut self) -> Result<SqlStore, StoreError> {
        let mut store = self.store.clone();
        let schema = open::check_schema(&store.write).await?;
        let lease = match &store.location {
            Location::Sqlite(folder) => {
                if let Schema::Older(from) = schema {
                    let copy = folder.join(format!("keeper.before-{from}.sqlite"));
                    if !copy.exists() {
                        store.backup(&copy).await?;
                    }
                }
                let lock = match self.lock.take() {
                    Some(lock) => lock,
                    None => FileLock::take(&folder.join("keeper.lock"), &self.holder)?,
                };
                open::migrate(&store.write).await?;
                Lease::take_file(&store.write, &self.holder, lock).await?
            }
            Location::Postgres { lease: ttl, .. } => {
                // Before its lease is whole, a database was never led; of several that find it so, one makes it, and
                // the others wait for that one.
                if schema.before(lease::COMPLETE_SINCE) {
                    match open::migrate(&store.write).await {
                        Err(error) if lease::is_lock_timeout(&error) => {
                            return Err(StoreError::Held {
                                path: store.location.place(),
                                holder: "a replica that makes its tables".into(),
                            });
                        }
                        migrated => migrated?,
                    }
                }
                let holder = format!("{}, process {} on {}", self.holder, std::process::id(), open::machine());
                let taken = Lease::take_row(&store.beat, &store.location.place(), &holder, *ttl).await?;
                if matches!(schema, Schema::Older(_)) {
                    open::migrate(&store.write).await?;
                }
                taken
            }
        };
        store.lease = Some(Arc::new(lease));
        Ok(store)
    }
}
