//! The events gone through in the order of the chain: who has which wallet, skills and badges at a moment.

use std::collections::{BTreeMap, BTreeSet};

use alloy::primitives::{Address, U256};

use crate::store::{SkillEvent, SkillRow};

const DAY: u128 = 86_400;

/// An event is missing: nothing may be computed from these rows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("wallet {wallet}: {what} at block {height}, so an earlier event is missing; run `fluxion-keeper resync`")]
pub struct Incomplete {
    /// Whose event shows it.
    pub wallet: U256,
    /// What the event says, and what was there.
    pub what: String,
    /// Its block.
    pub height: u64,
}

/// The rules of a skill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Rules {
    first_level_xp: u32,
    level_step_xp: u32,
    max_level: u8,
    grace_seconds: u32,
    decay_xp_per_day: u32,
}

impl Rules {
    /// Experience lost this long after an attestation, rounded up, as the contract does.
    fn decay(&self, elapsed: u64) -> u64 {
        let beyond = u128::from(elapsed.saturating_sub(self.grace_seconds.into()));
        let lost = beyond.saturating_mul(self.decay_xp_per_day.into()).div_ceil(DAY);
        u64::try_from(lost).unwrap_or(u64::MAX)
    }

    /// Experience at which a level begins: L x first + L x (L - 1) / 2 x step.
    fn begins(&self, level: u8) -> u64 {
        let level = u64::from(level);
        let pairs = level.saturating_mul(level.saturating_sub(1)) / 2;
        level
            .saturating_mul(self.first_level_xp.into())
            .saturating_add(pairs.saturating_mul(self.level_step_xp.into()))
    }

    fn level(&self, xp: u64) -> u8 {
        (1..=self.max_level)
            .take_while(|level| self.begins(*level) <= xp)
            .last()
            .unwrap_or(0)
    }
}

/// What a wallet has of a skill.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Standing {
    /// Experience as of the last attestation.
    xp: u64,
    active_at: u64,
    validators: BTreeSet<Address>,
}

impl Standing {
    fn now(&self, rules: &Rules, time: u64) -> u64 {
        self.xp.saturating_sub(rules.decay(time.saturating_sub(self.active_at)))
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Wallet {
    minted_at: u64,
    burned: bool,
    skills: BTreeMap<u16, Standing>,
    badges: BTreeSet<U256>,
    frozen: BTreeSet<U256>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct BadgeRules {
    soulbound: bool,
    expires_at: u64,
    skill: u16,
    level: u8,
}

/// What the events up to a moment say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    time: u64,
    rules: BTreeMap<u16, Rules>,
    wallets: BTreeMap<U256, Wallet>,
    /// Who has which wallet.
    holders: BTreeMap<Address, U256>,
    badges: BTreeMap<U256, BadgeRules>,
}

impl Ledger {
    /// What the events of blocks up to this time say. `rows` are in the order of the chain.
    ///
    /// # Errors
    /// [`Incomplete`] when an event contradicts those before it.
    pub fn at(rows: &[SkillRow], time: u64) -> Result<Self, Incomplete> {
        let mut ledger = Self::default();
        ledger.advance(rows, time)?;
        Ok(ledger)
    }

    /// Goes on to a later moment: takes those of `rows` that are of blocks up to it, and gives back the others. `rows`
    /// are in the order of the chain and follow what it took before. It never goes back: an earlier moment leaves it
    /// at the one where it is.
    ///
    /// # Errors
    /// [`Incomplete`] when an event contradicts those before it; nothing may be computed from it then.
    pub fn advance<'r>(&mut self, rows: &'r [SkillRow], time: u64) -> Result<&'r [SkillRow], Incomplete> {
        self.time = self.time.max(time);
        let mut rest = rows;
        while let Some((row, others)) = rest.split_first() {
            if row.time > self.time {
                break;
            }
            self.apply(row)?;
            rest = others;
        }
        Ok(rest)
    }

