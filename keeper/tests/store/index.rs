//! What the store promises to the indexer and to the readers of derived tables.

use alloy::primitives::{Address, B256, Bytes, I256};
use fluxion_keeper::model::{BlockRef, ChainId, EventRef, ExpectedEvent, Height, LogForm};
use fluxion_keeper::store::sql::SqlStore;
use fluxion_keeper::store::{BlockBatch, DecodedEvent, IndexStore as _, IndexedEvent, LogStore as _, StoreError};

use crate::engine::{Engine, on_both_engines};

pub(crate) const CHAIN: ChainId = ChainId(31337);
const FEED: Address = Address::repeat_byte(1);
const VERIFIER: Address = Address::repeat_byte(2);

pub(crate) fn block(height: u8) -> BlockRef {
    BlockRef {
        height: Height(height.into()),
        hash: B256::repeat_byte(height),
        parent: B256::repeat_byte(height - 1),
        time: 1_000 + u64::from(height),
    }
}

fn price(value: i64) -> I256 {
    I256::try_from(value).unwrap()
}

pub(crate) fn event(height: u8, log_index: u64, address: Address, decoded: DecodedEvent) -> IndexedEvent {
    IndexedEvent {
        at: EventRef {
            height: Height(height.into()),
            block: B256::repeat_byte(height),
            transaction: B256::repeat_byte(100 + height),
            log_index,
        },
        address,
        topics: vec![B256::repeat_byte(7), B256::with_last_byte(height)],
        data: Bytes::from(vec![height]),
        decoded: Some(decoded),
    }
}

/// A report that made no round, in the dispute since 60.
pub(crate) fn disputed(height: u8, log_index: u64, observed_at: u64, value: i64) -> IndexedEvent {
    let decoded = DecodedEvent::PriceDisputed {
        last_price: price(100),
        disputed_price: price(value),
        observed_at,
        since: 60,
    };
    event(height, log_index, FEED, decoded)
}

/// A report that made a round, accepted at `accepted_at`.
pub(crate) fn answer(
    height: u8,
    log_index: u64,
    round: u64,
    value: i64,
    observed_at: u64,
    accepted_at: u64,
) -> IndexedEvent {
    let price = price(value);
    let updated_at = observed_at.min(accepted_at);
    event(
        height,
        log_index,
        FEED,
        DecodedEvent::AnswerUpdated {
            round,
            price,
            observed_at,
            updated_at,
        },
    )
}

fn rotation(height: u8, set_id: u32, signer: u8) -> IndexedEvent {
    let signers = vec![Address::repeat_byte(signer), Address::repeat_byte(signer + 1)];
    let decoded = DecodedEvent::SignerSetRotated {
        set_id,
        signers,
        threshold: 2,
        strict_threshold: 2,
    };
    event(height, 9, VERIFIER, decoded)
}

pub(crate) async fn commit(store: &SqlStore, height: u8, events: Vec<IndexedEvent>) {
    let after = store.cursor(CHAIN).await.unwrap();
    let blocks = vec![block(height)];
    store
        .commit_batch(CHAIN, &BlockBatch { after, blocks, events })
        .await
        .unwrap();
}

/// A round observed ahead of its block, a dispute that a second report moves, and its end; two signer sets.
pub(crate) async fn history(store: &SqlStore) {
    commit(store, 1, vec![rotation(1, 1, 10)]).await;
    commit(store, 2, vec![answer(2, 0, 1, 100, 50, 49)]).await;
    commit(store, 3, vec![disputed(3, 0, 60, 200)]).await;
    commit(store, 4, vec![disputed(4, 0, 70, 201), rotation(4, 2, 20)]).await;
    let ended = DecodedEvent::DisputeResolved { round: 2 };
    commit(store, 5, vec![event(5, 0, FEED, ended), answer(5, 1, 2, 202, 80, 81)]).await;
}

async fn a_feed_is_what_its_events_made_it(engine: Engine) {
    let store = engine.open().await;
    assert_eq!(store.feed(CHAIN, FEED).await.unwrap(), None);
    history(&store).await;
    let feed = store.feed(CHAIN, FEED).await.unwrap().unwrap();
    assert_eq!(
        (feed.round, feed.price, feed.observed_at, feed.updated_at),
        (2, price(202), 80, 80)
    );
    assert_eq!(
        feed.accepted_at, 1_005,
        "by the clock of the block that took the report"
    );
    assert_eq!(feed.disputed, None);
    let rounds = store.rounds(CHAIN, FEED, 10).await.unwrap();
    let seen: Vec<_> = rounds
        .iter()
        .map(|r| (r.round, r.observed_at, r.updated_at, r.height.0))
        .collect();
    assert_eq!(
        seen,
        [(2, 80, 80, 5), (1, 50, 49, 2)],
        "with the epoch of the report that made each"
    );
    let (id, signers, threshold, strict) = store.signer_set(CHAIN, VERIFIER).await.unwrap().unwrap();
    assert_eq!((id, signers[0], threshold, strict), (2, Address::repeat_byte(20), 2, 2));
    assert_eq!(
        store.feed(ChainId(1), FEED).await.unwrap(),
        None,
        "each chain by itself"
    );
}

