//! Every metric by name, in one place.

use std::time::Duration;

use alloy::primitives::U256;
use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};

use strum::IntoEnumIterator as _;

use super::failures;
use crate::model::{Intent, Parked};

pub(super) fn describe() {
    describe_histogram!("fluxion_source_response_seconds", "Time that a source took to answer");
    describe_counter!(
        "fluxion_source_failures_total",
        "Polls of a source that gave no observation, by kind"
    );
    describe_counter!(
        "fluxion_source_outliers_total",
        "Decisions that dropped this source's price as an outlier"
    );
    describe_counter!(
        "fluxion_source_shortages_total",
        "Decisions that found too few sources that agree"
    );
    describe_counter!("fluxion_quorum_failures_total", "Reports that found too few signatures");
    describe_counter!(
        "fluxion_attestations_total",
        "Attestation requests answered, by outcome"
    );
    describe_counter!(
        "fluxion_reports_planned_total",
        "Reports handed to the transaction manager, by cause"
    );
    describe_gauge!(
        "fluxion_reputation_subjects",
        "Wallets whose score the last round computed"
    );
    describe_counter!(
        "fluxion_reputation_planned_total",
        "Scores handed to the transaction manager"
    );
    describe_counter!(
        "fluxion_reputation_failures_total",
        "Batches and rounds of scores that came to nothing: error, late, quorum"
    );
    describe_counter!("fluxion_job_errors_total", "Rounds of a job that failed");
    describe_gauge!("fluxion_feed_round", "Latest round of a feed, as indexed");
    describe_gauge!("fluxion_feed_age_seconds", "Age of a feed's latest round");
    describe_gauge!("fluxion_feed_disputed", "1 while a feed is disputed");
    describe_gauge!("fluxion_chain_head", "Height of the best head known");
    describe_gauge!("fluxion_chain_indexed", "Height of the last indexed block");
    describe_gauge!("fluxion_chain_finalized", "Height of the stored finalized block");
    describe_gauge!(
        "fluxion_chain_lag_seconds",
        "Wall time minus the time of the last indexed block"
    );
    describe_gauge!("fluxion_chain_halted", "1 while a chain is halted");
    describe_gauge!(
        "fluxion_lane_balance_ether",
        "Balance of a lane's account, in whole coins"
    );
    describe_gauge!(
        "fluxion_lane_runway_seconds",
        "How long a lane's balance lasts at the last day's spending"
    );
    describe_gauge!(
        "fluxion_lane_spent_day_ether",
        "Spent by a lane in the last 24 hours, in whole coins"
    );
    describe_gauge!("fluxion_intents", "Intents by state");
    describe_gauge!("fluxion_parked", "Open intents that do not move on, by the reason");
    describe_gauge!("fluxion_slots", "Nonce slots, open and by their end");
    describe_gauge!(
        "fluxion_oldest_open_intent_seconds",
        "Age of the oldest intent that has not ended"
    );
    describe_gauge!("fluxion_memory_resident_bytes", "Resident memory of this process");
}

/// A source answered, or failed to, after this long.
pub fn source_response(feed: &str, source: &str, took: Duration) {
    histogram!("fluxion_source_response_seconds", "feed" => feed.to_owned(), "source" => source.to_owned())
        .record(took);
}

/// A poll of a source gave no observation.
pub fn source_failure(feed: &str, source: &str, kind: &'static str) {
    failures::count("source_failures");
    counter!(
        "fluxion_source_failures_total",
        "feed" => feed.to_owned(), "source" => source.to_owned(), "kind" => kind
    )
    .increment(1);
}

/// A decision dropped a source's price.
pub fn outlier(feed: &str, source: &str) {
    failures::count("outliers");
    counter!("fluxion_source_outliers_total", "feed" => feed.to_owned(), "source" => source.to_owned()).increment(1);
}

/// A decision found too few sources that agree.
pub fn shortage(chain: &str, feed: &str) {
    failures::count("source_shortages");
    counter!("fluxion_source_shortages_total", "chain" => chain.to_owned(), "feed" => feed.to_owned()).increment(1);
}

