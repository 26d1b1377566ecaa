//! What is wrong, where, and what helps: the one shape of every diagnostic for an operator.

use std::fmt;

use serde::Serialize;

/// One complaint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// Where: file and key, chain and contract, source.
    pub location: String,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: String,
    /// What kind of complaint it is; decides the exit code.
    pub kind: DiagnosticKind,
}

/// What kind of complaint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DiagnosticKind {
    /// The configuration, a keystore or a passphrase is wrong.
    Config,
    /// The chain is not what the configuration says: another chain id, not the contract, not a signer.
    Mismatch,
    /// The signer set and the keys or peers of this process do not fit: reports may find no quorum until that changes.
    Membership,
    /// Too many keys in one process.
    KeyQuorum,
    /// Something outside did not answer, or too little of it.
    Unavailable,
    /// The clock is wrong.
    Clock,
    /// An account cannot pay.
    Funds,
}

impl DiagnosticKind {
    /// Whether `run` refuses to start. Outside faults pass by themselves, so `run` starts and tries again.
    #[must_use]
    pub const fn is_fatal(self) -> bool {
        matches!(self, Self::Config | Self::Mismatch | Self::KeyQuorum)
    }
}

impl Diagnostic {
    /// A complaint of a kind.
    pub fn new(
        kind: DiagnosticKind,
        location: impl Into<String>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self {
            location: location.into(),
            message: message.into(),
            help: help.into(),
            kind,
        }
    }

    /// A complaint about the configuration.
    pub fn config(location: impl Into<String>, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::new(DiagnosticKind::Config, location, message, help)
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; {}", self.location, self.message, self.help)
    }
}

impl std::error::Error for Diagnostic {}

/// A contract that is not the one that the configuration means.
#[must_use]
pub fn contract_mismatch(location: String, message: &str) -> Diagnostic {
    Diagnostic::new(
        DiagnosticKind::Mismatch,
        location,
        message,
        "correct chain.deployment, chain.endpoints or the feed, or deploy again",
    )
}

/// The contracts of a chain cannot be read.
#[must_use]
pub fn contract_unavailable(location: &str, cause: &str) -> Diagnostic {
    Diagnostic::new(
        DiagnosticKind::Unavailable,
        location,
        format!("its contracts cannot be read ({cause})"),
        "start a node of this chain, or correct chain.endpoints",
    )
}
