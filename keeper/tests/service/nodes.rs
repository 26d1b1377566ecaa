//! Endpoints that answer as real ones do: limits of size and of rate in whatever words, methods and forms that are
//! missing, nulls, redirects, refusals of one among many.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use alloy::primitives::{Address, B256, Bloom, Bytes, U256, keccak256};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::{Router, extract::State, routing::post};
use fluxion_keeper::chain::{At, Chain as _, ChainError, LogRange, RpcChain, RpcSettings, SendOutcome, Watched};
use fluxion_keeper::model::{ChainId, Height};
use serde_json::{Value, json};

/// Head of the endpoint.
const HEAD: u64 = 700;

/// How an endpoint refuses what is too much.
#[derive(Clone, Copy)]
enum Refusal {
    /// A JSON-RPC error under this HTTP status.
    Error(u16, i64, &'static str),
    /// A status with a plain text.
    Plain(u16),
}

#[derive(Clone)]
pub(crate) struct Endpoint {
    /// Most requests of a batch, and how more are refused.
    batch: Option<(usize, Refusal)>,
    /// Most blocks of a log query, and how more are refused.
    range: Option<(u64, Refusal)>,
    /// Requests that are answered 429, with what `Retry-After`, before it answers again.
    limited: Option<(u64, &'static str)>,
    /// Blocks may not be named by a hash in an object.
    no_hashes: bool,
    /// Tips of the last ten blocks.
    tips: [&'static str; 10],
    /// What the operator of a rollup takes per gas; before Isthmus there is no such question.
    operator: Option<u64>,
    /// Answer to every send.
    send: Value,
    redirects_to: Option<String>,
    posts: Arc<AtomicU64>,
}

impl Default for Endpoint {
    fn default() -> Self {
        Self {
            batch: None,
            range: None,
            limited: None,
            no_hashes: false,
            tips: ["0x3b9aca00"; 10],
            operator: None,
            send: Value::Null,
            redirects_to: None,
            posts: Arc::default(),
        }
    }
}

fn hash(n: u64) -> B256 {
    keccak256(n.to_be_bytes())
}

fn block(n: u64) -> Value {
    json!({"number": format!("{n:#x}"), "hash": hash(n), "parentHash": hash(n.wrapping_sub(1)), "timestamp": format!("{n:#x}"),
        "logsBloom": Bloom::ZERO, "receiptsRoot": alloy::consensus::constants::EMPTY_RECEIPTS, "transactions": []})
}

fn number(value: &Value) -> u64 {
    match value.as_str().unwrap() {
        "latest" | "finalized" => HEAD,
        hex => u64::from_str_radix(hex.trim_start_matches("0x"), 16).unwrap(),
    }
}

fn error(id: &Value, code: i64, message: &str) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": message}})
}

fn refused(refusal: Refusal, id: &Value) -> Response {
    match refusal {
        Refusal::Error(status, code, words) => (
            StatusCode::from_u16(status).unwrap(),
            error(id, code, words).to_string(),
        )
            .into_response(),
        Refusal::Plain(status) => (StatusCode::from_u16(status).unwrap(), "too much").into_response(),
    }
}

impl Endpoint {
    /// One of a rollup whose operator takes so much per gas.
    pub(crate) fn of_rollup(operator: Option<u64>) -> Self {
        Self {
            operator,
            ..Self::default()
        }
    }

    fn answer(&self, call: &Value) -> Value {
        let (id, params) = (&call["id"], &call["params"]);
        let result = match call["method"].as_str().unwrap() {
            "eth_chainId" => json!("0x1"),
            "eth_getBlockByNumber" if number(&params[0]) > HEAD => Value::Null,
            "eth_getBlockByNumber" => block(number(&params[0])),
            "eth_getBlockByHash" => (0..=HEAD)
                .find(|n| json!(hash(*n)) == params[0])
                .map_or(Value::Null, block),
            "eth_getLogs" => json!([]),
            "eth_getTransactionCount" if self.no_hashes && params[1].is_object() => {
                return error(
                    id,
                    -32602,
                    "invalid argument 1: json: cannot unmarshal object into Go value of type string",
                );
            }
            "eth_getTransactionCount" => json!("0x7"),
            "eth_feeHistory" => {
                let rewards: Vec<Value> = self.tips.iter().map(|tip| json!([tip])).collect();
                json!({"baseFeePerGas": ["0x1", null, "0x2"], "reward": rewards})
            }
            "eth_maxPriorityFeePerGas" => json!("0x3"),
            "eth_call" => {
                let data: Bytes = serde_json::from_value(params[0]["data"].clone()).unwrap();
                let fee = match data[..4] {
                    // getL1Fee(bytes): a thousand wei a byte.
                    [0x49, 0x94, 0x8e, 0x0e] => U256::from_be_slice(&data[36..68]) * U256::from(1_000),
                    _ => match self.operator {
                        Some(wei) => U256::from_be_slice(&data[4..36]) * U256::from(wei),
                        None => return error(id, 3, "execution reverted"),
                    },
                };
                json!(fee.to_be_bytes::<32>().to_vec().into_iter().collect::<Bytes>())
            }
            "eth_sendRawTransaction" => return self.send.clone(),
            other => panic!("{other}"),
        };
        json!({"jsonrpc": "2.0", "id": id, "result": result})
    }

