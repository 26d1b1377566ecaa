//! Does every source answer, and do enough of them agree?

use crate::clock::Clock;
use crate::config::{Config, FeedConfig};
use crate::jobs::update_prices::rules;
use crate::problem::{Problem, ProblemKind};
use crate::sources::{Board, Fetcher, assess};

/// Asks every source of every feed once.
pub async fn sources(config: &Config, fetcher: &Fetcher, clock: &dyn Clock) -> Vec<Problem> {
    let feeds = config.feed.iter().map(|feed| of_feed(config, feed, fetcher, clock));
    futures::future::join_all(feeds).await.into_iter().flatten().collect()
}

async fn of_feed(config: &Config, feed: &FeedConfig, fetcher: &Fetcher, clock: &dyn Clock) -> Vec<Problem> {
    let place = format!("{}: feed {}", config.file.display(), feed.id);
    let board = Board::new(feed.clone());
    board.poll_once(fetcher, clock).await;
    let mut problems: Vec<Problem> = board
        .faults()
        .into_iter()
        .map(|(source, fault)| {
            Problem::new(
                ProblemKind::Unavailable,
                format!("{place}, source {source}"),
                fault,
                "correct its url and pointers, or take it out",
            )
        })
        .collect();
    if let Err(shortage) = assess(&board.observations(), &rules(feed), clock.now_ms()) {
        problems.push(Problem::new(
            ProblemKind::Unavailable,
            place,
            format!("no price: {shortage}"),
            "add sources, or mend those that fail",
        ));
    }
    problems
}
