//! In which block an attempt is, and what its receipt says.

use alloy::primitives::B256;

use crate::chain::Mined;
use crate::model::Height;
use crate::store::StoreError;
use crate::store::sql::statement::{On, Tx, statement};
use crate::store::sql::{hash, int, u256, unsigned};

/// Records the inclusion of an attempt and of its intent, or takes it back.
pub(super) async fn mark(tx: &mut Tx, attempt: B256, mined: Option<&Mined>, now_ms: u64) -> Result<(), StoreError> {
    let height = mined.map(|m| int("attempts.included_height", m.height.0)).transpose()?;
    let block = mined.map(|m| m.block.to_vec());
    statement(
        "UPDATE attempts SET included_height = $1, included_hash = $2, included_success = $3, included_cost = $4
         WHERE hash = $5",
    )
    .bind(height)
    .bind(block.clone())
    .bind(mined.map(|m| i64::from(m.success)))
    .bind(mined.map(|m| m.cost.to_be_bytes::<32>().to_vec()))
    .bind(attempt.as_slice())
    .execute(&mut *tx)
    .await?;
    // Without the inclusion it is offered again, or still being cancelled if its slot is wanted for something else.
    statement(
        "UPDATE intents SET parked = NULL, included_height = $1, included_hash = $2,
             included_at_ms = coalesce(included_at_ms, CASE WHEN $1 IS NOT NULL THEN $3 END),
             state = CASE WHEN $1 IS NOT NULL THEN 'included'
                          WHEN EXISTS (SELECT 1 FROM slots WHERE intent_id = intents.id AND ended IS NULL) THEN 'offered'
                          ELSE 'cancelling' END
         WHERE ended_at_ms IS NULL AND id = (SELECT intent_id FROM attempts WHERE hash = $4 AND kind = 'payload')",
    )
    .bind(height)
    .bind(block)
    .bind(int("intents.included_at_ms", now_ms)?)
    .bind(attempt.as_slice())
    .execute(&mut *tx)
    .await?;
    Ok(())
}

/// What was recorded; `None` where it is in no block, or was recorded before receipts were.
pub(super) async fn read(from: impl Into<On<'_>>, attempt: B256) -> Result<Option<Mined>, StoreError> {
    let row = statement(
        "SELECT included_height, included_hash, included_success, included_cost FROM attempts
         WHERE hash = $1 AND included_height IS NOT NULL AND included_cost IS NOT NULL",
    )
    .bind(attempt.as_slice())
    .fetch_optional(from)
    .await?;
    row.map(|row| {
        Ok(Mined {
            height: Height(unsigned("attempts.included_height", row.try_get("included_height")?)?),
            block: hash("attempts.included_hash", &row.try_get::<Vec<u8>>("included_hash")?)?,
            success: row.try_get::<i64>("included_success")? != 0,
            cost: u256("attempts.included_cost", &row.try_get::<Vec<u8>>("included_cost")?)?,
        })
    })
    .transpose()
}
