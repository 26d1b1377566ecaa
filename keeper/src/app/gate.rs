//! Whether anything may be planned on a chain: not before its contracts were compared with the deployment record, not
//! in backfill, not while it is halted or paused.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::jobs::{Closed, ClosedBy, Gates};
use crate::model::ChainId;
use crate::store::{Store, StoreError};

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
    pub(super) tell: watch::Sender<Gates>,
}

impl GateKeeper {
    async fn gates(&self) -> Result<Gates, StoreError> {
        let closed = |by, why| {
            Ok(Gates {
                chain: Some(Closed { by, why }),
                ..Gates::default()
            })
        };
        let unverified = self.verified.borrow().clone();
        if let Some(why) = unverified {
            return closed(ClosedBy::Unverified, why);
        }
        // A halt first: what halted will not leave its backfill either.
        if let Some(why) = self.store.halted(self.chain).await? {
            return closed(ClosedBy::Halt, format!("halted: {why}"));
        }
        let mut gates = Gates::default();
        for pause in self.store.pauses().await? {
            let why = format!("{} paused by {}: {}", pause.subject.0, pause.who, pause.why);
            let by_pause = Closed {
                by: ClosedBy::Pause,
                why,
            };
            match pause.subject.0.split_once(':') {
                Some(("chain", name)) if name == self.name => gates.chain = Some(by_pause),
                Some(("job", name)) => {
                    gates.jobs.insert(name.to_owned(), by_pause);
                }
                _ => {}
            }
        }
        let backfilling = self
            .backfilling
            .as_ref()
            .is_some_and(|backfilling| *backfilling.borrow());
        if gates.chain.is_none() && backfilling {
            gates.chain = Some(Closed {
                by: ClosedBy::Backfill,
                why: "in backfill".into(),
            });
        }
        Ok(gates)
    }

    /// Opens and closes until shutdown. A store that does not answer closes.
    pub(super) async fn run(mut self, shutdown: CancellationToken) {
        loop {
            let gates = self.gates().await.unwrap_or_else(|error| Gates {
                chain: Some(Closed {
                    by: ClosedBy::Store,
                    why: error.to_string(),
                }),
                ..Gates::default()
            });
            self.tell.send_if_modified(|before| {
                let changed = *before != gates;
                if before.chain != gates.chain {
                    match &gates.chain {
                        Some(closed) => tracing::info!(chain = self.name, "nothing is planned: {}", closed.why),
                        None => tracing::info!(chain = self.name, "open for planning"),
                    }
                }
                before.clone_from(&gates);
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
