//! Stories of attackers.

use alloy_primitives::{Bytes, U256};
use alloy_sol_types::SolCall;

use super::{
    abi::{IPoolManager, IPoolTrade, IToken},
    action::Spec,
    fixture::ACTORS,
    perform::Pools,
    swap::NEVER,
};
use crate::engine::Violation;

/// Calls that change something, from whose token transfers everything else is tried.
pub(crate) const OUTER: u8 = 5;

impl Pools {
    /// POOL-5, POOL-7: whoever opens a pool, gives the manager tokens and lets another add never takes out more than he
    /// put in.
    pub(crate) fn first_deposit(
        &mut self,
        spec: &Spec,
        amounts: &[U256],
        donation: U256,
        shares: U256,
    ) -> Result<bool, Violation> {
        let (attacker, victim) = (ACTORS, 1);
        let Some(pool) = self.create(spec, amounts, attacker)? else {
            return Ok(false);
        };
        let token = self.model.pools[pool].spec.tokens[0];
        let gift = IToken::mintCall {
            to: self.fixture.manager,
            amount: donation,
        };
        if self
            .machine
            .call(self.fixture.admin, self.fixture.tokens[token], gift.abi_encode())
            .returned()
            .is_some()
        {
            *self.model.held.entry(token).or_default() += donation;
        }
        let Some(paid) = self.add(pool, shares, victim)? else {
            return Ok(false);
        };
        let all = self.model.pools[pool].holding(attacker);
        let Some(taken) = self.remove(pool, all, attacker)? else {
            return Ok(false);
        };
        if let Some(index) = (0..amounts.len()).find(|index| taken[*index] > amounts[*index]) {
            let detail = format!(
                "the attacker put in {} of token {index} and took {}",
                amounts[index], taken[index]
            );
            return Err(Violation::new("POOL-5", detail));
        }
        let Some(back) = self.remove(pool, shares, victim)? else {
            return Ok(false);
        };
        for (index, (paid, back)) in paid.iter().zip(&back).enumerate() {
            // Each of his roundings and those of the attacker's exit cost less than a unit, of which the exit shares
            // the last.
            if *back + U256::from(2) < *paid && self.model.pools[pool].bps == 0 {
                return Err(Violation::new(
                    "POOL-5",
                    format!("the victim lost {paid} - {back} of token {index}"),
                ));
            }
        }
        Ok(true)
    }

    /// POOL-9: whatever is tried from the callback of a token, every entry and every view of a pool reverts.
    pub(crate) fn reenter(&mut self, pool: usize, outer: u8, amount: U256, who: usize) -> Result<bool, Violation> {
        let hostile = self.fixture.hostile();
        let number = self.fixture.tokens.len() - 1;
        let model = &self.model.pools[pool];
        let Some(index) = model.spec.tokens.iter().position(|token| *token == number) else {
            return Ok(false);
        };
        let other = (index + 1) % model.size();
        let inner = self.inner_calls(pool, index, other);
        let before = self.counters()?;
        let set = IToken::setCallsCall {
            target: self.fixture.manager,
            calls: inner,
        };
        self.machine.call(self.fixture.admin, hostile, set.abi_encode());
        let happened = match outer % OUTER {
            0 => self.swap_in(pool, index, other, amount, who, false)?.is_some(),
            1 => self.swap_in(pool, other, index, amount, who, false)?.is_some(),
            2 => self.swap_out(pool, index, other, amount, who, false)?.is_some(),
            3 => self.add(pool, amount, who)?.is_some(),
            _ => self.remove(pool, amount, who)?.is_some(),
        };
        let clear = IToken::setCallsCall {
            target: self.fixture.manager,
            calls: Vec::new(),
        };
        self.machine.call(self.fixture.admin, hostile, clear.abi_encode());
        let after = self.counters()?;
        if after.1 != before.1 {
            let detail = format!(
                "{} of {} calls from a callback succeeded",
                after.1 - before.1,
                after.0 - before.0
            );
            return Err(Violation::new("POOL-9", detail));
        }
        Ok(happened && after.0 > before.0)
    }

