//! One chain as the keeper sees it, whatever number of endpoints stands behind it.
//!
//! Reads go to an endpoint that is healthy and not behind; where a wrong answer would cost money (finality, nonces at
//! the finalized block, the absence of a receipt) they need a quorum of endpoints that agree. Sends fan out to all.

use alloy::primitives::{Address, B256, Bytes, U256};
use async_trait::async_trait;
use tokio::sync::watch;

use crate::model::{BlockRef, ChainId, Height};

mod at;
mod call;
mod classify;
mod endpoint;
mod fees;
mod header;
mod health;
mod http;
mod logs;
mod pool;
mod probe;
mod request;
mod rhythm;
mod rpc;
mod settings;
mod wire;
mod words;

pub use rpc::{ConnectError, RpcChain};
pub use settings::{Finality, L1Fee, ReceiptCheck, RpcSettings};

/// What a caller can do about a failed read.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ChainError {
    /// No endpoint answered, or too few agreed: try again later.
    #[error("chain {chain}: {what}: {cause}; it is tried again")]
    Unavailable {
        /// The chain.
        chain: ChainId,
        /// What was asked.
        what: &'static str,
        /// What the endpoints said.
        cause: String,
    },
    /// The endpoints contradict what was final: stop this chain and tell the operator.
    #[error("chain {chain} halted: {reason}")]
    Halt {
        /// The chain.
        chain: ChainId,
        /// Why, with the heights and hashes.
        reason: String,
    },
}

/// What a simulated call came to.
#[derive(Debug, Clone)]
pub enum Simulation {
    /// It succeeds with this much gas (the estimate, without margin).
    Succeeds {
        /// Gas units.
        gas: u64,
    },
    /// It reverts with these bytes.
    Reverts {
        /// Revert data; empty when the node gave none.
        data: Bytes,
        /// The node's words.
        message: String,
    },
}

/// What the market asks, in wei per gas.
#[derive(Debug, Clone, Copy)]
pub struct MarketFees {
    /// Base fee of the next block.
    pub base_fee: u128,
    /// Tip that recent blocks took.
    pub priority_fee: u128,
    /// What a rollup takes for the transaction at hand besides gas, in wei; zero before it is known which one that is.
    pub l1_fee: U256,
}

/// A mined transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mined {
    /// The block that holds it.
    pub height: Height,
    /// Its hash.
    pub block: B256,
    /// Whether it succeeded.
    pub success: bool,
    /// Gas used times the effective price, plus the L1 and operator fees, in wei.
    pub cost: U256,
}

/// What the endpoints made of signed bytes, taken together: the most hopeful answer wins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendOutcome {
    /// At least one endpoint took it.
    Accepted,
    /// At least one endpoint has it already (pending or mined: look it up).
    AlreadyKnown,
    /// The nonce is used: decides nothing until every attempt's hash was looked up.
    NonceTooLow,
    /// The fee is below what a replacement of the same nonce needs.
    ReplacementUnderpriced,
    /// The fee is below the base fee or the node's minimum: the tip in wei per gas that it asks for, where it says so.
    FeeTooLow(Option<u128>),
    /// The account cannot pay for it.
    InsufficientFunds,
    /// Refused for good (malformed, over a limit); with the node's words.
    Refused(String),
    /// Words that nobody knows: it may or may not have been taken.
    Unknown(String),
    /// No endpoint gave an answer: it may or may not have been taken.
    Silent(String),
}

impl SendOutcome {
    /// Name for metrics.
    #[must_use]
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::AlreadyKnown => "already_known",
            Self::NonceTooLow => "nonce_too_low",
            Self::ReplacementUnderpriced => "replacement_underpriced",
            Self::FeeTooLow(_) => "fee_too_low",
            Self::InsufficientFunds => "insufficient_funds",
            Self::Refused(_) => "refused",
            Self::Unknown(_) => "unknown",
            Self::Silent(_) => "silent",
        }
    }
}

