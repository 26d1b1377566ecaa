//! One endpoint: bounded requests, whose failures feed its health. Its URL may hold a secret and is never shown.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::call::CallError;
use super::classify;
use super::health::Health;
use super::http::{Http, Unanswered};
use super::probe::Probing;
use super::request::{Patience, Refusal, Reply, is_unknown_block, one_request, revert_data, with_data};
use super::wire::Header;
use crate::model::{BlockRef, Height};

/// Longest text of a node that is kept.
const TEXT_LIMIT: usize = 300;
/// Headers asked for in one batch, at most.
const HEADER_BATCH: usize = 50;

/// One endpoint of a chain.
pub(super) struct Endpoint {
    label: String,
    url: reqwest::Url,
    http: Http,
    permits: Semaphore,
    timeout: Duration,
    health: Mutex<Health>,
    range: AtomicU64,
    batch: AtomicUsize,
    patience: Mutex<Patience>,
    pub(super) probing: Probing,
}

impl Endpoint {
    pub(super) fn new(url: &str, timeout: Duration, concurrency: usize, range: u64) -> Result<Self, String> {
        let url: reqwest::Url = url.parse().map_err(|e| format!("not a URL: {e}"))?;
        let host = url.host_str().ok_or("a URL without a host")?;
        let label = url
            .port()
            .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        Ok(Self {
            label,
            http: Http::new(url.clone())?,
            url,
            permits: Semaphore::new(concurrency.max(1)),
            timeout,
            health: Mutex::new(Health::new()),
            range: AtomicU64::new(range.max(1)),
            batch: AtomicUsize::new(HEADER_BATCH),
            patience: Mutex::default(),
            probing: Probing::default(),
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
    pub(super) async fn call<P: Serialize, R: DeserializeOwned>(
        &self,
        method: &'static str,
        params: P,
    ) -> Result<R, CallError> {
        let params = serde_json::to_value(params).map_err(|e| CallError::NoAnswer(e.to_string()))?;
        let request = one_request(0, method, &params);
        let answered = self.bounded(async {
            let answer = self.post(&request).await?;
            let reply: Reply<'_> = self.parse(&answer)?;
            self.result(reply)
        });
        self.booked(answered.await)
    }

    /// Waits for a permit and an answer, both in bounded time.
    async fn bounded<T>(&self, request: impl Future<Output = Result<T, CallError>>) -> Result<T, CallError> {
        if let Some(left) = self.busy_for() {
            return Err(CallError::Busy(format!(
                "it limits requests: left alone for {} ms",
                left.as_millis()
            )));
        }
        let result = tokio::time::timeout(self.timeout, async {
            let _permit = self.permits.acquire().await;
            request.await
        })
        .await;
        result.unwrap_or(Err(CallError::Late(self.timeout)))
    }

    /// Books what became of a request on the health.
    fn booked<T>(&self, result: Result<T, CallError>) -> Result<T, CallError> {
        match &result {
            Err(error @ (CallError::NoAnswer(_) | CallError::Late(_))) => {
                if self.health().failed(Instant::now()) {
                    tracing::warn!(endpoint = self.label, cause = %error, "endpoint left out: several requests in a row failed");
                }
            }
            // It answers, if only that it is asked too often.
            Err(CallError::Busy(_)) => {}
            _ => {
                self.health().succeeded();
                self.calm();
            }
        }
        result
    }

    async fn post(&self, body: &Value) -> Result<Vec<u8>, CallError> {
        let posted = self.http.post(body.to_string().into_bytes()).await;
        posted.map_err(|unanswered| match unanswered {
            Unanswered::Broken(text) => CallError::NoAnswer(self.shown(&text)),
            Unanswered::Status {
                code,
                body,
                retry_after,
            } => self.status(code, &body, retry_after),
        })
    }

    /// What an HTTP status means. Some providers give the JSON-RPC error in its body.
    fn status(&self, code: u16, body: &str, retry_after: Option<Duration>) -> CallError {
        if Unanswered::is_busy(code) {
            return self.busy(format!("status {code}: {}", self.shown(body)), retry_after);
        }
        let reply: Option<Reply<'_>> = serde_json::from_str(body).ok();
        match reply.and_then(|reply| reply.error) {
            Some(refusal) => self.refusal(&refusal, retry_after),
            None => CallError::NoAnswer(self.shown(&format!("status {code}: {body}"))),
        }
    }

    fn parse<'a, T: Deserialize<'a>>(&self, answer: &'a [u8]) -> Result<T, CallError> {
        serde_json::from_slice(answer).map_err(|e| CallError::NoAnswer(format!("its answer is not JSON-RPC: {e}")))
    }

    /// What one answer holds. An answer without a result is a null.
    fn result<R: DeserializeOwned>(&self, reply: Reply<'_>) -> Result<R, CallError> {
        if let Some(refusal) = &reply.error {
            return Err(self.refusal(refusal, None));
        }
        let text = reply.result.map_or("null", RawValue::get);
        serde_json::from_str(text)
            .map_err(|e| CallError::NoAnswer(self.shown(&format!("its answer is not what was asked for: {e}"))))
    }

    fn refusal(&self, refusal: &Refusal, retry_after: Option<Duration>) -> CallError {
        let data = refusal.data.as_ref();
        let message = self.shown(&with_data(&refusal.message, data));
        if classify::is_busy(refusal.code, &message) {
            return self.busy(message, retry_after);
        }
        CallError::Node {
            code: refusal.code,
            message,
            data: data.and_then(revert_data).unwrap_or_default(),
        }
    }

    /// Leaves the endpoint alone for as long as it asks, or twice as long as the last time.
    fn busy(&self, words: String, retry_after: Option<Duration>) -> CallError {
        let mut patience = self.patience.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(wait) = patience.refused(Instant::now(), retry_after) {
            tracing::debug!(
                endpoint = self.label,
                words,
                wait_ms = wait.as_millis(),
                "it limits requests"
            );
        }
        CallError::Busy(words)
    }

    fn busy_for(&self) -> Option<Duration> {
        let patience = self.patience.lock().unwrap_or_else(PoisonError::into_inner);
        patience.left(Instant::now())
    }

    fn calm(&self) {
        let mut patience = self.patience.lock().unwrap_or_else(PoisonError::into_inner);
        *patience = Patience::default();
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
        let mut left = heights.as_slice();
        while !left.is_empty() {
            let size = self.batch.load(Ordering::Relaxed).clamp(1, left.len());
            let (chunk, rest) = left.split_at(size);
            let read = match self.header_batch(chunk).await {
                // Many providers take fewer requests at once than others, down to one, and say so in many ways.
                Err(error) if size > 1 && error.may_be_size() => {
                    self.batch.store(size.div_euclid(2).max(1), Ordering::Relaxed);
                    tracing::debug!(endpoint = self.label, size, cause = %error, "smaller batches");
                    continue;
                }
                read => read?,
            };
            if size == self.batch.load(Ordering::Relaxed) {
                let grown = size.saturating_add(size.div_euclid(8).max(1)).min(HEADER_BATCH);
                self.batch.store(grown, Ordering::Relaxed);
            }
            left = rest;
            for header in read {
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

    /// Headers of these heights in one request; `None` from the first on that the node does not have.
    async fn header_batch(&self, heights: &[u64]) -> Result<Vec<Option<Header>>, CallError> {
        if let [height] = heights {
            return Ok(vec![self.header_at(Height(*height)).await?]);
        }
        let requests: Vec<Value> = (0_u64..)
            .zip(heights)
            .map(|(id, height)| one_request(id, "eth_getBlockByNumber", &json!([quantity(Height(*height)), false])))
            .collect();
        let answered = self.bounded(async {
            let answer = self.post(&Value::Array(requests)).await?;
            // A batch that is refused as a whole has one answer.
            if answer.trim_ascii_start().starts_with(b"{") {
                let reply: Reply<'_> = self.parse(&answer)?;
                return match reply.error {
                    Some(refusal) => Err(self.refusal(&refusal, None)),
                    None => Err(CallError::NoAnswer("one answer to several requests".to_owned())),
                };
            }
            let replies: Vec<Reply<'_>> = self.parse(&answer)?;
            let mut found: HashMap<u64, Option<Header>> = HashMap::new();
            for reply in replies {
                if let Some(id) = reply.id {
                    found.insert(id, self.result(reply)?);
                }
            }
            (0_u64..)
                .zip(heights)
                .map(|(id, height)| {
                    let header = found.remove(&id).ok_or_else(|| {
                        CallError::NoAnswer("its answer to several requests lacks one of them".to_owned())
                    })?;
                    match header {
                        Some(h) if h.height().0 != *height => Err(CallError::Contradiction(format!(
                            "asked for block {height}, got another"
                        ))),
                        header => Ok(header),
                    }
                })
                .collect()
        });
        let answered = answered.await;
        // Only the smallest form says whether an endpoint is sick.
        if answered.is_ok() {
            self.booked(answered)
        } else {
            answered
        }
    }
}

/// A height as JSON-RPC writes it.
pub(super) fn quantity(height: Height) -> String {
    format!("{:#x}", height.0)
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
        let body = r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"Log response size exceeded."}}"#;
        for status in [400, 413, 500] {
            let CallError::Node { code, message, .. } = endpoint.status(status, body, None) else {
                panic!("{status}");
            };
            assert_eq!((code, message.as_str()), (-32602, "Log response size exceeded."));
        }
        assert!(matches!(
            endpoint.status(413, "Request Entity Too Large", None),
            CallError::NoAnswer(_)
        ));
        assert!(matches!(endpoint.status(502, "<html>", None), CallError::NoAnswer(_)));
        assert!(matches!(endpoint.status(429, body, None), CallError::Busy(_)));
    }
}
