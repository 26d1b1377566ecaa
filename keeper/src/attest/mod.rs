//! Signatures on reports of every kind: made here by this process's key, asked for at other signer processes, put
//! together as the verifier contract wants them. What a kind of report says, and when it is right, is its job's
//! business: see [`Attestable`] and [`Judge`].
//!
//! A signer never equivocates: the digest for (signer, chain, feed, epoch) is committed before the signature leaves, so
//! even a process killed in between signs the same report for that epoch, or none. A signer trusts nobody's report: its
//! judge compares with what this process observes and computes itself, and refuses everything else.

mod admission;
mod attestable;
mod attestor;
mod call;
mod close;
mod collect;
mod door;
mod encode;
mod refusal;
mod service;
mod wire;

pub use admission::{Admission, WINDOW_MS};
pub use attestable::{Asked, Attestable, Judge};
pub use attestor::{AttestError, Attestor};
pub use call::{Call, Caller};
pub use close::{close_epochs, closed_epoch};
pub use collect::{Collector, NoQuorum, Quorum};
pub use door::{Door, Guarded};
pub use encode::encode;
pub use refusal::Refusal;
pub use service::Service;
pub use wire::{AttestationReply, ErrorBody, ErrorDetail};
