//! Planning an effect: never open twice, never again once done.

use crate::model::{IntentId, NewIntent};
use crate::store::sql::statement::{Tx, statement};
use crate::store::sql::{corrupt, int};
use crate::store::{Planned, StoreError};

pub(super) async fn plan(tx: &mut Tx, wanted: &NewIntent, now_ms: u64) -> Result<Planned, StoreError> {
    // What was forgotten still tells whether its effect was made; the later try of the two decides.
    let last = statement(
        "SELECT id, incarnation, max_incarnations, ended_at_ms IS NULL OR result IN ('ok', 'foreign') AS stays
             FROM intents WHERE effect = $1
         UNION ALL
         SELECT intent_id, incarnation, CAST($2 AS BIGINT), result IN ('ok', 'foreign') FROM effects WHERE effect = $1
         ORDER BY incarnation DESC LIMIT 1",
    )
    .bind(&wanted.effect)
    .bind(wanted.max_incarnations)
    .fetch_optional(&mut *tx)
    .await?;
    let mut incarnation = 1_i64;
    if let Some(row) = last {
        let id = IntentId(row.try_get("id")?);
        // `result` is null for every end but Final, and null OR true is true, null OR false is null.
        if row.try_get::<Option<bool>>("stays")?.unwrap_or(false) {
            return Ok(Planned::Exists(id));
        }
        let used: i64 = row.try_get("incarnation")?;
        if used >= i64::from(wanted.max_incarnations) {
            return Ok(Planned::Exhausted(id));
        }
        incarnation = used.saturating_add(1);
    }
    let expected = serde_json::to_string(&wanted.expected).map_err(|e| corrupt("intents.expected", e))?;
    let id: i64 = statement(
        "INSERT INTO intents (effect, incarnation, topic, job, chain_id, lane, recipient, data, value, expected, valid_until,
             max_incarnations, trace, reason, evidence_at_ms, state, planned_at_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 'planned', $16) RETURNING id",
    )
    .bind(&wanted.effect)
    .bind(incarnation)
    .bind(&wanted.topic)
    .bind(&wanted.job)
    .bind(int("intents.chain_id", wanted.chain.0)?)
    .bind(<&str>::from(wanted.lane))
    .bind(wanted.to.as_slice())
    .bind(wanted.data.as_ref())
    .bind(wanted.value.to_be_bytes::<32>().to_vec())
    .bind(expected)
    .bind(wanted.valid_until.map(|t| int("intents.valid_until", t)).transpose()?)
    .bind(wanted.max_incarnations)
    .bind(&wanted.trace.0)
    .bind(&wanted.reason)
    .bind(int("intents.evidence_at_ms", wanted.evidence_at_ms)?)
    .bind(int("intents.planned_at_ms", now_ms)?)
    .value(&mut *tx)
    .await?;
    Ok(Planned::New(IntentId(id)))
}
