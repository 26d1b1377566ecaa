//! One statement for both engines. The text is the same, with `$1` for a parameter; values and columns are 64-bit
//! integers, texts, bytes and booleans, which both engines have under the same names.

use std::borrow::Cow;

use sqlx::postgres::{PgPool, PgRow};
use sqlx::query::Query;
use sqlx::sqlite::{SqlitePool, SqliteRow};
use sqlx::{AssertSqlSafe, Database, Decode, Encode, Postgres, Row as _, Sqlite, Transaction, Type};

use crate::store::StoreError;

/// Connections to one of the engines.
#[derive(Clone)]
pub(crate) enum Pool {
    /// SQLite.
    Sqlite(SqlitePool),
    /// PostgreSQL.
    Postgres(PgPool),
}

/// A transaction; dropped without a commit, it leaves nothing.
pub(crate) enum Tx {
    /// SQLite.
    Sqlite(Transaction<'static, Sqlite>),
    /// PostgreSQL.
    Postgres(Transaction<'static, Postgres>),
}

impl Pool {
    /// Begins a transaction that writes. In SQLite the one writer, in PostgreSQL under the lease row's lock.
    pub(crate) async fn begin(&self) -> Result<Tx, StoreError> {
        Ok(match self {
            Self::Sqlite(pool) => Tx::Sqlite(pool.begin_with("BEGIN IMMEDIATE").await?),
            Self::Postgres(pool) => Tx::Postgres(pool.begin().await?),
        })
    }

    /// Begins a transaction that sees one state of the database throughout.
    pub(crate) async fn begin_read(&self) -> Result<Tx, StoreError> {
        Ok(match self {
            Self::Sqlite(pool) => Tx::Sqlite(pool.begin().await?),
            Self::Postgres(pool) => Tx::Postgres(
                pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
                    .await?,
            ),
        })
    }

    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite(pool) => pool.close().await,
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

impl Tx {
    /// Durable on return.
    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(tx) => tx.commit().await?,
            Self::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }
}

/// What a statement runs on.
pub(crate) enum On<'e> {
    /// Any connection of a pool.
    Pool(&'e Pool),
    /// A transaction.
    Tx(&'e mut Tx),
}

impl<'e> From<&'e Pool> for On<'e> {
    fn from(pool: &'e Pool) -> Self {
        Self::Pool(pool)
    }
}

impl<'e> From<&'e mut Tx> for On<'e> {
    fn from(tx: &'e mut Tx) -> Self {
        Self::Tx(tx)
    }
}

/// A value to bind.
#[derive(Clone, Debug)]
pub(crate) enum Value<'v> {
    /// BIGINT
    Int(Option<i64>),
    /// TEXT
    Text(Option<Cow<'v, str>>),
    /// BYTEA, BLOB
    Bytes(Option<Cow<'v, [u8]>>),
    /// BOOLEAN
    Bool(bool),
}

macro_rules! values {
    ($($from:ty => |$v:ident| $to:expr),* $(,)?) => {
        $(impl<'v> From<$from> for Value<'v> {
            fn from($v: $from) -> Self {
                $to
            }
        })*
    };
}

values! {
    i64 => |v| Value::Int(Some(v)),
    u32 => |v| Value::Int(Some(v.into())),
    Option<i64> => |v| Value::Int(v),
    bool => |v| Value::Bool(v),
    &'v str => |v| Value::Text(Some(v.into())),
    &'v String => |v| Value::Text(Some(v.as_str().into())),
    String => |v| Value::Text(Some(v.into())),
    Option<&'v str> => |v| Value::Text(v.map(Cow::Borrowed)),
    &'v [u8] => |v| Value::Bytes(Some(v.into())),
    Vec<u8> => |v| Value::Bytes(Some(v.into())),
    Option<Vec<u8>> => |v| Value::Bytes(v.map(Cow::Owned)),
}

/// A column's type.
pub(crate) trait Column:
    for<'r> Decode<'r, Sqlite> + Type<Sqlite> + for<'r> Decode<'r, Postgres> + Type<Postgres>
{
}

impl<T> Column for T where T: for<'r> Decode<'r, Sqlite> + Type<Sqlite> + for<'r> Decode<'r, Postgres> + Type<Postgres> {}

/// A row of either engine.
pub(crate) enum Row {
    /// SQLite.
    Sqlite(SqliteRow),
    /// PostgreSQL.
    Postgres(PgRow),
}

impl Row {
    /// A column by its name.
    pub(crate) fn try_get<T: Column>(&self, column: &str) -> Result<T, StoreError> {
        Ok(match self {
            Self::Sqlite(row) => row.try_get(column)?,
            Self::Postgres(row) => row.try_get(column)?,
        })
    }

    /// The first column.
    fn first<T: Column>(&self) -> Result<T, StoreError> {
        Ok(match self {
            Self::Sqlite(row) => row.try_get(0)?,
            Self::Postgres(row) => row.try_get(0)?,
        })
    }
}

/// A statement with its values.
pub(crate) struct Statement<'v> {
    sql: Cow<'static, str>,
    values: Vec<Value<'v>>,
}

/// A statement. A text that is made at run time is made of constants; whatever comes from outside is bound.
pub(crate) fn statement<'v>(sql: impl Into<Cow<'static, str>>) -> Statement<'v> {
    Statement {
        sql: sql.into(),
        values: Vec::new(),
    }
}

