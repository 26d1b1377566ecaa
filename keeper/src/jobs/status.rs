//! What each job last did or waits for, for the status page.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

/// What a job last said about a feed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct JobLine {
    /// `planned`, `fresh`, `sources`, `quorum`, `closed`, `error`.
    pub kind: &'static str,
    /// In words.
    pub text: String,
}

/// The last line per chain and feed.
#[derive(Debug, Default)]
pub struct JobStatus(Mutex<BTreeMap<(String, String), JobLine>>);

impl JobStatus {
    /// Notes a line; says whether its kind differs from the one before.
    pub fn say(&self, chain: &str, feed: &str, kind: &'static str, text: &str) -> bool {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let line = JobLine {
            kind,
            text: text.to_owned(),
        };
        let before = lines.insert((chain.to_owned(), feed.to_owned()), line);
        before.is_none_or(|before| before.kind != kind)
    }

    /// The last line about a feed.
    #[must_use]
    pub fn line(&self, chain: &str, feed: &str) -> Option<JobLine> {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.get(&(chain.to_owned(), feed.to_owned())).cloned()
    }
}
