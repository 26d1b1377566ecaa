//! What the keeper decides: state in, intents out.

mod gate;
mod status;
pub mod update_prices;
pub mod update_reputation;

pub use gate::{Closed, ClosedBy, Gate};
pub use status::{JobLine, JobStatus};
