//! Who may write.

use std::time::{Duration, Instant};

use alloy::primitives::{Address, B256, U256};
use fluxion_keeper::chain::Mined;
use fluxion_keeper::model::{AttemptKind, Height, IntentState, Parked, SlotEnd};
use fluxion_keeper::store::sql::{Candidate, Location, SqlStore};
use fluxion_keeper::store::{
    BlockBatch, DigestRecord, IndexStore as _, IntentChange, OperatorStore as _, OrderStore as _, Pause, PauseSubject,
    Planned, SignatureStore as _, SlotOutcome, StoreError, TxStore as _,
};

use crate::engine::{Engine, on_both_engines};
use crate::index::block;
use crate::transactions::{CHAIN, attempt, simulated, slot, wanted};

/// STORE-1: one holder at a time; who comes second learns who has it.
async fn a_second_holder_is_refused_and_told_who_holds(engine: Engine) {
    let location = engine.location().await;
    let store = SqlStore::open(&location, "test").await.unwrap();
    let Err(StoreError::Held { holder, .. }) = SqlStore::open(&location, "second").await else {
        panic!("opened twice")
    };
    assert!(holder.starts_with("test, process "), "{holder}");
    // Beside the holder: reads and operator's writes, nothing else.
    let beside = SqlStore::open_beside(&location).await.unwrap();
    assert!(matches!(
        beside.plan_intents(&[wanted("a")], 1).await,
        Err(StoreError::Conflict(_))
    ));
    let subject = PauseSubject("job:update_prices".into());
    let pause = Pause {
        subject: subject.clone(),
        who: "ana".into(),
        why: "maintenance".into(),
        at: 3,
    };
    beside.pause(&pause).await.unwrap();
    assert_eq!(store.pauses().await.unwrap(), vec![pause]);
    assert!(beside.resume(&subject, "ana", "done", 4).await.unwrap());
    assert!(
        !beside.resume(&subject, "ana", "done", 5).await.unwrap(),
        "it was not paused any more"
    );
    store.close().await;
    drop((store, beside));
    // Given back, the lease is free at once.
    SqlStore::open(&location, "second").await.unwrap();
}

/// STORE-2: whoever lost the lease cannot commit.
async fn an_old_holder_cannot_commit_after_a_takeover(engine: Engine) {
    let location = engine.location().await;
    let store = SqlStore::open(&location, "test").await.unwrap();
    match &location {
        // The database changes hands behind the file lock's back, as a copied or remounted volume may.
        Location::Sqlite(folder) => std::fs::remove_file(folder.join("keeper.lock")).unwrap(),
        Location::Postgres { url, .. } => expire(url).await,
    }
    let successor = SqlStore::open(&location, "successor").await.unwrap();
    assert!(matches!(
        store.plan_intents(&[wanted("a")], 1).await,
        Err(StoreError::LeaseLost { ours: 1, now: 2 })
    ));
    assert!(matches!(
        successor.plan_intents(&[wanted("a")], 1).await.unwrap()[..],
        [Planned::New(_)]
    ));
    store.close().await;
    successor.plan_intents(&[wanted("b")], 1).await.unwrap();
    assert!(
        matches!(SqlStore::open(&location, "third").await, Err(StoreError::Held { .. })),
        "an old holder gives back nothing but its own lease"
    );
}

/// STORE-2: nor by any other write under the lease, whatever it would find; and nothing of them is left in the
/// database.
async fn an_old_holder_cannot_write_anything(engine: Engine) {
    let location = engine.location().await;
    let store = SqlStore::open(&location, "test").await.unwrap();
    let id = simulated(&store, "a").await;
    let (slot, first) = (slot(4, Some(id)), attempt(4, AttemptKind::Payload, Some(id), 1));
    store.reserve(&slot, &first, 22).await.unwrap();
    match &location {
        Location::Sqlite(folder) => std::fs::remove_file(folder.join("keeper.lock")).unwrap(),
        Location::Postgres { url, .. } => expire(url).await,
    }
    let successor = SqlStore::open(&location, "successor").await.unwrap();
    let state = async || {
        let intents = successor.intents(9).await.unwrap();
        let (attempts, slots) = (
            successor.attempts_of(id).await.unwrap(),
            successor.slot_counts().await.unwrap(),
        );
        let index = (
            successor.position(CHAIN).await.unwrap(),
            successor.halted(CHAIN).await.unwrap(),
        );
        format!("{intents:?} {attempts:?} {slots:?} {index:?}")
    };
    let before = state().await;

    let batch = BlockBatch {
        after: None,
        blocks: vec![block(1)],
        events: Vec::new(),
    };
    let digest = DigestRecord {
        chain: CHAIN,
        feed: Address::repeat_byte(1),
        epoch: 5,
        signer: Address::repeat_byte(2),
        digest: B256::repeat_byte(3),
    };
    let outcome = SlotOutcome {
        end: SlotEnd::Ok,
        winner: Some(first.hash),
        cost: U256::from(1),
        intents: vec![(id, IntentChange::to(IntentState::Planned))],
    };
    let mined = Mined {
        height: Height(1),
        block: B256::repeat_byte(9),
        success: true,
        cost: U256::from(1),
    };
    let second = attempt(4, AttemptKind::Payload, Some(id), 2);
    let planned = IntentChange::to(IntentState::Planned);
    let writes = [
        ("commit_batch", store.commit_batch(CHAIN, &batch).await.err()),
        ("unwind", store.unwind(CHAIN, Height(0)).await.err()),
        ("raise_finalized", store.raise_finalized(CHAIN, block(1)).await.err()),
        ("halt", store.halt(CHAIN, "why").await.err()),
        ("plan_intents", store.plan_intents(&[wanted("b")], 23).await.err()),
        (
            "change_intent",
            store.change_intent(id, IntentState::Reserved, &planned, 23).await.err(),
        ),
        (
            "reserve",
            store
                .reserve(
                    &crate::transactions::slot(5, None),
                    &attempt(5, AttemptKind::Cancel, None, 3),
                    23,
                )
                .await
                .err(),
        ),
        ("add_attempt", store.add_attempt(&second, 23).await.err()),
        ("mark_offered", store.mark_offered(first.hash, 22, 23).await.err()),
        ("park", store.park(id, Some(Parked::Funds)).await.err()),
        (
            "mark_included",
            store.mark_included(first.hash, Some(&mined), 23).await.err(),
        ),
        ("end_slot", store.end_slot(&slot, &outcome, 23).await.err()),
        ("record_digest", store.record_digest(&digest).await.err()),
        ("close_epochs", store.close_epochs(CHAIN, 9).await.err()),
        ("end_order", store.end_order(1, "done").await.err()),
        ("forget", store.forget(99).await.err()),
    ];
    // By its words: a digest's writer passes the cause on as text.
    let lost = StoreError::LeaseLost { ours: 1, now: 2 }.to_string();
    for (write, error) in writes {
        let said = error.map_or_else(|| "it was written".to_owned(), |error| error.to_string());
        assert!(said.ends_with(&lost), "{write}: {said}");
    }
    assert_eq!(state().await, before, "nothing of it is in the database");
}

