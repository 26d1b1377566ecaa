//! The only part that signs and sends.
//!
//! An [`Intent`] is an effect wanted. The durable object is the nonce [`Slot`]: intents bind to it, signed [`Attempt`]s
//! are stored on it before they are sent, and it ends only by the finalized chain.
//!
//! `manager` looks and hands the look to a task per lane. There `admit` and `reserve` take an intent to a slot, `drive`
//! writes, raises, replaces or cancels, `track` follows inclusion and finality and `end` closes; `decide` and `fees`
//! are pure. Every intent and every slot has a result of its own: what cannot be answered for one stops no other. Every
//! step starts from the store and the chain, so a kill anywhere loses nothing:
//! - before the slot's commit: no trace outside, the intent is admitted again;
//! - after it, before the send: the stored bytes are written at the restart (or replaced if they expired);
//! - after the send: writing the same bytes again is harmless, another payload only ever goes on the same nonce.

mod admit;
mod broadcast;
mod decide;
mod drive;
mod end;
mod fees;
mod gap;
mod lane;
mod look;
mod manager;
mod market;
mod orders;
mod replace;
mod reserve;
mod sign;
mod track;

use crate::model::{
    Attempt, AttemptKind, FeePolicy, FinalResult, Intent, IntentId, IntentState, Parked, Slot, SlotEnd,
};

pub use manager::{TxError, TxManager};
pub use sign::LaneSigner;
