//! A JSON-RPC proxy in front of a node, which understands methods and misbehaves on request.
//!
//! Every call of a request, also of a batch, passes through the [`Rule`]s in the order in which they were added, the
//! last of them forwarding to the node. A rule sees the call before it is forwarded and the answer after it, may change
//! either, hold it, or answer by itself. The ready-made ones are in [`Fault`] and [`Hold`].

mod hold;
mod mempool;
mod server;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
};

use async_trait::async_trait;
use serde_json::{Value, json};

pub use self::{
    hold::{Hold, Point},
    mempool::{Client, Mempool},
    server::Proxy,
};

/// One JSON-RPC call.
#[derive(Debug, Clone)]
pub struct Call {
    /// Method name.
    pub method: String,
    /// The whole request object.
    pub body: Value,
}

impl Call {
    /// The call's parameters.
    pub fn parameters(&self) -> &Value {
        &self.body["params"]
    }

    /// A JSON-RPC error as the answer.
    pub fn error(&self, code: i64, message: &str) -> Answer {
        let error = json!({"code": code, "message": message});
        Answer::Json(json!({"jsonrpc": "2.0", "id": self.body["id"], "error": error}))
    }

    /// A result as the answer.
    pub fn result(&self, result: Value) -> Answer {
        Answer::Json(json!({"jsonrpc": "2.0", "id": self.body["id"], "result": result}))
    }
}

/// What a caller gets.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// A JSON-RPC response object.
    Json(Value),
    /// This HTTP status for the whole request.
    Status(u16),
    /// The connection breaks before the answer is complete.
    Dropped,
}

/// A step between caller and node.
#[async_trait]
pub trait Rule: Send + Sync {
    /// Answers a call, usually through `next`.
    async fn apply(&self, call: Call, next: Next<'_>) -> Answer;
}

/// The rules behind the present one, then the node.
pub struct Next<'a> {
    rules: &'a [Arc<dyn Rule>],
    node: &'a Node,
}

impl Next<'_> {
    /// Passes the call on.
    pub async fn run(self, call: Call) -> Answer {
        match self.rules.split_first() {
            Some((rule, rules)) => rule.apply(call, Next { rules, node: self.node }).await,
            None => self.node.forward(&call).await,
        }
    }

    /// Asks the node itself, past every rule, and returns its result or null.
    pub async fn ask(&self, method: &str, parameters: Value) -> Value {
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters});
        match self
            .node
            .forward(&Call {
                method: method.to_owned(),
                body,
            })
            .await
        {
            Answer::Json(mut answer) => answer["result"].take(),
            _ => Value::Null,
        }
    }
}

/// The node behind the proxy.
#[derive(Debug)]
struct Node {
    url: String,
    client: reqwest::Client,
}

impl Node {
    async fn forward(&self, call: &Call) -> Answer {
        let answer = async { self.client.post(&self.url).json(&call.body).send().await?.json().await };
        // A node that cannot be reached looks to the caller like a gateway's error.
        answer.await.map_or(Answer::Status(502), Answer::Json)
    }
}

/// A misbehaviour of the whole endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Every request is answered with this HTTP status, e.g. 429 or 500, and not forwarded.
    Status(u16),
    /// Requests are taken, and never answered.
    Hang,
    /// Calls are forwarded and their answers lost.
    DropAnswers,
    /// Calls are forwarded and their answers replaced by this HTTP status, as by a gateway that gave up waiting.
    AnswerStatus(u16),
    /// Log queries find nothing, under correct block hashes.
    OmitLogs,
    /// Log queries find the first half of the logs, under correct block hashes.
    TruncateLogs,
    /// The head seems to be this many blocks behind the node's, as that of a node that lags.
    Lag(u64),
    /// `eth_chainId` and `net_version` answer with this id.
    ChainId(u64),
    /// The method does not exist.
    Missing,
    /// States but the head's are gone, as on a node that is no archive.
    Pruned,
    /// The head seems to stay at this block, as that of a node that lags: later blocks do not exist, `latest` is this
    /// one.
    StaleHead(u64),
}

/// Faults in force, switched while the proxy runs; a fault for a method alone stands under its name.
#[derive(Debug, Default)]
struct Faults(Mutex<BTreeMap<Option<String>, Fault>>);

