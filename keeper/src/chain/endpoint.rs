//! One endpoint: bounded requests, whose failures feed its health. Its URL may hold a secret and is never shown.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use alloy::primitives::Bytes;
use alloy::rpc::client::RpcClient;
use alloy::rpc::json_rpc::{ErrorPayload, RpcRecv, RpcSend};
use alloy::transports::{RpcError, TransportError, TransportErrorKind};
use tokio::sync::Semaphore;

use super::classify;
use super::health::Health;
use super::wire::Header;
use crate::types::{BlockRef, Height};

/// Longest text of a node that is kept.
const TEXT_LIMIT: usize = 300;
/// Headers asked for in one batch.
const HEADER_BATCH: usize = 50;

/// Why a request to one endpoint gave nothing.
#[derive(Clone, Debug)]
pub(super) enum CallError {
    /// The node answered with an error.
    Node {
        /// JSON-RPC code.
        code: i64,
        /// The node's words.
        message: String,
        /// Revert data, where there is some.
        data: Bytes,
    },
    /// No usable answer came.
    NoAnswer(String),
    /// No answer came in time: less may be answered sooner.
    Late(Duration),
    /// Answers contradict each other: a reorg came between them, or the node is wrong.
    Contradiction(String),
}

impl std::fmt::Display for CallError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Node { code, message, .. } => write!(f, "{message} (code {code})"),
            Self::NoAnswer(text) | Self::Contradiction(text) => f.write_str(text),
            Self::Late(after) => write!(f, "no answer within {} ms", after.as_millis()),
        }
    }
}

/// A JSON-RPC answer that is an error.
#[derive(serde::Deserialize)]
struct Refusal {
    error: ErrorPayload,
}

/// One endpoint of a chain.
pub(super) struct Endpoint {
    label: String,
    url: reqwest::Url,
    client: RpcClient,
    permits: Semaphore,
    timeout: Duration,
    health: Mutex<Health>,
    range: AtomicU64,
}

impl Endpoint {
    pub(super) fn new(url: &str, timeout: Duration, concurrency: usize, range: u64) -> Result<Self, String> {
        let url: reqwest::Url = url.parse().map_err(|e| format!("not a URL: {e}"))?;
        let host = url.host_str().ok_or("a URL without a host")?;
        let label = url
            .port()
            .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        let client = RpcClient::new_http(url.clone());
        Ok(Self {
            label,
            url,
            client,
            permits: Semaphore::new(concurrency.max(1)),
            timeout,
            health: Mutex::new(Health::new()),
            range: AtomicU64::new(range.max(1)),
        })
    }

    /// Host and port: what may be shown.
    pub(super) fn label(&self) -> &str {
        &self.label
    }

    pub(super) fn health(&self) -> MutexGuard<'_, Health> {
        self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Blocks that one log query may cover here.
    pub(super) fn range(&self) -> u64 {
        self.range.load(Ordering::Relaxed)
    }

    pub(super) fn set_range(&self, range: u64) {
        self.range.store(range.max(1), Ordering::Relaxed);
    }

    /// One request, in bounded time.
    pub(super) async fn call<P: RpcSend, R: RpcRecv>(&self, method: &'static str, params: P) -> Result<R, CallError> {
        self.bounded(self.client.request(method, params)).await
    }

    /// Waits for a permit and an answer, both in bounded time, and books the result on the health.
    async fn bounded<T>(&self, request: impl IntoFuture<Output = Result<T, TransportError>>) -> Result<T, CallError> {
        let result = tokio::time::timeout(self.timeout, async {
            let _permit = self.permits.acquire().await;
            request.await
        })
        .await;
        let error = match result {
            Ok(Ok(value)) => {
                self.health().succeeded();
                return Ok(value);
            }
            Ok(Err(error)) => self.understand(&error),
            Err(_) => CallError::Late(self.timeout),
        };
        if matches!(error, CallError::NoAnswer(_) | CallError::Late(_)) {
            if self.health().failed(Instant::now()) {
                tracing::warn!(endpoint = self.label, cause = %error, "endpoint left out: several requests in a row failed");
            }
        } else {
            self.health().succeeded();
        }
        Err(error)
    }

    fn understand(&self, error: &TransportError) -> CallError {
        // Some providers answer with a status of 400 or 413 and the JSON-RPC error in the body.
        let in_body = match error {
            RpcError::Transport(TransportErrorKind::HttpError(http)) if matches!(http.status, 400 | 413) => {
                serde_json::from_str::<Refusal>(&http.body).ok()
            }
            _ => None,
        };
        if let Some(payload) = error.as_error_resp().or(in_body.as_ref().map(|body| &body.error)) {
            let message = self.shown(&payload.message);
            if classify::is_busy(payload.code, &message) {
                return CallError::NoAnswer(message);
            }
            return CallError::Node {
                code: payload.code,
                message,
                data: payload.as_revert_data().unwrap_or_default(),
            };
        }
        CallError::NoAnswer(self.shown(&error.to_string()))
    }

