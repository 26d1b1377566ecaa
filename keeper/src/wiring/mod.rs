//! What is wired to what. Read [`run`] for the whole, [`Plant::start`] for one chain:
//!
//! ```text
//! sources -> boards -> feed jobs -> store (intents) -> transaction manager -> chain
//!               |         |  \-> own key and peers (signatures)
//!               |         \-- gate: backfill, halt, pause, chain not verified
//!               \-> attestation service <- other keepers
//! chain -> indexer -> store -> feed jobs, API
//! ```

mod balances;
mod connect;
mod gate;
mod keys;
mod lead;
mod plant;
mod reputation;
mod resync;
mod retention;
mod stop;
mod verify;

use std::sync::Arc;
use std::time::Duration;

use crate::api::{self, Api};
use crate::attest::{AttestationService, close_epochs};
use crate::cli::{Exit, Failure};
use crate::config::{Config, Mode};
use crate::store::{SignatureStore, Store};
use crate::telemetry;

pub use connect::{connect, http_client, oracle_problem};
pub use keys::Keys;
pub use plant::{OpenedChain, Plant, open_chains};
pub use reputation::{Verified, Wrong, jobs as reputation_jobs, verify as verify_reputation};
pub use resync::{Resynced, resync};
pub use stop::Stop;

/// How long tasks may take to finish what they are in.
const GRACE: Duration = Duration::from_secs(4);

/// Runs the configured process until it is told to stop.
///
/// # Errors
/// What must not be wrong at the start, before anything is written; later only a lost lease and a chain that turns out to
/// be another one.
pub async fn run(config: &Config) -> Result<(), Failure> {
    let stop = Stop::on_signals()?;
    let metrics = telemetry::start_metrics().map_err(|error| Failure::message(Exit::Failed, error))?;
    let keys = Keys::open(config).map_err(Failure::problems)?;
    let client = http_client()?;
    let chains = open_chains(config, &keys.addresses()).await?;
    let (listener, store) = match lead::lead(config, &metrics, &stop).await? {
        Some(lead) => lead,
        // Told to stop while standing by.
        None => return stop.ended(GRACE).await,
    };
    let plant = Plant::start(config, keys, client, chains, store, &stop);

    if let Some(days) = config.store.keep_days {
        let store: Arc<dyn Store> = Arc::new(plant.store.clone());
        let (clock, token) = (Arc::clone(&plant.clock), stop.token.clone());
        stop.tasks.spawn(retention::forget(store, clock, days, token));
    }
    if !plant.attestors.is_empty() {
        for chain in &plant.chains {
            let memory: Arc<dyn SignatureStore> = Arc::new(plant.store.clone());
            let (chain, clock) = (Arc::clone(chain.oracle.chain()), Arc::clone(&plant.clock));
            stop.tasks.spawn(close_epochs(chain, memory, clock, stop.token.clone()));
        }
    }
    let interval = Duration::from_millis(config.job.update_prices.interval_ms);
    for board in plant.boards.iter() {
        board.poll(&plant.fetcher, &plant.clock, interval, &stop.tasks, &stop.token);
    }
    if config.keeper.mode == Mode::Keeper {
        for job in plant.feed_jobs() {
            stop.tasks.spawn(job.run(stop.token.clone()));
        }
        for job in reputation::jobs(&plant, config) {
            stop.tasks.spawn(job.run(stop.token.clone()));
        }
    }
    let api = Arc::new(Api {
        attestation: attestation(config, &plant),
        scores: reputation::service(&plant),
        parts: plant.parts(config),
        metrics,
    });
    stop.tasks.spawn({
        let (token, stop) = (stop.token.clone(), stop.clone());
        async move {
            if let Err(error) = api::serve(listener, api, token).await {
                stop.fail(Failure::message(
                    Exit::Failed,
                    format!("the HTTP interface failed ({error})"),
                ));
            }
        }
    });
    tracing::info!(name = config.keeper.name, mode = ?config.keeper.mode, "started");

    let ended = stop.ended(GRACE).await;
    plant.store.close().await;
    tracing::info!(name = config.keeper.name, "stopped");
    ended
}

/// The service that answers attestation requests, where there is a key to answer with.
fn attestation(config: &Config, plant: &Plant) -> Option<AttestationService> {
    if plant.attestors.is_empty() {
        return None;
    }
    let patience = Duration::from_millis(config.attestation.timeout_ms.saturating_mul(2) / 3);
    Some(AttestationService::new(
        plant.attestors.clone(),
        plant
            .chains
            .iter()
            .map(|chain| (chain.oracle.chain().id(), Arc::clone(&chain.oracle)))
            .collect(),
        plant.boards.clone(),
        Arc::clone(&plant.clock),
        config.attestation.max_age_s,
        patience,
    ))
}
