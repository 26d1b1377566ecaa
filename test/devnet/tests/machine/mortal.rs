//! A store whose process may die at any commit: nothing of the method is done, or all of it, and nothing after it.

use std::sync::Mutex;

use alloy::primitives::{Address, B256, U256};
use async_trait::async_trait;
use fluxion_keeper::{
    chain::Mined,
    model::{
        Attempt, BlockRef, ChainId, EventRef, ExpectedEvent, Height, Intent, IntentId, IntentState, Lane, NewIntent,
        Parked, Slot,
    },
    store::{
        BlockBatch, ChangeStore, Cursor, DigestRecord, FeedState, IndexStore, IntentChange, LogStore, Logged,
        OperatorStore, Order, OrderStore, Pause, PauseSubject, Planned, Position, Quantiles, Recorded, RoundRow,
        SignatureStore, SkillContracts, SkillRow, SkillStore, SlotOutcome, StoreError, TxStore, sql::SqlStore,
    },
};
use std::collections::BTreeMap;
use tokio::sync::Notify;

/// Counts commits and sends, and ends the process at one of them.
#[derive(Debug, Default)]
pub struct Life {
    ends_at: Mutex<Option<(u8, bool)>>,
    over: Notify,
}

impl Life {
    /// Dies at the `place`-th commit or send from now, after or before it.
    pub fn ends_at(&self, place: u8, after: bool) {
        *self.ends_at.lock().unwrap() = Some((place, after));
    }

    /// Forgets a death that did not come.
    pub fn spare(&self) {
        *self.ends_at.lock().unwrap() = None;
    }

    /// Returns when it died.
    pub async fn over(&self) {
        self.over.notified().await;
    }

    /// Does what is durable or seen outside.
    pub async fn write<T>(&self, act: impl Future<Output = T>) -> T {
        let dies = {
            let mut at = self.ends_at.lock().unwrap();
            match &mut *at {
                Some((0, after)) => {
                    let after = *after;
                    *at = None;
                    Some(after)
                }
                Some((left, _)) => {
                    *left -= 1;
                    None
                }
                None => None,
            }
        };
        if dies == Some(false) {
            self.die().await;
        }
        let done = act.await;
        if dies == Some(true) {
            self.die().await;
        }
        done
    }

    #[allow(clippy::unused_self, reason = "named like its sibling")]
    async fn read<T>(&self, act: impl Future<Output = T>) -> T {
        act.await
    }

    /// Nothing of this process happens any more.
    async fn die(&self) {
        self.over.notify_one();
        std::future::pending().await
    }
}

/// The real store of a process that may die.
pub struct Mortal {
    pub store: SqlStore,
    pub life: std::sync::Arc<Life>,
}

macro_rules! mortal {
    ($trait:ident: $($kind:ident $name:ident($($arg:ident: $ty:ty),*) -> $out:ty;)*) => {
        #[async_trait]
        impl $trait for Mortal {
            $(async fn $name(&self, $($arg: $ty),*) -> Result<$out, StoreError> {
                self.life.$kind(self.store.$name($($arg),*)).await
            })*
        }
    };
}

mortal! { IndexStore:
    read cursor(chain: ChainId) -> Option<Cursor>;
    read position(chain: ChainId) -> Position;
    read canonical(chain: ChainId, height: Height) -> Option<BlockRef>;
    read canonical_at_or_below(chain: ChainId, height: Height) -> Option<BlockRef>;
    write commit_batch(chain: ChainId, batch: &BlockBatch) -> ();
    write unwind(chain: ChainId, to: Height) -> ();
    read finalized(chain: ChainId) -> Option<BlockRef>;
    write raise_finalized(chain: ChainId, block: BlockRef) -> ();
    read halted(chain: ChainId) -> Option<String>;
    write halt(chain: ChainId, reason: &str) -> ();
    read find_event(chain: ChainId, event: &ExpectedEvent) -> Option<EventRef>;
    read feed(chain: ChainId, feed: Address) -> Option<FeedState>;
    read rounds(chain: ChainId, feed: Address, limit: u32) -> Vec<RoundRow>;
    read signer_set(chain: ChainId, verifier: Address) -> Option<(u32, Vec<Address>, u8, u8)>;
    read derived_dump(chain: ChainId, up_to: Height) -> Vec<String>;
}

impl ChangeStore for Mortal {
    fn changes(&self) -> u64 {
        self.store.changes()
    }
}

mortal! { TxStore:
    write plan_intents(wanted: &[NewIntent], now_ms: u64) -> Vec<Planned>;
    read open_intents(chain: ChainId) -> Vec<Intent>;
    read has_open_work(chain: ChainId) -> bool;
    read intent(id: IntentId) -> Option<Intent>;
    read intents(limit: u32) -> Vec<Intent>;
    write change_intent(id: IntentId, from: IntentState, change: &IntentChange, now_ms: u64) -> ();
    read highest_nonce(chain: ChainId, signer: Address) -> Option<u64>;
    write reserve(slot: &Slot, attempt: &Attempt, now_ms: u64) -> ();
    write add_attempt(attempt: &Attempt, now_ms: u64) -> ();
    write mark_offered(attempt: B256, first_write_at_ms: u64, now_ms: u64) -> ();
    write park(id: IntentId, parked: Option<Parked>) -> ();
    write mark_included(attempt: B256, mined: Option<&Mined>, now_ms: u64) -> ();
    read inclusion(attempt: B256) -> Option<Mined>;
    read open_slots(chain: ChainId) -> Vec<(Slot, Vec<Attempt>)>;
    read due_slots(chain: ChainId, settled: Option<Height>) -> Vec<(Slot, Vec<Attempt>)>;
    read unmined_intents(chain: ChainId) -> Vec<Intent>;
    read attempts_of(id: IntentId) -> Vec<Attempt>;
    write end_slot(slot: &Slot, outcome: &SlotOutcome, now_ms: u64) -> ();
    read spent_since(chain: ChainId, lane: Lane, since_ms: u64) -> U256;
    read freed_since(chain: ChainId, lane: Lane, since_ms: u64) -> U256;
    read intent_counts() -> BTreeMap<String, u64>;
    read slot_counts() -> BTreeMap<String, u64>;
    read latency() -> (Quantiles, Quantiles);
}

mortal! { LogStore:
    read logs(chain: ChainId, contract: Address, topic: B256, up_to: Option<Height>) -> Vec<Logged>;
}

mortal! { SkillStore:
    read skill_rows(chain: ChainId, contracts: &SkillContracts) -> Vec<SkillRow>;
}

mortal! { SignatureStore:
    write record_digest(record: &DigestRecord) -> Recorded;
    write close_epochs(chain: ChainId, up_to: u64) -> u64;
}

mortal! { OperatorStore:
    read pauses() -> Vec<Pause>;
    write pause(pause: &Pause) -> ();
    write resume(subject: &PauseSubject, who: &str, why: &str, at: u64) -> bool;
    write clear_halt(chain: ChainId, who: &str, why: &str, at: u64) -> bool;
}

mortal! { OrderStore:
    write give_order(order: &Order) -> ();
    read open_orders(chain: ChainId) -> Vec<Order>;
    read orders_of(id: IntentId) -> Vec<Order>;
    write end_order(id: i64, outcome: &str) -> ();
    write forget(before_ms: u64) -> u64;
}
