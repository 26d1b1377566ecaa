//! What is old goes, in small transactions, so that none of them holds up a send. What prevents a second effect stays for good: the effect with
//! its last try and result, closed epochs, the newest nonce of every account.

use std::time::Duration;

use super::statement::{Tx, statement};
use crate::store::StoreError;

/// Rest between two transactions.
pub(super) const PAUSE: Duration = Duration::from_millis(5);

/// Up to 250 slots that ended before `$1`, oldest first, but for the newest of each account, from which the next nonce is counted.
const OLD_SLOTS: &str = "SELECT chain_id, signer, nonce FROM slots s WHERE ended IS NOT NULL AND ended_at_ms < $1
     AND nonce < (SELECT max(newest.nonce) FROM slots newest
         WHERE newest.chain_id = s.chain_id AND newest.signer = s.signer)
     ORDER BY ended_at_ms, chain_id, signer, nonce LIMIT 250";

/// Up to 250 intents that ended before `$1` and that nothing refers to any more, oldest first.
const OLD_INTENTS: &str = "SELECT id FROM intents i WHERE ended_at_ms IS NOT NULL AND ended_at_ms < $1
     AND NOT EXISTS (SELECT 1 FROM slots WHERE slots.intent_id = i.id)
     AND NOT EXISTS (SELECT 1 FROM attempts WHERE attempts.intent_id = i.id)
     ORDER BY ended_at_ms, id LIMIT 250";

/// Forgets the oldest slots with their attempts, then the oldest intents with their orders; gives how many of each.
pub(super) async fn chunk(tx: &mut Tx, before: i64) -> Result<(u64, u64), StoreError> {
    let mut deleted = [0; 5];
    let statements = [
        format!("DELETE FROM attempts WHERE (chain_id, signer, nonce) IN ({OLD_SLOTS})"),
        format!("DELETE FROM slots WHERE (chain_id, signer, nonce) IN ({OLD_SLOTS})"),
        // The last try of an effect alone decides whether it is planned again.
        format!(
            "INSERT INTO effects (effect, intent_id, incarnation, result)
             SELECT effect, id, incarnation, result FROM intents last WHERE id IN ({OLD_INTENTS})
                 AND NOT EXISTS (SELECT 1 FROM intents later
                     WHERE later.effect = last.effect AND later.incarnation > last.incarnation)
             ON CONFLICT (effect) DO UPDATE SET intent_id = excluded.intent_id, incarnation = excluded.incarnation,
                 result = excluded.result WHERE excluded.incarnation > effects.incarnation"
        ),
        format!("DELETE FROM orders WHERE intent_id IN ({OLD_INTENTS})"),
        format!("DELETE FROM intents WHERE id IN ({OLD_INTENTS})"),
    ];
    for (sql, count) in statements.into_iter().zip(&mut deleted) {
        *count = statement(sql).bind(before).execute(&mut *tx).await?;
    }
    let [_, slots, _, _, intents] = deleted;
    Ok((slots, intents))
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
