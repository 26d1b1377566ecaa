//! What is left of what is forgotten, and figures that go on counting it.

use std::collections::BTreeMap;

use alloy::primitives::{B256, U256};
use fluxion_keeper::model::{AttemptKind, FinalResult, IntentId, IntentState, NewIntent, SlotEnd};
use fluxion_keeper::store::sql::SqlStore;
use fluxion_keeper::store::{IntentChange, OrderStore as _, Planned, SlotOutcome, TxStore as _};

use crate::engine::{Engine, on_both_engines};
use crate::transactions::{CHAIN, attempt, simulated, slot, wanted};

/// More than are forgotten at once.
const MANY: usize = 300;

async fn ends(store: &SqlStore, id: IntentId, from: IntentState, change: IntentChange) {
    store.change_intent(id, from, &change, 100).await.unwrap();
}

/// Sends an intent on a nonce, and ends both.
async fn sent(store: &SqlStore, effect: &str, nonce: u64, first_write_at_ms: u64, end: SlotEnd, result: FinalResult) {
    let id = simulated(store, effect).await;
    let tag = u8::try_from(nonce).unwrap();
    let signed = attempt(nonce, AttemptKind::Payload, Some(id), tag);
    store.reserve(&slot(nonce, Some(id)), &signed, 30).await.unwrap();
    store.mark_offered(signed.hash, first_write_at_ms, 90).await.unwrap();
    let outcome = SlotOutcome {
        end,
        winner: Some(B256::repeat_byte(tag)),
        cost: U256::from(1),
        intents: vec![(id, IntentChange::to(IntentState::Final).result(result))],
    };
    store.end_slot(&slot(nonce, Some(id)), &outcome, 100).await.unwrap();
}

async fn plan(store: &SqlStore, wanted: &[NewIntent]) -> Vec<Planned> {
    store.plan_intents(wanted, 200).await.unwrap()
}

/// What the rows themselves say.
async fn counted(store: &SqlStore) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for intent in store.intents(10_000).await.unwrap() {
        let kind = match intent.result {
            Some(result) => format!("{}_{result}", intent.state),
            None => intent.state.to_string(),
        };
        *counts.entry(kind).or_default() += 1;
    }
    counts
}

/// STORE-9, STORE-14: everything old is forgotten, everything is planned again, and nothing is sent; figures stay what
/// they were.
async fn what_is_forgotten_is_not_made_again(engine: Engine) {
    let store = engine.open().await;
    let seen: Vec<NewIntent> = (0..MANY).map(|n| wanted(&format!("seen {n}"))).collect();
    for planned in plan(&store, &seen).await {
        let Planned::New(id) = planned else {
            panic!("{planned:?}")
        };
        let change = IntentChange::to(IntentState::Final).result(FinalResult::Foreign);
        ends(&store, id, IntentState::Planned, change).await;
    }
    for nonce in [4, 5] {
        let effect = format!("sent {nonce}");
        sent(&store, &effect, nonce, 45, SlotEnd::Ok, FinalResult::Ok).await;
    }
    for effect in ["refused", "given up", "given up"] {
        let id = simulated(&store, effect).await;
        ends(
            &store,
            id,
            IntentState::Simulated,
            IntentChange::to(IntentState::Rejected),
        )
        .await;
    }
    let figures = (
        store.intent_counts().await.unwrap(),
        store.slot_counts().await.unwrap(),
        store.latency().await.unwrap().0.p99,
    );
    assert_eq!(figures.0, counted(&store).await);
    assert_eq!((figures.1["ok"], figures.2), (2, 40));

    let forgotten = store.forget(101).await.unwrap();
    assert_eq!(forgotten, MANY as u64 + 1 + 3, "all but the newest nonce's");
    assert_eq!(store.intents(10).await.unwrap().len(), 1);
    for again in plan(&store, &seen).await {
        assert!(matches!(again, Planned::Exists(_)), "{again:?}");
    }
    for effect in ["sent 4", "sent 5"] {
        let again = plan(&store, &[wanted(effect)]).await;
        assert!(matches!(again[..], [Planned::Exists(_)]), "{effect}: {again:?}");
    }
    let again = plan(&store, &[wanted("given up")]).await;
    assert!(matches!(again[..], [Planned::Exhausted(_)]), "{again:?}");
    assert!(!store.has_open_work(CHAIN).await.unwrap(), "something is sent again");
    let after = (
        store.intent_counts().await.unwrap(),
        store.slot_counts().await.unwrap(),
        store.latency().await.unwrap().0.p99,
    );
    assert_eq!(after, figures);

    // What failed may be tried as often as before, and no oftener.
    let [Planned::New(id)] = plan(&store, &[wanted("refused")]).await[..] else {
        panic!("not planned")
    };
    assert_eq!(store.intent(id).await.unwrap().unwrap().incarnation, 2);
    ends(
        &store,
        id,
        IntentState::Planned,
        IntentChange::to(IntentState::Rejected),
    )
    .await;
    assert_eq!(store.forget(101).await.unwrap(), 1);
    let again = plan(&store, &[wanted("refused")]).await;
    assert!(matches!(again[..], [Planned::Exhausted(_)]), "{again:?}");
}

/// STORE-9: where an earlier try is kept, the later one that was forgotten decides.
async fn a_forgotten_later_try_decides(engine: Engine) {
    let store = engine.open().await;
    sent(&store, "a", 4, 45, SlotEnd::Reverted, FinalResult::Reverted).await;
    let [Planned::New(later)] = plan(&store, &[wanted("a")]).await[..] else {
        panic!("not planned")
    };
    let change = IntentChange::to(IntentState::Final).result(FinalResult::Foreign);
    ends(&store, later, IntentState::Planned, change).await;
    assert_eq!(
        store.forget(101).await.unwrap(),
        1,
        "the first try has the newest nonce"
    );
    assert_eq!(plan(&store, &[wanted("a")]).await, [Planned::Exists(later)]);
}

/// STORE-14: quantiles by nearest rank, over what is open and what ended.
async fn latency_counts_what_is_open_and_what_ended(engine: Engine) {
    let store = engine.open().await;
    // The evidence is of millisecond 5.
    for (nonce, at) in [(4, 15), (5, 25), (6, 35)] {
        let effect = format!("sent {nonce}");
        sent(&store, &effect, nonce, at, SlotEnd::Ok, FinalResult::Ok).await;
    }
    let id = simulated(&store, "open").await;
    let signed = attempt(7, AttemptKind::Payload, Some(id), 7);
    store.reserve(&slot(7, Some(id)), &signed, 30).await.unwrap();
    store.mark_offered(signed.hash, 1_239, 90).await.unwrap();
    let (first_write, inclusion) = store.latency().await.unwrap();
    assert_eq!((first_write.p50, first_write.count), (20, 4));
    assert_eq!(first_write.p99, 1_240, "1,234 in three digits, rounded up");
    assert_eq!((inclusion.p50, inclusion.count), (0, 0));
}

on_both_engines!(
    what_is_forgotten_is_not_made_again,
    a_forgotten_later_try_decides,
    latency_counts_what_is_open_and_what_ended
);
