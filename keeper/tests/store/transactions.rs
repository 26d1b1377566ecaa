//! What the store promises to the transaction manager.

use alloy::primitives::{Address, B256, Bytes, U256};
use fluxion_keeper::chain::Mined;
use fluxion_keeper::model::{
    Attempt, AttemptKind, BlockRef, ChainId, ExpectedEvent, FinalResult, Height, IntentId, IntentState, Lane, LogForm,
    NewIntent, Parked, Slot, SlotEnd, TraceId, turn,
};
use fluxion_keeper::store::sql::SqlStore;
use fluxion_keeper::store::{BlockBatch, IndexStore as _, IntentChange, Planned, SlotOutcome, TxStore as _};

use crate::engine::{Engine, on_both_engines};

pub(crate) const CHAIN: ChainId = ChainId(31337);
pub(crate) const KEY: Address = Address::repeat_byte(7);

pub(crate) fn wanted(effect: &str) -> NewIntent {
    NewIntent {
        effect: effect.into(),
        topic: "price/31337/EUR-USD".into(),
        job: "update_prices".into(),
        chain: CHAIN,
        lane: Lane::Prices,
        to: Address::repeat_byte(9),
        data: Bytes::from_static(b"data"),
        value: U256::MAX,
        expected: ExpectedEvent {
            address: Address::repeat_byte(9),
            forms: vec![LogForm {
                topics: vec![Some(B256::repeat_byte(1)), None],
                data: Some(Bytes::from_static(b"epoch")),
            }],
            since: Height(0),
        },
        valid_until: Some(1_000),
        max_incarnations: 2,
        trace: TraceId::random(),
        reason: "deviation".into(),
        evidence_at_ms: 5,
    }
}

pub(crate) fn attempt(nonce: u64, kind: AttemptKind, intent: Option<IntentId>, tag: u8) -> Attempt {
    Attempt {
        hash: B256::repeat_byte(tag),
        chain: CHAIN,
        signer: KEY,
        nonce,
        kind,
        intent,
        raw: vec![tag; 3].into(),
        max_fee: u128::MAX,
        priority_fee: 2,
        gas: 60_000,
        max_cost: U256::from(1_000 + u64::from(tag)),
        signed_at_ms: 10,
        offered_at_ms: None,
        included: None,
    }
}

pub(crate) fn slot(nonce: u64, intent: Option<IntentId>) -> Slot {
    Slot {
        chain: CHAIN,
        signer: KEY,
        nonce,
        lane: Lane::Prices,
        intent,
    }
}

fn mined(height: u64) -> Mined {
    Mined {
        height: Height(height),
        block: B256::repeat_byte(9),
        success: true,
        cost: U256::from(77),
    }
}

pub(crate) async fn simulated(store: &SqlStore, effect: &str) -> IntentId {
    let [Planned::New(id)] = store.plan_intents(&[wanted(effect)], 20).await.unwrap()[..] else {
        panic!("not planned")
    };
    store
        .change_intent(id, IntentState::Planned, &IntentChange::to(IntentState::Simulated), 21)
        .await
        .unwrap();
    id
}

