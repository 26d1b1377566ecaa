//! `resync`: derived tables rebuilt from the chain, compared, and swapped in where they differ.

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use super::Failure;
use super::txs::print_json;
use crate::app::{self, Resynced};
use crate::config::Config;
use crate::model::Diagnostic;
use crate::preflight::KeyAddresses;
use crate::store::sql::SqlStore;

pub(super) async fn resync(
    config: &Config,
    chain: Option<&str>,
    past_finality: bool,
    as_json: bool,
) -> Result<(), Failure> {
    let mut config = config.clone();
    if let Some(name) = chain {
        if config.chain(name).is_none() {
            return Err(
                Diagnostic::config("--chain", format!("there is no chain `{name}`"), "name one of the file").into(),
            );
        }
        config.chain.retain(|chain| chain.name == name);
    }
    // The lease first: a running keeper must not be bothered for nothing.
    let store = SqlStore::open(&config.location()?, &format!("{} (resync)", config.keeper.name)).await?;
    let done = all(&config, &store, past_finality, as_json).await;
    store.close().await;
    done
}

async fn all(config: &Config, store: &SqlStore, past_finality: bool, as_json: bool) -> Result<(), Failure> {
    for opened in app::open_chains(config, &KeyAddresses::default()).await? {
        let bar = if as_json {
            ProgressBar::hidden()
        } else {
            ProgressBar::new(0)
        };
        if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} {eta}") {
            bar.set_style(style);
        }
        bar.set_message(opened.name().to_owned());
        let report = |at: crate::model::Height, of: crate::model::Height| {
            bar.set_length(of.0);
            bar.set_position(at.0.min(of.0));
        };
        let scratch = config.data_dir().join(format!("resync-{}", opened.name()));
        let resynced = app::resync(&opened, store, &scratch, past_finality, report).await;
        bar.finish_and_clear();
        show(&resynced?, as_json)?;
    }
    Ok(())
}

fn show(resynced: &Resynced, as_json: bool) -> Result<(), Failure> {
    if as_json {
        return print_json(&json!(resynced));
    }
    let Resynced {
        chain,
        compared_to,
        difference,
        swapped,
    } = resynced;
    println!(
        "{chain}: {} rows compared up to block {compared_to}: {} missing, {} surplus, {} different",
        difference.rows, difference.missing, difference.surplus, difference.changed
    );
    if let Some((here, there)) = &difference.first {
        println!("  first: {}", here.as_deref().unwrap_or("(not here)"));
        println!("  chain: {}", there.as_deref().unwrap_or("(not there)"));
    }
    match swapped {
        Some(rows) => println!("  {rows} rows swapped in"),
        None => println!("  nothing to mend"),
    }
    Ok(())
}
