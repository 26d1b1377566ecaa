//! A signer process without the process: its keys, sources and service behind its real HTTP interface.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use alloy::primitives::{Address, B256};
use alloy::signers::local::PrivateKeySigner;
use fluxion_keeper::api::{Api, Parts, doors, router};
use fluxion_keeper::app::http_client;
use fluxion_keeper::attest::{Attestable as _, Attestor, Caller, Collector};
use fluxion_keeper::clock::{Clock as _, SystemClock};
use fluxion_keeper::config::{FeedConfig, Mode, SourceConfig, TimeUnit};
use fluxion_keeper::jobs::update_prices::{self, Report};
use fluxion_keeper::jobs::{self, Bench, Gates, Kind as _, Process, Record, Site};
use fluxion_keeper::oracle::{ChainOracle, SignerSet};
use fluxion_keeper::sources::Price;
use fluxion_keeper::store::sql::SqlStore;
use metrics_exporter_prometheus::PrometheusBuilder;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::scripted::{CHAIN, FEED, Scripted, VERIFIER};

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

    /// How often its sources were asked.
    pub(crate) async fn asked(&self) -> u64 {
        let requests = self.0.received_requests().await.unwrap();
        requests.len().try_into().unwrap()
    }

    fn feed(&self) -> FeedConfig {
        let sources = ["a", "b"].map(|name| SourceConfig {
            name: name.into(),
            url: format!("{}/{name}", self.0.uri()),
            price: "/price".into(),
            time: None,
            time_unit: TimeUnit::S,
            timeout_ms: 500,
        });
        super::sources::feed(sources.to_vec())
    }
}

/// A signer process without the process: its service behind its real HTTP interface.
pub(crate) struct SignerNode {
    /// Where signatures are asked for.
    pub(crate) url: String,
    /// Where operators look.
    pub(crate) api: String,
    pub(crate) chain: Arc<Scripted>,
    _folder: tempfile::TempDir,
}

/// The job of prices at a signer with these keys and sources. Polls so rarely that only a request out of turn sees a
/// move.
async fn prices(
    attestor: &Attestor,
    store: &SqlStore,
    oracle: Arc<ChainOracle>,
    market: &Market,
    asking: Asking,
) -> Arc<dyn jobs::Running> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("fluxion.toml");
    let rarely = "[job.update_prices]\ninterval_ms = 600000\n";
    std::fs::write(&file, format!("{}{rarely}", super::config::good(folder.path()))).unwrap();
    let mut config = jobs::load_config(&file).unwrap();
    config.feed = vec![market.feed()];
    config.attestation.timeout_ms = u64::try_from(PATIENCE.as_millis()).unwrap() * 3 / 2;
    config.attestation.callers = asking.callers.clone();
    config.attestation.requests_per_s = asking.per_second.try_into().unwrap();
    let bench = Bench {
        oracle,
        gate: watch::channel(Gates::default()).1,
        wake: Arc::default(),
        store: Arc::new(store.clone()),
        collector: Arc::new(collector(vec![], &[])),
        clock: Arc::new(SystemClock),
        status: Arc::default(),
    };
    let record = Record {
        verifier: VERIFIER,
        contracts: [("PriceFeed:EUR/USD".to_owned(), (FEED, &update_prices::FEED))].into(),
        block: 1,
    };
    let process = Process {
        config,
        sites: vec![Site { record, bench }],
        attestors: vec![attestor.clone()],
        client: http_client().unwrap(),
    };
    let job = update_prices::KIND.start(&process).unwrap();
    job.refresh().await;
    job.begin(&TaskTracker::new(), &CancellationToken::new());
    tokio::time::sleep(Duration::from_millis(50)).await;
    job
}

/// Who may ask a signer, and how often.
pub(crate) struct Asking {
    pub(crate) callers: Vec<Address>,
    pub(crate) per_second: u32,
}

/// Whoever is in the signer set.
const MEMBERS: Asking = Asking {
    callers: Vec::new(),
    per_second: 1_000,
};

pub(crate) async fn signer(n: u8, market: &Market) -> SignerNode {
    signer_asked(n, market, MEMBERS).await
}

async fn serve(router: axum::Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

pub(crate) async fn signer_asked(n: u8, market: &Market, asking: Asking) -> SignerNode {
    let folder = tempfile::tempdir().unwrap();
    let (attestor, store) = attestor(folder.path(), n).await;
    let chain = Scripted::new(set(1));
    let job = prices(&attestor, &store, chain.oracle().await, market, asking).await;
    let url = serve(doors(job.door().into_iter().collect())).await;
    let api = Api {
        parts: Parts {
            name: format!("signer-{n}"),
            mode: Mode::Signer,
            store: Arc::new(store),
            chains: vec![],
            jobs: vec![job],
            clock: Arc::new(SystemClock),
        },
        metrics: PrometheusBuilder::new().build_recorder().handle(),
    };
    SignerNode {
        url,
        api: serve(router(Arc::new(api))).await,
        chain,
        _folder: folder,
    }
}

pub(crate) fn collector(own: Vec<Attestor>, peers: &[&str]) -> Collector {
    let peers = peers.iter().map(ToString::to_string).collect();
    Collector::new(
        own,
        Some(caller(1)),
        peers,
        http_client().unwrap(),
        Duration::from_secs(5),
    )
}

/// Asks with this key.
pub(crate) fn caller(n: u8) -> Caller {
    Caller {
        key: Arc::new(key(n)),
        clock: Arc::new(SystemClock),
    }
}

/// Asks as the keeper does, by key 1.
pub(crate) async fn post(url: &str, body: impl Into<String>) -> (u16, Value) {
    let body = body.into();
    let call = caller(1).call(Report::PATH, body.as_bytes()).await.unwrap();
    post_with(url, body, &call.headers()).await
}

/// Asks with these headers.
pub(crate) async fn post_with(url: &str, body: impl Into<String>, headers: &[(&str, String)]) -> (u16, Value) {
    let client = http_client().unwrap();
    let mut post = client.post(format!("{url}{}", Report::PATH)).body(body.into());
    for (name, value) in headers {
        post = post.header(*name, value);
    }
    let answer = post.send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

pub(crate) fn request(price: &str, observed_at: u64) -> Value {
    json!({
        "chain_id": CHAIN.0, "feed_id": "EUR/USD", "price": price, "observed_at": observed_at, "set_id": 1,
        "trace_id": "feedbeef"
    })
}
