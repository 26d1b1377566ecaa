//! Intents, slots and attempts in SQLite.

use std::collections::BTreeMap;

use alloy::primitives::{Address, B256, U256};
use async_trait::async_trait;

use super::statement::statement;
use super::{SqlStore, int, unsigned};
use crate::boundary::Boundary;
use crate::chain::Mined;
use crate::model::{Attempt, AttemptKind, ChainId, Height, Intent, IntentId, IntentState, Lane, NewIntent, Slot};
use crate::store::{IntentChange, Planned, Quantiles, SlotOutcome, StoreError, TxStore};

mod inclusion;
mod plan;
mod rows;
mod slots;
mod tally;
mod write;

use rows::{attempt, intent, slot};
use tally::OPEN_INTENT;
use write::{apply, bind_intent, insert_attempt};

/// The open slot that the first three parameters name.
const SELECT_SLOT: &str = "chain_id = $1 AND signer = $2 AND nonce = $3 AND ended IS NULL";

#[async_trait]
impl TxStore for SqlStore {
    async fn plan_intents(&self, wanted: &[NewIntent], now_ms: u64) -> Result<Vec<Planned>, StoreError> {
        let mut write = self.begin().await?;
        let mut planned = Vec::with_capacity(wanted.len());
        for one in wanted {
            planned.push(plan::plan(&mut write.tx, one, now_ms).await?);
        }
        if planned.iter().any(|p| matches!(p, Planned::New(_))) {
            write.commit(Boundary::IntentsCommit).await?;
        }
        Ok(planned)
    }

    async fn open_intents(&self, chain: ChainId) -> Result<Vec<Intent>, StoreError> {
        let rows = statement(format!(
            "SELECT * FROM intents WHERE chain_id = $1 AND {OPEN_INTENT} ORDER BY id"
        ))
        .bind(int("intents.chain_id", chain.0)?)
        .fetch_all(&self.read)
        .await?;
        rows.iter().map(intent).collect()
    }

    async fn unmined_intents(&self, chain: ChainId) -> Result<Vec<Intent>, StoreError> {
        let rows = statement(format!(
            "SELECT * FROM intents WHERE chain_id = $1 AND {OPEN_INTENT} AND state <> 'included' ORDER BY id"
        ))
        .bind(int("intents.chain_id", chain.0)?)
        .fetch_all(&self.read)
        .await?;
        rows.iter().map(intent).collect()
    }

    async fn has_open_work(&self, chain: ChainId) -> Result<bool, StoreError> {
        let found: Option<i64> = statement(format!(
            "SELECT CAST(1 AS BIGINT) WHERE EXISTS (SELECT 1 FROM intents WHERE chain_id = $1 AND {OPEN_INTENT})
             OR EXISTS (SELECT 1 FROM slots WHERE chain_id = $1 AND ended IS NULL)
             OR EXISTS (SELECT 1 FROM orders o WHERE o.outcome IS NULL
                 AND EXISTS (SELECT 1 FROM intents i WHERE i.id = o.intent_id AND i.chain_id = $1))"
        ))
        .bind(int("intents.chain_id", chain.0)?)
        .value_optional(&self.read)
        .await?;
        Ok(found.is_some())
    }

    async fn intent(&self, id: IntentId) -> Result<Option<Intent>, StoreError> {
        let row = statement("SELECT * FROM intents WHERE id = $1")
            .bind(id.0)
            .fetch_optional(&self.read)
            .await?;
        row.as_ref().map(intent).transpose()
    }

    async fn intents(&self, limit: u32) -> Result<Vec<Intent>, StoreError> {
        let rows = statement("SELECT * FROM intents ORDER BY id DESC LIMIT $1")
            .bind(limit)
            .fetch_all(&self.read)
            .await?;
        rows.iter().map(intent).collect()
    }

    async fn change_intent(
        &self,
        id: IntentId,
        from: IntentState,
        change: &IntentChange,
        now_ms: u64,
    ) -> Result<(), StoreError> {
        let mut write = self.begin().await?;
        apply(&mut write.tx, id, Some(from), change, now_ms).await?;
        write.commit(Boundary::IntentCommit).await
    }

