//! How the job is shown: decisions in words, its part of the status page and of its gauges, and its rounds.

use std::collections::BTreeMap;

use alloy::primitives::I256;
use alloy::primitives::utils::format_units;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{Decision, Feeds, Hold, Snapshot};
use crate::attest::Refusal;
use crate::jobs::JobStatus;
use crate::sources::Boards;
use crate::store::{Store, StoreError};
use crate::telemetry::metric;

/// Most rows of one answer.
const MOST: u32 = 500;

/// Why nothing is reported, in words.
pub(super) fn hold(hold: &Hold) -> String {
    match hold {
        Hold::Fresh { move_bps, age_s } => {
            format!("the latest round is {age_s} s old and {move_bps} basis points away")
        }
        Hold::Settling { until_ms } => format!("the round of answers is waited for until {until_ms}"),
        Hold::EpochUsed { epoch } => format!("the feed takes no observation of {epoch} or before"),
        Hold::AheadOfChain { epoch } => {
            format!("the last report was observed at {epoch}, ahead of the chain's clock")
        }
        Hold::TooFewSources(shortage) => shortage.to_string(),
    }
}

/// A decision in words.
pub(super) fn decision(snapshot: &Snapshot, decision: &Decision) -> Vec<String> {
    let (chain, feed) = (&snapshot.chain_name, &snapshot.feed);
    match decision {
        Decision::Report {
            price,
            observed_at,
            want_strict,
            cause,
            reason,
            assessment,
            ..
        } => {
            let quorum = if *want_strict { "strict" } else { "ordinary" };
            let mut lines = vec![
                format!(
                    "{feed} on {chain}: report {price} of epoch {observed_at} by {quorum} quorum ({cause}: {reason})"
                ),
                format!("  sources {}", assessment.used.join(", ")),
            ];
            if !assessment.outliers.is_empty() {
                lines.push(format!("  outliers {}", assessment.outliers.join(", ")));
            }
            lines
        }
        Decision::Hold(held) => vec![format!("{feed} on {chain}: nothing, {}", hold(held))],
    }
}

#[derive(Serialize)]
struct FeedStatus<'a> {
    chain: &'a str,
    feed: &'a str,
    round: u64,
    price: String,
    decimals: u8,
    observed_at: u64,
    updated_at: u64,
    disputed: bool,
    job: Option<crate::jobs::JobLine>,
}

#[derive(Serialize)]
struct SourceStatus<'a> {
    feed: &'a str,
    source: &'a str,
    price: Option<String>,
    age_ms: Option<u64>,
    fault: Option<String>,
}

/// Its parts of the status page.
pub(super) async fn status(
    chains: &[std::sync::Arc<Feeds>],
    boards: &Boards,
    store: &dyn Store,
    lines: &JobStatus,
    now_ms: u64,
) -> Result<Map<String, Value>, StoreError> {
    let mut feeds = Vec::new();
    for known in chains {
        let chain = known.oracle().chain();
        for (feed, contract) in known.contracts() {
            let Some(board) = boards.get(feed) else { continue };
            let state = store.feed(chain.id(), *contract).await?;
            let (round, updated_at, disputed) = state
                .as_ref()
                .map_or((0, 0, false), |s| (s.round, s.updated_at, s.disputed.is_some()));
            let age = (now_ms / 1_000).saturating_sub(updated_at);
            metric::feed_gauge("fluxion_feed_round", chain.name(), feed, round);
            metric::feed_gauge("fluxion_feed_age_seconds", chain.name(), feed, age);
            metric::feed_gauge("fluxion_feed_disputed", chain.name(), feed, u64::from(disputed));
            feeds.push(json!(FeedStatus {
                chain: chain.name(),
                feed,
                round,
                price: state.as_ref().map_or_else(|| "0".into(), |s| s.price.to_string()),
                decimals: board.feed().decimals,
                observed_at: state.as_ref().map_or(0, |s| s.observed_at),
                updated_at,
                disputed,
                job: lines.line(chain.name(), feed),
            }));
        }
    }
    let mut sources = Vec::new();
    for board in boards.iter() {
        let (seen, faults) = (board.observations(), board.faults());
        for source in &board.feed().source {
            let last = seen.iter().find(|observation| observation.source == source.name);
            sources.push(json!(SourceStatus {
                feed: &board.feed().id,
                source: &source.name,
                price: last.map(|observation| observation.price.to_string()),
                age_ms: last.map(|observation| now_ms.saturating_sub(observation.at_ms)),
                fault: faults.get(&source.name).cloned(),
            }));
        }
    }
    Ok([("feeds", feeds), ("sources", sources)]
        .map(|(key, list)| (key.to_owned(), Value::from(list)))
        .into_iter()
        .collect())
}

