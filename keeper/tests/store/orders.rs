//! An operator's orders, and what is forgotten.

use alloy::primitives::{B256, U256};
use fluxion_keeper::model::{AttemptKind, ChainId, FinalResult, IntentId, IntentState, SlotEnd};
use fluxion_keeper::store::sql::SqlStore;
use fluxion_keeper::store::{IntentChange, Order, OrderKind, OrderStore as _, SlotOutcome, StoreError, TxStore as _};

use crate::engine::{Engine, on_both_engines};
use crate::transactions::{CHAIN, KEY, attempt, simulated, slot};

fn order(intent: IntentId, kind: OrderKind) -> Order {
    Order {
        id: 0,
        intent,
        kind,
        who: "ana".into(),
        why: "it hangs".into(),
        at_ms: 5,
        replaces: None,
        outcome: None,
    }
}

/// OPS-4: an order is given without the lease, once, and stays with who, why and what came of it.
async fn an_order_stays_with_what_came_of_it(engine: Engine) {
    let location = engine.location().await;
    let store = SqlStore::open(&location, "test").await.unwrap();
    let id = simulated(&store, "a").await;
    let beside = SqlStore::open_beside(&location).await.unwrap();
    beside.give_order(&order(id, OrderKind::Bump)).await.unwrap();
    assert!(matches!(
        beside.give_order(&order(id, OrderKind::Bump)).await,
        Err(StoreError::Conflict(_))
    ));
    beside.give_order(&order(id, OrderKind::Cancel)).await.unwrap();
    let open = store.open_orders(CHAIN).await.unwrap();
    assert_eq!(
        open.iter().map(|o| o.kind).collect::<Vec<_>>(),
        [OrderKind::Bump, OrderKind::Cancel]
    );
    assert!(store.open_orders(ChainId(1)).await.unwrap().is_empty());
    store.end_order(open[0].id, "raised").await.unwrap();
    assert_eq!(store.open_orders(CHAIN).await.unwrap().len(), 1);
    let all = store.orders_of(id).await.unwrap();
    assert_eq!(
        (all[0].who.as_str(), all[0].why.as_str(), all[0].outcome.as_deref()),
        ("ana", "it hangs", Some("raised"))
    );
    beside.give_order(&order(id, OrderKind::Bump)).await.unwrap();
    assert!(
        beside.give_order(&order(IntentId(999), OrderKind::Bump)).await.is_err(),
        "an order for nothing"
    );
}

/// STORE-9: what ended long ago goes, with its nonces and attempts; what is open, and the newest nonce, stays.
async fn what_ended_long_ago_is_forgotten(engine: Engine) {
    let store = engine.open().await;
    for (nonce, effect) in [(4, "old"), (5, "last")] {
        let id = simulated(&store, effect).await;
        let tag = u8::try_from(nonce).unwrap();
        let signed = attempt(nonce, AttemptKind::Payload, Some(id), tag);
        store.reserve(&slot(nonce, Some(id)), &signed, 30).await.unwrap();
        store.give_order(&order(id, OrderKind::Bump)).await.unwrap();
        let outcome = SlotOutcome {
            end: SlotEnd::Ok,
            winner: Some(B256::repeat_byte(tag)),
            cost: U256::from(1),
            intents: vec![(id, IntentChange::to(IntentState::Final).result(FinalResult::Ok))],
        };
        store.end_slot(&slot(nonce, Some(id)), &outcome, 100).await.unwrap();
    }
    let open = simulated(&store, "open").await;
    assert_eq!(store.forget(100).await.unwrap(), 0, "nothing is old yet");
    assert_eq!(store.forget(101).await.unwrap(), 1);
    let left: Vec<String> = store
        .intents(10)
        .await
        .unwrap()
        .into_iter()
        .map(|i| i.wanted.effect)
        .collect();
    assert_eq!(left, ["open", "last"], "the newest nonce keeps its transaction");
    assert_eq!(store.highest_nonce(CHAIN, KEY).await.unwrap(), Some(5));
    assert_eq!(store.slot_counts().await.unwrap()["ok"], 2, "figures go on counting it");
    assert_eq!(store.open_intents(CHAIN).await.unwrap()[0].id, open);
    assert_eq!(store.forget(101).await.unwrap(), 0, "once");
}

on_both_engines!(an_order_stays_with_what_came_of_it, what_ended_long_ago_is_forgotten);