    /// A text without the secret parts of the URL, and not too long.
    fn shown(&self, text: &str) -> String {
        let mut text = text.replace(self.url.as_str(), &self.label);
        for secret in [self.url.password(), self.url.query()].into_iter().flatten() {
            text = text.replace(secret, "***");
        }
        if self.url.path().len() > 1 {
            text = text.replace(self.url.path(), "/***");
        }
        if text.chars().count() > TEXT_LIMIT {
            text = text.chars().take(TEXT_LIMIT).chain("...".chars()).collect();
        }
        text
    }

    pub(super) async fn chain_id(&self) -> Result<u64, CallError> {
        let id: alloy::primitives::U64 = self.call("eth_chainId", ()).await?;
        Ok(id.to())
    }

    /// A header by height or tag; `None` where the node has no such block.
    pub(super) async fn header(&self, number: &str) -> Result<Option<Header>, CallError> {
        match self.call("eth_getBlockByNumber", (number.to_owned(), false)).await {
            // Some nodes answer with an error past their head.
            Err(CallError::Node { message, .. }) if is_unknown_block(&message) => Ok(None),
            other => other,
        }
    }

    pub(super) async fn header_at(&self, height: Height) -> Result<Option<Header>, CallError> {
        let header = self.header(&quantity(height)).await?;
        match header {
            Some(h) if h.height() != height => Err(CallError::Contradiction(format!(
                "asked for block {height}, got block {}",
                h.height()
            ))),
            other => Ok(other),
        }
    }

    pub(super) async fn latest(&self) -> Result<BlockRef, CallError> {
        let header = self.header("latest").await?;
        header
            .map(|h| h.block())
            .ok_or_else(|| CallError::NoAnswer("it has no block".to_owned()))
    }

    /// Headers of a range in batches, each linked to the one before; ends early where the node has no more.
    pub(super) async fn headers(&self, from: Height, to: Height) -> Result<Vec<Header>, CallError> {
        let mut headers: Vec<Header> = Vec::new();
        if from == to {
            headers.extend(self.header_at(from).await?);
            return Ok(headers);
        }
        let heights: Vec<u64> = (from.0..=to.0).collect();
        for chunk in heights.chunks(HEADER_BATCH) {
            for header in self.header_batch(chunk).await? {
                let Some(header) = header else { return Ok(headers) };
                if let Some(last) = headers.last()
                    && (header.parent_hash != last.hash || header.height() != last.height().next())
                {
                    return Err(CallError::Contradiction(format!(
                        "block {} does not follow block {} {}: reorg while reading",
                        header.number,
                        last.height(),
                        last.hash
                    )));
                }
                headers.push(header);
            }
        }
        Ok(headers)
    }

    async fn header_batch(&self, heights: &[u64]) -> Result<Vec<Option<Header>>, CallError> {
        let mut batch = self.client.new_batch();
        let mut waiters = Vec::with_capacity(heights.len());
        for height in heights {
            let waiter = batch
                .add_call::<_, Option<Header>>("eth_getBlockByNumber", &(quantity(Height(*height)), false))
                .map_err(|e| self.understand(&e))?;
            waiters.push(waiter);
        }
        self.bounded(batch.send()).await?;
        let mut headers = Vec::with_capacity(waiters.len());
        for (waiter, height) in waiters.into_iter().zip(heights) {
            let header = waiter.await.map_err(|e| self.understand(&e))?;
            if header.as_ref().is_some_and(|h| h.height().0 != *height) {
                return Err(CallError::Contradiction(format!(
                    "asked for block {height}, got another"
                )));
            }
            headers.push(header);
        }
        Ok(headers)
    }
}

/// A height as JSON-RPC writes it.
pub(super) fn quantity(height: Height) -> String {
    format!("{:#x}", height.0)
}

fn is_unknown_block(message: &str) -> bool {
    let lower = message.to_lowercase();
    [
        "not found",
        "unknown block",
        "out of range",
        "beyond head",
        "blockoutofrange",
    ]
    .iter()
    .any(|t| lower.contains(t))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_of_a_url_are_not_shown() {
        let url = "https://user:pw123@rpc.example.org/v2/SECRETKEY?apikey=HIDDEN";
        let endpoint = Endpoint::new(url, Duration::from_secs(1), 1, 1).unwrap();
        assert_eq!(endpoint.label(), "rpc.example.org");
        let shown = endpoint.shown(&format!(
            "error for url ({url}): path /v2/SECRETKEY, apikey=HIDDEN, pw123"
        ));
        for secret in ["SECRETKEY", "HIDDEN", "pw123"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
    #[test]
    fn a_refusal_under_an_http_status_is_the_nodes_word() {
        let endpoint = Endpoint::new("http://127.0.0.1:1", Duration::from_secs(1), 1, 1).unwrap();
        let understood = |status: u16, body: &str| {
            endpoint.understand(&RpcError::Transport(TransportErrorKind::HttpError(
                alloy::transports::HttpError {
                    status,
                    body: body.to_owned(),
                },
            )))
        };
        let body = r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"Log response size exceeded."}}"#;
        for status in [400, 413] {
            let CallError::Node { code, message, .. } = understood(status, body) else {
                panic!("{status}");
            };
            assert_eq!((code, message.as_str()), (-32602, "Log response size exceeded."));
        }
        for (status, body) in [(400, "<html>"), (429, body), (502, body)] {
            assert!(
                matches!(understood(status, body), CallError::NoAnswer(_)),
                "{status} {body}"
            );
        }
    }
}
