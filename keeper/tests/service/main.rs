//! The keeper's outside faces: configuration, sources, signers, HTTP interface, command line.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    reason = "a test that panics fails, and says where"
)]

mod check;
mod cli;
mod config;
mod equivocation;
mod home;
mod node;
mod nodes;
mod oracle;
mod rollup;
mod scores;
mod scripted;
mod signer_node;
mod signers;
mod sources;
mod strangers;
