//! What the keeper decides: state in, intents out.

mod gate;
mod status;
pub mod update_prices;

pub use gate::{Closed, ClosedBy, Gate};
pub use status::{JobLine, JobStatus};
