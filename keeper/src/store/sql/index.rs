//! Canonical blocks, their events, the cursor and the finalized block.

use async_trait::async_trait;

use super::statement::{On, Row, statement};
use super::{SqlStore, Write, derived, hash, int, unsigned};
use crate::boundary::Boundary;
use crate::model::{BlockRef, ChainId, EventRef, ExpectedEvent, Height, LogForm};
use crate::store::{BlockBatch, Cursor, FeedState, IndexStore, Position, REMEMBERED_FINAL, RoundRow, StoreError};

use alloy::primitives::Address;

/// Every table whose rows carry the height that caused them.
pub(super) const BY_HEIGHT: [&str; 13] = [
    "blocks",
    "events",
    "rounds",
    "disputes",
    "signer_sets",
    "skills",
    "skill_changes",
    "wallet_moves",
    "badges",
    "badge_moves",
    "badge_freezes",
    "score_reports",
    "score_holds",
];

const TOPICS: [&str; 4] = ["topic0", "topic1", "topic2", "topic3"];

/// Data of at most this many bytes is indexed: PostgreSQL refuses long keys.
const INDEXED_DATA: usize = 256;

/// The events of one form, with a parameter from the next number on for each value that it names: chain, address,
/// lowest height, topics, data.
fn select(form: &LogForm, next: &mut usize) -> String {
    let mut parameter = || {
        *next = next.saturating_add(1);
        format!("${next}")
    };
    let mut sql = format!(
        "SELECT height, block_hash, transaction_hash, log_index FROM events WHERE chain_id = {} AND address = {} AND height >= {}",
        parameter(),
        parameter(),
        parameter()
    );
    let topics = TOPICS.iter().zip(&form.topics).filter(|(_, topic)| topic.is_some());
    let data = form.data.as_ref().map(|_| &"data");
    for column in topics.map(|(column, _)| column).chain(data) {
        sql.push_str(&format!(" AND {column} = {}", parameter()));
    }
    if form.data.as_ref().is_some_and(|data| data.len() <= INDEXED_DATA) {
        // In the words of the index.
        sql.push_str(&format!(" AND length(data) <= {INDEXED_DATA}"));
    }
    sql
}

pub(super) fn id(chain: ChainId) -> Result<i64, StoreError> {
    int("chain_id", chain.0)
}

fn block_of(row: &Row) -> Result<BlockRef, StoreError> {
    block_from(row, ["height", "hash", "parent", "time"])
}

