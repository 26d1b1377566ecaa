//! The only part that signs and sends.

mod intent;
mod policy;
mod slot;

pub use intent::{FinalResult, Intent, IntentId, IntentState, NewIntent, Parked};
pub use policy::FeePolicy;
pub use slot::{Attempt, AttemptKind, Slot, SlotEnd};
