//! One transaction manager per chain: a loop of small steps, each of which decides from the store and the chain alone, so
//! that a restart at any point goes on where the last commit stands.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use alloy::primitives::{Address, B256};
use futures::FutureExt as _;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tracing::{debug, error, warn};

use super::{Attempt, FeePolicy, Intent, IntentId, LaneSigner, Slot};
use crate::chain::{Chain, ChainError};
use crate::clock::Clock;
use crate::store::{Order, OrderKind, Store, StoreError};
use crate::types::{BlockRef, Lane};

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
    pub(super) chain: Arc<dyn Chain>,
    pub(super) store: Arc<dyn Store>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) lanes: BTreeMap<Lane, LaneSigner>,
    pub(super) policy: FeePolicy,
    pub(super) memory: Memory,
    wake: Arc<Notify>,
}

/// What may be forgotten: it only spares repeated work.
#[derive(Default)]
pub(super) struct Memory {
    /// Wall time of the last write of an attempt.
    pub(super) last_sent: HashMap<B256, u64>,
    /// Attempts that an endpoint called underpriced.
    pub(super) underpriced: HashSet<B256>,
    /// Attempts that every endpoint refused for good.
    pub(super) refused: HashSet<B256>,
    /// Head at which an intent last succeeded in simulation.
    pub(super) simulated_at: HashMap<IntentId, B256>,
    /// Since when a nonce below the lowest slot has been unused.
    pub(super) gap_since: HashMap<(Address, u64), u64>,
}

/// Everything open on the chain at the start of a step.
pub(super) struct Open {
    pub(super) head: BlockRef,
    pub(super) slots: Vec<(Slot, Vec<Attempt>)>,
    pub(super) intents: Vec<Intent>,
    pub(super) paused: HashSet<String>,
    pub(super) orders: Vec<Order>,
}

impl Open {
    pub(super) fn intent(&self, id: IntentId) -> Option<&Intent> {
        self.intents.iter().find(|i| i.id == id)
    }

    /// What an operator ordered for an intent that holds a slot, if the slot has not seen to it since.
    pub(super) fn order(&self, intent: Option<&Intent>, current: &Attempt) -> Option<OrderKind> {
        let intent = intent?;
        let open = |order: &&Order| order.intent == intent.id && current.signed_at_ms <= order.at_ms;
        self.orders.iter().find(open).map(|order| order.kind)
    }

    /// Whether an operator paused what an intent needs.
    pub(super) fn is_paused(&self, chain: &str, intent: &Intent) -> bool {
        let subjects = [
            format!("chain:{chain}"),
            format!("job:{}", intent.wanted.job),
            format!("signer:{}", intent.wanted.lane),
        ];
        subjects.iter().any(|s| self.paused.contains(s))
    }
}

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
        let lanes = lanes.into_iter().map(|l| (l.lane, l)).collect();
        Self {
            chain,
            store,
            clock,
            lanes,
            policy,
            memory: Memory::default(),
            wake,
        }
    }

    /// Works until told to stop, always finishing the step it is in.
    ///
    /// # Errors
    /// Only when the lease is lost: everything else is tried again.
    pub async fn run(mut self, shutdown: CancellationToken) -> Result<(), TxError> {
        let mut heads = self.chain.heads();
        self.warn_of_lost_keys().await?;
        while !shutdown.is_cancelled() {
            match self.tick().await {
                Ok(()) => {}
                Err(TxError::Store(lost @ StoreError::LeaseLost { .. })) => return Err(lost.into()),
                Err(cause) => {
                    warn!(chain = self.chain.name(), %cause, "transactions wait");
                    tokio::time::sleep(Duration::from_millis(250)).await;
                }
            }
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = self.wake.notified() => {}
                changed = heads.changed() => if changed.is_err() {
                    tokio::time::sleep(Duration::from_secs(1)).await;
                },
                () = tokio::time::sleep(Duration::from_secs(1)) => {}
            }
        }
        Ok(())
    }

    /// One round: give new intents their slots, move the slots on, follow what was sent.
    ///
    /// # Errors
    /// What could not be done; what was done is stored.
    pub async fn tick(&mut self) -> Result<(), TxError> {
        let id = self.chain.id();
        if !self.store.has_open_work(id).await? {
            return Ok(());
        }
        if let Some(reason) = self.store.halted(id).await? {
            debug!(chain = self.chain.name(), reason, "halted");
            return Ok(());
        }
        let head = *self.chain.heads().borrow();
        let Some(head) = head else { return Ok(()) };
        self.obey().await?;
        // New work goes first: it is what gets old.
        self.admit(head).await?;
        self.drive(head).await?;
        if self.track(head).await? {
            self.admit(head).await?;
            self.drive(head).await?;
        }
        Ok(())
    }

    /// Whether intents were planned since the step began. New work gets old while many slots are looked up, so it goes
    /// first; the step after it begins at once and looks the rest up.
    pub(super) fn has_new_work(&self) -> bool {
        let woken = self.wake.notified().now_or_never().is_some();
        if woken {
            self.wake.notify_one();
        }
        woken
    }

    /// A slot whose key is not configured any more can neither be raised nor cancelled here.
    async fn warn_of_lost_keys(&self) -> Result<(), TxError> {
        for (slot, _) in self.store.open_slots(self.chain.id()).await? {
            if !self.lanes.values().any(|lane| lane.address() == slot.signer) {
                self.page(
                    None,
                    &format!(
                        "nonce {} of {} is open, but no lane has that key",
                        slot.nonce, slot.signer
                    ),
                );
            }
        }
        Ok(())
    }

    pub(super) async fn open(&self, head: BlockRef) -> Result<Open, TxError> {
        let chain = self.chain.id();
        let intents = self.store.open_intents(chain).await?;
        let slots = self.store.open_slots(chain).await?;
        let paused = self.store.pauses().await?.into_iter().map(|p| p.subject.0).collect();
        Ok(Open {
            head,
            slots,
            intents,
            paused,
            orders: self.store.open_orders(chain).await?,
        })
    }

    /// Tells the operator that somebody has to look.
    pub(super) fn page(&self, intent: Option<&Intent>, why: &str) {
        metrics::counter!("fluxion_pages_total", "chain" => self.chain.name().to_owned()).increment(1);
        let trace = intent.map(|i| i.wanted.trace.0.as_str()).unwrap_or_default();
        error!(
            chain = self.chain.name(),
            trace_id = trace,
            intent = intent.map(|i| i.id.0),
            "{why}; somebody has to look"
        );
    }
}