fn block_from(row: &Row, [height, digest, parent, time]: [&'static str; 4]) -> Result<BlockRef, StoreError> {
    Ok(BlockRef {
        height: Height(unsigned(height, row.try_get(height)?)?),
        hash: hash(digest, &row.try_get::<Vec<u8>>(digest)?)?,
        parent: hash(parent, &row.try_get::<Vec<u8>>(parent)?)?,
        time: unsigned(time, row.try_get(time)?)?,
    })
}

async fn one_block(
    from: impl Into<On<'_>>,
    sql: &'static str,
    chain: ChainId,
    height: Height,
) -> Result<Option<BlockRef>, StoreError> {
    let row = statement(sql)
        .bind(id(chain)?)
        .bind(int("height", height.0)?)
        .fetch_optional(from)
        .await?;
    row.as_ref().map(block_of).transpose()
}

const CURSOR: &str = "SELECT height, hash, parent, time FROM cursors WHERE chain_id = $1 AND height >= $2";
const FINALIZED: &str = "SELECT height, hash, parent, time FROM finalized WHERE chain_id = $1 AND height >= $2";
const AT: &str = "SELECT height, hash, parent, time FROM blocks WHERE chain_id = $1 AND height = $2";
const AT_OR_BELOW: &str = "SELECT height, hash, parent, time FROM blocks WHERE chain_id = $1 AND height <= $2 \
     ORDER BY height DESC LIMIT 1";

const POSITION: &str = "SELECT c.height, c.hash, c.parent, c.time, f.height AS final_height, f.hash AS final_hash, \
     f.parent AS final_parent, f.time AS final_time, h.reason \
     FROM (SELECT CAST($1 AS BIGINT) AS chain_id) k LEFT JOIN cursors c ON c.chain_id = k.chain_id \
     LEFT JOIN finalized f ON f.chain_id = k.chain_id \
     LEFT JOIN halts h ON h.chain_id = k.chain_id AND h.ended_at IS NULL";

const PUT_BLOCK: &str = "INSERT INTO blocks (chain_id, height, hash, parent, time) VALUES ($1, $2, $3, $4, $5)";
const PUT_CURSOR: &str = "INSERT INTO cursors (chain_id, height, hash, parent, time) VALUES ($1, $2, $3, $4, $5) \
     ON CONFLICT (chain_id) DO UPDATE SET height = excluded.height, hash = excluded.hash, \
     parent = excluded.parent, time = excluded.time";
const PUT_FINALIZED: &str = "INSERT INTO finalized (chain_id, height, hash, parent, time) VALUES ($1, $2, $3, $4, $5) \
     ON CONFLICT (chain_id) DO UPDATE SET height = excluded.height, hash = excluded.hash, \
     parent = excluded.parent, time = excluded.time";

async fn put(write: &mut Write, sql: &'static str, chain: ChainId, block: &BlockRef) -> Result<(), StoreError> {
    statement(sql)
        .bind(id(chain)?)
        .bind(int("height", block.height.0)?)
        .bind(block.hash.to_vec())
        .bind(block.parent.to_vec())
        .bind(int("time", block.time)?)
        .execute(&mut write.tx)
        .await?;
    Ok(())
}

#[async_trait]
impl IndexStore for SqlStore {
    async fn cursor(&self, chain: ChainId) -> Result<Option<Cursor>, StoreError> {
        one_block(&self.read, CURSOR, chain, Height(0)).await
    }

    async fn position(&self, chain: ChainId) -> Result<Position, StoreError> {
        let row = statement(POSITION).bind(id(chain)?).fetch_optional(&self.read).await?;
        let Some(row) = row else {
            return Ok(Position::default());
        };
        let block = |columns: [&'static str; 4]| -> Result<Option<BlockRef>, StoreError> {
            let is_there = row.try_get::<Option<i64>>(columns[0])?.is_some();
            is_there.then(|| block_from(&row, columns)).transpose()
        };
        Ok(Position {
            cursor: block(["height", "hash", "parent", "time"])?,
            finalized: block(["final_height", "final_hash", "final_parent", "final_time"])?,
            halted: row.try_get("reason")?,
        })
    }

    async fn canonical(&self, chain: ChainId, height: Height) -> Result<Option<BlockRef>, StoreError> {
        one_block(&self.read, AT, chain, height).await
    }

    async fn canonical_at_or_below(&self, chain: ChainId, height: Height) -> Result<Option<BlockRef>, StoreError> {
        one_block(&self.read, AT_OR_BELOW, chain, height).await
    }

    async fn commit_batch(&self, chain: ChainId, batch: &BlockBatch) -> Result<(), StoreError> {
        let Some(last) = batch.blocks.last() else {
            return Err(StoreError::Conflict("a batch without its last block".into()));
        };
        let mut write = self.begin().await?;
        if batch.events.is_empty() {
            write.is_no_change();
        }
        let cursor = one_block(&mut write.tx, CURSOR, chain, Height(0)).await?;
        if cursor != batch.after {
            return Err(StoreError::Conflict(format!(
                "chain {chain}: the cursor is {cursor:?}, the batch extends {:?}",
                batch.after
            )));
        }
        for block in &batch.blocks {
            put(&mut write, PUT_BLOCK, chain, block).await?;
        }
        derived::put(&mut write, chain, &batch.events).await?;
        put(&mut write, PUT_CURSOR, chain, last).await?;
        write.commit(Boundary::IndexCommit).await
    }

    async fn unwind(&self, chain: ChainId, to: Height) -> Result<(), StoreError> {
        let mut write = self.begin().await?;
        let finalized = one_block(&mut write.tx, FINALIZED, chain, Height(0)).await?;
        if let Some(finalized) = finalized.filter(|f| f.height > to) {
            return Err(StoreError::Conflict(format!(
                "chain {chain}: cannot unwind to {to}, below the finalized block {}",
                finalized.height
            )));
        }
        let target = one_block(&mut write.tx, AT, chain, to).await?;
        for table in BY_HEIGHT {
            // The names are the constants above.
            let sql = format!("DELETE FROM {table} WHERE chain_id = $1 AND height > $2");
            statement(sql)
                .bind(id(chain)?)
                .bind(int("height", to.0)?)
                .execute(&mut write.tx)
                .await?;
        }
        match target {
            Some(block) => put(&mut write, PUT_CURSOR, chain, &block).await?,
            None => {
                let left: Option<i64> = statement("SELECT height FROM blocks WHERE chain_id = $1 LIMIT 1")
                    .bind(id(chain)?)
                    .value_optional(&mut write.tx)
                    .await?;
                if left.is_some() {
                    return Err(StoreError::Conflict(format!(
                        "chain {chain}: block {to} is not remembered"
                    )));
                }
                statement("DELETE FROM cursors WHERE chain_id = $1")
                    .bind(id(chain)?)
                    .execute(&mut write.tx)
                    .await?;
            }
        }
        write.commit(Boundary::IndexUnwind).await
    }

    async fn finalized(&self, chain: ChainId) -> Result<Option<BlockRef>, StoreError> {
        one_block(&self.read, FINALIZED, chain, Height(0)).await
    }

    async fn raise_finalized(&self, chain: ChainId, block: BlockRef) -> Result<(), StoreError> {
        let mut write = self.begin().await?;
        write.is_no_change();
        let stored = one_block(&mut write.tx, FINALIZED, chain, Height(0)).await?;
        if let Some(stored) = stored {
            if stored == block {
                return Ok(());
            }
            if stored.height >= block.height {
                return Err(StoreError::Conflict(format!(
                    "chain {chain}: finalized block {} {} does not give way to {} {}",
                    stored.height, stored.hash, block.height, block.hash
                )));
            }
        }
        let indexed = one_block(&mut write.tx, AT, chain, block.height).await?;
        if let Some(indexed) = indexed.filter(|i| i.hash != block.hash) {
            return Err(StoreError::Conflict(format!(
                "chain {chain}: block {} is indexed as {}, finalized as {}",
                block.height, indexed.hash, block.hash
            )));
        }
        put(&mut write, PUT_FINALIZED, chain, &block).await?;
        // Blocks below can no longer be unwound to, and the newest of them bind the chain; the cursor's is kept while
        // it is behind.
        statement(
            "DELETE FROM blocks WHERE chain_id = $1 AND height < $2 \
             AND height < (SELECT height FROM cursors WHERE chain_id = $1)",
        )
        .bind(id(chain)?)
        .bind(int("height", block.height.back(REMEMBERED_FINAL).0)?)
        .execute(&mut write.tx)
        .await?;
        write.commit(Boundary::FinalizedCommit).await
    }

    async fn halted(&self, chain: ChainId) -> Result<Option<String>, StoreError> {
        statement("SELECT reason FROM halts WHERE chain_id = $1 AND ended_at IS NULL")
            .bind(id(chain)?)
            .value_optional(&self.read)
            .await
    }

    async fn halt(&self, chain: ChainId, reason: &str) -> Result<(), StoreError> {
        let mut write = self.begin().await?;
        statement("INSERT INTO halts (chain_id, reason) VALUES ($1, $2) ON CONFLICT DO NOTHING")
            .bind(id(chain)?)
            .bind(reason)
            .execute(&mut write.tx)
            .await?;
        // No boundary: after a kill on either side the same contradiction is found again.
        write.tx.commit().await
    }

    async fn find_event(&self, chain: ChainId, event: &ExpectedEvent) -> Result<Option<EventRef>, StoreError> {
        if event.forms.is_empty() {
            return Ok(None);
        }
        // Each form is looked up by its own index, all in one state of the database.
        let mut parameters = 0;
        let forms: Vec<String> = event.forms.iter().map(|form| select(form, &mut parameters)).collect();
        let sql = format!("{} ORDER BY height, log_index LIMIT 1", forms.join(" UNION ALL "));
        // Made of constants; values are bound.
        let mut query = statement(sql);
        for form in &event.forms {
            let since = int("height", event.since.0)?;
            query = query.bind(id(chain)?).bind(event.address.to_vec()).bind(since);
            for topic in form.topics.iter().take(TOPICS.len()).flatten() {
                query = query.bind(topic.to_vec());
            }
            if let Some(data) = &form.data {
                query = query.bind(data.to_vec());
            }
        }
        let Some(row) = query.fetch_optional(&self.read).await? else {
            return Ok(None);
        };
        Ok(Some(EventRef {
            height: Height(unsigned("events.height", row.try_get("height")?)?),
            block: hash("events.block_hash", &row.try_get::<Vec<u8>>("block_hash")?)?,
            transaction: hash("events.transaction_hash", &row.try_get::<Vec<u8>>("transaction_hash")?)?,
            log_index: unsigned("events.log_index", row.try_get("log_index")?)?,
        }))
    }

    async fn feed(&self, chain: ChainId, feed: Address) -> Result<Option<FeedState>, StoreError> {
        derived::feed(self, chain, feed).await
    }

    async fn rounds(&self, chain: ChainId, feed: Address, limit: u32) -> Result<Vec<RoundRow>, StoreError> {
        derived::rounds(self, chain, feed, limit).await
    }

    async fn signer_set(
        &self,
        chain: ChainId,
        verifier: Address,
    ) -> Result<Option<(u32, Vec<Address>, u8, u8)>, StoreError> {
        derived::signer_set(self, chain, verifier).await
    }

    async fn derived_dump(&self, chain: ChainId, up_to: Height) -> Result<Vec<String>, StoreError> {
        derived::dump(self, chain, up_to).await
    }
}
