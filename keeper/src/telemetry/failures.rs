//! Faults since the start by kind, for the status page; the same facts as the metrics.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

static COUNTS: Mutex<BTreeMap<&'static str, u64>> = Mutex::new(BTreeMap::new());

/// Counts one.
pub(super) fn count(kind: &'static str) {
    let mut counts = COUNTS.lock().unwrap_or_else(PoisonError::into_inner);
    let entry = counts.entry(kind).or_default();
    *entry = entry.saturating_add(1);
}

/// Faults since the start, by kind.
#[must_use]
pub fn failures() -> BTreeMap<&'static str, u64> {
    COUNTS.lock().unwrap_or_else(PoisonError::into_inner).clone()
}
