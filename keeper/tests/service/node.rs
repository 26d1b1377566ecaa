//! A JSON-RPC endpoint with one block, the oracle contracts' code and views, and whatever lie a test wants it to tell.

use alloy::primitives::{Address, B256, Bloom, Bytes, address, hex, keccak256};
use alloy::sol_types::SolCall;
use fluxion_abi::{IPriceFeed, IQuorumVerifier};
use fluxion_keeper::clock::{Clock, SystemClock};
use fluxion_keeper::jobs::update_prices::feed_id;
use serde_json::{Value, json};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

pub(crate) const VERIFIER: Address = address!("00000000000000000000000000000000000000aa");
pub(crate) const FEED: Address = address!("00000000000000000000000000000000000000bb");
const CODE: [u8; 1] = [0xfe];

/// What the endpoint says; the default is the truth that the tests' configuration expects.
#[derive(Clone)]
pub(crate) struct Node {
    pub(crate) chain_id: u64,
    pub(crate) code: Bytes,
    pub(crate) feed: &'static str,
    pub(crate) decimals: u8,
    pub(crate) verifier: Address,
    pub(crate) signers: Vec<Address>,
    pub(crate) threshold: u8,
    pub(crate) balance: &'static str,
    /// Added to the machine's time.
    pub(crate) clock_ahead_s: u64,
}

impl Node {
    /// A set of which the process holds one key of two needed.
    pub(crate) fn truthful(own: Address) -> Self {
        Self {
            chain_id: 31_337,
            code: CODE.into(),
            feed: "EUR/USD",
            decimals: 8,
            verifier: VERIFIER,
            signers: vec![own, Address::repeat_byte(0x22), Address::repeat_byte(0x33)],
            threshold: 2,
            balance: "0xde0b6b3a7640000",
            clock_ahead_s: 0,
        }
    }

    /// Hash of the code, for the deployment record.
    pub(crate) fn code_hash() -> B256 {
        keccak256(CODE)
    }

    pub(crate) async fn serve(self) -> MockServer {
        let server = MockServer::start().await;
        Mock::given(wiremock::matchers::any())
            .respond_with(self)
            .mount(&server)
            .await;
        server
    }

    /// Serves at an address that is free now.
    pub(crate) async fn serve_at(self, address: std::net::SocketAddr) -> MockServer {
        let listener = std::net::TcpListener::bind(address).unwrap();
        let server = MockServer::builder().listener(listener).start().await;
        Mock::given(wiremock::matchers::any())
            .respond_with(self)
            .mount(&server)
            .await;
        server
    }

    fn answer(&self, call: &Value) -> Value {
        let result = match call["method"].as_str().unwrap() {
            "eth_chainId" => json!(format!("{:#x}", self.chain_id)),
            "eth_getBlockByNumber" => json!({
                "number": "0x5", "hash": B256::repeat_byte(5), "parentHash": B256::repeat_byte(4),
                "timestamp": format!("{:#x}", SystemClock.now_s() + self.clock_ahead_s), "logsBloom": Bloom::ZERO,
                "receiptsRoot": alloy::consensus::constants::EMPTY_RECEIPTS,
            }),
            "eth_getCode" => json!(self.code),
            "eth_getBalance" => json!(self.balance),
            "eth_call" => json!(self.view(&call["params"][0])),
            other => return json!({"jsonrpc": "2.0", "id": call["id"], "error": {"code": -32601, "message": other}}),
        };
        json!({"jsonrpc": "2.0", "id": call["id"], "result": result})
    }

    fn view(&self, call: &Value) -> Bytes {
        let data = call["input"].as_str().or(call["data"].as_str()).unwrap();
        let selector: [u8; 4] = hex::decode(data).unwrap()[..4].try_into().unwrap();
        match selector {
            IPriceFeed::feedIdCall::SELECTOR => IPriceFeed::feedIdCall::abi_encode_returns(&feed_id(self.feed)).into(),
            IPriceFeed::decimalsCall::SELECTOR => IPriceFeed::decimalsCall::abi_encode_returns(&self.decimals).into(),
            IPriceFeed::verifierCall::SELECTOR => IPriceFeed::verifierCall::abi_encode_returns(&self.verifier).into(),
            IQuorumVerifier::currentSetCall::SELECTOR => {
                let set = IQuorumVerifier::currentSetReturn {
                    setId: 1,
                    signers: self.signers.clone(),
                    threshold: self.threshold,
                    strictThreshold: u8::try_from(self.signers.len()).unwrap(),
                };
                IQuorumVerifier::currentSetCall::abi_encode_returns(&set).into()
            }
            _ => Bytes::new(),
        }
    }
}

impl Respond for Node {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        ResponseTemplate::new(200).set_body_json(match &body {
            Value::Array(calls) => calls.iter().map(|call| self.answer(call)).collect(),
            call => self.answer(call),
        })
    }
}
