//! What the binary does.

mod accuracy;
mod bench;
mod elsewhere;
mod fuzz;
mod ledger;
mod mutants;
mod replay;
mod workshop;

pub use accuracy::{AccuracyArgs, accuracy, measure};
pub use bench::{BenchArgs, bench};
pub use fuzz::{FuzzArgs, fuzz};
pub use mutants::{MutantsArgs, mutants};
pub use replay::{ReplayArgs, replay, replay_folder};
