//! `[job.*]`

use serde::Deserialize;

/// `[job]`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct JobsConfig {
    /// Price reports.
    pub update_prices: UpdatePricesConfig,
    /// Scores of skill wallets; absent where they are somebody else's work.
    pub update_reputation: Option<UpdateReputationConfig>,
}

/// `[job.update_prices]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct UpdatePricesConfig {
    /// How often sources are asked, in milliseconds.
    pub interval_ms: u64,
}

impl Default for UpdatePricesConfig {
    fn default() -> Self {
        Self { interval_ms: 1_000 }
    }
}

/// `[job.update_reputation]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UpdateReputationConfig {
    /// Names of the chains whose scores are reported, or signed.
    pub chains: Vec<String>,
    /// Length of an epoch, in seconds: scores are those at its end.
    #[serde(default = "default_epoch_s")]
    pub epoch_s: u64,
    /// How often it is looked whether an epoch became final, in milliseconds.
    #[serde(default = "default_interval_ms")]
    pub interval_ms: u64,
    /// Smallest move that is reported, in points of 10,000.
    #[serde(default = "default_min_move")]
    pub min_move: u16,
    /// Age at which an unmoved score is reported again, in seconds.
    #[serde(default = "default_refresh_s")]
    pub refresh_s: u64,
    /// Most gas of one batch.
    #[serde(default = "default_batch_gas")]
    pub batch_gas: u64,
}

const fn default_epoch_s() -> u64 {
    3_600
}

const fn default_interval_ms() -> u64 {
    15_000
}

const fn default_min_move() -> u16 {
    25
}

const fn default_refresh_s() -> u64 {
    86_400
}

const fn default_batch_gas() -> u64 {
    1_500_000
}
