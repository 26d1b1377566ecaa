//! A real chain with a contract that emits a feed's events on demand, and proxies in front of it.
#![allow(dead_code, reason = "each test file uses its part")]

pub mod index;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use alloy::{
    primitives::{Address, B256, Bytes, U256, address, hex},
    providers::Provider as _,
    sol_types::SolEvent as _,
};
use async_trait::async_trait;
use fluxion_abi::IPriceFeed;
use fluxion_devnet::{
    anvil::{Anvil, AnvilOptions, Mining},
    proxy::{Answer, Call, Next, Proxy, Rule},
};
use fluxion_keeper::{
    chain::{Finality, RpcSettings},
    model::ChainId,
};
use serde_json::{Value, json};

/// Where the emitting code lies.
pub const FEED: Address = address!("00000000000000000000000000000000000feed1");
/// An account of the development mnemonic, whose key the chain holds.
pub const SENDER: Address = address!("a0Ee7A142d267C1f36714E4a8F75612F20a79720");

/// Code that emits `DisputeResolved` and `AnswerUpdated` from the call data (price, observedAt, round), as a feed does
/// whose dispute ends.
fn code() -> Vec<u8> {
    let mut code = hex!("604035").to_vec(); // push round
    code.push(0x7f);
    code.extend_from_slice(IPriceFeed::DisputeResolved::SIGNATURE_HASH.as_slice());
    code.extend_from_slice(&hex!("5f5fa2")); // log2 without data
    code.extend_from_slice(&hex!("6020355f526040355f35")); // memory[0] = observedAt; push round, price
    code.push(0x7f);
    code.extend_from_slice(IPriceFeed::AnswerUpdated::SIGNATURE_HASH.as_slice());
    code.extend_from_slice(&hex!("60205fa300"));
    code
}

pub struct Emitter {
    _logs: tempfile::TempDir,
    pub anvil: Anvil,
}

impl Emitter {
    pub async fn start(chain_id: u64) -> Self {
        let logs = tempfile::tempdir().unwrap();
        let options = AnvilOptions {
            mining: Mining::Manual,
            ..AnvilOptions::new(chain_id)
        };
        let anvil = Anvil::start(&options, logs.path()).await.unwrap();
        let emitter = Self { _logs: logs, anvil };
        emitter.ask("anvil_setCode", json!([FEED, Bytes::from(code())])).await;
        emitter
    }

    pub async fn ask(&self, method: &'static str, parameters: Value) -> Value {
        self.anvil
            .provider()
            .raw_request(method.into(), parameters)
            .await
            .unwrap()
    }

    /// Puts a round into the next block; returns the transaction.
    pub async fn emit(&self, round: u64, price: u64) -> B256 {
        let words = [price, 1_700_000_000 + round, round].map(|n| U256::from(n).to_be_bytes::<32>());
        let data = Bytes::from(words.concat());
        let request = json!({"from": SENDER, "to": FEED, "data": data, "gas": "0x186a0"});
        let hash = self.ask("eth_sendTransaction", json!([request])).await;
        hash.as_str().unwrap().parse().unwrap()
    }

    /// One block with one round.
    pub async fn round(&self, round: u64, price: u64) -> B256 {
        let hash = self.emit(round, price).await;
        self.anvil.mine(1).await.unwrap();
        hash
    }

    pub async fn height(&self) -> u64 {
        self.anvil.provider().get_block_number().await.unwrap()
    }

    pub async fn proxy(&self) -> Proxy {
        Proxy::start(self.anvil.url()).await.unwrap()
    }

    /// Settings with short times.
    pub fn settings(&self, endpoints: Vec<String>) -> RpcSettings {
        RpcSettings {
            call_timeout: Duration::from_millis(3_000),
            read_deadline: Duration::from_millis(4_500),
            finality: Finality::Depth(8),
            ..RpcSettings::new(ChainId(self.anvil.chain_id()), "local-a", endpoints)
        }
    }
}

/// What a rewrite does to an answer.
type Change = Box<dyn Fn(&Call, &mut Value) + Send + Sync>;

/// Changes the answers to one method, while it is on.
pub struct Rewrite {
    method: &'static str,
    on: AtomicBool,
    change: Change,
}

impl Rewrite {
    /// `change` gets the call and the whole JSON-RPC answer.
    pub fn new(method: &'static str, change: impl Fn(&Call, &mut Value) + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self {
            method,
            on: AtomicBool::new(true),
            change: Box::new(change),
        })
    }

    pub fn stop(&self) {
        self.on.store(false, Ordering::SeqCst);
    }
}

/// A rule that can be switched off while the proxy holds it.
pub struct Shared(pub Arc<Rewrite>);

#[async_trait]
impl Rule for Shared {
    async fn apply(&self, call: Call, next: Next<'_>) -> Answer {
        let mut answer = next.run(call.clone()).await;
        if call.method == self.0.method
            && self.0.on.load(Ordering::SeqCst)
            && let Answer::Json(json) = &mut answer
        {
            (self.0.change)(&call, json);
        }
        answer
    }
}

/// Changes the answers to one method for good.
pub fn rewrite(proxy: &Proxy, method: &'static str, change: impl Fn(&Call, &mut Value) + Send + Sync + 'static) {
    proxy.add_rule(Arc::new(Shared(Rewrite::new(method, change))));
}
