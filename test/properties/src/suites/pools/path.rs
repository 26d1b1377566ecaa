//! Paths: chains of swaps that move the end tokens alone.

use alloy_primitives::U256;
use alloy_sol_types::{SolCall, SolError};

use super::{
    abi::{IPoolManager, IPoolTrade},
    action::Hop,
    perform::{Checked, Pools},
    swap::SWAP_ERRORS,
};
use crate::{engine::Violation, world::Outcome};

impl Pools {
    /// POOL-8, POOL-21, POOL-22: a path gives (or, for an exact output, takes) what its swaps do one by one, leaves the
    /// pools as they do, and was quoted so.
    pub(crate) fn path(&mut self, hops: &[Hop], amount: U256, who: usize, buy: bool) -> Result<bool, Violation> {
        let token = |pools: &Self, pool: usize, index: usize| pools.model.pools[pool].spec.tokens[index];
        let joined = hops
            .windows(2)
            .all(|pair| token(self, pair[0].0, pair[0].2) == token(self, pair[1].0, pair[1].1));
        if !joined {
            let quote = self.quote_path(hops, amount, who, buy);
            let outcome = self.take_path(hops, amount, who, buy, None, 0);
            return match quote.returned().or(outcome.returned()) {
                Some(_) => Err(Violation::new(
                    "POOL-8",
                    "a path was taken or quoted that does not join",
                )),
                None => Ok(false),
            };
        }
        let (snapshot, before) = (self.machine.snapshot(), self.model.clone());
        let mut moved = Some(amount);
        let mut order: Vec<&Hop> = hops.iter().collect();
        if buy {
            order.reverse();
        }
        let mut events = Vec::new();
        for hop in order {
            let Some(next) = moved else { break };
            let (pool, i, j) = *hop;
            moved = if buy {
                self.swap_out(pool, i, j, next, who, false)?
            } else {
                self.swap_in(pool, i, j, next, who, false)?
            };
            let (paid, out) = if buy { (moved, Some(next)) } else { (Some(next), moved) };
            let pair = paid.zip(out);
            events.extend(pair.map(|(paid, out)| self.swapped(*hop, who, paid, out)));
        }
        // The machine goes back and the model stays: storage after the path is compared with the swaps'.
        self.machine.restore(&snapshot);
        let quote = self.quote_path(hops, amount, who, buy);
        // POOL-21: beyond the limit and the deadline nothing happens.
        let beyond = moved.and_then(|last| {
            if buy {
                last.checked_sub(U256::ONE)
            } else {
                Some(last + U256::ONE)
            }
        });
        let late = self.take_path(hops, amount, who, buy, moved, 1);
        let dearer = beyond.map(|limit| self.take_path(hops, amount, who, buy, Some(limit), 0));
        if late.returned().is_some() || dearer.is_some_and(|outcome| outcome.returned().is_some()) {
            return Err(Violation::new(
                "POOL-21",
                "a path was taken beyond its limit or too late",
            ));
        }
        let outcome = self.take_path(hops, amount, who, buy, moved, 0);
        let left = self.events();
        let repeats = (1..hops.len()).any(|hop| hops[..hop].iter().any(|other| other.0 == hops[hop].0));
        if repeats != (quote.selector() == IPoolManager::PoolRepeated::SELECTOR) || (!repeats && quote != outcome) {
            let detail = format!("a path gave {outcome:?}, its quote {quote:?}");
            return Err(Violation::new("POOL-8", detail));
        }
        match (moved, self.path_amount(outcome)?) {
            (Some(last), Some(amount)) if amount == last => {
                Self::check_events(&left, &events, "a path")?;
                Ok(true)
            }
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

    fn path_amount(&self, outcome: Outcome) -> Checked<U256> {
        Ok(Self::expect(outcome, &SWAP_ERRORS, "a path")?.map(|data| U256::from_be_slice(&data)))
    }

    fn steps(&self, hops: &[Hop]) -> Vec<IPoolTrade::Hop> {
        let step = |(pool, i, j): &Hop| IPoolTrade::Hop {
            key: self.model.pools[*pool].key.clone(),
            tokenIn: U256::from(*i),
            tokenOut: U256::from(*j),
        };
        hops.iter().map(step).collect()
    }

    /// With this limit, or none, and a deadline that passed so many seconds ago.
    fn take_path(
        &mut self,
        hops: &[Hop],
        amount: U256,
        who: usize,
        buy: bool,
        limit: Option<U256>,
        late: u64,
    ) -> Outcome {
        let (hops, recipient) = (self.steps(hops), self.fixture.account(who));
        let deadline = U256::from(self.now() - late);
        let data = if buy {
            IPoolManager::swapPathExactOutCall {
                hops,
                amountOut: amount,
                maxAmountIn: limit.unwrap_or(U256::MAX),
                recipient,
                deadline,
            }
            .abi_encode()
        } else {
            IPoolManager::swapPathExactInCall {
                hops,
                amountIn: amount,
                minAmountOut: limit.unwrap_or_default(),
                recipient,
                deadline,
            }
            .abi_encode()
        };
        self.machine.call(recipient, self.fixture.manager, data)
    }

    fn quote_path(&mut self, hops: &[Hop], amount: U256, who: usize, buy: bool) -> Outcome {
        let (hops, trader) = (self.steps(hops), self.fixture.account(who));
        let data = if buy {
            IPoolManager::quotePathExactOutCall {
                trader,
                hops,
                amountOut: amount,
            }
            .abi_encode()
        } else {
            IPoolManager::quotePathExactInCall {
                trader,
                hops,
                amountIn: amount,
            }
            .abi_encode()
        };
        self.machine.call(trader, self.fixture.manager, data)
    }
}
