//! What is old goes, in small transactions, so that none of them holds up a send. What prevents a second effect stays
//! for good: the effect with its last try and result, closed epochs, the newest nonce of every account.

use std::time::Duration;

use super::statement::{Tx, statement};
use crate::store::StoreError;

/// Rest between two transactions.
pub(super) const PAUSE: Duration = Duration::from_millis(5);

/// Up to 100 slots that ended before `$1`, oldest first, but for the newest of each account, from which the next nonce
/// is counted.
const OLD_SLOTS: &str = "SELECT chain_id, signer, nonce FROM slots s WHERE ended IS NOT NULL AND ended_at_ms < $1
     AND nonce < (SELECT max(newest.nonce) FROM slots newest
         WHERE newest.chain_id = s.chain_id AND newest.signer = s.signer)
     ORDER BY ended_at_ms LIMIT 100";

/// Up to 100 intents that ended before `$1` and that nothing refers to any more, oldest first. References are counted
/// row by row: as a join a database may go through all of them.
const OLD_INTENTS: &str = "SELECT id FROM intents i WHERE ended_at_ms IS NOT NULL AND ended_at_ms < $1
     AND (SELECT count(*) FROM slots WHERE slots.intent_id = i.id) = 0
     AND (SELECT count(*) FROM attempts WHERE attempts.intent_id = i.id) = 0
     ORDER BY ended_at_ms LIMIT 100";

/// What is left of an intent for good. The last try of an effect alone decides whether it is planned again.
const KEEP_EFFECT: &str = "INSERT INTO effects (effect, intent_id, incarnation, result)
     SELECT effect, id, incarnation, result FROM intents last WHERE id = $1
         AND NOT EXISTS (SELECT 1 FROM intents later
             WHERE later.effect = last.effect AND later.incarnation > last.incarnation)
     ON CONFLICT (effect) DO UPDATE SET intent_id = excluded.intent_id, incarnation = excluded.incarnation,
         result = excluded.result WHERE excluded.incarnation > effects.incarnation";

/// Forgets the oldest slots with their attempts, then the oldest intents with their orders; gives how many of each.
pub(super) async fn chunk(tx: &mut Tx, before: i64) -> Result<(u64, u64), StoreError> {
    let slots = statement(OLD_SLOTS).bind(before).fetch_all(&mut *tx).await?;
    for row in &slots {
        for table in ["attempts", "slots"] {
            statement(format!(
                "DELETE FROM {table} WHERE chain_id = $1 AND signer = $2 AND nonce = $3"
            ))
            .bind(row.try_get::<i64>("chain_id")?)
            .bind(row.try_get::<Vec<u8>>("signer")?)
            .bind(row.try_get::<i64>("nonce")?)
            .execute(&mut *tx)
            .await?;
        }
    }
    let intents = statement(OLD_INTENTS).bind(before).fetch_all(&mut *tx).await?;
    for row in &intents {
        let id: i64 = row.try_get("id")?;
        for sql in [
            KEEP_EFFECT,
            "DELETE FROM orders WHERE intent_id = $1",
            "DELETE FROM intents WHERE id = $1",
        ] {
            statement(sql).bind(id).execute(&mut *tx).await?;
        }
    }
    let count = |rows: usize| u64::try_from(rows).unwrap_or(u64::MAX);
    Ok((count(slots.len()), count(intents.len())))
}

/// Forgets pauses and halts that ended before a time in seconds.
pub(super) async fn pauses(tx: &mut Tx, before: i64) -> Result<(), StoreError> {
    for sql in [
        "DELETE FROM pauses WHERE ended_at < $1",
        "DELETE FROM halts WHERE ended_at < $1",
    ] {
        statement(sql).bind(before).execute(&mut *tx).await?;
    }
    Ok(())
}
