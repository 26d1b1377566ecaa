//! What the keeper decides: state in, intents out.

mod status;
pub mod update_prices;

pub use status::{JobLine, JobStatus};
