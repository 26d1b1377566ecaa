//! `status`: asks the running keeper; without one, the database.

use std::time::Duration;

use serde_json::{Value, json};

use super::txs::{beside, print_json};
use super::{Exit, Failure};
use crate::config::Config;
use crate::jobs;
use crate::store::{IndexStore as _, OperatorStore as _, TxStore as _};

pub(super) async fn show(config: &Config, as_json: bool) -> Result<(), Failure> {
    let status = match running(config).await {
        Some(status) => status,
        None => stored(config).await?,
    };
    if as_json {
        return print_json(&status);
    }
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Null => "-".into(),
        other => other.to_string(),
    };
    println!(
        "{}: {}",
        text(&status["name"]),
        if status["running"] == json!(false) {
            "not running"
        } else {
            "running"
        }
    );
    for chain in status["chains"].as_array().into_iter().flatten() {
        println!(
            "chain {} ({}): head {}, indexed {}, final {}{}",
            text(&chain["name"]),
            chain["id"],
            text(&chain["head"]),
            text(&chain["indexed"]),
            text(&chain["finalized"]),
            chain["halted"]
                .as_str()
                .map(|why| format!(", HALTED: {why}"))
                .unwrap_or_default()
        );
    }
    for line in jobs::ALL.iter().flat_map(|kind| kind.lines(&status)) {
        println!("{line}");
    }
    for (state, count) in status["transactions"].as_object().into_iter().flatten() {
        println!("transactions {state}: {count}");
    }
    for pause in status["pauses"].as_array().into_iter().flatten() {
        println!(
            "paused {} by {}: {}",
            text(&pause["subject"]),
            text(&pause["who"]),
            text(&pause["why"])
        );
    }
    Ok(())
}

/// The running keeper's own page.
async fn running(config: &Config) -> Option<Value> {
    let address = std::fs::read_to_string(config.data_dir().join("api.addr")).ok()?;
    let client = reqwest::Client::builder()
        .no_proxy()
        .timeout(Duration::from_secs(2))
        .build()
        .ok()?;
    let answer = client
        .get(format!("http://{}/v1/status", address.trim()))
        .send()
        .await
        .ok()?;
    let status: Value = answer.error_for_status().ok()?.json().await.ok()?;
    // The address may have gone to another process since.
    (status["name"] == config.keeper.name.as_str()).then_some(status)
}

/// What the database says.
async fn stored(config: &Config) -> Result<Value, Failure> {
    let store = beside(config).await.map_err(|failure| Failure {
        exit: if failure.exit == Exit::NotFound {
            Exit::Unavailable
        } else {
            failure.exit
        },
        ..failure
    })?;
    let mut chains = Vec::new();
    for chain in &config.chain {
        let id = chain.chain_id();
        chains.push(json!({
            "name": chain.name,
            "id": chain.id,
            "indexed": store.cursor(id).await?.map(|block| block.height),
            "finalized": store.finalized(id).await?.map(|block| block.height),
            "halted": store.halted(id).await?,
        }));
    }
    Ok(json!({
        "name": config.keeper.name,
        "running": false,
        "chains": chains,
        "transactions": store.intent_counts().await?,
        "slots": store.slot_counts().await?,
        "pauses": store.pauses().await?,
    }))
}
