//! The pieces that several write transactions share.

use super::tally;
use crate::model::{Attempt, IntentId, IntentState};
use crate::store::sql::int;
use crate::store::sql::statement::{Tx, statement};
use crate::store::{IntentChange, StoreError};
use alloy::primitives::U256;

/// Applies a change; the row must still be in `from`, if that is given.
pub(super) async fn apply(
    tx: &mut Tx,
    id: IntentId,
    from: Option<IntentState>,
    change: &IntentChange,
    now_ms: u64,
) -> Result<(), StoreError> {
    // An end that becomes another is counted once.
    if from.is_none_or(IntentState::is_end) {
        tally::intent(tx, id, -1).await?;
    }
    let now = int("intents.ended_at_ms", now_ms)?;
    let gas = change.gas.map(|gas| int("intents.gas", gas)).transpose()?;
    // Once in Planned, Simulated or an end without a slot, an intent is on no nonce.
    let keeps_nonce = !matches!(change.state, IntentState::Planned | IntentState::Simulated);
    let done = statement(
        "UPDATE intents SET state = $1, parked = $2, result = $3, detail = coalesce($4, detail), gas = coalesce($5, gas),
             nonce = CASE WHEN $6 THEN nonce END,
             included_height = CASE WHEN $6 THEN included_height END,
             included_hash = CASE WHEN $6 THEN included_hash END,
             ended_at_ms = CASE WHEN $7 THEN $8 END
         WHERE id = $9 AND ($10 IS NULL OR state = $10)",
    )
    .bind(<&str>::from(change.state))
    .bind(change.parked.map(<&str>::from))
    .bind(change.result.map(<&str>::from))
    .bind(change.detail.as_deref())
    .bind(gas)
    .bind(keeps_nonce)
    .bind(change.state.is_end())
    .bind(now)
    .bind(id.0)
    .bind(from.map(<&str>::from))
    .execute(&mut *tx)
    .await?;
    if done != 1 {
        return Err(StoreError::Conflict(format!(
            "intent {id} is not {}",
            from.map_or("there", <&str>::from)
        )));
    }
    if change.state.is_end() {
        tally::intent(tx, id, 1).await?;
    }
    Ok(())
}

/// Inserts a signed attempt.
pub(super) async fn insert_attempt(tx: &mut Tx, a: &Attempt) -> Result<(), StoreError> {
    statement(
        "INSERT INTO attempts (hash, chain_id, signer, nonce, kind, intent_id, raw, max_fee, priority_fee, gas, max_cost, signed_at_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(a.hash.as_slice())
    .bind(int("attempts.chain_id", a.chain.0)?)
    .bind(a.signer.as_slice())
    .bind(int("attempts.nonce", a.nonce)?)
    .bind(<&str>::from(a.kind))
    .bind(a.intent.map(|id| id.0))
    .bind(a.raw.as_ref())
    .bind(U256::from(a.max_fee).to_be_bytes::<32>().to_vec())
    .bind(U256::from(a.priority_fee).to_be_bytes::<32>().to_vec())
    .bind(int("attempts.gas", a.gas)?)
    .bind(a.max_cost.to_be_bytes::<32>().to_vec())
    .bind(int("attempts.signed_at_ms", a.signed_at_ms)?)
    .execute(&mut *tx)
    .await?;
    Ok(())
}

/// Puts a simulated intent on a nonce.
pub(super) async fn bind_intent(tx: &mut Tx, id: IntentId, nonce: u64) -> Result<(), StoreError> {
    let done = statement(
        "UPDATE intents SET state = 'reserved', parked = NULL, nonce = $1 WHERE id = $2 AND state = 'simulated'",
    )
    .bind(int("intents.nonce", nonce)?)
    .bind(id.0)
    .execute(&mut *tx)
    .await?;
    if done == 1 {
        Ok(())
    } else {
        Err(StoreError::Conflict(format!("intent {id} is not simulated")))
    }
}
