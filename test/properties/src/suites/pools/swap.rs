//! Swaps, alone and there and back.

use alloy_primitives::U256;
use alloy_sol_types::SolError;

use super::{
    abi::{IPoolManager, IPoolMath},
    action::Hop,
    model::STOPS_SWAP,
    perform::{Checked, Pools},
};
use crate::{engine::Violation, world::Outcome};

/// Last second of every call.
pub(crate) const NEVER: U256 = U256::MAX;

impl Pools {
    /// Swaps an exact amount in. POOL-1, POOL-2, POOL-11; POOL-8 and POOL-21 with a quote before.
    pub(crate) fn swap_in(
        &mut self,
        pool: usize,
        i: usize,
        j: usize,
        amount: U256,
        who: usize,
        quoted: bool,
    ) -> Checked<U256> {
        let key = self.model.pools[pool].key.clone();
        let recipient = self.recipient(who, quoted);
        let mut call = IPoolManager::swapExactInCall {
            key: key.clone(),
            tokenIn: U256::from(i),
            tokenOut: U256::from(j),
            amountIn: amount,
            minAmountOut: U256::ZERO,
            recipient: self.fixture.account(recipient),
            deadline: U256::from(self.now()),
        };
        let quote = quoted.then(|| {
            let call = IPoolManager::quoteExactInCall {
                trader: self.fixture.account(who),
                key,
                tokenIn: U256::from(i),
                tokenOut: U256::from(j),
                amountIn: amount,
            };
            self.call(who, &call)
        });
        if let Some(Outcome::Returned(data)) = &quote {
            call.minAmountOut = U256::from_be_slice(data);
            let (mut more, mut late) = (call.clone(), call.clone());
            more.minAmountOut += U256::ONE;
            late.deadline -= U256::ONE;
            self.must_fail(who, &more)?;
            self.must_fail(who, &late)?;
        }
        let wallets = self.wallets(pool, (i, who), (j, recipient));
        let outcome = self.call(who, &call);
        if quote.is_some_and(|quote| quote != outcome) {
            return Err(Violation::new("POOL-8", "a swap in gave something else than its quote"));
        }
        if self.is_paused(pool, STOPS_SWAP, &outcome)? {
            return Ok(None);
        }
        if outcome.returned().is_none() {
            self.may_refuse_in(pool, i, j, amount, &outcome.selector(), who)?;
        }
        let Some(data) = Self::expect(outcome, &SWAP_ERRORS, "swapExactIn")? else {
            return Ok(None);
        };
        self.check_rates(pool)?;
        let out = U256::from_be_slice(&data);
        let event = self.swapped((pool, i, j), who, amount, out);
        Self::check_events(&self.events(), &[event], "a swap in")?;
        self.check_wallets(pool, (i, who), (j, recipient), wallets, (amount, out))?;
        self.check_out(pool, i, j, amount, out, who)?;
        self.check_carried(pool)?;
        self.book(pool, i, j, amount, out);
        Ok(Some(out))
    }

    /// Swaps for an exact amount out. POOL-1, POOL-2, POOL-11; POOL-8 and POOL-21 with a quote before.
    pub(crate) fn swap_out(
        &mut self,
        pool: usize,
        i: usize,
        j: usize,
        amount: U256,
        who: usize,
        quoted: bool,
    ) -> Checked<U256> {
        let key = self.model.pools[pool].key.clone();
        let recipient = self.recipient(who, quoted);
        let mut call = IPoolManager::swapExactOutCall {
            key: key.clone(),
            tokenIn: U256::from(i),
            tokenOut: U256::from(j),
            amountOut: amount,
            maxAmountIn: U256::MAX,
            recipient: self.fixture.account(recipient),
            deadline: U256::from(self.now()),
        };
        let quote = quoted.then(|| {
            let call = IPoolManager::quoteExactOutCall {
                trader: self.fixture.account(who),
                key,
                tokenIn: U256::from(i),
                tokenOut: U256::from(j),
                amountOut: amount,
            };
            self.call(who, &call)
        });
        if let Some(Outcome::Returned(data)) = &quote {
            call.maxAmountIn = U256::from_be_slice(data);
            let (mut less, mut late) = (call.clone(), call.clone());
            late.deadline -= U256::ONE;
            self.must_fail(who, &late)?;
            if !less.maxAmountIn.is_zero() {
                less.maxAmountIn -= U256::ONE;
                self.must_fail(who, &less)?;
            }
        }
        let wallets = self.wallets(pool, (i, who), (j, recipient));
        let outcome = self.call(who, &call);
        if quote.is_some_and(|quote| quote != outcome) {
            return Err(Violation::new(
                "POOL-8",
                "a swap out took something else than its quote",
            ));
        }
        if self.is_paused(pool, STOPS_SWAP, &outcome)? {
            return Ok(None);
        }
        if outcome.returned().is_none() {
            self.may_refuse_out(pool, i, j, amount, &outcome.selector(), who)?;
        }
        let Some(data) = Self::expect(outcome, &SWAP_ERRORS, "swapExactOut")? else {
            return Ok(None);
        };
        self.check_rates(pool)?;
        let paid = U256::from_be_slice(&data);
        let event = self.swapped((pool, i, j), who, paid, amount);
        Self::check_events(&self.events(), &[event], "a swap out")?;
        self.check_wallets(pool, (i, who), (j, recipient), wallets, (paid, amount))?;
        self.check_in(pool, i, j, paid, amount, who)?;
        self.check_carried(pool)?;
        self.book(pool, i, j, paid, amount);
        Ok(Some(paid))
    }

