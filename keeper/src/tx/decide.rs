//! What to do next with a nonce slot: a pure function of what is stored, what the chain shows and the time.

use super::{Attempt, Intent, IntentId, Slot};
use crate::store::OrderKind;

/// Stored bytes are written again after this time without inclusion: an endpoint may have dropped them.
pub(super) const REBROADCAST_MS: u64 = 3_000;
/// Bytes that no endpoint took yet are tried again after this time.
const RETRY_MS: u64 = 1_000;

/// Bytes whose answers nobody understood so often are tried again after this time only.
const PUZZLED_AFTER: u32 = 5;
const PUZZLED_MS: u64 = 10_000;

/// A slot with everything the decision needs.
pub(super) struct View<'a> {
    pub(super) slot: &'a Slot,
    /// Oldest first; never empty, since a slot is stored with its first attempt.
    pub(super) attempts: &'a [Attempt],
    /// The intent wanted on the slot; `None` while a cancel is.
    pub(super) wanted: Option<&'a Intent>,
    /// Newest simulated intent without a slot whose topic has been on this slot.
    pub(super) fresher: Option<IntentId>,
    /// The account's transaction count at the head.
    pub(super) latest_nonce: u64,
    /// Time stamp of the head, in seconds.
    pub(super) chain_time: u64,
    /// Base fee of the next block, in wei per gas.
    pub(super) base_fee: u128,
    /// Wall time.
    pub(super) now_ms: u64,
    /// When this process last wrote the current attempt; `None` after a restart.
    pub(super) last_sent_ms: Option<u64>,
    /// An endpoint said that the current attempt does not pay enough.
    pub(super) underpriced: bool,
    /// How often the nodes answered with words that nobody knows since they last made sense.
    pub(super) puzzled: u32,
    /// Every endpoint refused the current attempt for good: no fee will help it.
    pub(super) refused: bool,
    /// Seconds without inclusion after which a fee is raised.
    pub(super) bump_after_s: u64,
    /// What an operator ordered for the intent.
    pub(super) ordered: Option<OrderKind>,
}

/// The next step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Nothing now.
    Wait,
    /// Write the stored bytes of the current attempt.
    Broadcast,
    /// Sign the same payload at a higher fee.
    Raise,
    /// Sign a fresher payload of the same topic on this nonce.
    TakeOver(IntentId),
    /// Sign a transfer of nothing on this nonce.
    Cancel,
}

impl View<'_> {
    pub(super) fn next(&self) -> Step {
        let Some(current) = self.attempts.last() else {
            return Step::Wait;
        };
        let mined = self.latest_nonce > self.slot.nonce || self.attempts.iter().any(|a| a.included.is_some());
        if mined {
            return Step::Wait;
        }
        if self.ordered == Some(OrderKind::Cancel) {
            return Step::Cancel;
        }
        let expired = self.wanted.is_some_and(|i| i.expired(self.chain_time));
        let dead = expired || (self.refused && self.wanted.is_some());
        if dead || self.wanted.is_none() {
            // An expired payload is not written again, not even one that never went out: nobody can know that it
            // didn't.
            if let Some(fresher) = self.fresher {
                return Step::TakeOver(fresher);
            }
            if dead {
                return Step::Cancel;
            }
        }
        if self.ordered == Some(OrderKind::Bump) {
            return Step::Raise;
        }
        let since_sent = self.last_sent_ms.map(|sent| self.now_ms.saturating_sub(sent));
        if current.offered_at_ms.is_none() && !self.underpriced {
            let wait = if self.puzzled < PUZZLED_AFTER {
                RETRY_MS
            } else {
                PUZZLED_MS
            };
            return if since_sent.is_none_or(|ms| ms >= wait) {
                Step::Broadcast
            } else {
                Step::Wait
            };
        }
        let age_ms = self.now_ms.saturating_sub(current.signed_at_ms);
        let slow = age_ms >= self.bump_after_s.saturating_mul(1000);
        // Only the nonce that is next can be late for its fee; the ones behind it wait for it.
        let next = self.latest_nonce == self.slot.nonce;
        if next && (slow || self.underpriced || self.base_fee >= current.max_fee) {
            return self.fresher.map_or(Step::Raise, Step::TakeOver);
        }
        if since_sent.is_none_or(|ms| ms >= REBROADCAST_MS) {
            Step::Broadcast
        } else {
            Step::Wait
        }
    }

    /// Whether the current attempt may be written again although its fee could not be raised.
    pub(super) fn may_rebroadcast(&self) -> bool {
        !self.wanted.is_some_and(|i| i.expired(self.chain_time))
            && self
                .last_sent_ms
                .is_none_or(|sent| self.now_ms.saturating_sub(sent) >= REBROADCAST_MS)
    }
}

