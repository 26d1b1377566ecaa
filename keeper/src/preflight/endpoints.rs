//! Does every endpoint answer, and for the right chain?

use std::time::Duration;

use serde_json::{Value, json};

use super::place;
use crate::config::{ChainConfig, Config};
use crate::model::{Diagnostic, DiagnosticKind, shown_host};

/// How long an endpoint may take.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Asks every endpoint of a chain for its chain id.
pub async fn endpoints(config: &Config, chain: &ChainConfig, client: &reqwest::Client) -> Vec<Diagnostic> {
    let asked = chain.endpoints.iter().map(async |url| {
        let place = format!("{}, endpoint {}", place(config, chain), shown_host(url));
        match chain_id(client, url).await {
            Ok(id) if id == chain.id => None,
            Ok(id) => Some(Diagnostic::new(
                DiagnosticKind::Mismatch,
                place,
                format!("it serves chain id {id}, the configuration says {}", chain.id),
                "correct chain.id or the endpoint's URL",
            )),
            Err(cause) => Some(Diagnostic::new(
                DiagnosticKind::Unavailable,
                place,
                format!("the node does not answer ({cause})"),
                "start it, or correct the URL",
            )),
        }
    });
    futures::future::join_all(asked).await.into_iter().flatten().collect()
}

async fn chain_id(client: &reqwest::Client, url: &str) -> Result<u64, String> {
    let request = json!({"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": []});
    let answer = client
        .post(url)
        .json(&request)
        .timeout(TIMEOUT)
        .send()
        .await
        .map_err(|error| words(&error))?;
    if !answer.status().is_success() {
        return Err(format!("status {}", answer.status().as_u16()));
    }
    let answer: Value = answer
        .json()
        .await
        .map_err(|_| "its answer is not JSON-RPC".to_owned())?;
    let text = answer["result"].as_str().and_then(|text| text.strip_prefix("0x"));
    text.and_then(|text| u64::from_str_radix(text, 16).ok()).ok_or_else(|| {
        format!(
            "it answers eth_chainId with {}",
            answer.to_string().chars().take(120).collect::<String>()
        )
    })
}

fn words(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return format!("no answer within {} s", TIMEOUT.as_secs());
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}
