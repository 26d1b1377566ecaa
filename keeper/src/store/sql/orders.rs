//! Orders, and what is forgotten when it is old.

use async_trait::async_trait;

use super::statement::{Row, statement};
use super::{SqlStore, corrupt, int, unsigned};
use crate::store::{Order, OrderStore, StoreError};
use crate::tx::IntentId;
use crate::types::ChainId;

fn order(row: &Row) -> Result<Order, StoreError> {
    let kind: String = row.try_get("kind")?;
    Ok(Order {
        id: row.try_get("id")?,
        intent: IntentId(row.try_get("intent_id")?),
        kind: kind.parse().map_err(|_| corrupt("orders.kind", &kind))?,
        who: row.try_get("who")?,
        why: row.try_get("why")?,
        at_ms: unsigned("orders.at_ms", row.try_get("at_ms")?)?,
        outcome: row.try_get("outcome")?,
    })
}

/// Slots that ended before `$1`, but for the newest of each account, from which the next nonce is counted.
const OLD_SLOTS: &str = "ended_at_ms < $1 AND nonce < (SELECT max(newest.nonce) FROM slots newest \
     WHERE newest.chain_id = slots.chain_id AND newest.signer = slots.signer)";

/// Intents that ended before `$1` and that nothing refers to any more.
const OLD_INTENTS: &str = "ended_at_ms < $1 AND NOT EXISTS (SELECT 1 FROM slots WHERE slots.intent_id = intents.id) \
     AND NOT EXISTS (SELECT 1 FROM attempts WHERE attempts.intent_id = intents.id)";

#[async_trait]
impl OrderStore for SqlStore {
    async fn give_order(&self, order: &Order) -> Result<(), StoreError> {
        let kind: &str = order.kind.into();
        let mut tx = self.begin_operator().await?;
        let given = statement(
            "INSERT INTO orders (intent_id, kind, who, why, at_ms) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT DO NOTHING",
        )
        .bind(order.intent.0)
        .bind(kind)
        .bind(&order.who)
        .bind(&order.why)
        .bind(int("orders.at_ms", order.at_ms)?)
        .execute(&mut tx)
        .await?;
        tx.commit().await?;
        if given == 1 {
            Ok(())
        } else {
            Err(StoreError::Conflict(format!(
                "a {kind} of intent {} is ordered already and still open",
                order.intent
            )))
        }
    }

    async fn open_orders(&self, chain: ChainId) -> Result<Vec<Order>, StoreError> {
        let rows = statement(
            "SELECT o.* FROM orders o JOIN intents i ON i.id = o.intent_id
             WHERE o.outcome IS NULL AND i.chain_id = $1 ORDER BY o.id",
        )
        .bind(int("intents.chain_id", chain.0)?)
        .fetch_all(&self.read)
        .await?;
        rows.iter().map(order).collect()
    }

    async fn orders_of(&self, intent: IntentId) -> Result<Vec<Order>, StoreError> {
        let rows = statement("SELECT * FROM orders WHERE intent_id = $1 ORDER BY id")
            .bind(intent.0)
            .fetch_all(&self.read)
            .await?;
        rows.iter().map(order).collect()
    }

    async fn end_order(&self, id: i64, outcome: &str) -> Result<(), StoreError> {
        let mut write = self.begin().await?;
        statement("UPDATE orders SET outcome = $1 WHERE id = $2 AND outcome IS NULL")
            .bind(outcome)
            .bind(id)
            .execute(&mut write.tx)
            .await?;
        // No boundary: after a kill before it the order is found fulfilled and closed again.
        write.tx.commit().await
    }

    async fn forget(&self, before_ms: u64) -> Result<u64, StoreError> {
        let before = int("ended_at_ms", before_ms)?;
        let seconds = int("ended_at", before_ms / 1_000)?;
        let mut write = self.begin().await?;
        statement(format!(
            "DELETE FROM attempts WHERE (chain_id, signer, nonce) IN
                 (SELECT chain_id, signer, nonce FROM slots WHERE {OLD_SLOTS})"
        ))
        .bind(before)
        .execute(&mut write.tx)
        .await?;
        statement(format!("DELETE FROM slots WHERE {OLD_SLOTS}"))
            .bind(before)
            .execute(&mut write.tx)
            .await?;
        statement(format!(
            "DELETE FROM orders WHERE intent_id IN (SELECT id FROM intents WHERE {OLD_INTENTS})"
        ))
        .bind(before)
        .execute(&mut write.tx)
        .await?;
        let forgotten = statement(format!("DELETE FROM intents WHERE {OLD_INTENTS}"))
            .bind(before)
            .execute(&mut write.tx)
            .await?;
        for sql in [
            "DELETE FROM pauses WHERE ended_at < $1",
            "DELETE FROM halts WHERE ended_at < $1",
        ] {
            statement(sql).bind(seconds).execute(&mut write.tx).await?;
        }
        // No boundary: after a kill before it the same rows are forgotten by the next round.
        write.tx.commit().await?;
        Ok(forgotten)
    }
}
