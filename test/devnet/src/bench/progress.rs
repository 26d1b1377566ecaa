//! One line that shows how far something is.

use std::{
    io::{IsTerminal as _, Write as _},
    time::{Duration, Instant},
};

/// Pause between two lines where they cannot be overwritten.
const SLOW: Duration = Duration::from_secs(10);

/// Shows on the standard error how much of a whole is done.
pub struct Progress {
    what: &'static str,
    whole: u64,
    shown: Option<Instant>,
    live: bool,
}

impl Progress {
    /// Nothing is done yet.
    pub fn new(what: &'static str, whole: u64) -> Self {
        Self {
            what,
            whole,
            shown: None,
            live: std::io::stderr().is_terminal(),
        }
    }

    /// So much is done.
    pub fn at(&mut self, done: u64) {
        let pause = if self.live { Duration::from_millis(100) } else { SLOW };
        if self.shown.is_some_and(|shown| shown.elapsed() < pause) {
            return;
        }
        self.shown = Some(Instant::now());
        let mut out = std::io::stderr().lock();
        let end = if self.live { "\r" } else { "\n" };
        let _ = write!(
            out,
            "  {} of {} {}   {end}",
            done.min(self.whole),
            self.whole,
            self.what
        );
        let _ = out.flush();
    }

    /// All is done: the line goes.
    pub fn end(self) {
        if self.live {
            eprint!("\r\x1b[K");
        }
    }
}
