//! Words that several parts share and that have no behaviour of theirs. Nothing here imports another folder.

mod diagnostic;
mod event;
mod failure;
mod fee_policy;
mod ids;
mod intent;
mod slot;
mod url;

pub use diagnostic::{Diagnostic, DiagnosticKind, contract_mismatch, contract_unavailable};
pub use event::{EventRef, ExpectedEvent, LogForm};
pub use failure::{Exit, Failure};
pub use fee_policy::{FeePolicy, usual_max_gas, usual_min_tip};
pub use ids::{BlockRef, ChainId, Height, Lane, TraceId};
pub use intent::{FinalResult, Intent, IntentId, IntentState, NewIntent, Parked, turn};
pub use slot::{Attempt, AttemptKind, Slot, SlotEnd};
pub use url::{shown_host, shown_url};