    fn respond(&self, body: &[u8]) -> Response {
        let asked = self.posts.fetch_add(1, Ordering::SeqCst);
        if let Some(to) = &self.redirects_to {
            return (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, to.clone())]).into_response();
        }
        if let Some((first, after)) = self.limited
            && (first..first + 2).contains(&asked)
        {
            return (
                StatusCode::TOO_MANY_REQUESTS,
                [(header::RETRY_AFTER, after)],
                "slow down",
            )
                .into_response();
        }
        match serde_json::from_slice(body).unwrap() {
            Value::Array(calls) => match self.batch {
                Some((most, refusal)) if calls.len() > most => refused(refusal, &Value::Null),
                _ => axum::Json(calls.iter().map(|call| self.answer(call)).collect::<Vec<_>>()).into_response(),
            },
            call => match self.range {
                Some((most, refusal)) if call["method"] == "eth_getLogs" => {
                    let filter = &call["params"][0];
                    let width = number(&filter["toBlock"]) - number(&filter["fromBlock"]) + 1;
                    if width > most {
                        refused(refusal, &call["id"])
                    } else {
                        axum::Json(self.answer(&call)).into_response()
                    }
                }
                _ => axum::Json(self.answer(&call)).into_response(),
            },
        }
    }

    pub(crate) async fn serve(self) -> String {
        async fn handle(State(endpoint): State<Endpoint>, body: axum::body::Bytes) -> Response {
            endpoint.respond(&body)
        }
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let app = Router::new().route("/", post(handle)).with_state(self);
        tokio::spawn(async move { axum::serve(listener, app).await });
        url
    }
}

async fn chain(urls: Vec<String>) -> RpcChain {
    RpcChain::connect(RpcSettings::new(ChainId(1), "real", urls))
        .await
        .unwrap()
}

/// Reads logs to the head; gives how long it took.
async fn read_all(chain: &RpcChain) -> Duration {
    let begun = Instant::now();
    let watched = vec![Watched {
        address: Address::repeat_byte(1),
        topics: vec![hash(1)],
        numbered: None,
    }];
    let mut next = 1;
    while next <= HEAD {
        assert!(
            begun.elapsed() < Duration::from_secs(40),
            "CHAIN-7: block {next} after 40 s"
        );
        let range = LogRange {
            from: Height(next),
            to: Height(HEAD),
            watched: watched.clone(),
            by_receipts: false,
        };
        match chain.logs(&range).await {
            Ok(read) => next = read.blocks.last().map_or(next, |block| block.height.0 + 1),
            // Two waits in a row are longer than one read lasts; its caller comes again, as the indexer does.
            Err(ChainError::Unavailable { cause, .. }) if cause.contains("limits requests") => {}
            Err(error) => panic!("CHAIN-7: {error}"),
        }
    }
    begun.elapsed()
}

/// CHAIN-7: an endpoint with a limit of a batch, however it is said, is read to the end and is not sick.
#[tokio::test]
async fn batches_become_as_small_as_an_endpoint_takes_them() {
    for refusal in [
        Refusal::Error(200, -32600, "batch too large"),
        Refusal::Error(500, 31, "Batch of more than 3 requests are not allowed on free tier"),
        Refusal::Error(200, -32005, "Number of requests exceeds max batch size"),
        Refusal::Plain(413),
        Refusal::Plain(500),
    ] {
        for most in [3, 0] {
            let batch = Some((most, refusal));
            let chain = chain(vec![
                Endpoint {
                    batch,
                    ..Endpoint::default()
                }
                .serve()
                .await,
            ])
            .await;
            read_all(&chain).await;
        }
    }
}

/// CHAIN-7: a limit of a range, in whatever words.
#[tokio::test]
async fn ranges_become_as_small_as_an_endpoint_takes_them() {
    for refusal in [
        Refusal::Error(200, -32005, "limit exceeded"),
        Refusal::Error(200, -32602, "invalid params"),
        Refusal::Error(400, -32000, "words that nobody has seen yet"),
        Refusal::Plain(413),
        Refusal::Plain(500),
    ] {
        let range = Some((40, refusal));
        let chain = chain(vec![
            Endpoint {
                range,
                ..Endpoint::default()
            }
            .serve()
            .await,
        ])
        .await;
        read_all(&chain).await;
    }
}