#[cfg(test)]
mod tests {
    use alloy::primitives::{Address, B256, Bytes, U256};

    use super::*;
    use crate::model::{AttemptKind, IntentState, NewIntent};
    use crate::model::{ChainId, ExpectedEvent, Height, Lane, TraceId};

    const NOW: u64 = 1_000_000;

    fn slot() -> Slot {
        Slot {
            chain: ChainId(1),
            signer: Address::ZERO,
            nonce: 7,
            lane: Lane::Prices,
            intent: Some(IntentId(1)),
        }
    }

    fn attempt(kind: AttemptKind, signed_at_ms: u64, offered: bool) -> Attempt {
        Attempt {
            hash: B256::ZERO,
            chain: ChainId(1),
            signer: Address::ZERO,
            nonce: 7,
            kind,
            intent: Some(IntentId(1)),
            raw: Bytes::new(),
            max_fee: 100,
            priority_fee: 1,
            gas: 50_000,
            max_cost: U256::ZERO,
            signed_at_ms,
            offered_at_ms: offered.then_some(signed_at_ms),
            included: None,
        }
    }

    fn intent(valid_until: Option<u64>) -> Intent {
        Intent {
            id: IntentId(1),
            incarnation: 1,
            wanted: NewIntent {
                effect: "e".into(),
                topic: "t".into(),
                job: "j".into(),
                chain: ChainId(1),
                lane: Lane::Prices,
                to: Address::ZERO,
                data: Bytes::new(),
                value: U256::ZERO,
                expected: ExpectedEvent {
                    address: Address::ZERO,
                    forms: vec![],
                    since: crate::model::Height(0),
                },
                valid_until,
                max_incarnations: 1,
                trace: TraceId("x".into()),
                reason: String::new(),
                evidence_at_ms: 0,
            },
            state: IntentState::Offered,
            parked: None,
            result: None,
            detail: None,
            gas: None,
            nonce: Some(7),
            planned_at_ms: 0,
            first_write_at_ms: None,
            included_at_ms: None,
            ended_at_ms: None,
            included: None,
        }
    }

