//! Ids, heights and blocks. Numbers that must not be mixed up have a type of their own.

use std::fmt;

use alloy::primitives::B256;
use serde::{Deserialize, Serialize};

/// EIP-155 chain id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ChainId(pub u64);

impl fmt::Display for ChainId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Block number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Height(pub u64);

impl Height {
    /// The block after this one; saturates.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The block `n` before this one, never below zero.
    #[must_use]
    pub const fn back(self, n: u64) -> Self {
        Self(self.0.saturating_sub(n))
    }
}

impl fmt::Display for Height {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// One block of a chain, as its header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockRef {
    /// Block number.
    pub height: Height,
    /// Block hash.
    pub hash: B256,
    /// Hash of the block before.
    pub parent: B256,
    /// Time stamp, in seconds.
    pub time: u64,
}

/// Which key sends: a capped transaction in one lane never holds up another lane.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::EnumIter,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Lane {
    /// Oracle reports: perishable, planned from the head.
    Prices,
    /// Liquidations: perishable, planned from the head.
    Liquidations,
    /// Work that cannot be taken back: planned from finalized data only.
    Irreversible,
}

/// Follows one piece of work from the observation to the receipt, through logs, the store and the API.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TraceId(pub String);

impl TraceId {
    /// A new random id (64 bits, hexadecimal).
    #[must_use]
    pub fn random() -> Self {
        let bytes: [u8; 8] = B256::random()[..8].try_into().unwrap_or_default();
        Self(alloy::hex::encode(bytes))
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
