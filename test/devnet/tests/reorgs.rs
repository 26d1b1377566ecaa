//! Reorgs of every depth in every state of the indexer, on both engines; what a finality that goes back means.

mod emitter;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use alloy::primitives::B256;
use emitter::index::{Index, SOON, fresh, plain};
use emitter::{Emitter, FEED, rewrite};
use fluxion_devnet::proxy::Point;
use fluxion_keeper::{
    chain::Finality,
    model::Height,
    store::{
        IndexStore as _,
        sql::{Location, SqlStore},
    },
};
use fluxion_postgres::Server;
use serde_json::json;

const LEASE: Duration = Duration::from_secs(10);
/// Deepest reorg; finality is 8 deep.
const DEEPEST: u64 = 7;

/// A folder or a server, and a store in it.
struct Place {
    _folder: tempfile::TempDir,
    _server: Option<Server>,
    store: Arc<SqlStore>,
}

async fn sqlite() -> Place {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(SqlStore::open_file(folder.path(), "test").await.unwrap());
    Place {
        _folder: folder,
        _server: None,
        store,
    }
}

async fn postgres() -> Place {
    let server = Server::start().unwrap();
    let location = Location::Postgres {
        url: server.url(),
        lease: LEASE,
    };
    let store = Arc::new(SqlStore::open(&location, "test").await.unwrap());
    Place {
        _folder: tempfile::tempdir().unwrap(),
        _server: Some(server),
        store,
    }
}

/// Blocks with one round each, up to this round.
async fn rounds(emitter: &Emitter, from: u64, to: u64, price: u64) {
    for round in from..=to {
        emitter.round(round, price).await;
    }
}

/// INDEX-1: while it follows the head, and while it is down.
async fn live_and_over_a_restart(place: Place) {
    let emitter = Emitter::start(31337).await;
    rounds(&emitter, 1, 10, 100).await;
    let mut index = Index::start(plain(&emitter), place.store.clone()).await;
    index.caught_up(&emitter).await;
    let mut last = 10;
    for depth in 1..=DEEPEST {
        // Each block had one round: those of the lost blocks come again, and one more.
        emitter.anvil.reorg(depth).await.unwrap();
        rounds(&emitter, last - depth + 1, last + 1, 200 + depth).await;
        last += 1;
        index.caught_up(&emitter).await;
        assert_eq!(index.dump().await, fresh(&emitter).await, "live, depth {depth}");

        let store = index.end().await;
        emitter.anvil.reorg(depth).await.unwrap();
        rounds(&emitter, last - depth + 1, last + 1, 300 + depth).await;
        last += 1;
        index = Index::start(plain(&emitter), store).await;
        index.caught_up(&emitter).await;
        assert_eq!(index.dump().await, fresh(&emitter).await, "restart, depth {depth}");
        assert_eq!(index.store.feed(index.id(), FEED).await.unwrap().unwrap().round, last);
    }
    assert_eq!(index.progress.borrow().halted, None);
}

/// INDEX-1: while it reads the past, piece by piece.
async fn while_backfilling(place: Place) {
    for (chain, depth) in [(31337, 1), (31338, 4), (31339, DEEPEST)] {
        let emitter = Emitter::start(chain).await;
        rounds(&emitter, 1, 14, 100).await;
        let proxy = emitter.proxy().await;
        let mut settings = emitter.settings(vec![proxy.url()]);
        settings.max_range = 2;
        let mut hold = proxy.hold("eth_getLogs", Point::BeforeAnswer, 5);
        let index = Index::start(settings, place.store.clone()).await;
        hold.reached(SOON).await.unwrap();
        emitter.anvil.reorg(depth).await.unwrap();
        rounds(&emitter, 14 - depth + 1, 15, 200).await;
        hold.release();
        index.caught_up(&emitter).await;
        assert_eq!(index.dump().await, fresh(&emitter).await, "backfill, depth {depth}");
        index.end().await;
    }
}

/// INDEX-1: while it fetches from receipts what the logs left out.
async fn while_a_gap_is_fetched(place: Place) {
    for (chain, depth) in [(31337, 1), (31338, 3), (31339, DEEPEST)] {
        let emitter = Emitter::start(chain).await;
        rounds(&emitter, 1, 9, 100).await;
        let proxy = emitter.proxy().await;
        let index = Index::start(emitter.settings(vec![proxy.url()]), place.store.clone()).await;
        index.caught_up(&emitter).await;
        // The second of three rounds of a block: report and answer.
        rewrite(&proxy, "eth_getLogs", |_, answer| {
            let logs = answer["result"].as_array_mut().unwrap();
            if logs.len() == 6 {
                logs.drain(2..4);
            }
        });
        let mut hold = proxy.hold("eth_getBlockReceipts", Point::BeforeAnswer, 0);
        for round in 10..=12 {
            emitter.emit(round, 100).await;
        }
        emitter.anvil.mine(1).await.unwrap();
        hold.reached(SOON).await.unwrap();
        emitter.anvil.reorg(depth).await.unwrap();
        rounds(&emitter, 9 - depth + 2, 14, 200).await;
        hold.release();
        index.caught_up(&emitter).await;
        assert_eq!(index.dump().await, fresh(&emitter).await, "gap, depth {depth}");
        index.end().await;
    }
}

