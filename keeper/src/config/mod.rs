//! One TOML file, environment overrides, and errors that name the file, the key, the value and the mend.
//!
//! Secrets never stand in the file: keys lie in encrypted keystores, whose passphrases come from environment variables.

mod attestation;
mod jobs;
mod load;
mod secrets;
mod store;
mod validate;
mod wei;

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::Deserialize;

use crate::model::{ChainId, FeePolicy, Lane, usual_max_gas, usual_min_tip};

pub use attestation::AttestationConfig;
pub use jobs::{JobsConfig, Section, parses};
pub use load::load;
pub use secrets::open_keystore;
pub use store::StoreConfig;
pub use validate::Found;
pub use wei::Wei;

/// The whole file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The process.
    pub keeper: KeeperConfig,
    /// Logging.
    #[serde(default)]
    pub log: LogConfig,
    /// The database.
    #[serde(default)]
    pub store: StoreConfig,
    /// The HTTP interface.
    #[serde(default)]
    pub api: ApiConfig,
    /// Keys that attest prices, and whom to ask for more signatures.
    #[serde(default)]
    pub attestation: AttestationConfig,
    /// Transaction keys.
    #[serde(default)]
    pub lane: Vec<LaneConfig>,
    /// Chains.
    pub chain: Vec<ChainConfig>,
    /// Jobs.
    #[serde(default)]
    pub job: JobsConfig,
    /// Feeds.
    #[serde(default)]
    pub feed: Vec<FeedConfig>,
    /// Where it was read from; relative paths in it start there.
    #[serde(skip)]
    pub file: PathBuf,
}

/// What the process is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Indexes, decides, signs and sends.
    #[default]
    Keeper,
    /// Observes and answers attestation requests; never transmits.
    Signer,
}

/// `[keeper]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeeperConfig {
    /// Shown in logs and as the holder of the store.
    pub name: String,
    /// Database, lock file, backups.
    pub data_dir: PathBuf,
    /// What the process is for.
    #[serde(default)]
    pub mode: Mode,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One JSON object a line.
    #[default]
    Json,
    /// For people.
    Text,
}

/// `[log]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogConfig {
    /// How lines look.
    pub format: LogFormat,
    /// Filter directives, e.g. `info` or `info,fluxion_keeper::chain=debug`.
    pub filter: String,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self {
            format: LogFormat::Json,
            filter: "info".into(),
        }
    }
}

/// `[api]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ApiConfig {
    /// Address to listen on; port 0 takes any free one and writes it to `<data_dir>/api.addr`.
    pub listen: SocketAddr,
}

impl Default for ApiConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 9000)),
        }
    }
}

/// `[[lane]]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LaneConfig {
    /// Which lane.
    pub name: Lane,
    /// Keystore file.
    pub keystore: PathBuf,
    /// Environment variable with its passphrase.
    pub passphrase_env: String,
}

/// When a block counts as final.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum Finality {
    /// The chain's own `finalized` tag.
    #[default]
    Tag,
    /// A number of blocks below the head.
    Depth {
        /// How many.
        blocks: u64,
    },
}

/// How the L1 share of a rollup's fee is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum L1Fee {
    /// There is none.
    #[default]
    None,
    /// Asked from the OP stack's gas price oracle.
    OpStack,
}

/// `[[chain]]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChainConfig {
    /// Name in feeds, logs and metrics.
    pub name: String,
    /// EIP-155 chain id that every endpoint must answer.
    pub id: u64,
    /// A local network, where one process may hold a quorum of keys.
    #[serde(default)]
    pub local: bool,
    /// JSON-RPC endpoints.
    pub endpoints: Vec<String>,
    /// How many endpoints must agree where a wrong answer costs money.
    #[serde(default = "one")]
    pub read_quorum: usize,
    /// Deployment record.
    pub deployment: PathBuf,
    /// When a block counts as final.
    #[serde(default)]
    pub finality: Finality,
    /// Head poll, in milliseconds.
    #[serde(default = "default_poll_ms")]
    pub poll_ms: u64,
    /// Check every block's receipts instead of its log filter (chains whose header bloom is empty).
    #[serde(default)]
    pub verify_receipts: bool,
    /// L1 share of the fee.
    #[serde(default)]
    pub l1_fee: L1Fee,
    /// What may be paid.
    pub fees: FeesConfig,
}

impl ChainConfig {
    /// The id as a type of its own.
    #[must_use]
    pub const fn chain_id(&self) -> ChainId {
        ChainId(self.id)
    }
}

const fn one() -> usize {
    1
}

const fn default_poll_ms() -> u64 {
    1_000
}

