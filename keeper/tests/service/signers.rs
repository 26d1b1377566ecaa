//! Signers over HTTP: quorums, refusals, forgeries, and that none ever signs two reports for one epoch.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use alloy::primitives::{Address, B256, Signature, U256};
use alloy::signers::SignerSync as _;
use alloy::signers::local::PrivateKeySigner;
use fluxion_keeper::api::{Api, Parts, router};
use fluxion_keeper::attest::{AttestError, AttestationReply, AttestationService, Attestor, Collector, Report};
use fluxion_keeper::clock::{Clock, SystemClock};
use fluxion_keeper::config::{Mode, SourceConfig, TimeUnit};
use fluxion_keeper::jobs::JobStatus;
use fluxion_keeper::oracle::SignerSet;
use fluxion_keeper::sources::{Boards, Fetcher, Price};
use fluxion_keeper::store::sqlite::SqliteStore;
use fluxion_keeper::types::TraceId;
use fluxion_keeper::wiring::http_client;
use metrics_exporter_prometheus::PrometheusBuilder;
use proptest::prelude::*;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::scripted::{CHAIN, FEED, Scripted};

fn key(n: u8) -> PrivateKeySigner {
    PrivateKeySigner::from_bytes(&B256::repeat_byte(n)).unwrap()
}

/// Keys 1, 2, 3; two make a quorum, three a strict one.
fn set(id: u32) -> SignerSet {
    let mut signers: Vec<Address> = (1..=3).map(|n| key(n).address()).collect();
    signers.sort_unstable();
    SignerSet {
        id,
        signers,
        threshold: 2,
        strict_threshold: 3,
    }
}

fn report(price: u128, observed_at: u64) -> Report {
    Report {
        chain: CHAIN,
        contract: FEED,
        feed: "EUR/USD".into(),
        price: Price::new(price).unwrap(),
        observed_at,
        set_id: 1,
    }
}

fn now() -> u64 {
    SystemClock.now_s()
}

async fn attestor(folder: &Path, n: u8) -> (Attestor, SqliteStore) {
    let store = SqliteStore::open(folder, "test").await.unwrap();
    (Attestor::new(Arc::new(key(n)), Arc::new(store.clone())), store)
}

/// Two sources on a server of their own.
struct Market(MockServer);

impl Market {
    async fn at(price: &str) -> Self {
        let market = Self(MockServer::start().await);
        market.moves(price).await;
        market
    }

