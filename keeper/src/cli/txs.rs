//! `txs list|show|bump|cancel|retry`

use comfy_table::{Table, presets};
use serde_json::json;

use super::{Exit, Failure, OrderArgs};
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::model::{Intent, IntentId};
use crate::store::sql::SqlStore;
use crate::store::{Order, OrderKind, OrderStore as _, TxStore as _};

/// A line a person reads: state, and how it ended or why it waits.
fn state(intent: &Intent) -> String {
    let mut text = intent.state.to_string();
    if let Some(result) = intent.result {
        text = format!("{text} {result}");
    }
    if let Some(parked) = intent.parked {
        text = format!("{text}, parked: {parked}");
    }
    text
}

/// Prints JSON on one line a value.
pub(super) fn print_json(value: &impl serde::Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string(value).map_err(|error| Failure::message(Exit::Failed, error.to_string()))?;
    println!("{text}");
    Ok(())
}

pub(super) async fn list(config: &Config, limit: u32, open: bool, as_json: bool) -> Result<(), Failure> {
    let store = beside(config).await?;
    let intents = if open {
        let mut all = Vec::new();
        for chain in &config.chain {
            all.extend(store.open_intents(chain.chain_id()).await?);
        }
        all.sort_by_key(|intent| std::cmp::Reverse(intent.id));
        all.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        all
    } else {
        store.intents(limit).await?
    };
    if as_json {
        return print_json(&intents);
    }
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_header(["ID", "STATE", "NONCE", "EFFECT", "TRACE"]);
    for intent in &intents {
        table.add_row([
            intent.id.to_string(),
            state(intent),
            intent.nonce.map(|nonce| nonce.to_string()).unwrap_or_default(),
            intent.wanted.effect.clone(),
            intent.wanted.trace.to_string(),
        ]);
    }
    println!("{table}");
    Ok(())
}

pub(super) async fn show(config: &Config, id: i64, as_json: bool) -> Result<(), Failure> {
    let store = beside(config).await?;
    let id = IntentId(id);
    let Some(intent) = store.intent(id).await? else {
        return Err(no_intent(id));
    };
    let (attempts, orders) = (store.attempts_of(id).await?, store.orders_of(id).await?);
    if as_json {
        return print_json(&json!({"intent": intent, "attempts": attempts, "orders": orders}));
    }
    println!("intent {id}, incarnation {}: {}", intent.incarnation, state(&intent));
    println!("  effect    {}", intent.wanted.effect);
    println!("  reason    {}", intent.wanted.reason);
    println!("  trace     {}", intent.wanted.trace);
    if let Some(detail) = &intent.detail {
        println!("  detail    {detail}");
    }
    if let Some((height, block)) = intent.included {
        println!("  included  block {height} ({block})");
    }
    for attempt in &attempts {
        println!(
            "  attempt   {} {} nonce {} max fee {} wei{}",
            attempt.hash,
            attempt.kind,
            attempt.nonce,
            attempt.max_fee,
            attempt
                .included
                .map(|(height, _)| format!(", in block {height}"))
                .unwrap_or_default()
        );
    }
    for order in &orders {
        println!(
            "  order     {} by {} ({}): {}",
            order.kind,
            order.who,
            order.why,
            order.outcome.as_deref().unwrap_or("open")
        );
    }
    Ok(())
}

pub(super) async fn order(config: &Config, kind: OrderKind, args: &OrderArgs, as_json: bool) -> Result<(), Failure> {
    let store = beside(config).await?;
    let order = Order {
        id: 0,
        intent: IntentId(args.id),
        kind,
        who: args.who.clone(),
        why: args.why.clone(),
        at_ms: SystemClock.now_ms(),
        replaces: None,
        outcome: None,
    };
    if store.intent(order.intent).await?.is_none() {
        return Err(no_intent(order.intent));
    }
    store.give_order(&order).await?;
    if as_json {
        return print_json(&order);
    }
    println!("ordered; see `txs show {}` for what comes of it", args.id);
    Ok(())
}

fn no_intent(id: IntentId) -> Failure {
    Failure::message(Exit::NotFound, format!("there is no intent {id}; see `txs list`"))
}

/// The database beside whoever holds it.
pub(super) async fn beside(config: &Config) -> Result<SqlStore, Failure> {
    Ok(SqlStore::open_beside(&config.location()?).await?)
}