impl Faults {
    fn map(&self) -> MutexGuard<'_, BTreeMap<Option<String>, Fault>> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[async_trait]
impl Rule for Faults {
    async fn apply(&self, call: Call, next: Next<'_>) -> Answer {
        let fault = {
            let map = self.map();
            map.get(&Some(call.method.clone())).or_else(|| map.get(&None)).copied()
        };
        match fault {
            None => next.run(call).await,
            Some(Fault::Status(status)) => Answer::Status(status),
            Some(Fault::Hang) => std::future::pending().await,
            Some(Fault::DropAnswers) => {
                next.run(call).await;
                Answer::Dropped
            }
            Some(Fault::AnswerStatus(status)) => {
                next.run(call).await;
                Answer::Status(status)
            }
            Some(Fault::OmitLogs) if call.method == "eth_getLogs" => call.result(json!([])),
            Some(Fault::TruncateLogs) if call.method == "eth_getLogs" => match next.run(call).await {
                Answer::Json(mut answer) => {
                    if let Some(logs) = answer["result"].as_array_mut() {
                        logs.truncate(logs.len() / 2);
                    }
                    Answer::Json(answer)
                }
                other => other,
            },
            Some(Fault::OmitLogs | Fault::TruncateLogs) => next.run(call).await,
            Some(Fault::Lag(blocks)) => {
                let head = next.ask("eth_blockNumber", json!([])).await;
                let head = head
                    .as_str()
                    .and_then(|text| u64::from_str_radix(text.trim_start_matches("0x"), 16).ok());
                stale(call, next, head.unwrap_or_default().saturating_sub(blocks)).await
            }
            Some(Fault::ChainId(id)) => match call.method.as_str() {
                "eth_chainId" => call.result(json!(format!("{id:#x}"))),
                "net_version" => call.result(json!(id.to_string())),
                _ => next.run(call).await,
            },
            Some(Fault::StaleHead(head)) => stale(call, next, head).await,
            Some(Fault::Missing) => {
                let text = format!("the method {} does not exist/is not available", call.method);
                call.error(-32_601, &text)
            }
            Some(Fault::Pruned) => {
                let state = call.parameters().get(1).cloned().unwrap_or_default();
                let recent = state.is_null() || state == json!("latest") || state == json!("pending");
                let reads_state = ["eth_call", "eth_getBalance", "eth_getCode", "eth_getTransactionCount"];
                if recent || !reads_state.contains(&call.method.as_str()) {
                    return next.run(call).await;
                }
                let head = next.ask("eth_getBlockByNumber", json!(["latest", false])).await;
                if state["blockHash"] == head["hash"] || state == head["number"] {
                    return next.run(call).await;
                }
                call.error(-32_000, "missing trie node 00 (path ) state 0x00 is not available")
            }
        }
    }
}

/// Answers as if `head` were the last block.
async fn stale(mut call: Call, next: Next<'_>, head: u64) -> Answer {
    if call.method == "eth_blockNumber" {
        return call.result(json!(format!("{head:#x}")));
    }
    if !pin(&mut call.body["params"], head) {
        return call.result(Value::Null);
    }
    next.run(call).await
}

/// Replaces `latest` and `pending` by `head`; false when a block past it is asked for.
fn pin(parameters: &mut Value, head: u64) -> bool {
    match parameters {
        Value::String(text) if text == "latest" || text == "pending" => *parameters = json!(format!("{head:#x}")),
        // Quantities only: data has an even number of digits and addresses and hashes are long.
        Value::String(text) if text.len() <= 12 => {
            return text
                .strip_prefix("0x")
                .and_then(|hex| u64::from_str_radix(hex, 16).ok())
                .is_none_or(|n| n <= head);
        }
        Value::Array(items) => return items.iter_mut().all(|item| pin(item, head)),
        Value::Object(fields) => {
            let range = fields
                .iter_mut()
                .filter(|(key, _)| matches!(key.as_str(), "fromBlock" | "toBlock"));
            range.for_each(|(_, value)| {
                if !pin(value, head) {
                    *value = json!(format!("{head:#x}"));
                }
            });
        }
        _ => {}
    }
    true
}

#[cfg(test)]
mod tests;
