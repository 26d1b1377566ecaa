//! The property harness: the contracts that forge built, in revm, attacked by long random sequences of calls and judged
//! after each by arithmetic that shares no formula with them.
//!
//! `world` runs contracts, `exact` knows what their results should be, `suites` has a folder of actions and promises
//! for each domain, `engine` chooses, guides, repeats and shrinks sequences of any suite, `command` is what the
//! binary does.
//!
//! What can go wrong: contracts that are not built (an error names the file), a manager that keeps its state elsewhere
//! than the harness looks (an error at the start), and a broken promise, which ends a run with the shortest sequence
//! found, as Solidity.

pub mod command;
pub mod engine;
pub mod exact;
pub mod handler;
pub mod mutation;
pub mod suites;
pub mod world;