/// INDEX-3: a finality that lags changes nothing; another hash of the finalized block halts that chain, and no other.
async fn finality_that_goes_back(place: Place) {
    let (emitter, other) = (Emitter::start(31337).await, Emitter::start(31338).await);
    let proxy = emitter.proxy().await;
    let mut settings = emitter.settings(vec![proxy.url()]);
    settings.finality = Finality::Tag;
    rounds(&emitter, 1, 8, 100).await;
    let index = Index::start(settings, place.store.clone()).await;
    let neighbour = Index::start(plain(&other), place.store.clone()).await;
    index.until(|p| p.finalized == Some(Height(6))).await;
    index.caught_up(&emitter).await;
    let was = place.store.finalized(index.id()).await.unwrap().unwrap();

    // Lower, with the hash that it had: a node that lags. The index goes on, and what was final stays so.
    let final_block = Arc::new(Mutex::new(
        emitter.ask("eth_getBlockByNumber", json!(["0x5", false])).await,
    ));
    let told = final_block.clone();
    rewrite(&proxy, "eth_getBlockByNumber", move |call, found| {
        if call.parameters()[0] == "finalized" {
            found["result"] = told.lock().unwrap().clone();
        }
    });
    emitter.round(9, 100).await;
    index.until(|p| p.indexed == Some(Height(9))).await;
    let progress = index.progress.borrow().clone();
    assert_eq!((progress.finalized, progress.halted), (Some(Height(6)), None));
    assert_eq!(place.store.finalized(index.id()).await.unwrap(), Some(was));

    // The same block below the finalized one, with another hash: the chain denies what it called final.
    let denied = B256::repeat_byte(0x11);
    let held = std::mem::replace(&mut final_block.lock().unwrap()["hash"], json!(denied));
    let reason = index.until(|p| p.halted.is_some()).await.halted.unwrap();
    for part in ["block 5", held.as_str().unwrap(), &denied.to_string()] {
        assert!(reason.contains(part), "{part}: {reason}");
    }
    stays_halted_alone(&emitter, &index, &other, &neighbour).await;
    assert_eq!(place.store.finalized(index.id()).await.unwrap(), Some(was));
}

/// INDEX-3: a chain that loses more than what was final, and grows again from there, halts; no other does, in whatever
/// state the index is.
async fn deeper_than_finality(place: Place) {
    // The chain's own finality goes back with it: it falls from 12 to 4 and stands at 8 when it is looked at.
    for (chain, down) in [(31337, false), (41337, true)] {
        let (emitter, other) = (Emitter::start(chain).await, Emitter::start(chain + 1).await);
        let mut settings = plain(&emitter);
        settings.finality = Finality::Tag;
        rounds(&emitter, 1, 14, 100).await;
        let mut index = Index::start(settings.clone(), place.store.clone()).await;
        let neighbour = Index::start(plain(&other), place.store.clone()).await;
        index.until(|p| p.finalized == Some(Height(12))).await;
        index.caught_up(&emitter).await;
        let was = place.store.finalized(index.id()).await.unwrap().unwrap();
        let lose = async {
            emitter.anvil.rollback(8).await.unwrap();
            rounds(&emitter, 7, 10, 200).await;
        };
        if down {
            index.end().await;
            lose.await;
            index = Index::start(settings, place.store.clone()).await;
        } else {
            lose.await;
        }
        // Shorter than what was final is no answer to wait for; at its height again it is.
        rounds(&emitter, 11, 15, 200).await;
        let reason = index.until(|p| p.halted.is_some()).await.halted.unwrap();
        for part in ["was final as", "below its finalized block 12"] {
            assert!(reason.contains(part), "{part}: {reason}");
        }
        stays_halted_alone(&emitter, &index, &other, &neighbour).await;
        assert_eq!(place.store.finalized(index.id()).await.unwrap(), Some(was));
        index.end().await;
        neighbour.end().await;
    }
}

/// The halted chain grows and nothing of it changes, while its neighbour goes on.
async fn stays_halted_alone(emitter: &Emitter, index: &Index, other: &Emitter, neighbour: &Index) {
    let (cursor, before) = (index.store.cursor(index.id()).await.unwrap(), index.dump().await);
    let next = emitter.height().await + 1;
    emitter.round(next, 300).await;
    rounds(other, 1, 3, 100).await;
    neighbour.caught_up(other).await;
    assert_eq!(neighbour.progress.borrow().halted, None);
    assert_eq!(neighbour.dump().await, fresh(other).await);
    assert!(index.progress.borrow().halted.is_some());
    assert_eq!(index.store.cursor(index.id()).await.unwrap(), cursor, "nothing is read");
    assert_eq!(index.dump().await, before, "nothing of a halted chain changes");
}

macro_rules! on_both_engines {
    ($($name:ident),+ $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name(super::sqlite().await).await;
            })+
        }
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name(super::postgres().await).await;
            })+
        }
    };
}

on_both_engines!(
    live_and_over_a_restart,
    while_backfilling,
    while_a_gap_is_fetched,
    finality_that_goes_back,
    deeper_than_finality,
);