    /// Calls that would succeed from the hostile token if nothing stood in their way: it holds and has approved every
    /// token.
    fn inner_calls(&self, pool: usize, i: usize, j: usize) -> Vec<Bytes> {
        let (key, hostile) = (self.model.pools[pool].key.clone(), self.fixture.hostile());
        let size = self.model.pools[pool].size();
        let (index_in, index_out, unit) = (U256::from(j), U256::from(i), U256::from(1));
        let nothing = vec![U256::ZERO; size];
        let hop = IPoolTrade::Hop {
            key: key.clone(),
            tokenIn: index_in,
            tokenOut: index_out,
        };
        let calls: [Vec<u8>; 14] = [
            IPoolManager::swapExactInCall {
                key: key.clone(),
                tokenIn: index_in,
                tokenOut: index_out,
                amountIn: unit,
                minAmountOut: U256::ZERO,
                recipient: hostile,
                deadline: NEVER,
            }
            .abi_encode(),
            IPoolManager::swapExactOutCall {
                key: key.clone(),
                tokenIn: index_in,
                tokenOut: index_out,
                amountOut: unit,
                maxAmountIn: U256::MAX,
                recipient: hostile,
                deadline: NEVER,
            }
            .abi_encode(),
            IPoolManager::swapPathExactInCall {
                hops: vec![hop],
                amountIn: unit,
                minAmountOut: U256::ZERO,
                recipient: hostile,
                deadline: NEVER,
            }
            .abi_encode(),
            IPoolManager::addProportionalCall {
                key: key.clone(),
                shares: unit,
                maxAmounts: vec![U256::MAX; size],
                recipient: hostile,
                deadline: NEVER,
            }
            .abi_encode(),
            IPoolManager::removeProportionalCall {
                key: key.clone(),
                shares: U256::ZERO,
                minAmounts: nothing,
                recipient: hostile,
                deadline: NEVER,
            }
            .abi_encode(),
            IPoolManager::collectProtocolFeeCall { key: key.clone() }.abi_encode(),
            IPoolManager::quoteExactInCall {
                trader: hostile,
                key: key.clone(),
                tokenIn: index_in,
                tokenOut: index_out,
                amountIn: unit,
            }
            .abi_encode(),
            IPoolManager::quoteExactOutCall {
                trader: hostile,
                key: key.clone(),
                tokenIn: index_in,
                tokenOut: index_out,
                amountOut: unit,
            }
            .abi_encode(),
            IPoolManager::poolStateCall { key: key.clone() }.abi_encode(),
            IPoolManager::addUnbalancedCall {
                key: key.clone(),
                amounts: vec![U256::from(1_000_000); size],
                minShares: U256::ZERO,
                recipient: hostile,
                deadline: NEVER,
            }
            .abi_encode(),
            IPoolManager::removeSingleCall {
                key: key.clone(),
                tokenOut: index_out,
                shares: U256::ZERO,
                minAmountOut: U256::ZERO,
                recipient: hostile,
                deadline: NEVER,
            }
            .abi_encode(),
            IPoolManager::quoteAddProportionalCall {
                key: key.clone(),
                shares: unit,
            }
            .abi_encode(),
            IPoolManager::flashLoanCall {
                tokens: Vec::new(),
                amounts: Vec::new(),
                data: Bytes::new(),
            }
            .abi_encode(),
            IPoolManager::clearExpiredPausesCall {
                poolIds: vec![self.model.pools[pool].id],
            }
            .abi_encode(),
        ];
        calls.into_iter().map(Bytes::from).collect()
    }

    /// Calls that the hostile token tried, and those that succeeded.
    fn counters(&mut self) -> Result<(U256, U256), Violation> {
        let hostile = self.fixture.hostile();
        let mut read = |data: Vec<u8>| {
            let outcome = self.machine.call(self.fixture.admin, hostile, data);
            outcome.returned().map(|data| U256::from_be_slice(data))
        };
        let attempts = read(IToken::attemptsCall {}.abi_encode());
        let successes = read(IToken::successesCall {}.abi_encode());
        attempts
            .zip(successes)
            .ok_or_else(|| Violation::new("POOL-9", "the hostile token does not answer"))
    }
}
