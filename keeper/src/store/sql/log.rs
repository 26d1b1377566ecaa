//! The event log.

use alloy::primitives::{Address, B256, Bytes};
use async_trait::async_trait;

use super::index::id;
use super::statement::{Row, statement};
use super::{SqlStore, hash, int, unsigned};
use crate::model::{ChainId, EventRef, Height};
use crate::store::{LogStore, Logged, StoreError};

const TOPICS: [&str; 4] = ["topic0", "topic1", "topic2", "topic3"];

#[async_trait]
impl LogStore for SqlStore {
    async fn logs(
        &self,
        chain: ChainId,
        contract: Address,
        topic: B256,
        up_to: Option<Height>,
    ) -> Result<Vec<Logged>, StoreError> {
        let last = up_to.map_or(Ok(i64::MAX), |height| int("height", height.0))?;
        let query = statement(
            "SELECT height, block_hash, transaction_hash, log_index, topic0, topic1, topic2, topic3, data FROM events
             WHERE chain_id = $1 AND address = $2 AND topic0 = $3 AND height <= $4 ORDER BY height, log_index",
        );
        let query = query
            .bind(id(chain)?)
            .bind(contract.to_vec())
            .bind(topic.to_vec())
            .bind(last);
        let rows = query.fetch_all(&self.read).await?;
        rows.iter().map(|row| logged(contract, row)).collect()
    }
}

fn logged(address: Address, row: &Row) -> Result<Logged, StoreError> {
    let mut topics = Vec::new();
    for column in TOPICS {
        if let Some(topic) = row.try_get::<Option<Vec<u8>>>(column)? {
            topics.push(hash("events.topic", &topic)?);
        }
    }
    Ok(Logged {
        at: EventRef {
            height: Height(unsigned("events.height", row.try_get("height")?)?),
            block: hash("events.block_hash", &row.try_get::<Vec<u8>>("block_hash")?)?,
            transaction: hash("events.transaction_hash", &row.try_get::<Vec<u8>>("transaction_hash")?)?,
            log_index: unsigned("events.log_index", row.try_get("log_index")?)?,
        },
        address,
        topics,
        data: Bytes::from(row.try_get::<Vec<u8>>("data")?),
    })
}