    /// POOL-2: there and back never pays.
    pub(crate) fn round_trip(
        &mut self,
        (pool, i, j): Hop,
        amount: U256,
        who: usize,
        times: u8,
        buy: bool,
    ) -> Result<bool, Violation> {
        for time in 0..times {
            let (paid, back) = if buy {
                let Some(paid) = self.swap_out(pool, i, j, amount, who, false)? else {
                    return Ok(time > 0);
                };
                let Some(back) = self.swap_in(pool, j, i, amount, who, false)? else {
                    return Ok(time > 0);
                };
                (paid, back)
            } else {
                let Some(out) = self.swap_in(pool, i, j, amount, who, false)? else {
                    return Ok(time > 0);
                };
                let Some(back) = self.swap_in(pool, j, i, out, who, false)? else {
                    return Ok(time > 0);
                };
                (amount, back)
            };
            if back > paid {
                return Err(Violation::new(
                    "POOL-2",
                    format!("there and back gave {back} for {paid}"),
                ));
            }
        }
        Ok(true)
    }

    /// POOL-3: what an output costs, as quoted, is no more than the input that gave it, beyond the bounds.
    pub(crate) fn inverse(&mut self, (pool, i, j): Hop, amount: U256) -> Result<bool, Violation> {
        let who = 0;
        let key = self.model.pools[pool].key.clone();
        let (token_in, token_out) = (U256::from(i), U256::from(j));
        let call = IPoolManager::quoteExactInCall {
            trader: self.fixture.account(who),
            key: key.clone(),
            tokenIn: token_in,
            tokenOut: token_out,
            amountIn: amount,
        };
        let outcome = self.call(0, &call);
        let Some(data) = Self::expect(outcome, &SWAP_ERRORS, "quoteExactIn")? else {
            return Ok(false);
        };
        let out = U256::from_be_slice(&data);
        self.check_out(pool, i, j, amount, out, who)?;
        let call = IPoolManager::quoteExactOutCall {
            trader: self.fixture.account(who),
            key,
            tokenIn: token_in,
            tokenOut: token_out,
            amountOut: out,
        };
        let outcome = self.call(0, &call);
        let Some(data) = Self::expect(outcome, &SWAP_ERRORS, "quoteExactOut")? else {
            return Ok(false);
        };
        let paid = U256::from_be_slice(&data);
        self.check_in(pool, i, j, paid, out, who)?;
        let fee = self.fee_for(pool, who);
        // The exact price of `out` is at most `amount`; what is asked exceeds that by the bound of the exact-out
        // formula at most.
        let most = self.model.pools[pool].most_asked(amount, i, fee, &self.fixture);
        if paid > most && self.model.pools[pool].rates.is_empty() {
            return Err(Violation::new(
                "POOL-3",
                format!("{amount} gave {out}, which costs {paid}; {most} at most"),
            ));
        }
        Ok(true)
    }

    /// What needs a rate was done: each is in its range.
    pub(crate) fn check_rates(&self, pool: usize) -> Result<(), Violation> {
        let pool = &self.model.pools[pool];
        if pool.has_rates() {
            return Ok(());
        }
        let detail = format!("a rate out of range was taken: {:?}", pool.rates);
        Err(Violation::new("POOL-15", detail))
    }

    pub(crate) fn book(&mut self, pool: usize, i: usize, j: usize, paid: U256, out: U256) {
        let pool = &mut self.model.pools[pool];
        let (balance_in, balance_out) = (pool.balances[i] + paid, pool.balances[j] - out);
        pool.set_balance(i, balance_in);
        pool.set_balance(j, balance_out);
        *self.model.held.entry(pool.spec.tokens[i]).or_default() += paid;
        *self.model.held.entry(pool.spec.tokens[j]).or_default() -= out;
    }
}

/// Errors by which a swap may be refused; whether it may be in this state is checked apart.
pub(crate) const SWAP_ERRORS: [[u8; 4]; 8] = [
    IPoolManager::PoolPaused::SELECTOR,
    IPoolManager::RateUnavailable::SELECTOR,
    IPoolManager::AmountOutTooLarge::SELECTOR,
    IPoolManager::BalanceTooLarge::SELECTOR,
    IPoolMath::StableInputOutOfRange::SELECTOR,
    IPoolMath::StableAmountTooLarge::SELECTOR,
    IPoolMath::StableNotConverged::SELECTOR,
    IPoolMath::WeightedTradeTooLarge::SELECTOR,
];
