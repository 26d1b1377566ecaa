//! Where the database is.

use std::time::Duration;

use serde::Deserialize;

use super::{Config, secrets};
use crate::model::Diagnostic;
use crate::store::sql::Location;

/// `[store]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StoreConfig {
    /// Environment variable with the connection string of a PostgreSQL database that several replicas share; without it
    /// the database is a SQLite file in `keeper.data_dir`.
    pub postgres_url_env: Option<String>,
    /// How long a replica keeps the lease without renewing it, in milliseconds.
    pub lease_ms: u64,
    /// Transactions that ended more than this many days ago are forgotten; absent, none are.
    pub keep_days: Option<u32>,
}

impl Default for StoreConfig {
    fn default() -> Self {
        Self {
            postgres_url_env: None,
            lease_ms: 10_000,
            keep_days: Some(90),
        }
    }
}

impl Config {
    /// Where the database is.
    ///
    /// # Errors
    /// The environment variable with the connection string is not set, or holds none.
    pub fn location(&self) -> Result<Location, Diagnostic> {
        match &self.store.postgres_url_env {
            None => Ok(Location::Sqlite(self.data_dir())),
            Some(variable) => Ok(Location::Postgres {
                url: secrets::connection_string("store.postgres_url_env", variable)?,
                lease: Duration::from_millis(self.store.lease_ms),
            }),
        }
    }
}
