//! Whether an endpoint may be used: a circuit breaker that opens after several failures in a row and closes only after
//! several good probes, so that a flapping endpoint stays out.

use std::time::{Duration, Instant};

use crate::model::BlockRef;

/// Failures in a row that open the breaker.
const OPENS_AFTER: u32 = 3;
/// Good probes in a row that close it.
const CLOSES_AFTER: u32 = 2;
/// First and longest time that it stays open before a probe.
const OPEN_FIRST: Duration = Duration::from_millis(500);
const OPEN_LONGEST: Duration = Duration::from_secs(15);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Breaker {
    Closed { failures: u32 },
    Open { until: Instant, wait: Duration },
    Probing { good: u32, wait: Duration },
}

/// Health of one endpoint.
#[derive(Debug)]
pub(super) struct Health {
    breaker: Breaker,
    /// The chain id was checked since the breaker last opened.
    verified: bool,
    /// The id that it answered, where that is not ours. Nothing is read from or sent to it.
    wrong_chain: Option<u64>,
    /// Its newest block at the last poll.
    head: Option<BlockRef>,
}

impl Health {
    pub(super) const fn new() -> Self {
        Self {
            breaker: Breaker::Closed { failures: 0 },
            verified: false,
            wrong_chain: None,
            head: None,
        }
    }

    /// Reads may go to it.
    pub(super) const fn usable(&self) -> bool {
        self.verified && self.wrong_chain.is_none() && matches!(self.breaker, Breaker::Closed { .. })
    }

    /// Transactions may go to it: they are bound to our chain id, so a sick endpoint does no harm.
    pub(super) const fn takes_sends(&self) -> bool {
        self.wrong_chain.is_none()
    }

    /// Its last request failed.
    pub(super) const fn is_failing(&self) -> bool {
        !matches!(self.breaker, Breaker::Closed { failures: 0 })
    }

    pub(super) const fn head(&self) -> Option<BlockRef> {
        self.head
    }

    pub(super) const fn needs_chain_check(&self) -> bool {
        !self.verified || self.wrong_chain.is_some()
    }

    /// Whether a poll should ask it now; an open breaker lets one probe pass when its time is over.
    pub(super) fn admits_probe(&mut self, now: Instant) -> bool {
        if let Breaker::Open { until, wait } = self.breaker {
            if now < until {
                return false;
            }
            self.breaker = Breaker::Probing { good: 0, wait };
        }
        true
    }

    /// The chain id was asked.
    pub(super) fn chain_answered(&mut self, expected: u64, found: u64) {
        self.verified = true;
        self.wrong_chain = (found != expected).then_some(found);
    }

    /// A request was answered.
    pub(super) fn succeeded(&mut self) {
        if let Breaker::Closed { failures } = &mut self.breaker {
            *failures = 0;
        }
    }

    /// A poll got the head.
    pub(super) fn polled(&mut self, head: BlockRef) {
        self.head = Some(head);
        if let Breaker::Probing { good, wait } = self.breaker {
            let good = good.saturating_add(1);
            self.breaker = if good >= CLOSES_AFTER {
                Breaker::Closed { failures: 0 }
            } else {
                Breaker::Probing { good, wait }
            };
        }
    }

    /// A request got no answer. Says whether the breaker opened by it.
    pub(super) fn failed(&mut self, now: Instant) -> bool {
        let wait = match self.breaker {
            Breaker::Closed { failures } if failures.saturating_add(1) < OPENS_AFTER => {
                self.breaker = Breaker::Closed {
                    failures: failures.saturating_add(1),
                };
                return false;
            }
            Breaker::Closed { .. } => OPEN_FIRST,
            Breaker::Probing { wait, .. } => wait.saturating_mul(2).min(OPEN_LONGEST),
            Breaker::Open { .. } => return false,
        };
        let opened = matches!(self.breaker, Breaker::Closed { .. });
        self.breaker = Breaker::Open {
            until: now.checked_add(wait).unwrap_or(now),
            wait,
        };
        // Whatever comes back behind this URL may be another chain.
        self.verified = false;
        self.head = None;
        opened
    }
}

#[cfg(test)]
mod tests {
    use alloy::primitives::B256;

    use super::*;
    use crate::model::Height;

    fn head() -> BlockRef {
        BlockRef {
            height: Height(1),
            hash: B256::ZERO,
            parent: B256::ZERO,
            time: 0,
        }
    }

    #[test]
    fn opens_after_failures_in_a_row_and_closes_after_good_probes() {
        let start = Instant::now();
        let mut health = Health::new();
        health.chain_answered(1, 1);
        assert!(!health.failed(start) && !health.failed(start));
        health.succeeded();
        assert!(
            !health.failed(start) && !health.failed(start),
            "a success in between starts the count again"
        );
        assert!(health.usable());
        assert!(health.failed(start));
        assert!(!health.usable() && !health.admits_probe(start));

        let later = start + OPEN_FIRST;
        assert!(health.admits_probe(later) && health.needs_chain_check());
        health.chain_answered(1, 1);
        health.polled(head());
        assert!(!health.usable(), "one good probe is not enough");
        health.polled(head());
        assert!(health.usable());
    }

    #[test]
    fn a_failed_probe_waits_twice_as_long() {
        let start = Instant::now();
        let mut health = Health::new();
        for _ in 0..OPENS_AFTER {
            health.failed(start);
        }
        let probe = start + OPEN_FIRST;
        assert!(health.admits_probe(probe));
        health.failed(probe);
        assert!(!health.admits_probe(probe + OPEN_FIRST));
        assert!(health.admits_probe(probe + OPEN_FIRST * 2));
    }

    #[test]
    fn another_chain_is_never_used() {
        let mut health = Health::new();
        health.chain_answered(1, 2);
        assert!(!health.usable() && !health.takes_sends() && health.needs_chain_check());
        health.chain_answered(1, 1);
        assert!(health.usable());
    }
}
