//! The formula. Exact integers; every division rounds down.

use alloy::primitives::U256;
use serde::Serialize;

use super::Ledger;

/// Version of the formula. Signers refuse requests of another one, so all of them change it together.
pub const VERSION: u32 = 1;

/// The highest score, and the highest part.
pub const MAX_SCORE: u64 = 10_000;

/// A badge's part: this much for tier 0, and as much again for each tier above it.
const BADGE_TIER: u64 = 1_500;
/// Days after which a wallet is as old as counts.
const FULL_AGE_DAYS: u64 = 365;
/// What one validator is worth.
const VALIDATOR: u64 = 2_000;

/// A score with its parts, each from 0 to 10,000.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Score {
    /// (6 x skills + 2 x badges + age + validators) / 10.
    pub total: u16,
    /// Levels in proportion to the highest of each skill, the best one half, the next one a quarter, and so on.
    pub skills: u64,
    /// The highest active soulbound badge of each kind.
    pub badges: u64,
    /// Days since the wallet was minted.
    pub age: u64,
    /// How many attested the skills.
    pub validators: u64,
}

/// The score of a wallet at the ledger's moment. Without a level in any skill it is zero: age alone earns nothing.
#[must_use]
pub fn score(ledger: &Ledger, wallet: U256) -> Score {
    let skills = skills(ledger, wallet);
    if skills == 0 {
        return Score::default();
    }
    let badges = badges(ledger, wallet);
    let age = ledger.age_days(wallet).min(FULL_AGE_DAYS).saturating_mul(MAX_SCORE) / FULL_AGE_DAYS;
    let count = u64::try_from(ledger.validators(wallet).len()).unwrap_or(u64::MAX);
    let validators = count.saturating_mul(VALIDATOR).min(MAX_SCORE);
    let sum = skills
        .saturating_mul(6)
        .saturating_add(badges.saturating_mul(2))
        .saturating_add(age)
        .saturating_add(validators);
    Score {
        total: u16::try_from((sum / 10).min(MAX_SCORE)).unwrap_or(u16::MAX),
        skills,
        badges,
        age,
        validators,
    }
}

fn skills(ledger: &Ledger, wallet: U256) -> u64 {
    let levels = ledger.levels(wallet);
    let mut parts: Vec<u64> = levels
        .values()
        .filter_map(|(level, highest)| {
            u64::from(*level)
                .saturating_mul(MAX_SCORE)
                .checked_div((*highest).into())
        })
        .collect();
    parts.sort_unstable_by(|a, b| b.cmp(a));
    let halves = (1..=63_u32)
        .zip(parts)
        .map(|(n, part)| part.checked_shr(n).unwrap_or(0));
    halves.fold(0, u64::saturating_add).min(MAX_SCORE)
}

fn badges(ledger: &Ledger, wallet: U256) -> u64 {
    let mut highest = std::collections::BTreeMap::<U256, u64>::new();
    for badge in ledger.active_badges(wallet) {
        let [.., tier] = badge.to_be_bytes::<32>();
        let best = highest.entry(badge.wrapping_shr(8)).or_default();
        *best = (*best).max(u64::from(tier).saturating_add(1).saturating_mul(BADGE_TIER));
    }
    highest.into_values().fold(0, u64::saturating_add).min(MAX_SCORE)
}

#[cfg(test)]
mod tests {
    use alloy::primitives::Address;

    use super::super::Ledger;
    use super::*;
    use crate::model::Height;
    use crate::store::{SkillEvent, SkillRow};

    const START: u64 = 1_800_000_000;
    const DAY: u64 = 86_400;

    /// Events one after the other, each in a block of its own.
    struct Chain(Vec<SkillRow>);

    impl Chain {
        /// Skill 1: levels at 100, 250, 450, ...; 10 of them; 5 a day after 30 days. Skill 2: a level each 1,000. Badge
        /// 256 takes level 1 of skill 1, badge 257 level 3; badge 512 nothing, and expires after 100 days; badge 768 is
        /// tradeable.
        fn new() -> Self {
            let mut chain = Self(Vec::new());
            for (skill, first, step, decay) in [(1, 100, 50, 5), (2, 1_000, 0, 0)] {
                chain.say(
                    0,
                    SkillEvent::SkillDefined {
                        skill,
                        first_level_xp: first,
                        level_step_xp: step,
                        max_level: 10,
                        grace_seconds: 30 * 86_400,
                        decay_xp_per_day: decay,
                    },
                );
            }
            for (badge, soulbound, expires_at, skill, level) in [
                (256, true, 0, 1, 1),
                (257, true, 0, 1, 3),
                (512, true, START + 100 * DAY, 0, 0),
                (768, false, 0, 0, 0),
            ] {
                chain.say(
                    0,
                    SkillEvent::BadgeCreated {
                        badge: U256::from(badge),
                        soulbound,
                        expires_at,
                        skill,
                        level,
                    },
                );
            }
            chain
        }

