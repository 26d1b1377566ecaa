//! The job's section of the configuration. Feeds and their sources have sections of their own, which signers read too.

use serde::Deserialize;

use crate::config::Found;

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

/// What types cannot say about it.
pub(super) fn check(job: &UpdatePricesConfig, found: &mut Found) {
    found.unless(
        (100..=600_000).contains(&job.interval_ms),
        "job.update_prices.interval_ms",
        format!("found {}", job.interval_ms),
        "write 100 to 600000 milliseconds",
    );
}
