//! How a process ends: told by a signal, or by a fault that it must not outlive.

use std::any::Any;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tokio_util::task::{AbortOnDropHandle, TaskTracker};

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

    /// Starts a task that runs until the process ends. One that ends before, or panics, ends the process, with its
    /// name: whatever it did would be missing without a word.
    pub fn spawn(&self, name: impl Into<String>, task: impl Future<Output = ()> + Send + 'static) {
        let (name, stop) = (name.into(), self.clone());
        self.tasks.spawn(async move {
            // In a task of its own, so that its panic is an answer here.
            let ended = AbortOnDropHandle::new(tokio::spawn(task)).await;
            if stop.token.is_cancelled() {
                return;
            }
            let how = match ended {
                Ok(()) => "ended".to_owned(),
                Err(error) if error.is_panic() => format!("panicked ({})", words(error.into_panic().as_ref())),
                Err(error) => error.to_string(),
            };
            let message =
                format!("task `{name}` {how}, which it never should; the process ends so that it is started again");
            tracing::error!(task = name, "{message}");
            stop.fail(Failure::message(Exit::Failed, message));
        });
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

/// The words of a panic.
fn words(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no words")
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRACE: Duration = Duration::from_secs(1);

    /// OPS-8: a task that panics or ends takes the process with it, and is named; one that is told to end does not.
    #[tokio::test]
    async fn a_task_that_ends_ends_the_process_with_its_name() {
        let stop = Stop::on_signals().unwrap();
        stop.spawn("indexer of a", async { panic!("an index of {}", 7) });
        let failure = stop.ended(GRACE).await.unwrap_err();
        assert!(
            failure.message.contains("`indexer of a` panicked (an index of 7)"),
            "{failure:?}"
        );
        assert_eq!(failure.exit, Exit::Failed);

        let stop = Stop::on_signals().unwrap();
        stop.spawn("gate of a", async {});
        let failure = stop.ended(GRACE).await.unwrap_err();
        assert!(failure.message.contains("`gate of a` ended"), "{failure:?}");

        let stop = Stop::on_signals().unwrap();
        let token = stop.token.clone();
        stop.spawn("balances of a", async move { token.cancelled().await });
        stop.token.cancel();
        assert!(stop.ended(GRACE).await.is_ok());
    }
}
