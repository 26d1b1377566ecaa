//! The last observation of every source of a feed, kept fresh by one task per source.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{Fault, Fetcher, Observation};
use crate::clock::Clock;
use crate::config::{FeedConfig, SourceConfig};
use crate::telemetry::metric;

/// What one source said last.
#[derive(Clone, Debug, Default)]
struct Seat {
    observation: Option<Observation>,
    /// The fault since that observation, if any.
    fault: Option<Fault>,
    /// Polls that ended, whichever way.
    polls: u64,
    /// A poll is under way.
    asking: bool,
}

/// The sources of one feed.
#[derive(Debug)]
pub struct Board {
    feed: FeedConfig,
    seats: Mutex<Vec<Seat>>,
    /// Counts observations; tells waiting decisions of each.
    answers: watch::Sender<u64>,
    /// Counts polls that ended, with an observation or a fault.
    polls: watch::Sender<u64>,
    /// Asks every source out of turn.
    hurry: Vec<Notify>,
}

impl Board {
    /// An empty board.
    #[must_use]
    pub fn new(feed: FeedConfig) -> Self {
        let seats = feed.source.len();
        Self {
            seats: Mutex::new(vec![Seat::default(); seats]),
            answers: watch::Sender::new(0),
            polls: watch::Sender::new(0),
            hurry: (0..seats).map(|_| Notify::new()).collect(),
            feed,
        }
    }

    /// The feed.
    #[must_use]
    pub const fn feed(&self) -> &FeedConfig {
        &self.feed
    }

    /// Last observation of every source that ever answered.
    #[must_use]
    pub fn observations(&self) -> Vec<Observation> {
        self.lock().iter().filter_map(|seat| seat.observation.clone()).collect()
    }

    /// Sources whose last answer was a fault, with it.
    #[must_use]
    pub fn faults(&self) -> BTreeMap<String, String> {
        let seats = self.lock();
        let named = self.feed.source.iter().zip(seats.iter());
        named
            .filter_map(|(source, seat)| Some((source.name.clone(), seat.fault.as_ref()?.to_string())))
            .collect()
    }

    /// Changes with every poll that ended, with an observation or a fault.
    #[must_use]
    pub fn polls(&self) -> watch::Receiver<u64> {
        self.polls.subscribe()
    }

    /// Changes with every observation.
    #[must_use]
    pub fn answers(&self) -> watch::Receiver<u64> {
        self.answers.subscribe()
    }

    /// Asks every source now; answers arrive as always. A source that is being asked is asked again right after. Gives
    /// what [`Board::answered_since`] wants.
    pub fn refresh(&self) -> Vec<u64> {
        let polls = {
            // What is under way may have been answered before: only the poll after it counts.
            let seats = self.lock();
            seats
                .iter()
                .map(|seat| seat.polls.saturating_add(u64::from(seat.asking)))
                .collect()
        };
        for hurry in &self.hurry {
            hurry.notify_one();
        }
        polls
    }

    /// Whether every source that was not failing has answered, or failed, since that [`Board::refresh`].
    #[must_use]
    pub fn answered_since(&self, polls: &[u64]) -> bool {
        let seats = self.lock();
        seats
            .iter()
            .zip(polls)
            .all(|(seat, before)| seat.polls > *before || seat.fault.is_some())
    }

    /// Asks every source once and waits for all of them.
    pub async fn poll_once(&self, fetcher: &Fetcher, clock: &dyn Clock) {
        futures::future::join_all((0..self.feed.source.len()).map(|seat| self.ask(seat, fetcher, clock))).await;
    }

    /// Asks every source on the interval until shutdown, each in its own task.
    pub fn poll(
        self: &Arc<Self>,
        fetcher: &Fetcher,
        clock: &Arc<dyn Clock>,
        interval: Duration,
        tracker: &TaskTracker,
        shutdown: &CancellationToken,
    ) {
        for seat in 0..self.feed.source.len() {
            let (board, fetcher, clock) = (Arc::clone(self), fetcher.clone(), Arc::clone(clock));
            let shutdown = shutdown.clone();
            tracker.spawn(async move {
                let mut ticks = tokio::time::interval(interval);
                ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
                while !shutdown.is_cancelled() {
                    tokio::select! {
                        () = shutdown.cancelled() => break,
                        _ = ticks.tick() => {}
                        () = async {
                            match board.hurry.get(seat) {
                                Some(hurry) => hurry.notified().await,
                                None => std::future::pending().await,
                            }
                        } => {}
                    }
                    tokio::select! {
                        () = shutdown.cancelled() => break,
                        () = board.ask(seat, &fetcher, clock.as_ref()) => {}
                    }
                }
            });
        }
    }

    async fn ask(&self, seat: usize, fetcher: &Fetcher, clock: &dyn Clock) {
        let Some(source) = self.feed.source.get(seat) else {
            return;
        };
        if let Some(seat) = self.lock().get_mut(seat) {
            seat.asking = true;
        }
        let begun = Instant::now();
        let answer = fetcher.fetch(source, self.feed.decimals, clock).await;
        metric::source_response(&self.feed.id, &source.name, begun.elapsed());
        self.note(seat, source, answer);
    }

    fn note(&self, seat: usize, source: &SourceConfig, answer: Result<Observation, Fault>) {
        let good = answer.is_ok();
        if let Some(seat) = self.lock().get_mut(seat) {
            seat.polls = seat.polls.wrapping_add(1);
            seat.asking = false;
            match answer {
                Ok(observation) => {
                    if seat.fault.take().is_some() {
                        tracing::info!(feed = %self.feed.id, source = %source.name, "source answers again");
                    }
                    seat.observation = Some(observation);
                }
                Err(fault) => {
                    metric::source_failure(&self.feed.id, &source.name, fault.kind());
                    // Said once when it begins or changes, not at every poll.
                    if seat.fault.as_ref().map(Fault::kind) != Some(fault.kind()) {
                        tracing::warn!(feed = %self.feed.id, source = %source.name, kind = fault.kind(), "source failed: {fault}");
                    }
                    seat.fault = Some(fault);
                }
            }
        }
        if good {
            self.answers.send_modify(|count| *count = count.wrapping_add(1));
        }
        self.polls.send_modify(|count| *count = count.wrapping_add(1));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Seat>> {
        // A panic while it was held cannot leave a seat half written.
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// All boards, by feed id.
#[derive(Clone, Debug, Default)]
pub struct Boards(Arc<BTreeMap<String, Arc<Board>>>);

impl Boards {
    /// A board for every feed.
    #[must_use]
    pub fn new(feeds: &[FeedConfig]) -> Self {
        Self(Arc::new(
            feeds
                .iter()
                .map(|feed| (feed.id.clone(), Arc::new(Board::new(feed.clone()))))
                .collect(),
        ))
    }

    /// The board of a feed.
    #[must_use]
    pub fn get(&self, feed: &str) -> Option<&Arc<Board>> {
        self.0.get(feed)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Board>> {
        self.0.values()
    }
}
