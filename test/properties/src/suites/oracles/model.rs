//! What should be accepted, and what is there afterwards: from the promises, over whole numbers and the whole history.

use std::collections::BTreeMap;

use alloy_primitives::{Address, Bytes};

use super::{
    action::{Action, Flaw},
    scores::{HIGHEST, Scores},
    world::{FEED_LIMITS, FEEDS, FIRST_SET, SCORE_LIMITS, SIGNERS, observed},
};

/// Seconds by which a report may be dated ahead.
pub(super) const AHEAD: u64 = 15;
/// Rounds that a feed serves.
const RING: usize = 128;
/// Largest price.
pub(crate) const MOST: i128 = (1 << 111) - 1;

/// The promise that a refusal keeps.
pub(crate) type Refusal = &'static str;

/// Who signs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Set {
    pub(crate) id: u32,
    pub(crate) members: Vec<usize>,
    pub(crate) threshold: usize,
    pub(crate) strict: usize,
}

/// A report that was accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Accepted {
    pub(crate) price: i128,
    pub(crate) observed: u64,
    pub(crate) accepted: u64,
}

impl Accepted {
    fn later(&self) -> u64 {
        self.observed.max(self.accepted)
    }

    /// What a consumer is told.
    pub(crate) fn earlier(&self) -> u64 {
        self.observed.min(self.accepted)
    }
}

/// A feed: its rounds, and since the last of them the reports that agreed with each other beyond the breaker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Feed {
    pub(crate) limits: (u16, u16, u16),
    pub(crate) rounds: Vec<Accepted>,
    pub(crate) claims: Vec<Accepted>,
    /// The last of all.
    pub(crate) last: Option<Accepted>,
}

/// Whether a price lies within so many basis points of another, without a quotient.
fn near(price: i128, of: i128, bps: u16) -> bool {
    let whole = 10_000;
    let bps = i128::from(bps);
    (of * (whole - bps)..=of * (whole + bps)).contains(&(price * whole))
}

impl Feed {
    /// A dispute is under way since, and about what price.
    pub(crate) fn dispute(&self) -> Option<(u64, i128)> {
        let (first, last) = (self.claims.first()?, self.claims.last()?);
        Some((first.later(), last.price))
    }

    /// The latest round, as long as it may be used.
    pub(crate) fn latest(&self) -> Option<&Accepted> {
        if self.claims.is_empty() { self.rounds.last() } else { None }
    }

    /// A round of the ring.
    pub(crate) fn round(&self, id: usize) -> Option<&Accepted> {
        let oldest = self.rounds.len().saturating_sub(RING);
        self.rounds.get(id.checked_sub(1)?).filter(|_| id > oldest)
    }

    fn report(&mut self, price: i128, observed: u64, strictly: bool, now: u64) -> Result<(), Refusal> {
        let report = Accepted {
            price,
            observed,
            accepted: now,
        };
        if self.last.is_some_and(|last| observed <= last.observed) {
            return Err("ORACLE-2");
        }
        if observed > now + AHEAD || observed + u64::from(self.limits.0) < now {
            return Err("ORACLE-3");
        }
        if !(1..=MOST).contains(&price) {
            return Err("ORACLE-13");
        }
        let good = self.rounds.last().map(|round| round.price);
        let counts = match (good, self.last) {
            (Some(good), Some(last)) if !strictly => {
                if report.earlier() <= last.later() {
                    return Err("ORACLE-11");
                }
                near(price, good, self.limits.1) || self.confirms(&report)
            }
            _ => true,
        };
        self.last = Some(report);
        if counts {
            self.claims.clear();
            self.rounds.push(report);
        } else {
            if self.claims.last().is_some_and(|before| !near(price, before.price, self.limits.1)) {
                self.claims.clear();
            }
            self.claims.push(report);
        }
        Ok(())
    }

