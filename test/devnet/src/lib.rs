//! The local world of the demo and the tests.
pub mod accounts;
pub mod anvil;
pub mod process;
pub mod project;
pub mod proxy;
pub mod sources;
