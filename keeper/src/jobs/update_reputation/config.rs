//! The job's section of the configuration.

use serde::Deserialize;

use crate::config::{Config, Found, Mode};
use crate::model::Lane;

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

/// What types cannot say about it.
pub(super) fn check(config: &Config, job: &UpdateReputationConfig, found: &mut Found) {
    let at = |key: &str| format!("job.update_reputation.{key}");
    found.unless(
        !job.chains.is_empty(),
        at("chains"),
        "no chain is named",
        "name at least one chain, or remove the section",
    );
    found.unknown_chains(config, &at("chains"), &job.chains);
    // Beyond, an epoch may be closed for signatures before it is reported.
    found.unless(
        (1..=43_200).contains(&job.epoch_s),
        at("epoch_s"),
        format!("found {}", job.epoch_s),
        "write 1 to 43200 seconds; at least the oracle's minInterval, and with the time to finality less than its maxDelay",
    );
    found.unless(
        (100..=600_000).contains(&job.interval_ms),
        at("interval_ms"),
        format!("found {}", job.interval_ms),
        "write 100 to 600000 milliseconds",
    );
    found.unless(
        (1..=10_000).contains(&job.min_move),
        at("min_move"),
        format!("found {}", job.min_move),
        "write 1 to 10000 points",
    );
    found.unless(
        job.refresh_s >= job.epoch_s,
        at("refresh_s"),
        format!("{} s is less than an epoch of {} s", job.refresh_s, job.epoch_s),
        "write an epoch or more; less than the age that consumers accept",
    );
    found.unless(
        (150_000..=30_000_000).contains(&job.batch_gas),
        at("batch_gas"),
        format!("found {}", job.batch_gas),
        "write 150000 to 30000000; one score needs about 100000",
    );
    found.unless(
        config.keeper.mode == Mode::Signer || config.lane.iter().any(|lane| lane.name == Lane::Irreversible),
        "lane",
        "scores are to be reported, but there is no lane `irreversible` to send them",
        "add [[lane]] with name = \"irreversible\" and its keystore",
    );
}
