//! Tables derived from events. Rows are only added, with the height that caused them, so that a reorg takes them back by height.

use alloy::primitives::{Address, I256};
use sqlx::{AssertSqlSafe, Row as _};

use super::index::id;
use super::{SqliteStore, Write, address, corrupt, hash, int, u256, unsigned};
use crate::store::{DecodedEvent, FeedState, IndexedEvent, RoundRow, StoreError};
use crate::types::{ChainId, Height};

fn price_bytes(price: &I256) -> Vec<u8> {
    price.to_be_bytes::<32>().to_vec()
}

fn price_of(what: &'static str, bytes: &[u8]) -> Result<I256, StoreError> {
    u256(what, bytes).map(I256::from_raw)
}

/// Adds the rows that one event causes.
pub(super) async fn put(write: &mut Write, chain: ChainId, event: &IndexedEvent) -> Result<(), StoreError> {
    let Some(decoded) = &event.decoded else { return Ok(()) };
    let (chain, height) = (id(chain)?, int("height", event.at.height.0)?);
    let log_index = int("log_index", event.at.log_index)?;
    let contract = event.address.to_vec();
    let query = match decoded {
        DecodedEvent::AnswerUpdated {
            round,
            price,
            observed_at,
            updated_at,
        } => sqlx::query(
            "INSERT INTO rounds (chain_id, height, log_index, feed, round, price, observed_at, updated_at, transaction_hash) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(chain)
        .bind(height)
        .bind(log_index)
        .bind(contract)
        .bind(int("rounds.round", *round)?)
        .bind(price_bytes(price))
        .bind(int("rounds.observed_at", *observed_at)?)
        .bind(int("rounds.updated_at", *updated_at)?)
        .bind(event.at.transaction.to_vec()),
        DecodedEvent::PriceDisputed {
            disputed_price,
            observed_at,
            since,
            ..
        } => sqlx::query(
            "INSERT INTO disputes (chain_id, height, log_index, feed, observed_at, since, price) VALUES (?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(chain)
        .bind(height)
        .bind(log_index)
        .bind(contract)
        .bind(int("disputes.observed_at", *observed_at)?)
        .bind(int("disputes.since", *since)?)
        .bind(price_bytes(disputed_price)),
        DecodedEvent::DisputeResolved { .. } => {
            sqlx::query("INSERT INTO disputes (chain_id, height, log_index, feed) VALUES (?, ?, ?, ?)")
                .bind(chain)
                .bind(height)
                .bind(log_index)
                .bind(contract)
        }
        DecodedEvent::SignerSetRotated {
            set_id,
            signers,
            threshold,
            strict_threshold,
        } => sqlx::query(
            "INSERT INTO signer_sets (chain_id, height, log_index, verifier, set_id, signers, threshold, \
             strict_threshold) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(chain)
        .bind(height)
        .bind(log_index)
        .bind(contract)
        .bind(i64::from(*set_id))
        .bind(signers.iter().flat_map(|s| s.to_vec()).collect::<Vec<u8>>())
        .bind(i64::from(*threshold))
        .bind(i64::from(*strict_threshold)),
    };
    query.execute(&mut *write.tx).await?;
    Ok(())
}

/// A feed as the indexed chain shows it; `None` before its first report.
pub(super) async fn feed(store: &SqliteStore, chain: ChainId, feed: Address) -> Result<Option<FeedState>, StoreError> {
    // One statement, so that all parts are of one state of the database.
    let row = sqlx::query(
        "SELECT r.round, r.price, r.observed_at, r.updated_at,
                d.observed_at AS disputed_at, d.since, d.price AS disputed_price
         FROM (SELECT * FROM rounds WHERE chain_id = ?1 AND feed = ?2 ORDER BY round DESC LIMIT 1) r
         FULL JOIN (SELECT * FROM disputes WHERE chain_id = ?1 AND feed = ?2
                    ORDER BY height DESC, log_index DESC LIMIT 1) d",
    )
    .bind(id(chain)?)
    .bind(feed.to_vec())
    .fetch_optional(&store.read)
    .await?;
    let Some(row) = row else { return Ok(None) };
    // Null where the joined row is absent, or is the end of a dispute.
    let number = |what, column: &str| unsigned(what, row.try_get::<Option<i64>, _>(column)?.unwrap_or(0));
    let disputed = match row.try_get::<Option<&[u8]>, _>("disputed_price")? {
        Some(price) => Some((number("disputes.since", "since")?, price_of("disputes.price", price)?)),
        None => None,
    };
    let price: Option<&[u8]> = row.try_get("price")?;
    Ok(Some(FeedState {
        feed,
        round: number("rounds.round", "round")?,
        price: price.map_or(Ok(I256::ZERO), |p| price_of("rounds.price", p))?,
        updated_at: number("rounds.updated_at", "updated_at")?,
        // Epochs rise with every report, whether it made a round or not.
        observed_at: number("rounds.observed_at", "observed_at")?.max(number("disputes.observed_at", "disputed_at")?),
        disputed,
    }))
}

/// Rounds of a feed, newest first.
pub(super) async fn rounds(
    store: &SqliteStore,
    chain: ChainId,
    feed: Address,
    limit: u32,
) -> Result<Vec<RoundRow>, StoreError> {
    let rows = sqlx::query(
        "SELECT round, price, observed_at, updated_at, transaction_hash, height FROM rounds \
         WHERE chain_id = ? AND feed = ? ORDER BY round DESC LIMIT ?",
    )
    .bind(id(chain)?)
    .bind(feed.to_vec())
    .bind(i64::from(limit))
    .fetch_all(&store.read)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(RoundRow {
                feed,
                round: unsigned("rounds.round", row.try_get("round")?)?,
                price: price_of("rounds.price", row.try_get("price")?)?,
                observed_at: unsigned("rounds.observed_at", row.try_get("observed_at")?)?,
                updated_at: unsigned("rounds.updated_at", row.try_get("updated_at")?)?,
                transaction: hash("rounds.transaction_hash", row.try_get("transaction_hash")?)?,
                height: Height(unsigned("rounds.height", row.try_get("height")?)?),
            })
        })
        .collect()
}

/// The newest signer set of a verifier.
pub(super) async fn signer_set(
    store: &SqliteStore,
    chain: ChainId,
    verifier: Address,
) -> Result<Option<(u32, Vec<Address>, u8, u8)>, StoreError> {
    let row = sqlx::query(
        "SELECT set_id, signers, threshold, strict_threshold FROM signer_sets \
         WHERE chain_id = ? AND verifier = ? ORDER BY height DESC, log_index DESC LIMIT 1",
    )
    .bind(id(chain)?)
    .bind(verifier.to_vec())
    .fetch_optional(&store.read)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let small = |what: &'static str, value: i64| u8::try_from(value).map_err(|_| corrupt(what, value));
    let set_id: i64 = row.try_get("set_id")?;
    let signers: &[u8] = row.try_get("signers")?;
    Ok(Some((
        u32::try_from(set_id).map_err(|_| corrupt("signer_sets.set_id", set_id))?,
        signers
            .chunks(Address::len_bytes())
            .map(|bytes| address("signer_sets.signers", bytes))
            .collect::<Result<_, _>>()?,
        small("signer_sets.threshold", row.try_get("threshold")?)?,
        small("signer_sets.strict_threshold", row.try_get("strict_threshold")?)?,
    )))
}

/// What makes a line of the dump, by table.
const DUMPED: [(&str, &str); 4] = [
    (
        "events",
        "hex(block_hash) || ' ' || hex(transaction_hash) || ' ' || hex(address) || ' ' || coalesce(hex(topic0), '-') \
         || ' ' || coalesce(hex(topic1), '-') || ' ' || coalesce(hex(topic2), '-') || ' ' || coalesce(hex(topic3), '-') \
         || ' ' || hex(data)",
    ),
    (
        "rounds",
        "hex(feed) || ' ' || round || ' ' || hex(price) || ' ' || observed_at || ' ' || updated_at || ' ' \
         || hex(transaction_hash)",
    ),
    (
        "disputes",
        "hex(feed) || ' ' || coalesce(observed_at, '-') || ' ' || coalesce(since, '-') || ' ' || coalesce(hex(price), '-')",
    ),
    (
        "signer_sets",
        "hex(verifier) || ' ' || set_id || ' ' || hex(signers) || ' ' || threshold || ' ' || strict_threshold",
    ),
];

/// Events and derived rows as text, in a stable order.
pub(super) async fn dump(store: &SqliteStore, chain: ChainId, up_to: Height) -> Result<Vec<String>, StoreError> {
    let mut lines = Vec::new();
    let mut tx = store.read.begin().await?;
    for (table, columns) in DUMPED {
        // Made of the constants above.
        let sql = format!(
            "SELECT '{table} ' || height || ' ' || log_index || ' ' || {columns} FROM {table} \
             WHERE chain_id = ? AND height <= ? ORDER BY height, log_index"
        );
        let rows: Vec<String> = sqlx::query_scalar(AssertSqlSafe(sql))
            .bind(id(chain)?)
            .bind(int("height", up_to.0)?)
            .fetch_all(&mut *tx)
            .await?;
        lines.extend(rows);
    }
    Ok(lines)
}
