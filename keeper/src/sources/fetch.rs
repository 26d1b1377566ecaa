//! One answer of one HTTP source.

use std::time::Duration;

use serde_json::Value;

use super::{Observation, Price, PriceError, instant};
use crate::clock::Clock;
use crate::config::SourceConfig;

/// Bytes of an answer that are read at most.
const BODY_LIMIT: usize = 256 * 1024;

/// How far a source's clock may run ahead of ours, in milliseconds.
const FUTURE_LIMIT_MS: u64 = 15_000;

/// Why a source gave no observation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// No complete answer in time.
    #[error("no answer within {0} ms")]
    Timeout(u64),
    /// Not reachable.
    #[error("not reachable: {0}")]
    Unreachable(String),
    /// An HTTP status other than 200.
    #[error("answered status {0}")]
    Status(u16),
    /// The answer is too long.
    #[error("the answer is longer than {BODY_LIMIT} bytes")]
    TooLarge,
    /// The answer is not JSON.
    #[error("the answer is not JSON")]
    NotJson,
    /// Nothing at the pointer of the price.
    #[error("the answer has nothing at {0}")]
    Missing(String),
    /// No price at the pointer.
    #[error(transparent)]
    Price(#[from] PriceError),
    /// No time at the pointer.
    #[error("no time at {0}")]
    Time(String),
    /// The source's clock is ahead.
    #[error("its time is {0} ms in the future")]
    Future(u64),
}

impl Fault {
    /// Label in metrics.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Timeout(_) => "timeout",
            Self::Unreachable(_) => "unreachable",
            Self::Status(_) => "status",
            Self::TooLarge => "too_large",
            Self::NotJson | Self::Missing(_) | Self::Price(_) | Self::Time(_) => "garbage",
            Self::Future(_) => "future",
        }
    }
}

/// Asks sources. One client for all, so that connections are kept.
#[derive(Clone, Debug)]
pub struct Fetcher {
    client: reqwest::Client,
}

impl Fetcher {
    /// Asks through this client.
    #[must_use]
    pub const fn new(client: reqwest::Client) -> Self {
        Self { client }
    }

    /// Asks one source; never longer than its time limit.
    ///
    /// # Errors
    /// [`Fault`]: what is wrong with the source or its answer.
    pub async fn fetch(&self, source: &SourceConfig, decimals: u8, clock: &dyn Clock) -> Result<Observation, Fault> {
        let limit = Duration::from_millis(source.timeout_ms);
        let body = tokio::time::timeout(limit, self.body(&source.url))
            .await
            .map_err(|_| Fault::Timeout(source.timeout_ms))??;
        observe(source, decimals, &body, clock.now_ms())
    }

    async fn body(&self, url: &str) -> Result<Vec<u8>, Fault> {
        // An URL may carry an access key, so it is taken out of the error.
        let unreachable = |error: reqwest::Error| Fault::Unreachable(innermost(&error.without_url()));
        let mut response = self.client.get(url).send().await.map_err(unreachable)?;
        if response.status() != reqwest::StatusCode::OK {
            return Err(Fault::Status(response.status().as_u16()));
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
            if body.len().saturating_add(chunk.len()) > BODY_LIMIT {
                return Err(Fault::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

/// The words of the cause at the bottom, where the fact stands.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

/// Reads an answer.
fn observe(source: &SourceConfig, decimals: u8, body: &[u8], now_ms: u64) -> Result<Observation, Fault> {
    let json: Value = serde_json::from_slice(body).map_err(|_| Fault::NotJson)?;
    let price = match json.pointer(&source.price) {
        Some(Value::String(text)) => Price::parse(text, decimals)?,
        // With arbitrary precision a number keeps the digits that the source wrote.
        Some(Value::Number(number)) => Price::parse(&number.to_string(), decimals)?,
        Some(other) => return Err(PriceError::NotANumber(other.to_string().chars().take(64).collect()).into()),
        None => return Err(Fault::Missing(source.price.clone())),
    };
    let at_ms = match &source.time {
        None => now_ms,
        Some(pointer) => json
            .pointer(pointer)
            .and_then(|value| instant::parse(value, source.time_unit))
            .ok_or_else(|| Fault::Time(pointer.clone()))?,
    };
    let ahead = at_ms.saturating_sub(now_ms);
    if ahead > FUTURE_LIMIT_MS {
        return Err(Fault::Future(ahead));
    }
    Ok(Observation {
        source: source.name.clone(),
        price,
        at_ms: at_ms.min(now_ms),
        received_at_ms: now_ms,
    })
}
