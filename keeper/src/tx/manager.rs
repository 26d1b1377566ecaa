//! One transaction manager per chain: it looks, and hands what it saw to a task per lane. Every step decides from the
//! store and the chain alone, so that a restart at any point goes on where the last commit stands.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use alloy::primitives::Address;
use futures::future::join_all;
use strum::IntoEnumIterator as _;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use super::lane::{LaneWorker, Memory, Stepped, Tools, page};
use super::look::Look;
use super::{FeePolicy, LaneSigner};
use crate::chain::{Chain, ChainError};
use crate::clock::Clock;
use crate::model::Lane;
use crate::store::{Store, StoreError};
use crate::telemetry::metric;

/// Longest time between two looks.
const LONGEST: Duration = Duration::from_secs(1);
/// Wait after a look that failed.
const AGAIN: Duration = Duration::from_millis(250);

/// Why a step could not be taken. Nothing half-done stays: the next step starts from the store.
#[derive(Debug, thiserror::Error)]
pub enum TxError {
    /// The store failed; a lost lease is final.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The chain did not answer.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The key did not sign.
    #[error("the key of {account} did not sign: {source}")]
    Signer {
        /// The account.
        account: Address,
        /// The signer's words.
        source: alloy::signers::Error,
    },
}

/// Signs, sends and follows the transactions of one chain.
pub struct TxManager {
    pub(super) tools: Tools,
    /// Workers that are not in a step.
    idle: BTreeMap<Lane, LaneWorker>,
    wake: Arc<Notify>,
}

/// A worker back from its step.
type Done = (LaneWorker, Result<Stepped, TxError>);

impl TxManager {
    /// A manager for a chain. `wake` tells it that intents were planned.
    #[must_use]
    pub fn new(
        chain: Arc<dyn Chain>,
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        lanes: Vec<LaneSigner>,
        policy: FeePolicy,
        wake: Arc<Notify>,
    ) -> Self {
        let tools = Tools {
            chain,
            store,
            clock,
            policy,
        };
        let worker = |lane: Lane| LaneWorker {
            lane,
            key: lanes.iter().find(|signer| signer.lane == lane).cloned(),
            tools: tools.clone(),
            memory: Memory::default(),
        };
        Self {
            idle: Lane::iter().map(|lane| (lane, worker(lane))).collect(),
            tools,
            wake,
        }
    }

    /// Works until told to stop, always finishing the steps it is in.
    ///
    /// # Errors
    /// Only when the lease is lost: everything else is tried again.
    pub async fn run(mut self, shutdown: CancellationToken) -> Result<(), TxError> {
        let mut heads = self.tools.chain.heads();
        self.warn_of_lost_keys().await?;
        let mut busy: JoinSet<Done> = JoinSet::new();
        // Lanes that were in a step when something happened.
        let mut missed: BTreeSet<Lane> = BTreeSet::new();
        let mut due = true;
        while !(shutdown.is_cancelled() && busy.is_empty()) {
            let mut pause = LONGEST;
            if due && !shutdown.is_cancelled() && !self.idle.is_empty() {
                due = false;
                missed.extend(Lane::iter().filter(|lane| !self.idle.contains_key(lane)));
                let looked = self.look().await;
                match self.booked(looked)? {
                    Some(Some(look)) => self.dispatch(&Arc::new(look), &mut busy),
                    Some(None) => {}
                    None => (due, pause) = (true, AGAIN),
                }
            }
            tokio::select! {
                Some(done) = busy.join_next(), if !busy.is_empty() => {
                    let (worker, stepped) = match done {
                        Ok(done) => done,
                        Err(died) => std::panic::resume_unwind(died.into_panic()),
                    };
                    let stepped = stepped?;
                    due |= stepped.changed | missed.remove(&worker.lane);
                    self.tell(&worker, &stepped);
                    self.idle.insert(worker.lane, worker);
                }
                () = shutdown.cancelled(), if !shutdown.is_cancelled() => {}
                () = self.wake.notified() => due = true,
                changed = heads.changed() => {
                    due = true;
                    if changed.is_err() {
                        tokio::time::sleep(LONGEST).await;
                    }
                }
                () = tokio::time::sleep(pause) => due = true,
            }
        }
        Ok(())
    }

    /// Hands a look to every lane that is not in a step.
    fn dispatch(&mut self, look: &Arc<Look>, busy: &mut JoinSet<Done>) {
        for (_, mut worker) in std::mem::take(&mut self.idle) {
            let look = Arc::clone(look);
            busy.spawn(async move {
                let stepped = worker.step(&look).await;
                (worker, stepped)
            });
        }
    }

    /// One round: a look, and a step of every lane by it; a second one where the first ended something.
    ///
    /// # Errors
    /// The first thing that could not be done; everything else was done and is stored.
    pub async fn tick(&mut self) -> Result<(), TxError> {
        for _ in 0..2 {
            let Some(look) = self.look().await? else {
                return Ok(());
            };
            let look = Arc::new(look);
            let steps = self.idle.values_mut().map(|worker| worker.step(&look));
            let mut changed = false;
            let mut first = None;
            for stepped in join_all(steps).await {
                let stepped = stepped?;
                changed |= stepped.changed;
                first = first.or(stepped.troubles.into_iter().next());
            }
            if let Some(trouble) = first {
                return Err(trouble);
            }
            if !changed {
                break;
            }
        }
        Ok(())
    }

    /// What there is to do, after what an operator ordered; `None` where there is nothing, or nothing may be done.
    async fn look(&self) -> Result<Option<Look>, TxError> {
        let (chain, store) = (&*self.tools.chain, &*self.tools.store);
        if !store.has_open_work(chain.id()).await? {
            metric::parked(chain.name(), &[]);
            return Ok(None);
        }
        if let Some(reason) = store.halted(chain.id()).await? {
            debug!(chain = chain.name(), reason, "halted");
            return Ok(None);
        }
        let head = *chain.heads().borrow();
        let Some(head) = head else {
            debug!(chain = chain.name(), "no head is known: transactions wait");
            return Ok(None);
        };
        self.obey().await?;
        let look = Look::read(chain, store, head).await?;
        metric::parked(chain.name(), &look.intents);
        Ok(Some(look))
    }

    /// Logs what went wrong; only a lost lease is handed on.
    fn booked<T>(&self, done: Result<T, TxError>) -> Result<Option<T>, TxError> {
        let mut stepped = Stepped::default();
        let value = stepped.book(done)?;
        for cause in stepped.troubles {
            warn!(chain = self.tools.chain.name(), %cause, "transactions wait");
        }
        Ok(value)
    }

    fn tell(&self, worker: &LaneWorker, stepped: &Stepped) {
        for cause in &stepped.troubles {
            warn!(chain = self.tools.chain.name(), lane = %worker.lane, %cause, "a transaction waits");
        }
    }

    /// A slot whose key is not configured any more is followed to its end, but can neither be raised nor cancelled
    /// here.
    async fn warn_of_lost_keys(&self) -> Result<(), TxError> {
        let slots = self.tools.store.open_slots(self.tools.chain.id()).await;
        let keys: Vec<Address> = self.idle.values().filter_map(LaneWorker::address).collect();
        for (slot, _) in self.booked(slots.map_err(TxError::from))?.unwrap_or_default() {
            if !keys.contains(&slot.signer) {
                let why = format!(
                    "nonce {} of {} is open, but no lane has that key",
                    slot.nonce, slot.signer
                );
                page(self.tools.chain.name(), None, &why);
            }
        }
        Ok(())
    }
}