on_both_engines!(
    a_second_holder_is_refused_and_told_who_holds,
    an_old_holder_cannot_commit_after_a_takeover,
    an_old_holder_cannot_write_anything,
);

async fn expire(url: &str) {
    let pool = sqlx::PgPool::connect(url).await.unwrap();
    sqlx::query("UPDATE lease SET expires_at_ms = 0")
        .execute(&pool)
        .await
        .unwrap();
    pool.close().await;
}

/// STORE-5: a lease is renewed for as long as its holder lives, and is free when it expired by the database's clock.
#[tokio::test]
async fn a_lease_lasts_while_it_is_renewed_and_no_longer() {
    let engine = Engine::postgres();
    let lease = Duration::from_secs(3);
    let location = engine.location_with(lease).await;
    let Location::Postgres { url, .. } = &location else {
        panic!()
    };
    let store = SqlStore::open(&location, "test").await.unwrap();
    let mut candidate = Candidate::new(&location, "second").await.unwrap();
    tokio::time::sleep(lease * 2).await;
    assert!(
        matches!(candidate.take().await, Err(StoreError::Held { .. })),
        "it was renewed"
    );

    // Nobody renews it any more, nor gives it back.
    drop(store);
    let pool = sqlx::PgPool::connect(url).await.unwrap();
    let expiry: i64 = sqlx::query_scalar("SELECT expires_at_ms FROM lease")
        .fetch_one(&pool)
        .await
        .unwrap();
    let begun = Instant::now();
    let successor = loop {
        match candidate.take().await {
            Ok(store) => break store,
            Err(StoreError::Held { .. }) => tokio::time::sleep(candidate.pause()).await,
            Err(error) => panic!("{error}"),
        }
    };
    assert!(begun.elapsed() < lease * 5, "taken over after {:?}", begun.elapsed());
    let now: i64 = sqlx::query_scalar("SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert!(now >= expiry, "taken over {} ms before it expired", expiry - now);
    pool.close().await;
    successor.plan_intents(&[wanted("a")], 1).await.unwrap();
}

/// STORE-5: who lost the lease learns of it without writing.
#[tokio::test]
async fn a_holder_learns_that_it_lost_the_lease() {
    let engine = Engine::postgres();
    let location = engine.location_with(Duration::from_secs(1)).await;
    let Location::Postgres { url, .. } = &location else {
        panic!()
    };
    let store = SqlStore::open(&location, "test").await.unwrap();
    expire(url).await;
    let _successor = SqlStore::open(&location, "successor").await.unwrap();
    tokio::time::timeout(Duration::from_secs(20), store.lost())
        .await
        .expect("it was never told");
}

/// Of several that find an empty database, one migrates it and leads.
#[tokio::test]
async fn replicas_that_start_together_make_one_leader() {
    let engine = Engine::postgres();
    let location = engine.location().await;
    let names: Vec<String> = (0..4).map(|n| format!("replica-{n}")).collect();
    let opened = futures::future::join_all(names.iter().map(|name| SqlStore::open(&location, name))).await;
    let leaders = opened.iter().filter(|opened| opened.is_ok()).count();
    let standing_by = opened
        .iter()
        .filter(|opened| matches!(opened, Err(StoreError::Held { .. })))
        .count();
    let failed: Vec<_> = opened.iter().filter_map(|opened| opened.as_ref().err()).collect();
    assert_eq!((leaders, standing_by), (1, 3), "{failed:?}");
}

/// The same when they come while one of them is in the midst of making the tables, whichever it has made.
#[tokio::test]
async fn a_replica_that_meets_half_made_tables_waits_for_the_rest() {
    let engine = Engine::postgres();
    let all = sqlx::migrate!("migrations/postgres");
    for made in 1..all.iter().len() {
        let location = engine.location().await;
        let Location::Postgres { url, .. } = &location else {
            panic!()
        };
        let pool = sqlx::PgPool::connect(url).await.unwrap();
        let first = all.iter().take(made).cloned().collect();
        sqlx::migrate::Migrator::with_migrations(first)
            .run(&pool)
            .await
            .unwrap();
        pool.close().await;
        let store = SqlStore::open(&location, "test").await.unwrap();
        store.plan_intents(&[wanted("a")], 1).await.unwrap();
        store.close().await;
    }
}
