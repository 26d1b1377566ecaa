//! When to look for the next block.
//!
//! A chain's blocks come at intervals that hardly get shorter than the last ones were. So right after a block there is
//! nothing to be seen: looking again begins half of the shortest of the last intervals later, and then goes on as often
//! as configured.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{Chain as _, RpcChain};

/// Intervals that are remembered.
const REMEMBERED: usize = 8;
/// Longest pause: endpoints are judged by how they answer, too.
const LONGEST: Duration = Duration::from_secs(1);

impl RpcChain {
    /// Polls the heads until `stop` is cancelled. Failures are logged by their first and their end only.
    pub async fn follow(&self, every: Duration, stop: CancellationToken) {
        let mut failing = false;
        let mut rhythm = Rhythm::new(every);
        let mut next = Instant::now();
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep_until(next) => {}
            }
            let begun = Instant::now();
            let before = *self.heads.borrow();
            let polled = self.poll().await;
            let wait = rhythm.wait(begun, polled.as_ref().is_ok_and(|head| before != Some(*head)));
            next = begun.checked_add(wait).unwrap_or(begun);
            match polled {
                Ok(_) if failing => {
                    failing = false;
                    tracing::info!(chain = self.settings.name, "an endpoint answers again");
                }
                Err(error) if !failing => {
                    failing = true;
                    tracing::warn!(chain = self.settings.name, %error, "no head");
                }
                _ => {}
            }
        }
    }
}

/// The intervals at which a chain's blocks were seen.
struct Rhythm {
    every: Duration,
    last: Option<Instant>,
    intervals: VecDeque<Duration>,
}

impl Rhythm {
    /// Nothing was seen yet; looks are at least `every` apart.
    const fn new(every: Duration) -> Self {
        Self {
            every,
            last: None,
            intervals: VecDeque::new(),
        }
    }

    /// The wait after a look that began at `now` and did or did not show another block.
    fn wait(&mut self, now: Instant, another: bool) -> Duration {
        if !another {
            return self.every;
        }
        if let Some(last) = self.last.replace(now) {
            if self.intervals.len() == REMEMBERED {
                self.intervals.pop_front();
            }
            self.intervals.push_back(now.saturating_duration_since(last));
        }
        let shortest = self.intervals.iter().min().copied().unwrap_or_default();
        shortest.div_f64(2.0).min(LONGEST).max(self.every)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVERY: Duration = Duration::from_millis(250);

    fn after(waits: &[u64]) -> Duration {
        let mut rhythm = Rhythm::new(EVERY);
        let mut now = Instant::now();
        let mut wait = rhythm.wait(now, true);
        for millis in waits {
            now += Duration::from_millis(*millis);
            wait = rhythm.wait(now, true);
        }
        wait
    }

    #[test]
    fn the_pause_is_half_of_the_shortest_interval_within_bounds() {
        assert_eq!(after(&[]), EVERY, "nothing is known of the chain");
        assert_eq!(after(&[1_250, 1_000, 1_250]), Duration::from_millis(500));
        assert_eq!(after(&[12_000, 12_000]), LONGEST);
        assert_eq!(after(&[250, 1_000]), EVERY, "its blocks may come at once");
        let mut long = vec![250];
        long.extend([1_000; REMEMBERED]);
        assert_eq!(after(&long), Duration::from_millis(500), "that was long ago");
    }

    #[test]
    fn without_another_block_looks_are_as_configured() {
        let mut rhythm = Rhythm::new(EVERY);
        let now = Instant::now();
        for seconds in 1..=3 {
            rhythm.wait(now + Duration::from_secs(seconds), true);
        }
        assert_eq!(rhythm.wait(now + Duration::from_secs(4), false), EVERY);
    }
}
