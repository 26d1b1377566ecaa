//! The off-chain keeper of the Fluxion protocol.
//!
//! Data flows one way: chain log -> [`indexer`] -> [`store`] -> [`jobs`] -> [`tx`] -> chain -> [`tx`] tracks ->
//! [`store`]. The HTTP API only reads the store. Failure modes are described where they are handled: a hostile endpoint
//! in [`chain`], a reorg in [`indexer`], a kill at any instruction in [`tx`] and [`boundary`].

#![cfg_attr(test, allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails"))]

pub mod api;
pub mod app;
pub mod attest;
pub mod boundary;
pub mod chain;
pub mod cli;
pub mod clock;
pub mod config;
pub mod indexer;
pub mod jobs;
pub mod model;
pub mod oracle;
pub mod preflight;
pub mod reputation;
pub mod sources;
pub mod store;
pub mod telemetry;
pub mod tx;
