//! Tables derived from events. Rows are only added, with the height that caused them, so that a reorg takes them back
//! by height.

use alloy::hex;
use alloy::primitives::{Address, I256};

use super::index::id;
use super::rows::Rows;
use super::statement::{Row, Value, statement};
use super::{SqlStore, Write, address, corrupt, hash, int, skills, u256, unsigned};
use crate::model::{ChainId, Height};
use crate::store::{DecodedEvent, FeedState, IndexedEvent, RoundRow, StoreError};

fn price_bytes(price: &I256) -> Vec<u8> {
    price.to_be_bytes::<32>().to_vec()
}

fn price_of(what: &'static str, bytes: &[u8]) -> Result<I256, StoreError> {
    u256(what, bytes).map(I256::from_raw)
}

/// The rows that events cause, by table.
struct Tables(Vec<Rows>);

impl Tables {
    /// Adds the rows of one event: itself, and what it means.
    fn add(&mut self, chain: i64, event: &IndexedEvent) -> Result<(), StoreError> {
        let place = [
            Value::from(chain),
            int("height", event.at.height.0)?.into(),
            int("log_index", event.at.log_index)?.into(),
        ];
        let contract: Value<'static> = event.address.to_vec().into();
        let topic = |i: usize| Value::from(event.topics.get(i).map(|t| t.to_vec()));
        let itself = [
            event.at.block.to_vec().into(),
            event.at.transaction.to_vec().into(),
            contract.clone(),
            topic(0),
            topic(1),
            topic(2),
            topic(3),
            event.data.to_vec().into(),
        ];
        self.push("events", place.iter().cloned().chain(itself))?;
        match &event.decoded {
            None => Ok(()),
            Some(DecodedEvent::Skill { time, event: skill }) => {
                let (table, values) = skills::values(skill)?;
                let common = [int("time", *time)?.into(), contract];
                self.push(table, place.into_iter().chain(common).chain(values))
            }
            Some(DecodedEvent::AnswerUpdated {
                round,
                price,
                observed_at,
                updated_at,
            }) => self.push(
                "rounds",
                place.into_iter().chain([
                    contract,
                    int("rounds.round", *round)?.into(),
                    price_bytes(price).into(),
                    int("rounds.observed_at", *observed_at)?.into(),
                    int("rounds.updated_at", *updated_at)?.into(),
                    event.at.transaction.to_vec().into(),
                ]),
            ),
            Some(DecodedEvent::PriceDisputed {
                disputed_price,
                observed_at,
                since,
                ..
            }) => self.push(
                "disputes",
                place.into_iter().chain([
                    contract,
                    int("disputes.observed_at", *observed_at)?.into(),
                    int("disputes.since", *since)?.into(),
                    price_bytes(disputed_price).into(),
                ]),
            ),
            Some(DecodedEvent::DisputeResolved { .. }) => self.push(
                "disputes",
                place
                    .into_iter()
                    .chain([contract, Value::Int(None), Value::Int(None), Value::Bytes(None)]),
            ),
            Some(DecodedEvent::SignerSetRotated {
                set_id,
                signers,
                threshold,
                strict_threshold,
            }) => self.push(
                "signer_sets",
                place.into_iter().chain([
                    contract,
                    i64::from(*set_id).into(),
                    signers.iter().flat_map(|s| s.to_vec()).collect::<Vec<u8>>().into(),
                    i64::from(*threshold).into(),
                    i64::from(*strict_threshold).into(),
                ]),
            ),
        }
    }

    fn push(&mut self, table: &'static str, row: impl IntoIterator<Item = Value<'static>>) -> Result<(), StoreError> {
        let rows = self.0.iter_mut().find(|rows| rows.table() == table);
        rows.ok_or_else(|| corrupt("table", table))?.push(row);
        Ok(())
    }
}

/// Adds events and the rows that they cause. One that is there already fails all.
pub(super) async fn put(write: &mut Write, chain: ChainId, events: &[IndexedEvent]) -> Result<(), StoreError> {
    let chain = id(chain)?;
    let mut tables = Tables(dumped().map(|(table, columns)| Rows::derived(table, columns)).collect());
    for event in events {
        tables.add(chain, event)?;
        // Not all at the end: what waits is a copy of what the batch holds.
        for rows in tables.0.iter_mut().filter(|rows| rows.is_full()) {
            rows.insert(write).await?;
        }
    }
    for rows in &mut tables.0 {
        rows.insert(write).await?;
    }
    Ok(())
}