/// At which state to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// The newest block of the endpoint that answers.
    Latest,
    /// A pinned block.
    Block(B256),
}

/// A contract whose logs are asked for.
#[derive(Debug, Clone)]
pub struct Watched {
    /// Where it lies.
    pub address: Address,
    /// First topics whose omission must be noticed; empty for any. Logs with other topics are given too.
    pub topics: Vec<B256>,
    /// That of them whose events number themselves without a gap: whoever reads them notices by the next one that one
    /// is missing.
    pub numbered: Option<B256>,
}

/// Range of a log query, both ends included.
#[derive(Debug, Clone)]
pub struct LogRange {
    /// First block.
    pub from: Height,
    /// Last block.
    pub to: Height,
    /// Emitting contracts.
    pub watched: Vec<Watched>,
    /// Take the logs of every block from its receipts, whatever the bloom says.
    pub by_receipts: bool,
}

/// The beginning of a [`LogRange`]: as many blocks as the endpoint has and gives at once.
#[derive(Debug, Clone, Default)]
pub struct RangeLogs {
    /// Every block from the range's first on, each the parent of the next; empty where the endpoint has none of them.
    pub blocks: Vec<BlockRef>,
    /// All logs of these blocks, ascending.
    pub logs: Vec<alloy::rpc::types::Log>,
}

/// A chain. All methods retry passing faults within bounded time before they give an error.
#[async_trait]
pub trait Chain: Send + Sync {
    /// The chain's id; every endpoint was checked against it.
    fn id(&self) -> ChainId;

    /// The configured name.
    fn name(&self) -> &str;

    /// The best head known, updated by [`Chain::poll`]; tells when it changes.
    fn heads(&self) -> watch::Receiver<Option<BlockRef>>;

    /// Asks all endpoints for their heads, updates health and lag, and publishes the best head.
    async fn poll(&self) -> Result<BlockRef, ChainError>;

    /// The finalized block: the lowest of a read quorum, or `depth` below the head.
    async fn finalized(&self) -> Result<BlockRef, ChainError>;

    /// Header of a height, `None` past the head.
    async fn block(&self, height: Height) -> Result<Option<BlockRef>, ChainError>;

    /// Blocks and logs from the beginning of a range, complete: integrity was checked against the headers.
    async fn logs(&self, range: &LogRange) -> Result<RangeLogs, ChainError>;

    /// Return data of a call, or its revert.
    async fn call(&self, to: Address, data: Bytes, at: At) -> Result<Result<Bytes, Bytes>, ChainError>;

    /// Simulates a transaction at the head and estimates its gas.
    async fn simulate(&self, from: Address, to: Address, data: &Bytes, value: U256) -> Result<Simulation, ChainError>;

    /// Transaction count of an account; at a pinned block by quorum.
    async fn nonce(&self, account: Address, at: At) -> Result<u64, ChainError>;

    /// Balance of an account in wei, at the head.
    async fn balance(&self, account: Address) -> Result<U256, ChainError>;

    /// Code at an address, at the head.
    async fn code(&self, address: Address) -> Result<Bytes, ChainError>;

    /// What the market asks for the next block.
    async fn fees(&self) -> Result<MarketFees, ChainError>;

    /// What a rollup takes besides gas for a transaction with this data and gas limit, in wei: its bytes on L1 and the
    /// operator's share. Zero where gas pays for everything, as on Arbitrum, whose estimates hold the L1 share.
    async fn l1_fee(&self, data: &Bytes, gas: u64) -> Result<U256, ChainError>;

    /// The mined transaction of this hash, `None` when a read quorum knows no receipt.
    async fn mined(&self, transaction: B256) -> Result<Option<Mined>, ChainError>;

    /// Writes stored bytes to every endpoint at once. Returns at the first acceptance; the other writes go on in the
    /// background. The first write follows the call at once, so the caller's clock reading right before it is the time
    /// of the write.
    async fn send(&self, raw: &[u8]) -> SendOutcome;
}
