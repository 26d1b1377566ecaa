//! One lane of a chain: its key, and what it remembers from step to step. Lanes share nothing but the look they are
//! handed, so that the trouble of one holds up no other.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use alloy::primitives::{Address, B256, U256};
use tracing::error;

use super::look::{Look, Open};
use super::manager::TxError;
use super::market::Tips;
use super::{Attempt, FeePolicy, Intent, IntentId, LaneSigner, Parked};
use crate::chain::Chain;
use crate::clock::Clock;
use crate::model::{BlockRef, Lane};
use crate::store::{Store, StoreError};

/// What every lane of a chain uses.
#[derive(Clone)]
pub(super) struct Tools {
    pub(super) chain: Arc<dyn Chain>,
    pub(super) store: Arc<dyn Store>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) policy: FeePolicy,
}

/// Works one lane.
pub(super) struct LaneWorker {
    pub(super) lane: Lane,
    /// Its key; without one it still follows what was sent by an earlier one.
    pub(super) key: Option<LaneSigner>,
    pub(super) tools: Tools,
    pub(super) memory: Memory,
}

/// What may be forgotten: it only spares repeated work, or an answer too early.
#[derive(Default)]
pub(super) struct Memory {
    /// Wall time of the last write of an attempt.
    pub(super) last_sent: HashMap<B256, u64>,
    /// Attempts that an endpoint called underpriced.
    pub(super) underpriced: HashSet<B256>,
    /// Attempts that every endpoint refused for good.
    pub(super) refused: HashSet<B256>,
    /// Slots whose bytes the nodes answered with words that nobody knows.
    pub(super) unknown: HashMap<(Address, u64), Unknown>,
    /// What was learnt about tips.
    pub(super) tips: Tips,
    /// What a rollup takes for a payload besides gas, by the hash of its data and its gas limit, and when that was
    /// said.
    pub(super) l1_fees: HashMap<(B256, u64), (U256, u64)>,
    /// Head at which an intent last succeeded in simulation.
    pub(super) simulated_at: HashMap<IntentId, B256>,
    /// Intents whose simulation was not answered.
    pub(super) unanswered: HashMap<IntentId, Unanswered>,
    /// Since when a nonce below the lowest slot has been unused.
    pub(super) gap_since: HashMap<(Address, u64), u64>,
    /// Slots whose nonce is used and whose attempts nobody knows a receipt of.
    pub(super) unseen: HashMap<(Address, u64), Unseen>,
}

/// Words that nobody knows have an exit: after so many tries and so long the fee is raised, so often, and then somebody
/// has to look.
#[derive(Clone, Copy)]
pub(super) struct Unknown {
    pub(super) since_ms: u64,
    pub(super) tries: u32,
    pub(super) raised: u32,
    pub(super) paged: bool,
}

/// A question that was not answered, asked again ever more rarely.
#[derive(Clone, Copy)]
pub(super) struct Unanswered {
    pub(super) since_ms: u64,
    pub(super) tries: u32,
    pub(super) next_ms: u64,
    pub(super) paged: bool,
}

/// A nonce that somebody used.
#[derive(Clone, Copy, Default)]
pub(super) struct Unseen {
    /// A block at which a quorum had the nonce as used.
    pub(super) used_at: Option<BlockRef>,
    /// When the count at the finalized block was last asked for.
    pub(super) old_state_ms: Option<u64>,
    /// Since when it is used in the finalized chain, wall time.
    pub(super) final_since_ms: Option<u64>,
    /// How often a quorum knew no receipt of any attempt since then.
    pub(super) asked: u32,
}

/// What a step came to.
#[derive(Default)]
pub(super) struct Stepped {
    /// Something ended or moved, so that another step may have work at once.
    pub(super) changed: bool,
    /// What went wrong, item by item.
    pub(super) troubles: Vec<TxError>,
}