/// TX-1: an effect is never open twice, never again once it is done, and only so often after failures.
async fn an_effect_is_planned_once_until_it_fails(engine: Engine) {
    let store = engine.open().await;
    let [Planned::New(first)] = store.plan_intents(&[wanted("a")], 1).await.unwrap()[..] else {
        panic!()
    };
    assert_eq!(
        store.plan_intents(&[wanted("a"), wanted("a")], 2).await.unwrap(),
        vec![Planned::Exists(first); 2]
    );
    let rejected = IntentChange::to(IntentState::Rejected).detail("why");
    store
        .change_intent(first, IntentState::Planned, &rejected, 3)
        .await
        .unwrap();
    let [Planned::New(second)] = store.plan_intents(&[wanted("a")], 4).await.unwrap()[..] else {
        panic!()
    };
    assert_eq!(store.intent(second).await.unwrap().unwrap().incarnation, 2);
    store
        .change_intent(second, IntentState::Planned, &rejected, 5)
        .await
        .unwrap();
    assert_eq!(
        store.plan_intents(&[wanted("a")], 6).await.unwrap(),
        vec![Planned::Exhausted(second)]
    );

    let [Planned::New(done)] = store.plan_intents(&[wanted("b")], 1).await.unwrap()[..] else {
        panic!()
    };
    let foreign = IntentChange::to(IntentState::Final).result(FinalResult::Foreign);
    store
        .change_intent(done, IntentState::Planned, &foreign, 7)
        .await
        .unwrap();
    assert_eq!(
        store.plan_intents(&[wanted("b")], 8).await.unwrap(),
        vec![Planned::Exists(done)]
    );
    // What happens again is another effect: its turn is part of its key.
    for turned in [turn("b", 2), turn("b", 3)] {
        let planned = store.plan_intents(&[wanted(&turned)], 9).await.unwrap();
        assert!(matches!(planned[..], [Planned::New(_)]), "{turned}: {planned:?}");
    }
}

/// What is read is what was written, in every field.
async fn an_intent_reads_back_whole(engine: Engine) {
    let store = engine.open().await;
    // OPS-9: whoever has signed bytes can send them.
    let shown = serde_json::to_string(&attempt(4, AttemptKind::Payload, None, 0xa7)).unwrap();
    assert!(!shown.contains("raw") && !shown.contains("\"0xa7a7a7\""), "{shown}");
    let want = wanted("a");
    store.plan_intents(std::slice::from_ref(&want), 1).await.unwrap();
    let read = store.open_intents(CHAIN).await.unwrap().remove(0);
    assert_eq!(read.wanted, want);
    assert_eq!(
        (read.state, read.incarnation, read.planned_at_ms),
        (IntentState::Planned, 1, 1)
    );
    assert!(
        store.open_intents(ChainId(1)).await.unwrap().is_empty(),
        "another chain's manager does not see it"
    );
}

/// TX-2: slot and first attempt are stored together, an intent is on one nonce at a time, a nonce is opened once.
async fn a_slot_binds_one_intent_and_one_nonce(engine: Engine) {
    let store = engine.open().await;
    let id = simulated(&store, "a").await;
    store
        .reserve(&slot(4, Some(id)), &attempt(4, AttemptKind::Payload, Some(id), 1), 30)
        .await
        .unwrap();
    assert_eq!(store.intent(id).await.unwrap().unwrap().state, IntentState::Reserved);
    assert_eq!(store.highest_nonce(CHAIN, KEY).await.unwrap(), Some(4));

    let second_slot = store
        .reserve(&slot(5, Some(id)), &attempt(5, AttemptKind::Payload, Some(id), 2), 31)
        .await;
    assert!(second_slot.is_err(), "the intent got a second nonce");
    let other = simulated(&store, "b").await;
    let same_nonce = store
        .reserve(
            &slot(4, Some(other)),
            &attempt(4, AttemptKind::Payload, Some(other), 3),
            32,
        )
        .await;
    assert!(same_nonce.is_err(), "the nonce was opened twice");
    // Nothing half-done stays of either.
    let slots = store.open_slots(CHAIN).await.unwrap();
    assert_eq!(slots.len(), 1);
    assert_eq!(slots[0].1.len(), 1);
    assert_eq!(slots[0].1[0], attempt(4, AttemptKind::Payload, Some(id), 1));
    assert_eq!(
        store.intent(other).await.unwrap().unwrap().state,
        IntentState::Simulated
    );
}

