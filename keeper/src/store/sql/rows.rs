//! Many rows of one table at once: a round trip for each row is what makes a backfill slow. In SQLite few statements with many
//! values, in PostgreSQL a `COPY`.

use super::Write;
use super::derived::Shown;
use super::statement::{Tx, Value, statement};
use crate::store::StoreError;

/// Rows that wait before they are inserted: some 10 MB.
const FULL: usize = 10_000;
/// Rows that are handed to PostgreSQL at once: while it stores them the next are made ready.
const PART: usize = 512;
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
            let sql = format!(
                "COPY {} ({}) FROM STDIN (FORMAT BINARY)",
                self.table,
                self.columns.join(", ")
            );
            let mut copy = tx.copy_in_raw(&sql).await?;
            copy.send(copy::HEADER).await?;
            for part in values.chunks(self.columns.len().saturating_mul(PART)) {
                copy.send(copy::rows(part, self.columns.len())).await?;
            }
            copy.send(&copy::TRAILER[..]).await?;
            copy.finish().await?;
            return Ok(());
        }
        self.insert_by_statements(values, write).await
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

/// PostgreSQL's binary format of `COPY`, <https://www.postgresql.org/docs/current/sql-copy.html#SQL-COPY-FORMAT-BINARY>. The type of
/// a value is that of its column: BIGINT, TEXT, BYTEA, BOOLEAN.
mod copy {
    use super::Value;

    /// Signature, flags (none), length of a header extension (none).
    pub(super) const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
    pub(super) const TRAILER: [u8; 2] = (-1_i16).to_be_bytes();
    const NULL: [u8; 4] = (-1_i32).to_be_bytes();

    /// Rows of `width` values each.
    pub(super) fn rows(values: &[Value<'_>], width: usize) -> Vec<u8> {
        let mut out = Vec::new();
        for row in values.chunks(width) {
            out.extend_from_slice(&i16::try_from(row.len()).unwrap_or(i16::MAX).to_be_bytes());
            for value in row {
                match value {
                    Value::Int(number) => field(&mut out, number.map(i64::to_be_bytes).as_ref().map(|b| &b[..])),
                    Value::Text(text) => field(&mut out, text.as_ref().map(|text| text.as_bytes())),
                    Value::Bytes(bytes) => field(&mut out, bytes.as_deref()),
                    Value::Bool(is) => field(&mut out, Some(&[u8::from(*is)])),
                }
            }
        }
        out
    }

    fn field(out: &mut Vec<u8>, bytes: Option<&[u8]>) {
        let Some(bytes) = bytes else {
            out.extend_from_slice(&NULL);
            return;
        };
        // A length that does not fit is refused by the server, as is what is longer than a gigabyte.
        out.extend_from_slice(&i32::try_from(bytes.len()).unwrap_or(i32::MAX).to_be_bytes());
        out.extend_from_slice(bytes);
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

    #[test]
    fn a_copy_is_in_the_binary_format() {
        let values = [Value::from(258_i64), Value::Bytes(None), true.into(), "é".into()];
        let expected = [
            &[0, 2, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 1, 2, 0xff, 0xff, 0xff, 0xff][..],
            &[0, 2, 0, 0, 0, 1, 1, 0, 0, 0, 2, 0xc3, 0xa9],
        ];
        assert_eq!(copy::rows(&values, 2), expected.concat());
    }
}
