//! The model's badges: what is given, claimed, upgraded, moved and counts.

use super::{
    fixture::{BadgeRules, GREEDY},
    history::RULES,
    model::{Model, Refusal, ensure},
};

impl Model {
    /// Counts what is about to be minted.
    pub(super) fn raise(&mut self, badge: usize, amount: u64, now: u64) -> Result<(), Refusal> {
        let rules = BadgeRules::of(badge);
        ensure(!rules.expired(now), "BADGE-5")?;
        ensure(amount <= rules.cap - self.supply[badge], "BADGE-3")?;
        self.supply[badge] += amount;
        Ok(())
    }

    pub(super) fn has_level(&self, wallet: u64, badge: usize, now: u64) -> bool {
        let Some((skill, level)) = BadgeRules::of(badge).needs else {
            return true;
        };
        let living = self.wallets.get(&wallet).filter(|wallet| wallet.owner.is_some());
        living.is_some_and(|wallet| wallet.skills[skill].level(&RULES[skill], now) >= level)
    }

    pub(super) fn hold(&mut self, to: usize, badge: usize) -> Result<(), Refusal> {
        let wallet = self.wallet_of_caller(to, "BADGE-1")?;
        ensure(!wallet.held[badge], "BADGE-1")?;
        wallet.held[badge] = true;
        Ok(())
    }

    pub(super) fn give(&mut self, to: usize, badge: usize, amount: u64, now: u64) -> Result<(), Refusal> {
        self.raise(badge, amount, now)?;
        if BadgeRules::of(badge).soulbound {
            ensure(amount == 1, "BADGE-1")?;
            self.hold(to, badge)?;
        } else {
            self.balances[to][badge] += amount;
        }
        self.received(to, badge, now);
        Ok(())
    }

    pub(super) fn claim(&mut self, who: usize, badge: usize, now: u64) -> Result<(), Refusal> {
        let (id, rules) = (self.wallet_of[who], BadgeRules::of(badge));
        self.wallet_of_caller(who, "BADGE-6")?;
        self.raise(badge, 1, now)?;
        ensure(rules.claimable, "BADGE-6")?;
        ensure(self.has_level(id, badge, now), "BADGE-6")?;
        let wallet = self.wallet_of_caller(who, "BADGE-6")?;
        ensure(!std::mem::replace(&mut wallet.claimed[badge], true), "BADGE-6")?;
        if rules.soulbound {
            self.hold(who, badge)?;
        } else {
            self.balances[who][badge] += 1;
        }
        self.received(who, badge, now);
        Ok(())
    }

    pub(super) fn upgrade(&mut self, who: usize, badge: usize, now: u64) -> Result<(), Refusal> {
        let rules = BadgeRules::of(badge);
        self.raise(badge, 1, now)?;
        ensure(rules.upgrade_cost > 0, "BADGE-6")?;
        let (below, id) = (badge - 1, self.wallet_of[who]);
        if rules.soulbound || rules.needs.is_some() {
            self.wallet_of_caller(who, "BADGE-6")?;
            ensure(self.has_level(id, badge, now), "BADGE-6")?;
        }
        if rules.soulbound {
            let wallet = self.wallet_of_caller(who, "BADGE-6")?;
            ensure(!wallet.frozen[below], "BADGE-2")?;
            ensure(std::mem::take(&mut wallet.held[below]), "BADGE-6")?;
            self.hold(who, badge)?;
        } else {
            ensure(!self.suspended[who][below], "BADGE-2")?;
            self.take(who, below, rules.upgrade_cost)?;
            self.balances[who][badge] += 1;
        }
        self.supply[below] -= rules.upgrade_cost;
        self.received(who, badge, now);
        Ok(())
    }

    pub(super) fn take(&mut self, from: usize, badge: usize, amount: u64) -> Result<(), Refusal> {
        let left = self.balances[from][badge].checked_sub(amount);
        self.balances[from][badge] = left.ok_or("BADGE-3")?;
        Ok(())
    }

    pub(super) fn move_badges(
        &mut self,
        own: bool,
        from: usize,
        to: usize,
        badges: &[(usize, u64)],
        batch: bool,
        now: u64,
    ) -> Result<(), Refusal> {
        ensure(own, "BADGE-1")?;
        for (badge, amount) in badges {
            ensure(!BadgeRules::of(*badge).soulbound, "BADGE-1")?;
            ensure(!self.suspended[from][*badge], "BADGE-2")?;
            self.take(from, *badge, *amount)?;
            self.balances[to][*badge] += amount;
        }
        // A batch, even of one, is told to its receiver in another way, which the greedy contract takes as it comes.
        if let ([(badge, _)], false) = (badges, batch) {
            self.received(to, *badge, now);
        }
        Ok(())
    }

    /// The greedy contract is told of a badge: it mints and then claims another one, and is told of that.
    pub(super) fn received(&mut self, to: usize, badge: usize, now: u64) {
        if to != GREEDY {
            return;
        }
        for mints in [true, false] {
            let mut next = self.clone();
            let got = if mints {
                next.give(GREEDY, badge, 1, now)
            } else {
                next.claim(GREEDY, badge, now)
            };
            if got.is_ok() {
                *self = next;
            }
        }
    }

    /// How many of a badge an account has.
    pub(crate) fn balance(&self, account: usize, badge: usize) -> u64 {
        if !BadgeRules::of(badge).soulbound {
            return self.balances[account][badge];
        }
        let wallet = self.wallets.get(&self.wallet_of[account]);
        u64::from(wallet.is_some_and(|wallet| wallet.held[badge]))
    }

    /// How many burned wallets still hold a badge.
    pub(crate) fn held_by_burned(&self, badge: usize) -> u64 {
        self.wallets
            .values()
            .filter(|wallet| wallet.owner.is_none() && wallet.held[badge])
            .count() as u64
    }

    /// Whether it counts.
    pub(crate) fn is_active(&self, account: usize, badge: usize, now: u64) -> bool {
        let (rules, id) = (BadgeRules::of(badge), self.wallet_of[account]);
        let suspended = if rules.soulbound {
            self.wallets.get(&id).is_some_and(|wallet| wallet.frozen[badge])
        } else {
            self.suspended[account][badge]
        };
        self.balance(account, badge) > 0 && !suspended && !rules.expired(now) && self.has_level(id, badge, now)
    }
}
