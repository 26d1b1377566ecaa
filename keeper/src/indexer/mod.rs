//! Follows each chain: decodes its events and commits them with the cursor.
//!
//! One task per chain. Each step reads the blocks after the cursor, checks that they follow it, and commits blocks,
//! events, derived rows and the cursor in one transaction. Where they do not follow, the chain left our blocks: the
//! store is unwound to the last common block. That block is never below the finalized one; a chain that contradicts its
//! finalized block is halted, with the reason stored, until an operator clears it. The other chains go on.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use alloy::primitives::Address;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::chain::{Chain, ChainError, LogRange, RangeLogs};
use crate::model::{BlockRef, ChainId, Height};
use crate::store::{BlockBatch, DecodedEvent, IndexStore, IndexedEvent, Position, REMEMBERED_FINAL, StoreError};

mod ahead;
mod decode;

pub use decode::{Decode, Watch, number, read};

/// Blocks behind the head from which on the index counts as backfilling.
const BACKFILL_LAG: u64 = 10;
/// Longest wait for a new head before the state is looked at again.
const IDLE: Duration = Duration::from_secs(1);

/// What is indexed on one chain.
#[derive(Clone, Debug)]
pub struct IndexerConfig {
    /// The chain.
    pub chain: ChainId,
    /// Watched contracts.
    pub contracts: Vec<(Address, &'static Watch)>,
    /// First block that can hold their events: the deployment's.
    pub start: Height,
}

/// How far a chain is indexed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Last indexed block; `None` before the first.
    pub indexed: Option<Height>,
    /// Stored finalized block.
    pub finalized: Option<Height>,
    /// Best head.
    pub head: Option<Height>,
    /// Far behind the head: derived state is old.
    pub backfilling: bool,
    /// Why the chain is halted.
    pub halted: Option<String>,
}

/// Why a step made no progress.
#[derive(Debug, thiserror::Error)]
enum StepError {
    #[error(transparent)]
    Chain(#[from] ChainError),
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The chain gave something that cannot be indexed.
    #[error("{0}")]
    Unreadable(String),
}

/// What a step did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Advanced,
    Unwound,
    Idle,
}

/// Indexes one chain.
pub struct Indexer {
    config: IndexerConfig,
    chain: Arc<dyn Chain>,
    store: Arc<dyn IndexStore>,
    progress: watch::Sender<Progress>,
    ahead: ahead::Ahead,
}

impl Indexer {
    /// An indexer; nothing happens before [`Indexer::run`].
    #[must_use]
    pub fn new(config: IndexerConfig, chain: Arc<dyn Chain>, store: Arc<dyn IndexStore>) -> Self {
        let progress = Progress {
            backfilling: true,
            ..Progress::default()
        };
        Self {
            config,
            chain,
            store,
            progress: watch::Sender::new(progress),
            ahead: ahead::Ahead::default(),
        }
    }

    /// Tells how far the index is, after each change.
    #[must_use]
    pub fn progress(&self) -> watch::Receiver<Progress> {
        self.progress.subscribe()
    }

