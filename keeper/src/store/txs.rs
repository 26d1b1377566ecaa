//! What the transaction manager writes: intents, nonce slots, signed attempts. Nothing here is derived from the chain, so
//! none of it is ever rebuilt.

use std::collections::BTreeMap;

use alloy::primitives::{Address, B256, U256};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::StoreError;
use crate::tx::{Attempt, FinalResult, Intent, IntentId, IntentState, NewIntent, Parked, Slot, SlotEnd};
use crate::types::{ChainId, Height, Lane};

/// What became of a wish to plan an effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Planned {
    /// A new incarnation of the effect was planned.
    New(IntentId),
    /// The effect is open, or done: nothing to plan.
    Exists(IntentId),
    /// The effect used up its incarnations: somebody has to look.
    Exhausted(IntentId),
}

/// A change of an intent's state, with what goes with it.
#[derive(Clone, Debug, Default)]
pub struct IntentChange {
    /// New state; unchanged if `None`.
    pub state: Option<IntentState>,
    /// Parked or not; unchanged if `None`.
    pub parked: Option<Option<Parked>>,
    /// How it ended.
    pub result: Option<FinalResult>,
    /// More about the state.
    pub detail: Option<String>,
    /// Gas limit.
    pub gas: Option<u64>,
    /// First write, milliseconds; the first one stays.
    pub first_write_at_ms: Option<u64>,
    /// Inclusion: `Some(None)` takes it back after a reorg.
    pub included: Option<Option<(Height, B256, u64)>>,
    /// Gives the slot back: the intent holds none any more.
    pub leave_slot: bool,
}

/// Latency of the last transactions, in milliseconds.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Quantiles {
    /// Median.
    pub p50: u64,
    /// 99th percentile.
    pub p99: u64,
    /// Number of transactions counted.
    pub count: u64,
}

/// The transaction manager's part of the store.
#[async_trait]
pub trait TxStore: Send + Sync {
    /// Plans effects, in one transaction. An effect with an open intent, or with a final `Ok` or `Foreign`, stays as it is;
    /// else its next incarnation is planned, up to its limit.
    async fn plan_intents(&self, wanted: &[NewIntent], now_ms: u64) -> Result<Vec<Planned>, StoreError>;
    /// Intents of a chain that have not ended, oldest first.
    async fn open_intents(&self, chain: ChainId) -> Result<Vec<Intent>, StoreError>;
    /// One intent.
    async fn intent(&self, id: IntentId) -> Result<Option<Intent>, StoreError>;
    /// Newest intents first.
    async fn intents(&self, limit: u32) -> Result<Vec<Intent>, StoreError>;
    /// Changes an intent. Fails with `Conflict` when its state is not `from`.
    async fn change_intent(
        &self,
        id: IntentId,
        from: IntentState,
        change: &IntentChange,
        now_ms: u64,
    ) -> Result<(), StoreError>;
    /// Highest nonce of any slot of an account.
    async fn highest_nonce(&self, chain: ChainId, signer: Address) -> Result<Option<u64>, StoreError>;
    /// Opens a slot with its first signed attempt, bound to the attempt's intent, in one transaction.
    async fn reserve(&self, slot: &Slot, attempt: &Attempt, now_ms: u64) -> Result<(), StoreError>;
    /// Adds a signed attempt to an open slot. A changed `intent` rebinds the slot: the intent before goes to `Cancelling`.
    async fn add_attempt(&self, attempt: &Attempt, now_ms: u64) -> Result<(), StoreError>;
    /// Marks an attempt as offered, and its intent.
    async fn mark_offered(&self, attempt: B256, first_write_at_ms: u64, now_ms: u64) -> Result<(), StoreError>;
    /// Records or takes back the inclusion of an attempt, and of its intent.
    async fn mark_included(
        &self,
        attempt: B256,
        included: Option<(Height, B256)>,
        now_ms: u64,
    ) -> Result<(), StoreError>;
    /// Open slots of a chain with their attempts, by signer and nonce.
    async fn open_slots(&self, chain: ChainId) -> Result<Vec<(Slot, Vec<Attempt>)>, StoreError>;
    /// Slots and attempts of one intent, ended ones too.
    async fn attempts_of(&self, id: IntentId) -> Result<Vec<Attempt>, StoreError>;
    /// Ends a slot and changes every intent that was on it, in one transaction.
    async fn end_slot(
        &self,
        slot: &Slot,
        end: SlotEnd,
        winner: Option<B256>,
        cost: U256,
        intents: &[(IntentId, IntentState, IntentChange)],
        now_ms: u64,
    ) -> Result<(), StoreError>;
    /// Wei spent by a lane since a wall time: final costs, and the most that open attempts may cost.
    async fn spent_since(&self, chain: ChainId, lane: Lane, since_ms: u64) -> Result<U256, StoreError>;
    /// Number of intents by state (final ones by result: `final_ok`, `final_reverted`, `final_foreign`).
    async fn intent_counts(&self) -> Result<BTreeMap<String, u64>, StoreError>;
    /// Number of slots: open, and ended by each end.
    async fn slot_counts(&self) -> Result<BTreeMap<String, u64>, StoreError>;
    /// Latency from the last evidence to the first write and to inclusion, over all intents that have them.
    async fn latency(&self) -> Result<(Quantiles, Quantiles), StoreError>;
}
