//! `plan update_prices`: what the job would do now, or did in a recorded snapshot.

use std::path::Path;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::txs::print_json;
use super::{Exit, Failure};
use crate::chain::Chain as _;
use crate::clock::{Clock as _, SystemClock};
use crate::config::{ChainConfig, Config};
use crate::jobs::update_prices::{self, Decision, Hold, Policy, Snapshot};
use crate::oracle::{self, OracleError};
use crate::preflight;
use crate::sources::{Board, Fetcher};
use crate::store::TxStore as _;
use crate::store::sql::SqlStore;
use crate::wiring;

pub(super) async fn update_prices(config: &Config, as_json: bool) -> Result<(), Failure> {
    let fetcher = Fetcher::new(wiring::http_client()?);
    // A database that is not there yet has nothing pending.
    let store = SqlStore::open_beside(&config.location()?).await.ok();
    let boards: Vec<Arc<Board>> = config
        .feed
        .iter()
        .map(|feed| Arc::new(Board::new(feed.clone())))
        .collect();
    futures::future::join_all(boards.iter().map(|board| board.poll_once(&fetcher, &SystemClock))).await;
    let mut shown = Vec::new();
    for chain in &config.chain {
        for snapshot in snapshots(config, chain, &boards, store.as_ref()).await? {
            let decision = update_prices::plan(&snapshot);
            shown.push((snapshot, decision));
        }
    }
    show(&shown, as_json)
}

pub(super) fn replay(file: &Path, as_json: bool) -> Result<(), Failure> {
    let decided = |snapshot: Snapshot| {
        let decision = update_prices::plan(&snapshot);
        (snapshot, decision)
    };
    let shown: Vec<_> = recorded(file)?.into_iter().map(decided).collect();
    show(&shown, as_json)
}

/// The snapshots of a file, one JSON object a line.
pub(super) fn recorded<S: DeserializeOwned>(file: &Path) -> Result<Vec<S>, Failure> {
    let failure = |text: String| Failure::message(Exit::Config, format!("{}: {text}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|error| failure(error.to_string()))?;
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let number = number.saturating_add(1);
        let mut value: Value =
            serde_json::from_str(line).map_err(|error| failure(format!("line {number} is not JSON ({error})")))?;
        // A whole log line or the output of `plan --json` will do too.
        if let Some(inner) = value.get_mut("snapshot") {
            value = match inner.take() {
                Value::String(text) => serde_json::from_str(&text).unwrap_or_default(),
                inner => inner,
            };
        }
        let snapshot = serde_json::from_value(value)
            .map_err(|error| failure(format!("line {number} holds no snapshot ({error})")))?;
        found.push(snapshot);
    }
    Ok(found)
}

async fn snapshots(
    config: &Config,
    chain_config: &ChainConfig,
    boards: &[Arc<Board>],
    store: Option<&SqlStore>,
) -> Result<Vec<Snapshot>, Failure> {
    let deployment = preflight::deployment(config, chain_config)?;
    let record = preflight::record(config, chain_config, &deployment).map_err(Failure::problems)?;
    let chain = wiring::connect(chain_config).await?;
    let failed = |error: OracleError| Failure::from(wiring::oracle_problem(config, chain_config, &error));
    let head = chain.poll().await.map_err(|error| failed(error.into()))?;
    let intents = match store {
        Some(store) => store.open_intents(chain.id()).await?,
        None => Vec::new(),
    };
    let mut list = Vec::new();
    for board in boards {
        let feed = board.feed();
        let Some(contract) = record.feeds.get(&feed.id) else {
            continue;
        };
        list.push(Snapshot {
            chain: chain.id(),
            chain_name: chain_config.name.clone(),
            feed: feed.id.clone(),
            now_ms: SystemClock.now_ms(),
            chain_time: head.time,
            policy: Policy::new(feed, config.job.update_prices.interval_ms),
            limits: oracle::feed_limits(chain.as_ref(), *contract).await.map_err(failed)?,
            observations: board.observations(),
            view: oracle::feed_view(chain.as_ref(), *contract).await.map_err(failed)?,
            pending: update_prices::pending(&intents, &update_prices::topic(chain.id(), &feed.id)),
            last_tried: 0,
        });
    }
    Ok(list)
}

fn show(shown: &[(Snapshot, Decision)], as_json: bool) -> Result<(), Failure> {
    for (snapshot, decision) in shown {
        if as_json {
            print_json(&json!({"snapshot": snapshot, "decision": decision}))?;
            continue;
        }
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
                println!(
                    "{feed} on {chain}: report {price} of epoch {observed_at} by {quorum} quorum ({cause}: {reason})"
                );
                println!("  sources {}", assessment.used.join(", "));
                if !assessment.outliers.is_empty() {
                    println!("  outliers {}", assessment.outliers.join(", "));
                }
            }
            Decision::Hold(Hold::Fresh { move_bps, age_s }) => {
                println!(
                    "{feed} on {chain}: nothing, the latest round is {age_s} s old and {move_bps} basis points away"
                );
            }
            Decision::Hold(Hold::Settling { until_ms }) => {
                println!("{feed} on {chain}: nothing, the round of answers is waited for until {until_ms}");
            }
            Decision::Hold(Hold::EpochUsed { epoch }) => {
                println!("{feed} on {chain}: nothing, the feed takes no observation of {epoch} or before");
            }
            Decision::Hold(Hold::AheadOfChain { epoch }) => {
                println!(
                    "{feed} on {chain}: nothing, the last report was observed at {epoch}, ahead of the chain's clock"
                );
            }
            Decision::Hold(Hold::TooFewSources(shortage)) => {
                println!("{feed} on {chain}: nothing, {shortage}");
            }
        }
    }
    Ok(())
}
