//! `once JOB`: one round of the job, followed until its transactions are mined.

use std::time::Duration;

use serde_json::json;

use super::txs::print_json;
use super::{Exit, Failure};
use crate::clock::SystemClock;
use crate::config::{Config, Mode};
use crate::jobs::update_prices::{Hold, Outcome};
use crate::jobs::update_reputation::{Hold as ScoreHold, Outcome as Scores};
use crate::jobs::{Closed, ClosedBy};
use crate::problem::Problem;
use crate::store::sql::SqlStore;
use crate::store::{Planned, TxStore as _};
use crate::tx::{IntentId, IntentState};
use crate::wiring::{self, Keys, Plant, Stop};

/// How long tasks may take to finish what they are in.
const GRACE: Duration = Duration::from_secs(4);
/// Between two looks at an index that has no final block yet.
const STEP: Duration = Duration::from_millis(200);

pub(super) async fn update_prices(config: &Config, timeout: u64, as_json: bool) -> Result<(), Failure> {
    follow(config, timeout, async |plant, stop| prices(plant, stop, as_json).await).await
}

pub(super) async fn update_reputation(config: &Config, timeout: u64, as_json: bool) -> Result<(), Failure> {
    if config.job.update_reputation.is_none() {
        return Err(Problem::config("job.update_reputation", "the section is missing", "add it").into());
    }
    follow(config, timeout, async |plant, stop| {
        scores(config, plant, stop, as_json).await
    })
    .await
}

/// Starts everything, does a round, and ends everything. The round gives what did not work, a line each.
async fn follow(
    config: &Config,
    timeout: u64,
    round: impl AsyncFnOnce(&Plant, &Stop) -> Result<Vec<String>, Failure>,
) -> Result<(), Failure> {
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
        done = tokio::time::timeout(Duration::from_secs(timeout), round(&plant, &stop)) => {
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

/// Waits until every chain is open to work.
async fn open(plant: &Plant, is_open: fn(&Option<Closed>) -> bool) -> Result<(), Failure> {
    for chain in &plant.chains {
        let mut gate = chain.gate.clone();
        // Backfill and unreachable nodes pass; a pause or a halt does not, and the time limit says so.
        let opened = gate.wait_for(is_open).await.is_ok();
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
    Ok(())
}

/// One round of every feed. Gives what did not work, a line each.
async fn prices(plant: &Plant, stop: &Stop, as_json: bool) -> Result<Vec<String>, Failure> {
    open(plant, Option::is_none).await?;
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

/// One round of every chain whose scores are reported. Gives what did not work, a line each.
async fn scores(config: &Config, plant: &Plant, stop: &Stop, as_json: bool) -> Result<Vec<String>, Failure> {
    // The gate is also closed by a pause of another job.
    open(plant, |closed| {
        closed.as_ref().is_none_or(|closed| closed.by == ClosedBy::Pause)
    })
    .await?;
    let mut failed = Vec::new();
    for job in wiring::reputation_jobs(plant, config) {
        let chain = job.chain().to_owned();
        if let Some(why) = job.closed().await {
            failed.push(format!("{chain}: {why}"));
            continue;
        }
        let outcome = loop {
            match job.round(&stop.token).await {
                // A chain opens while its index is a few blocks behind, and those may be all that is final.
                Ok(Scores::NotFinal) => tokio::time::sleep(STEP).await,
                done => break done,
            }
        };
        let planned = match outcome {
            Ok(Scores::Planned { planned, failed: short }) => {
                failed.extend(short.into_iter().map(|why| format!("{chain}: {why}")));
                planned
            }
            Ok(Scores::Held(ScoreHold::TooLate { epoch, until })) => {
                failed.push(format!("{chain}: epoch {epoch} was accepted until {until}"));
                continue;
            }
            Ok(Scores::Held(hold)) => {
                if as_json {
                    print_json(&json!({"chain": chain, "held": hold}))?;
                } else {
                    println!("{chain}: nothing to do, every score is reported");
                }
                continue;
            }
            Ok(Scores::NotFinal | Scores::Stopped) => continue,
            Err(error) => {
                failed.push(format!("{chain}: {error}"));
                continue;
            }
        };
        for one in planned {
            let (Planned::New(id) | Planned::Exists(id) | Planned::Exhausted(id)) = one;
            let state = mined(plant, id).await?;
            if as_json {
                print_json(&json!({"chain": chain, "intent": id, "state": state}))?;
            } else {
                println!("{chain}: intent {id} is {state}");
            }
            if !matches!(state, IntentState::Included | IntentState::Final) {
                failed.push(format!("{chain}: intent {id} ended as {state}, see `txs show {id}`"));
            }
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
