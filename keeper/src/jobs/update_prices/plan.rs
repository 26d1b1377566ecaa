//! The decision. Pure: no clock, no network, no store.

use serde::{Deserialize, Serialize};

use super::snapshot::Snapshot;
use crate::sources::{Assessment, Price, Shortage, assess, exceeds_bps};

/// Why a report is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, strum::Display, strum::IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Cause {
    /// The feed has no round yet.
    FirstRound,
    /// The price moved.
    Deviation,
    /// The latest round is old.
    Heartbeat,
    /// The feed is disputed and needs reports to come out of it.
    Dispute,
    /// The report on its way expires soon.
    Expiring,
}

/// Why no report is wanted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, strum::IntoStaticStr)]
#[serde(rename_all = "snake_case", tag = "hold")]
#[strum(serialize_all = "snake_case")]
pub enum Hold {
    /// The latest round is close and young enough.
    Fresh {
        /// Distance from it, in basis points.
        move_bps: u32,
        /// Its age, in seconds.
        age_s: u64,
    },
    /// The other sources of this round are about to answer.
    Settling {
        /// When the decision is made without them, in milliseconds.
        until_ms: u64,
    },
    /// This second was used, or lies before the block that took the last report: an ordinary quorum's report would be
    /// refused.
    EpochUsed {
        /// The last second that is of no use.
        epoch: u64,
    },
    /// The last report was observed ahead of the chain's clock: no block may take an ordinary quorum's before it has
    /// passed that.
    AheadOfChain {
        /// Epoch of the last report.
        epoch: u64,
    },
    /// Too few sources agree: fails closed.
    TooFewSources(Shortage),
}

/// What to do about one feed on one chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "decision")]
pub enum Decision {
    /// Report this price.
    Report {
        /// Price.
        price: Price,
        /// Epoch, in seconds.
        observed_at: u64,
        /// A strict quorum is wanted: the move exceeds the feed's breaker, or the feed is disputed.
        want_strict: bool,
        /// Chain time after which the report must not be sent any more.
        valid_until: u64,
        /// Why.
        cause: Cause,
        /// Why, in words.
        reason: String,
        /// How the price came about.
        assessment: Assessment,
    },
    /// Do nothing.
    Hold(Hold),
}

/// What the feed shows once everything on its way has landed.
struct Expected {
    price: Price,
    observed_at: u64,
    /// Chain time at which the report that carries it expires; `None` once it landed.
    expires: Option<u64>,
}

/// How long a round of answers may take until it is decided on without the late ones, in milliseconds.
const SETTLE_MS: u64 = 100;

/// Until when the round of answers that has begun is waited for; `None` when every source that was there the round
/// before has answered. While a price jumps, half of the sources say the old and half the new one: a decision in
/// between would report neither, and no signer would sign it.
fn settling(snapshot: &Snapshot) -> Option<u64> {
    let received = || snapshot.observations.iter().map(|o| o.received_at_ms);
    let newest = received().max()?;
    let half = snapshot.policy.interval_ms / 2;
    let round = newest.saturating_sub(half);
    // Who did not answer the last round either is not waited for.
    let before = round.saturating_sub(snapshot.policy.interval_ms);
    let late = received().any(|at| (before..round).contains(&at));
    let begun = received().filter(|at| *at >= round).min()?;
    let until = begun.saturating_add(SETTLE_MS.min(half));
    (late && snapshot.now_ms < until).then_some(until)
}