/// A price in whole units.
fn decimal(price: &str, decimals: u8) -> String {
    let units = price.parse::<I256>().ok().and_then(|price| format_units(price, decimals).ok());
    units.unwrap_or_else(|| price.to_owned())
}

/// Its lines of `status`: prices in units, and since when.
pub(super) fn lines(status: &Value) -> Vec<String> {
    let now_s = status["time_ms"].as_u64().unwrap_or_default() / 1_000;
    let line = |feed: &Value| {
        let text = |key: &str| feed[key].as_str().unwrap_or("-").to_owned();
        let decimals = feed["decimals"].as_u64().and_then(|d| u8::try_from(d).ok()).unwrap_or_default();
        let mut line = format!("feed {} on {}: ", text("feed"), text("chain"));
        match feed["round"].as_u64() {
            Some(round) if round > 0 => {
                let age = now_s.saturating_sub(feed["updated_at"].as_u64().unwrap_or_default());
                line += &format!("{}, round {round}, {age} s old", decimal(&text("price"), decimals));
            }
            _ => line += "no round yet",
        }
        if feed["disputed"] == json!(true) {
            line += ", DISPUTED";
        }
        if let Some(job) = feed["job"]["text"].as_str() {
            line += &format!(" ({job})");
        }
        line
    };
    let faulty = |source: &Value| {
        let fault = source["fault"].as_str()?;
        let text = |key: &str| source[key].as_str().unwrap_or("-").to_owned();
        Some(format!("source {} of {}: {fault}", text("source"), text("feed")))
    };
    let list = |key: &str| status[key].as_array().cloned().unwrap_or_default();
    let mut lines: Vec<String> = list("feeds").iter().map(line).collect();
    lines.extend(list("sources").iter().filter_map(faulty));
    lines
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RoundsQuery {
    chain: String,
    feed: String,
    limit: Option<String>,
}

/// `GET /v1/rounds`
pub(super) async fn rounds(
    chains: &[std::sync::Arc<Feeds>],
    store: &dyn Store,
    query: &BTreeMap<String, String>,
) -> Result<Value, Refusal> {
    let malformed = |why: String| Refusal::new(400, "request_malformed", why);
    let query: RoundsQuery = serde_json::from_value(json!(query)).map_err(|error| malformed(error.to_string()))?;
    let limit = query.limit.as_deref().unwrap_or("50").parse::<u32>();
    let limit = limit.map_err(|error| malformed(format!("limit: {error}")))?.min(MOST);
    let missing = |what: String| Refusal::new(404, "feed_unknown", what);
    let named = |feeds: &&std::sync::Arc<Feeds>| {
        let chain = feeds.oracle().chain();
        chain.name() == query.chain || chain.id().0.to_string() == query.chain
    };
    let feeds = chains.iter().find(named);
    let feeds = feeds.ok_or_else(|| missing(format!("there is no chain {}", query.chain)))?;
    let chain = feeds.oracle().chain();
    let feed = feeds.contracts().get(&query.feed);
    let feed = feed.ok_or_else(|| missing(format!("there is no feed {} on {}", query.feed, chain.name())))?;
    Ok(json!(store.rounds(chain.id(), *feed, limit).await?))
}