async fn unwinding_takes_every_table_back_to_what_it_was(engine: Engine) {
    let store = engine.open().await;
    history(&store).await;
    store.unwind(CHAIN, Height(4)).await.unwrap();
    let feed = store.feed(CHAIN, FEED).await.unwrap().unwrap();
    assert_eq!(
        feed.disputed,
        Some((60, price(201))),
        "the candidate that the last report moved"
    );
    assert_eq!((feed.round, feed.observed_at, feed.accepted_at), (1, 70, 1_004));
    assert_eq!(store.cursor(CHAIN).await.unwrap(), Some(block(4)));

    for height in (1..4).rev() {
        let fresh = engine.open().await;
        history(&fresh).await;
        store.unwind(CHAIN, Height(height)).await.unwrap();
        let left = store.derived_dump(CHAIN, Height(100)).await.unwrap();
        assert_eq!(
            left,
            fresh.derived_dump(CHAIN, Height(height)).await.unwrap(),
            "height {height}"
        );
        assert!(!left.is_empty());
    }
    assert_eq!(store.signer_set(CHAIN, VERIFIER).await.unwrap().unwrap().0, 1);
    store.unwind(CHAIN, Height(0)).await.unwrap();
    assert_eq!(store.cursor(CHAIN).await.unwrap(), None);
    assert!(store.derived_dump(CHAIN, Height(100)).await.unwrap().is_empty());
    history(&store).await;
    assert_eq!(
        store.feed(CHAIN, FEED).await.unwrap().unwrap().round,
        2,
        "and can be indexed again"
    );
}

async fn a_batch_that_does_not_extend_the_cursor_changes_nothing(engine: Engine) {
    let store = engine.open().await;
    history(&store).await;
    let before = store.derived_dump(CHAIN, Height(100)).await.unwrap();
    for after in [
        None,
        Some(block(4)),
        Some(BlockRef {
            hash: B256::ZERO,
            ..block(5)
        }),
    ] {
        let events = vec![disputed(6, 0, 90, 1)];
        let batch = BlockBatch {
            after,
            blocks: vec![block(6)],
            events,
        };
        let error = store.commit_batch(CHAIN, &batch).await.unwrap_err();
        assert!(matches!(error, StoreError::Conflict(_)), "{error}");
    }
    assert_eq!(store.derived_dump(CHAIN, Height(100)).await.unwrap(), before);
    assert_eq!(store.cursor(CHAIN).await.unwrap(), Some(block(5)));
    // An event that does not go in takes the whole batch with it.
    let events = vec![disputed(6, 0, 90, 1), disputed(6, 0, 91, 1)];
    let batch = BlockBatch {
        after: Some(block(5)),
        blocks: vec![block(6)],
        events,
    };
    store.commit_batch(CHAIN, &batch).await.unwrap_err();
    assert_eq!(store.derived_dump(CHAIN, Height(100)).await.unwrap(), before);
    assert_eq!(store.canonical(CHAIN, Height(6)).await.unwrap(), None);
}

async fn the_finalized_block_only_rises_and_bounds_the_unwinding(engine: Engine) {
    let store = engine.open().await;
    history(&store).await;
    store.raise_finalized(CHAIN, block(3)).await.unwrap();
    store.raise_finalized(CHAIN, block(3)).await.unwrap();
    // A block that is not remembered, as that before the first indexed one.
    let elsewhere = ChainId(1);
    store.raise_finalized(elsewhere, block(3)).await.unwrap();
    let replaced = store
        .raise_finalized(
            elsewhere,
            BlockRef {
                hash: B256::ZERO,
                ..block(3)
            },
        )
        .await;
    assert!(matches!(replaced.unwrap_err(), StoreError::Conflict(_)));
    let other = |height: u8| BlockRef {
        hash: B256::ZERO,
        ..block(height)
    };
    for wrong in [block(2), other(3), other(4)] {
        let error = store.raise_finalized(CHAIN, wrong).await.unwrap_err();
        assert!(matches!(error, StoreError::Conflict(_)), "{error}");
    }
    assert_eq!(store.finalized(CHAIN).await.unwrap(), Some(block(3)));
    let kept = store.canonical(CHAIN, Height(2)).await.unwrap();
    assert_eq!(kept, Some(block(2)), "binds the chain though it is final");
    assert_eq!(
        store.canonical_at_or_below(CHAIN, Height(3)).await.unwrap(),
        Some(block(3))
    );
    assert!(matches!(
        store.unwind(CHAIN, Height(2)).await.unwrap_err(),
        StoreError::Conflict(_)
    ));
    store.unwind(CHAIN, Height(3)).await.unwrap();
    assert_eq!(store.cursor(CHAIN).await.unwrap(), Some(block(3)));
    let batch = BlockBatch {
        after: Some(block(3)),
        blocks: vec![block(68), block(70)],
        events: Vec::new(),
    };
    store.commit_batch(CHAIN, &batch).await.unwrap();
    store.raise_finalized(CHAIN, block(68)).await.unwrap();
    assert_eq!(store.canonical(CHAIN, Height(3)).await.unwrap(), None, "forgotten");
    assert_eq!(store.canonical(CHAIN, Height(68)).await.unwrap(), Some(block(68)));
}

