//! How a process ends: told by a signal, or by a fault that it must not outlive.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::model::{Exit, Failure};

/// The end of a process, shared by its tasks.
#[derive(Clone)]
pub struct Stop {
    /// Cancelled when the process is to end.
    pub token: CancellationToken,
    /// Tasks that are waited for.
    pub tasks: TaskTracker,
    fault: Arc<Mutex<Option<Failure>>>,
}

impl Stop {
    /// Ends at SIGTERM or SIGINT.
    ///
    /// # Errors
    /// The signals cannot be listened for.
    pub fn on_signals() -> Result<Self, Failure> {
        let failed =
            |error: std::io::Error| Failure::message(Exit::Failed, format!("cannot listen for signals ({error})"));
        let (mut term, mut interrupt) = (
            signal(SignalKind::terminate()).map_err(failed)?,
            signal(SignalKind::interrupt()).map_err(failed)?,
        );
        let stop = Self {
            token: CancellationToken::new(),
            tasks: TaskTracker::new(),
            fault: Arc::default(),
        };
        let token = stop.token.clone();
        tokio::spawn(async move {
            tokio::select! {
                _ = term.recv() => tracing::info!("SIGTERM: stopping"),
                _ = interrupt.recv() => tracing::info!("SIGINT: stopping"),
                () = token.cancelled() => {}
            }
            token.cancel();
        });
        Ok(stop)
    }

    /// Ends the process with a failure; the first one counts.
    pub fn fail(&self, failure: Failure) {
        let mut fault = self.fault.lock().unwrap_or_else(PoisonError::into_inner);
        if fault.is_none() {
            *fault = Some(failure);
        }
        self.token.cancel();
    }

    /// Waits for the end, then for the tasks to finish what they are in, but not longer than `grace`.
    ///
    /// # Errors
    /// What ended the process, if it was a fault.
    pub async fn ended(&self, grace: Duration) -> Result<(), Failure> {
        self.token.cancelled().await;
        self.tasks.close();
        if tokio::time::timeout(grace, self.tasks.wait()).await.is_err() {
            // Everything durable is a transaction that is either committed or not, so this loses nothing.
            tracing::warn!("some tasks did not finish in {} s, they are dropped", grace.as_secs());
        }
        match self.fault.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(failure) => Err(failure),
            None => Ok(()),
        }
    }
}
