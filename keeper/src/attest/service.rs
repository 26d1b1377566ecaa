//! Judges what others ask this process to sign.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::{AttestError, AttestationReply, AttestationRequest, Attestor, Report};
use crate::clock::Clock;
use crate::jobs::update_prices::rules;
use crate::oracle::{ChainOracle, SignerSet};
use crate::sources::{Board, Boards, Price, assess, exceeds_bps};
use crate::types::ChainId;

/// How far an observation may lie in the future, in seconds; the contract has the same limit.
const FUTURE_LIMIT_S: u64 = 15;

/// Why a report is not signed.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// This process does not serve the chain.
    #[error("chain {0} is not configured here")]
    UnknownChain(u64),
    /// This process does not serve the feed on that chain.
    #[error("feed {0} is not configured here for chain {1}")]
    UnknownFeed(String, u64),
    /// The chain could not be asked for its signer set.
    #[error("the signer set of chain {0} is not known yet")]
    SetUnknown(u64),
    /// Another signer set is in force.
    #[error("signer set {asked} is not in force, {current} is")]
    SetNotCurrent {
        /// Asked for.
        asked: u32,
        /// In force.
        current: u32,
    },
    /// No key of this process is in the signer set.
    #[error("no key of this process is in signer set {0}")]
    NotASigner(u32),
    /// The observation lies in the future.
    #[error("the observation lies {0} s in the future, at most {FUTURE_LIMIT_S} are allowed")]
    FromFuture(u64),
    /// The observation is too old.
    #[error("the observation is {age_s} s old, at most {max_age_s} are allowed")]
    TooOld {
        /// Its age.
        age_s: u64,
        /// The limit.
        max_age_s: u64,
    },
    /// The own sources give no price to compare with.
    #[error("no price of its own to compare with: {0}")]
    NoPrice(String),
    /// The price lies outside the tolerance.
    #[error("price {asked} is further than {tolerance_bps} basis points from this signer's {own}")]
    OutOfTolerance {
        /// Asked for.
        asked: Price,
        /// Own median.
        own: Price,
        /// The tolerance.
        tolerance_bps: u32,
    },
    /// The key refused or failed.
    #[error(transparent)]
    Attest(#[from] AttestError),
}

impl Refusal {
    /// For programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::UnknownChain(_) => "unknown_chain",
            Self::UnknownFeed(..) => "unknown_feed",
            Self::SetUnknown(_) => "signer_set_unknown",
            Self::SetNotCurrent { .. } => "signer_set_not_current",
            Self::NotASigner(_) => "not_a_signer",
            Self::FromFuture(_) => "observation_from_future",
            Self::TooOld { .. } => "observation_too_old",
            Self::NoPrice(_) => "too_few_sources",
            Self::OutOfTolerance { .. } => "price_out_of_tolerance",
            Self::Attest(error) => Self::code_of(error),
        }
    }

    /// For programs, of a key's own refusal.
    pub(super) const fn code_of(error: &AttestError) -> &'static str {
        match error {
            AttestError::Equivocation { .. } => "epoch_already_signed",
            AttestError::Closed { .. } => "epoch_closed",
            AttestError::Store(_) => "store_failed",
            AttestError::Key { .. } => "key_failed",
        }
    }

    /// The values of the refusal.
    #[must_use]
    pub fn details(&self) -> Value {
        match self {
            Self::SetNotCurrent { current, .. } => json!({"current_set_id": current}),
            Self::OutOfTolerance { own, tolerance_bps, .. } => {
                json!({"own_price": own, "tolerance_bps": tolerance_bps})
            }
            Self::TooOld { age_s, max_age_s } => json!({"age_s": age_s, "max_age_s": max_age_s}),
            Self::Attest(AttestError::Equivocation { epoch, signed, .. }) => {
                json!({"epoch": epoch, "signed_digest": signed})
            }
            _ => Value::Null,
        }
    }
}

/// Answers attestation requests.
pub struct AttestationService {
    keys: Vec<Attestor>,
    chains: BTreeMap<ChainId, Arc<ChainOracle>>,
    boards: Boards,
    clock: Arc<dyn Clock>,
    max_age_s: u64,
    patience: Duration,
}

