//! Judges prices that others ask this process to sign: by its own sources, and nothing else.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use alloy::primitives::Address;
use async_trait::async_trait;
use serde_json::json;

use super::{AttestationRequest, Feeds, Report, rules};
use crate::attest::{Judge, Refusal};
use crate::clock::Clock;
use crate::model::ChainId;
use crate::oracle::ChainOracle;
use crate::sources::{Board, Boards, Price, assess, exceeds_bps};

/// How far an observation may lie ahead of this process's clock, in seconds. The contract allows 15 s; a signature
/// holds its epoch, so that here it is what clocks of machines may differ by.
const FUTURE_LIMIT_S: u64 = 5;

/// How often the sources of a feed are asked out of turn at most, however many requests there are.
const OUT_OF_TURN: Duration = Duration::from_secs(1);

/// Judges prices by the own sources.
pub struct PriceJudge {
    chains: BTreeMap<ChainId, Arc<Feeds>>,
    boards: Boards,
    clock: Arc<dyn Clock>,
    max_age_s: u64,
    patience: Duration,
    hurried: Mutex<BTreeMap<String, (Instant, Vec<u64>)>>,
}

impl PriceJudge {
    /// A judge over these chains and sources. `patience` is how long it asks its sources again before it refuses a
    /// price that its last observations do not support.
    #[must_use]
    pub fn new(
        chains: BTreeMap<ChainId, Arc<Feeds>>,
        boards: Boards,
        clock: Arc<dyn Clock>,
        max_age_s: u64,
        patience: Duration,
    ) -> Self {
        Self {
            chains,
            boards,
            clock,
            max_age_s,
            patience,
            hurried: Mutex::default(),
        }
    }

    /// The feeds of the chain, and the contract and sources of the one that is asked about.
    fn asked(&self, request: &AttestationRequest) -> Result<(&Arc<Feeds>, Address, &Arc<Board>), Refusal> {
        let (chain, feed) = (request.chain_id, &request.feed_id);
        let feeds = self.chains.get(&ChainId(chain));
        let feeds = feeds.ok_or_else(|| Refusal::unknown_chain("chain", chain))?;
        match (feeds.contracts().get(feed), self.boards.get(feed)) {
            (Some(contract), Some(board)) => Ok((feeds, *contract, board)),
            _ => Err(unknown_feed(feed, chain)),
        }
    }

    fn judge_time(&self, feeds: &Feeds, feed: &str, observed_at: u64) -> Result<(), Refusal> {
        let now = self.clock.now_s();
        let ahead = observed_at.saturating_sub(now);
        if ahead > FUTURE_LIMIT_S {
            return Err(from_future(ahead));
        }
        let max_age_s = feeds
            .limits(feed)
            .map_or(self.max_age_s, |limits| limits.max_delay_s.min(self.max_age_s));
        let age_s = now.saturating_sub(observed_at);
        if age_s > max_age_s {
            return Err(too_old(age_s, max_age_s));
        }
        Ok(())
    }

    /// Compares with the own sources. Observations a moment old may miss a move that the asking process saw, so before
    /// a refusal the sources are asked again.
    async fn judge_price(&self, board: &Board, price: Price) -> Result<(), Refusal> {
        let Err(first) = self.compare(board, price) else {
            return Ok(());
        };
        let mut refusal = Some(first);
        let mut polls = board.polls();
        let asked = self.hurry(board);
        if board.answered_since(&asked) {
            return self.compare(board, price);
        }
        let _ = tokio::time::timeout(self.patience, async {
            while polls.changed().await.is_ok() {
                match self.compare(board, price) {
                    Ok(()) => {
                        refusal = None;
                        break;
                    }
                    Err(again) => refusal = Some(again),
                }
                if board.answered_since(&asked) {
                    break;
                }
            }
        })
        .await;
        refusal.map_or(Ok(()), Err)
    }

    /// Asks the sources out of turn, unless they were asked so a moment ago. Gives what [`Board::answered_since`]
    /// wants.
    fn hurry(&self, board: &Board) -> Vec<u64> {
        let mut hurried = self.hurried.lock().unwrap_or_else(PoisonError::into_inner);
        let feed = &board.feed().id;
        if let Some((_, polls)) = hurried.get(feed).filter(|(at, _)| at.elapsed() < OUT_OF_TURN) {
            return polls.clone();
        }
        let polls = board.refresh();
        hurried.insert(feed.clone(), (Instant::now(), polls.clone()));
        polls
    }

    fn compare(&self, board: &Board, price: Price) -> Result<(), Refusal> {
        let feed = board.feed();
        let own = assess(&board.observations(), &rules(feed), self.clock.now_ms()).map_err(no_price)?;
        if exceeds_bps(price, own.price, feed.tolerance_bps) {
            return Err(out_of_tolerance(price, own.price, feed.tolerance_bps));
        }
        Ok(())
    }
}

#[async_trait]
impl Judge for PriceJudge {
    type Report = Report;

    fn subject(&self, request: &AttestationRequest) -> Option<String> {
        let feeds = self.chains.get(&ChainId(request.chain_id))?;
        let known = feeds.contracts().contains_key(&request.feed_id);
        known.then(|| request.feed_id.clone())
    }

    fn rivals(&self, request: &AttestationRequest) -> Option<String> {
        Some(request.feed_id.clone())
    }

    fn oracle(&self, request: &AttestationRequest) -> Result<Arc<ChainOracle>, Refusal> {
        let (feeds, _, _) = self.asked(request)?;
        Ok(Arc::clone(feeds.oracle()))
    }

    async fn judge(&self, request: &AttestationRequest) -> Result<Report, Refusal> {
        let (feeds, contract, board) = self.asked(request)?;
        self.judge_time(feeds, &request.feed_id, request.observed_at)?;
        self.judge_price(board, request.price).await?;
        Ok(Report {
            chain: ChainId(request.chain_id),
            contract,
            feed: request.feed_id.clone(),
            price: request.price,
            observed_at: request.observed_at,
            set_id: request.set_id,
        })
    }
}

fn unknown_feed(feed: &str, chain: u64) -> Refusal {
    let message = format!("feed {feed} is not configured here for chain {chain}");
    Refusal::new(404, "unknown_feed", message)
}

fn from_future(ahead_s: u64) -> Refusal {
    let message = format!("the observation lies {ahead_s} s in the future, at most {FUTURE_LIMIT_S} are allowed");
    Refusal::new(422, "observation_from_future", message)
}

fn too_old(age_s: u64, max_age_s: u64) -> Refusal {
    let message = format!("the observation is {age_s} s old, at most {max_age_s} are allowed");
    Refusal::new(422, "observation_too_old", message).details(json!({"age_s": age_s, "max_age_s": max_age_s}))
}

fn no_price(shortage: crate::sources::Shortage) -> Refusal {
    let message = format!("no price of its own to compare with: {shortage}");
    Refusal::new(503, "too_few_sources", message)
}

fn out_of_tolerance(asked: Price, own: Price, tolerance_bps: u32) -> Refusal {
    let message = format!("price {asked} is further than {tolerance_bps} basis points from this signer's {own}");
    Refusal::new(422, "price_out_of_tolerance", message)
        .details(json!({"own_price": own, "tolerance_bps": tolerance_bps}))
}
