//! What scores should be: what counts, what waits, and until when.

use std::collections::BTreeMap;

use super::model::{AHEAD, Refusal};

/// Highest score.
pub(super) const HIGHEST: u16 = 10_000;

/// A score of a wallet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Score {
    pub(crate) counted: u16,
    /// Since when nothing older bears it out; zero: never.
    pub(crate) updated: u64,
    pub(crate) epoch: u64,
    /// What waits, and until when.
    pub(crate) held: Option<(u16, u64)>,
}

impl Score {
    /// As it counts at a time.
    pub(crate) fn at(mut self, now: u64) -> Self {
        if let Some((score, until)) = self.held
            && now >= until
        {
            self = Self {
                counted: score,
                updated: self.epoch.min(now),
                held: None,
                ..self
            };
        }
        self
    }
}

/// The scores.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Scores {
    pub(crate) limits: (u32, u32, u32, u16),
    pub(crate) wallets: BTreeMap<u64, Score>,
}

impl Scores {
    /// A wallet's at a time.
    pub(crate) fn of(&self, wallet: u64, now: u64) -> Score {
        self.wallets.get(&wallet).copied().unwrap_or_default().at(now)
    }

    pub(super) fn report(&mut self, updates: &[(u64, u16)], observed: u64, now: u64) -> Result<(), Refusal> {
        let (max_delay, interval, window, most) = self.limits;
        if updates.is_empty() || observed > now + AHEAD || observed + u64::from(max_delay) < now {
            return Err("REP-1");
        }
        for (wallet, score) in updates {
            if *score > HIGHEST {
                return Err("REP-1");
            }
            let mut state = self.of(*wallet, now);
            if state.epoch != 0 && observed < state.epoch + u64::from(interval) {
                return Err("REP-1");
            }
            state.epoch = observed;
            if score.abs_diff(state.counted) <= most {
                (state.counted, state.updated, state.held) = (*score, observed.min(now), None);
            } else if state.held.is_none_or(|(held, _)| score.abs_diff(held) > most) {
                state.held = Some((*score, observed.max(now) + u64::from(window)));
            }
            self.wallets.insert(*wallet, state);
        }
        Ok(())
    }
}
