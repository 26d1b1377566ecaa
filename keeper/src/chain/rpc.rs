//! [`Chain`] over JSON-RPC endpoints.

use std::sync::Arc;

use alloy::primitives::{Address, B256, Bytes, U64, U256, keccak256};
use async_trait::async_trait;
use futures::future::join_all;
use serde_json::json;
use tokio::sync::{mpsc, watch};

use super::at::ask_at;
use super::call::CallError;
use super::endpoint::Endpoint;
use super::header::Binding;
use super::settings::{L1Fee, RpcSettings};
use super::wire::TxReceipt;
use super::{
    At, Chain, ChainError, LogRange, MarketFees, Mined, RangeLogs, SendOutcome, Simulation, classify, fees, logs,
};
use crate::boundary::{Boundary, Side};
use crate::model::{BlockRef, ChainId, Height};

/// Why a chain cannot be used at all.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// An endpoint belongs to another chain.
    #[error(
        "chain {name}: endpoint {endpoint} is chain {found}, expected {expected}; correct `endpoints` or `id` of [[chain]] {name}"
    )]
    WrongChain {
        /// Configured name.
        name: String,
        /// Host of the endpoint.
        endpoint: String,
        /// Configured id.
        expected: ChainId,
        /// The id that it answered.
        found: ChainId,
    },
    /// No endpoint answers.
    #[error("chain {name}: no endpoint answers: {causes}; start the node or correct `endpoints` of [[chain]] {name}")]
    Unreachable {
        /// Configured name.
        name: String,
        /// Each endpoint's host with what went wrong.
        causes: String,
    },
    /// A setting makes no sense.
    #[error("chain {name}: {what}; correct [[chain]] {name}")]
    Settings {
        /// Configured name.
        name: String,
        /// What is wrong.
        what: String,
    },
}

/// A chain behind one or more JSON-RPC endpoints.
pub struct RpcChain {
    pub(super) settings: RpcSettings,
    pub(super) endpoints: Vec<Arc<Endpoint>>,
    pub(super) heads: watch::Sender<Option<BlockRef>>,
    pub(super) binding: Binding,
}

impl RpcChain {
    /// A chain whose endpoints were not asked yet: each is checked for its chain id when a poll reaches it, before it
    /// is used.
    ///
    /// # Errors
    /// `Settings`
    pub fn offline(settings: RpcSettings) -> Result<Self, ConnectError> {
        let name = settings.name.clone();
        if settings.endpoints.is_empty() || settings.read_quorum > settings.endpoints.len() {
            return Err(ConnectError::Settings {
                name,
                what: format!(
                    "`read_quorum` is {}, but there are {} `endpoints`",
                    settings.read_quorum,
                    settings.endpoints.len()
                ),
            });
        }
        let mut endpoints = Vec::new();
        for (index, url) in settings.endpoints.iter().enumerate() {
            let first = settings.max_range.min(logs::FIRST_RANGE);
            let endpoint = Endpoint::new(url, settings.call_timeout, settings.concurrency, first);
            endpoints.push(Arc::new(endpoint.map_err(|what| ConnectError::Settings {
                name: name.clone(),
                what: format!("entry {index} of `endpoints` is {what}"),
            })?));
        }
        Ok(Self {
            settings,
            endpoints,
            heads: watch::Sender::new(None),
            binding: Binding::default(),
        })
    }

    /// Connects: checks the chain id of every endpoint that answers and reads the first head.
    ///
    /// # Errors
    /// `WrongChain` when any endpoint belongs to another chain, `Unreachable` when none answers.
    pub async fn connect(settings: RpcSettings) -> Result<Self, ConnectError> {
        let name = settings.name.clone();
        let chain = Self::offline(settings)?;
        let mut causes = Vec::new();
        let answers = join_all(chain.endpoints.iter().map(|e| async move { (e, e.chain_id().await) })).await;
        let mut answered = false;
        for (endpoint, answer) in answers {
            match answer {
                Ok(found) if found == chain.settings.id.0 => {
                    endpoint.health().chain_answered(chain.settings.id.0, found);
                    answered = true;
                }
                Ok(found) => {
                    return Err(ConnectError::WrongChain {
                        name,
                        endpoint: endpoint.label().to_owned(),
                        expected: chain.settings.id,
                        found: ChainId(found),
                    });
                }
                Err(cause) => {
                    tracing::warn!(chain = name, endpoint = endpoint.label(), %cause, "endpoint does not answer");
                    causes.push(format!("{}: {cause}", endpoint.label()));
                }
            }
        }
        if !answered {
            return Err(ConnectError::Unreachable {
                name,
                causes: causes.join("; "),
            });
        }
        chain.poll().await.map_err(|e| ConnectError::Unreachable {
            name,
            causes: e.to_string(),
        })?;
        Ok(chain)
    }

