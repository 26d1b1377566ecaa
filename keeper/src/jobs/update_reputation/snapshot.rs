//! All that a decision sees.

use std::collections::{BTreeMap, BTreeSet};

use alloy::primitives::U256;
use serde::{Deserialize, Serialize};

use super::{MAX_BATCH, UpdateReputationConfig};
use crate::model::ChainId;
use crate::reputation::Reported;

/// Gas of a batch before its subjects: the transaction, the call, the signer set, the event. The figures are upper
/// bounds, compared with receipts in test/devnet/tests/world_reputation.
const BASE_GAS: u64 = 60_000;
/// Gas of each signature.
const SIGNATURE_GAS: u64 = 6_000;
/// Gas of a subject that was never reported and whose score waits: a new word of storage, an event of its own, its
/// share of data.
const SUBJECT_GAS: u64 = 27_000;

/// When to report, from the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Length of an epoch, in seconds.
    pub epoch_s: u64,
    /// Smallest move that is reported, in points.
    pub min_move: u16,
    /// Age at which an unmoved score is reported again, in seconds.
    pub refresh_s: u64,
    /// Most gas of one batch.
    pub batch_gas: u64,
}

impl Policy {
    /// The policy of a configuration.
    #[must_use]
    pub const fn new(config: &UpdateReputationConfig) -> Self {
        Self {
            epoch_s: config.epoch_s,
            min_move: config.min_move,
            refresh_s: config.refresh_s,
            batch_gas: config.batch_gas,
        }
    }

    /// Most gas of a batch of so many subjects that so many signers sign.
    #[must_use]
    pub fn gas(subjects: usize, signatures: usize) -> u64 {
        let of = |count: usize, each: u64| u64::try_from(count).unwrap_or(u64::MAX).saturating_mul(each);
        BASE_GAS
            .saturating_add(of(signatures, SIGNATURE_GAS))
            .saturating_add(of(subjects, SUBJECT_GAS))
    }

    /// Subjects that fit into a batch which this many signers sign; at least one.
    #[must_use]
    pub fn batch_size(&self, signatures: usize) -> usize {
        let left = self.batch_gas.saturating_sub(Self::gas(0, signatures));
        usize::try_from(left / SUBJECT_GAS)
            .unwrap_or(MAX_BATCH)
            .clamp(1, MAX_BATCH)
    }
}

/// The limits that the oracle enforces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Oldest report accepted, in seconds.
    pub max_delay_s: u64,
    /// Least time between two observations of a wallet, in seconds.
    pub min_interval_s: u64,
}

/// All that a decision about one chain sees.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Chain.
    pub chain: ChainId,
    /// Its name.
    pub chain_name: String,
    /// Time of the chain's best head, in seconds.
    pub chain_time: u64,
    /// The epoch that is decided on, in seconds.
    pub epoch: u64,
    /// When to report.
    pub policy: Policy,
    /// What the oracle enforces.
    pub limits: Limits,
    /// How many signatures make a quorum.
    pub threshold: usize,
    /// Scores at the epoch, by wallet.
    pub scores: BTreeMap<U256, u16>,
    /// The last report about each wallet.
    pub reported: BTreeMap<U256, Reported>,
    /// Wallets of which a report is on its way.
    pub pending: BTreeSet<U256>,
}
