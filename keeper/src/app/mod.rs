//! The composition root: builds the parts and starts them. Read [`run`] for the whole process, [`Runtime::start`] for
//! one chain:
//!
//! ```text
//! sources -> job -> own key and peers (signatures) -> store (intents) -> transaction manager -> chain
//!            |  \-- gate: chain not verified, backfill, halt, pause
//!            \----- signing service <- other keepers
//! chain -> indexer -> store -> jobs, API
//! ```
//!
//! It knows no job by name: it iterates the list of [`crate::jobs`].

mod balances;
mod connect;
mod gate;
mod keys;
mod leader;
mod resync;
mod retention;
mod runtime;
mod shutdown;
mod verify;

use std::sync::Arc;
use std::time::Duration;

use crate::api::{self, Api};
use crate::attest::close_epochs;
use crate::config::{Config, Mode};
use crate::model::{Exit, Failure};
use crate::store::{SignatureStore, Store};
use crate::telemetry;

pub use connect::{connect, http_client};
pub use keys::Keys;
pub use resync::{Resynced, rebuild, resync};
pub use runtime::{OpenedChain, Runtime, open_chains};
pub use shutdown::Stop;

/// How long tasks may take to finish what they are in.
const GRACE: Duration = Duration::from_secs(4);

/// Runs the configured process until it is told to stop.
///
/// # Errors
/// What must not be wrong at the start, before anything is written; later only a lost lease and a chain that turns out
/// to be another one.
pub async fn run(config: &Config) -> Result<(), Failure> {
    let stop = Stop::on_signals()?;
    let metrics = telemetry::start_metrics().map_err(|error| Failure::message(Exit::Failed, error))?;
    let keys = Keys::open(config).map_err(Failure::problems)?;
    let client = http_client()?;
    let chains = open_chains(config, &keys.addresses()).await?;
    let (listener, store) = match leader::lead(config, &metrics, &stop).await? {
        Some(lead) => lead,
        // Told to stop while standing by.
        None => return stop.ended(GRACE).await,
    };
    let doors = match config.attestation.listen {
        Some(listen) if !keys.attestation.is_empty() => Some(api::bind_doors(listen, &config.data_dir()).await?),
        _ => None,
    };
    let runtime = Runtime::start(config, keys, client, chains, store, &stop);

    if let Some(days) = config.store.keep_days {
        let store: Arc<dyn Store> = Arc::new(runtime.store.clone());
        let (clock, token) = (Arc::clone(&runtime.clock), stop.token.clone());
        stop.spawn("retention", retention::forget(store, clock, days, token));
    }
    if !runtime.attestors.is_empty() {
        for chain in &runtime.chains {
            let memory: Arc<dyn SignatureStore> = Arc::new(runtime.store.clone());
            let (chain, clock) = (Arc::clone(chain.site.bench.oracle.chain()), Arc::clone(&runtime.clock));
            let name = format!("closed epochs of {}", chain.name());
            stop.spawn(name, close_epochs(chain, memory, clock, stop.token.clone()));
        }
    }
    for job in &runtime.jobs {
        job.begin(&stop.tasks, &stop.token);
        if config.keeper.mode == Mode::Keeper {
            for worker in job.workers() {
                let token = stop.token.clone();
                let name = format!("{} of {} on {}", worker.job(), worker.subject(), worker.bench().chain());
                stop.spawn(name, async move { worker.run(token).await });
            }
        }
    }
    let api = Arc::new(Api {
        parts: runtime.parts(config),
        metrics,
    });
    stop.spawn("api", {
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
    if let Some(listener) = doors {
        let list = runtime.jobs.iter().filter_map(|job| job.door()).collect();
        let (token, failed) = (stop.token.clone(), stop.clone());
        stop.spawn("signer's door", async move {
            if let Err(error) = api::serve_doors(listener, list, token).await {
                failed.fail(Failure::message(
                    Exit::Failed,
                    format!("the signer's door failed ({error})"),
                ));
            }
        });
    }
    tracing::info!(name = config.keeper.name, mode = ?config.keeper.mode, "started");

    let ended = stop.ended(GRACE).await;
    runtime.store.close().await;
    tracing::info!(name = config.keeper.name, "stopped");
    ended
}
