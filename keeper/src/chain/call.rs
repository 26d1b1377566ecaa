//! Why a request to one endpoint gave nothing, and whether a smaller one may give something.

use std::time::Duration;

use alloy::primitives::Bytes;

/// Why a request to one endpoint gave nothing.
#[derive(Clone, Debug)]
pub(super) enum CallError {
    /// The node answered with an error.
    Node {
        /// JSON-RPC code.
        code: i64,
        /// The node's words.
        message: String,
        /// Revert data, where there is some.
        data: Bytes,
    },
    /// No usable answer came.
    NoAnswer(String),
    /// It limits how often it is asked: less at a time would not help, only waiting does.
    Busy(String),
    /// No answer came in time: less may be answered sooner.
    Late(Duration),
    /// Answers contradict each other: a reorg came between them, or the node is wrong.
    Contradiction(String),
}

impl std::fmt::Display for CallError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Node { code, message, .. } => write!(f, "{message} (code {code})"),
            Self::NoAnswer(text) | Self::Busy(text) | Self::Contradiction(text) => f.write_str(text),
            Self::Late(after) => write!(f, "no answer within {} ms", after.as_millis()),
        }
    }
}

impl CallError {
    /// Whether less may be answered: anything but a limit of how often, and a contradiction.
    pub(super) const fn may_be_size(&self) -> bool {
        matches!(self, Self::Node { .. } | Self::NoAnswer(_) | Self::Late(_))
    }
}