    async fn verified_receipt(endpoint: Arc<Endpoint>, transaction: B256) -> Result<Option<TxReceipt>, CallError> {
        let receipt: Option<TxReceipt> = endpoint.call("eth_getTransactionReceipt", (transaction,)).await?;
        let Some(receipt) = receipt else { return Ok(None) };
        let height = Height(receipt.block_number.to());
        let header = endpoint.header_at(height).await?;
        if receipt.transaction_hash != transaction || header.is_none_or(|h| h.hash != receipt.block_hash) {
            return Err(CallError::Contradiction(format!(
                "its receipt names block {height} {}, which is not on its chain",
                receipt.block_hash
            )));
        }
        Ok(Some(receipt))
    }
}

#[async_trait]
impl Chain for RpcChain {
    fn id(&self) -> ChainId {
        self.settings.id
    }

    fn name(&self) -> &str {
        &self.settings.name
    }

    fn heads(&self) -> watch::Receiver<Option<BlockRef>> {
        self.heads.subscribe()
    }

    async fn poll(&self) -> Result<BlockRef, ChainError> {
        let (mut heads, causes) = self.probe_all().await;
        heads.sort_by_key(|head| std::cmp::Reverse(head.height));
        // The height that a quorum has reached: one endpoint that boasts of a height does not make all others late.
        let nth = self.quorum().min(heads.len()).saturating_sub(1);
        let Some(best) = heads.get(nth).copied() else {
            return Err(self.unavailable("head", causes.join("; ")));
        };
        let published = *self.heads.borrow();
        let kept = published.filter(|p| p.height == best.height && heads.contains(p));
        let best = kept.unwrap_or(best);
        self.heads.send_if_modified(|head| {
            let changed = *head != Some(best);
            *head = Some(best);
            changed
        });
        #[allow(clippy::cast_precision_loss)]
        metrics::gauge!("keeper_chain_head", "chain" => self.settings.name.clone()).set(best.height.0 as f64);
        Ok(best)
    }

    async fn finalized(&self) -> Result<BlockRef, ChainError> {
        self.agreed_final(self.settings.finality).await
    }

    async fn block(&self, height: Height) -> Result<Option<BlockRef>, ChainError> {
        self.read(
            "block",
            |e| async move { Ok(e.header_at(height).await?.map(|h| h.block())) },
        )
        .await
    }

    async fn logs(&self, range: &LogRange) -> Result<RangeLogs, ChainError> {
        let (check, max) = (self.settings.receipts, self.settings.max_range);
        self.read("logs", |e| async move {
            let (read, unbound) = logs::read(&e, range, check, max).await?;
            self.vouch(&e, &unbound).await?;
            Ok(read)
        })
        .await
    }

    async fn call(&self, to: Address, data: Bytes, at: At) -> Result<Result<Bytes, Bytes>, ChainError> {
        let request = json!({ "to": to, "data": data });
        let request = &request;
        self.read("call", |e| async move {
            match ask_at(&e, "eth_call", request.clone(), at).await {
                Ok(output) => Ok(Ok(output)),
                Err(CallError::Node { code, message, data }) if classify::is_execution(code, &message) => Ok(Err(data)),
                Err(error) => Err(error),
            }
        })
        .await
    }

    async fn simulate(&self, from: Address, to: Address, data: &Bytes, value: U256) -> Result<Simulation, ChainError> {
        let request = &json!({ "from": from, "to": to, "data": data, "value": value });
        self.read("simulation", |e| async move {
            match e.call::<_, U64>("eth_estimateGas", (request.clone(), "latest")).await {
                Ok(gas) => Ok(Simulation::Succeeds { gas: gas.to() }),
                Err(CallError::Node { code, message, data }) if classify::is_execution(code, &message) => {
                    Ok(Simulation::Reverts { data, message })
                }
                Err(error) => Err(error),
            }
        })
        .await
    }

