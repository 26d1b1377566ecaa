//! A mempool with geth's rules in front of a node whose own ones are laxer, with the words and codes of geth,
//! Nethermind or Erigon.
//!
//! What the node behind (anvil) does otherwise: it takes a replacement at one wei more (geth: 10 % on both fees),
//! refuses and evicts what lies below the base fee (geth keeps it), and forgets what a reorg took out of a block (geth
//! takes it back). So accepted transactions are kept here until they are final, and handed to the node again whenever
//! it lost them.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use alloy::{
    consensus::{Transaction as _, TxEnvelope, transaction::SignerRecoverable as _},
    eips::eip2718::Decodable2718 as _,
    hex,
    primitives::{Address, B256, U256},
};
use async_trait::async_trait;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use super::{Answer, Call, Next, Node, Rule};

/// How often the node is looked after.
const EVERY: Duration = Duration::from_millis(150);

/// Whose words and codes a refusal has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Client {
    /// go-ethereum 1.16.
    Geth,
    /// Nethermind 1.31.
    Nethermind,
    /// Erigon 3.
    Erigon,
}

impl Client {
    /// Every client.
    pub const ALL: [Self; 3] = [Self::Geth, Self::Nethermind, Self::Erigon];
}

/// Why a transaction is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Refusal {
    Undecodable,
    Known,
    NonceTooLow { next: u64, given: u64 },
    Underpriced,
    NoTip,
    Funds { balance: U256, cost: U256 },
    IntrinsicGas { given: u64 },
}

impl Refusal {
    fn answer(&self, call: &Call, client: Client) -> Answer {
        let (code, text) = match client {
            Client::Geth => (-32_000, self.geth()),
            Client::Nethermind => (-32_010, self.nethermind()),
            Client::Erigon => (-32_000, self.erigon()),
        };
        call.error(code, &text)
    }

    fn geth(&self) -> String {
        match self {
            Self::Undecodable => "rlp: value size exceeds available input length".into(),
            Self::Known => "already known".into(),
            Self::NonceTooLow { next, given } => format!("nonce too low: next nonce {next}, tx nonce {given}"),
            Self::Underpriced => "replacement transaction underpriced".into(),
            Self::NoTip => "transaction gas price below minimum: gas tip cap 0, minimum needed 1".into(),
            Self::Funds { balance, cost } => format!(
                "insufficient funds for gas * price + value: balance {balance}, tx cost {cost}, overshot {}",
                cost.saturating_sub(*balance)
            ),
            Self::IntrinsicGas { given } => format!("intrinsic gas too low: gas {given}, minimum needed 21000"),
        }
    }

    fn nethermind(&self) -> String {
        match self {
            Self::Undecodable => "Invalid RLP: failed to decode transaction".into(),
            Self::Known => "AlreadyKnown".into(),
            Self::NonceTooLow { next, given } => {
                format!("OldNonce, Current nonce: {next}, nonce of rejected tx: {given}")
            }
            Self::Underpriced => "ReplacementNotAllowed".into(),
            Self::NoTip => "FeeTooLow, EffectivePriorityFeePerGas too low 0 < 1".into(),
            Self::Funds { balance, cost } => {
                format!("InsufficientFunds, Account balance: {balance}, cumulative cost: {cost}")
            }
            Self::IntrinsicGas { .. } => "Invalid, intrinsic gas too low".into(),
        }
    }

    fn erigon(&self) -> String {
        match self {
            Self::Undecodable => "rlp: unexpected EOF".into(),
            Self::Known => "ALREADY_EXISTS: already known".into(),
            Self::NonceTooLow { .. } => "INTERNAL_ERROR: nonce too low".into(),
            Self::Underpriced => "INTERNAL_ERROR: replacement transaction underpriced".into(),
            Self::NoTip => "INTERNAL_ERROR: underpriced".into(),
            Self::Funds { .. } => "INTERNAL_ERROR: insufficient funds".into(),
            Self::IntrinsicGas { .. } => "INTERNAL_ERROR: intrinsic gas too low".into(),
        }
    }
}

/// An accepted transaction.
#[derive(Debug, Clone)]
struct Held {
    raw: Value,
    hash: B256,
    max_fee: u128,
    tip: u128,
}

type Pool = Mutex<BTreeMap<(Address, u64), Held>>;

/// The rule; add it to a proxy.
pub struct Mempool {
    client: Client,
    pool: Arc<Pool>,
    keeper: JoinHandle<()>,
}

impl Drop for Mempool {
    fn drop(&mut self) {
        self.keeper.abort();
    }
}

fn lock(pool: &Pool) -> MutexGuard<'_, BTreeMap<(Address, u64), Held>> {
    pool.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

