//! Events on chain: what is expected, and where one stands.

use alloy::primitives::{Address, B256, Bytes};
use serde::{Deserialize, Serialize};

use super::Height;

/// What makes an effect visible on chain: a log of one contract in one of several forms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpectedEvent {
    /// Emitting contract.
    pub address: Address,
    /// Any of these shows the effect; none at all shows nothing.
    pub forms: Vec<LogForm>,
    /// Only logs of this block or later do. An effect that happens again is not shown by the time before: it counts
    /// from the block after the one whose state said that it is due.
    #[serde(default = "genesis")]
    pub since: Height,
}

/// For what was stored before effects could happen again.
const fn genesis() -> Height {
    Height(0)
}

/// A log by its content.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogForm {
    /// Topics from the first on; `None` matches anything. At most four.
    pub topics: Vec<Option<B256>>,
    /// The whole data; `None` matches anything.
    pub data: Option<Bytes>,
}

/// Where a log stands on the canonical chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventRef {
    /// Block number.
    pub height: Height,
    /// Block hash.
    pub block: B256,
    /// Transaction that emitted it.
    pub transaction: B256,
    /// Index of the log in its block.
    pub log_index: u64,
}