/// Decides. The same snapshot gives the same decision.
#[must_use]
pub fn plan(snapshot: &Snapshot) -> Decision {
    if let Some(until_ms) = settling(snapshot) {
        return Decision::Hold(Hold::Settling { until_ms });
    }
    let assessment = match assess(&snapshot.observations, &snapshot.policy.rules, snapshot.now_ms) {
        Ok(assessment) => assessment,
        Err(shortage) => return Decision::Hold(Hold::TooFewSources(shortage)),
    };
    let expected = expected(snapshot);
    let (cause, reason) = match cause(snapshot, assessment.price, expected.as_ref()) {
        Ok(wanted) => wanted,
        Err(hold) => return Decision::Hold(hold),
    };
    // A whole second, of the newest answer: what is signed was seen then.
    let observed_at = assessment.evidence_at_ms / 1_000;
    let used = last_useless(snapshot);
    if observed_at <= used {
        return Decision::Hold(Hold::EpochUsed { epoch: used });
    }
    // The block that takes this one is later than the head.
    if snapshot.chain_time < snapshot.view.observed_at {
        return Decision::Hold(Hold::AheadOfChain {
            epoch: snapshot.view.observed_at,
        });
    }
    // The contract compares with the latest round, not with what is on its way.
    let beyond_breaker = snapshot
        .view
        .price
        .is_some_and(|last| exceeds_bps(assessment.price, last, snapshot.limits.breaker_bps));
    let valid_for = snapshot.policy.valid_for_s.min(snapshot.limits.max_delay_s);
    Decision::Report {
        price: assessment.price,
        observed_at,
        want_strict: beyond_breaker || snapshot.view.disputed.is_some(),
        valid_until: observed_at.saturating_add(valid_for),
        cause,
        reason,
        assessment,
    }
}

/// The last second whose observation the feed would refuse: it is not later than a report that was accepted, is on its
/// way or was tried, or than the block that accepted the last one. A report that was mined, but not indexed, was
/// accepted by now.
fn last_useless(snapshot: &Snapshot) -> u64 {
    let view = &snapshot.view;
    let mined = snapshot
        .pending
        .iter()
        .any(|p| p.included && p.epoch > view.observed_at);
    let accepted_at = if mined { snapshot.chain_time } else { view.accepted_at };
    let landed = view.observed_at.max(accepted_at).max(snapshot.last_tried);
    snapshot
        .pending
        .iter()
        .map(|pending| pending.epoch)
        .fold(landed, u64::max)
}

fn expected(snapshot: &Snapshot) -> Option<Expected> {
    let view = &snapshot.view;
    // While disputed the candidate is what ordinary reports are compared with.
    let price = match view.disputed {
        Some((_, candidate)) => candidate.or(view.price),
        None => view.price,
    };
    let landed = price.map(|price| Expected {
        price,
        observed_at: view.observed_at,
        expires: None,
    });
    let newest = snapshot
        .pending
        .iter()
        .filter(|p| p.epoch > view.observed_at)
        .max_by_key(|p| p.epoch);
    match newest {
        Some(pending) => Some(Expected {
            price: pending.price,
            observed_at: pending.epoch,
            expires: (!pending.included).then_some(pending.valid_until),
        }),
        None => landed,
    }
}

fn cause(snapshot: &Snapshot, price: Price, expected: Option<&Expected>) -> Result<(Cause, String), Hold> {
    let policy = &snapshot.policy;
    let Some(expected) = expected else {
        return Ok((Cause::FirstRound, "the feed has no round yet".into()));
    };
    let age = snapshot.chain_time.saturating_sub(expected.observed_at);
    let move_bps = price.move_bps(expected.price);
    if move_bps >= policy.deviation_bps {
        let what = if expected.expires.is_some() {
            "the report on its way"
        } else {
            "the latest price"
        };
        let reason = format!(
            "{price} is {move_bps} basis points from {what} {}, the limit is {}",
            expected.price, policy.deviation_bps
        );
        return Ok((Cause::Deviation, reason));
    }
    if let Some((since, _)) = snapshot.view.disputed {
        // Often enough to be there when the confirmation ends, without a report in every block.
        let every = (snapshot.limits.confirmation_s / 4).clamp(2, policy.heartbeat_s.max(2));
        if age >= every {
            return Ok((
                Cause::Dispute,
                format!("the feed is disputed since {since}; a report every {every} s ends it"),
            ));
        }
    }
    if let Some(expires) = expected.expires {
        let margin = (policy.valid_for_s / 4).max(2);
        if snapshot.chain_time.saturating_add(margin) >= expires {
            return Ok((Cause::Expiring, format!("the report on its way expires at {expires}")));
        }
    }
    if age >= policy.heartbeat_s {
        return Ok((
            Cause::Heartbeat,
            format!(
                "the latest report is {age} s old, the heartbeat is {} s",
                policy.heartbeat_s
            ),
        ));
    }
    Err(Hold::Fresh { move_bps, age_s: age })
}

#[cfg(test)]
mod tests;
