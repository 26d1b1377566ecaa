//! The real keeper in a real world, killed and starved.

mod crash;
mod money;
mod operator;
