//! An indexer that runs over a store of its own.

use std::{sync::Arc, time::Duration};

use alloy::primitives::B256;
use fluxion_keeper::{
    chain::{Chain as _, RpcChain, RpcSettings},
    indexer::{Indexer, IndexerConfig, Progress},
    jobs::update_prices,
    model::{ChainId, Height},
    store::{IndexStore as _, sql::SqlStore},
};
use serde_json::json;
use tokio::{sync::watch, task::JoinHandle};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{Emitter, FEED};

pub const SOON: Duration = Duration::from_secs(30);

/// An indexer that runs over a store of its own.
pub struct Index {
    pub chain: Arc<RpcChain>,
    pub store: Arc<SqlStore>,
    pub progress: watch::Receiver<Progress>,
    stop: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
    _guard: DropGuard,
}

impl Index {
    pub async fn start(settings: RpcSettings, store: Arc<SqlStore>) -> Self {
        let id = settings.id;
        let chain = Arc::new(RpcChain::connect(settings).await.unwrap());
        let config = IndexerConfig {
            chain: id,
            contracts: vec![(FEED, &update_prices::FEED)],
            start: Height(1),
        };
        let indexer = Indexer::new(config, chain.clone(), store.clone());
        let progress = indexer.progress();
        assert!(progress.borrow().backfilling, "before anything was read");
        let stop = CancellationToken::new();
        let (polled, until) = (chain.clone(), stop.clone());
        let poll = tokio::spawn(async move { polled.follow(Duration::from_millis(20), until).await });
        let until = stop.clone();
        let index = tokio::spawn(async move { indexer.run(until).await.unwrap() });
        Self {
            chain,
            store,
            progress,
            tasks: vec![poll, index],
            _guard: stop.clone().drop_guard(),
            stop,
        }
    }

    pub fn id(&self) -> ChainId {
        self.chain.id()
    }

    /// Waits until the node's newest block is indexed, by its hash.
    pub async fn caught_up(&self, emitter: &Emitter) {
        let head = emitter.ask("eth_getBlockByNumber", json!(["latest", false])).await;
        let hash: B256 = head["hash"].as_str().unwrap().parse().unwrap();
        let wait = async {
            while self
                .store
                .cursor(self.id())
                .await
                .unwrap()
                .is_none_or(|c| c.hash != hash)
            {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        if tokio::time::timeout(SOON, wait).await.is_err() {
            let cursor = self.store.cursor(self.id()).await.unwrap();
            panic!(
                "not indexed: {cursor:?}, head {}, {:?}",
                head["number"],
                *self.progress.borrow()
            );
        }
    }

    pub async fn until(&self, what: impl Fn(&Progress) -> bool) -> Progress {
        let mut progress = self.progress.clone();
        let seen = tokio::time::timeout(SOON, progress.wait_for(|p| what(p))).await;
        seen.unwrap_or_else(|_| panic!("{:?}", *self.progress.borrow()))
            .unwrap()
            .clone()
    }

    pub async fn dump(&self) -> Vec<String> {
        self.store.derived_dump(self.id(), Height(1_000_000)).await.unwrap()
    }

    pub async fn end(self) -> Arc<SqlStore> {
        self.stop.cancel();
        for task in self.tasks {
            task.await.unwrap();
        }
        self.store
    }
}

pub async fn store() -> (tempfile::TempDir, Arc<SqlStore>) {
    let folder = tempfile::tempdir().unwrap();
    let store = SqlStore::open_file(folder.path(), "test").await.unwrap();
    (folder, Arc::new(store))
}

/// What an index made from nothing holds now.
pub async fn fresh(emitter: &Emitter) -> Vec<String> {
    let (_folder, store) = store().await;
    let index = Index::start(emitter.settings(vec![emitter.anvil.url().to_owned()]), store).await;
    index.caught_up(emitter).await;
    let dump = index.dump().await;
    index.end().await;
    dump
}

pub fn plain(emitter: &Emitter) -> RpcSettings {
    emitter.settings(vec![emitter.anvil.url().to_owned()])
}
