//! What the store promises, on both engines.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panicking, also in what its cases share"
)]

mod changes;
mod engine;
mod history;
mod index;
mod lease;
mod orders;
mod rebuild;
mod schema;
mod signatures;
mod skills;
mod transactions;
