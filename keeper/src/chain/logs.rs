//! Logs of a range, complete or not at all.
//!
//! A node may leave logs out: from a lagging index, behind a load balancer, or on purpose. So every header of the range
//! is read, linked, and read again at its end after the logs; every log must lie in a block of those headers; and a
//! block whose bloom promises a watched log that is not there, or that has one of which there may be more, is checked
//! against its receipts, whose root the header fixes.

use std::collections::BTreeMap;

use alloy::primitives::{Address, B256, BloomInput, keccak256};
use alloy::rpc::types::Log;
use serde_json::json;

use super::call::CallError;
use super::endpoint::{Endpoint, quantity};
use super::settings::ReceiptCheck;
use super::wire::{FlatLog, Header, TxReceipt, receipts_match};
use super::{LogRange, RangeLogs, Watched};
use crate::model::Height;

/// Logs of one answer from which on the next range is smaller. A range is bounded by its logs, not by its blocks alone:
/// they are what is held in memory, some 2 KB each.
const MANY_LOGS: u64 = 10_000;

/// Blocks of the first query: how dense the logs are is not known yet.
pub(super) const FIRST_RANGE: u64 = 64;

/// Reads as much of `range`, from its beginning, as this endpoint has and takes in one query; gives also the headers
/// whose hash does not bind them, which somebody else has to vouch for.
pub(super) async fn read(
    endpoint: &Endpoint,
    range: &LogRange,
    check: ReceiptCheck,
    max_range: u64,
) -> Result<(RangeLogs, Vec<Header>), CallError> {
    let check = if range.by_receipts { ReceiptCheck::Always } else { check };
    loop {
        let blocks = endpoint.range().min(max_range).max(1);
        let to = Height(range.to.0.min(range.from.0.saturating_add(blocks.saturating_sub(1))));
        let headers = endpoint.headers(range.from, to).await?;
        let Some(last) = headers.last() else {
            return Ok(Default::default());
        };
        let unbound: Vec<Header> = headers.iter().filter(|header| !header.bound).cloned().collect();
        let logs = match query(endpoint, range, last.height()).await {
            Ok(logs) => logs,
            // Whatever was said: less may be answered, and a single block is read from its receipts.
            Err(error) if error.may_be_size() => {
                if headers.len() == 1 {
                    return Ok((by_receipts(endpoint, range, headers).await?, unbound));
                }
                let half = count(headers.len()).div_euclid(2).max(1);
                endpoint.set_range(half);
                tracing::debug!(endpoint = endpoint.label(), blocks = half, cause = %error, "smaller log range");
                if matches!(error, CallError::Late(_)) {
                    // The time of this read is over.
                    return Err(error);
                }
                continue;
            }
            Err(error) => return Err(error),
        };
        let (read, given) = (count(headers.len()), count(logs.len()));
        // Only a query of the whole size shows that the node takes it.
        if read == blocks || given > MANY_LOGS {
            endpoint.set_range(next_range(read, given).min(max_range));
        }
        // The logs may stem from another fork than the headers, above all an empty answer: the end must still be the
        // same.
        let again = endpoint.header_at(last.height()).await?;
        if again.is_none_or(|h| h.hash != last.hash) {
            return Err(CallError::Contradiction(format!(
                "block {} changed while its logs were read",
                last.height()
            )));
        }
        return Ok((verify(endpoint, range, headers, logs, check).await?, unbound));
    }
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// Blocks of the next query after one of `blocks` blocks gave `logs` logs: an eighth more, but no more than would have
/// held [`MANY_LOGS`].
fn next_range(blocks: u64, logs: u64) -> u64 {
    let grown = blocks.saturating_add(blocks.div_euclid(8).max(1));
    let fitting = blocks.saturating_mul(MANY_LOGS).checked_div(logs).unwrap_or(grown);
    grown.min(fitting).max(1)
}

async fn query(endpoint: &Endpoint, range: &LogRange, to: Height) -> Result<Vec<Log>, CallError> {
    let filter = json!({
        "fromBlock": quantity(range.from),
        "toBlock": quantity(to),
        "address": range.watched.iter().map(|w| w.address).collect::<Vec<_>>(),
    });
    let logs: Vec<FlatLog> = endpoint.call("eth_getLogs", (filter,)).await?;
    Ok(logs.into_iter().map(Log::from).collect())
}

async fn by_receipts(endpoint: &Endpoint, range: &LogRange, headers: Vec<Header>) -> Result<RangeLogs, CallError> {
    verify(endpoint, range, headers, Vec::new(), ReceiptCheck::Always).await
}

async fn verify(
    endpoint: &Endpoint,
    range: &LogRange,
    headers: Vec<Header>,
    logs: Vec<Log>,
    check: ReceiptCheck,
) -> Result<RangeLogs, CallError> {
    let mut by_block: BTreeMap<u64, Vec<Log>> = BTreeMap::new();
    let first = headers.first().map_or(0, |h| h.height().0);
    for log in logs {
        let height = log.block_number.unwrap_or(u64::MAX);
        let header = usize::try_from(height.saturating_sub(first))
            .ok()
            .and_then(|i| headers.get(i));
        let known = header.is_some_and(|h| h.height().0 == height && Some(h.hash) == log.block_hash);
        if !known || log.removed || !is_watched(range, &log) {
            return Err(CallError::Contradiction(format!(
                "a log of block {height} does not belong to the chain that was read"
            )));
        }
        by_block.entry(height).or_default().push(log);
    }
    let last = last_numbered(&by_block, range);
    for header in &headers {
        let given = by_block.get(&header.height().0).map_or(&[][..], Vec::as_slice);
        let suspect = match check {
            ReceiptCheck::Always => header.receipts_root != alloy::trie::EMPTY_ROOT_HASH,
            ReceiptCheck::Bloom => promises_more(header, range, given) || may_repeat(&last, header, range, given),
        };
        if !suspect {
            continue;
        }
        let found = from_receipts(endpoint, header, range).await?;
        if found.len() != given.len() && !matches!(check, ReceiptCheck::Always) {
            metrics::counter!("keeper_omitted_logs_total", "endpoint" => endpoint.label().to_owned()).increment(1);
            tracing::warn!(
                endpoint = endpoint.label(),
                height = header.height().0,
                given = given.len(),
                found = found.len(),
                "the endpoint left logs out; taken from the receipts"
            );
        }
        by_block.insert(header.height().0, found);
    }
    let mut logs: Vec<Log> = by_block.into_values().flatten().collect();
    logs.sort_by_key(|log| (log.block_number, log.log_index));
    Ok(RangeLogs {
        blocks: headers.iter().map(Header::block).collect(),
        logs,
    })
}

fn is_watched(range: &LogRange, log: &Log) -> bool {
    range.watched.iter().any(|watched| watched.address == log.address())
}

/// Whether the bloom holds a watched address with one of its topics of which no log was given. A full block's bloom
/// holds much that did not happen, and each question more is a chance more to ask for receipts in vain: hence no topics
/// of other contracts.
fn promises_more(header: &Header, range: &LogRange, given: &[Log]) -> bool {
    let holds = |bytes: &[u8]| header.logs_bloom.contains_input(BloomInput::Hash(keccak256(bytes)));
    range
        .watched
        .iter()
        .filter(|w| holds(w.address.as_slice()))
        .any(|watched| {
            let has = |topic: Option<&B256>| {
                given
                    .iter()
                    .any(|log| log.address() == watched.address && (topic.is_none() || log.topic0() == topic))
            };
            if watched.topics.is_empty() {
                !has(None)
            } else {
                watched.topics.iter().any(|t| holds(t.as_slice()) && !has(Some(t)))
            }
        })
}

fn is_numbered(watched: &Watched, log: &Log) -> bool {
    watched.numbered.is_some() && watched.numbered.as_ref() == log.topic0()
}

/// The last block with an event that numbers itself, of each contract.
fn last_numbered(by_block: &BTreeMap<u64, Vec<Log>>, range: &LogRange) -> BTreeMap<Address, u64> {
    let numbered = range.watched.iter().filter(|watched| watched.numbered.is_some());
    let last = numbered.filter_map(|watched| {
        let mut blocks = by_block.iter().rev();
        let last = blocks.find(|(_, logs)| {
            logs.iter()
                .any(|log| log.address() == watched.address && is_numbered(watched, log))
        });
        last.map(|(height, _)| (watched.address, *height))
    });
    last.collect()
}

/// Whether one more event like those that were given may have been left out: the bloom shows one of them like many.
/// Where events number themselves only the end of the range is in doubt, everything before shows as a gap.
fn may_repeat(last: &BTreeMap<Address, u64>, header: &Header, range: &LogRange, given: &[Log]) -> bool {
    let in_doubt = |watched: &Watched, log: &Log| {
        if is_numbered(watched, log) {
            last.get(&watched.address) == Some(&header.height().0)
        } else {
            watched.topics.is_empty() || log.topic0().is_some_and(|topic| watched.topics.contains(topic))
        }
    };
    given.iter().any(|log| {
        let mut of_it = range.watched.iter().filter(|watched| watched.address == log.address());
        of_it.any(|watched| in_doubt(watched, log))
    })
}

/// Watched logs of one block from its receipts, after these were proven to be the block's.
async fn from_receipts(endpoint: &Endpoint, header: &Header, range: &LogRange) -> Result<Vec<Log>, CallError> {
    let receipts = receipts_of(endpoint, header).await?;
    if !receipts_match(header, &receipts) {
        return Err(CallError::Contradiction(format!(
            "the receipts of block {} {} do not make its receipts root",
            header.height(),
            header.hash
        )));
    }
    let mut index: u64 = 0;
    let mut found = Vec::new();
    for receipt in receipts {
        for mut log in receipts_logs(receipt) {
            // The root fixes the order of the logs, so the index follows from it.
            log.log_index = Some(index);
            index = index.saturating_add(1);
            log.block_hash = Some(header.hash);
            log.block_number = Some(header.height().0);
            if is_watched(range, &log) {
                found.push(log);
            }
        }
    }
    Ok(found)
}

/// The receipts of a block, in the form that the endpoint has: all by hash, all by number, one by one.
async fn receipts_of(endpoint: &Endpoint, header: &Header) -> Result<Vec<TxReceipt>, CallError> {
    const ALL: &str = "eth_getBlockReceipts";
    for block in [json!(header.hash), json!(quantity(header.height()))] {
        match endpoint.call::<_, Option<Vec<TxReceipt>>>(ALL, (block,)).await {
            Ok(Some(receipts)) if receipts_match(header, &receipts) => return Ok(receipts),
            // Null, or of another block: another form may do.
            Ok(_) => {}
            Err(error) if error.may_be_size() => {
                tracing::debug!(endpoint = endpoint.label(), cause = %error, "receipts in a smaller form");
            }
            Err(error) => return Err(error),
        }
    }
    let block: Option<Transactions> = endpoint.call("eth_getBlockByHash", (header.hash, false)).await?;
    let mut receipts = Vec::new();
    for hash in block.map(|b| b.transactions).unwrap_or_default() {
        let receipt: Option<TxReceipt> = endpoint.call("eth_getTransactionReceipt", (hash,)).await?;
        receipts.extend(receipt);
    }
    Ok(receipts)
}

/// The transactions of a block, by hash.
#[derive(serde::Deserialize)]
struct Transactions {
    transactions: Vec<B256>,
}

fn receipts_logs(receipt: TxReceipt) -> impl Iterator<Item = Log> {
    let transaction = receipt.transaction_hash;
    receipt.logs.into_iter().map(move |mut log| {
        log.transaction_hash = Some(transaction);
        log
    })
}

#[cfg(test)]
mod tests {
    use super::next_range;

    #[test]
    fn a_range_is_bounded_by_its_logs() {
        assert_eq!(next_range(64, 0), 72);
        assert_eq!(next_range(1, 0), 2);
        assert_eq!(next_range(64, 8_000), 72, "still fits");
        assert_eq!(next_range(64, 9_900), 64);
        assert_eq!(next_range(64, 128_000), 5);
        assert_eq!(next_range(1, 50_000), 1);
        assert_eq!(next_range(5, 10_000), 5, "and stays there");
    }
}