        fn say(&mut self, after: u64, event: SkillEvent) {
            let height = Height(self.0.len() as u64);
            self.0.push(SkillRow {
                height,
                log_index: 0,
                time: START + after,
                event,
            });
        }

        fn moved(&mut self, after: u64, wallet: u64, from: u8, to: u8) {
            let (from, to) = (Address::repeat_byte(from), Address::repeat_byte(to));
            let wallet = U256::from(wallet);
            self.say(after, SkillEvent::WalletMoved { wallet, from, to });
        }

        fn changed(&mut self, after: u64, wallet: u64, skill: u16, validator: u8, change: i64, xp: u64) {
            self.say(
                after,
                SkillEvent::SkillChanged {
                    wallet: U256::from(wallet),
                    skill,
                    validator: Address::repeat_byte(validator),
                    added: u64::try_from(change).unwrap_or(0),
                    taken: u64::try_from(-change).unwrap_or(0),
                    xp,
                },
            );
        }

        fn badge(&mut self, after: u64, badge: u64, from: u8, to: u8) {
            self.badge_moved(after, badge, from, to, false);
        }

        /// What `follow` tells.
        fn followed(&mut self, after: u64, badge: u64, from: u8, to: u8) {
            self.badge_moved(after, badge, from, to, true);
        }

        fn badge_moved(&mut self, after: u64, badge: u64, from: u8, to: u8, batch: bool) {
            self.say(
                after,
                SkillEvent::BadgesMoved {
                    from: Address::repeat_byte(from),
                    to: Address::repeat_byte(to),
                    badges: vec![U256::from(badge)],
                    amounts: vec![U256::ONE],
                    batch,
                },
            );
        }

        fn score(&self, wallet: u64, after: u64) -> Score {
            score(&Ledger::at(&self.0, START + after).unwrap(), U256::from(wallet))
        }
    }

    fn parts(skills: u64, badges: u64, age: u64, validators: u64) -> Score {
        let total = (6 * skills + 2 * badges + age + validators) / 10;
        Score {
            total: u16::try_from(total).unwrap(),
            skills,
            badges,
            age,
            validators,
        }
    }

    #[test]
    fn levels_badges_age_and_validators_add_up() {
        let mut chain = Chain::new();
        chain.moved(0, 1, 0, 7);
        assert_eq!(chain.score(1, 400 * DAY), Score::default(), "age alone earns nothing");
        chain.changed(DAY, 1, 1, 50, 99, 99);
        assert_eq!(chain.score(1, DAY), Score::default(), "one short of a level");
        chain.changed(DAY, 1, 1, 50, 351, 450);
        assert_eq!(
            chain.score(1, DAY),
            parts(1_500, 0, 27, 2_000),
            "level 3 of 10, half of it"
        );
        assert_eq!(chain.score(1, DAY - 1), Score::default(), "not before the block's time");
        chain.changed(DAY, 1, 2, 51, 8_000, 8_000);
        chain.badge(DAY, 256, 0, 7);
        chain.badge(DAY, 257, 0, 7);
        chain.badge(DAY, 768, 0, 7);
        // 8,000 / 2 + 3,000 / 4; the higher tier of the kind alone.
        assert_eq!(chain.score(1, DAY), parts(4_750, 3_000, 27, 4_000));
        chain.badge(2 * DAY, 512, 0, 7);
        assert_eq!(chain.score(1, 2 * DAY), parts(4_750, 4_500, 54, 4_000), "another kind");
        // After 30 days skill 1 loses 5 a day: level 3 is gone with the first second, and so is the badge that takes
        // it.
        assert_eq!(chain.score(1, 31 * DAY + 1), parts(4_500, 3_000, 849, 4_000));
        assert_eq!(
            chain.score(1, 100 * DAY),
            parts(4_250, 1_500, 2_739, 4_000),
            "a badge has expired"
        );
        assert_eq!(
            chain.score(1, 400 * DAY),
            parts(4_000, 0, 10_000, 2_000),
            "decayed, as old as counts"
        );
        assert_eq!(chain.score(2, DAY), Score::default(), "nobody's wallet");
    }

