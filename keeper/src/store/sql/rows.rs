//! Many rows of one table in few statements: a round trip for each row is what makes a backfill slow.

use super::Write;
use super::derived::Shown;
use super::statement::{Value, statement};
use crate::store::StoreError;

/// Most rows of a statement; their values stay far below what an engine binds at once (SQLite 32,766, PostgreSQL 65,535).
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
        self.values.len() >= self.columns.len().saturating_mul(MOST)
    }

    /// Inserts those that wait, in their order. A row that is there already fails it.
    pub(super) async fn insert(&mut self, write: &mut Write) -> Result<(), StoreError> {
        let width = self.columns.len();
        let mut values = std::mem::take(&mut self.values).into_iter();
        loop {
            let left = values.len().checked_div(width).unwrap_or(0);
            if left == 0 {
                return Ok(());
            }
            // Powers of two, so that each table has few statements to prepare.
            let rows = left.ilog2().min(MOST.ilog2());
            let rows = 1_usize << rows;
            let mut query = statement(self.text(rows));
            for value in values.by_ref().take(rows.saturating_mul(width)) {
                query = query.bind(value);
            }
            query.execute(&mut write.tx).await?;
        }
    }

    fn text(&self, rows: usize) -> String {
        let mut parameter = 0_usize;
        let mut tuples = Vec::with_capacity(rows);
        for _ in 0..rows {
            let row: Vec<String> = self
                .columns
                .iter()
                .map(|_| {
                    parameter = parameter.saturating_add(1);
                    format!("${parameter}")
                })
                .collect();
            tuples.push(format!("({})", row.join(", ")));
        }
        format!(
            "INSERT INTO {} ({}) VALUES {}",
            self.table,
            self.columns.join(", "),
            tuples.join(", ")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_value_has_its_parameter() {
        let rows = Rows::new("blocks", vec!["height", "hash"]);
        assert_eq!(
            rows.text(2),
            "INSERT INTO blocks (height, hash) VALUES ($1, $2), ($3, $4)"
        );
    }
}