/// TX-3: a fresher payload takes the slot over, the older one stays watched and may still win.
async fn a_taken_over_intent_stays_watched(engine: Engine) {
    let store = engine.open().await;
    let (old, new) = (simulated(&store, "a").await, simulated(&store, "b").await);
    let first = attempt(4, AttemptKind::Payload, Some(old), 1);
    store.reserve(&slot(4, Some(old)), &first, 30).await.unwrap();
    store.mark_offered(first.hash, 29, 31).await.unwrap();
    store
        .add_attempt(&attempt(4, AttemptKind::Payload, Some(new), 2), 32)
        .await
        .unwrap();
    let states = |store: SqlStore| async move {
        let (o, n) = (
            store.intent(old).await.unwrap().unwrap(),
            store.intent(new).await.unwrap().unwrap(),
        );
        (o.state, n.state, o.first_write_at_ms)
    };
    assert_eq!(
        states(store.clone()).await,
        (IntentState::Cancelling, IntentState::Reserved, Some(29))
    );

    // The original is mined after all, its block leaves the chain, and comes back.
    let block = mined(9);
    store.mark_included(first.hash, Some(&block), 33).await.unwrap();
    assert_eq!(states(store.clone()).await.0, IntentState::Included);
    store.mark_included(first.hash, None, 34).await.unwrap();
    assert_eq!(states(store.clone()).await.0, IntentState::Cancelling);
    store.mark_included(first.hash, Some(&block), 35).await.unwrap();
    let outcome = SlotOutcome {
        end: SlotEnd::Ok,
        winner: Some(first.hash),
        cost: U256::from(77),
        intents: vec![
            (old, IntentChange::to(IntentState::Final).result(FinalResult::Ok)),
            (new, IntentChange::to(IntentState::Planned)),
        ],
    };
    store.end_slot(&slot(4, Some(new)), &outcome, 36).await.unwrap();
    assert_eq!(
        states(store.clone()).await,
        (IntentState::Final, IntentState::Planned, Some(29))
    );
    assert!(
        store.end_slot(&slot(4, Some(new)), &outcome, 37).await.is_err(),
        "a slot ends once"
    );
    assert_eq!(store.intent(new).await.unwrap().unwrap().nonce, None);
    assert!(store.open_slots(CHAIN).await.unwrap().is_empty());
    assert_eq!(
        store.spent_since(CHAIN, Lane::Prices, 36).await.unwrap(),
        U256::from(77)
    );
}

/// The daily cap counts the dearest attempt of every open slot, once.
async fn open_slots_count_with_their_dearest_attempt(engine: Engine) {
    let store = engine.open().await;
    let id = simulated(&store, "a").await;
    store
        .reserve(&slot(4, Some(id)), &attempt(4, AttemptKind::Payload, Some(id), 1), 30)
        .await
        .unwrap();
    store
        .add_attempt(&attempt(4, AttemptKind::Payload, Some(id), 9), 31)
        .await
        .unwrap();
    store
        .add_attempt(&attempt(4, AttemptKind::Payload, Some(id), 5), 32)
        .await
        .unwrap();
    assert_eq!(
        store.spent_since(CHAIN, Lane::Prices, 0).await.unwrap(),
        U256::from(1_009)
    );
    assert_eq!(
        store.spent_since(CHAIN, Lane::Liquidations, 0).await.unwrap(),
        U256::ZERO
    );
}

/// TX-19: what cancels cost is counted by itself: while they are under way by the most of them, afterwards by what it
/// was.
async fn cancels_are_counted_by_themselves(engine: Engine) {
    let store = engine.open().await;
    let id = simulated(&store, "a").await;
    store
        .reserve(&slot(4, Some(id)), &attempt(4, AttemptKind::Payload, Some(id), 9), 30)
        .await
        .unwrap();
    let freed = async |since| store.freed_since(CHAIN, Lane::Prices, since).await.unwrap();
    assert_eq!(freed(0).await, U256::ZERO, "a payload is no cancel");
    for tag in [3, 5, 4] {
        let cancel = attempt(4, AttemptKind::Cancel, Some(id), tag);
        store.add_attempt(&cancel, 31).await.unwrap();
    }
    assert_eq!(freed(0).await, U256::from(1_005));
    let outcome = SlotOutcome {
        end: SlotEnd::Cancelled,
        winner: Some(B256::repeat_byte(4)),
        cost: U256::from(70),
        intents: vec![(id, IntentChange::to(IntentState::Cancelled))],
    };
    store.end_slot(&slot(4, None), &outcome, 36).await.unwrap();
    assert_eq!((freed(36).await, freed(37).await), (U256::from(70), U256::ZERO));
}

