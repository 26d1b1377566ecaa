//! What the keeper decides: state in, intents out. A job is one folder here and one line of the list below.

mod gate;
mod job;
mod kind;
mod runner;
mod status;

pub use gate::{Closed, ClosedBy, Gate, Gates};
pub use job::{Held, Job, JobError, Signed, Verdict, Wanted, Weight};
pub use kind::{Contract, Kind, Look, Process, Record, Running, Shown, Site, replay, shown};
pub use runner::{Bench, Outcome, Runner, Worker};
pub use status::{JobLine, JobStatus};

use std::path::Path;

use crate::config::{self, Config, Section};
use crate::model::Diagnostic;

/// Declares the folder of each job, and the list that everything iterates.
macro_rules! jobs {
    ($($job:ident),* $(,)?) => {
        $(pub mod $job;)*

        /// Every job, in the order in which they are shown.
        pub static ALL: &[&dyn Kind] = &[$(&$job::KIND),*];
    };
}

jobs! {
    update_prices,
    update_reputation,
}

/// A job by its name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static dyn Kind> {
    ALL.iter().copied().find(|kind| kind.name() == name)
}

/// Reads and validates a configuration with the section of every job.
///
/// # Errors
/// Every problem found.
pub fn load_config(file: &Path) -> Result<Config, Vec<Diagnostic>> {
    let sections: Vec<&dyn Section> = ALL.iter().map(|kind| *kind as &dyn Section).collect();
    config::load(file, &sections)
}
