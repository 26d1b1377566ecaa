//! Where prices come from: HTTP sources, each with its own time limit, and the median of those that agree.
//!
//! A source may lie, lag, hang, answer garbage or not at all. None of that stops the others: every source is asked by
//! its own task, an answer that does not parse is a fault of that source, and an answer far from the others is dropped.
//! What is left must be at least `min_sources`, else there is no price.

mod aggregate;
mod board;
mod fetch;
mod instant;
mod price;

pub use aggregate::{Assessment, Rules, Shortage, assess};
pub use board::{Board, Boards};
pub use fetch::{Fault, Fetcher};
pub use price::{Price, PriceError, exceeds_bps};

use serde::{Deserialize, Serialize};

/// One answer of one source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observation {
    /// The source's name.
    pub source: String,
    /// Price in the feed's units.
    pub price: Price,
    /// When the price held: the source's own time where it tells one, else the time of the answer. Milliseconds.
    pub at_ms: u64,
    /// When the answer was complete. Milliseconds.
    pub received_at_ms: u64,
}
