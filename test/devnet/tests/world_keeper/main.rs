//! The real keeper in a real world, killed and starved, and what it says of itself.

mod crash;
mod faults;
mod metrics;
mod money;
mod once;
mod operator;
