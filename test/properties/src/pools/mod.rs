//! The suite of the pools: actors who swap, provide, donate and attack through real tokens, judged by exact arithmetic.
//!
//! The promises POOL-1 to POOL-10 of docs/invariants.md are checked after every action, with no tolerance beyond the bounds that
//! the contracts' headers derive.

mod abi;
mod action;
mod attack;
mod choose;
mod fee;
mod fixture;
mod judge;
mod liquidity;
mod model;
mod perform;
mod replay;
mod swap;

pub use abi::IPoolManager;
pub use action::{Action, Hop, Spec};
pub use fixture::{ACTORS, Fixture};
pub(crate) use judge::{big, stable_bound, weighted_least, weighted_most};
pub use model::{Model, Pool};
pub use perform::Pools;
