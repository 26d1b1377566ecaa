//! Both engines for a test: SQLite in a folder, PostgreSQL on a server of its own.

use std::sync::Mutex;
use std::time::Duration;

use fluxion_keeper::store::sql::{Location, SqlStore};
use fluxion_postgres::Server;
use sqlx::Executor as _;
use tempfile::TempDir;

/// Where a test's databases are.
pub(crate) enum Engine {
    /// Folders.
    Sqlite(Mutex<Vec<TempDir>>),
    /// A server, and how many databases were made on it.
    Postgres(Server, Mutex<u32>),
}

impl Engine {
    pub(crate) fn sqlite() -> Self {
        Self::Sqlite(Mutex::new(Vec::new()))
    }

    pub(crate) fn postgres() -> Self {
        Self::Postgres(Server::start().unwrap(), Mutex::new(0))
    }

    /// A place where no database is yet, with this lease.
    pub(crate) async fn location_with(&self, lease: Duration) -> Location {
        match self {
            Self::Sqlite(folders) => {
                let folder = tempfile::tempdir().unwrap();
                let path = folder.path().to_owned();
                folders.lock().unwrap().push(folder);
                Location::Sqlite(path)
            }
            Self::Postgres(server, made) => {
                let name = {
                    let mut made = made.lock().unwrap();
                    *made += 1;
                    format!("test_{made}")
                };
                let pool = sqlx::PgPool::connect(&server.url()).await.unwrap();
                let create = format!("CREATE DATABASE {name}");
                pool.execute(sqlx::AssertSqlSafe(create)).await.unwrap();
                pool.close().await;
                let url = server.url().replace("/postgres?", &format!("/{name}?"));
                Location::Postgres { url, lease }
            }
        }
    }

    /// A place where no database is yet.
    pub(crate) async fn location(&self) -> Location {
        self.location_with(Duration::from_secs(10)).await
    }

    /// An empty store, held.
    pub(crate) async fn open(&self) -> SqlStore {
        SqlStore::open(&self.location().await, "test").await.unwrap()
    }
}

/// Runs test functions, which take the engine, on both engines.
macro_rules! on_both_engines {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $name() {
                super::$name(crate::engine::Engine::sqlite()).await;
            })+
        }
        mod postgres {
            $(#[tokio::test]
            async fn $name() {
                super::$name(crate::engine::Engine::postgres()).await;
            })+
        }
    };
}
pub(crate) use on_both_engines;
