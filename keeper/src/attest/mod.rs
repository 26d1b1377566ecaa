//! Signatures on reports of prices and of scores: made here by this process's key, asked for at other signer processes, put together as the
//! verifier contract wants them.
//!
//! A signer never equivocates: the digest for (signer, chain, feed, epoch) is committed before the signature leaves, so even a
//! process killed in between signs the same report for that epoch, or none. A signer trusts nobody's price: it compares with
//! the median of its own sources and refuses what lies outside its tolerance. Nor anybody's scores: it computes them from its own index and
//! refuses a batch with any other.

mod attestable;
mod attestor;
mod close;
mod collect;
mod report;
mod scores;
mod service;
mod wire;

pub use attestable::Attestable;
pub use attestor::{AttestError, Attestor};
pub use close::{close_epochs, closed_epoch};
pub use collect::{Collector, NoQuorum, Quorum};
pub use report::{PriceReport, Report, encode};
pub use scores::{ScoreRefusal, ScoreService};
pub use service::{AttestationService, Refusal};
pub use wire::{AttestationReply, AttestationRequest, ErrorBody, ErrorDetail, ScoresRequest};