/// A feed as the indexed chain shows it; `None` before its first report.
pub(super) async fn feed(store: &SqlStore, chain: ChainId, feed: Address) -> Result<Option<FeedState>, StoreError> {
    // One statement, so that all parts are of one state of the database.
    let row = statement(
        "SELECT r.round, r.price, r.observed_at, r.updated_at,
                d.observed_at AS disputed_at, d.since, d.price AS disputed_price,
                (SELECT time FROM blocks WHERE chain_id = $1
                 AND height = CASE WHEN r.height IS NULL OR d.height > r.height THEN d.height ELSE r.height END) AS accepted_at
         FROM (SELECT * FROM rounds WHERE chain_id = $1 AND feed = $2 ORDER BY round DESC LIMIT 1) r
         FULL JOIN (SELECT * FROM disputes WHERE chain_id = $1 AND feed = $2
                    ORDER BY height DESC, log_index DESC LIMIT 1) d ON TRUE",
    )
    .bind(id(chain)?)
    .bind(feed.to_vec())
    .fetch_optional(&store.read)
    .await?;
    let Some(row) = row else { return Ok(None) };
    // Null where the joined row is absent, or is the end of a dispute.
    let number = |what, column: &str| unsigned(what, row.try_get::<Option<i64>>(column)?.unwrap_or(0));
    let disputed = match row.try_get::<Option<Vec<u8>>>("disputed_price")? {
        Some(price) => Some((number("disputes.since", "since")?, price_of("disputes.price", &price)?)),
        None => None,
    };
    let price: Option<Vec<u8>> = row.try_get("price")?;
    Ok(Some(FeedState {
        feed,
        round: number("rounds.round", "round")?,
        price: price.map_or(Ok(I256::ZERO), |p| price_of("rounds.price", &p))?,
        updated_at: number("rounds.updated_at", "updated_at")?,
        // Epochs rise with every report, whether it made a round or not.
        observed_at: number("rounds.observed_at", "observed_at")?.max(number("disputes.observed_at", "disputed_at")?),
        accepted_at: number("blocks.time", "accepted_at")?,
        disputed,
    }))
}

/// Rounds of a feed, newest first.
pub(super) async fn rounds(
    store: &SqlStore,
    chain: ChainId,
    feed: Address,
    limit: u32,
) -> Result<Vec<RoundRow>, StoreError> {
    let rows = statement(
        "SELECT round, price, observed_at, updated_at, transaction_hash, height FROM rounds \
         WHERE chain_id = $1 AND feed = $2 ORDER BY round DESC LIMIT $3",
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
                price: price_of("rounds.price", &row.try_get::<Vec<u8>>("price")?)?,
                observed_at: unsigned("rounds.observed_at", row.try_get("observed_at")?)?,
                updated_at: unsigned("rounds.updated_at", row.try_get("updated_at")?)?,
                transaction: hash("rounds.transaction_hash", &row.try_get::<Vec<u8>>("transaction_hash")?)?,
                height: Height(unsigned("rounds.height", row.try_get("height")?)?),
            })
        })
        .collect()
}

/// The newest signer set of a verifier.
pub(super) async fn signer_set(
    store: &SqlStore,
    chain: ChainId,
    verifier: Address,
) -> Result<Option<(u32, Vec<Address>, u8, u8)>, StoreError> {
    let row = statement(
        "SELECT set_id, signers, threshold, strict_threshold FROM signer_sets \
         WHERE chain_id = $1 AND verifier = $2 ORDER BY height DESC, log_index DESC LIMIT 1",
    )
    .bind(id(chain)?)
    .bind(verifier.to_vec())
    .fetch_optional(&store.read)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let small = |what: &'static str, value: i64| u8::try_from(value).map_err(|_| corrupt(what, value));
    let set_id: i64 = row.try_get("set_id")?;
    let signers: Vec<u8> = row.try_get("signers")?;
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

/// How a column reads in the dump.
#[derive(Clone, Copy)]
pub(super) enum Shown {
    Bytes(&'static str),
    Number(&'static str),
}
use Shown::{Bytes, Number};

/// Every derived table with what makes a line of the dump after height and log index.
pub(super) fn dumped() -> impl Iterator<Item = (&'static str, &'static [Shown])> {
    DUMPED.into_iter().chain(skills::TABLES)
}

const DUMPED: [(&str, &[Shown]); 4] = [
    (
        "events",
        &[
            Bytes("block_hash"),
            Bytes("transaction_hash"),
            Bytes("address"),
            Bytes("topic0"),
            Bytes("topic1"),
            Bytes("topic2"),
            Bytes("topic3"),
            Bytes("data"),
        ],
    ),
    (
        "rounds",
        &[
            Bytes("feed"),
            Number("round"),
            Bytes("price"),
            Number("observed_at"),
            Number("updated_at"),
            Bytes("transaction_hash"),
        ],
    ),
    (
        "disputes",
        &[Bytes("feed"), Number("observed_at"), Number("since"), Bytes("price")],
    ),
    (
        "signer_sets",
        &[
            Bytes("verifier"),
            Number("set_id"),
            Bytes("signers"),
            Number("threshold"),
            Number("strict_threshold"),
        ],
    ),
];

pub(super) fn shown(row: &Row, column: Shown) -> Result<String, StoreError> {
    Ok(match column {
        Bytes(name) => row.try_get::<Option<Vec<u8>>>(name)?.map(hex::encode),
        Number(name) => row.try_get::<Option<i64>>(name)?.map(|number| number.to_string()),
    }
    .unwrap_or_else(|| "-".into()))
}

/// Events and derived rows as text, in a stable order, the same from both engines.
pub(super) async fn dump(store: &SqlStore, chain: ChainId, up_to: Height) -> Result<Vec<String>, StoreError> {
    let mut lines = Vec::new();
    let mut tx = store.long.begin_read().await?;
    for (table, columns) in dumped() {
        // Made of the constants above.
        let rows = statement(format!(
            "SELECT * FROM {table} WHERE chain_id = $1 AND height <= $2 ORDER BY height, log_index"
        ))
        .bind(id(chain)?)
        .bind(int("height", up_to.0)?)
        .fetch_all(&mut tx)
        .await?;
        for row in &rows {
            let mut line = vec![table.to_owned()];
            for column in [Number("height"), Number("log_index")].iter().chain(columns) {
                line.push(shown(row, *column)?);
            }
            lines.push(line.join(" "));
        }
    }
    Ok(lines)
}
