//! The event log, for whoever folds over it.

use alloy::primitives::{Address, B256, Bytes};
use async_trait::async_trait;

use super::StoreError;
use crate::model::{ChainId, EventRef, Height};

/// A log of the canonical chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logged {
    /// Where it stands.
    pub at: EventRef,
    /// Emitting contract.
    pub address: Address,
    /// Its topics.
    pub topics: Vec<B256>,
    /// Its data.
    pub data: Bytes,
}

/// Reads the log.
#[async_trait]
pub trait LogStore: Send + Sync {
    /// Logs of a contract with this first topic, up to a height (`None`: all that are indexed), in the order of the
    /// chain.
    async fn logs(
        &self,
        chain: ChainId,
        contract: Address,
        topic: B256,
        up_to: Option<Height>,
    ) -> Result<Vec<Logged>, StoreError>;
}