/// A report found too few signatures.
pub fn quorum_failure(chain: &str, feed: &str) {
    failures::count("quorum_failures");
    counter!("fluxion_quorum_failures_total", "chain" => chain.to_owned(), "feed" => feed.to_owned()).increment(1);
}

/// An attestation request was answered.
pub fn attestation(chain: &str, feed: &str, outcome: &'static str) {
    if outcome != "signed" {
        failures::count("attestations_refused");
    }
    counter!(
        "fluxion_attestations_total",
        "chain" => chain.to_owned(), "feed" => feed.to_owned(), "outcome" => outcome
    )
    .increment(1);
}

/// A report went to the transaction manager.
pub fn report_planned(chain: &str, feed: &str, cause: &'static str) {
    counter!(
        "fluxion_reports_planned_total",
        "chain" => chain.to_owned(), "feed" => feed.to_owned(), "cause" => cause
    )
    .increment(1);
}

/// A round computed the scores of this many wallets.
pub fn reputation_subjects(chain: &str, wallets: usize) {
    let wallets = u64::try_from(wallets).unwrap_or(u64::MAX);
    gauge!("fluxion_reputation_subjects", "chain" => chain.to_owned()).set(display(wallets));
}

/// This many scores went to the transaction manager.
pub fn reputation_planned(chain: &str, scores: usize) {
    let scores = u64::try_from(scores).unwrap_or(u64::MAX);
    counter!("fluxion_reputation_planned_total", "chain" => chain.to_owned()).increment(scores);
}

/// A round, or a batch of it, came to nothing.
pub fn reputation_failed(chain: &str, reason: &'static str) {
    counter!("fluxion_reputation_failures_total", "chain" => chain.to_owned(), "reason" => reason).increment(1);
}

/// A round of a job failed.
pub fn job_error(job: &'static str) {
    failures::count("job_errors");
    counter!("fluxion_job_errors_total", "job" => job).increment(1);
}

/// Sets a gauge of a chain.
pub fn chain_gauge(name: &'static str, chain: &str, value: u64) {
    gauge!(name, "chain" => chain.to_owned()).set(display(value));
}

/// Sets a gauge of a feed.
pub fn feed_gauge(name: &'static str, chain: &str, feed: &str, value: u64) {
    gauge!(name, "chain" => chain.to_owned(), "feed" => feed.to_owned()).set(display(value));
}

/// Sets how many open intents of a chain wait for each reason.
pub fn parked(chain: &str, open: &[Intent]) {
    for why in Parked::iter() {
        let waiting = open.iter().filter(|intent| intent.parked == Some(why)).count();
        let reason: &'static str = why.into();
        gauge!("fluxion_parked", "chain" => chain.to_owned(), "reason" => reason)
            .set(display(u64::try_from(waiting).unwrap_or(u64::MAX)));
    }
}

/// Sets a gauge of a lane in whole coins.
pub fn lane_wei(name: &'static str, chain: &str, lane: &'static str, wei: U256) {
    // Rounded down to a millionth of a coin; only shown, never decided on.
    let micros = wei.checked_div(U256::from(1_000_000_000_000u64)).unwrap_or_default();
    let coins = display(u64::try_from(micros).unwrap_or(u64::MAX));
    #[allow(clippy::float_arithmetic, reason = "a figure for a dashboard")]
    gauge!(name, "chain" => chain.to_owned(), "lane" => lane).set(coins / 1e6);
}

/// Sets a gauge of a lane.
pub fn lane_gauge(name: &'static str, chain: &str, lane: &'static str, value: u64) {
    gauge!(name, "chain" => chain.to_owned(), "lane" => lane).set(display(value));
}

/// Sets a gauge with one label.
pub fn state_gauge(name: &'static str, state: &str, value: u64) {
    gauge!(name, "state" => state.to_owned()).set(display(value));
}

/// Sets a gauge without labels.
pub fn plain_gauge(name: &'static str, value: u64) {
    gauge!(name).set(display(value));
}

/// Metrics are floats by their format; large numbers lose their last digits there.
#[allow(clippy::cast_precision_loss, reason = "a figure for a dashboard")]
const fn display(value: u64) -> f64 {
    value as f64
}
