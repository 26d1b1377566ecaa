//! Comparing the derived tables of two databases, and taking those of the other. Both go page by page, so memory is
//! bounded whatever the length of the chain.

use std::cmp::Ordering;

use serde::Serialize;

use super::derived::{Shown, dumped, shown};
use super::index::{BY_HEIGHT, id};
use super::rows::Rows;
use super::statement::{Row, Value, statement};
use super::{SqlStore, int};
use crate::model::{ChainId, Height};
use crate::store::StoreError;

/// Rows of a page.
const PAGE: i64 = 1_000;

/// What is kept beside the derived rows: remembered blocks, cursor, finalized block.
const BLOCKS: [&str; 3] = ["blocks", "cursors", "finalized"];

/// How two databases differ.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Rows that were compared, of the other database.
    pub rows: u64,
    /// Rows that only the other one has.
    pub missing: u64,
    /// Rows that only this one has.
    pub surplus: u64,
    /// Rows that differ.
    pub changed: u64,
    /// The first row that is not the same, here and there.
    pub first: Option<(Option<String>, Option<String>)>,
}

impl Difference {
    /// Whether there is none.
    #[must_use]
    pub const fn is_none(&self) -> bool {
        self.first.is_none()
    }

    fn note(&mut self, here: Option<String>, there: Option<String>) {
        let count = match (&here, &there) {
            (None, _) => &mut self.missing,
            (_, None) => &mut self.surplus,
            _ => &mut self.changed,
        };
        *count = count.saturating_add(1);
        self.first.get_or_insert((here, there));
    }
}

/// The rows of one derived table in order.
struct Pages<'s> {
    store: &'s SqlStore,
    table: &'static str,
    chain: i64,
    up_to: i64,
    after: (i64, i64),
    page: std::vec::IntoIter<Row>,
    done: bool,
}

impl<'s> Pages<'s> {
    fn new(store: &'s SqlStore, table: &'static str, chain: ChainId, up_to: Height) -> Result<Self, StoreError> {
        Ok(Self {
            store,
            table,
            chain: id(chain)?,
            up_to: int("height", up_to.0)?,
            after: (-1, -1),
            page: Vec::new().into_iter(),
            done: false,
        })
    }

    /// The next row with its key.
    async fn next(&mut self) -> Result<Option<((i64, i64), Row)>, StoreError> {
        if self.page.as_slice().is_empty() && !self.done {
            let rows = statement(format!(
                "SELECT * FROM {} WHERE chain_id = $1 AND height <= $2 AND (height > $3 OR (height = $3 AND log_index > $4))
                 ORDER BY height, log_index LIMIT $5",
                self.table
            ))
            .bind(self.chain)
            .bind(self.up_to)
            .bind(self.after.0)
            .bind(self.after.1)
            .bind(PAGE)
            .fetch_all(&self.store.read)
            .await?;
            self.done = rows.is_empty();
            self.page = rows.into_iter();
        }
        let Some(row) = self.page.next() else { return Ok(None) };
        self.after = (row.try_get("height")?, row.try_get("log_index")?);
        Ok(Some((self.after, row)))
    }
}

fn line(table: &str, columns: &[Shown], row: &Row) -> Result<String, StoreError> {
    let mut line = vec![table.to_owned()];
    for column in columns {
        line.push(shown(row, *column)?);
    }
    Ok(line.join(" "))
}

impl SqlStore {
    /// Compares events and derived rows of a chain up to a height with those of another database.
    ///
    /// # Errors
    /// One of the two cannot be read.
    pub async fn difference(&self, other: &Self, chain: ChainId, up_to: Height) -> Result<Difference, StoreError> {
        let mut difference = Difference::default();
        for (table, columns) in dumped() {
            let mut here = Pages::new(self, table, chain, up_to)?;
            let mut there = Pages::new(other, table, chain, up_to)?;
            let (mut a, mut b) = (here.next().await?, there.next().await?);
            loop {
                let order = match (&a, &b) {
                    (None, None) => break,
                    (Some(_), None) => Ordering::Less,
                    (None, Some(_)) => Ordering::Greater,
                    (Some((a, _)), Some((b, _))) => a.cmp(b),
                };
                let text = |row: &Option<((i64, i64), Row)>| {
                    row.as_ref().map(|(_, row)| line(table, columns, row)).transpose()
                };
                match order {
                    Ordering::Less => difference.note(text(&a)?, None),
                    Ordering::Greater => difference.note(None, text(&b)?),
                    Ordering::Equal => {
                        let (x, y) = (text(&a)?, text(&b)?);
                        if x != y {
                            difference.note(x, y);
                        }
                    }
                }
                if order.is_ge() {
                    difference.rows = difference.rows.saturating_add(1);
                    b = there.next().await?;
                }
                if order.is_le() {
                    a = here.next().await?;
                }
            }
        }
        Ok(difference)
    }

    /// Replaces everything derived from a chain by what another database has of it, in one transaction. Intents,
    /// nonces, attempts, signatures, pauses and halts stay. Gives the number of rows taken.
    ///
    /// # Errors
    /// One of the two fails; then nothing has changed.
    pub async fn take_index(&self, other: &Self, chain: ChainId) -> Result<u64, StoreError> {
        let mut write = self.begin().await?;
        for table in BY_HEIGHT.iter().chain(&BLOCKS) {
            statement(format!("DELETE FROM {table} WHERE chain_id = $1"))
                .bind(id(chain)?)
                .execute(&mut write.tx)
                .await?;
        }
        let mut taken = 0_u64;
        for (table, columns) in dumped() {
            let mut rows = Rows::derived(table, columns);
            let mut pages = Pages::new(other, table, chain, Height(i64::MAX.unsigned_abs()))?;
            while let Some(((height, log_index), row)) = pages.next().await? {
                let place = [id(chain)?, height, log_index].map(Value::from);
                let values = columns
                    .iter()
                    .map(|column| value(&row, column))
                    .collect::<Result<Vec<_>, _>>()?;
                rows.push(place.into_iter().chain(values));
                if rows.is_full() {
                    rows.insert(&mut write).await?;
                }
                taken = taken.saturating_add(1);
            }
            rows.insert(&mut write).await?;
        }
        let block = [
            Shown::Number("height"),
            Shown::Bytes("hash"),
            Shown::Bytes("parent"),
            Shown::Number("time"),
        ];
        for table in BLOCKS {
            let found = statement(format!("SELECT * FROM {table} WHERE chain_id = $1"))
                .bind(id(chain)?)
                .fetch_all(&other.read)
                .await?;
            let mut rows = Rows::new(table, vec!["chain_id", "height", "hash", "parent", "time"]);
            for row in &found {
                let values = block
                    .iter()
                    .map(|column| value(row, column))
                    .collect::<Result<Vec<_>, _>>()?;
                rows.push(std::iter::once(Value::from(id(chain)?)).chain(values));
            }
            rows.insert(&mut write).await?;
        }
        // No boundary: a kill before it leaves the old rows whole, and the command is given again.
        write.tx.commit().await?;
        Ok(taken)
    }
}

fn value(row: &Row, column: &Shown) -> Result<Value<'static>, StoreError> {
    Ok(match column {
        Shown::Bytes(name) => row.try_get::<Option<Vec<u8>>>(name)?.into(),
        Shown::Number(name) => row.try_get::<Option<i64>>(name)?.into(),
    })
}
