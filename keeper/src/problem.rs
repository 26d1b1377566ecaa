//! What is wrong, where, and how to mend it: the one shape of every complaint to an operator.

use std::fmt;

use serde::Serialize;

/// One complaint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The place: file and key, chain and contract, source.
    pub place: String,
    /// The fact.
    pub fact: String,
    /// What to do about it.
    pub mend: String,
    /// What kind of complaint it is; decides the exit code.
    pub kind: ProblemKind,
}

/// What kind of complaint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ProblemKind {
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

impl ProblemKind {
    /// Whether `run` refuses to start. Outside faults pass by themselves, so `run` starts and tries again.
    #[must_use]
    pub const fn is_fatal(self) -> bool {
        matches!(self, Self::Config | Self::Mismatch | Self::KeyQuorum)
    }
}

impl Problem {
    /// A complaint of a kind.
    pub fn new(kind: ProblemKind, place: impl Into<String>, fact: impl Into<String>, mend: impl Into<String>) -> Self {
        Self {
            place: place.into(),
            fact: fact.into(),
            mend: mend.into(),
            kind,
        }
    }

    /// A complaint about the configuration.
    pub fn config(place: impl Into<String>, fact: impl Into<String>, mend: impl Into<String>) -> Self {
        Self::new(ProblemKind::Config, place, fact, mend)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; {}", self.place, self.fact, self.mend)
    }
}

impl std::error::Error for Problem {}
