//! What the keeper decides: state in, intents out.