impl Stepped {
    /// Books the trouble of one item, which is that item's alone. Only a lost lease ends the step.
    pub(super) fn book<T>(&mut self, done: Result<T, TxError>) -> Result<Option<T>, TxError> {
        match done {
            Ok(value) => Ok(Some(value)),
            Err(lost @ TxError::Store(StoreError::LeaseLost { .. })) => Err(lost),
            Err(trouble) => {
                self.troubles.push(trouble);
                Ok(None)
            }
        }
    }
}

impl LaneWorker {
    /// Gives new intents their slots, moves the slots on, follows what was sent, each whatever became of the others.
    ///
    /// # Errors
    /// Only when the lease is lost.
    pub(super) async fn step(&mut self, look: &Arc<Look>) -> Result<Stepped, TxError> {
        let mut open = Open::of(look, self.lane);
        let mut stepped = Stepped::default();
        if open.intents.is_empty() && open.slots.is_empty() {
            return Ok(stepped);
        }
        // New work goes first: it is what gets old.
        self.admit(&mut open, &mut stepped).await?;
        self.drive(&mut open, &mut stepped).await?;
        self.track(&mut open, &mut stepped).await?;
        self.forget(&open);
        Ok(stepped)
    }

    pub(super) fn chain(&self) -> &dyn Chain {
        &*self.tools.chain
    }

    pub(super) fn store(&self) -> &dyn Store {
        &*self.tools.store
    }

    pub(super) fn now_ms(&self) -> u64 {
        self.tools.clock.now_ms()
    }

    /// The address of the lane's key.
    pub(super) fn address(&self) -> Option<Address> {
        self.key.as_ref().map(LaneSigner::address)
    }

    /// Parks or unparks an intent; writes only a change.
    pub(super) async fn set_parked(
        &self,
        open: &mut Open,
        id: IntentId,
        parked: Option<Parked>,
    ) -> Result<(), TxError> {
        let Some(intent) = open.intents.iter_mut().find(|i| i.id == id) else {
            return Ok(());
        };
        if intent.parked == parked {
            return Ok(());
        }
        self.tools.store.park(id, parked).await?;
        intent.parked = parked;
        if let Some(why) = parked {
            tracing::info!(trace_id = %intent.wanted.trace, intent = %id, %why, "parked");
        }
        Ok(())
    }

    /// Tells the operator that somebody has to look.
    pub(super) fn page(&self, intent: Option<&Intent>, why: &str) {
        page(self.chain().name(), intent, why);
    }

    /// Drops what is remembered of what ended.
    fn forget(&mut self, open: &Open) {
        let live: HashSet<B256> = open
            .slots
            .iter()
            .flat_map(|(_, on)| on.iter().map(|a| a.hash))
            .collect();
        let slots: HashSet<_> = open.slots.iter().map(|(slot, _)| (slot.signer, slot.nonce)).collect();
        let memory = &mut self.memory;
        memory.last_sent.retain(|hash, _| live.contains(hash));
        memory.underpriced.retain(|hash| live.contains(hash));
        memory.refused.retain(|hash| live.contains(hash));
        memory.simulated_at.retain(|id, _| open.intent(*id).is_some());
        memory.unanswered.retain(|id, _| open.intent(*id).is_some());
        memory.unknown.retain(|slot, _| slots.contains(slot));
        memory.unseen.retain(|slot, _| slots.contains(slot));
    }
}

/// Counts a page and writes its line.
pub(super) fn page(chain: &str, intent: Option<&Intent>, why: &str) {
    metrics::counter!("fluxion_pages_total", "chain" => chain.to_owned()).increment(1);
    let trace = intent.map(|i| i.wanted.trace.0.as_str()).unwrap_or_default();
    error!(
        chain,
        trace_id = trace,
        intent = intent.map(|i| i.id.0),
        "{why}; somebody has to look"
    );
}

/// Whether one of the attempts is in a block.
pub(super) fn is_mined(attempts: &[Attempt]) -> bool {
    attempts.iter().any(|a| a.included.is_some())
}
