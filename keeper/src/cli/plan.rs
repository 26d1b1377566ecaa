//! `plan JOB`: what a job would do now, or decided in recorded snapshots.

use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use super::txs::print_json;
use super::{Exit, Failure};
use crate::app;
use crate::chain::Chain as _;
use crate::config::Config;
use crate::jobs::{Kind, Look, Shown};
use crate::model::Diagnostic;
use crate::preflight;
use crate::store::Store;
use crate::store::sql::SqlStore;

/// Shows what a job would do on each of its chains now.
pub(super) async fn preview(config: &Config, kind: &dyn Kind, as_json: bool) -> Result<(), Failure> {
    if !kind.is_configured(config) {
        return Err(not_configured(kind));
    }
    let store = SqlStore::open_beside(&config.location()?).await.ok();
    let store = store.map(|store| Arc::new(store) as Arc<dyn Store>);
    let mut records = Vec::new();
    for chain_config in &config.chain {
        let deployment = preflight::deployment(config, chain_config)?;
        let record = preflight::record(config, chain_config, &deployment).map_err(Failure::problems)?;
        records.push((chain_config, record));
    }
    let mut looks = Vec::new();
    for (chain_config, record) in &records {
        if kind.contracts(config, chain_config).is_empty() {
            continue;
        }
        let chain = app::connect(chain_config).await?;
        let head = chain
            .poll()
            .await
            .map_err(|error| Failure::message(Exit::Unavailable, format!("chain {}: {error}", chain_config.name)))?;
        looks.push(Look {
            config,
            chain_config,
            record,
            chain,
            head,
            store: store.clone(),
        });
    }
    show(&kind.preview(&looks).await?, as_json)
}

/// A job without its section.
pub(super) fn not_configured(kind: &dyn Kind) -> Failure {
    let section = format!("job.{}", kind.name());
    Diagnostic::config(section, "the section is missing", "add it").into()
}

/// Shows what a job decides from recorded snapshots.
pub(super) fn replay(kind: &dyn Kind, file: &Path, as_json: bool) -> Result<(), Failure> {
    let (numbers, values): (Vec<usize>, Vec<Value>) = recorded(file)?.into_iter().unzip();
    let decided = kind.replay(values).map_err(|(at, error)| {
        let number = numbers.get(at).copied().unwrap_or_default();
        Failure::message(
            Exit::Config,
            format!("{}: line {number} holds no snapshot ({error})", file.display()),
        )
    })?;
    show(&decided, as_json)
}

/// Prints results.
pub(super) fn show(list: &[Shown], as_json: bool) -> Result<(), Failure> {
    for shown in list {
        if as_json {
            print_json(&shown.json)?;
            continue;
        }
        for line in &shown.lines {
            println!("{line}");
        }
    }
    Ok(())
}

/// The snapshots of a file, one JSON object a line, with the numbers of their lines.
fn recorded(file: &Path) -> Result<Vec<(usize, Value)>, Failure> {
    let failure = |text: String| Failure::message(Exit::Config, format!("{}: {text}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|error| failure(error.to_string()))?;
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let number = number.saturating_add(1);
        let mut value: Value =
            serde_json::from_str(line).map_err(|error| failure(format!("line {number} is not JSON ({error})")))?;
        // A whole log line or the output of `plan --json` will do too.
        if let Some(inner) = value.get_mut("snapshot") {
            value = match inner.take() {
                Value::String(text) => serde_json::from_str(&text).unwrap_or_default(),
                inner => inner,
            };
        }
        found.push((number, value));
    }
    Ok(found)
}
