//! What a step goes by, read once and handed down to every lane.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use alloy::primitives::{Address, U256};
use tokio::sync::OnceCell;

use super::manager::TxError;
use super::{Attempt, Intent, IntentId, IntentState, Slot};
use crate::chain::{At, Chain, ChainError, MarketFees};
use crate::model::{BlockRef, Lane};
use crate::store::{Order, OrderKind, Store};

/// A question that several ask and one answer serves, a failed one too: it is asked again in the next step.
type Once<T> = OnceCell<Result<T, ChainError>>;

/// What is open on the chain at the start of a step. What is mined and only waits for finality is not in it.
pub(super) struct Look {
    pub(super) head: BlockRef,
    /// What is final *and* indexed: the end of a slot needs the events of its block.
    pub(super) settled: Option<BlockRef>,
    pub(super) slots: Vec<(Slot, Vec<Attempt>)>,
    pub(super) intents: Vec<Intent>,
    paused: HashSet<String>,
    orders: Vec<Order>,
    market: Once<MarketFees>,
}

impl Look {
    pub(super) async fn read(chain: &dyn Chain, store: &dyn Store, head: BlockRef) -> Result<Self, TxError> {
        let id = chain.id();
        let settled = match (store.finalized(id).await?, store.cursor(id).await?) {
            (Some(finalized), Some(indexed)) if indexed.height >= finalized.height => Some(finalized),
            _ => None,
        };
        Ok(Self {
            head,
            settled,
            slots: store.due_slots(id, settled.map(|block| block.height)).await?,
            intents: store.unmined_intents(id).await?,
            paused: store.pauses().await?.into_iter().map(|p| p.subject.0).collect(),
            orders: store.open_orders(id).await?,
            market: Once::new(),
        })
    }

    /// What the market asks, read when the first lane needs it.
    pub(super) async fn market(&self, chain: &dyn Chain) -> Result<MarketFees, TxError> {
        let read = self.market.get_or_init(|| chain.fees()).await;
        Ok(read.clone()?)
    }
}

/// One account's answers in a step.
#[derive(Default)]
pub(super) struct Account {
    latest: Once<u64>,
    agreed: Once<u64>,
    balance: Once<U256>,
}

/// What is open in one lane. It follows what the step does.
pub(super) struct Open {
    pub(super) look: Arc<Look>,
    pub(super) slots: Vec<(Slot, Vec<Attempt>)>,
    pub(super) intents: Vec<Intent>,
    /// Spent by the lane in the last day, with what its open slots may cost; read when it is needed.
    pub(super) spent: Option<U256>,
    accounts: HashMap<Address, Arc<Account>>,
}

impl Open {
    pub(super) fn of(look: &Arc<Look>, lane: Lane) -> Self {
        Self {
            slots: look
                .slots
                .iter()
                .filter(|(slot, _)| slot.lane == lane)
                .cloned()
                .collect(),
            intents: look.intents.iter().filter(|i| i.wanted.lane == lane).cloned().collect(),
            look: Arc::clone(look),
            spent: None,
            accounts: HashMap::new(),
        }
    }

    pub(super) fn intent(&self, id: IntentId) -> Option<&Intent> {
        self.intents.iter().find(|i| i.id == id)
    }

    /// Takes an intent as it is stored now in place of how it was.
    pub(super) fn put(&mut self, intent: Option<Intent>) {
        let Some(intent) = intent else { return };
        if let Some(known) = self.intents.iter_mut().find(|i| i.id == intent.id) {
            *known = intent;
        }
    }

    /// Slots without a mined attempt: what limits and funds count.
    pub(super) fn unmined(&self, signer: Address) -> impl Iterator<Item = &(Slot, Vec<Attempt>)> {
        self.slots
            .iter()
            .filter(move |(slot, on)| slot.signer == signer && on.iter().all(|a| a.included.is_none()))
    }

    /// An unmined slot that carries an older payload of the intent's topic, which it replaces there.
    pub(super) fn topic_waits(&self, intent: &Intent) -> bool {
        self.slots
            .iter()
            .filter(|(_, on)| on.iter().all(|a| a.included.is_none()))
            .flat_map(|(_, on)| on.iter().filter_map(|a| a.intent))
            .filter(|id| *id != intent.id)
            .any(|id| self.intent(id).is_some_and(|i| i.wanted.topic == intent.wanted.topic))
    }

    /// A younger intent of the same topic without a slot.
    pub(super) fn newer(&self, intent: &Intent) -> Option<IntentId> {
        let waits = |i: &&Intent| matches!(i.state, IntentState::Planned | IntentState::Simulated);
        self.intents
            .iter()
            .filter(waits)
            .find(|i| i.id > intent.id && i.wanted.topic == intent.wanted.topic)
            .map(|i| i.id)
    }

    /// What an operator ordered for an intent that holds a slot, if the slot has not seen to it since.
    pub(super) fn order(&self, intent: Option<&Intent>, current: &Attempt) -> Option<OrderKind> {
        let intent = intent?;
        // A raise is about the attempt that it names, whatever the clock of whoever gave it.
        let stands = |order: &Order| order.kind != OrderKind::Bump || order.replaces == Some(current.hash);
        let open = |order: &&Order| order.intent == intent.id && stands(order);
        self.look.orders.iter().find(open).map(|order| order.kind)
    }

    /// Whether an operator paused what an intent needs.
    pub(super) fn is_paused(&self, chain: &str, intent: &Intent) -> bool {
        let subjects = [
            format!("chain:{chain}"),
            format!("job:{}", intent.wanted.job),
            format!("signer:{}", intent.wanted.lane),
        ];
        subjects.iter().any(|s| self.look.paused.contains(s))
    }

    fn account(&mut self, address: Address) -> Arc<Account> {
        Arc::clone(self.accounts.entry(address).or_default())
    }

    /// The account's transaction count at the head, as one endpoint has it. A wrong one makes a step wait, nothing
    /// worse.
    pub(super) async fn latest_nonce(&mut self, chain: &dyn Chain, address: Address) -> Result<u64, TxError> {
        let account = self.account(address);
        let read = account.latest.get_or_init(|| chain.nonce(address, At::Latest)).await;
        Ok(read.clone()?)
    }

    /// The account's transaction count at the head, as a quorum has it. Every node has the state of the head.
    pub(super) async fn agreed_nonce(&mut self, chain: &dyn Chain, address: Address) -> Result<u64, TxError> {
        let account = self.account(address);
        let at = At::Block(self.look.head.hash);
        let read = account.agreed.get_or_init(|| chain.nonce(address, at)).await;
        Ok(read.clone()?)
    }

    /// The account's balance in wei.
    pub(super) async fn balance(&mut self, chain: &dyn Chain, address: Address) -> Result<U256, TxError> {
        let account = self.account(address);
        let read = account.balance.get_or_init(|| chain.balance(address)).await;
        Ok(read.clone()?)
    }
}