/// `[chain.fees]`: amounts in wei, as strings or integers.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeesConfig {
    /// Highest fee per gas ever signed.
    pub max_fee_per_gas: Wei,
    /// Most that one transaction may cost.
    pub max_tx_cost: Wei,
    /// Most that a lane may spend in 24 hours.
    pub max_daily_cost: Wei,
    /// Separate cap of a cancel that frees a slot.
    pub unblock_max_tx_cost: Wei,
    /// Most that cancels of a lane may cost in 24 hours; fifty times the cap of one where it is not given.
    #[serde(default)]
    pub unblock_max_daily_cost: Option<Wei>,
    /// Smallest raise that nodes accept for a replacement, percent.
    #[serde(default = "default_bump_percent")]
    pub min_bump_percent: u8,
    /// Seconds without inclusion before a raise.
    #[serde(default = "default_bump_after_s")]
    pub bump_after_s: u64,
    /// Least tip per gas that the chain's nodes take; known of Polygon, nothing elsewhere.
    #[serde(default)]
    pub min_priority_fee: Option<Wei>,
}

impl FeesConfig {
    /// The policy of the transaction manager on a chain.
    #[must_use]
    pub fn policy(&self, chain: ChainId) -> FeePolicy {
        let least = self
            .min_priority_fee
            .map(|wei| u128::try_from(wei.0).unwrap_or(u128::MAX));
        FeePolicy {
            min_tip: least.unwrap_or_else(|| usual_min_tip(chain)),
            max_gas: usual_max_gas(chain),
            max_fee_per_gas: u128::try_from(self.max_fee_per_gas.0).unwrap_or(u128::MAX),
            max_tx_cost: self.max_tx_cost.0,
            max_daily_cost: self.max_daily_cost.0,
            unblock_max_tx_cost: self.unblock_max_tx_cost.0,
            unblock_max_daily_cost: self.unblock_max_daily_cost.map_or_else(
                || {
                    self.unblock_max_tx_cost
                        .0
                        .saturating_mul(alloy::primitives::U256::from(50))
                },
                |wei| wei.0,
            ),
            min_bump_percent: self.min_bump_percent,
            bump_after_s: self.bump_after_s,
        }
    }
}

const fn default_bump_percent() -> u8 {
    10
}

const fn default_bump_after_s() -> u64 {
    12
}

/// `[[feed]]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeedConfig {
    /// Identifier: the pair's name, as in the contract's `feedId`.
    pub id: String,
    /// Names of the chains that carry it.
    pub chains: Vec<String>,
    /// Decimals of the contract.
    pub decimals: u8,
    /// Fewest sources that must be left after stale ones and outliers are dropped.
    pub min_sources: usize,
    /// Move against the latest round that makes a report, in basis points.
    pub deviation_bps: u32,
    /// Age of the latest round that makes a report, in seconds.
    pub heartbeat_s: u64,
    /// Sources further than this from the median of all are dropped, in basis points.
    pub outlier_bps: u32,
    /// As signer: reports further than this from the own median are refused, in basis points.
    pub tolerance_bps: u32,
    /// Oldest observation used, in seconds.
    pub max_age_s: u64,
    /// A report is not sent any more this long after its observation, in seconds.
    pub valid_for_s: u64,
    /// Where prices come from.
    pub source: Vec<SourceConfig>,
}

/// Unit of a source's own time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TimeUnit {
    /// Seconds since the epoch.
    #[default]
    S,
    /// Milliseconds since the epoch.
    Ms,
    /// RFC 3339 text.
    Rfc3339,
}

/// `[[feed.source]]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceConfig {
    /// Name in logs and metrics.
    pub name: String,
    /// Asked by GET.
    pub url: String,
    /// JSON pointer (RFC 6901) to the price, a string or a number.
    pub price: String,
    /// JSON pointer to the time of the price; without one the time of the answer counts.
    #[serde(default)]
    pub time: Option<String>,
    /// Unit of that time.
    #[serde(default)]
    pub time_unit: TimeUnit,
    /// How long an answer may take, in milliseconds.
    #[serde(default = "default_source_timeout_ms")]
    pub timeout_ms: u64,
}

const fn default_source_timeout_ms() -> u64 {
    2_000
}

impl Config {
    /// A path of the file, made absolute from the file's own folder.
    #[must_use]
    pub fn path(&self, path: &std::path::Path) -> PathBuf {
        match self.file.parent() {
            Some(folder) if path.is_relative() => folder.join(path),
            _ => path.to_owned(),
        }
    }

    /// Folder of the database.
    #[must_use]
    pub fn data_dir(&self) -> PathBuf {
        self.path(&self.keeper.data_dir)
    }

    /// A chain by its name.
    #[must_use]
    pub fn chain(&self, name: &str) -> Option<&ChainConfig> {
        self.chain.iter().find(|chain| chain.name == name)
    }
}
