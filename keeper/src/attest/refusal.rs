//! Why something is not signed, in one shape for every kind of report.

use serde_json::{Value, json};

use super::AttestError;
use crate::store::StoreError;

/// Why a report is not signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// For programs: stable, in snake case.
    pub code: &'static str,
    /// Status of the HTTP answer.
    pub status: u16,
    /// For people.
    pub message: String,
    /// Its values.
    pub details: Value,
}

impl Refusal {
    /// A refusal without values.
    pub fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            status,
            message: message.into(),
            details: Value::Null,
        }
    }

    /// With its values.
    #[must_use]
    pub fn details(mut self, details: Value) -> Self {
        self.details = details;
        self
    }

    /// This process does not serve what is asked for.
    pub fn unknown_chain(what: &str, chain: u64) -> Self {
        Self::new(404, "unknown_chain", format!("{what} {chain} is not configured here"))
    }
}

impl From<AttestError> for Refusal {
    fn from(error: AttestError) -> Self {
        let message = error.to_string();
        match error {
            AttestError::Equivocation { epoch, signed, .. } => Self::new(409, "epoch_already_signed", message)
                .details(json!({"epoch": epoch, "signed_digest": signed})),
            AttestError::Closed { .. } => Self::new(409, "epoch_closed", message),
            AttestError::Store(_) => Self::new(500, "store_failed", message),
            AttestError::Key { .. } => Self::new(500, "key_failed", message),
        }
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::new(503, "index_failed", format!("the own index gives no answer: {error}"))
    }
}
