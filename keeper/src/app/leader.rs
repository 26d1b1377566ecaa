//! Becoming the one process that works. Of several replicas on one PostgreSQL database one leads; the others stand by,
//! serve `/ready` with no, and try to take the lease.

use std::time::{Duration, Instant};

use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::Stop;
use crate::api;
use crate::config::Config;
use crate::model::{Exit, Failure};
use crate::store::StoreError;
use crate::store::sql::{Candidate, SqlStore};

/// How long requests to a replica that stands by may take when it becomes the leader.
const HANDOVER: Duration = Duration::from_secs(1);

/// Waits until this process leads, and listens. `None` when it was told to stop before.
///
/// # Errors
/// The store is held by a process that has to end first (SQLite), or was written by a newer binary.
pub(super) async fn lead(
    config: &Config,
    metrics: &PrometheusHandle,
    stop: &Stop,
) -> Result<Option<(TcpListener, SqlStore)>, Failure> {
    let failed = |error: std::io::Error| Failure::message(Exit::Failed, format!("the HTTP interface failed ({error})"));
    let mut candidate = Candidate::new(&config.location()?, &config.keeper.name).await?;
    metrics::gauge!("fluxion_leader").set(0.0);
    let first = attempt(&mut candidate).await?;
    let listener = api::bind(config.api.listen, &config.data_dir()).await?;
    let cause = match first {
        Attempt::Leading(store) => {
            begin(&store, stop);
            return Ok(Some((listener, store)));
        }
        Attempt::StandingBy(cause) => cause,
    };
    tracing::info!("standing by: {cause}");
    let listener = listener.into_std().map_err(failed)?;
    let standby = TcpListener::from_std(listener.try_clone().map_err(failed)?).map_err(failed)?;
    let (tell, leader) = watch::channel(cause);
    let served = CancellationToken::new();
    let server = tokio::spawn(api::serve_standby(standby, leader, metrics.clone(), served.clone()));
    let begun = Instant::now();
    let taken = loop {
        tokio::select! {
            () = stop.token.cancelled() => break None,
            () = tokio::time::sleep(candidate.pause()) => {}
        }
        let cause = match attempt(&mut candidate).await? {
            Attempt::Leading(store) => break Some(store),
            Attempt::StandingBy(cause) => cause,
        };
        tell.send_if_modified(|before| {
            let changed = *before != cause;
            if changed {
                tracing::info!("standing by: {cause}");
                *before = cause;
            }
            changed
        });
    };
    served.cancel();
    let _ = tokio::time::timeout(HANDOVER, server).await;
    let Some(store) = taken else { return Ok(None) };
    begin(&store, stop);
    tracing::info!(waited_ms = begun.elapsed().as_millis(), "leading");
    let listener = TcpListener::from_std(listener).map_err(failed)?;
    Ok(Some((listener, store)))
}

/// Marks this process as the leader, and ends it when the lease passes to another.
fn begin(store: &SqlStore, stop: &Stop) {
    metrics::gauge!("fluxion_leader").set(1.0);
    let (store, stop) = (store.clone(), stop.clone());
    stop.tasks.clone().spawn(async move {
        tokio::select! {
            () = stop.token.cancelled() => {}
            () = store.lost() => stop.fail(Failure::message(
                Exit::Held,
                "the lease passed to another replica; this process ends, started again it stands by",
            )),
        }
    });
}

/// What came of trying to lead.
enum Attempt {
    Leading(SqlStore),
    /// With the reason.
    StandingBy(String),
}

async fn attempt(candidate: &mut Candidate) -> Result<Attempt, StoreError> {
    match candidate.take().await {
        Ok(store) => Ok(Attempt::Leading(store)),
        Err(StoreError::Held { path, holder }) if candidate.may_wait() => {
            Ok(Attempt::StandingBy(format!("{path} is led by {holder}")))
        }
        // It restarts, or the network is down; the leader has the same trouble.
        Err(StoreError::Database(error)) if candidate.may_wait() => {
            Ok(Attempt::StandingBy(format!("the database does not answer ({error})")))
        }
        Err(error) => Err(error),
    }
}
