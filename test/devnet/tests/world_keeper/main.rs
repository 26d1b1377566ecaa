//! The real keeper in a real world, killed and starved.

mod busy;
mod crash;
mod money;