    /// Every wallet that ever was, ascending.
    pub fn wallets(&self) -> impl Iterator<Item = U256> + '_ {
        self.wallets.keys().copied()
    }

    /// Levels of a wallet above zero, with the highest level of the skill; empty for one that was burned or never was.
    #[must_use]
    pub fn levels(&self, wallet: U256) -> BTreeMap<u16, (u8, u8)> {
        let Some(wallet) = self.living(wallet) else {
            return BTreeMap::new();
        };
        let levels = wallet.skills.iter().filter_map(|(skill, standing)| {
            let rules = self.rules.get(skill)?;
            let level = rules.level(standing.now(rules, self.time));
            (level > 0).then_some((*skill, (level, rules.max_level)))
        });
        levels.collect()
    }

    /// Who attested the skills in which a wallet has a level.
    #[must_use]
    pub fn validators(&self, wallet: U256) -> BTreeSet<Address> {
        let levels = self.levels(wallet);
        let skills = self.living(wallet).into_iter().flat_map(|wallet| &wallet.skills);
        skills
            .filter(|(skill, _)| levels.contains_key(skill))
            .flat_map(|(_, standing)| standing.validators.iter().copied())
            .collect()
    }

    /// Soulbound badges of a wallet that count: not suspended, not expired, the level reached.
    #[must_use]
    pub fn active_badges(&self, wallet: U256) -> Vec<U256> {
        let levels = self.levels(wallet);
        let Some(wallet) = self.living(wallet) else {
            return Vec::new();
        };
        let counts = |badge: &&U256| {
            let Some(rules) = self.badges.get(*badge) else {
                return false;
            };
            let expired = rules.expires_at != 0 && self.time >= rules.expires_at;
            let reached = rules.skill == 0 || levels.get(&rules.skill).is_some_and(|(level, _)| *level >= rules.level);
            !expired && reached && !wallet.frozen.contains(*badge)
        };
        wallet.badges.iter().filter(counts).copied().collect()
    }

    /// Whole days since a wallet was minted.
    #[must_use]
    pub fn age_days(&self, wallet: U256) -> u64 {
        self.living(wallet)
            .map_or(0, |wallet| self.time.saturating_sub(wallet.minted_at) / 86_400)
    }

    fn living(&self, wallet: U256) -> Option<&Wallet> {
        self.wallets.get(&wallet).filter(|wallet| !wallet.burned)
    }

    fn apply(&mut self, row: &SkillRow) -> Result<(), Incomplete> {
        let missing = |wallet: U256, what: String| Incomplete {
            wallet,
            what,
            height: row.height.0,
        };
        match &row.event {
            SkillEvent::SkillDefined {
                skill,
                first_level_xp,
                level_step_xp,
                max_level,
                grace_seconds,
                decay_xp_per_day,
            } => {
                let rules = Rules {
                    first_level_xp: *first_level_xp,
                    level_step_xp: *level_step_xp,
                    max_level: *max_level,
                    grace_seconds: *grace_seconds,
                    decay_xp_per_day: *decay_xp_per_day,
                };
                self.rules.insert(*skill, rules);
            }
            SkillEvent::SkillChanged {
                wallet,
                skill,
                validator,
                added,
                taken,
                xp,
            } => {
                let rules = self
                    .rules
                    .get(skill)
                    .ok_or_else(|| missing(*wallet, format!("experience of skill {skill}, which is not known,")))?;
                let owner = self
                    .wallets
                    .get_mut(wallet)
                    .ok_or_else(|| missing(*wallet, "experience, but no mint,".into()))?;
                let standing = owner.skills.entry(*skill).or_default();
                let before = standing.now(rules, row.time);
                // The contract says what it has afterwards: an event that was left out shows here.
                if before.saturating_add(*added).checked_sub(*taken) != Some(*xp) {
                    let what = format!("skill {skill} had {before}, {added} added and {taken} taken make {xp}");
                    return Err(missing(*wallet, what));
                }
                if *added > 0 {
                    standing.xp = *xp;
                    standing.active_at = row.time;
                    standing.validators.insert(*validator);
                } else {
                    // What is left is as of the last attestation; nothing left: nothing decays.
                    standing.xp = if *xp == 0 {
                        0
                    } else {
                        standing.xp.saturating_sub(*taken)
                    };
                }
            }
            SkillEvent::WalletMoved { wallet, from, to } => self.wallet_moved(row.time, *wallet, *from, *to),
            SkillEvent::BadgeCreated {
                badge,
                soulbound,
                expires_at,
                skill,
                level,
            } => {
                let rules = BadgeRules {
                    soulbound: *soulbound,
                    expires_at: *expires_at,
                    skill: *skill,
                    level: *level,
                };
                self.badges.insert(*badge, rules);
            }
            // Batches tell of wallets that moved or were burned: the wallet has what it has, whoever is named.
            SkillEvent::BadgesMoved { batch: true, .. } => {}
            SkillEvent::BadgesMoved { from, to, badges, .. } => {
                let is_soulbound = |badge: &&U256| self.badges.get(*badge).is_some_and(|rules| rules.soulbound);
                for badge in badges.iter().filter(is_soulbound) {
                    // Minted, or taken by an upgrade: by the wallet of the account in this very transaction.
                    let account = if from.is_zero() { to } else { from };
                    let id = self.holders.get(account).copied();
                    let unknown = || missing(id.unwrap_or_default(), format!("badge {badge} of {from} moves to {to}"));
                    let wallet = id.and_then(|id| self.wallets.get_mut(&id)).ok_or_else(unknown)?;
                    let changed = if from.is_zero() {
                        wallet.badges.insert(*badge)
                    } else {
                        wallet.badges.remove(badge)
                    };
                    // At most one of an id, and only what is there is taken: otherwise an event is missing.
                    if !changed {
                        return Err(unknown());
                    }
                }
            }
            SkillEvent::BadgeFrozen { wallet, badge, frozen } => {
                if let Some(wallet) = self.wallets.get_mut(wallet) {
                    if *frozen {
                        wallet.frozen.insert(*badge);
                    } else {
                        wallet.frozen.remove(badge);
                    }
                }
            }
            SkillEvent::ScoresReported { .. } | SkillEvent::ScoreHeld { .. } => {}
        }
        Ok(())
    }

    fn wallet_moved(&mut self, time: u64, wallet: U256, from: Address, to: Address) {
        self.holders.remove(&from);
        if !to.is_zero() {
            self.holders.insert(to, wallet);
        }
        let known = self.wallets.entry(wallet).or_insert_with(|| Wallet {
            minted_at: time,
            burned: false,
            skills: BTreeMap::new(),
            badges: BTreeSet::new(),
            frozen: BTreeSet::new(),
        });
        known.burned = to.is_zero();
    }
}

/// The last report about a wallet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Reported {
    /// The score.
    pub score: u16,
    /// Its epoch, in seconds.
    pub epoch: u64,
}

/// The last report about every wallet, whenever it was accepted.
#[must_use]
pub fn reported(rows: &[SkillRow]) -> BTreeMap<U256, Reported> {
    let mut last = BTreeMap::new();
    for row in rows {
        let SkillEvent::ScoresReported { observed_at, updates } = &row.event else {
            continue;
        };
        for (wallet, score) in updates.iter().copied().map(super::split) {
            let epoch = *observed_at;
            last.insert(wallet, Reported { score, epoch });
        }
    }
    last
}
