//! The suite of the pools: actors who swap, provide, donate and attack through real tokens, judged by exact arithmetic.
//!
//! The promises POOL-1 to POOL-22 and POOL-28 of docs/invariants.md are checked after every action, with no tolerance
//! beyond the bounds that the contracts' headers derive.

mod abi;
mod about;
mod action;
mod attack;
mod choose;
mod choose_events;
mod compare;
mod entry;
mod events;
mod fee;
mod fixture;
mod judge;
mod limits;
mod liquidity;
mod loan;
mod model;
mod native;
mod path;
mod perform;
mod permit;
mod recover;
mod replay;
mod replay_stories;
mod simpler;
mod swap;
mod terms;
mod unbalanced;
mod weigh;
mod wrong;
mod wrong_pool;

pub use abi::IPoolManager;
pub use action::{Action, Hop, Spec};
pub use entry::Entry;
pub(crate) use fixture::MODULES;
pub use fixture::{ACTORS, Fixture};
pub(crate) use judge::{big, stable_bound, weighted_least, weighted_most};
pub use loan::Loan;
pub use model::{Model, Pool};
pub use native::Native;
pub use perform::Pools;
pub use terms::Terms;
pub use unbalanced::Unbalanced;
