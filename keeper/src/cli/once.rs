//! `once update_prices`: one round of the job, followed until its transactions are mined.

use std::time::Duration;

use serde_json::json;

use super::txs::print_json;
use super::{Exit, Failure};
use crate::clock::SystemClock;
use crate::config::{Config, Mode};
use crate::jobs::update_prices::{Hold, Outcome};
use crate::problem::Problem;
use crate::store::sql::SqlStore;
use crate::store::{Planned, TxStore as _};
use crate::tx::{IntentId, IntentState};
use crate::wiring::{self, Keys, Plant, Stop};

/// How long tasks may take to finish what they are in.
const GRACE: Duration = Duration::from_secs(4);

pub(super) async fn update_prices(config: &Config, timeout: u64, as_json: bool) -> Result<(), Failure> {
    if config.keeper.mode == Mode::Signer {
        let place = format!("{}: keeper.mode", config.file.display());
        return Err(Problem::config(place, "a signer has no jobs", "use the keeper's configuration").into());
    }
    let stop = Stop::on_signals()?;
    let keys = Keys::open(config).map_err(Failure::problems)?;
    let client = wiring::http_client()?;
    let chains = wiring::open_chains(config, &keys.addresses()).await?;
    let store = SqlStore::open(&config.location()?, &config.keeper.name).await?;
    let plant = Plant::start(config, keys, client, chains, store, &stop);
    let round = tokio::select! {
        () = stop.token.cancelled() => Ok(Vec::new()),
        done = tokio::time::timeout(Duration::from_secs(timeout), round(&plant, &stop, as_json)) => {
            done.unwrap_or_else(|_| Err(Failure::message(
                Exit::Unavailable,
                format!("not done within {timeout} s; what was sent is followed by the next `run` or `once`"),
            )))
        }
    };
    stop.token.cancel();
    let ended = stop.ended(GRACE).await;
    plant.store.close().await;
    let unfinished = round?;
    ended?;
    if unfinished.is_empty() {
        return Ok(());
    }
    Err(Failure::message(Exit::Failed, unfinished.join("\n")))
}

/// One round of every feed. Gives what did not work, a line each.
async fn round(plant: &Plant, stop: &Stop, as_json: bool) -> Result<Vec<String>, Failure> {
    for chain in &plant.chains {
        let mut gate = chain.gate.clone();
        // Backfill and unreachable nodes pass; a pause or a halt does not, and the time limit says so.
        let opened = gate.wait_for(Option::is_none).await.is_ok();
        if !opened {
            return Err(Failure::message(
                Exit::Failed,
                format!("chain {} did not open", chain.oracle.chain().name()),
            ));
        }
        chain
            .oracle
            .refresh()
            .await
            .map_err(|error| Failure::message(Exit::Unavailable, error.to_string()))?;
    }
    futures::future::join_all(
        plant
            .boards
            .iter()
            .map(|board| board.poll_once(&plant.fetcher, &SystemClock)),
    )
    .await;
    let jobs = plant.feed_jobs();
    let rounds = futures::future::join_all(jobs.iter().map(|job| job.round(&stop.token))).await;
    let mut failed = Vec::new();
    let mut planned = Vec::new();
    for (job, outcome) in jobs.iter().zip(rounds) {
        let (chain, feed) = job.name();
        match outcome {
            Ok(Outcome::Planned(Planned::New(id) | Planned::Exists(id))) => planned.push((chain, feed, id)),
            Ok(Outcome::Planned(Planned::Exhausted(id))) => {
                failed.push(format!(
                    "{feed} on {chain}: intent {id} used up its incarnations, see `txs show {id}`"
                ));
            }
            Ok(Outcome::Held(Hold::TooFewSources(shortage))) => failed.push(format!("{feed} on {chain}: {shortage}")),
            Ok(Outcome::Held(hold)) => {
                let hold: &'static str = (&hold).into();
                if as_json {
                    print_json(&json!({"chain": chain, "feed": feed, "held": hold}))?;
                } else {
                    println!("{feed} on {chain}: nothing to do ({hold})");
                }
            }
            Ok(Outcome::NoQuorum(why)) => failed.push(format!("{feed} on {chain}: {why}")),
            Ok(Outcome::Stopped) => {}
            Err(error) => failed.push(format!("{feed} on {chain}: {error}")),
        }
    }
    for (chain, feed, id) in planned {
        let state = mined(plant, id).await?;
        if as_json {
            print_json(&json!({"chain": chain, "feed": feed, "intent": id, "state": state}))?;
        } else {
            println!("{feed} on {chain}: intent {id} is {state}");
        }
        if !matches!(state, IntentState::Included | IntentState::Final) {
            failed.push(format!(
                "{feed} on {chain}: intent {id} ended as {state}, see `txs show {id}`"
            ));
        }
    }
    Ok(failed)
}

/// Waits until an intent is mined or ended.
async fn mined(plant: &Plant, id: IntentId) -> Result<IntentState, Failure> {
    loop {
        let intent = plant.store.intent(id).await?;
        let state = intent.map_or(IntentState::Rejected, |intent| intent.state);
        if state.is_end() || state == IntentState::Included {
            return Ok(state);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