    /// Whether reports agreed for long enough, this one included.
    fn confirms(&self, report: &Accepted) -> bool {
        self.dispute().is_some_and(|(since, price)| {
            near(report.price, price, self.limits.1) && report.earlier() >= since + u64::from(self.limits.2)
        })
    }
}

/// A call with a report, which must never be accepted again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sent {
    /// The promise that refuses it.
    pub(crate) promise: Refusal,
    pub(crate) to: Address,
    pub(crate) data: Bytes,
}

/// Everything.
#[derive(Clone, Debug)]
pub struct Model {
    pub(crate) set: Set,
    pub(crate) feeds: [Feed; FEEDS],
    pub(crate) scores: Scores,
    /// Reports that were accepted.
    pub(crate) sent: Vec<Sent>,
}

impl Default for Model {
    fn default() -> Self {
        Self {
            set: Set {
                id: 1,
                members: (0..FIRST_SET).collect(),
                threshold: 3,
                strict: 4,
            },
            feeds: FEED_LIMITS.map(|limits| Feed {
                limits,
                rounds: Vec::new(),
                claims: Vec::new(),
                last: None,
            }),
            scores: Scores {
                limits: SCORE_LIMITS,
                wallets: BTreeMap::new(),
            },
            sent: Vec::new(),
        }
    }
}

impl Model {
    /// Whether these signatures are a quorum of the current set, and whether a strict one.
    fn quorum(&self, signers: &[usize], flaw: Flaw) -> Result<bool, Refusal> {
        match flaw {
            Flaw::None => {}
            Flaw::OldSet | Flaw::NextSet | Flaw::OtherSet => return Err("ORACLE-9"),
            Flaw::OtherChain | Flaw::OtherContract | Flaw::OtherValue | Flaw::OtherTime => return Err("ORACLE-7"),
            _ => return Err("ORACLE-8"),
        }
        let mut distinct = signers.to_vec();
        distinct.sort_unstable();
        distinct.dedup();
        let all_members = distinct.iter().all(|signer| self.set.members.contains(signer));
        if distinct.len() != signers.len() || !all_members || signers.len() < self.set.threshold {
            return Err("ORACLE-8");
        }
        Ok(signers.len() >= self.set.strict)
    }

    /// What is there after an action that should be accepted, or the promise by which it should be refused.
    pub(crate) fn after(&self, action: &Action, now: u64) -> Result<Self, Refusal> {
        let mut next = self.clone();
        match action {
            Action::Report {
                feed,
                price,
                ago,
                signers,
                flaw,
            } => {
                let observed = observed(now, *ago).ok_or("ORACLE-3")?;
                let strictly = self.quorum(signers, *flaw);
                // Which promise refuses it first does not matter where several do.
                let ended = next.feeds[*feed].report(*price, observed, strictly == Ok(true), now);
                strictly?;
                ended?;
            }
            Action::ReportScores {
                updates,
                ago,
                signers,
                flaw,
            } => {
                let observed = observed(now, *ago).ok_or("REP-1")?;
                self.quorum(signers, *flaw)?;
                next.scores.report(updates, observed, now)?;
            }
            Action::Replay { which } => {
                return Err(self.sent.get(*which).map_or("ORACLE-2", |sent| sent.promise));
            }
            Action::Rotate {
                signers,
                threshold,
                strict,
                by_admin,
            } => {
                let (threshold, strict) = (usize::from(*threshold), usize::from(*strict));
                let count = signers.len();
                let rises = signers.is_sorted_by(|a, b| a < b) && signers.iter().all(|signer| *signer < SIGNERS);
                if !by_admin || count == 0 || !rises || 2 * threshold <= count || strict < threshold || strict > count {
                    return Err("ORACLE-12");
                }
                next.set = Set {
                    id: self.set.id + 1,
                    members: signers.clone(),
                    threshold,
                    strict,
                };
            }
            Action::SetFeed {
                feed,
                max_delay,
                breaker,
                confirmation,
                by_admin,
            } => {
                let fits = (1..=u16::MAX - 15).contains(max_delay) && (1..10_000).contains(breaker) && *confirmation > 0;
                if !by_admin || !fits {
                    return Err("ORACLE-6");
                }
                next.feeds[*feed].limits = (*max_delay, *breaker, *confirmation);
            }
            Action::Veto { wallets, by_admin } => {
                if !by_admin {
                    return Err("REP-4");
                }
                for wallet in wallets {
                    let mut score = self.scores.of(*wallet, now);
                    if score.held.take().is_some() {
                        next.scores.wallets.insert(*wallet, score);
                    }
                }
            }
            Action::SetScores {
                max_delay,
                min_interval,
                veto_window,
                max_move,
                by_admin,
            } => {
                let fits = [*max_delay, *min_interval, *veto_window].iter().all(|time| *time > 0);
                if !by_admin || !fits || !(1..=HIGHEST).contains(max_move) {
                    return Err("REP-3");
                }
                next.scores.limits = (*max_delay, *min_interval, *veto_window, *max_move);
            }
            Action::Wait { .. } | Action::Settle { .. } | Action::Fill { .. } => {}
        }
        Ok(next)
    }