impl Mempool {
    /// A mempool in front of the node at `url`, which also looks after the node while nobody asks.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn start(url: &str, client: Client) -> eyre::Result<Arc<Self>> {
        let node = Node {
            url: url.to_owned(),
            client: reqwest::Client::builder().no_proxy().build()?,
        };
        let pool = Arc::<Pool>::default();
        let keeper = tokio::spawn(look_after(node, Arc::clone(&pool)));
        Ok(Arc::new(Self { client, pool, keeper }))
    }

    /// Hashes of the transactions that are not final yet.
    pub fn held(&self) -> Vec<B256> {
        lock(&self.pool).values().map(|held| held.hash).collect()
    }

    /// Loses everything that waits, as a node that restarts.
    pub fn forget(&self) {
        lock(&self.pool).clear();
    }

    async fn admit(&self, call: &Call, next: &Next<'_>) -> Result<B256, Refusal> {
        let raw = call.parameters()[0].clone();
        let bytes = raw.as_str().and_then(|text| hex::decode(text).ok()).unwrap_or_default();
        let transaction = TxEnvelope::decode_2718(&mut bytes.as_slice()).map_err(|_| Refusal::Undecodable)?;
        let sender = transaction.recover_signer().map_err(|_| Refusal::Undecodable)?;
        let (hash, nonce) = (*transaction.tx_hash(), transaction.nonce());
        let (max_fee, tip) = (
            transaction.max_fee_per_gas(),
            transaction.max_priority_fee_per_gas().unwrap_or_default(),
        );
        let number = async |method: &str| {
            let value = next.ask(method, json!([sender, "latest"])).await;
            value
                .as_str()
                .and_then(|text| text.parse::<U256>().ok())
                .unwrap_or_default()
        };
        let used = u64::try_from(number("eth_getTransactionCount").await).unwrap_or(u64::MAX);
        let balance = number("eth_getBalance").await;
        let known = lock(&self.pool).get(&(sender, nonce)).cloned();
        if nonce >= used && known.as_ref().is_some_and(|known| known.hash == hash) {
            return Err(Refusal::Known);
        }
        if nonce < used {
            return Err(Refusal::NonceTooLow {
                next: used,
                given: nonce,
            });
        }
        if transaction.gas_limit() < 21_000 {
            return Err(Refusal::IntrinsicGas {
                given: transaction.gas_limit(),
            });
        }
        if tip == 0 {
            return Err(Refusal::NoTip);
        }
        let cost = U256::from(max_fee)
            .saturating_mul(U256::from(transaction.gas_limit()))
            .saturating_add(transaction.value());
        if balance < cost {
            return Err(Refusal::Funds { balance, cost });
        }
        // Both fees by a tenth, rounded up, or the old one stays.
        let tenth_more = |old: u128| old.saturating_mul(110).div_ceil(100);
        if let Some(known) = known
            && (max_fee < tenth_more(known.max_fee) || tip < tenth_more(known.tip))
        {
            return Err(Refusal::Underpriced);
        }
        let held = Held {
            raw,
            hash,
            max_fee,
            tip,
        };
        lock(&self.pool).insert((sender, nonce), held);
        Ok(hash)
    }
}

#[async_trait]
impl Rule for Arc<Mempool> {
    async fn apply(&self, call: Call, next: Next<'_>) -> Answer {
        if call.method != "eth_sendRawTransaction" {
            return next.run(call).await;
        }
        match self.admit(&call, &next).await {
            Ok(hash) => {
                // Whether the node takes it now does not matter: it is handed over until it is final.
                next.ask("eth_sendRawTransaction", call.parameters().clone()).await;
                call.result(json!(hash))
            }
            Err(refusal) => refusal.answer(&call, self.client),
        }
    }
}

/// Hands the node what it lost, and lets go of what is final.
async fn look_after(node: Node, pool: Arc<Pool>) {
    let ask = async |method: &str, parameters: Value| -> Value {
        let next = Next {
            rules: &[],
            node: &node,
        };
        next.ask(method, parameters).await
    };
    let height = |value: &Value| {
        value
            .as_str()
            .and_then(|text| u64::from_str_radix(text.trim_start_matches("0x"), 16).ok())
    };
    loop {
        tokio::time::sleep(EVERY).await;
        let held: Vec<_> = lock(&pool).iter().map(|(key, held)| (*key, held.clone())).collect();
        if held.is_empty() {
            continue;
        }
        let finalized = ask("eth_getBlockByNumber", json!(["finalized", false])).await;
        let finalized = height(&finalized["number"]).unwrap_or_default();
        for (key, held) in held {
            let receipt = ask("eth_getTransactionReceipt", json!([held.hash])).await;
            match height(&receipt["blockNumber"]) {
                Some(mined) if mined <= finalized => {
                    lock(&pool).retain(|at, other| *at != key || other.hash != held.hash);
                }
                Some(_) => {}
                None => {
                    ask("eth_sendRawTransaction", json!([held.raw])).await;
                }
            }
        }
    }
}