    fn view<'a>(slot: &'a Slot, attempts: &'a [Attempt], wanted: Option<&'a Intent>) -> View<'a> {
        View {
            slot,
            attempts,
            wanted,
            fresher: None,
            latest_nonce: 7,
            chain_time: 500,
            base_fee: 50,
            now_ms: NOW,
            last_sent_ms: Some(NOW - 10),
            underpriced: false,
            puzzled: 0,
            refused: false,
            bump_after_s: 6,
            ordered: None,
        }
    }

    #[test]
    fn writes_what_never_went_out_and_only_while_it_is_valid() {
        let (slot, valid, expired) = (slot(), intent(Some(501)), intent(Some(500)));
        let fresh = [attempt(AttemptKind::Payload, NOW, false)];
        let restart = View {
            last_sent_ms: None,
            ..view(&slot, &fresh, Some(&valid))
        };
        assert_eq!(restart.next(), Step::Broadcast);
        // TX-4: a payload that expired while the process was down never goes out.
        let late = View {
            last_sent_ms: None,
            ..view(&slot, &fresh, Some(&expired))
        };
        assert_eq!(late.next(), Step::Cancel);
        assert_eq!(
            View {
                fresher: Some(IntentId(2)),
                ..late
            }
            .next(),
            Step::TakeOver(IntentId(2))
        );
    }

    /// OPS-4: an order is decided with everything else: at once, but never against a mined nonce or an expired payload.
    #[test]
    fn obeys_an_order_while_the_nonce_is_free() {
        let (slot, valid, expired) = (slot(), intent(Some(501)), intent(Some(500)));
        let attempts = [attempt(AttemptKind::Payload, NOW, true)];
        let ordered = |kind, wanted| View {
            ordered: Some(kind),
            ..view(&slot, &attempts, Some(wanted))
        };
        assert_eq!(ordered(OrderKind::Bump, &valid).next(), Step::Raise);
        assert_eq!(ordered(OrderKind::Bump, &expired).next(), Step::Cancel);
        assert_eq!(ordered(OrderKind::Cancel, &valid).next(), Step::Cancel);
        for kind in [OrderKind::Bump, OrderKind::Cancel] {
            let mined = View {
                latest_nonce: 8,
                ..ordered(kind, &valid)
            };
            assert_eq!(mined.next(), Step::Wait);
        }
    }

    /// TX-5: nothing is decided about a mined nonce before tracking knows whose it is.
    #[test]
    fn leaves_a_mined_nonce_alone() {
        let (slot, expired) = (slot(), intent(Some(1)));
        let mut attempts = [attempt(AttemptKind::Payload, 0, true)];
        let used = View {
            latest_nonce: 8,
            ..view(&slot, &attempts, Some(&expired))
        };
        assert_eq!(
            used.next(),
            Step::Wait,
            "whose transaction used it is for tracking to say"
        );
        attempts[0].included = Some((Height(1), B256::ZERO));
        assert_eq!(view(&slot, &attempts, Some(&expired)).next(), Step::Wait);
    }

    #[test]
    fn raises_only_the_next_nonce_and_only_when_late_or_too_cheap() {
        let (slot, valid) = (slot(), intent(None));
        let late = [attempt(AttemptKind::Payload, NOW - 6_000, true)];
        let new = [attempt(AttemptKind::Payload, NOW - 100, true)];
        assert_eq!(view(&slot, &late, Some(&valid)).next(), Step::Raise);
        assert_eq!(view(&slot, &new, Some(&valid)).next(), Step::Wait);
        assert_eq!(
            View {
                base_fee: 100,
                ..view(&slot, &new, Some(&valid))
            }
            .next(),
            Step::Raise
        );
        assert_eq!(
            View {
                underpriced: true,
                ..view(&slot, &new, Some(&valid))
            }
            .next(),
            Step::Raise
        );
        let behind = View {
            latest_nonce: 6,
            ..view(&slot, &late, Some(&valid))
        };
        assert_eq!(behind.next(), Step::Wait);
        assert_eq!(
            View {
                last_sent_ms: None,
                ..behind
            }
            .next(),
            Step::Broadcast,
            "an endpoint may have dropped it"
        );
        let fresher = View {
            fresher: Some(IntentId(2)),
            ..view(&slot, &late, Some(&valid))
        };
        assert_eq!(
            fresher.next(),
            Step::TakeOver(IntentId(2)),
            "a raise is the moment for a fresher payload"
        );
    }

    #[test]
    fn frees_the_slot_of_a_payload_that_every_endpoint_refuses() {
        let (slot, valid) = (slot(), intent(None));
        let attempts = [attempt(AttemptKind::Payload, NOW, false)];
        assert_eq!(
            View {
                refused: true,
                ..view(&slot, &attempts, Some(&valid))
            }
            .next(),
            Step::Cancel
        );
        let mut cancelling = slot.clone();
        cancelling.intent = None;
        let cancel = [
            attempt(AttemptKind::Payload, 0, false),
            attempt(AttemptKind::Cancel, NOW, false),
        ];
        let again = View {
            refused: true,
            last_sent_ms: Some(NOW - 2_000),
            ..view(&cancelling, &cancel, None)
        };
        assert_eq!(
            again.next(),
            Step::Broadcast,
            "a refused cancel is tried again, not raised for ever"
        );
    }
}
