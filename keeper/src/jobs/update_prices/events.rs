//! The events of a price feed: what is watched, and what each means.

use alloy::rpc::types::Log;
use alloy::sol_types::SolEvent as _;
use fluxion_abi::IPriceFeed;

use crate::indexer::{Watch, number, read};
use crate::store::DecodedEvent;

/// A `PriceFeed`.
pub static FEED: Watch = Watch {
    topics: &[
        IPriceFeed::AnswerUpdated::SIGNATURE_HASH,
        IPriceFeed::PriceDisputed::SIGNATURE_HASH,
        IPriceFeed::DisputeResolved::SIGNATURE_HASH,
    ],
    numbered: Some(IPriceFeed::AnswerUpdated::SIGNATURE_HASH),
    decode: feed,
};

/// What a feed's log of a block with this time means.
fn feed(log: &Log, time: u64) -> Result<Option<DecodedEvent>, String> {
    Ok(Some(match log.topic0() {
        Some(&IPriceFeed::AnswerUpdated::SIGNATURE_HASH) => {
            let e: IPriceFeed::AnswerUpdated = read(log)?;
            let observed_at = number("updatedAt", e.updatedAt)?;
            DecodedEvent::AnswerUpdated {
                round: number("roundId", e.roundId)?,
                price: e.current,
                observed_at,
                // The event has the epoch, the contract's views never date a round ahead of its block.
                updated_at: observed_at.min(time),
            }
        }
        Some(&IPriceFeed::PriceDisputed::SIGNATURE_HASH) => {
            let e: IPriceFeed::PriceDisputed = read(log)?;
            DecodedEvent::PriceDisputed {
                last_price: e.lastPrice,
                disputed_price: e.disputedPrice,
                observed_at: number("observedAt", e.observedAt)?,
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

#[cfg(test)]
mod tests {
    use alloy::primitives::{I256, U256};

    use super::*;

    #[test]
    fn a_round_is_never_dated_ahead_of_its_block() {
        for (observed, updated) in [(99, 99), (100, 100), (115, 100)] {
            let event = IPriceFeed::AnswerUpdated {
                current: I256::ONE,
                roundId: U256::from(3),
                updatedAt: U256::from(observed),
            };
            let log = Log {
                inner: alloy::primitives::Log {
                    address: alloy::primitives::Address::repeat_byte(7),
                    data: event.encode_log_data(),
                },
                ..Log::default()
            };
            let expected = DecodedEvent::AnswerUpdated {
                round: 3,
                price: I256::ONE,
                observed_at: observed,
                updated_at: updated,
            };
            assert_eq!((FEED.decode)(&log, 100), Ok(Some(expected)), "observed at {observed}");
        }
    }
}
