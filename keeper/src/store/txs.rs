//! What the transaction manager writes: intents, nonce slots, signed attempts. Nothing here is derived from the chain,
//! so none of it is ever rebuilt.

use std::collections::BTreeMap;

use alloy::primitives::{Address, B256, U256};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::StoreError;
use crate::chain::Mined;
use crate::model::{
    Attempt, ChainId, FinalResult, Height, Intent, IntentId, IntentState, Lane, NewIntent, Parked, Slot, SlotEnd,
};

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

/// A change of an intent that holds no slot, or that leaves one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IntentChange {
    /// New state; may be the same.
    pub state: IntentState,
    /// Why it stands still, if it does.
    pub parked: Option<Parked>,
    /// How it ended, for `Final`.
    pub result: Option<FinalResult>,
    /// More about the state; `None` keeps what is there.
    pub detail: Option<String>,
    /// Gas limit; `None` keeps what is there.
    pub gas: Option<u64>,
}

impl IntentChange {
    /// A change to this state, not parked.
    #[must_use]
    pub const fn to(state: IntentState) -> Self {
        Self {
            state,
            parked: None,
            result: None,
            detail: None,
            gas: None,
        }
    }

    /// With this end.
    #[must_use]
    pub const fn result(mut self, result: FinalResult) -> Self {
        self.result = Some(result);
        self
    }

    /// With these words.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Parked for this reason.
    #[must_use]
    pub const fn parked(mut self, parked: Option<Parked>) -> Self {
        self.parked = parked;
        self
    }
}

/// How a slot ended and what that means for the intents that were on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotOutcome {
    /// The end.
    pub end: SlotEnd,
    /// The attempt that won, if it is ours.
    pub winner: Option<B256>,
    /// What it cost, in wei; zero for a foreign end.
    pub cost: U256,
    /// What every intent on the slot becomes.
    pub intents: Vec<(IntentId, IntentChange)>,
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
    /// Plans effects, in one transaction. An effect with an open intent, or with a final `Ok` or `Foreign`, stays as it
    /// is; else its next incarnation is planned, up to its limit.
    async fn plan_intents(&self, wanted: &[NewIntent], now_ms: u64) -> Result<Vec<Planned>, StoreError>;
    /// Intents of a chain that have not ended, oldest first.
    async fn open_intents(&self, chain: ChainId) -> Result<Vec<Intent>, StoreError>;
    /// Whether a chain has an intent, a slot or an order that has not ended.
    async fn has_open_work(&self, chain: ChainId) -> Result<bool, StoreError>;
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
    /// Adds a signed attempt to an open slot. A changed `intent` rebinds the slot: the intent before goes to
    /// `Cancelling`.
    async fn add_attempt(&self, attempt: &Attempt, now_ms: u64) -> Result<(), StoreError>;
    /// Marks an attempt as offered, and its intent.
    async fn mark_offered(&self, attempt: B256, first_write_at_ms: u64, now_ms: u64) -> Result<(), StoreError>;
    /// Parks or unparks an open intent, whatever its state.
    async fn park(&self, id: IntentId, parked: Option<Parked>) -> Result<(), StoreError>;
    /// Records or takes back the inclusion of an attempt, and of its intent.
    async fn mark_included(&self, attempt: B256, mined: Option<&Mined>, now_ms: u64) -> Result<(), StoreError>;
    /// What was recorded of an attempt's inclusion.
    async fn inclusion(&self, attempt: B256) -> Result<Option<Mined>, StoreError>;
    /// Open slots of a chain with their attempts, by signer and nonce.
    async fn open_slots(&self, chain: ChainId) -> Result<Vec<(Slot, Vec<Attempt>)>, StoreError>;
    /// Open slots but those that only wait for finality: with an attempt in an indexed block above the settled one.
    async fn due_slots(&self, chain: ChainId, settled: Option<Height>)
    -> Result<Vec<(Slot, Vec<Attempt>)>, StoreError>;
    /// Intents of a chain that have neither ended nor are in a block, oldest first.
    async fn unmined_intents(&self, chain: ChainId) -> Result<Vec<Intent>, StoreError>;
    /// Slots and attempts of one intent, ended ones too.
    async fn attempts_of(&self, id: IntentId) -> Result<Vec<Attempt>, StoreError>;
    /// Ends a slot and changes every intent that was on it, in one transaction.
    async fn end_slot(&self, slot: &Slot, outcome: &SlotOutcome, now_ms: u64) -> Result<(), StoreError>;
    /// Wei spent by a lane since a wall time: final costs; of each open slot what its mined attempt cost by the
    /// receipt, and the most that its dearest attempt may cost while none is mined.
    async fn spent_since(&self, chain: ChainId, lane: Lane, since_ms: u64) -> Result<U256, StoreError>;
    /// Wei that a lane's cancels cost since a wall time: final costs, and the most that a cancel on an open slot may
    /// cost.
    async fn freed_since(&self, chain: ChainId, lane: Lane, since_ms: u64) -> Result<U256, StoreError>;
    /// Number of intents by state (final ones by result: `final_ok`, `final_reverted`, `final_foreign`).
    async fn intent_counts(&self) -> Result<BTreeMap<String, u64>, StoreError>;
    /// Number of slots: open, and ended by each end.
    async fn slot_counts(&self) -> Result<BTreeMap<String, u64>, StoreError>;
    /// Latency from the last evidence to the first write and to inclusion, over all intents that have them.
    async fn latency(&self) -> Result<(Quantiles, Quantiles), StoreError>;
}
