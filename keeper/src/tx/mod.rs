//! The only part that signs and sends.
//!
//! An [`Intent`] is an effect wanted. The durable object is the nonce [`Slot`]: intents bind to it, signed [`Attempt`]s are
//! stored on it before they are sent, and it ends only by the finalized chain.
//!
//! `admit` takes an intent to a slot, `drive` writes, raises, replaces or cancels, `track` follows inclusion and finality; `decide` and
//! `fees` are pure. Every step starts from the store and the chain, so a kill anywhere loses nothing:
//! - before the slot's commit: no trace outside, the intent is admitted again;
//! - after it, before the send: the stored bytes are written at the restart (or replaced if they expired);
//! - after the send: writing the same bytes again is harmless, another payload only ever goes on the same nonce.

mod admit;
mod decide;
mod drive;
mod fees;
mod intent;
mod manager;
mod orders;
mod policy;
mod sign;
mod slot;
mod track;

pub use intent::{FinalResult, Intent, IntentId, IntentState, NewIntent, Parked};
pub use manager::{TxError, TxManager};
pub use policy::FeePolicy;
pub use sign::LaneSigner;
pub use slot::{Attempt, AttemptKind, Slot, SlotEnd};
