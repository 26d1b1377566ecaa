//! What the binary does.

mod accuracy;
mod bench;
mod elsewhere;
mod fuzz;
mod mutants;
mod probe;
mod replay;
mod skill_mutants;
mod workshop;

pub use accuracy::{Accuracy, AccuracyArgs, accuracy, measure};
pub use bench::{BenchArgs, bench};
pub use fuzz::{FuzzArgs, fuzz};
pub use mutants::{MutantsArgs, mutants};
pub use replay::{ReplayArgs, replay, replay_folder};
pub use skill_mutants::{SkillMutantsArgs, skill_mutants};
