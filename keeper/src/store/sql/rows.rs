//! Many rows of one table at once: a round trip for each row is what makes a backfill slow. In SQLite few statements
//! with many values, in PostgreSQL one with an array for each column. (A `COPY` is no faster by much, and the database
//! does not end one whose client froze: whoever takes the lease over would wait for it.)

use std::borrow::Cow;

use sqlx::{AssertSqlSafe, Postgres, Transaction};

use super::derived::Shown;
use super::statement::{Tx, Value, statement};
use super::{Write, corrupt};
use crate::store::StoreError;

/// Rows that wait before they are inserted: some 10 MB.
const FULL: usize = 10_000;
/// Rows of a statement in PostgreSQL.
const PART: usize = 2_048;
/// Most rows of a statement; their values stay far below what SQLite binds at once (32,766).
const MOST: usize = 128;

/// Rows that wait to be inserted into one table.
pub(super) struct Rows {
    table: &'static str,
    columns: Vec<&'static str>,
    values: Vec<Value<'static>>,
}

impl Rows {
    /// None yet, of a table with these columns.
    pub(super) const fn new(table: &'static str, columns: Vec<&'static str>) -> Self {
        Self {
            table,
            columns,
            values: Vec::new(),
        }
    }

    /// None yet, of a derived table: chain, height, log index, then the columns that its dump shows.
    pub(super) fn derived(table: &'static str, columns: &'static [Shown]) -> Self {
        let shown = columns.iter().map(|column| match column {
            Shown::Bytes(name) | Shown::Number(name) => *name,
        });
        Self::new(
            table,
            ["chain_id", "height", "log_index"].into_iter().chain(shown).collect(),
        )
    }

    /// The table that they go into.
    pub(super) const fn table(&self) -> &'static str {
        self.table
    }

    /// Adds a row; its values are in the order of the columns, and as many.
    pub(super) fn push(&mut self, row: impl IntoIterator<Item = Value<'static>>) {
        self.values.extend(row);
    }

    /// Whether so many wait that it is time to insert them.
    pub(super) fn is_full(&self) -> bool {
        self.values.len() >= self.columns.len().saturating_mul(FULL)
    }

    /// Inserts those that wait, in their order. A row that is there already fails it.
    pub(super) async fn insert(&mut self, write: &mut Write) -> Result<(), StoreError> {
        if self.values.is_empty() {
            return Ok(());
        }
        let values = std::mem::take(&mut self.values);
        if let Tx::Postgres(tx) = &mut write.tx {
            return self.insert_by_arrays(values, tx).await;
        }
        self.insert_by_statements(values, write).await
    }

    async fn insert_by_arrays(
        &self,
        values: Vec<Value<'static>>,
        tx: &mut Transaction<'static, Postgres>,
    ) -> Result<(), StoreError> {
        let width = self.columns.len();
        let mut values = values.into_iter();
        while let Some(first) = values.as_slice().get(..width) {
            let rows = values.len().checked_div(width).unwrap_or(0).min(PART);
            let (mut arrays, types): (Vec<Array>, Vec<&str>) = first.iter().map(|value| Array::of(value, rows)).unzip();
            for _ in 0..rows {
                for (array, value) in arrays.iter_mut().zip(values.by_ref()) {
                    if !array.push(value) {
                        return Err(corrupt("a column of mixed types", self.table));
                    }
                }
            }
            let parameters = types
                .iter()
                .enumerate()
                .map(|(index, kind)| format!("unnest(${}::{kind})", index.saturating_add(1)));
            let sql = format!(
                "INSERT INTO {} ({}) SELECT {}",
                self.table,
                self.columns.join(", "),
                parameters.collect::<Vec<_>>().join(", ")
            );
            let query = arrays
                .into_iter()
                .fold(sqlx::query(AssertSqlSafe(sql)), |query, array| match array {
                    Array::Int(array) => query.bind(array),
                    Array::Text(array) => query.bind(array),
                    Array::Bytes(array) => query.bind(array),
                    Array::Bool(array) => query.bind(array),
                });
            query.execute(&mut **tx).await?;
        }
        Ok(())
    }

    async fn insert_by_statements(&self, values: Vec<Value<'static>>, write: &mut Write) -> Result<(), StoreError> {
        let width = self.columns.len();
        let mut values = values.into_iter();
        let (mut rows_of_text, mut text) = (0, String::new());
        loop {
            let left = values.len().checked_div(width).unwrap_or(0);
            if left == 0 {
                return Ok(());
            }
            // Powers of two, so that each table has few statements to prepare.
            let rows = left.ilog2().min(MOST.ilog2());
            let rows = 1_usize << rows;
            if rows != rows_of_text {
                (rows_of_text, text) = (rows, self.text(rows));
            }
            let mut query = statement(text.clone());
            for value in values.by_ref().take(rows.saturating_mul(width)) {
                query = query.bind(value);
            }
            query.execute(&mut write.tx).await?;
        }
    }

    /// Parameters have no names: SQLite finds a name by going through all of them.
    fn text(&self, rows: usize) -> String {
        let row = format!("({})", vec!["?"; self.columns.len()].join(", "));
        let tuples = vec![row; rows];
        format!(
            "INSERT INTO {} ({}) VALUES {}",
            self.table,
            self.columns.join(", "),
            tuples.join(", ")
        )
    }
}

/// One column of several rows.
enum Array {
    Int(Vec<Option<i64>>),
    Text(Vec<Option<String>>),
    Bytes(Vec<Option<Vec<u8>>>),
    Bool(Vec<Option<bool>>),
}

impl Array {
    /// An empty one for values like this one, and its type.
    fn of(value: &Value<'_>, capacity: usize) -> (Self, &'static str) {
        match value {
            Value::Int(_) => (Self::Int(Vec::with_capacity(capacity)), "bigint[]"),
            Value::Text(_) => (Self::Text(Vec::with_capacity(capacity)), "text[]"),
            Value::Bytes(_) => (Self::Bytes(Vec::with_capacity(capacity)), "bytea[]"),
            Value::Bool(_) => (Self::Bool(Vec::with_capacity(capacity)), "boolean[]"),
        }
    }

    /// Adds a value; false where it is of another type.
    fn push(&mut self, value: Value<'static>) -> bool {
        match (self, value) {
            (Self::Int(array), Value::Int(value)) => array.push(value),
            (Self::Text(array), Value::Text(value)) => array.push(value.map(Cow::into_owned)),
            (Self::Bytes(array), Value::Bytes(value)) => array.push(value.map(Cow::into_owned)),
            (Self::Bool(array), Value::Bool(value)) => array.push(Some(value)),
            _ => return false,
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_value_has_its_parameter() {
        let rows = Rows::new("blocks", vec!["height", "hash"]);
        assert_eq!(rows.text(2), "INSERT INTO blocks (height, hash) VALUES (?, ?), (?, ?)");
    }
}