    async fn highest_nonce(&self, chain: ChainId, signer: Address) -> Result<Option<u64>, StoreError> {
        let nonce: Option<i64> = statement("SELECT max(nonce) FROM slots WHERE chain_id = $1 AND signer = $2")
            .bind(int("slots.chain_id", chain.0)?)
            .bind(signer.as_slice())
            .value(&self.read)
            .await?;
        nonce.map(|n| unsigned("slots.nonce", n)).transpose()
    }

    async fn reserve(&self, slot: &Slot, attempt: &Attempt, now_ms: u64) -> Result<(), StoreError> {
        let mut write = self.begin().await?;
        statement(
            "INSERT INTO slots (chain_id, signer, nonce, lane, intent_id, opened_at_ms) VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(int("slots.chain_id", slot.chain.0)?)
        .bind(slot.signer.as_slice())
        .bind(int("slots.nonce", slot.nonce)?)
        .bind(<&str>::from(slot.lane))
        .bind(slot.intent.map(|id| id.0))
        .bind(int("slots.opened_at_ms", now_ms)?)
        .execute(&mut write.tx)
        .await?;
        insert_attempt(&mut write.tx, attempt).await?;
        if let Some(id) = slot.intent {
            bind_intent(&mut write.tx, id, slot.nonce).await?;
        }
        write.commit(Boundary::ReserveCommit).await
    }

    async fn add_attempt(&self, attempt: &Attempt, _now_ms: u64) -> Result<(), StoreError> {
        let mut write = self.begin().await?;
        let tx = &mut write.tx;
        let (chain, nonce) = (
            int("slots.chain_id", attempt.chain.0)?,
            int("slots.nonce", attempt.nonce)?,
        );
        let row = statement(format!("SELECT * FROM slots WHERE {SELECT_SLOT}"))
            .bind(chain)
            .bind(attempt.signer.as_slice())
            .bind(nonce)
            .fetch_optional(&mut *tx)
            .await?
            .ok_or_else(|| {
                StoreError::Conflict(format!("nonce {} of {} is not open", attempt.nonce, attempt.signer))
            })?;
        let before = slot(&row)?.intent;
        let wanted = match attempt.kind {
            AttemptKind::Payload => attempt.intent,
            AttemptKind::Cancel => None,
        };
        insert_attempt(tx, attempt).await?;
        if before != wanted {
            // The intent before stays watched: its bytes may still win.
            if let Some(id) = before {
                statement("UPDATE intents SET state = 'cancelling', parked = NULL WHERE id = $1")
                    .bind(id.0)
                    .execute(&mut *tx)
                    .await?;
            }
            statement(format!("UPDATE slots SET intent_id = $4 WHERE {SELECT_SLOT}"))
                .bind(chain)
                .bind(attempt.signer.as_slice())
                .bind(nonce)
                .bind(wanted.map(|id| id.0))
                .execute(&mut *tx)
                .await?;
            if let Some(id) = wanted {
                bind_intent(tx, id, attempt.nonce).await?;
            }
        }
        write.commit(Boundary::AttemptCommit).await
    }

    async fn mark_offered(&self, hash: B256, first_write_at_ms: u64, now_ms: u64) -> Result<(), StoreError> {
        let mut write = self.begin().await?;
        let tx = &mut write.tx;
        statement("UPDATE attempts SET offered_at_ms = coalesce(offered_at_ms, $1) WHERE hash = $2")
            .bind(int("attempts.offered_at_ms", now_ms)?)
            .bind(hash.as_slice())
            .execute(&mut *tx)
            .await?;
        statement(
            "UPDATE intents SET state = CASE WHEN state = 'reserved' THEN 'offered' ELSE state END, parked = NULL,
                 first_write_at_ms = coalesce(first_write_at_ms, $1)
             WHERE id = (SELECT intent_id FROM attempts WHERE hash = $2 AND kind = 'payload')",
        )
        .bind(int("intents.first_write_at_ms", first_write_at_ms)?)
        .bind(hash.as_slice())
        .execute(&mut *tx)
        .await?;
        write.commit(Boundary::OfferedCommit).await
    }

    async fn park(&self, id: IntentId, parked: Option<crate::model::Parked>) -> Result<(), StoreError> {
        let mut write = self.begin().await?;
        statement("UPDATE intents SET parked = $1 WHERE id = $2 AND ended_at_ms IS NULL")
            .bind(parked.map(<&str>::from))
            .bind(id.0)
            .execute(&mut write.tx)
            .await?;
        write.commit(Boundary::IntentCommit).await
    }

    async fn mark_included(&self, hash: B256, mined: Option<&Mined>, now_ms: u64) -> Result<(), StoreError> {
        let mut write = self.begin().await?;
        inclusion::mark(&mut write.tx, hash, mined, now_ms).await?;
        write.commit(Boundary::InclusionCommit).await
    }

    async fn inclusion(&self, hash: B256) -> Result<Option<Mined>, StoreError> {
        inclusion::read(&self.read, hash).await
    }

    async fn open_slots(&self, chain: ChainId) -> Result<Vec<(Slot, Vec<Attempt>)>, StoreError> {
        slots::open(&self.read, chain).await
    }

    async fn due_slots(
        &self,
        chain: ChainId,
        settled: Option<Height>,
    ) -> Result<Vec<(Slot, Vec<Attempt>)>, StoreError> {
        slots::due(&self.read, chain, settled).await
    }

    async fn attempts_of(&self, id: IntentId) -> Result<Vec<Attempt>, StoreError> {
        let rows = statement("SELECT * FROM attempts WHERE intent_id = $1 ORDER BY seq")
            .bind(id.0)
            .fetch_all(&self.read)
            .await?;
        rows.iter().map(attempt).collect()
    }

    async fn end_slot(&self, slot: &Slot, outcome: &SlotOutcome, now_ms: u64) -> Result<(), StoreError> {
        let mut write = self.begin().await?;
        let done = statement(format!(
            "UPDATE slots SET ended = $4, winner = $5, cost = $6, ended_at_ms = $7 WHERE {SELECT_SLOT}"
        ))
        .bind(int("slots.chain_id", slot.chain.0)?)
        .bind(slot.signer.as_slice())
        .bind(int("slots.nonce", slot.nonce)?)
        .bind(<&str>::from(outcome.end))
        .bind(outcome.winner.map(|w| w.to_vec()))
        .bind(outcome.cost.to_be_bytes::<32>().to_vec())
        .bind(int("slots.ended_at_ms", now_ms)?)
        .execute(&mut write.tx)
        .await?;
        if done != 1 {
            return Err(StoreError::Conflict(format!(
                "nonce {} of {} is not open",
                slot.nonce, slot.signer
            )));
        }
        tally::slot(&mut write.tx, outcome.end).await?;
        for (id, change) in &outcome.intents {
            apply(&mut write.tx, *id, None, change, now_ms).await?;
        }
        write.commit(Boundary::SlotEndCommit).await
    }

    async fn spent_since(&self, chain: ChainId, lane: Lane, since_ms: u64) -> Result<U256, StoreError> {
        slots::spent(&self.read, chain, lane, since_ms).await
    }

    async fn freed_since(&self, chain: ChainId, lane: Lane, since_ms: u64) -> Result<U256, StoreError> {
        slots::freed(&self.read, chain, lane, since_ms).await
    }

    async fn intent_counts(&self) -> Result<BTreeMap<String, u64>, StoreError> {
        tally::intents(&self.read).await
    }

    async fn slot_counts(&self) -> Result<BTreeMap<String, u64>, StoreError> {
        tally::slots(&self.read).await
    }

    async fn latency(&self) -> Result<(Quantiles, Quantiles), StoreError> {
        tally::latency(&self.read).await
    }
}
