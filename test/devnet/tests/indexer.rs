//! The index after any reorg is the same as a fresh one; a reorg below what was final halts that chain alone.

mod emitter;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use alloy::{
    primitives::{B256, I256, U256},
    sol_types::SolEvent as _,
};
use emitter::index::{Index, SOON, fresh, plain, store};
use emitter::{Emitter, FEED, rewrite};
use fluxion_abi::IPriceFeed;
use fluxion_devnet::proxy::Point;
use fluxion_keeper::{
    chain::Finality,
    model::{ExpectedEvent, Height, LogForm},
    store::{IndexStore as _, OperatorStore as _},
};
use serde_json::json;
use sqlx::Connection as _;

/// INDEX-1
#[tokio::test(flavor = "multi_thread")]
async fn after_reorgs_of_any_depth_the_index_equals_a_fresh_one() {
    let emitter = Emitter::start(31337).await;
    let (_folder, store) = store().await;
    let index = Index::start(plain(&emitter), store).await;
    let (mut round, mut price) = (0, 100);
    for depth in 1..=7 {
        for _ in 0..depth {
            round += 1;
            emitter.round(round, price).await;
        }
        emitter.anvil.mine(1).await.unwrap();
        index.caught_up(&emitter).await;
        let before = index.dump().await;
        assert_eq!(index.store.rounds(index.id(), FEED, 1).await.unwrap()[0].round, round);

        // The rounds of the lost blocks are opened again with other prices; the last block held none.
        price += 1;
        emitter.anvil.reorg(depth).await.unwrap();
        round -= depth - 1;
        round += 1;
        emitter.round(round, price).await;
        index.caught_up(&emitter).await;
        let after = index.dump().await;
        assert_eq!(after, fresh(&emitter).await, "depth {depth}");
        assert_ne!(after, before, "depth {depth}");
        let newest = index.store.rounds(index.id(), FEED, 1).await.unwrap();
        assert_eq!(
            (newest[0].round, newest[0].price),
            (round, I256::from_raw(U256::from(price)))
        );
    }
    assert_eq!(index.progress.borrow().halted, None);
    let finalized = index.store.finalized(index.id()).await.unwrap().unwrap();
    assert_eq!(finalized.height.0, emitter.height().await - 8, "and finality goes on");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shorter_chain_is_followed_once_it_grows() {
    let emitter = Emitter::start(31337).await;
    let (_folder, store) = store().await;
    let index = Index::start(plain(&emitter), store).await;
    for round in 1..=5 {
        emitter.round(round, 100).await;
    }
    index.caught_up(&emitter).await;
    emitter.anvil.rollback(3).await.unwrap();
    emitter.round(3, 200).await;
    emitter.round(4, 201).await;
    emitter.round(5, 202).await;
    emitter.round(6, 203).await;
    index.caught_up(&emitter).await;
    assert_eq!(index.dump().await, fresh(&emitter).await);
    assert_eq!(index.store.feed(index.id(), FEED).await.unwrap().unwrap().round, 6);
}

/// INDEX-1
#[tokio::test(flavor = "multi_thread")]
async fn a_reorg_while_backfilling_leaves_nothing_behind() {
    let emitter = Emitter::start(31337).await;
    for round in 1..=12 {
        emitter.round(round, 100).await;
    }
    let proxy = emitter.proxy().await;
    let mut settings = emitter.settings(vec![proxy.url()]);
    settings.max_range = 2;
    let mut hold = proxy.hold("eth_getLogs", Point::BeforeAnswer, 4);
    let (_folder, store) = store().await;
    let index = Index::start(settings, store).await;
    hold.reached(SOON).await.unwrap();
    assert_eq!(index.store.cursor(index.id()).await.unwrap().unwrap().height, Height(8));
    emitter.anvil.reorg(6).await.unwrap();
    emitter.round(7, 300).await;
    hold.release();
    index.caught_up(&emitter).await;
    let dump = index.dump().await;
    assert_eq!(dump, fresh(&emitter).await);
    assert_eq!(index.store.feed(index.id(), FEED).await.unwrap().unwrap().round, 7);
}

/// INDEX-2
#[tokio::test(flavor = "multi_thread")]
async fn an_index_goes_on_where_it_stopped_and_notices_a_reorg_meanwhile() {
    let emitter = Emitter::start(31337).await;
    for round in 1..=10 {
        emitter.round(round, 100).await;
    }
    let (_folder, store) = store().await;
    let index = Index::start(plain(&emitter), store).await;
    index.caught_up(&emitter).await;
    let store = index.end().await;
    emitter.anvil.reorg(4).await.unwrap();
    emitter.round(7, 300).await;
    let index = Index::start(plain(&emitter), store).await;
    index.caught_up(&emitter).await;
    assert_eq!(index.dump().await, fresh(&emitter).await);
}

/// INDEX-2: what was read is not read again: after a start the first logs asked for are those after the cursor, after a
/// start upon a reorg those after the fork.
#[tokio::test(flavor = "multi_thread")]
async fn an_index_does_not_start_over() {
    let emitter = Emitter::start(31337).await;
    for round in 1..=10 {
        emitter.round(round, 100).await;
    }
    let proxy = emitter.proxy().await;
    let asked = Arc::new(Mutex::new(Vec::new()));
    let list = Arc::clone(&asked);
    rewrite(&proxy, "eth_getLogs", move |call, _| {
        let from = call.parameters()[0]["fromBlock"].as_str().expect("a range");
        let from = u64::from_str_radix(from.trim_start_matches("0x"), 16).expect("a number");
        list.lock().unwrap().push(from);
    });
    let (_folder, store) = store().await;
    let index = Index::start(emitter.settings(vec![proxy.url()]), store).await;
    index.caught_up(&emitter).await;
    let (id, cursor) = (index.id(), emitter.height().await);
    let mut store = index.end().await;
    assert!(!asked.lock().unwrap().is_empty(), "the range of every query is seen");
    // Without a reorg, and with one of three blocks.
    for (reorg, round, first) in [(0, 11, cursor + 1), (3, 9, cursor - 1)] {
        if reorg > 0 {
            emitter.anvil.reorg(reorg).await.unwrap();
        }
        emitter.round(round, 300).await;
        asked.lock().unwrap().clear();
        let index = Index::start(emitter.settings(vec![proxy.url()]), store).await;
        index.caught_up(&emitter).await;
        let lowest = asked.lock().unwrap().iter().copied().min();
        assert_eq!(
            lowest,
            Some(first),
            "INDEX-2: logs from here on, after a reorg of {reorg}"
        );
        assert_eq!(index.dump().await, fresh(&emitter).await);
        store = index.end().await;
    }
    assert!(store.cursor(id).await.unwrap().is_some());
}

/// INDEX-3
#[tokio::test(flavor = "multi_thread")]
async fn a_reorg_below_the_finalized_block_halts_that_chain_alone() {
    let (emitter, other) = (Emitter::start(31337).await, Emitter::start(31338).await);
    let (_folder, store) = store().await;
    for round in 1..=12 {
        emitter.round(round, 100).await;
    }
    let index = Index::start(plain(&emitter), store.clone()).await;
    let neighbour = Index::start(plain(&other), store.clone()).await;
    index.caught_up(&emitter).await;
    index.until(|p| p.finalized == Some(Height(4))).await;
    let was = store.finalized(index.id()).await.unwrap().unwrap();
    let before = index.dump().await;

    emitter.anvil.reorg(10).await.unwrap();
    emitter.anvil.mine(1).await.unwrap();
    let halted = index.until(|p| p.halted.is_some()).await.halted.unwrap();
    let now = emitter.ask("eth_getBlockByNumber", json!(["0x4", false])).await;
    for part in ["block 4", &was.hash.to_string(), now["hash"].as_str().unwrap()] {
        assert!(halted.contains(part), "{part}: {halted}");
    }
    emitter.round(13, 100).await;
    other.round(1, 100).await;
    neighbour.caught_up(&other).await;
    assert_eq!(neighbour.progress.borrow().halted, None);
    assert_eq!(index.dump().await, before, "nothing of a halted chain changes");
    assert_eq!(store.finalized(index.id()).await.unwrap(), Some(was));

    // Clearing it does not help while the chain still contradicts what was final.
    store
        .clear_halt(index.id(), "operator", "looked into it", 1)
        .await
        .unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    index.until(|p| p.halted.is_some()).await;
}

/// INDEX-3
#[tokio::test(flavor = "multi_thread")]
async fn another_hash_of_the_finalized_block_halts_though_the_head_is_the_same() {
    let emitter = Emitter::start(31337).await;
    let proxy = emitter.proxy().await;
    let mut settings = emitter.settings(vec![proxy.url()]);
    settings.finality = Finality::Tag;
    let (_folder, store) = store().await;
    for round in 1..=6 {
        emitter.round(round, 100).await;
    }
    let index = Index::start(settings, store).await;
    index.until(|p| p.finalized == Some(Height(4))).await;
    rewrite(&proxy, "eth_getBlockByNumber", |call, answer| {
        if call.parameters()[0] == "finalized" {
            answer["result"]["hash"] = json!(B256::repeat_byte(9));
        }
    });
    let halted = index.until(|p| p.halted.is_some()).await.halted.unwrap();
    assert!(
        halted.contains("block 4") && halted.contains(&B256::repeat_byte(9).to_string()),
        "{halted}"
    );
}

/// INDEX-4
#[tokio::test(flavor = "multi_thread")]
async fn what_an_endpoint_leaves_out_is_indexed() {
    let emitter = Emitter::start(31337).await;
    let proxy = emitter.proxy().await;
    rewrite(&proxy, "eth_getLogs", |_, answer| answer["result"] = json!([]));
    let (_folder, store) = store().await;
    let index = Index::start(emitter.settings(vec![proxy.url()]), store).await;
    for round in 1..=5 {
        emitter.round(round, 100 + round).await;
    }
    index.caught_up(&emitter).await;
    assert_eq!(index.dump().await, fresh(&emitter).await);
    assert_eq!(index.store.rounds(index.id(), FEED, 10).await.unwrap().len(), 5);
}

/// INDEX-4
#[tokio::test(flavor = "multi_thread")]
async fn a_round_left_out_of_a_block_with_others_shows_by_its_gap() {
    let emitter = Emitter::start(31337).await;
    let proxy = emitter.proxy().await;
    // The second of three rounds: report and answer.
    rewrite(&proxy, "eth_getLogs", |_, answer| {
        let logs = answer["result"].as_array_mut().unwrap();
        if logs.len() == 8 {
            logs.drain(2..4);
        }
    });
    for round in 1..=3 {
        emitter.emit(round, 100 + round).await;
    }
    emitter.anvil.mine(1).await.unwrap();
    // The last block with a round is read from its receipts anyway.
    emitter.round(4, 104).await;
    let (_folder, store) = store().await;
    let index = Index::start(emitter.settings(vec![proxy.url()]), store).await;
    index.caught_up(&emitter).await;
    assert_eq!(index.dump().await, fresh(&emitter).await);
    assert_eq!(index.store.rounds(index.id(), FEED, 10).await.unwrap().len(), 4);
}

/// INDEX-6: while a batch waits for the database exactly one range behind it is read, each range once, and what is not
/// final in its turn alone.
#[tokio::test(flavor = "multi_thread")]
async fn one_range_of_final_blocks_is_read_ahead() {
    let emitter = Emitter::start(31337).await;
    for round in 1..=20 {
        emitter.round(round, 100 + round).await;
    }
    let proxy = emitter.proxy().await;
    let ranges = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&ranges);
    rewrite(&proxy, "eth_getLogs", move |call, _| {
        let filter = &call.parameters()[0];
        seen.lock()
            .unwrap()
            .push((filter["fromBlock"].to_string(), filter["toBlock"].to_string()));
    });
    let asked = || ranges.lock().unwrap().clone();
    let mut settings = emitter.settings(vec![proxy.url()]);
    settings.max_range = 5;
    let (folder, store) = store().await;
    let file = format!("sqlite://{}", folder.path().join("keeper.sqlite").display());
    let mut lock = sqlx::SqliteConnection::connect(&file).await.unwrap();
    sqlx::query("BEGIN IMMEDIATE").execute(&mut lock).await.unwrap();
    let index = Index::start(settings, store).await;
    let two = async {
        while asked().len() < 2 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(SOON, two).await.expect("the second range is read");
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(asked().len(), 2, "no further one");
    assert_eq!(index.store.cursor(index.id()).await.unwrap(), None);

    sqlx::query("ROLLBACK").execute(&mut lock).await.unwrap();
    index.caught_up(&emitter).await;
    // Block 12 is final, 13 is not.
    let expected = [(1, 5), (6, 10), (11, 12), (13, 17), (18, 20)];
    let expected = expected.map(|(from, to): (u64, u64)| (format!("\"{from:#x}\""), format!("\"{to:#x}\"")));
    assert_eq!(asked(), expected);
    assert_eq!(index.dump().await, fresh(&emitter).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_index_waits_for_a_node_that_is_down() {
    let emitter = Emitter::start(31337).await;
    let proxy = emitter.proxy().await;
    let (_folder, store) = store().await;
    let index = Index::start(emitter.settings(vec![proxy.url()]), store).await;
    emitter.round(1, 100).await;
    index.caught_up(&emitter).await;
    proxy.refuse().await;
    emitter.round(2, 101).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    proxy.accept().await.unwrap();
    index.caught_up(&emitter).await;
    assert_eq!(index.store.feed(index.id(), FEED).await.unwrap().unwrap().round, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn progress_and_events_are_what_the_chain_says() {
    let emitter = Emitter::start(31337).await;
    for round in 1..=20 {
        emitter.round(round, 100 + round).await;
    }
    let (_folder, store) = store().await;
    let mut settings = plain(&emitter);
    settings.max_range = 3;
    let index = Index::start(settings, store).await;
    index.caught_up(&emitter).await;
    // What is committed is told a moment later.
    let progress = index.until(|p| p.indexed == Some(Height(20))).await;
    assert_eq!((progress.backfilling, progress.finalized), (false, Some(Height(12))));

    let expected = |round: u64| ExpectedEvent {
        address: FEED,
        forms: vec![LogForm {
            topics: vec![
                Some(IPriceFeed::AnswerUpdated::SIGNATURE_HASH),
                None,
                Some(B256::from(U256::from(round))),
            ],
            data: None,
        }],
        since: Height(0),
    };
    let found = index.store.find_event(index.id(), &expected(7)).await.unwrap().unwrap();
    assert_eq!((found.height, found.log_index), (Height(7), 1));
    assert_eq!(index.store.find_event(index.id(), &expected(21)).await.unwrap(), None);
    let feed = index.store.feed(index.id(), FEED).await.unwrap().unwrap();
    assert_eq!(
        (feed.round, feed.price, feed.observed_at),
        (20, I256::from_raw(U256::from(120)), 1_700_000_020)
    );
    assert_eq!(feed.disputed, None);
}
