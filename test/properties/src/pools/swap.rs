//! Swaps, alone, there and back, and in paths.

use alloy_primitives::U256;
use alloy_sol_types::SolError;

use super::{
    abi::IPoolManager,
    action::Hop,
    perform::{Checked, Pools},
};
use crate::engine::Violation;

/// Last second of every call.
pub(crate) const NEVER: U256 = U256::MAX;

impl Pools {
    /// Swaps an exact amount in. POOL-1, POOL-2, and POOL-8 with a quote before.
    pub(crate) fn swap_in(
        &mut self,
        pool: usize,
        i: usize,
        j: usize,
        amount: U256,
        who: usize,
        quoted: bool,
    ) -> Checked<U256> {
        let (key, recipient) = (self.model.pools[pool].key.clone(), self.fixture.account(who));
        let (token_in, token_out) = (U256::from(i), U256::from(j));
        let quote = quoted.then(|| {
            let call = IPoolManager::quoteExactInCall {
                trader: self.fixture.account(who),
                key: key.clone(),
                tokenIn: token_in,
                tokenOut: token_out,
                amountIn: amount,
            };
            self.call(who, &call)
        });
        let call = IPoolManager::swapExactInCall {
            key,
            tokenIn: token_in,
            tokenOut: token_out,
            amountIn: amount,
            minAmountOut: U256::ZERO,
            recipient,
            deadline: NEVER,
        };
        let outcome = self.call(who, &call);
        if quote.is_some_and(|quote| quote != outcome) {
            return Err(Violation::new("POOL-8", "a swap in gave something else than its quote"));
        }
        if outcome.returned().is_none() {
            self.may_refuse_in(pool, i, j, amount, &outcome.selector())?;
        }
        let Some(data) = Self::expect(outcome, &SWAP_ERRORS, "swapExactIn")? else {
            return Ok(None);
        };
        let out = U256::from_be_slice(&data);
        self.check_out(pool, i, j, amount, out)?;
        self.book(pool, i, j, amount, out);
        Ok(Some(out))
    }

    /// Swaps for an exact amount out. POOL-1, POOL-2, and POOL-8 with a quote before.
    pub(crate) fn swap_out(
        &mut self,
        pool: usize,
        i: usize,
        j: usize,
        amount: U256,
        who: usize,
        quoted: bool,
    ) -> Checked<U256> {
        let (key, recipient) = (self.model.pools[pool].key.clone(), self.fixture.account(who));
        let (token_in, token_out) = (U256::from(i), U256::from(j));
        let quote = quoted.then(|| {
            let call = IPoolManager::quoteExactOutCall {
                trader: self.fixture.account(who),
                key: key.clone(),
                tokenIn: token_in,
                tokenOut: token_out,
                amountOut: amount,
            };
            self.call(who, &call)
        });
        let call = IPoolManager::swapExactOutCall {
            key,
            tokenIn: token_in,
            tokenOut: token_out,
            amountOut: amount,
            maxAmountIn: U256::MAX,
            recipient,
            deadline: NEVER,
        };
        let outcome = self.call(who, &call);
        if quote.is_some_and(|quote| quote != outcome) {
            return Err(Violation::new(
                "POOL-8",
                "a swap out took something else than its quote",
            ));
        }
        if outcome.returned().is_none() {
            self.may_refuse_out(pool, i, j, amount, &outcome.selector())?;
        }
        let Some(data) = Self::expect(outcome, &SWAP_ERRORS, "swapExactOut")? else {
            return Ok(None);
        };
        let paid = U256::from_be_slice(&data);
        self.check_in(pool, i, j, paid, amount)?;
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
        self.check_out(pool, i, j, amount, out)?;
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
        self.check_in(pool, i, j, paid, out)?;
        // The exact price of `out` is at most `amount`; what is asked exceeds that by the bound of the exact-out formula at most.
        let most = self.model.pools[pool].most_asked(amount, i, &self.fixture);
        if paid > most && self.model.pools[pool].rates.is_empty() {
            return Err(Violation::new(
                "POOL-3",
                format!("{amount} gave {out}, which costs {paid}; {most} at most"),
            ));
        }
        Ok(true)
    }

    /// POOL-8: a path gives what its swaps give one by one, and leaves the pools as they do.
    pub(crate) fn path(&mut self, hops: &[Hop], amount: U256, who: usize) -> Result<bool, Violation> {
        let token = |pools: &Self, pool: usize, index: usize| pools.model.pools[pool].spec.tokens[index];
        if hops
            .windows(2)
            .any(|pair| token(self, pair[0].0, pair[0].2) != token(self, pair[1].0, pair[1].1))
        {
            return Ok(false);
        }
        let (snapshot, before) = (self.machine.snapshot(), self.model.clone());
        let mut moved = Some(amount);
        for (pool, i, j) in hops {
            let Some(entering) = moved else { break };
            moved = self.swap_in(*pool, *i, *j, entering, who, false)?;
        }
        // The machine goes back and the model stays: storage after the path is compared with the swaps'.
        self.machine.restore(&snapshot);
        let steps = hops.iter().map(|(pool, i, j)| IPoolManager::Hop {
            key: self.model.pools[*pool].key.clone(),
            tokenIn: U256::from(*i),
            tokenOut: U256::from(*j),
        });
        let call = IPoolManager::swapPathExactInCall {
            hops: steps.collect(),
            amountIn: amount,
            minAmountOut: U256::ZERO,
            recipient: self.fixture.account(who),
            deadline: NEVER,
        };
        let outcome = self.call(who, &call);
        match (moved, Self::expect(outcome, &SWAP_ERRORS, "swapPathExactIn")?) {
            (Some(last), Some(data)) if U256::from_be_slice(&data) == last => Ok(true),
            (None, None) => {
                self.model = before;
                Ok(false)
            }
            (chain, path) => Err(Violation::new(
                "POOL-8",
                format!("a path gave {path:?}, its swaps {chain:?}"),
            )),
        }
    }

    fn book(&mut self, pool: usize, i: usize, j: usize, paid: U256, out: U256) {
        let pool = &mut self.model.pools[pool];
        let (balance_in, balance_out) = (pool.balances[i] + paid, pool.balances[j] - out);
        pool.set_balance(i, balance_in);
        pool.set_balance(j, balance_out);
        *self.model.held.entry(pool.spec.tokens[i]).or_default() += paid;
        *self.model.held.entry(pool.spec.tokens[j]).or_default() -= out;
    }
}

/// Errors by which a swap may be refused; whether it may be in this state is checked apart.
const SWAP_ERRORS: [[u8; 4]; 7] = [
    IPoolManager::RateUnavailable::SELECTOR,
    IPoolManager::AmountOutTooLarge::SELECTOR,
    IPoolManager::BalanceTooLarge::SELECTOR,
    IPoolManager::StableInputOutOfRange::SELECTOR,
    IPoolManager::StableAmountTooLarge::SELECTOR,
    IPoolManager::StableNotConverged::SELECTOR,
    IPoolManager::WeightedTradeTooLarge::SELECTOR,
];
