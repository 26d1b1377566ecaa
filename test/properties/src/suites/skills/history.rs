//! Experience from sums over a whole history: attested less revoked less decayed, nothing ever merged into one number.

/// The rules of a skill.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    /// Experience from level 0 to 1.
    pub first: u32,
    /// How much more each further level takes.
    pub step: u32,
    /// Highest level.
    pub highest: u8,
    /// Seconds without decay.
    pub grace: u32,
    /// Experience lost a day after that.
    pub decay: u32,
    /// Most of one attestation.
    pub most: u32,
}

/// Of three skills: one decays as in the field, one never, one by more than a point a second.
pub(crate) const RULES: [Rules; 3] = [
    Rules {
        first: 100,
        step: 50,
        highest: 20,
        grace: 30 * 86_400,
        decay: 5,
        most: 5_000,
    },
    Rules {
        first: 1_000,
        step: 0,
        highest: 10,
        grace: 0,
        decay: 0,
        most: 100_000,
    },
    Rules {
        first: 7,
        step: 3,
        highest: 100,
        grace: 3_600,
        decay: 86_401,
        most: u32::MAX,
    },
];

/// What happened to a wallet in a skill.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct History {
    attested: u128,
    revoked: u128,
    /// Decay up to the last attestation.
    decayed: u128,
    last: u64,
    /// How many attestations.
    pub attestations: u32,
    /// How many revocations.
    pub revocations: u32,
}

impl History {
    /// Experience at a time.
    pub(crate) fn xp(&self, rules: &Rules, now: u64) -> u128 {
        self.left() - self.decay(rules, now)
    }

    /// The level of it, by adding up one step after the other.
    pub(crate) fn level(&self, rules: &Rules, now: u64) -> u8 {
        let xp = self.xp(rules, now);
        let (mut level, mut needed, mut step) = (0, u128::from(rules.first), u128::from(rules.first));
        while level < rules.highest && needed <= xp {
            level += 1;
            step += u128::from(rules.step);
            needed += step;
        }
        level
    }

    /// An attestation is accepted.
    pub(crate) fn attest(&mut self, rules: &Rules, xp: u32, now: u64) {
        self.decayed += self.decay(rules, now);
        self.attested += u128::from(xp);
        self.last = now;
        self.attestations += 1;
    }

    /// A revocation is accepted: more than is there takes all.
    pub(crate) fn revoke(&mut self, rules: &Rules, xp: u64, now: u64) {
        self.revoked += u128::from(xp).min(self.xp(rules, now));
        self.revocations += 1;
    }

    /// What would be there without the decay since the last attestation.
    fn left(&self) -> u128 {
        self.attested - self.revoked - self.decayed
    }

    /// What the time since the last attestation took, in whole points, a begun one counted; never more than there is.
    fn decay(&self, rules: &Rules, now: u64) -> u128 {
        let begins = u128::from(self.last) + u128::from(rules.grace);
        let Some(beyond) = u128::from(now).checked_sub(begins) else {
            return 0;
        };
        let parts = beyond * u128::from(rules.decay);
        let lost = parts / 86_400 + u128::from(parts % 86_400 != 0);
        lost.min(self.left())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_history_adds_up() {
        let rules = &RULES[0];
        let mut history = History::default();
        history.attest(rules, 450, 1_000);
        let graced = 1_000 + 30 * 86_400;
        assert_eq!((history.xp(rules, graced), history.level(rules, graced)), (450, 3));
        assert_eq!(
            (history.xp(rules, graced + 1), history.level(rules, graced + 1)),
            (449, 2)
        );
        assert_eq!(history.xp(rules, graced + 86_400), 445);
        history.revoke(rules, 45, graced + 86_400);
        assert_eq!(history.xp(rules, graced + 2 * 86_400), 395);
        history.revoke(rules, 1_000, graced + 2 * 86_400);
        assert_eq!(history.xp(rules, u64::MAX), 0);
        history.attest(rules, 100, graced + 400 * 86_400);
        assert_eq!(history.level(rules, graced + 400 * 86_400), 1);
    }
}
