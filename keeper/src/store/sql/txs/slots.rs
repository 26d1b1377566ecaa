//! Open slots, and what a lane spent.

use std::collections::{BTreeMap, HashMap};

use alloy::primitives::{Address, U256};

use super::rows::{attempt, slot};
use crate::model::{Attempt, ChainId, Height, Lane, Slot};
use crate::store::StoreError;
use crate::store::sql::statement::{Pool, statement};
use crate::store::sql::{int, u256};

/// The open slots of chain `$1`; takes `$2` so that both queries bind the same.
const OPEN: &str = "s.chain_id = $1 AND s.ended IS NULL AND $2 = $2";
/// Those of them that do not merely wait for finality: no attempt lies in an indexed block above height `$2`.
const DUE: &str = "s.chain_id = $1 AND s.ended IS NULL AND NOT EXISTS (
     SELECT 1 FROM attempts i JOIN blocks b
         ON b.chain_id = i.chain_id AND b.height = i.included_height AND b.hash = i.included_hash
     WHERE i.chain_id = s.chain_id AND i.signer = s.signer AND i.nonce = s.nonce AND i.included_height > $2)";

type Open = Vec<(Slot, Vec<Attempt>)>;

pub(super) async fn open(from: &Pool, chain: ChainId) -> Result<Open, StoreError> {
    with_attempts(from, OPEN, chain, 0).await
}

pub(super) async fn due(from: &Pool, chain: ChainId, settled: Option<Height>) -> Result<Open, StoreError> {
    let above = settled.map_or(Ok(-1), |height| int("attempts.included_height", height.0))?;
    with_attempts(from, DUE, chain, above).await
}

/// Slots with their attempts, by signer and nonce.
async fn with_attempts(from: &Pool, which: &'static str, chain: ChainId, above: i64) -> Result<Open, StoreError> {
    let id = int("slots.chain_id", chain.0)?;
    let slots = statement(format!(
        "SELECT s.* FROM slots s WHERE {which} ORDER BY s.signer, s.nonce"
    ))
    .bind(id)
    .bind(above)
    .fetch_all(from)
    .await?;
    if slots.is_empty() {
        return Ok(Vec::new());
    }
    // Sorted here: an order by the key of `attempts` invites a database to go through all of them.
    let rows = statement(format!(
        "SELECT a.* FROM slots s JOIN attempts a ON a.chain_id = s.chain_id AND a.signer = s.signer AND a.nonce = s.nonce
         WHERE {which}"
    ))
    .bind(id)
    .bind(above)
    .fetch_all(from)
    .await?;
    let mut in_order = BTreeMap::new();
    for row in &rows {
        in_order.insert(row.try_get::<i64>("seq")?, attempt(row)?);
    }
    let mut attempts: HashMap<(Address, u64), Vec<Attempt>> = HashMap::new();
    for one in in_order.into_values() {
        attempts.entry((one.signer, one.nonce)).or_default().push(one);
    }
    slots
        .iter()
        .map(|row| {
            let slot = slot(row)?;
            // A slot whose attempts were written between the two queries has them in the next look.
            let on = attempts.remove(&(slot.signer, slot.nonce)).unwrap_or_default();
            Ok((slot, on))
        })
        .collect()
}

/// What open slots cost: by the receipt of a mined attempt, else the most of any.
const OPEN_COST: &str = "SELECT coalesce(
         (SELECT a.included_cost FROM attempts a
             WHERE a.chain_id = s.chain_id AND a.signer = s.signer AND a.nonce = s.nonce
                 AND a.included_cost IS NOT NULL LIMIT 1),
         (SELECT a.max_cost FROM attempts a
             WHERE a.chain_id = s.chain_id AND a.signer = s.signer AND a.nonce = s.nonce
             ORDER BY a.max_cost DESC LIMIT 1)) AS cost
     FROM slots s WHERE s.chain_id = $1 AND s.lane = $2 AND s.ended IS NULL";
/// Final costs since a wall time.
const ENDED_COST: &str = "SELECT cost FROM slots
     WHERE chain_id = $1 AND lane = $2 AND ended IS NOT NULL AND ended_at_ms >= $3";

/// The most that cancels on open slots may cost.
const OPEN_CANCELS: &str = "SELECT (SELECT a.max_cost FROM attempts a
         WHERE a.chain_id = s.chain_id AND a.signer = s.signer AND a.nonce = s.nonce AND a.kind = 'cancel'
         ORDER BY a.max_cost DESC LIMIT 1) AS cost
     FROM slots s WHERE s.chain_id = $1 AND s.lane = $2 AND s.ended IS NULL";
/// What cancels cost that are final since a wall time.
const ENDED_CANCELS: &str = "SELECT cost FROM slots
     WHERE chain_id = $1 AND lane = $2 AND ended IS NOT NULL AND ended = 'cancelled' AND ended_at_ms >= $3";

/// Final costs since a wall time, and the costs of open slots. In two questions, each with an index of its own.
pub(super) async fn spent(from: &Pool, chain: ChainId, lane: Lane, since_ms: u64) -> Result<U256, StoreError> {
    costs(from, [OPEN_COST, ENDED_COST], chain, lane, since_ms).await
}

/// The same of cancels alone.
pub(super) async fn freed(from: &Pool, chain: ChainId, lane: Lane, since_ms: u64) -> Result<U256, StoreError> {
    costs(from, [OPEN_CANCELS, ENDED_CANCELS], chain, lane, since_ms).await
}

async fn costs(
    from: &Pool,
    [open, ended]: [&'static str; 2],
    chain: ChainId,
    lane: Lane,
    since_ms: u64,
) -> Result<U256, StoreError> {
    let chain = int("slots.chain_id", chain.0)?;
    let lane: &str = lane.into();
    let open = statement(open).bind(chain).bind(lane).fetch_all(from).await?;
    let ended = statement(ended)
        .bind(chain)
        .bind(lane)
        .bind(int("slots.ended_at_ms", since_ms)?)
        .fetch_all(from)
        .await?;
    open.iter().chain(&ended).try_fold(U256::ZERO, |sum, row| {
        let cost: Option<Vec<u8>> = row.try_get("cost")?;
        let cost = cost.map_or(Ok(U256::ZERO), |bytes| u256("slots.cost", &bytes))?;
        Ok(sum.saturating_add(cost))
    })
}
