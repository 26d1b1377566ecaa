//! Logs into the events that change derived tables.

use alloy::primitives::{Address, B256};
use alloy::rpc::types::Log;
use alloy::sol_types::SolEvent;
use fluxion_abi::{IPriceFeed, IQuorumVerifier};

use crate::store::{DecodedEvent, IndexedEvent};
use crate::types::{EventRef, Height};

/// What a watched contract is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A `PriceFeed`.
    Feed,
    /// A `QuorumVerifier`.
    Verifier,
}

/// First topics of every event that is decoded: their omission must be noticed.
pub(super) const TOPICS: [B256; 5] = [
    IPriceFeed::ReportAccepted::SIGNATURE_HASH,
    IPriceFeed::AnswerUpdated::SIGNATURE_HASH,
    IPriceFeed::PriceDisputed::SIGNATURE_HASH,
    IPriceFeed::DisputeResolved::SIGNATURE_HASH,
    IQuorumVerifier::SignerSetRotated::SIGNATURE_HASH,
];

/// A log with its place and meaning.
///
/// # Errors
/// A text where the log has no place, or a watched contract emitted what its interface does not allow.
pub(super) fn event(log: &Log, contracts: &[(Address, Kind)]) -> Result<IndexedEvent, String> {
    let (Some(height), Some(block), Some(transaction), Some(log_index)) =
        (log.block_number, log.block_hash, log.transaction_hash, log.log_index)
    else {
        return Err("a log without its place".to_owned());
    };
    let kind = contracts
        .iter()
        .find(|(a, _)| *a == log.address())
        .map(|(_, kind)| *kind);
    let decoded = match kind {
        Some(Kind::Feed) => feed(log),
        Some(Kind::Verifier) => verifier(log),
        None => Ok(None),
    };
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

fn read<E: SolEvent>(log: &Log) -> Result<E, String> {
    E::decode_log_data(log.data()).map_err(|e| e.to_string())
}

fn number(what: &str, value: alloy::primitives::U256) -> Result<u64, String> {
    u64::try_from(value).map_err(|_| format!("{what} {value} is out of range"))
}

fn feed(log: &Log) -> Result<Option<DecodedEvent>, String> {
    Ok(Some(match log.topic0() {
        Some(&IPriceFeed::ReportAccepted::SIGNATURE_HASH) => {
            let e: IPriceFeed::ReportAccepted = read(log)?;
            DecodedEvent::ReportAccepted {
                observed_at: number("observedAt", e.observedAt)?,
                price: e.price,
                strict: e.strict,
            }
        }
        Some(&IPriceFeed::AnswerUpdated::SIGNATURE_HASH) => {
            let e: IPriceFeed::AnswerUpdated = read(log)?;
            DecodedEvent::AnswerUpdated {
                round: number("roundId", e.roundId)?,
                price: e.current,
                updated_at: number("updatedAt", e.updatedAt)?,
            }
        }
        Some(&IPriceFeed::PriceDisputed::SIGNATURE_HASH) => {
            let e: IPriceFeed::PriceDisputed = read(log)?;
            DecodedEvent::PriceDisputed {
                last_price: e.lastPrice,
                disputed_price: e.disputedPrice,
                since: number("since", e.since)?,
            }
        }
        Some(&IPriceFeed::DisputeResolved::SIGNATURE_HASH) => {
            let e: IPriceFeed::DisputeResolved = read(log)?;
            DecodedEvent::DisputeResolved {
                round: number("roundId", e.roundId)?,
            }
        }
        _ => return Ok(None),
    }))
}

fn verifier(log: &Log) -> Result<Option<DecodedEvent>, String> {
    if log.topic0() != Some(&IQuorumVerifier::SignerSetRotated::SIGNATURE_HASH) {
        return Ok(None);
    }
    let e: IQuorumVerifier::SignerSetRotated = read(log)?;
    Ok(Some(DecodedEvent::SignerSetRotated {
        set_id: e.setId,
        signers: e.signers,
        threshold: e.threshold,
        strict_threshold: e.strictThreshold,
    }))
}
