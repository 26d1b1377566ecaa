//! Logs into the events that change derived tables.

use alloy::primitives::{Address, B256};
use alloy::rpc::types::Log;
use alloy::sol_types::SolEvent;
use fluxion_abi::{IBadges, IPriceFeed, IQuorumVerifier, IReputationOracle, ISkillWallet};

use super::skills;
use crate::chain::Watched;
use crate::store::{DecodedEvent, IndexedEvent};
use crate::types::{BlockRef, EventRef, Height};

/// What a watched contract is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A `PriceFeed`.
    Feed,
    /// A `QuorumVerifier`.
    Verifier,
    /// A `SkillWallet`.
    Wallets,
    /// A `Badges`.
    Badges,
    /// A `ReputationOracle`.
    Reputation,
}

impl Kind {
    /// Such a contract at this address, with the first topics of every event that is decoded: their omission must be noticed.
    pub(super) fn watch(self, address: Address) -> Watched {
        let topics: &[B256] = match self {
            Self::Feed => &[
                IPriceFeed::AnswerUpdated::SIGNATURE_HASH,
                IPriceFeed::PriceDisputed::SIGNATURE_HASH,
                IPriceFeed::DisputeResolved::SIGNATURE_HASH,
            ],
            Self::Verifier => &[IQuorumVerifier::SignerSetRotated::SIGNATURE_HASH],
            Self::Wallets => &[
                ISkillWallet::SkillDefined::SIGNATURE_HASH,
                ISkillWallet::SkillAttested::SIGNATURE_HASH,
                ISkillWallet::SkillRevoked::SIGNATURE_HASH,
                ISkillWallet::Transfer::SIGNATURE_HASH,
            ],
            Self::Badges => &[
                IBadges::BadgeCreated::SIGNATURE_HASH,
                IBadges::TransferSingle::SIGNATURE_HASH,
                IBadges::TransferBatch::SIGNATURE_HASH,
                IBadges::BadgeFrozen::SIGNATURE_HASH,
            ],
            Self::Reputation => &[
                IReputationOracle::ScoresReported::SIGNATURE_HASH,
                IReputationOracle::ScoreHeld::SIGNATURE_HASH,
                IReputationOracle::ScoreVetoed::SIGNATURE_HASH,
            ],
        };
        Watched {
            address,
            topics: topics.to_vec(),
            numbered: (self == Self::Feed).then_some(IPriceFeed::AnswerUpdated::SIGNATURE_HASH),
        }
    }
}

/// A log of one of `blocks` (ascending) with its place and meaning.
///
/// # Errors
/// A text where the log has no place in them, or a watched contract emitted what its interface does not allow.
pub(super) fn event(log: &Log, blocks: &[BlockRef], contracts: &[(Address, Kind)]) -> Result<IndexedEvent, String> {
    let (Some(height), Some(block), Some(transaction), Some(log_index)) =
        (log.block_number, log.block_hash, log.transaction_hash, log.log_index)
    else {
        return Err("a log without its place".to_owned());
    };
    let at = blocks.binary_search_by_key(&Height(height), |b| b.height);
    let Some(header) = at.ok().and_then(|index| blocks.get(index)) else {
        return Err(format!("a log of block {height}, which was not read"));
    };
    let kind = contracts
        .iter()
        .find(|(a, _)| *a == log.address())
        .map(|(_, kind)| *kind);
    let decoded = match kind {
        Some(Kind::Feed) => feed(log, header.time),
        Some(Kind::Verifier) => verifier(log),
        Some(kind) => skills::event(log, kind).map(|event| {
            event.map(|event| DecodedEvent::Skill {
                time: header.time,
                event,
            })
        }),
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

pub(super) fn read<E: SolEvent>(log: &Log) -> Result<E, String> {
    E::decode_log_data(log.data()).map_err(|e| e.to_string())
}

pub(super) fn number(what: &str, value: alloy::primitives::U256) -> Result<u64, String> {
    u64::try_from(value).map_err(|_| format!("{what} {value} is out of range"))
}

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

#[cfg(test)]
mod tests {
    use alloy::primitives::{I256, U256};

    use super::*;

    const FEED: Address = Address::repeat_byte(7);

    fn block(height: u64, time: u64) -> BlockRef {
        BlockRef {
            height: Height(height),
            hash: B256::with_last_byte(1),
            parent: B256::ZERO,
            time,
        }
    }

    fn round(height: u64, observed_at: u64) -> Log {
        let event = IPriceFeed::AnswerUpdated {
            current: I256::ONE,
            roundId: U256::from(3),
            updatedAt: U256::from(observed_at),
        };
        Log {
            inner: alloy::primitives::Log {
                address: FEED,
                data: event.encode_log_data(),
            },
            block_number: Some(height),
            block_hash: Some(B256::with_last_byte(1)),
            transaction_hash: Some(B256::ZERO),
            log_index: Some(0),
            ..Log::default()
        }
    }

    #[test]
    fn a_round_is_never_dated_ahead_of_its_block() {
        let blocks = [block(5, 90), block(6, 100), block(7, 120)];
        let decoded = |log: &Log| event(log, &blocks, &[(FEED, Kind::Feed)]).map(|e| e.decoded);
        for (observed, updated) in [(99, 99), (100, 100), (115, 100)] {
            let expected = DecodedEvent::AnswerUpdated {
                round: 3,
                price: I256::ONE,
                observed_at: observed,
                updated_at: updated,
            };
            assert_eq!(
                decoded(&round(6, observed)),
                Ok(Some(expected)),
                "observed at {observed}"
            );
        }
        assert!(decoded(&round(8, 100)).is_err(), "of a block that was not read");
    }
}