    /// Indexes until `stop` is cancelled. Heads come from whoever polls the chain.
    ///
    /// # Errors
    /// When the store was lost to another holder; everything else is tried again, or halts this chain only.
    pub async fn run(&self, stop: CancellationToken) -> Result<(), StoreError> {
        let mut heads = self.chain.heads();
        loop {
            let step = tokio::select! {
                () = stop.cancelled() => return Ok(()),
                step = self.once() => step,
            };
            let wait = match step {
                Ok(Step::Advanced | Step::Unwound) => Duration::ZERO,
                Ok(Step::Idle) => IDLE,
                Err(StepError::Store(error @ StoreError::LeaseLost { .. })) => return Err(error),
                Err(error) => {
                    tracing::warn!(chain = self.chain.name(), %error, "indexing waits");
                    IDLE
                }
            };
            if wait.is_zero() {
                continue;
            }
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                _ = heads.changed() => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    /// One step, with its halt stored and the progress published.
    async fn once(&self) -> Result<Step, StepError> {
        let id = self.config.chain;
        let position = self.store.position(id).await?;
        let mut step = match position.halted {
            Some(_) => Ok(Step::Idle),
            None => self.step(&position).await,
        };
        if let Err(StepError::Chain(ChainError::Halt { reason, .. })) = &step {
            self.store.halt(id, reason).await?;
            metrics::counter!("keeper_chain_halts_total", "chain" => self.chain.name().to_owned()).increment(1);
            tracing::error!(chain = self.chain.name(), reason, "chain halted; the others go on");
            step = Ok(Step::Idle);
        }
        self.publish().await?;
        step
    }

    async fn publish(&self) -> Result<(), StoreError> {
        let id = self.config.chain;
        let head = self.chain.heads().borrow().map(|b| b.height);
        let position = self.store.position(id).await?;
        let indexed = position.cursor.map(|b| b.height);
        let behind = match (head, indexed) {
            (Some(head), Some(indexed)) => head.0.saturating_sub(indexed.0) > BACKFILL_LAG,
            _ => true,
        };
        let now = Progress {
            indexed,
            finalized: position.finalized.map(|b| b.height),
            head,
            backfilling: behind,
            halted: position.halted,
        };
        #[allow(clippy::cast_precision_loss)]
        metrics::gauge!("keeper_indexed_height", "chain" => self.chain.name().to_owned())
            .set(indexed.map_or(0.0, |h| h.0 as f64));
        self.progress.send_if_modified(|before| {
            let changed = *before != now;
            *before = now;
            changed
        });
        Ok(())
    }

    async fn step(&self, position: &Position) -> Result<Step, StepError> {
        let Some(head) = *self.chain.heads().borrow() else {
            return Ok(Step::Idle);
        };
        let (id, cursor) = (self.config.chain, position.cursor);
        let finalized = self.chain.finalized().await?;
        self.check_finalized(finalized, position).await?;
        if let Some(cursor) = cursor
            && head.height <= cursor.height
        {
            if head != cursor {
                let ours = self.store.canonical(id, head.height).await?;
                if ours.is_some_and(|block| block.hash != head.hash) {
                    return self.unwind(cursor).await;
                }
            }
            self.raise(finalized, cursor, position.finalized).await?;
            return Ok(Step::Idle);
        }
        let from = cursor.map_or(self.config.start, |c| c.height.next());
        if from > head.height {
            return Ok(Step::Idle);
        }
        let mut range = self.range(from, head.height);
        let mut read = self.ahead.read(&self.chain, &range).await?;
        let mut events = self.decode(&read)?;
        if let Some(gap) = self.round_gap(&events).await? {
            // The bloom cannot show that one of several equal events of a block is missing; a feed's round ids can.
            tracing::warn!(
                chain = self.chain.name(),
                gap,
                "rounds are missing from the logs; read again from the receipts"
            );
            range.to = read.blocks.last().map_or(range.to, |b| b.height);
            range.by_receipts = true;
            read = self.chain.logs(&range).await?;
            events = self.decode(&read)?;
        }
        let (Some(first), Some(last)) = (read.blocks.first(), read.blocks.last().copied()) else {
            return Ok(Step::Idle);
        };
        if let Some(cursor) = cursor
            && first.parent != cursor.hash
        {
            return self.unwind(cursor).await;
        }
        if last.height == head.height && last.hash != head.hash {
            // Read from another fork than the published head: the next poll settles which one it is.
            return Ok(Step::Idle);
        }
        if last.height < finalized.height {
            let next = self.range(last.height.next(), finalized.height);
            self.ahead.begin(&self.chain, next);
        }
        let mut blocks = read.blocks;
        // Below the finalized block nothing is ever unwound to; some of those are kept to hold the chain to them.
        let kept = finalized.height.back(REMEMBERED_FINAL);
        blocks.retain(|b| b.height >= kept || b.height == last.height);
        let batch = BlockBatch {
            after: cursor,
            blocks,
            events,
        };
        self.store.commit_batch(id, &batch).await?;
        self.raise(finalized, last, position.finalized).await?;
        // At the head the next one is waited for.
        Ok(if last == head { Step::Idle } else { Step::Advanced })
    }

    fn range(&self, from: Height, to: Height) -> LogRange {
        let contracts = self.config.contracts.iter();
        LogRange {
            from,
            to,
            watched: contracts.map(|(address, watch)| watch.at(*address)).collect(),
            by_receipts: false,
        }
    }

    fn decode(&self, read: &RangeLogs) -> Result<Vec<IndexedEvent>, StepError> {
        let events = read
            .logs
            .iter()
            .map(|log| decode::event(log, &read.blocks, &self.config.contracts));
        events.collect::<Result<_, _>>().map_err(StepError::Unreadable)
    }

    /// The first round that does not follow the one before it, in the store or in these events.
    async fn round_gap(&self, events: &[IndexedEvent]) -> Result<Option<String>, StoreError> {
        let mut last: BTreeMap<Address, u64> = BTreeMap::new();
        for event in events {
            let Some(DecodedEvent::AnswerUpdated { round, .. }) = event.decoded else {
                continue;
            };
            let before = match last.get(&event.address) {
                Some(before) => *before,
                None => {
                    let feed = self.store.feed(self.config.chain, event.address).await?;
                    feed.map_or(0, |f| f.round)
                }
            };
            if round > before.saturating_add(1) {
                return Ok(Some(format!("{}: round {round} after round {before}", event.address)));
            }
            last.insert(event.address, round);
        }
        Ok(None)
    }

    /// What was final is no longer on the chain.
    fn contradiction(&self, was: BlockRef, is: BlockRef, finalized: Height) -> StepError {
        let reason = format!(
            "block {} was final as {} and is now {}; the chain reorganised below its finalized block {finalized}",
            was.height, was.hash, is.hash
        );
        let chain = self.config.chain;
        ChainError::Halt { chain, reason }.into()
    }

    /// Compares what the chain calls finalized with what it called so before.
    async fn check_finalized(&self, now: BlockRef, position: &Position) -> Result<(), StepError> {
        let id = self.config.chain;
        let Some(before) = position.finalized else {
            return Ok(());
        };
        if now == before {
            return Ok(());
        }
        if now.height <= before.height {
            let ours = self.store.canonical(id, now.height).await?;
            return match ours {
                Some(ours) if ours.hash != now.hash => Err(self.contradiction(ours, now, before.height)),
                _ if now.height == before.height && now.hash != before.hash => {
                    Err(self.contradiction(before, now, before.height))
                }
                _ => Ok(()),
            };
        }
        // Our blocks lead from the one to the other, so a match here binds both; else the chain itself must still have
        // the old one.
        let ours = self.store.canonical(id, now.height).await?;
        if ours.is_some_and(|ours| ours.hash == now.hash) && position.cursor.is_some_and(|c| c.height >= now.height) {
            return Ok(());
        }
        match self.chain.block(before.height).await? {
            Some(is) if is.hash != before.hash => Err(self.contradiction(before, is, before.height)),
            _ => Ok(()),
        }
    }

    /// Raises the stored finalized block as far as the index reaches.
    async fn raise(&self, finalized: BlockRef, cursor: BlockRef, stored: Option<BlockRef>) -> Result<(), StepError> {
        let id = self.config.chain;
        if finalized.height > cursor.height {
            return Ok(());
        }
        if stored.is_some_and(|s| s.height >= finalized.height) {
            return Ok(());
        }
        let indexed = self.store.canonical(id, finalized.height).await?;
        match indexed {
            Some(ours) if ours.hash != finalized.hash => {
                // Final by quorum, and not what we read: our blocks from there on are of a lost fork.
                self.unwind(cursor).await?;
                Ok(())
            }
            None if finalized.height >= self.config.start => Ok(()),
            _ => Ok(self.store.raise_finalized(id, finalized).await?),
        }
    }

    /// Takes back the blocks that are no longer on the chain.
    async fn unwind(&self, cursor: BlockRef) -> Result<Step, StepError> {
        let id = self.config.chain;
        let finalized = self.store.finalized(id).await?;
        let mut below = cursor.height;
        let ancestor = loop {
            let Some(ours) = self.store.canonical_at_or_below(id, below).await? else {
                break self.config.start.back(1);
            };
            let theirs = self.chain.block(ours.height).await?;
            if theirs.is_some_and(|b| b.hash == ours.hash) {
                break ours.height;
            }
            if let Some(fin) = finalized
                && ours.height <= fin.height
            {
                let Some(theirs) = theirs else {
                    // A chain that is shorter than its finalized block is not answered by a halt, but by waiting.
                    return Ok(Step::Idle);
                };
                return Err(self.contradiction(ours, theirs, fin.height));
            }
            if ours.height.0 == 0 {
                break Height(0);
            }
            below = ours.height.back(1);
        };
        let depth = cursor.height.0.saturating_sub(ancestor.0);
        if depth == 0 {
            return Ok(Step::Idle);
        }
        tracing::warn!(
            chain = self.chain.name(),
            from = cursor.height.0,
            to = ancestor.0,
            depth,
            "reorg"
        );
        metrics::counter!("keeper_reorgs_total", "chain" => self.chain.name().to_owned()).increment(1);
        self.store.unwind(id, ancestor).await?;
        Ok(Step::Unwound)
    }
}
