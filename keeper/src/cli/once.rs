//! `once JOB`: one round of a job on each of its chains, followed until its transactions are mined.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::plan::not_configured;
use super::txs::print_json;
use super::{Exit, Failure};
use crate::app::{self, Keys, Runtime, Stop};
use crate::config::{Config, Mode};
use crate::jobs::{ClosedBy, Kind, Outcome, Weight, Worker};
use crate::model::{Diagnostic, IntentId, IntentState};
use crate::store::sql::SqlStore;
use crate::store::{Planned, TxStore as _};

/// How long tasks may take to finish what they are in.
const GRACE: Duration = Duration::from_secs(4);
/// Between two looks at an index that has no final block yet.
const STEP: Duration = Duration::from_millis(200);

pub(super) async fn once(config: &Config, kind: &dyn Kind, timeout: u64, as_json: bool) -> Result<(), Failure> {
    if !kind.is_configured(config) {
        return Err(not_configured(kind));
    }
    follow(config, timeout, async |runtime, stop| {
        rounds(kind, runtime, stop, as_json).await
    })
    .await
}

/// Starts everything, does a round, and ends everything. The round gives what did not work, a line each.
async fn follow(
    config: &Config,
    timeout: u64,
    round: impl AsyncFnOnce(&Runtime, &Stop) -> Result<Vec<String>, Failure>,
) -> Result<(), Failure> {
    if config.keeper.mode == Mode::Signer {
        let place = format!("{}: keeper.mode", config.file.display());
        return Err(Diagnostic::config(place, "a signer has no jobs", "use the keeper's configuration").into());
    }
    let stop = Stop::on_signals()?;
    let keys = Keys::open(config).map_err(Failure::problems)?;
    let client = app::http_client()?;
    let chains = app::open_chains(config, &keys.addresses()).await?;
    let store = SqlStore::open(&config.location()?, &config.keeper.name).await?;
    let runtime = Runtime::start(config, keys, client, chains, store, &stop);
    let round = tokio::select! {
        () = stop.token.cancelled() => Ok(Vec::new()),
        done = tokio::time::timeout(Duration::from_secs(timeout), round(&runtime, &stop)) => {
            done.unwrap_or_else(|_| Err(Failure::message(
                Exit::Unavailable,
                format!("not done within {timeout} s; what was sent is followed by the next `run` or `once`"),
            )))
        }
    };
    stop.token.cancel();
    let ended = stop.ended(GRACE).await;
    runtime.store.close().await;
    let unfinished = round?;
    ended?;
    if unfinished.is_empty() {
        return Ok(());
    }
    Err(Failure::message(Exit::Failed, unfinished.join("\n")))
}

/// One round on every chain. Gives what did not work, a line each.
async fn rounds(kind: &dyn Kind, runtime: &Runtime, stop: &Stop, as_json: bool) -> Result<Vec<String>, Failure> {
    let mut workers = Vec::new();
    for job in &runtime.jobs {
        let own: Vec<_> = job
            .workers()
            .into_iter()
            .filter(|one| one.job() == kind.name())
            .collect();
        if !own.is_empty() {
            job.refresh().await;
        }
        workers.extend(own);
    }
    let done = workers.iter().map(|worker| round(worker, runtime, stop, as_json));
    let done: Vec<_> = futures::future::join_all(done)
        .await
        .into_iter()
        .collect::<Result<_, _>>()?;
    Ok(done.concat())
}

/// One round of one worker, and its transactions until they are mined.
async fn round(
    worker: &Arc<dyn Worker>,
    runtime: &Runtime,
    stop: &Stop,
    as_json: bool,
) -> Result<Vec<String>, Failure> {
    let (chain, subject) = (worker.bench().chain(), worker.subject());
    let place = format!("{subject} on {chain}");
    if let Some(why) = opened(worker).await {
        return Ok(vec![format!("{place}: {why}")]);
    }
    let outcome = loop {
        match worker.round(&stop.token).await {
            // A chain opens while its index is a few blocks behind, and those may be all that is final.
            Ok(Outcome::NotFinal) => tokio::time::sleep(STEP).await,
            Ok(Outcome::Held(held)) if held.again.is_some() => {
                tokio::time::sleep(held.again.unwrap_or_default()).await;
            }
            done => break done,
        }
    };
    let (planned, failed) = match outcome {
        Ok(Outcome::Planned { planned, failed }) => (planned, failed),
        Ok(Outcome::Held(held)) if held.weight == Weight::Wrong => return Ok(vec![format!("{place}: {}", held.text)]),
        Ok(Outcome::Held(held)) => {
            if as_json {
                print_json(&json!({"chain": chain, "subject": subject, "held": held.kind, "why": held.text}))?;
            } else {
                println!("{place}: nothing to do ({})", held.text);
            }
            return Ok(Vec::new());
        }
        Ok(Outcome::NotFinal | Outcome::Stopped) => return Ok(Vec::new()),
        Err(error) => return Ok(vec![format!("{place}: {error}")]),
    };
    let mut failed: Vec<String> = failed.into_iter().map(|why| format!("{place}: {why}")).collect();
    for one in planned {
        let (Planned::New(id) | Planned::Exists(id)) = one else {
            let Planned::Exhausted(id) = one else { continue };
            failed.push(format!("{place}: intent {id} used up its tries, see `txs show {id}`"));
            continue;
        };
        let state = mined(runtime, id).await?;
        if as_json {
            print_json(&json!({"chain": chain, "subject": subject, "intent": id, "state": state}))?;
        } else {
            println!("{place}: intent {id} is {state}");
        }
        if !matches!(state, IntentState::Included | IntentState::Final) {
            failed.push(format!("{place}: intent {id} ended as {state}, see `txs show {id}`"));
        }
    }
    Ok(failed)
}

/// Waits until a worker may plan. Backfill and nodes that do not answer pass; a pause and a halt do not, and are given
/// at once.
async fn opened(worker: &Arc<dyn Worker>) -> Option<String> {
    let mut gate = worker.bench().gate.clone();
    loop {
        match worker.closed() {
            None => return None,
            Some(closed) if matches!(closed.by, ClosedBy::Pause | ClosedBy::Halt) => return Some(closed.why),
            Some(_) => {}
        }
        if gate.changed().await.is_err() {
            return Some("it did not open".into());
        }
    }
}

/// Waits until an intent is mined or ended.
async fn mined(runtime: &Runtime, id: IntentId) -> Result<IntentState, Failure> {
    loop {
        let intent = runtime.store.intent(id).await?;
        let state = intent.map_or(IntentState::Rejected, |intent| intent.state);
        if state.is_end() || state == IntentState::Included {
            return Ok(state);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