    fn report(&self, feed: usize, price: i128, ago: i64, signers: usize) -> Action {
        Action::Report {
            feed,
            price,
            ago,
            signers: self.set.members[..signers].to_vec(),
            flaw: Flaw::None,
        }
    }

    /// The actions by which a strict quorum makes so many rounds: each is accepted.
    pub(crate) fn filling(&self, feed: usize, price: i128, rounds: u8) -> Vec<Action> {
        let round = || [Action::Wait { seconds: AHEAD + 1 }, self.report(feed, price, 0, self.set.strict)];
        (0..rounds).flat_map(|_| round()).collect()
    }

    /// The actions by which a feed is brought to a price from this state: each is accepted, and none is under dispute
    /// afterwards.
    pub(crate) fn settling(&self, feed: usize, price: i128, strictly: bool, now: u64) -> Vec<Action> {
        let count = if strictly { self.set.strict } else { self.set.threshold };
        let report = |ago| self.report(feed, price, ago, count);
        let state = &self.feeds[feed];
        if strictly {
            let next = state.last.map_or(now, |last| now.max(last.observed + 1));
            let wait = next.saturating_sub(now + AHEAD);
            let ago = (now + wait).cast_signed() - next.cast_signed();
            return vec![Action::Wait { seconds: wait }, report(ago)];
        }
        let confirmation = u64::from(state.limits.2).max(AHEAD + 1);
        vec![
            Action::Wait { seconds: AHEAD + 1 },
            report(0),
            Action::Wait { seconds: confirmation },
            report(0),
        ]
    }
}

impl Model {
    /// Marks of the state that are worth coming back to when new.
    pub(crate) fn features(&self, now: u64, marks: &mut Vec<u32>) {
        let mut mark = |kind: u32, value: u64| marks.push(kind << 16 | (value as u32 & 0xffff));
        let size = |value: u64| u64::from(64 - value.leading_zeros());
        for (number, feed) in self.feeds.iter().enumerate() {
            let kind = 3 * number as u32;
            let price = feed.rounds.last().map_or(0, |round| u64::from(128 - round.price.leading_zeros()));
            let ahead = feed.last.map_or(0, |last| last.later().saturating_sub(now));
            mark(kind, size(feed.rounds.len() as u64) << 8 | price);
            mark(kind + 1, size(feed.claims.len() as u64) << 8 | ahead);
            mark(kind + 2, feed.dispute().map_or(0, |(since, _)| 1 + size(now.saturating_sub(since))));
        }
        mark(16, (self.set.members.len() as u64) << 8 | (self.set.strict - self.set.threshold) as u64);
        for score in self.scores.wallets.values().map(|score| score.at(now)) {
            let waits = score.held.map_or(0, |(_, until)| 1 + size(until - now));
            mark(17, size(u64::from(score.counted)) << 8 | waits);
        }
    }
}
