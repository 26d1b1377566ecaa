//! The state of everything on one page.

use std::collections::BTreeMap;
use std::sync::Arc;

use alloy::primitives::U256;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio::sync::watch;

use crate::clock::Clock;
use crate::config::Mode;
use crate::jobs::{Closed, ClosedBy, Gate, Running};
use crate::model::{ChainId, Lane};
use crate::oracle::ChainOracle;
use crate::store::{Pause, Quantiles, Store, StoreError};
use crate::telemetry::{failures, metric, resident_bytes};

/// What the status is read from.
pub struct Parts {
    /// Name of the process.
    pub name: String,
    /// What the process is for.
    pub mode: Mode,
    /// The store.
    pub store: Arc<dyn Store>,
    /// Chains.
    pub chains: Vec<ChainPart>,
    /// Jobs at work.
    pub jobs: Vec<Arc<dyn Running>>,
    /// Wall time.
    pub clock: Arc<dyn Clock>,
}

/// One chain.
pub struct ChainPart {
    /// Its contracts, and the chain itself.
    pub oracle: Arc<ChainOracle>,
    /// Why nothing is planned on it now, if so.
    pub gate: Gate,
    /// Balances of the lanes, as last read.
    pub balances: watch::Receiver<Vec<LaneBalance>>,
}

impl ChainPart {
    /// The chain's name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.oracle.chain().name()
    }

    /// The chain's id.
    #[must_use]
    pub fn id(&self) -> ChainId {
        self.oracle.chain().id()
    }
}

/// Balance of a lane's account, in wei.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaneBalance {
    /// The lane.
    pub lane: Lane,
    /// Balance.
    #[serde(with = "alloy::serde::displayfromstr")]
    pub balance: U256,
    /// Spent in the last 24 hours.
    #[serde(with = "alloy::serde::displayfromstr")]
    pub spent_day: U256,
}

impl LaneBalance {
    /// How long the balance lasts at the last day's spending, in seconds.
    #[must_use]
    pub fn runway_s(&self) -> u64 {
        let seconds = self
            .balance
            .saturating_mul(U256::from(86_400))
            .checked_div(self.spent_day);
        u64::try_from(seconds.unwrap_or(U256::MAX)).unwrap_or(u64::MAX)
    }
}

/// `GET /v1/status`
#[derive(Debug, Serialize)]
#[allow(
    missing_docs,
    reason = "the names are the documentation; docs/operations.md has the page"
)]
pub struct Status {
    pub name: String,
    pub mode: &'static str,
    pub version: &'static str,
    pub time_ms: u64,
    pub chains: Vec<ChainStatus>,
    pub transactions: BTreeMap<String, u64>,
    pub slots: BTreeMap<String, u64>,
    pub oldest_open_intent_s: Option<u64>,
    pub failures: BTreeMap<&'static str, u64>,
    pub latency: Latency,
    pub pauses: Vec<Pause>,
    pub memory_rss_bytes: u64,
    /// What each job has to say, under keys of its own.
    #[serde(flatten)]
    pub jobs: Map<String, Value>,
}

#[derive(Debug, Serialize)]
#[allow(missing_docs, reason = "see Status")]
pub struct ChainStatus {
    pub name: String,
    pub id: u64,
    pub head: Option<u64>,
    pub finalized: Option<u64>,
    pub indexed: Option<u64>,
    pub halted: Option<String>,
    pub lag_s: Option<u64>,
    pub closed: Option<Closed>,
    pub signer_set: Option<u32>,
    pub lanes: Vec<LaneBalance>,
    #[serde(flatten)]
    pub jobs: Map<String, Value>,
}

#[derive(Debug, Serialize)]
#[allow(missing_docs, reason = "see Status")]
pub struct Latency {
    pub last_response_to_first_write_ms: Quantiles,
    pub last_response_to_inclusion_ms: Quantiles,
}

