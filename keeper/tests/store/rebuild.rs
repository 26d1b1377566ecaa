//! Comparing derived tables, and taking those of another database.

use fluxion_keeper::model::Height;
use fluxion_keeper::store::sql::SqlStore;
use fluxion_keeper::store::{IndexStore as _, TxStore as _};

use crate::engine::{Engine, on_both_engines};
use crate::index::{CHAIN, answer, commit, disputed, history};
use crate::transactions::simulated;

/// STORE-10: whatever differs in derived tables is found and mended; nothing else is touched. Across engines too.
async fn what_differs_is_found_and_taken(engine: Engine) {
    let store = engine.open().await;
    let other = Engine::sqlite();
    let truth = other.open().await;
    history(&store).await;
    history(&truth).await;
    let all = Height(100);
    let difference = store.difference(&truth, CHAIN, all).await.unwrap();
    assert!(difference.is_none() && difference.rows > 8, "{difference:?}");

    // One row more here, one more there, one that differs.
    store.unwind(CHAIN, Height(4)).await.unwrap();
    commit(&store, 5, vec![answer(5, 1, 2, 203, 80, 81)]).await;
    commit(&truth, 6, vec![disputed(6, 0, 90, 1)]).await;
    let below = store.difference(&truth, CHAIN, Height(4)).await.unwrap();
    assert!(below.is_none(), "only up to the height that was asked for");
    let difference = store.difference(&truth, CHAIN, all).await.unwrap();
    assert!(difference.missing >= 3 && difference.changed >= 1, "{difference:?}");
    let reversed = truth.difference(&store, CHAIN, all).await.unwrap();
    assert_eq!(
        (reversed.surplus, reversed.changed),
        (difference.missing, difference.changed)
    );

    let kept = simulated(&store, "kept").await;
    store.halt(CHAIN, "kept").await.unwrap();
    let rows = store.take_index(&truth, CHAIN).await.unwrap();
    assert_eq!(rows, reversed_rows(&store, &truth).await);
    assert_eq!(
        store.derived_dump(CHAIN, all).await.unwrap(),
        truth.derived_dump(CHAIN, all).await.unwrap()
    );
    assert_eq!(store.cursor(CHAIN).await.unwrap(), truth.cursor(CHAIN).await.unwrap());
    assert!(store.intent(kept).await.unwrap().is_some());
    assert_eq!(store.halted(CHAIN).await.unwrap().as_deref(), Some("kept"));
    // It can be unwound and goes on as the other would.
    store.unwind(CHAIN, Height(5)).await.unwrap();
    commit(&store, 6, vec![disputed(6, 0, 91, 2)]).await;
}

async fn reversed_rows(store: &SqlStore, truth: &SqlStore) -> u64 {
    let difference = store.difference(truth, CHAIN, Height(100)).await.unwrap();
    assert!(difference.is_none(), "{difference:?}");
    difference.rows
}

on_both_engines!(what_differs_is_found_and_taken);
