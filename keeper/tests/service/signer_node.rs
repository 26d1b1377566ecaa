//! A signer process without the process: its keys, sources and service behind its real HTTP interface.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use alloy::primitives::{Address, B256};
use alloy::signers::local::PrivateKeySigner;
use fluxion_keeper::api::{Api, Parts, router};
use fluxion_keeper::attest::{AttestationService, Attestor, Collector, Report};
use fluxion_keeper::clock::{Clock, SystemClock};
use fluxion_keeper::config::{Mode, SourceConfig, TimeUnit};
use fluxion_keeper::jobs::JobStatus;
use fluxion_keeper::oracle::SignerSet;
use fluxion_keeper::sources::{Boards, Fetcher, Price};
use fluxion_keeper::store::sql::SqlStore;
use fluxion_keeper::wiring::http_client;
use metrics_exporter_prometheus::PrometheusBuilder;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::scripted::{CHAIN, FEED, Scripted};

/// How long a signer waits for sources that it asked again: more than a busy machine takes to answer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) fn key(n: u8) -> PrivateKeySigner {
    PrivateKeySigner::from_bytes(&B256::repeat_byte(n)).unwrap()
}

/// Keys 1, 2, 3; two make a quorum, three a strict one.
pub(crate) fn set(id: u32) -> SignerSet {
    let mut signers: Vec<Address> = (1..=3).map(|n| key(n).address()).collect();
    signers.sort_unstable();
    SignerSet {
        id,
        signers,
        threshold: 2,
        strict_threshold: 3,
    }
}

pub(crate) fn report(price: u128, observed_at: u64) -> Report {
    Report {
        chain: CHAIN,
        contract: FEED,
        feed: "EUR/USD".into(),
        price: Price::new(price).unwrap(),
        observed_at,
        set_id: 1,
    }
}

pub(crate) fn now() -> u64 {
    SystemClock.now_s()
}

pub(crate) async fn attestor(folder: &Path, n: u8) -> (Attestor, SqlStore) {
    let store = SqlStore::open_file(folder, "test").await.unwrap();
    (Attestor::new(Arc::new(key(n)), Arc::new(store.clone())), store)
}

/// Two sources on a server of their own.
pub(crate) struct Market(MockServer);

impl Market {
    pub(crate) async fn at(price: &str) -> Self {
        let market = Self(MockServer::start().await);
        market.moves(price).await;
        market
    }

    pub(crate) async fn moves(&self, price: &str) {
        self.0.reset().await;
        let answer = ResponseTemplate::new(200).set_body_raw(format!(r#"{{"price": "{price}"}}"#), "application/json");
        Mock::given(wiremock::matchers::any())
            .respond_with(answer)
            .mount(&self.0)
            .await;
    }

    pub(crate) fn boards(&self) -> Boards {
        let sources = ["a", "b"].map(|name| SourceConfig {
            name: name.into(),
            url: format!("{}/{name}", self.0.uri()),
            price: "/price".into(),
            time: None,
            time_unit: TimeUnit::S,
            timeout_ms: 500,
        });
        Boards::new(&[super::sources::feed(sources.to_vec())])
    }
}

/// A signer process without the process: its service behind its real HTTP interface.
pub(crate) struct SignerNode {
    pub(crate) url: String,
    pub(crate) chain: Arc<Scripted>,
    _folder: tempfile::TempDir,
}

pub(crate) async fn signer(n: u8, market: &Market) -> SignerNode {
    let folder = tempfile::tempdir().unwrap();
    let (attestor, store) = attestor(folder.path(), n).await;
    let chain = Scripted::new(set(1));
    let oracle = chain.oracle().await;
    let boards = market.boards();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let board = boards.get("EUR/USD").unwrap();
    let fetcher = Fetcher::new(http_client().unwrap());
    board.poll_once(&fetcher, &SystemClock).await;
    // Polls so rarely that only a request out of turn sees a move.
    board.poll(
        &fetcher,
        &clock,
        Duration::from_secs(600),
        &TaskTracker::new(),
        &CancellationToken::new(),
    );
    tokio::time::sleep(Duration::from_millis(50)).await;
    let chains = [(CHAIN, Arc::clone(&oracle))].into();
    let service = AttestationService::new(vec![attestor], chains, boards.clone(), Arc::clone(&clock), 60, PATIENCE);
    let api = Api {
        parts: Parts {
            name: format!("signer-{n}"),
            mode: Mode::Signer,
            store: Arc::new(store),
            chains: vec![],
            boards,
            jobs: Arc::new(JobStatus::default()),
            clock,
        },
        attestation: Some(service),
        scores: None,
        metrics: PrometheusBuilder::new().build_recorder().handle(),
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router(Arc::new(api))).await });
    SignerNode {
        url,
        chain,
        _folder: folder,
    }
}

pub(crate) fn collector(own: Vec<Attestor>, peers: &[&str]) -> Collector {
    let peers = peers.iter().map(ToString::to_string).collect();
    Collector::new(own, peers, http_client().unwrap(), Duration::from_secs(5))
}

pub(crate) async fn post(url: &str, body: impl Into<reqwest::Body>) -> (u16, Value) {
    let client = http_client().unwrap();
    let answer = client
        .post(format!("{url}/v1/attestations"))
        .body(body)
        .send()
        .await
        .unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

pub(crate) fn request(price: &str, observed_at: u64) -> Value {
    json!({
        "chain_id": CHAIN.0, "feed_id": "EUR/USD", "price": price, "observed_at": observed_at, "set_id": 1,
        "trace_id": "feedbeef"
    })
}