/// CHAIN-7: a limit of the rate is waited for as long as it asks, and nothing is asked meanwhile.
#[tokio::test]
async fn a_limit_of_the_rate_is_waited_for() {
    let endpoint = Endpoint {
        limited: Some((6, "2")),
        ..Endpoint::default()
    };
    let posts = Arc::clone(&endpoint.posts);
    let chain = chain(vec![endpoint.serve().await]).await;
    let took = read_all(&chain).await;
    assert!(took >= Duration::from_secs(2), "CHAIN-7: {took:?}");
    assert!(
        posts.load(Ordering::SeqCst) < 60,
        "CHAIN-7: it is left alone, and sizes stay"
    );
}

/// CHAIN-8: a node that takes no hash in an object is asked by number, of the same block.
#[tokio::test]
async fn a_block_that_cannot_be_named_by_its_hash_is_named_by_its_number() {
    let endpoint = Endpoint {
        no_hashes: true,
        ..Endpoint::default()
    };
    let chain = chain(vec![endpoint.serve().await]).await;
    assert_eq!(
        chain.nonce(Address::ZERO, At::Block(hash(600))).await.unwrap(),
        7,
        "CHAIN-8"
    );
}

/// TX-17: one dear block of ten says nothing about the others, and nulls count as absent.
#[tokio::test]
async fn the_tip_is_a_median_over_all_blocks() {
    let mut tips = ["0x0"; 10];
    tips[0] = "0x5d21dba000";
    let dear = chain(vec![
        Endpoint {
            tips,
            ..Endpoint::default()
        }
        .serve()
        .await,
    ])
    .await;
    let market = dear.fees().await.unwrap();
    assert_eq!(
        (market.base_fee, market.priority_fee),
        (2, 3),
        "TX-17: the node's suggestion where the median is nothing"
    );
    let usual = chain(vec![Endpoint::default().serve().await]).await;
    assert_eq!(usual.fees().await.unwrap().priority_fee, 1_000_000_000, "TX-17");
}

/// CHAIN-9: a redirect is not followed: it would carry requests to whoever the answer names.
#[tokio::test]
async fn a_redirect_is_not_followed() {
    let other = Endpoint::default();
    let posts = Arc::clone(&other.posts);
    let redirecting = Endpoint {
        redirects_to: Some(other.serve().await),
        ..Endpoint::default()
    };
    let url = redirecting.serve().await;
    let settings = RpcSettings::new(ChainId(1), "real", vec![url]);
    let why = RpcChain::connect(settings).await.err().expect("CHAIN-9").to_string();
    assert!(why.contains("redirects"), "CHAIN-9: {why}");
    assert_eq!(posts.load(Ordering::SeqCst), 0, "CHAIN-9");
}

/// CHAIN-6: one endpoint's refusal while another is silent is no refusal by all; what a node says in `data` is read.
#[tokio::test]
async fn one_refusal_among_silent_ones_is_no_refusal_by_all() {
    let says = |error: Value| Endpoint {
        send: json!({"jsonrpc": "2.0", "id": 0, "error": error}),
        ..Endpoint::default()
    };
    let refuses = || says(json!({"code": -32000, "message": "invalid sender"}));
    let alone = chain(vec![refuses().serve().await]).await;
    assert!(
        matches!(alone.send(&[1]).await, SendOutcome::Refused(_)),
        "CHAIN-6: all refuse"
    );
    // Nobody listens there.
    let silent = "http://127.0.0.1:9".to_owned();
    let both = chain(vec![refuses().serve().await, silent]).await;
    let said = both.send(&[1]).await;
    assert!(matches!(said, SendOutcome::Silent(_)), "CHAIN-6: {said:?}");
    let told = says(json!({"code": -32603, "message": "Internal error", "data": "nonce too low"}));
    let told = chain(vec![told.serve().await]).await;
    assert_eq!(
        told.send(&Bytes::from_static(&[1])).await,
        SendOutcome::NonceTooLow,
        "CHAIN-6"
    );
    let polygon =
        says(json!({"code": -32000, "message": "transaction underpriced: gas tip cap 1, minimum needed 25000000000"}));
    let polygon = chain(vec![polygon.serve().await]).await;
    assert_eq!(
        polygon.send(&[1]).await,
        SendOutcome::FeeTooLow(Some(25_000_000_000)),
        "TX-17: the node's word"
    );
}