    async fn nonce(&self, account: Address, at: At) -> Result<u64, ChainError> {
        let ask = |e: Arc<Endpoint>| async move {
            let count: U64 = ask_at(&e, "eth_getTransactionCount", json!(account), at).await?;
            Ok(count.to())
        };
        match at {
            At::Latest => self.read("nonce", ask).await,
            At::Block(_) => self.agreed("nonce at a pinned block", ask).await,
        }
    }

    async fn balance(&self, account: Address) -> Result<U256, ChainError> {
        self.read("balance", |e| async move {
            e.call("eth_getBalance", (account, "latest")).await
        })
        .await
    }

    async fn code(&self, address: Address) -> Result<Bytes, ChainError> {
        self.read(
            "code",
            |e| async move { e.call("eth_getCode", (address, "latest")).await },
        )
        .await
    }

    async fn fees(&self) -> Result<MarketFees, ChainError> {
        self.read("fees", |e| async move { fees::market(&e).await }).await
    }

    async fn l1_fee(&self, data: &Bytes, gas: u64) -> Result<U256, ChainError> {
        match self.settings.l1_fee {
            L1Fee::None => Ok(U256::ZERO),
            L1Fee::OpStack => {
                self.read("L1 fee", |e| async move { fees::op_stack(&e, data, gas).await })
                    .await
            }
        }
    }

    async fn mined(&self, transaction: B256) -> Result<Option<Mined>, ChainError> {
        self.persist("receipt", || async move {
            // One that knows it is enough; that nobody does takes a quorum.
            let enough = |answers: &[(Arc<Endpoint>, Option<TxReceipt>)]| {
                answers.len() >= self.quorum() || answers.iter().any(|(_, receipt)| receipt.is_some())
            };
            let (answers, causes) = self.ask_all(|e| Self::verified_receipt(e, transaction), enough).await;
            if let Some(receipt) = answers.iter().find_map(|(_, receipt)| receipt.as_ref()) {
                let gas = receipt.gas_used.saturating_mul(receipt.effective_gas_price);
                return Ok(Some(Mined {
                    height: Height(receipt.block_number.to()),
                    block: receipt.block_hash,
                    success: !receipt.status.is_zero(),
                    cost: gas.saturating_add(receipt.besides_gas()),
                }));
            }
            if answers.len() >= self.quorum() {
                return Ok(None);
            }
            Err(format!(
                "{} of {} endpoints know no receipt, which does not decide it: {}",
                answers.len(),
                self.quorum(),
                causes.join("; ")
            ))
        })
        .await
    }

    async fn send(&self, raw: &[u8]) -> SendOutcome {
        let hash = keccak256(raw);
        let bytes = Bytes::copy_from_slice(raw);
        let takers: Vec<Arc<Endpoint>> = self
            .endpoints
            .iter()
            .filter(|e| e.health().takes_sends())
            .cloned()
            .collect();
        let (tell, mut outcomes) = mpsc::channel(takers.len().max(1));
        Boundary::Send.reach(Side::Before);
        for endpoint in takers {
            let (bytes, tell) = (bytes.clone(), tell.clone());
            // Each runs to its end, in bounded time, also when another endpoint was faster.
            tokio::spawn(async move {
                let outcome = match endpoint.call::<_, B256>("eth_sendRawTransaction", (bytes,)).await {
                    Ok(answered) if answered == hash => SendOutcome::Accepted,
                    Ok(answered) => SendOutcome::Unknown(format!("answered with another hash: {answered}")),
                    Err(CallError::Node { code, message, .. }) => classify::send_error(code, &message),
                    Err(error) => SendOutcome::Silent(error.to_string()),
                };
                tracing::debug!(endpoint = endpoint.label(), transaction = %hash, ?outcome, "sent");
                let _ = tell.send(outcome).await;
            });
        }
        drop(tell);
        let mut best: Option<SendOutcome> = None;
        while let Some(outcome) = outcomes.recv().await {
            if best
                .as_ref()
                .is_none_or(|best| classify::hope(&outcome) < classify::hope(best))
            {
                best = Some(outcome);
            }
            if best == Some(SendOutcome::Accepted) {
                break;
            }
        }
        Boundary::Send.reach(Side::After);
        best.unwrap_or_else(|| SendOutcome::Silent(self.none_usable()))
    }
}
