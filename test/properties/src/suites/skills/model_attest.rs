//! The model's validators: who may speak of which skill of which wallet, and what is added.

use super::{
    fixture::SKILLS,
    flaw::Entry,
    history::RULES,
    model::{Model, Refusal, ensure},
};

/// An entry of a batch with its turn and its epoch.
pub(super) type Turn = (Entry, (u32, u32));

impl Model {
    /// Whether a validator may speak of a skill of a wallet; the skill's place.
    pub(super) fn right(&mut self, by: usize, wallet: u64, skill: u16) -> Result<usize, Refusal> {
        let place = place_of(skill).ok_or("SKILL-6")?;
        ensure(self.rights[by][place], "SKILL-6")?;
        let owner = self.living(wallet, "SKILL-6")?.owner;
        // The second validator is the first person.
        ensure(by != 1 || owner != Some(0), "SKILL-6")?;
        Ok(place)
    }

    /// Each entry for itself: what does not fit holds up no other.
    pub(super) fn attest_batch(&mut self, by: usize, turns: &[Turn], now: u64) {
        for (entry, turn) in turns {
            // Refused before anything is changed, as every attestation.
            let _ = self.attest(by, entry, *turn, now);
        }
    }

    pub(super) fn attest(
        &mut self,
        by: usize,
        entry: &Entry,
        (nonce, epoch): (u32, u32),
        now: u64,
    ) -> Result<(), Refusal> {
        let place = self.right(by, entry.wallet, entry.skill)?;
        ensure(epoch == self.epochs[by][place], "SKILL-6")?;
        ensure(self.open[place], "SKILL-6")?;
        ensure(entry.xp > 0 && entry.xp <= RULES[place].most, "SKILL-3")?;
        ensure(nonce == self.nonces(entry.wallet, entry.skill).0, "SKILL-5")?;
        self.living(entry.wallet, "SKILL-6")?.skills[place].attest(&RULES[place], entry.xp, now);
        Ok(())
    }
}

/// The place of a skill that exists.
pub(super) fn place_of(skill: u16) -> Option<usize> {
    (1..=SKILLS)
        .find(|number| *number == usize::from(skill))
        .map(|number| number - 1)
}
