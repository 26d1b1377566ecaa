//! The model's memory of signed calls: what one does when it is sent again.

use alloy_primitives::Bytes;

use super::{
    action::Action,
    message::{deadline, turns},
    model::{Model, Refusal, ensure},
    model_attest::Turn,
};

/// Signed calls that are remembered, to be sent again.
const REMEMBERED: usize = 8;

/// What a signed call that was accepted does when it is sent again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Again {
    /// It is refused, whenever.
    Never,
    /// Until the deadline what did not fit may count.
    Batch { by: usize, turns: Vec<Turn>, deadline: u64 },
    /// Guardians said no to one moment, and it is no to whatever else is announced for it.
    Cancel {
        wallet: u64,
        ripens_at: u64,
        nonce: u64,
        deadline: u64,
    },
}

impl Model {
    /// Keeps a signed call that was accepted.
    pub(crate) fn remember(&mut self, call: Bytes, again: Again) {
        if self.accepted.len() == REMEMBERED {
            self.accepted.remove(0);
        }
        self.accepted.push((call, again));
    }

    /// What a signed call does when it is sent again, said before it is sent at all.
    pub(crate) fn again(&self, action: &Action, now: u64) -> Again {
        match action {
            Action::AttestBatch { by, entries, flaw } => Again::Batch {
                by: *by,
                turns: entries.iter().cloned().zip(turns(self, *by, entries)).collect(),
                deadline: deadline(*flaw, now).to::<u64>(),
            },
            Action::Cancel { wallet, what, flaw, .. } => Again::Cancel {
                wallet: *wallet,
                ripens_at: self.moment(*wallet, *what, now),
                nonce: self.guardians_nonce(*wallet),
                deadline: deadline(*flaw, now).to::<u64>(),
            },
            _ => Again::Never,
        }
    }

    pub(super) fn send_again(&mut self, which: usize, now: u64) -> Result<(), Refusal> {
        let kept = self.accepted.get(which % self.accepted.len().max(1));
        match kept.map(|(_, again)| again.clone()).ok_or("SKILL-5")? {
            Again::Never => Err("SKILL-5"),
            Again::Batch { by, turns, deadline } => {
                ensure(now <= deadline, "SKILL-5")?;
                self.attest_batch(by, &turns, now);
                Ok(())
            }
            Again::Cancel {
                wallet,
                ripens_at,
                nonce,
                deadline,
            } => {
                ensure(now <= deadline && nonce == self.guardians_nonce(wallet), "SKILL-5")?;
                self.end_announced(wallet, ripens_at, now)
            }
        }
    }
}
