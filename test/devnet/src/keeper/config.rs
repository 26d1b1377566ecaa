//! The keeper's configuration file, as the local world writes it.

use std::path::PathBuf;

use serde::Serialize;

use crate::sources::{Exchange, Feed, Sources};

/// Environment variable with the passphrase of every local keystore.
pub const PASSPHRASE_ENV: &str = "FLUXION_PASSPHRASE";

/// The whole file. Fields are public so that a test can bend what it is about.
#[derive(Debug, Clone, Serialize)]
pub struct KeeperConfig {
    /// `[keeper]`
    pub keeper: Identity,
    /// `[log]`
    pub log: Log,
    /// `[store]`; without it SQLite in the data folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub store: Option<StoreEntry>,
    /// `[api]`
    pub api: Api,
    /// `[attestation]`
    pub attestation: Attestation,
    /// `[job]`
    pub job: Jobs,
    /// `[[lane]]`
    pub lane: Vec<Lane>,
    /// `[[chain]]`
    pub chain: Vec<ChainEntry>,
    /// `[[feed]]`
    pub feed: Vec<FeedEntry>,
}

/// `[keeper]`
#[derive(Debug, Clone, Serialize)]
pub struct Identity {
    /// Name in logs and as holder of the lease.
    pub name: String,
    /// Folder with the database.
    pub data_dir: PathBuf,
    /// `keeper` or `signer`.
    pub mode: &'static str,
}

/// `[log]`
#[derive(Debug, Clone, Serialize)]
pub struct Log {
    /// `json` or `text`.
    pub format: &'static str,
    /// Directives of the filter.
    pub filter: String,
}

/// `[store]`
#[derive(Debug, Clone, Serialize)]
pub struct StoreEntry {
    /// Variable with the connection string.
    pub postgres_url_env: &'static str,
    /// How long the lease lasts without a renewal.
    pub lease_ms: u64,
}

/// `[api]`
#[derive(Debug, Clone, Serialize)]
pub struct Api {
    /// Address to listen on; port 0 takes a free one.
    pub listen: String,
}

/// `[attestation]`
#[derive(Debug, Clone, Serialize)]
pub struct Attestation {
    /// Files of the attestation keys.
    pub keystores: Vec<PathBuf>,
    /// Variable with their passphrase.
    pub passphrase_env: &'static str,
    /// Address to listen on for requests for signatures; port 0 takes a free one.
    pub listen: String,
    /// Addresses of the other signers.
    pub peers: Vec<String>,
    /// How long to wait for a signature.
    pub timeout_ms: u64,
}

/// `[[lane]]`
#[derive(Debug, Clone, Serialize)]
pub struct Lane {
    /// Name of the lane.
    pub name: &'static str,
    /// File of its transaction key.
    pub keystore: PathBuf,
    /// Variable with its passphrase.
    pub passphrase_env: &'static str,
}

/// `[[chain]]`
#[derive(Debug, Clone, Serialize)]
pub struct ChainEntry {
    /// Name of the network.
    pub name: String,
    /// Chain id.
    pub id: u64,
    /// Always true here: keys are public.
    pub local: bool,
    /// JSON-RPC addresses.
    pub endpoints: Vec<String>,
    /// How many endpoints must agree.
    pub read_quorum: usize,
    /// Deployment record.
    pub deployment: PathBuf,
    /// When a block is final.
    pub finality: Finality,
    /// Pause between two looks at the head.
    pub poll_ms: u64,
    /// What may be spent.
    pub fees: Fees,
}

/// `chain.finality`
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Finality {
    /// The node's finalized block.
    Tag,
    /// So many blocks below the head.
    Depth {
        /// Number of blocks.
        blocks: u64,
    },
}

/// `[chain.fees]`, amounts in wei.
#[derive(Debug, Clone, Serialize)]
pub struct Fees {
    /// Cap per gas.
    pub max_fee_per_gas: String,
    /// Cap per transaction.
    pub max_tx_cost: String,
    /// Cap per day.
    pub max_daily_cost: String,
    /// Cap of a transaction that frees a nonce.
    pub unblock_max_tx_cost: String,
    /// Smallest rise of a replacement.
    pub min_bump_percent: u32,
    /// Patience before a rise.
    pub bump_after_s: u64,
}