/// Reads the whole status.
///
/// # Errors
/// The store did not answer.
pub async fn collect(parts: &Parts) -> Result<Status, StoreError> {
    let now_ms = parts.clock.now_ms();
    let mut status = Status {
        name: parts.name.clone(),
        mode: match parts.mode {
            Mode::Keeper => "keeper",
            Mode::Signer => "signer",
        },
        version: env!("CARGO_PKG_VERSION"),
        time_ms: now_ms,
        chains: Vec::new(),
        transactions: parts.store.intent_counts().await?,
        slots: parts.store.slot_counts().await?,
        oldest_open_intent_s: None,
        failures: failures(),
        latency: {
            let (first_write, inclusion) = parts.store.latency().await?;
            Latency {
                last_response_to_first_write_ms: first_write,
                last_response_to_inclusion_ms: inclusion,
            }
        },
        pauses: parts.store.pauses().await?,
        memory_rss_bytes: resident_bytes(),
        jobs: Map::new(),
    };
    for job in &parts.jobs {
        status.jobs.extend(job.status().await?);
    }
    for chain in &parts.chains {
        chain_status(parts, chain, now_ms, &mut status).await?;
    }
    Ok(status)
}

async fn chain_status(parts: &Parts, part: &ChainPart, now_ms: u64, status: &mut Status) -> Result<(), StoreError> {
    let (id, name) = (part.id(), part.name());
    let head = *part.oracle.chain().heads().borrow();
    let cursor = parts.store.cursor(id).await?;
    let lag = |time: u64| (now_ms / 1_000).saturating_sub(time);
    status.chains.push(ChainStatus {
        name: name.to_owned(),
        id: id.0,
        head: head.map(|head| head.height.0),
        finalized: parts.store.finalized(id).await?.map(|block| block.height.0),
        indexed: cursor.map(|cursor| cursor.height.0),
        halted: parts.store.halted(id).await?,
        lag_s: cursor.or(head).map(|block| lag(block.time)),
        closed: closed(part),
        signer_set: part.oracle.set().map(|set| set.id),
        lanes: part.balances.borrow().clone(),
        jobs: parts
            .jobs
            .iter()
            .filter_map(|job| job.chain_status(name))
            .map(|(key, value)| (key.to_owned(), value))
            .collect(),
    });
    let oldest = parts
        .store
        .open_intents(id)
        .await?
        .first()
        .map(|intent| intent.planned_at_ms);
    let age = oldest.map(|planned| now_ms.saturating_sub(planned) / 1_000);
    status.oldest_open_intent_s = status.oldest_open_intent_s.max(age);
    Ok(())
}

/// Why nothing is planned on a chain, or by a job on it.
fn closed(part: &ChainPart) -> Option<Closed> {
    let gates = part.gate.borrow();
    gates.chain.clone().or_else(|| gates.jobs.values().next().cloned())
}

/// What keeps this process from being ready, if anything: backfill, a halt, an unreachable chain. A pause does not.
pub(super) fn waiting(parts: &Parts) -> Vec<String> {
    let closed = |chain: &ChainPart| {
        let closed = chain
            .gate
            .borrow()
            .chain
            .clone()
            .filter(|closed| closed.by != ClosedBy::Pause)?;
        Some(format!("{}: {}", chain.name(), closed.why))
    };
    parts.chains.iter().filter_map(closed).collect()
}

/// Sets the gauges to a status.
pub(super) fn gauges(status: &Status) {
    for chain in &status.chains {
        let name = chain.name.as_str();
        let heights = [
            ("fluxion_chain_head", chain.head),
            ("fluxion_chain_indexed", chain.indexed),
            ("fluxion_chain_finalized", chain.finalized),
            ("fluxion_chain_lag_seconds", chain.lag_s),
            ("fluxion_chain_halted", Some(u64::from(chain.halted.is_some()))),
        ];
        for (gauge, value) in heights {
            if let Some(value) = value {
                metric::chain_gauge(gauge, name, value);
            }
        }
        for lane in &chain.lanes {
            let label: &'static str = lane.lane.into();
            metric::lane_wei("fluxion_lane_balance_ether", name, label, lane.balance);
            metric::lane_wei("fluxion_lane_spent_day_ether", name, label, lane.spent_day);
            metric::lane_gauge("fluxion_lane_runway_seconds", name, label, lane.runway_s());
        }
    }
    for (state, count) in &status.transactions {
        metric::state_gauge("fluxion_intents", state, *count);
    }
    for (state, count) in &status.slots {
        metric::state_gauge("fluxion_slots", state, *count);
    }
    metric::plain_gauge(
        "fluxion_oldest_open_intent_seconds",
        status.oldest_open_intent_s.unwrap_or_default(),
    );
    metric::plain_gauge("fluxion_memory_resident_bytes", status.memory_rss_bytes);
}
