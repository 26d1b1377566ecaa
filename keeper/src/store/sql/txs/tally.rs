//! Figures about what ended, counted when it ends: none of them goes through the rows of the past, and none of them
//! forgets what these forget.

use std::collections::BTreeMap;

use crate::model::{IntentId, SlotEnd};
use crate::store::sql::statement::{Pool, Tx, statement};
use crate::store::sql::{int, unsigned};
use crate::store::{Quantiles, StoreError};

/// Open intents, as the partial index has them.
pub(super) const OPEN_INTENT: &str = "state NOT IN ('final', 'cancelled', 'superseded', 'rejected')";

/// The times that are counted: name, and column of the intent.
const TIMES: [(&str, &str); 2] = [("first_write", "first_write_at_ms"), ("inclusion", "included_at_ms")];

/// Longest time that is told from longer ones.
const LONGEST_MS: u64 = 1_000_000;

/// Three digits, rounded up.
fn rounded(ms: u64) -> u64 {
    let unit = match ms {
        0..1_000 => return ms,
        1_000..10_000 => 10,
        10_000..100_000 => 100,
        100_000..LONGEST_MS => 1_000,
        _ => return LONGEST_MS,
    };
    ms.div_ceil(unit).saturating_mul(unit)
}

/// Counts an intent that ended; `by` is -1 for one whose end is about to become another.
pub(super) async fn intent(tx: &mut Tx, id: IntentId, by: i64) -> Result<(), StoreError> {
    let row = statement(
        "SELECT CASE WHEN result IS NULL THEN state ELSE state || '_' || result END AS kind, evidence_at_ms,
             first_write_at_ms, included_at_ms FROM intents WHERE id = $1 AND ended_at_ms IS NOT NULL",
    )
    .bind(id.0)
    .fetch_optional(&mut *tx)
    .await?;
    let Some(row) = row else { return Ok(()) };
    count(tx, "intent", &row.try_get::<String>("kind")?, by).await?;
    let evidence = unsigned("intents.evidence_at_ms", row.try_get("evidence_at_ms")?)?;
    for (kind, column) in TIMES {
        let Some(at) = row.try_get::<Option<i64>>(column)? else {
            continue;
        };
        let took = rounded(unsigned("latency", at)?.saturating_sub(evidence));
        statement(
            "INSERT INTO latencies (kind, up_to, n) VALUES ($1, $2, $3)
             ON CONFLICT (kind, up_to) DO UPDATE SET n = latencies.n + excluded.n",
        )
        .bind(kind)
        .bind(int("latencies.up_to", took)?)
        .bind(by)
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}

/// Counts a slot that ended.
pub(super) async fn slot(tx: &mut Tx, end: SlotEnd) -> Result<(), StoreError> {
    count(tx, "slot", end.into(), 1).await
}

async fn count(tx: &mut Tx, kind: &str, name: &str, by: i64) -> Result<(), StoreError> {
    statement(
        "INSERT INTO tallies (kind, name, n) VALUES ($1, $2, $3)
         ON CONFLICT (kind, name) DO UPDATE SET n = tallies.n + excluded.n",
    )
    .bind(kind)
    .bind(name)
    .bind(by)
    .execute(tx)
    .await?;
    Ok(())
}

/// How many ever ended how, in the same question as what is open.
const ENDED: &str = "SELECT name, n FROM tallies WHERE kind = $1 AND n > 0";

/// What is open by its state, and how many ever ended how.
pub(super) async fn intents(from: &Pool) -> Result<BTreeMap<String, u64>, StoreError> {
    let open = format!("SELECT state AS kind, count(*) AS n FROM intents WHERE {OPEN_INTENT} GROUP BY state");
    counted(from, &open, "intent").await
}

/// How many slots are open, and how many ever ended how.
pub(super) async fn slots(from: &Pool) -> Result<BTreeMap<String, u64>, StoreError> {
    let open = "SELECT 'open' AS kind, count(*) AS n FROM slots WHERE ended IS NULL HAVING count(*) > 0";
    counted(from, open, "slot").await
}

async fn counted(from: &Pool, open: &str, kind: &str) -> Result<BTreeMap<String, u64>, StoreError> {
    let rows = statement(format!("{open} UNION ALL {ENDED}"))
        .bind(kind)
        .fetch_all(from)
        .await?;
    rows.iter()
        .map(|row| Ok((row.try_get("kind")?, unsigned("count", row.try_get("n")?)?)))
        .collect()
}

/// Quantiles of the time from the last evidence to the first write and to inclusion, by nearest rank, rounded up to
/// three digits.
pub(super) async fn latency(from: &Pool) -> Result<(Quantiles, Quantiles), StoreError> {
    let [first_write, inclusion] = TIMES;
    Ok((quantiles(from, first_write).await?, quantiles(from, inclusion).await?))
}

async fn quantiles(from: &Pool, (kind, column): (&str, &str)) -> Result<Quantiles, StoreError> {
    let mut times: BTreeMap<u64, u64> = BTreeMap::new();
    let rows = statement(format!(
        "SELECT up_to AS ms, n FROM latencies WHERE kind = $1 AND n > 0
         UNION ALL
         SELECT CASE WHEN {column} > evidence_at_ms THEN {column} - evidence_at_ms ELSE 0 END, CAST(1 AS BIGINT)
             FROM intents WHERE {OPEN_INTENT} AND {column} IS NOT NULL"
    ))
    .bind(kind)
    .fetch_all(from)
    .await?;
    for row in &rows {
        let n = times
            .entry(rounded(unsigned("latency", row.try_get("ms")?)?))
            .or_default();
        *n = n.saturating_add(unsigned("latency", row.try_get("n")?)?);
    }
    let count = times.values().copied().fold(0, u64::saturating_add);
    let rank = |percent: u64| {
        let wanted = count.saturating_mul(percent).div_ceil(100);
        let mut seen = 0_u64;
        let found = times.iter().find(|(_, n)| {
            seen = seen.saturating_add(**n);
            seen >= wanted
        });
        found.map_or(0, |(ms, _)| *ms)
    };
    Ok(Quantiles {
        p50: rank(50),
        p99: rank(99),
        count,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// STORE-14: less than one percent too long, never too short.
    #[test]
    fn times_are_rounded_up_by_less_than_a_hundredth() {
        for ms in (0..LONGEST_MS).step_by(37) {
            let shown = rounded(ms);
            assert!(shown >= ms && (shown - ms) * 100 <= ms, "{ms} is shown as {shown}");
        }
        assert_eq!(rounded(u64::MAX), LONGEST_MS);
    }
}
