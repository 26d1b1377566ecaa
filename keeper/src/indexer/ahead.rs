//! The range behind the one that is being stored, read meanwhile: a backfill is as fast as the slower of node and
//! database, not as slow as both together.
//!
//! Only final blocks are read ahead. What is read may wait for its turn, and no reorg can come in between.

use std::sync::{Arc, Mutex, PoisonError};

use tokio_util::task::AbortOnDropHandle;

use crate::chain::{Chain, ChainError, LogRange, RangeLogs};
use crate::model::Height;

struct Reading {
    from: Height,
    logs: AbortOnDropHandle<Result<RangeLogs, ChainError>>,
}

/// At most one range that is being read, or waits.
#[derive(Default)]
pub(super) struct Ahead(Mutex<Option<Reading>>);

impl Ahead {
    /// Begins to read a range.
    pub(super) fn begin(&self, chain: &Arc<dyn Chain>, range: LogRange) {
        let (chain, from) = (Arc::clone(chain), range.from);
        let logs = AbortOnDropHandle::new(tokio::spawn(async move { chain.logs(&range).await }));
        self.put(Some(Reading { from, logs }));
    }

    /// The range's logs from its beginning: what was read ahead if it begins there, else read now.
    pub(super) async fn read(&self, chain: &Arc<dyn Chain>, range: &LogRange) -> Result<RangeLogs, ChainError> {
        if let Some(reading) = self.put(None)
            && reading.from == range.from
            && let Ok(read) = reading.logs.await
        {
            return read;
        }
        chain.logs(range).await
    }

    fn put(&self, reading: Option<Reading>) -> Option<Reading> {
        std::mem::replace(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner), reading)
    }
}
