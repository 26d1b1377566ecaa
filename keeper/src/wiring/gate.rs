//! Whether anything may be planned on a chain: not before its contracts were compared with the deployment record, not in
//! backfill, not while it is halted or paused.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::jobs::update_prices::JOB;
use crate::jobs::{Closed, ClosedBy};
use crate::store::{Store, StoreError};
use crate::types::ChainId;

/// How often the operator's word is read.
const EVERY: Duration = Duration::from_secs(1);

/// What a chain's gate depends on.
pub(super) struct GateKeeper {
    pub(super) chain: ChainId,
    pub(super) name: String,
    pub(super) store: Arc<dyn Store>,
    /// Why the chain is not known to be the configured one, if so.
    pub(super) verified: watch::Receiver<Option<String>>,
    /// Whether the indexer is in backfill; `None` where nothing is indexed.
    pub(super) backfilling: Option<watch::Receiver<bool>>,
    pub(super) tell: watch::Sender<Option<Closed>>,
}

impl GateKeeper {
    async fn closed(&self) -> Result<Option<Closed>, StoreError> {
        let closed = |by, why| Ok(Some(Closed { by, why }));
        let unverified = self.verified.borrow().clone();
        if let Some(why) = unverified {
            return closed(ClosedBy::Unverified, why);
        }
        if self
            .backfilling
            .as_ref()
            .is_some_and(|backfilling| *backfilling.borrow())
        {
            return closed(ClosedBy::Backfill, "in backfill".into());
        }
        if let Some(why) = self.store.halted(self.chain).await? {
            return closed(ClosedBy::Halt, format!("halted: {why}"));
        }
        let subjects = [format!("chain:{}", self.name), format!("job:{JOB}")];
        let pauses = self.store.pauses().await?;
        match pauses.into_iter().find(|pause| subjects.contains(&pause.subject.0)) {
            Some(pause) => closed(
                ClosedBy::Pause,
                format!("{} paused by {}: {}", pause.subject.0, pause.who, pause.why),
            ),
            None => Ok(None),
        }
    }

    /// Opens and closes until shutdown. A store that does not answer closes.
    pub(super) async fn run(mut self, shutdown: CancellationToken) {
        loop {
            let closed = match self.closed().await {
                Ok(closed) => closed,
                Err(error) => Some(Closed {
                    by: ClosedBy::Store,
                    why: error.to_string(),
                }),
            };
            self.tell.send_if_modified(|before| {
                let changed = *before != closed;
                if changed {
                    match &closed {
                        Some(closed) => tracing::info!(chain = self.name, "nothing is planned: {}", closed.why),
                        None => tracing::info!(chain = self.name, "open for planning"),
                    }
                    before.clone_from(&closed);
                }
                changed
            });
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = tokio::time::sleep(EVERY) => {}
                Ok(()) = self.verified.changed() => {}
                Ok(()) = async {
                    match self.backfilling.as_mut() {
                        Some(backfilling) => backfilling.changed().await,
                        None => std::future::pending().await,
                    }
                } => {}
            }
        }
    }
}
