//! What the indexer writes and everybody reads: the canonical blocks, their events, and tables derived from them.

use alloy::primitives::{Address, B256, Bytes, I256};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{SkillEvent, StoreError};
use crate::model::{BlockRef, ChainId, EventRef, ExpectedEvent, Height};

/// Last block whose events are in the store.
pub type Cursor = BlockRef;

/// So many final blocks stay remembered below the finalized one (two epochs of Ethereum), so that a chain that denies
/// one of them is noticed although its finality fell.
pub const REMEMBERED_FINAL: u64 = 64;

/// A log with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexedEvent {
    /// Where it stands.
    pub at: EventRef,
    /// Emitting contract.
    pub address: Address,
    /// Its topics.
    pub topics: Vec<B256>,
    /// Its data.
    pub data: Bytes,
    /// What it means to a derived table; `None` where it is only kept.
    pub decoded: Option<DecodedEvent>,
}

/// Events that change derived tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DecodedEvent {
    /// A feed accepted a report as its latest round.
    AnswerUpdated {
        /// Round id.
        round: u64,
        /// Price in the feed's decimals.
        price: I256,
        /// The report's epoch, in seconds.
        observed_at: u64,
        /// min(observed, block time), in seconds.
        updated_at: u64,
    },
    /// A feed accepted a report that made no round: it became, or stays, disputed.
    PriceDisputed {
        /// Last undisputed price.
        last_price: I256,
        /// The price in dispute.
        disputed_price: I256,
        /// The report's epoch, in seconds.
        observed_at: u64,
        /// When the confirmation began, in seconds.
        since: u64,
    },
    /// A dispute ended with this round.
    DisputeResolved {
        /// Round id.
        round: u64,
    },
    /// Something about wallets, skills, badges or scores.
    Skill {
        /// Time of its block, in seconds.
        time: u64,
        /// What.
        event: SkillEvent,
    },
    /// The signer set of a verifier changed.
    SignerSetRotated {
        /// New set id.
        set_id: u32,
        /// Signers, ascending.
        signers: Vec<Address>,
        /// Ordinary quorum.
        threshold: u8,
        /// Strict quorum.
        strict_threshold: u8,
    },
}

/// A contiguous piece of the canonical chain with all its events.
#[derive(Clone, Debug)]
pub struct BlockBatch {
    /// The cursor that this batch extends: `None` only for the first batch.
    pub after: Option<Cursor>,
    /// Blocks to remember (those not final yet, [`REMEMBERED_FINAL`] below them, and always the last), ascending.
    pub blocks: Vec<BlockRef>,
    /// Events, ascending.
    pub events: Vec<IndexedEvent>,
}

/// A feed as the indexed chain shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedState {
    /// Feed contract.
    pub feed: Address,
    /// Latest round; zero before the first.
    pub round: u64,
    /// Price of the latest round.
    pub price: I256,
    /// `updatedAt` of the latest round.
    pub updated_at: u64,
    /// Epoch of the last accepted report.
    pub observed_at: u64,
    /// Time of the block that accepted it; zero where that block is so deep that it was forgotten.
    pub accepted_at: u64,
    /// Since when it is disputed, and at what price.
    pub disputed: Option<(u64, I256)>,
}

/// One round of a feed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoundRow {
    /// Feed contract.
    pub feed: Address,
    /// Round id.
    pub round: u64,
    /// Price in the feed's decimals.
    pub price: I256,
    /// Epoch, in seconds.
    pub observed_at: u64,
    /// min(observed, block time).
    pub updated_at: u64,
    /// Transaction that opened it.
    pub transaction: B256,
    /// Block that holds it.
    pub height: Height,
}

/// How far a chain is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// Last indexed block.
    pub cursor: Option<Cursor>,
    /// The stored finalized block.
    pub finalized: Option<BlockRef>,
    /// Why the chain is halted.
    pub halted: Option<String>,
}

/// The indexer's part of the store.
#[async_trait]
pub trait IndexStore: Send + Sync {
    /// Last indexed block of a chain.
    async fn cursor(&self, chain: ChainId) -> Result<Option<Cursor>, StoreError>;
    /// How far a chain is indexed and final, and why it is halted, if it is: all of one state of the database.
    async fn position(&self, chain: ChainId) -> Result<Position, StoreError>;
    /// A remembered canonical block.
    async fn canonical(&self, chain: ChainId, height: Height) -> Result<Option<BlockRef>, StoreError>;
    /// The highest remembered canonical block at or below a height.
    async fn canonical_at_or_below(&self, chain: ChainId, height: Height) -> Result<Option<BlockRef>, StoreError>;
    /// Commits blocks, events, derived rows and the cursor in one transaction. Fails with `Conflict` when the cursor is
    /// not `batch.after`.
    async fn commit_batch(&self, chain: ChainId, batch: &BlockBatch) -> Result<(), StoreError>;
    /// Takes back everything above `to`, in one transaction, and puts the cursor there; `to` is a remembered block, or
    /// below all of them, which leaves no cursor. Fails with `Conflict` below the finalized block.
    async fn unwind(&self, chain: ChainId, to: Height) -> Result<(), StoreError>;
    /// The stored finalized block.
    async fn finalized(&self, chain: ChainId) -> Result<Option<BlockRef>, StoreError>;
    /// Raises the finalized block; fails with `Conflict` where that would lower or replace it, or where another block
    /// is indexed at its height. Forgets remembered blocks that are no longer needed.
    async fn raise_finalized(&self, chain: ChainId, block: BlockRef) -> Result<(), StoreError>;
    /// Why a chain is halted, if it is.
    async fn halted(&self, chain: ChainId) -> Result<Option<String>, StoreError>;
    /// Halts a chain, with the reason; stays until an operator resumes it.
    async fn halt(&self, chain: ChainId, reason: &str) -> Result<(), StoreError>;
    /// First event that matches one of the forms, on the indexed canonical chain.
    async fn find_event(&self, chain: ChainId, event: &ExpectedEvent) -> Result<Option<EventRef>, StoreError>;
    /// A feed as indexed.
    async fn feed(&self, chain: ChainId, feed: Address) -> Result<Option<FeedState>, StoreError>;
    /// Rounds of a feed, newest first.
    async fn rounds(&self, chain: ChainId, feed: Address, limit: u32) -> Result<Vec<RoundRow>, StoreError>;
    /// The signer set in force at a verifier: id, signers, threshold, strict threshold.
    async fn signer_set(
        &self,
        chain: ChainId,
        verifier: Address,
    ) -> Result<Option<(u32, Vec<Address>, u8, u8)>, StoreError>;
    /// All derived rows of a chain up to a height as stable text lines, for comparing two databases.
    async fn derived_dump(&self, chain: ChainId, up_to: Height) -> Result<Vec<String>, StoreError>;
}
