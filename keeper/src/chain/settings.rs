//! What a chain needs to be told.

use std::time::Duration;

use crate::model::ChainId;

/// When a block counts as final.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finality {
    /// The chain's own `finalized` tag.
    Tag,
    /// This many blocks below the head.
    Depth(u64),
}

/// The share of a rollup's fee that pays for its data on L1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum L1Fee {
    /// There is none.
    #[default]
    None,
    /// Asked from the OP stack's `GasPriceOracle`.
    OpStack,
}

/// Which blocks are checked against their receipts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReceiptCheck {
    /// Those whose header bloom promises a watched log that the node did not give.
    #[default]
    Bloom,
    /// Every block: for chains whose header bloom is empty.
    Always,
}

/// Settings of one chain.
#[derive(Clone, Debug)]
pub struct RpcSettings {
    /// EIP-155 id that every endpoint must answer.
    pub id: ChainId,
    /// Name for logs and errors.
    pub name: String,
    /// JSON-RPC URLs; may hold secrets, so only their hosts are ever shown.
    pub endpoints: Vec<String>,
    /// How many endpoints must agree where a wrong answer costs money; at least one.
    pub read_quorum: usize,
    /// When a block counts as final.
    pub finality: Finality,
    /// An endpoint further behind the best head than this, in blocks, is not read from.
    pub max_lag: u64,
    /// Which blocks are checked against their receipts.
    pub receipts: ReceiptCheck,
    /// L1 share of the fee.
    pub l1_fee: L1Fee,
    /// Longest that one request may take.
    pub call_timeout: Duration,
    /// Longest that a read is tried again before it gives an error.
    pub read_deadline: Duration,
    /// Requests under way at one endpoint at the same time.
    pub concurrency: usize,
    /// Most blocks of one log query; bounds what is held in memory.
    pub max_range: u64,
}

impl RpcSettings {
    /// Settings with the usual limits.
    #[must_use]
    pub fn new(id: ChainId, name: &str, endpoints: Vec<String>) -> Self {
        Self {
            id,
            name: name.to_owned(),
            endpoints,
            read_quorum: 1,
            finality: Finality::Tag,
            max_lag: 3,
            receipts: ReceiptCheck::Bloom,
            l1_fee: L1Fee::None,
            call_timeout: Duration::from_secs(3),
            read_deadline: Duration::from_secs(5),
            concurrency: 16,
            max_range: 500,
        }
    }
}
