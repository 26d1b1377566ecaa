//! Requests and answers of JSON-RPC, and how long an endpoint is left alone that limits them.

use std::time::{Duration, Instant};

use alloy::primitives::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

/// First and longest wait after an endpoint said that it is asked too often, where it does not say how long.
const BUSY_FIRST: Duration = Duration::from_millis(500);
const BUSY_LONGEST: Duration = Duration::from_secs(15);
/// The longest that it may ask for itself.
const ASKED_LONGEST: Duration = Duration::from_secs(60);

/// A JSON-RPC answer.
#[derive(Deserialize)]
pub(super) struct Reply<'a> {
    #[serde(default)]
    pub(super) id: Option<u64>,
    #[serde(borrow, default)]
    pub(super) result: Option<&'a RawValue>,
    #[serde(default)]
    pub(super) error: Option<Refusal>,
}

/// The error in it.
#[derive(Deserialize)]
pub(super) struct Refusal {
    #[serde(default)]
    pub(super) code: i64,
    #[serde(default)]
    pub(super) message: String,
    #[serde(default)]
    pub(super) data: Option<Value>,
}

/// How long an endpoint is left alone after it said that it is asked too often.
#[derive(Default)]
pub(super) struct Patience {
    until: Option<Instant>,
    wait: Duration,
}

impl Patience {
    /// It said so: it is left alone for as long as it asks, or twice as long as the last time. Requests that were under
    /// way together are refused together, which counts once: then there is no new wait.
    pub(super) fn refused(&mut self, now: Instant, retry_after: Option<Duration>) -> Option<Duration> {
        if self.left(now).is_some() {
            return None;
        }
        self.wait = match retry_after {
            Some(asked) => asked.clamp(BUSY_FIRST, ASKED_LONGEST),
            None => self.wait.saturating_mul(2).clamp(BUSY_FIRST, BUSY_LONGEST),
        };
        self.until = now.checked_add(self.wait);
        Some(self.wait)
    }

    /// How long it is still to be left alone.
    pub(super) fn left(&self, now: Instant) -> Option<Duration> {
        self.until?.checked_duration_since(now).filter(|left| !left.is_zero())
    }
}

pub(super) fn one_request(id: u64, method: &'static str, params: &Value) -> Value {
    let params = if params.is_null() { &json!([]) } else { params };
    json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })
}

/// The node's words: some say in `data` what they mean.
pub(super) fn with_data(message: &str, data: Option<&Value>) -> String {
    let more = match data {
        Some(Value::String(text)) if !text.starts_with("0x") => Some(text.as_str()),
        Some(Value::Object(fields)) => fields.get("message").and_then(Value::as_str),
        _ => None,
    };
    more.map_or_else(|| message.to_owned(), |more| format!("{message}: {more}"))
}

/// Revert data: a hexadecimal text, wherever a node puts it.
pub(super) fn revert_data(data: &Value) -> Option<Bytes> {
    match data {
        // Some write "Reverted 0x..".
        Value::String(text) => text.split_whitespace().next_back()?.parse().ok(),
        Value::Object(fields) => fields.values().find_map(revert_data),
        _ => None,
    }
}

/// Some nodes answer so past their head.
pub(super) fn is_unknown_block(message: &str) -> bool {
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

    /// CHAIN-7: Retry-After, or doubled.
    #[test]
    fn a_limit_of_requests_is_waited_for_twice_as_long_each_time() {
        let (mut patience, mut now) = (Patience::default(), Instant::now());
        let mut refused = |after_ms: u64, asked: Option<u64>| {
            now += Duration::from_millis(after_ms);
            let wait = patience.refused(now, asked.map(Duration::from_secs));
            wait.map(|wait| wait.as_millis())
        };
        assert_eq!(refused(0, None), Some(500));
        assert_eq!(refused(100, None), None, "refusals at once count once");
        assert_eq!(refused(400, None), Some(1_000), "doubled");
        assert_eq!(refused(1_000, Some(20)), Some(20_000), "as long as it asks");
        assert_eq!(refused(20_000, None), Some(15_000), "the longest that is guessed");
        assert_eq!(refused(15_000, Some(3_600)), Some(60_000), "the longest that is obeyed");
    }

    #[test]
    fn what_a_node_says_in_data_is_read() {
        let text = |data: Value| with_data("invalid params", Some(&data));
        assert_eq!(
            text(json!("block range too wide")),
            "invalid params: block range too wide"
        );
        assert_eq!(
            text(json!({"message": "nonce too low"})),
            "invalid params: nonce too low"
        );
        assert_eq!(text(json!("0x08c379a0")), "invalid params");
        assert_eq!(revert_data(&json!("Reverted 0x08c379a0")).unwrap().len(), 4);
        assert_eq!(revert_data(&json!({"data": "0x01"})).unwrap().len(), 1);
    }
}