async fn an_event_is_found_by_its_topics_and_halts_stay_until_cleared(engine: Engine) {
    let store = engine.open().await;
    history(&store).await;
    let any = |forms: Vec<LogForm>| ExpectedEvent {
        address: FEED,
        forms,
        since: Height(0),
    };
    let form = |topics: Vec<Option<B256>>, data: Option<u8>| LogForm {
        topics,
        data: data.map(|byte| Bytes::from(vec![byte])),
    };
    let find = |topics: Vec<Option<B256>>| any(vec![form(topics, None)]);
    let seven = Some(B256::repeat_byte(7));
    let found = |event: ExpectedEvent| {
        let store = store.clone();
        async move { store.find_event(CHAIN, &event).await.unwrap().map(|e| e.height.0) }
    };
    assert_eq!(found(find(vec![])).await, Some(2), "the first");
    assert_eq!(found(find(vec![seven, Some(B256::with_last_byte(4))])).await, Some(4));
    assert_eq!(found(find(vec![None, Some(B256::with_last_byte(5))])).await, Some(5));
    let from = |height: u64| ExpectedEvent {
        since: Height(height),
        ..find(vec![seven])
    };
    assert_eq!(found(from(2)).await, Some(2), "of that very block");
    assert_eq!(found(from(3)).await, Some(3), "not by the time before");
    assert_eq!(found(from(99)).await, None, "it has not happened again");
    let logs = store
        .logs(CHAIN, FEED, B256::repeat_byte(7), Some(Height(3)))
        .await
        .unwrap();
    assert_eq!(
        logs.iter().map(|log| log.at.height.0).collect::<Vec<_>>(),
        [2, 3],
        "the log up to a height"
    );
    assert!(
        logs.iter()
            .all(|log| log.address == FEED && log.topics[0] == B256::repeat_byte(7))
    );
    assert_eq!(found(find(vec![Some(B256::ZERO)])).await, None);
    assert_eq!(
        found(find(vec![seven, None, Some(B256::ZERO)])).await,
        None,
        "an absent topic matches nothing"
    );
    assert_eq!(
        found(any(vec![form(vec![seven], Some(5))])).await,
        Some(5),
        "by its data"
    );
    assert_eq!(found(any(vec![form(vec![seven], Some(6))])).await, None, "other data");
    assert_eq!(
        found(any(vec![form(vec![Some(B256::ZERO)], Some(5))])).await,
        None,
        "both must match"
    );
    let either = |one: u8, other: u8| any(vec![form(vec![seven], Some(one)), form(vec![seven], Some(other))]);
    assert_eq!(found(either(5, 6)).await, Some(5), "one form is enough");
    assert_eq!(
        found(either(5, 3)).await,
        Some(3),
        "the first on the chain, in whatever form"
    );
    assert_eq!(found(any(vec![])).await, None, "nothing shows nothing");

    // Longer than a key of an index may be, and not to be compressed.
    let mut long = disputed(6, 0, 90, 1);
    let noise = (0..300_u16).flat_map(|n| alloy::primitives::keccak256(n.to_be_bytes()).to_vec());
    long.data = noise.collect::<Vec<u8>>().into();
    let data = Some(long.data.clone());
    commit(&store, 6, vec![long]).await;
    let form = LogForm {
        topics: vec![seven],
        data,
    };
    assert_eq!(found(any(vec![form])).await, Some(6), "long data is found too");

    store.halt(CHAIN, "first").await.unwrap();
    store.halt(CHAIN, "second").await.unwrap();
    assert_eq!(store.halted(CHAIN).await.unwrap().as_deref(), Some("first"));
    assert_eq!(store.halted(ChainId(1)).await.unwrap(), None);
}

on_both_engines!(
    a_feed_is_what_its_events_made_it,
    unwinding_takes_every_table_back_to_what_it_was,
    a_batch_that_does_not_extend_the_cursor_changes_nothing,
    the_finalized_block_only_rises_and_bounds_the_unwinding,
    an_event_is_found_by_its_topics_and_halts_stay_until_cleared,
);