/// TX-10: what is mined counts at its receipt's cost, and while its block is indexed and not final no look takes it up.
async fn a_mined_slot_rests_until_it_is_final(engine: Engine) {
    let store = engine.open().await;
    let block = BlockRef {
        height: Height(9),
        hash: B256::repeat_byte(9),
        parent: B256::ZERO,
        time: 1,
    };
    let id = simulated(&store, "a").await;
    let first = attempt(4, AttemptKind::Payload, Some(id), 1);
    store.reserve(&slot(4, Some(id)), &first, 30).await.unwrap();
    let due = |settled: u64| {
        let store = store.clone();
        async move {
            let settled = (settled > 0).then_some(Height(settled));
            store.due_slots(CHAIN, settled).await.unwrap().len()
        }
    };
    assert_eq!(due(0).await, 1, "unmined");
    assert_eq!(store.unmined_intents(CHAIN).await.unwrap().len(), 1);
    assert_eq!(store.inclusion(first.hash).await.unwrap(), None);

    store.mark_included(first.hash, Some(&mined(9)), 33).await.unwrap();
    assert_eq!(store.inclusion(first.hash).await.unwrap(), Some(mined(9)));
    assert_eq!(store.spent_since(CHAIN, Lane::Prices, 0).await.unwrap(), U256::from(77));
    assert!(store.unmined_intents(CHAIN).await.unwrap().is_empty());
    assert_eq!(due(0).await, 1, "its block is not indexed yet");
    let batch = BlockBatch {
        after: None,
        blocks: vec![block],
        events: vec![],
    };
    store.commit_batch(CHAIN, &batch).await.unwrap();
    assert_eq!((due(0).await, due(8).await), (0, 0), "it only waits for finality");
    assert_eq!(due(9).await, 1, "it is final");
    assert_eq!(store.open_slots(CHAIN).await.unwrap().len(), 1, "and open all the time");

    store.mark_included(first.hash, None, 34).await.unwrap();
    assert_eq!(
        store.spent_since(CHAIN, Lane::Prices, 0).await.unwrap(),
        U256::from(1_001)
    );
    assert_eq!(
        (due(8).await, store.unmined_intents(CHAIN).await.unwrap().len()),
        (1, 1)
    );
}

async fn parking_survives_and_offering_ends_it(engine: Engine) {
    let store = engine.open().await;
    let id = simulated(&store, "a").await;
    store.park(id, Some(Parked::Funds)).await.unwrap();
    assert_eq!(store.intent(id).await.unwrap().unwrap().parked, Some(Parked::Funds));
    let first = attempt(4, AttemptKind::Payload, Some(id), 1);
    store.reserve(&slot(4, Some(id)), &first, 30).await.unwrap();
    assert_eq!(store.intent(id).await.unwrap().unwrap().parked, None);
    store.park(id, Some(Parked::Breaker)).await.unwrap();
    store.mark_offered(first.hash, 30, 31).await.unwrap();
    assert_eq!(store.intent(id).await.unwrap().unwrap().parked, None);
}

on_both_engines!(
    an_effect_is_planned_once_until_it_fails,
    an_intent_reads_back_whole,
    a_slot_binds_one_intent_and_one_nonce,
    a_taken_over_intent_stays_watched,
    open_slots_count_with_their_dearest_attempt,
    cancels_are_counted_by_themselves,
    a_mined_slot_rests_until_it_is_final,
    parking_survives_and_offering_ends_it,
);
