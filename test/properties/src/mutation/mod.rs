//! Mutants of the contracts: which there are, how they are compiled, which contracts they are part of.

mod compiler;
mod forge;
mod operators;
mod sources;

pub use compiler::{Compiled, Compiler};
pub use forge::ForgeProject;
pub use operators::generate;
pub use sources::{Mutant, Sources};