fn query<DB>(sql: Cow<'static, str>, values: Vec<Value<'_>>) -> Query<'static, DB, <DB as Database>::Arguments>
where
    DB: Database,
    for<'q> Option<i64>: Encode<'q, DB> + Type<DB>,
    for<'q> Option<String>: Encode<'q, DB> + Type<DB>,
    for<'q> Option<Vec<u8>>: Encode<'q, DB> + Type<DB>,
    for<'q> bool: Encode<'q, DB> + Type<DB>,
{
    let query = match sql {
        Cow::Borrowed(sql) => sqlx::query(sql),
        Cow::Owned(sql) => sqlx::query(AssertSqlSafe(sql)),
    };
    values.into_iter().fold(query, |query, value| match value {
        Value::Int(value) => query.bind(value),
        Value::Text(value) => query.bind(value.map(Cow::into_owned)),
        Value::Bytes(value) => query.bind(value.map(Cow::into_owned)),
        Value::Bool(value) => query.bind(value),
    })
}

/// Runs a fetch or an execution on whatever it is to run on.
macro_rules! run {
    ($self:ident, $on:ident, $method:ident, $with:expr) => {
        match $on.into() {
            On::Pool(Pool::Sqlite(pool)) => query::<Sqlite>($self.sql, $self.values)
                .$method(pool)
                .await
                .map($with(Row::Sqlite)),
            On::Pool(Pool::Postgres(pool)) => query::<Postgres>($self.sql, $self.values)
                .$method(pool)
                .await
                .map($with(Row::Postgres)),
            On::Tx(Tx::Sqlite(tx)) => query::<Sqlite>($self.sql, $self.values)
                .$method(&mut **tx)
                .await
                .map($with(Row::Sqlite)),
            On::Tx(Tx::Postgres(tx)) => query::<Postgres>($self.sql, $self.values)
                .$method(&mut **tx)
                .await
                .map($with(Row::Postgres)),
        }
    };
}

fn each<R>(row: fn(R) -> Row) -> impl Fn(Vec<R>) -> Vec<Row> {
    move |rows| rows.into_iter().map(row).collect()
}

fn maybe<R>(row: fn(R) -> Row) -> impl Fn(Option<R>) -> Option<Row> {
    move |found| found.map(row)
}

impl<'v> Statement<'v> {
    /// Binds the next parameter.
    pub(crate) fn bind(mut self, value: impl Into<Value<'v>>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Runs it; gives the number of rows that it changed.
    pub(crate) async fn execute(self, on: impl Into<On<'_>>) -> Result<u64, StoreError> {
        Ok(match on.into() {
            On::Pool(Pool::Sqlite(pool)) => {
                let done = query::<Sqlite>(self.sql, self.values).execute(pool).await?;
                done.rows_affected()
            }
            On::Pool(Pool::Postgres(pool)) => {
                let done = query::<Postgres>(self.sql, self.values).execute(pool).await?;
                done.rows_affected()
            }
            On::Tx(Tx::Sqlite(tx)) => {
                let done = query::<Sqlite>(self.sql, self.values).execute(&mut **tx).await?;
                done.rows_affected()
            }
            On::Tx(Tx::Postgres(tx)) => {
                let done = query::<Postgres>(self.sql, self.values).execute(&mut **tx).await?;
                done.rows_affected()
            }
        })
    }

    /// All rows.
    pub(crate) async fn fetch_all(self, on: impl Into<On<'_>>) -> Result<Vec<Row>, StoreError> {
        Ok(run!(self, on, fetch_all, each)?)
    }

    /// The first row, if there is one.
    pub(crate) async fn fetch_optional(self, on: impl Into<On<'_>>) -> Result<Option<Row>, StoreError> {
        Ok(run!(self, on, fetch_optional, maybe)?)
    }

    /// First column of the one row there is.
    pub(crate) async fn value<T: Column>(self, on: impl Into<On<'_>>) -> Result<T, StoreError> {
        match self.fetch_optional(on).await? {
            Some(row) => row.first(),
            None => Err(sqlx::Error::RowNotFound.into()),
        }
    }

    /// First column of the first row, if there is one.
    pub(crate) async fn value_optional<T: Column>(self, on: impl Into<On<'_>>) -> Result<Option<T>, StoreError> {
        self.fetch_optional(on).await?.map(|row| row.first()).transpose()
    }
}