impl Default for Fees {
    fn default() -> Self {
        Self {
            max_fee_per_gas: "500000000000".to_owned(),
            max_tx_cost: "100000000000000000".to_owned(),
            max_daily_cost: "5000000000000000000".to_owned(),
            unblock_max_tx_cost: "20000000000000000".to_owned(),
            min_bump_percent: 10,
            bump_after_s: 6,
        }
    }
}

/// `[job]`
#[derive(Debug, Clone, Serialize)]
pub struct Jobs {
    /// `[job.update_prices]`
    pub update_prices: UpdatePrices,
    /// `[job.update_reputation]`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub update_reputation: Option<UpdateReputation>,
}

/// `[job.update_reputation]`
#[derive(Debug, Clone, Serialize)]
pub struct UpdateReputation {
    /// Chains whose scores are reported.
    pub chains: Vec<String>,
    /// Length of an epoch.
    pub epoch_s: u64,
    /// Pause between two looks.
    pub interval_ms: u64,
    /// Smallest move that is reported.
    pub min_move: u16,
    /// Age at which an unmoved score is reported again.
    pub refresh_s: u64,
    /// Most gas of a batch.
    pub batch_gas: u64,
}

impl UpdateReputation {
    /// Fast enough to be seen within a minute.
    pub fn new(chains: &[String]) -> Self {
        Self {
            chains: chains.to_vec(),
            epoch_s: 5,
            interval_ms: 1_000,
            min_move: 25,
            refresh_s: 60,
            batch_gas: 1_000_000,
        }
    }
}

/// `[job.update_prices]`
#[derive(Debug, Clone, Serialize)]
pub struct UpdatePrices {
    /// Pause between two observations.
    pub interval_ms: u64,
}

/// `[[feed]]`
#[derive(Debug, Clone, Serialize)]
pub struct FeedEntry {
    /// Name of the pair.
    pub id: String,
    /// Names of the chains that carry it.
    pub chains: Vec<String>,
    /// Decimals of its price.
    pub decimals: u8,
    /// Fewest sources that make a price.
    pub min_sources: usize,
    /// Move that makes a report.
    pub deviation_bps: u32,
    /// Age that makes a report.
    pub heartbeat_s: u64,
    /// Distance from the median at which a source is dropped.
    pub outlier_bps: u32,
    /// Distance from its own median at which a signer refuses.
    pub tolerance_bps: u32,
    /// Oldest source answer used.
    pub max_age_s: u64,
    /// How long after its observation a report may still be sent.
    pub valid_for_s: u64,
    /// `[[feed.source]]`
    pub source: Vec<SourceEntry>,
}

/// `[[feed.source]]`
#[derive(Debug, Clone, Serialize)]
pub struct SourceEntry {
    /// Name of the source.
    pub name: &'static str,
    /// Address that answers with the price.
    pub url: String,
    /// JSON pointer to the price.
    pub price: String,
    /// JSON pointer to the time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<&'static str>,
    /// Unit of the time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_unit: Option<&'static str>,
    /// Patience with it.
    pub timeout_ms: u64,
}

impl FeedEntry {
    /// A feed of the local networks, on the chains with these names.
    pub fn new(feed: Feed, chains: &[String], sources: &Sources) -> Self {
        let source = Exchange::ALL.into_iter().map(|exchange| SourceEntry {
            name: exchange.name(),
            url: sources.url(exchange, feed),
            price: exchange.price_pointer(feed),
            time: exchange.time_pointer().map(|(pointer, _)| pointer),
            time_unit: exchange.time_pointer().map(|(_, unit)| unit),
            timeout_ms: 800,
        });
        Self {
            id: feed.id().to_owned(),
            chains: chains.to_vec(),
            decimals: 8,
            min_sources: 2,
            deviation_bps: 10,
            heartbeat_s: 20,
            outlier_bps: 200,
            tolerance_bps: 50,
            max_age_s: 30,
            valid_for_s: 20,
            source: source.collect(),
        }
    }
}
