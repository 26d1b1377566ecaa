//! What an operator wants done with one transaction. The command line stores the order; the transaction manager of the
//! process that holds the lease obeys it.

use alloy::primitives::B256;
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::StoreError;
use crate::model::{ChainId, IntentId};

/// What is wanted.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum OrderKind {
    /// Raise its fees now, within the caps.
    Bump,
    /// End it: free its nonce by a cancel, or drop it before it has one.
    Cancel,
    /// Plan its effect again after a bad end, past the limit of incarnations.
    Retry,
}

/// One order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Row id; zero before it is stored.
    pub id: i64,
    /// The transaction.
    pub intent: IntentId,
    /// What is wanted.
    pub kind: OrderKind,
    /// Who wants it.
    pub who: String,
    /// Why.
    pub why: String,
    /// When it was given, in milliseconds.
    pub at_ms: u64,
    /// The newest attempt of the transaction when it was given, found by the store: a raise replaces this one and no
    /// other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<B256>,
    /// What came of it; `None` while it is open.
    pub outcome: Option<String>,
}

/// The orders' part of the store.
#[async_trait]
pub trait OrderStore: Send + Sync {
    /// Stores an order, without the lease. Fails with `Conflict` when the same one is open.
    async fn give_order(&self, order: &Order) -> Result<(), StoreError>;
    /// Open orders for transactions of a chain, oldest first.
    async fn open_orders(&self, chain: ChainId) -> Result<Vec<Order>, StoreError>;
    /// Every order that was given for a transaction, oldest first.
    async fn orders_of(&self, intent: IntentId) -> Result<Vec<Order>, StoreError>;
    /// Closes an order with what came of it.
    async fn end_order(&self, id: i64, outcome: &str) -> Result<(), StoreError>;
    /// Forgets what ended before a wall time: transactions with their nonces, attempts and orders, and pauses and
    /// halts. The newest nonce of every account stays, and whatever an open transaction refers to. Gives the number of
    /// transactions forgotten.
    async fn forget(&self, before_ms: u64) -> Result<u64, StoreError>;
}