    #[test]
    fn what_is_suspended_or_revoked_does_not_count() {
        let mut chain = Chain::new();
        chain.moved(0, 1, 0, 7);
        chain.changed(0, 1, 1, 50, 250, 250);
        chain.badge(0, 256, 0, 7);
        let frozen = |frozen| SkillEvent::BadgeFrozen {
            wallet: U256::ONE,
            badge: U256::from(256),
            frozen,
        };
        assert_eq!(chain.score(1, 0), parts(1_000, 1_500, 0, 2_000));
        chain.say(1, frozen(true));
        assert_eq!(chain.score(1, 1), parts(1_000, 0, 0, 2_000));
        chain.say(2, frozen(false));
        chain.changed(2, 1, 1, 50, -1, 249);
        assert_eq!(chain.score(1, 2), parts(500, 1_500, 0, 2_000));
        // A revocation neither stops nor restarts decay.
        assert_eq!(chain.score(1, 30 * DAY), parts(500, 1_500, 821, 2_000));
        chain.changed(30 * DAY, 1, 1, 50, -249, 0);
        assert_eq!(chain.score(1, 30 * DAY), Score::default());
    }

    #[test]
    fn badges_follow_a_recovery_before_and_after_their_events_do() {
        let mut chain = Chain::new();
        chain.moved(0, 1, 0, 7);
        chain.changed(0, 1, 1, 50, 450, 450);
        chain.badge(0, 256, 0, 7);
        let before = chain.score(1, 0);
        chain.moved(1, 1, 7, 8);
        assert_eq!(chain.score(1, 1), before, "in the block of the recovery");
        chain.followed(2, 256, 7, 8);
        assert_eq!(chain.score(1, 2), before, "followed");
        chain.badge(3, 256, 8, 0);
        chain.badge(3, 257, 0, 8);
        assert_eq!(chain.score(1, 3), parts(1_500, 3_000, 0, 2_000), "an upgrade");
        chain.moved(4, 1, 8, 0);
        assert_eq!(chain.score(1, 4), Score::default(), "burned");
    }

    /// A burned wallet's badge is followed by anybody at any time: it is not the next wallet's, though the account is
    /// the same.
    #[test]
    fn what_is_told_of_a_burned_wallet_takes_nothing_from_the_next() {
        let mut chain = Chain::new();
        for wallet in [1, 2] {
            chain.moved(0, wallet, 0, 7);
            chain.changed(0, wallet, 1, 50, 450, 450);
            chain.badge(0, 256, 0, 7);
            if wallet == 1 {
                chain.moved(0, 1, 7, 0);
            }
        }
        let before = chain.score(2, 0);
        assert_eq!(before, parts(1_500, 1_500, 0, 2_000));
        chain.followed(1, 256, 7, 0);
        assert_eq!((chain.score(1, 1), chain.score(2, 1)), (Score::default(), before));
        chain.badge(2, 256, 7, 0);
        chain.badge(2, 257, 0, 7);
        assert_eq!(
            chain.score(2, 2),
            parts(1_500, 3_000, 0, 2_000),
            "and can still be upgraded"
        );
    }

    #[test]
    fn a_gap_in_the_events_gives_no_score() {
        let mut chain = Chain::new();
        chain.moved(0, 1, 0, 7);
        chain.changed(0, 1, 1, 50, 100, 100);
        chain.changed(1, 1, 1, 50, 100, 200);
        for missing in [0, 6, 7] {
            let mut rows = chain.0.clone();
            rows.remove(missing);
            let gap = Ledger::at(&rows, START + 1).unwrap_err();
            assert_eq!(gap.wallet, U256::ONE, "{gap}");
        }
        assert!(Ledger::at(&chain.0, START + 1).is_ok());
        // An upgrade takes what was never given; a badge comes twice; a badge comes to nobody.
        for (badge, from, to) in [(256, 7, 0), (257, 0, 7), (256, 0, 9)] {
            let mut chain = Chain(chain.0.clone());
            chain.badge(1, 257, 0, 7);
            chain.badge(1, badge, from, to);
            assert!(Ledger::at(&chain.0, START + 1).is_err(), "{badge} {from} {to}");
        }
    }

    #[test]
    fn the_highest_score_is_ten_thousand() {
        let mut chain = Chain::new();
        chain.moved(0, 1, 0, 7);
        for skill in 3..40 {
            chain.say(
                0,
                SkillEvent::SkillDefined {
                    skill,
                    first_level_xp: 1,
                    level_step_xp: 0,
                    max_level: 1,
                    grace_seconds: 0,
                    decay_xp_per_day: 0,
                },
            );
            chain.changed(0, 1, skill, u8::try_from(skill).unwrap(), 1, 1);
        }
        for kind in 3..20 {
            chain.say(
                0,
                SkillEvent::BadgeCreated {
                    badge: U256::from(kind << 8),
                    soulbound: true,
                    expires_at: 0,
                    skill: 0,
                    level: 0,
                },
            );
            chain.badge(0, kind << 8, 0, 7);
        }
        let best = chain.score(1, 500 * DAY);
        assert_eq!((best.badges, best.age, best.validators), (10_000, 10_000, 10_000));
        assert!((9_990..=10_000).contains(&best.skills), "{best:?}");
        assert!((9_994..=10_000).contains(&best.total), "{best:?}");
    }
}
