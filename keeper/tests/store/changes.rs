//! What spares a keeper with nothing to do most of its queries: whether there is work, and whether anything was
//! written.

use fluxion_keeper::model::{AttemptKind, ChainId, Height, IntentState, SlotEnd};
use fluxion_keeper::store::sql::SqlStore;
use fluxion_keeper::store::{ChangeStore as _, IndexStore as _, Order, OrderKind, OrderStore as _, TxStore as _};
use fluxion_keeper::store::{IntentChange, SlotOutcome};

use crate::engine::{Engine, on_both_engines};
use crate::index::{answer, block, commit};
use crate::transactions::{CHAIN, attempt, simulated, slot};

/// STORE-12: whatever changes what a decision reads changes the number, also where it fails; blocks without events do
/// not.
async fn a_change_of_what_decisions_read_is_told(engine: Engine) {
    let store = engine.open().await;
    let mut last = store.changes();
    let mut changed = || std::mem::replace(&mut last, store.changes()) != store.changes();
    commit(&store, 1, vec![answer(1, 0, 1, 100, 50, 51)]).await;
    assert!(changed(), "a round");
    commit(&store, 2, Vec::new()).await;
    store.raise_finalized(CHAIN, block(1)).await.unwrap();
    assert!(!changed(), "an empty block, and finality");
    commit(&store, 3, vec![answer(3, 0, 2, 100, 60, 61)]).await;
    assert!(changed());
    store.unwind(CHAIN, Height(2)).await.unwrap();
    assert!(changed(), "a reorg");
    let id = simulated(&store, "a").await;
    assert!(changed(), "an intent");
    let simulated_again = IntentChange::to(IntentState::Simulated);
    let wrong = store.change_intent(id, IntentState::Planned, &simulated_again, 30);
    assert!(wrong.await.is_err());
    assert!(changed(), "what failed may have been done");
    assert!(!changed(), "reading is no change");
}

/// STORE-13: there is work from the plan of an intent to the end of its slot, and while an order is open.
async fn there_is_work_until_everything_has_ended(engine: Engine) {
    let location = engine.location().await;
    let store = SqlStore::open(&location, "test").await.unwrap();
    let busy = || async { store.has_open_work(CHAIN).await.unwrap() };
    assert!(!busy().await);
    let id = simulated(&store, "a").await;
    assert!(busy().await);
    assert!(!store.has_open_work(ChainId(1)).await.unwrap(), "each chain by itself");
    let first = attempt(5, AttemptKind::Payload, Some(id), 1);
    store.reserve(&slot(5, Some(id)), &first, 22).await.unwrap();
    let done = IntentChange::to(IntentState::Superseded);
    store.change_intent(id, IntentState::Reserved, &done, 23).await.unwrap();
    assert!(busy().await, "the slot is open");
    let outcome = SlotOutcome {
        end: SlotEnd::Ok,
        winner: Some(first.hash),
        cost: Default::default(),
        intents: Vec::new(),
    };
    store.end_slot(&slot(5, Some(id)), &outcome, 24).await.unwrap();
    assert!(!busy().await);
    let order = Order {
        id: 0,
        intent: id,
        kind: OrderKind::Retry,
        who: "ana".into(),
        why: "again".into(),
        at_ms: 25,
        replaces: None,
        outcome: None,
    };
    let beside = SqlStore::open_beside(&location).await.unwrap();
    beside.give_order(&order).await.unwrap();
    assert!(busy().await, "an order from outside");
}

on_both_engines!(
    a_change_of_what_decisions_read_is_told,
    there_is_work_until_everything_has_ended,
);