impl AttestationService {
    /// A service over these keys, chains and sources. `patience` is how long it asks its sources again before it refuses a
    /// price that its last observations do not support.
    #[must_use]
    pub fn new(
        keys: Vec<Attestor>,
        chains: BTreeMap<ChainId, Arc<ChainOracle>>,
        boards: Boards,
        clock: Arc<dyn Clock>,
        max_age_s: u64,
        patience: Duration,
    ) -> Self {
        Self {
            keys,
            chains,
            boards,
            clock,
            max_age_s,
            patience,
        }
    }

    /// Judges a request and signs it.
    ///
    /// # Errors
    /// [`Refusal`]: nothing was signed.
    pub async fn answer(&self, request: &AttestationRequest) -> Result<AttestationReply, Refusal> {
        let chain = request.chain_id;
        let oracle = self.chains.get(&ChainId(chain)).ok_or(Refusal::UnknownChain(chain))?;
        let unknown = || Refusal::UnknownFeed(request.feed_id.clone(), chain);
        let contract = *oracle.feeds().get(&request.feed_id).ok_or_else(unknown)?;
        let board = self.boards.get(&request.feed_id).ok_or_else(unknown)?;
        let set = set_in_force(oracle, request.set_id).await?;
        let key = self
            .keys
            .iter()
            .find(|key| set.signers.contains(&key.address()))
            .ok_or(Refusal::NotASigner(set.id))?;
        self.judge_time(oracle, &request.feed_id, request.observed_at)?;
        self.judge_price(board, request.price).await?;
        let report = Report {
            chain: ChainId(chain),
            contract,
            feed: request.feed_id.clone(),
            price: request.price,
            observed_at: request.observed_at,
            set_id: request.set_id,
        };
        let signature = key.attest(&report).await?;
        Ok(AttestationReply {
            signer: key.address(),
            signature: signature.as_erc2098().to_vec().into(),
        })
    }

    fn judge_time(&self, oracle: &ChainOracle, feed: &str, observed_at: u64) -> Result<(), Refusal> {
        let now = self.clock.now_s();
        let ahead = observed_at.saturating_sub(now);
        if ahead > FUTURE_LIMIT_S {
            return Err(Refusal::FromFuture(ahead));
        }
        let max_age_s = oracle
            .limits(feed)
            .map_or(self.max_age_s, |limits| limits.max_delay_s.min(self.max_age_s));
        let age_s = now.saturating_sub(observed_at);
        if age_s > max_age_s {
            return Err(Refusal::TooOld { age_s, max_age_s });
        }
        Ok(())
    }

    /// Compares with the own sources. Observations a moment old may miss a move that the asking process saw, so before a
    /// refusal the sources are asked again.
    async fn judge_price(&self, board: &Board, price: Price) -> Result<(), Refusal> {
        let Err(first) = self.compare(board, price) else {
            return Ok(());
        };
        let mut refusal = Some(first);
        let mut polls = board.polls();
        let asked = board.refresh();
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

    fn compare(&self, board: &Board, price: Price) -> Result<(), Refusal> {
        let feed = board.feed();
        let own = assess(&board.observations(), &rules(feed), self.clock.now_ms())
            .map_err(|shortage| Refusal::NoPrice(shortage.to_string()))?;
        if exceeds_bps(price, own.price, feed.tolerance_bps) {
            return Err(Refusal::OutOfTolerance {
                asked: price,
                own: own.price,
                tolerance_bps: feed.tolerance_bps,
            });
        }
        Ok(())
    }
}

/// The set in force, asked for again when the request means another one.
pub(super) async fn set_in_force(oracle: &ChainOracle, asked: u32) -> Result<SignerSet, Refusal> {
    let known = oracle.set().filter(|set| set.id == asked);
    let set = match known {
        Some(set) => set,
        None => oracle
            .refresh_set()
            .await
            .map_err(|_| Refusal::SetUnknown(oracle.chain().id().0))?,
    };
    if set.id == asked && asked != 0 {
        Ok(set)
    } else {
        Err(Refusal::SetNotCurrent { asked, current: set.id })
    }
}
