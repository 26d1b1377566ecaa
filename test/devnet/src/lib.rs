//! The local world of the demo and the tests: two real chains with the contracts on them, price sources that replay
//! recorded prices in the shapes of three exchanges, and the real keeper with two further signer processes.
//!
//! [`World::builder`] assembles it. Every part can also be used by itself: [`anvil`] starts a chain, [`proxy`] stands
//! between the keeper and a chain and misbehaves on request, [`sources`] do the same for prices, [`keeper`] runs a
//! process that can be killed and started again on its data, [`process`] sees to it that nothing that was started
//! outlives this process. Whatever is written lands in one temporary folder; ports are free ones, so that many worlds
//! can run side by side.
//!
//! A world that cannot start says which part failed and shows the end of that part's log.

pub mod accounts;
pub mod anvil;
pub mod audit;
pub mod bench;
pub mod chaos;
pub mod demo;
pub mod deploy;
pub mod keeper;
pub mod pools;
pub mod process;
mod project;
pub mod proxy;
pub mod scenario;
pub mod skills;
pub mod sources;
mod traffic;
pub mod trial;
mod world;

pub use traffic::{Traffic, TrafficCounts};
pub use world::{Chain, World, WorldBuilder};
