//! What goes over HTTP between keepers and signers, whatever the kind of report.

use alloy::primitives::{Address, Bytes};
use serde::{Deserialize, Serialize};

use crate::model::TraceId;

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
