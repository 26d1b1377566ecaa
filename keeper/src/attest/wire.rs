//! What goes over HTTP between keepers and signers.

use alloy::primitives::{Address, Bytes, U256};
use serde::{Deserialize, Serialize};

use crate::sources::Price;
use crate::types::TraceId;

/// `POST /v1/attestations`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttestationRequest {
    /// Chain id.
    pub chain_id: u64,
    /// Feed, e.g. `EUR/USD`. Its contract comes from the signer's own deployment record.
    pub feed_id: String,
    /// Price in the feed's units, a decimal string.
    pub price: Price,
    /// Epoch, in seconds.
    pub observed_at: u64,
    /// Signer set.
    pub set_id: u32,
    /// Correlation id.
    pub trace_id: TraceId,
}

/// `POST /v1/score-attestations`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScoresRequest {
    /// Chain id.
    pub chain_id: u64,
    /// Version of the formula.
    pub formula: u32,
    /// Each wallet x 65,536 + score, ascending.
    pub updates: Vec<U256>,
    /// Epoch, in seconds.
    pub observed_at: u64,
    /// Signer set.
    pub set_id: u32,
    /// Correlation id.
    pub trace_id: TraceId,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttestationReply {
    /// Who signed.
    pub signer: Address,
    /// EIP-2098 compact signature, 64 bytes.
    pub signature: Bytes,
}

/// Every error of the HTTP interface.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorBody {
    /// The error.
    pub error: ErrorDetail,
}

/// An error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorDetail {
    /// For programs: stable, in snake case.
    pub code: String,
    /// For people.
    pub message: String,
    /// Values.
    #[serde(default)]
    pub details: serde_json::Value,
    /// Correlation id.
    pub trace_id: TraceId,
}