    async fn moves(&self, price: &str) {
        self.0.reset().await;
        let answer = ResponseTemplate::new(200).set_body_raw(format!(r#"{{"price": "{price}"}}"#), "application/json");
        Mock::given(wiremock::matchers::any())
            .respond_with(answer)
            .mount(&self.0)
            .await;
    }

    fn boards(&self) -> Boards {
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
struct SignerNode {
    url: String,
    chain: Arc<Scripted>,
    _folder: tempfile::TempDir,
}

async fn signer(n: u8, market: &Market) -> SignerNode {
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
    let patience = Duration::from_millis(400);
    let service = AttestationService::new(vec![attestor], chains, boards.clone(), Arc::clone(&clock), 60, patience);
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

fn collector(own: Vec<Attestor>, peers: &[&str]) -> Collector {
    let peers = peers.iter().map(ToString::to_string).collect();
    Collector::new(own, peers, http_client().unwrap(), Duration::from_millis(1_000))
}

async fn post(url: &str, body: impl Into<reqwest::Body>) -> (u16, Value) {
    let client = http_client().unwrap();
    let answer = client
        .post(format!("{url}/v1/attestations"))
        .body(body)
        .send()
        .await
        .unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

fn request(price: &str, observed_at: u64) -> Value {
    json!({
        "chain_id": CHAIN.0, "feed_id": "EUR/USD", "price": price, "observed_at": observed_at, "set_id": 1,
        "trace_id": "feedbeef"
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quorum_is_collected_verified_and_encoded_ascending() {
    let market = Market::at("1.0834").await;
    let (two, three) = (signer(2, &market).await, signer(3, &market).await);
    let folder = tempfile::tempdir().unwrap();
    let (own, _store) = attestor(folder.path(), 1).await;
    let collector = collector(vec![own], &[&two.url, &three.url]);

    for (want_strict, count) in [(false, 2), (true, 3)] {
        let report = report(108_340_000, now() - u64::from(want_strict));
        let quorum = collector
            .collect(&report, &set(1), want_strict, &TraceId::random())
            .await
            .unwrap();
        assert_eq!(quorum.strict, want_strict);
        assert_eq!(
            usize::from(quorum.signatures[0]),
            count,
            "no more signatures than needed"
        );
        assert_eq!(quorum.signatures.len(), 1 + 64 * count);
        let recovered: Vec<Address> = quorum.signatures[1..]
            .chunks(64)
            .map(|bytes| {
                Signature::from_erc2098(bytes)
                    .recover_address_from_prehash(&report.digest())
                    .unwrap()
            })
            .collect();
        assert_eq!(recovered, quorum.signers);
        assert!(recovered.is_sorted(), "ascending");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_strict_quorum_that_is_not_to_be_had_leaves_the_ordinary_one() {
    let market = Market::at("1.0834").await;
    let two = signer(2, &market).await;
    let folder = tempfile::tempdir().unwrap();
    let (own, _store) = attestor(folder.path(), 1).await;
    let collector = collector(vec![own], &[&two.url, "http://127.0.0.1:1"]);
    let quorum = collector
        .collect(&report(108_340_000, now()), &set(1), true, &TraceId::random())
        .await
        .unwrap();
    assert!(!quorum.strict);
    assert_eq!(quorum.signers.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_refusal_has_its_status_and_code() {
    let market = Market::at("1.0834").await;
    let node = signer(2, &market).await;
    let with = |change: &dyn Fn(&mut Value)| {
        let mut request = request("108340000", now());
        change(&mut request);
        request.to_string()
    };
    let cases: Vec<(String, u16, &str)> = vec![
        (with(&|r| r["chain_id"] = json!(1)), 404, "unknown_chain"),
        (with(&|r| r["feed_id"] = json!("DOGE/USD")), 404, "unknown_feed"),
        (with(&|r| r["set_id"] = json!(2)), 409, "signer_set_not_current"),
        (
            with(&|r| r["observed_at"] = json!(now() + 60)),
            422,
            "observation_from_future",
        ),
        (
            with(&|r| r["observed_at"] = json!(now() - 61)),
            422,
            "observation_too_old",
        ),
        // The tolerance is 50 basis points: 108881700 is just within, one more just outside.
        (
            with(&|r| r["price"] = json!("108881701")),
            422,
            "price_out_of_tolerance",
        ),
        (with(&|r| r["price"] = json!("-5")), 400, "request_malformed"),
        (with(&|r| r["price"] = json!(108_340_000)), 400, "request_malformed"),
        (with(&|r| r["extra"] = json!(1)), 400, "request_malformed"),
        ("not json".into(), 400, "request_malformed"),
        (format!("{{\"pad\": \"{}\"}}", "x".repeat(5_000)), 413, "body_refused"),
    ];
    for (body, status, code) in cases {
        let (got, answer) = post(&node.url, body.clone()).await;
        assert_eq!(got, status, "{body}: {answer}");
        assert_eq!(answer["error"]["code"], code, "{body}");
        assert!(!answer["error"]["message"].as_str().unwrap().is_empty());
        assert!(answer["error"]["trace_id"].is_string());
    }
    let (status, answer) = post(&node.url, with(&|r| r["price"] = json!("108881700"))).await;
    assert_eq!(status, 200, "at the tolerance: {answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_paths_and_methods_answer_in_the_same_form() {
    let market = Market::at("1.0834").await;
    let node = signer(2, &market).await;
    let client = http_client().unwrap();
    for (path, status, code) in [
        ("/nothing", 404, "not_found"),
        ("/v1/attestations", 405, "method_not_allowed"),
        ("/v1/intents/77", 404, "intent_unknown"),
        ("/v1/intents/abc", 400, "request_malformed"),
        ("/v1/intents?limit=many", 400, "request_malformed"),
        ("/v1/rounds?chain=x&feed=y", 404, "feed_unknown"),
    ] {
        let answer = client.get(format!("{}{path}", node.url)).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), status, "{path}");
        assert_eq!(answer.json::<Value>().await.unwrap()["error"]["code"], code, "{path}");
    }
    for path in ["/health", "/ready", "/v1/status", "/metrics"] {
        assert!(
            client
                .get(format!("{}{path}", node.url))
                .send()
                .await
                .unwrap()
                .status()
                .is_success(),
            "{path}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signer_follows_a_move_that_it_has_not_polled_yet() {
    let market = Market::at("1.0834").await;
    let node = signer(2, &market).await;
    market.moves("1.20").await;
    let begun = Instant::now();
    let (status, answer) = post(&node.url, request("120000000", now()).to_string()).await;
    assert_eq!(status, 200, "{answer}");
    assert!(
        begun.elapsed() < Duration::from_millis(400),
        "its sources answer at once"
    );
    let (status, _) = post(&node.url, request("108340000", now() - 1).to_string()).await;
    assert_eq!(status, 422, "the old price is refused now");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_takes_effect_at_once() {
    let market = Market::at("1.0834").await;
    let node = signer(2, &market).await;
    node.chain.rotate(set(2));
    let mut request = request("108340000", now());
    request["set_id"] = json!(2);
    assert_eq!(post(&node.url, request.to_string()).await.0, 200);
    request["set_id"] = json!(1);
    request["observed_at"] = json!(now() - 1);
    assert_eq!(
        post(&node.url, request.to_string()).await.1["error"]["code"],
        "signer_set_not_current"
    );
    let mut without = set(3);
    without.signers.retain(|signer| *signer != key(2).address());
    node.chain.rotate(without);
    request["set_id"] = json!(3);
    assert_eq!(
        post(&node.url, request.to_string()).await.1["error"]["code"],
        "not_a_signer"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn forged_and_broken_answers_of_a_peer_never_count() {
    let report = report(108_340_000, now());
    let digest = report.digest();
    let reply = |signer: Address, signature: Vec<u8>| {
        let reply = AttestationReply {
            signer,
            signature: signature.into(),
        };
        ResponseTemplate::new(200).set_body_json(reply)
    };
    let good = key(2).sign_hash_sync(&digest).unwrap();
    let outsider = key(9).sign_hash_sync(&digest).unwrap().as_erc2098().to_vec();
    let other = key(2).sign_hash_sync(&B256::ZERO).unwrap().as_erc2098().to_vec();
    let twin = {
        // n - s with the other parity recovers to the same signer; the contract refuses it.
        let order =
            U256::from_str_radix("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141", 16).unwrap();
        let mut bytes = good.r().to_be_bytes::<32>().to_vec();
        bytes.extend_from_slice(&(order - good.s()).to_be_bytes::<32>());
        bytes
    };
    let (member, stranger) = (key(2).address(), key(9).address());
    let cases = [
        ("a stranger as itself", reply(stranger, outsider.clone())),
        ("a stranger as a member", reply(member, outsider)),
        ("a member on another report", reply(member, other)),
        (
            "a member as another",
            reply(key(3).address(), good.as_erc2098().to_vec()),
        ),
        ("the malleable twin", reply(member, twin)),
        ("a short signature", reply(member, vec![1; 63])),
        ("nothing", ResponseTemplate::new(200)),
        ("a page", ResponseTemplate::new(502).set_body_string("<html>")),
        (
            "too much",
            ResponseTemplate::new(200).set_body_string("x".repeat(100_000)),
        ),
        (
            "no answer",
            reply(member, good.as_erc2098().to_vec()).set_delay(Duration::from_secs(20)),
        ),
    ];
    for (what, answer) in cases {
        let peer = MockServer::start().await;
        Mock::given(path("/v1/attestations"))
            .respond_with(answer)
            .mount(&peer)
            .await;
        let folder = tempfile::tempdir().unwrap();
        let (own, _store) = attestor(folder.path(), 1).await;
        let begun = Instant::now();
        let collector = collector(vec![own], &[&peer.uri()]);
        let short = collector
            .collect(&report, &set(1), false, &TraceId::random())
            .await
            .unwrap_err();
        assert_eq!(short.signers, [key(1).address()], "{what}");
        assert!(!short.refusals.is_empty(), "{what}: says why");
        assert!(begun.elapsed() < Duration::from_secs(3), "{what} held us up");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_answers_of_one_signer_are_one_signature() {
    let market = Market::at("1.0834").await;
    let two = signer(2, &market).await;
    let collector = collector(vec![], &[&two.url, &two.url]);
    let short = collector
        .collect(&report(108_340_000, now()), &set(1), false, &TraceId::random())
        .await
        .unwrap_err();
    assert_eq!(short.signers, [key(2).address()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_report_is_signed_again_and_another_never() {
    let market = Market::at("1.0834").await;
    let node = signer(2, &market).await;
    let epoch = now();
    let (_, first) = post(&node.url, request("108340000", epoch).to_string()).await;
    let (_, again) = post(&node.url, request("108340000", epoch).to_string()).await;
    assert_eq!(first["signature"], again["signature"]);
    let (status, other) = post(&node.url, request("108340001", epoch).to_string()).await;
    assert_eq!((status, &other["error"]["code"]), (409, &json!("epoch_already_signed")));
}

/// What the property below does to a signer.
#[derive(Clone, Debug)]
enum Step {
    Ask { epoch: u64, price: u128 },
    Restart,
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Whatever is asked, in whatever order, and however often the process restarts: one digest per epoch.
    #[test]
    fn a_signer_never_equivocates(
        steps in prop::collection::vec(
            prop_oneof![
                8 => (0u64..4, 1u128..4).prop_map(|(epoch, price)| Step::Ask { epoch, price }),
                1 => Just(Step::Restart),
            ],
            1..24,
        )
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let folder = tempfile::tempdir().unwrap();
            let (mut signer, mut store) = attestor(folder.path(), 1).await;
            let mut signed = std::collections::BTreeMap::new();
            for step in steps {
                match step {
                    Step::Restart => {
                        store.close().await;
                        drop((signer, store));
                        (signer, store) = attestor(folder.path(), 1).await;
                    }
                    Step::Ask { epoch, price } => {
                        let first = *signed.entry(epoch).or_insert(price);
                        match signer.attest(&report(price, epoch)).await {
                            Ok(signature) => {
                                assert_eq!(price, first, "two reports signed for epoch {epoch}");
                                let digest = report(price, epoch).digest();
                                assert_eq!(signature.recover_address_from_prehash(&digest).unwrap(), signer.address());
                            }
                            Err(AttestError::Equivocation { .. }) => {
                                assert_ne!(price, first, "the same report is signed again");
                            }
                            Err(error) => panic!("{error}"),
                        }
                    }
                }
            }
            // What restarts kept is what was signed: another chain or feed is another epoch.
            let mut elsewhere = report(9, 0);
            elsewhere.contract = Address::repeat_byte(0xcc);
            assert!(signer.attest(&elsewhere).await.is_ok());
            store.close().await;
        });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_requests_for_one_epoch_give_one_report() {
    let folder = tempfile::tempdir().unwrap();
    let (signer, _store) = attestor(folder.path(), 1).await;
    let asked = (1..=16u128).map(|price| {
        let signer = signer.clone();
        tokio::spawn(async move { signer.attest(&report(price, 5)).await.is_ok() })
    });
    let signed = futures::future::join_all(asked)
        .await
        .into_iter()
        .filter(|done| *done.as_ref().unwrap())
        .count();
    assert_eq!(signed, 1);
}
