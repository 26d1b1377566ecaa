//! All that a decision sees.

use serde::{Deserialize, Serialize};

use super::{FeedLimits, FeedView, PendingReport};
use crate::config::FeedConfig;
use crate::model::ChainId;
use crate::sources::{Observation, Rules};

/// When to report, from the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// When sources count.
    pub rules: Rules,
    /// Move that makes a report, in basis points.
    pub deviation_bps: u32,
    /// Age that makes a report, in seconds.
    pub heartbeat_s: u64,
    /// How long a report may be on its way, in seconds after its observation.
    pub valid_for_s: u64,
    /// How often sources are asked, in milliseconds.
    pub interval_ms: u64,
}

impl Policy {
    /// The policy of a feed whose sources are asked this often.
    #[must_use]
    pub fn new(feed: &FeedConfig, interval_ms: u64) -> Self {
        Self {
            interval_ms,
            rules: rules(feed),
            deviation_bps: feed.deviation_bps,
            heartbeat_s: feed.heartbeat_s,
            valid_for_s: feed.valid_for_s,
        }
    }
}

/// When the sources of a feed count.
#[must_use]
pub const fn rules(feed: &FeedConfig) -> Rules {
    Rules {
        min_sources: feed.min_sources,
        outlier_bps: feed.outlier_bps,
        max_age_s: feed.max_age_s,
    }
}

/// All that a decision about one feed on one chain sees.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Chain.
    pub chain: ChainId,
    /// Its name.
    pub chain_name: String,
    /// Feed.
    pub feed: String,
    /// Wall time, in milliseconds.
    pub now_ms: u64,
    /// Time of the chain's best head, in seconds; policies go by it.
    pub chain_time: u64,
    /// When to report.
    pub policy: Policy,
    /// What the contract enforces.
    pub limits: FeedLimits,
    /// What sources said last.
    pub observations: Vec<Observation>,
    /// The feed as the chain shows it.
    pub view: FeedView,
    /// Reports on their way.
    pub pending: Vec<PendingReport>,
    /// Epoch of the last report that was tried, whether or not it found a quorum: an epoch is never tried twice.
    pub last_tried: u64,
}
