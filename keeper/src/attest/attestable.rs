//! Whatever a quorum of signers puts its name to.

use std::fmt::Debug;
use std::sync::Arc;

use alloy::primitives::{Address, B256};
use async_trait::async_trait;
use serde::{Serialize, de::DeserializeOwned};

use super::Refusal;
use crate::model::TraceId;
use crate::oracle::ChainOracle;
use crate::store::DigestRecord;

/// Something that a quorum signs.
pub trait Attestable: Clone + Debug + Send + Sync + 'static {
    /// What goes over HTTP to another signer.
    type Request: Asked;

    /// Where other signers are asked for it.
    const PATH: &'static str;
    /// Bytes of a request that are read at most.
    const BODY_LIMIT: usize;

    /// EIP-712 digest.
    fn digest(&self) -> B256;
    /// Epoch, in seconds.
    fn epoch(&self) -> u64;
    /// What must be durable, and the only one of its key, before `signer` signs.
    fn records(&self, signer: Address) -> Vec<DigestRecord>;
    /// What another signer is asked.
    fn request(&self, trace: &TraceId) -> Self::Request;
}

/// A request for a signature.
pub trait Asked: Debug + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Chain id.
    fn chain(&self) -> u64;
    /// Signer set that is meant.
    fn set_id(&self) -> u32;
    /// Epoch, in seconds.
    fn epoch(&self) -> u64;
    /// Correlation id.
    fn trace(&self) -> &TraceId;
}

/// Judges requests for one kind of report by what this process knows itself. It lives in the folder of the job that
/// reports.
#[async_trait]
pub trait Judge: Send + Sync + 'static {
    /// What is signed.
    type Report: Attestable;

    /// The subject as a label of metrics; `None` where it is not configured, so that no caller can grow them.
    fn subject(&self, request: &<Self::Report as Attestable>::Request) -> Option<String>;

    /// Of what only one epoch at a time is open for a caller: the subject of reports that have rivals, since more than
    /// one report could be right for an epoch. `None` where the epoch itself says which report is right.
    fn rivals(&self, request: &<Self::Report as Attestable>::Request) -> Option<String>;

    /// Whether the request is one at all, and the oracle of the chain that it is about.
    ///
    /// # Errors
    /// [`Refusal`]
    fn oracle(&self, request: &<Self::Report as Attestable>::Request) -> Result<Arc<ChainOracle>, Refusal>;

    /// Judges it, and gives what is to be signed. Whatever it names comes from this process's own configuration.
    ///
    /// # Errors
    /// [`Refusal`]: nothing is signed.
    async fn judge(&self, request: &<Self::Report as Attestable>::Request) -> Result<Self::Report, Refusal>;
}
