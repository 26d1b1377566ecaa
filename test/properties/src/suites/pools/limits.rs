//! What holds for every call: limits and deadlines, who is paid, pauses, the fee of the caller.

use alloy_primitives::U256;
use alloy_sol_types::{SolCall, SolError};

use super::{
    abi::IPoolManager,
    fixture::{ACTORS, Fixture},
    judge::fee_of,
    model::{MILLION, Pool},
    perform::Pools,
};
use crate::{engine::Violation, world::Outcome};

impl Pools {
    /// Seconds.
    pub(crate) fn now(&self) -> u64 {
        self.machine.time().to()
    }

    /// Who gets what a liquidity event gives: careful actors name another, and their limits exactly.
    pub(crate) fn beneficiary(who: usize) -> usize {
        if Self::is_careful(who) { (who + 1) % ACTORS } else { who }
    }

    /// Whether liquidity events of this actor are tried beyond their limits first.
    pub(crate) fn is_careful(who: usize) -> bool {
        (ACTORS / 2..ACTORS).contains(&who)
    }

    /// What an account has of each token of a pool.
    pub(crate) fn purse(&self, pool: usize, account: usize) -> Vec<U256> {
        let slot = self.fixture.wallet_slot(account);
        let tokens = self.model.pools[pool].spec.tokens.iter();
        tokens
            .map(|token| self.machine.slot(self.fixture.tokens[*token], slot))
            .collect()
    }

    /// POOL-21: the account got (or paid, `paid`) exactly these amounts since it had `before`.
    pub(crate) fn check_purse(
        &self,
        pool: usize,
        account: usize,
        before: &[U256],
        amounts: &[U256],
        paid: bool,
    ) -> Result<(), Violation> {
        let after = self.purse(pool, account);
        let (less, more) = if paid {
            (&after[..], before)
        } else {
            (before, &after[..])
        };
        let moved = less.iter().zip(amounts).map(|(less, amount)| *less + *amount);
        if moved.eq(more.iter().copied()) {
            return Ok(());
        }
        let detail = format!("account {account} had {before:?} and has {after:?}; {amounts:?} moved, paid {paid}");
        Err(Violation::new("POOL-21", detail))
    }

    /// Who gets what comes out: another than the caller where that is looked at.
    pub(crate) fn recipient(&self, who: usize, other: bool) -> usize {
        if other && who < ACTORS { (who + 1) % ACTORS } else { who }
    }

    /// POOL-21: a call beyond its limits or its deadline does nothing.
    pub(crate) fn must_fail(&mut self, who: usize, call: &(impl SolCall + std::fmt::Debug)) -> Result<(), Violation> {
        match self.call(who, call) {
            Outcome::Returned(_) => Err(Violation::new("POOL-21", format!("beyond its limits: {call:?}"))),
            _ => Ok(()),
        }
    }

    /// What the payer has of the token that goes in and the recipient of the one that comes out.
    pub(crate) fn wallets(&self, pool: usize, paid: (usize, usize), got: (usize, usize)) -> (U256, U256) {
        let wallet = |(index, account): (usize, usize)| {
            let token = self.model.pools[pool].spec.tokens[index];
            self.machine
                .slot(self.fixture.tokens[token], self.fixture.wallet_slot(account))
        };
        (wallet(paid), wallet(got))
    }

    /// POOL-21: the caller paid, and the recipient got, exactly what the call says.
    pub(crate) fn check_wallets(
        &self,
        pool: usize,
        paid: (usize, usize),
        got: (usize, usize),
        before: (U256, U256),
        (amount_in, amount_out): (U256, U256),
    ) -> Result<(), Violation> {
        let after = self.wallets(pool, paid, got);
        if before.0 - after.0 == amount_in && after.1 - before.1 == amount_out {
            return Ok(());
        }
        let detail = format!("{before:?} became {after:?} by {amount_in} in and {amount_out} out");
        Err(Violation::new("POOL-21", detail))
    }

    /// POOL-11: whether the pool is paused for this. A call that is paused does nothing, and no other says that it is.
    pub(crate) fn is_paused(&self, pool: usize, flags: &[usize], outcome: &Outcome) -> Result<bool, Violation> {
        let paused = self.model.pools[pool].is_stopped_at(flags, self.now());
        let says_so = outcome.selector() == IPoolManager::PoolPaused::SELECTOR;
        if (paused && outcome.returned().is_some()) || (!paused && says_so) {
            let detail = format!("paused {paused}, and the call gave {outcome:?}");
            return Err(Violation::new("POOL-11", detail));
        }
        Ok(paused)
    }

    /// POOL-14: the fee that this account pays, millionths.
    pub(crate) fn fee_for(&self, pool: usize, who: usize) -> u32 {
        let (spec, policy) = (&self.model.pools[pool].spec, &self.model.policy);
        let answers = policy.mode == 0 && policy.favoured.is_none_or(|account| account == who);
        match spec.policy {
            Some(least) if answers && policy.fee < U256::from(spec.fee) => policy.fee.to::<u32>().max(least),
            _ => spec.fee,
        }
    }
}

impl Pool {
    /// Whether nothing can be in the way of a moderate trade for token `i` at rates: balances near each other, whole,
    /// and far from the limits.
    pub(crate) fn is_calm(&self, i: usize, scaled: &[U256]) -> bool {
        let unit = self.unit();
        let least = scaled.iter().min().copied().unwrap_or_default();
        let most = scaled.iter().max().copied().unwrap_or_default();
        self.has_rates()
            && least / unit > U256::from(MILLION)
            && most <= least << 1_usize
            && (most / unit) >> 96_usize == U256::ZERO
            && self.balances[i] >> 100_usize == U256::ZERO
    }

    /// The most that may be asked for an output that `amount` gave.
    pub(crate) fn most_asked(&self, amount: U256, i: usize, fee: u32, fixture: &Fixture) -> U256 {
        let net = amount - fee_of(amount, fee);
        let relative = if self.is_stable() {
            // The bound in the common scale, at most 2^-40 of the largest balance, in units of this token.
            let most = self.scaled(fixture).into_iter().max().unwrap_or_default();
            (most / self.factor(i, fixture)) >> 20_usize
        } else {
            // (k + 2) 2^-69 with k <= 63.
            net >> 62
        };
        let million = U256::from(MILLION);
        let asked: U256 = (net + relative + U256::from(4)) * million;
        asked.div_ceil(million - U256::from(fee)) + U256::ONE
    }
}
