//! Orders, and what is forgotten when it is old.

use async_trait::async_trait;

use super::statement::{Row, statement};
use super::{SqlStore, corrupt, forget, hash, int, unsigned};
use crate::model::{ChainId, IntentId};
use crate::store::{Order, OrderStore, StoreError};

fn order(row: &Row) -> Result<Order, StoreError> {
    let kind: String = row.try_get("kind")?;
    Ok(Order {
        id: row.try_get("id")?,
        intent: IntentId(row.try_get("intent_id")?),
        kind: kind.parse().map_err(|_| corrupt("orders.kind", &kind))?,
        who: row.try_get("who")?,
        why: row.try_get("why")?,
        at_ms: unsigned("orders.at_ms", row.try_get("at_ms")?)?,
        replaces: row
            .try_get::<Option<Vec<u8>>>("replaces")?
            .map(|bytes| hash("orders.replaces", &bytes))
            .transpose()?,
        outcome: row.try_get("outcome")?,
    })
}

#[async_trait]
impl OrderStore for SqlStore {
    async fn give_order(&self, order: &Order) -> Result<(), StoreError> {
        let kind: &str = order.kind.into();
        let mut tx = self.begin_operator().await?;
        let given = statement(
            "INSERT INTO orders (intent_id, kind, who, why, at_ms, replaces) VALUES ($1, $2, $3, $4, $5,
                 (SELECT hash FROM attempts WHERE intent_id = $1 ORDER BY seq DESC LIMIT 1))
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
        let mut forgotten = 0_u64;
        loop {
            let mut write = self.begin().await?;
            write.is_no_change();
            let (slots, intents) = forget::chunk(&mut write.tx, before).await?;
            // No boundary: after a kill before it the same rows are forgotten by the next round.
            write.tx.commit().await?;
            forgotten = forgotten.saturating_add(intents);
            if slots.max(intents) == 0 {
                break;
            }
            // Whoever sends meanwhile goes first.
            tokio::time::sleep(forget::PAUSE).await;
        }
        let mut write = self.begin().await?;
        forget::pauses(&mut write.tx, int("ended_at", before_ms / 1_000)?).await?;
        write.tx.commit().await?;
        Ok(forgotten)
    }
}
