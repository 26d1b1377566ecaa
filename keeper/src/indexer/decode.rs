//! Logs into the events that change derived tables.

use alloy::primitives::{Address, B256};
use alloy::rpc::types::Log;
use alloy::sol_types::SolEvent;

use crate::chain::Watched;
use crate::model::{BlockRef, EventRef, Height};
use crate::store::{DecodedEvent, IndexedEvent};

/// What a log of a block with this time changes in the derived tables; `None` where the log itself is all that is kept.
pub type Decode = fn(&Log, u64) -> Result<Option<DecodedEvent>, String>;

/// What is indexed of a kind of contract. Every log is kept; these are the ones whose omission must be noticed.
/// Declared where the events are read: in a job's `events.rs`.
#[derive(Debug)]
pub struct Watch {
    /// First topics of its events.
    pub topics: &'static [B256],
    /// That of them whose events number themselves without a gap.
    pub numbered: Option<B256>,
    /// What they mean.
    pub decode: Decode,
}

impl Watch {
    /// Such a contract at this address.
    pub(super) fn at(&self, address: Address) -> Watched {
        Watched {
            address,
            topics: self.topics.to_vec(),
            numbered: self.numbered,
        }
    }
}

/// The event of a log.
///
/// # Errors
/// The log is not such an event.
pub fn read<E: SolEvent>(log: &Log) -> Result<E, String> {
    E::decode_log_data(log.data()).map_err(|e| e.to_string())
}

/// A number of a log that fits 64 bits.
///
/// # Errors
/// It does not.
pub fn number(what: &str, value: alloy::primitives::U256) -> Result<u64, String> {
    u64::try_from(value).map_err(|_| format!("{what} {value} is out of range"))
}

/// A log of one of `blocks` (ascending) with its place and meaning.
///
/// # Errors
/// A text where the log has no place in them, or a watched contract emitted what its interface does not allow.
pub(super) fn event(log: &Log, blocks: &[BlockRef], contracts: &[(Address, &Watch)]) -> Result<IndexedEvent, String> {
    let (Some(height), Some(block), Some(transaction), Some(log_index)) =
        (log.block_number, log.block_hash, log.transaction_hash, log.log_index)
    else {
        return Err("a log without its place".to_owned());
    };
    let at = blocks.binary_search_by_key(&Height(height), |b| b.height);
    let Some(header) = at.ok().and_then(|index| blocks.get(index)) else {
        return Err(format!("a log of block {height}, which was not read"));
    };
    let watch = contracts.iter().find(|(address, _)| *address == log.address());
    let decoded = watch.map_or(Ok(None), |(_, watch)| (watch.decode)(log, header.time));
    Ok(IndexedEvent {
        at: EventRef {
            height: Height(height),
            block,
            transaction,
            log_index,
        },
        address: log.address(),
        topics: log.topics().to_vec(),
        data: log.data().data.clone(),
        decoded: decoded.map_err(|cause| format!("log {log_index} of block {height} at {}: {cause}", log.address()))?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    static NOTHING: Watch = Watch {
        topics: &[],
        numbered: None,
        decode: |_, time| Err(format!("decoded at {time}")),
    };

    /// A log is read with the time of its own block, and refused where that block was not read.
    #[test]
    fn a_log_is_of_a_block_that_was_read() {
        let block = |height: u64, time: u64| BlockRef {
            height: Height(height),
            hash: B256::with_last_byte(1),
            parent: B256::ZERO,
            time,
        };
        let blocks = [block(5, 90), block(6, 100), block(7, 120)];
        let log = |height: u64| Log {
            block_number: Some(height),
            block_hash: Some(B256::with_last_byte(1)),
            transaction_hash: Some(B256::ZERO),
            log_index: Some(0),
            ..Log::default()
        };
        let of = |log: &Log| event(log, &blocks, &[(Address::ZERO, &NOTHING)]).map(|event| event.decoded);
        assert!(of(&log(6)).is_err_and(|why| why.ends_with("decoded at 100")));
        assert!(of(&log(8)).is_err_and(|why| why.contains("not read")));
        let elsewhere = event(&log(6), &blocks, &[]).map(|event| event.decoded);
        assert_eq!(elsewhere, Ok(None), "a contract that nobody decodes");
    }
}
