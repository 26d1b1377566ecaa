//! What the keeper decides: state in, intents out.

pub mod update_prices;
