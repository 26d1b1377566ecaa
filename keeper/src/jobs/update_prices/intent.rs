//! A signed report as an intent, and back.

use alloy::primitives::{B256, Bytes, U256};
use alloy::sol_types::{SolCall as _, SolEvent as _};
use fluxion_abi::IPriceFeed;
use serde::{Deserialize, Serialize};

use super::{JOB, Report};
use crate::jobs::Signed;
use crate::model::{ChainId, ExpectedEvent, Height, Intent, IntentState, Lane, LogForm, NewIntent};
use crate::sources::Price;

/// A report that has not ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingReport {
    /// Epoch.
    pub epoch: u64,
    /// Price.
    pub price: Price,
    /// Chain time after which it is not sent any more.
    pub valid_until: u64,
    /// Mined, but not final.
    pub included: bool,
}

/// Reports of one feed replace one another.
#[must_use]
pub fn topic(chain: ChainId, feed: &str) -> String {
    format!("price/{chain}/{}", feed.replace('/', "-"))
}

/// One epoch of a feed is reported at most once.
#[must_use]
pub fn effect(chain: ChainId, feed: &str, epoch: u64) -> String {
    format!("{}/{epoch}", topic(chain, feed))
}

/// The logs of which a feed emits one for every report that it accepts: either names the epoch and nothing else of the
/// report, since whoever took the epoch, at whatever price, nobody can use it again.
fn accepted(epoch: u64) -> Vec<LogForm> {
    let epoch = B256::from(U256::from(epoch));
    vec![
        LogForm {
            topics: vec![Some(IPriceFeed::AnswerUpdated::SIGNATURE_HASH)],
            data: Some(Bytes::from(epoch)),
        },
        LogForm {
            topics: vec![Some(IPriceFeed::PriceDisputed::SIGNATURE_HASH), Some(epoch)],
            data: None,
        },
    ]
}

/// The intent of a signed report.
#[must_use]
pub fn intent(signed: &Signed<Report>) -> NewIntent {
    let (report, wanted) = (&signed.wanted.report, &signed.wanted);
    let call = IPriceFeed::reportCall {
        price: report.price.to_chain(),
        observedAt: U256::from(report.observed_at),
        setId: report.set_id,
        signatures: signed.signatures.clone(),
    };
    NewIntent {
        effect: effect(report.chain, &report.feed, report.observed_at),
        topic: topic(report.chain, &report.feed),
        job: JOB.into(),
        chain: report.chain,
        lane: Lane::Prices,
        to: report.contract,
        data: call.abi_encode().into(),
        value: U256::ZERO,
        expected: ExpectedEvent {
            address: report.contract,
            forms: accepted(report.observed_at),
            since: Height(0),
        },
        valid_until: Some(wanted.valid_until),
        // A report that failed is stale by the time it could be tried again; the next epoch carries a fresher price.
        max_incarnations: 2,
        trace: signed.trace.clone(),
        reason: wanted.reason.clone(),
        evidence_at_ms: wanted.evidence_at_ms,
    }
}

/// Open reports of a feed among a chain's open intents. What is being cancelled is not counted: it may never land.
#[must_use]
pub fn pending(intents: &[Intent], topic: &str) -> Vec<PendingReport> {
    intents
        .iter()
        .filter(|intent| intent.wanted.topic == topic)
        .filter(|intent| !intent.state.is_end() && intent.state != IntentState::Cancelling)
        .filter_map(|intent| {
            let call = IPriceFeed::reportCall::abi_decode(&intent.wanted.data).ok()?;
            Some(PendingReport {
                epoch: u64::try_from(call.observedAt).ok()?,
                price: Price::from_chain(call.price)?,
                valid_until: intent.wanted.valid_until.unwrap_or(u64::MAX),
                included: intent.state == IntentState::Included,
            })
        })
        .collect()
}
