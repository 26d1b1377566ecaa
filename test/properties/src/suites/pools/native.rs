//! Native coin: calls that bring some, batches that take some out.

use alloy_primitives::{Bytes, U256};
use alloy_sol_types::SolCall;
use serde::{Deserialize, Serialize};

use super::{abi::IPoolManager, action::Hop, fixture::STRAY, perform::Pools, replay::Writer, swap::NEVER};
use crate::engine::Violation;

/// One of these actions, with `value` of native coin. `pool`, `i`, `j` and `who` as in [`super::Action`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum Native {
    Swap {
        pool: usize,
        i: usize,
        j: usize,
        amount: U256,
        value: U256,
        who: usize,
    },
    /// Two swaps in a batch, there and back with all that came out; wrapped coin may leave as coin. What the second
    /// gives goes to [`Pools::beneficiary`].
    Batch {
        pool: usize,
        i: usize,
        j: usize,
        amount: U256,
        value: U256,
        who: usize,
        unwrap: bool,
    },
    Add {
        pool: usize,
        shares: U256,
        value: U256,
        who: usize,
    },
}

impl Native {
    /// All kinds.
    pub const KINDS: [&'static str; 3] = ["swap with coin", "batch with coin", "add with coin"];

    pub(crate) fn kind(&self) -> &'static str {
        Self::KINDS[match self {
            Self::Swap { .. } => 0,
            Self::Batch { .. } => 1,
            Self::Add { .. } => 2,
        }]
    }

    pub(crate) fn pool(&mut self) -> &mut usize {
        match self {
            Self::Swap { pool, .. } | Self::Batch { pool, .. } | Self::Add { pool, .. } => pool,
        }
    }

    pub(crate) fn numbers(&mut self) -> Vec<&mut U256> {
        match self {
            Self::Swap { amount, value, .. } | Self::Batch { amount, value, .. } => vec![amount, value],
            Self::Add { shares, value, .. } => vec![shares, value],
        }
    }

    /// Pool and tokens that it names.
    pub(crate) fn place(&self) -> Hop {
        match self {
            Self::Swap { pool, i, j, .. } | Self::Batch { pool, i, j, .. } => (*pool, *i, *j),
            Self::Add { pool, .. } => (*pool, 0, 1),
        }
    }

    pub(crate) fn perform(&self, pools: &mut Pools) -> Result<bool, Violation> {
        let place = self.place();
        match self {
            Self::Swap { amount, value, who, .. } => pools.swap_with_coin(place, *amount, *value, *who),
            Self::Batch {
                amount,
                value,
                who,
                unwrap,
                ..
            } => pools.batch_with_coin(place, *amount, *value, *who, *unwrap),
            Self::Add {
                pool,
                shares,
                value,
                who,
            } => pools.add_with_coin(*pool, *shares, *value, *who),
        }
    }

    pub(crate) fn write(&self, writer: &mut Writer) {
        match self {
            Self::Swap {
                pool,
                i,
                j,
                amount,
                value,
                who,
            } => {
                writer.line(&format!("vm.prank(actors[{who}]);"));
                writer.line(&format!(
                    "returned = manager.swapExactIn{{value: {value}}}(keys[{pool}], {i}, {j}, {amount}, 0, actors[{who}], SOON);"
                ));
            }
            Self::Batch {
                pool,
                i,
                j,
                amount,
                value,
                who,
                unwrap,
            } => {
                writer.line(&format!(
                    "returned = manager.quoteExactIn(actors[{who}], keys[{pool}], {i}, {j}, {amount});"
                ));
                writer.line("calls = new bytes[](2);");
                let there = (i, j, amount.to_string(), *who);
                let back = (j, i, "returned".to_owned(), Pools::beneficiary(*who));
                for (index, (from, to, amount, recipient)) in [there, back].into_iter().enumerate() {
                    writer.line(&format!(
                        "calls[{index}] = abi.encodeCall(manager.swapExactIn, (keys[{pool}], {from}, {to}, {amount}, 0, actors[{recipient}], SOON));"
                    ));
                }
                writer.line(&format!("vm.prank(actors[{who}]);"));
                writer.line(&format!("manager.multicall{{value: {value}}}(calls, {unwrap});"));
            }
            Self::Add {
                pool,
                shares,
                value,
                who,
            } => {
                writer.line(&format!("vm.prank(actors[{who}]);"));
                writer.line(&format!(
                    "amounts = manager.addProportional{{value: {value}}}(keys[{pool}], {shares}, largest({}), actors[{}], SOON);",
                    writer.pools.get(*pool).map_or(0, Vec::len),
                    Pools::beneficiary(*who)
                ));
            }
        }
    }
}

/// What an account has before a call: coin, and the tokens of the pool.
struct Means {
    coin: U256,
    purse: Vec<U256>,
}

impl Pools {
    fn is_native(&self, pool: usize, index: usize) -> bool {
        self.model.pools[pool].spec.tokens[index] == self.fixture.native
    }

    fn means(&self, pool: usize, who: usize) -> Means {
        Means {
            coin: self.machine.coin(self.fixture.account(who)),
            purse: self.purse(pool, who),
        }
    }

    /// POOL-17: coin and tokens of the account changed by what it paid and got, and the manager's own coin did not.
    fn check_means(&self, pool: usize, who: usize, before: &Means, paid: &Means, got: &Means) -> Result<(), Violation> {
        let after = self.means(pool, who);
        let tokens = before.purse.iter().zip(&got.purse).map(|(had, got)| *had + *got);
        let spent = after.purse.iter().zip(&paid.purse).map(|(has, paid)| *has + *paid);
        let left = self.machine.coin(self.fixture.manager);
        if before.coin + got.coin == after.coin + paid.coin && tokens.eq(spent) && left == STRAY {
            return Ok(());
        }
        let detail = format!(
            "an account had {} of coin and {:?}, paid {} and {:?}, got {} and {:?}, and has {} and {:?}; the manager has {left}",
            before.coin, before.purse, paid.coin, paid.purse, got.coin, got.purse, after.coin, after.purse
        );
        Err(Violation::new("POOL-17", detail))
    }

    /// What is paid of a token of the pool: in coin as far as it reaches where the token is wrapped coin, the rest as
    /// that.
    fn pay(&self, means: &mut Means, (pool, index): (usize, usize), amount: U256, coin: &mut U256) {
        let in_coin = if self.is_native(pool, index) {
            amount.min(*coin)
        } else {
            U256::ZERO
        };
        *coin -= in_coin;
        means.coin += in_coin;
        means.purse[index] += amount - in_coin;
    }

    /// An amount of a token of the pool, as coin or as that.
    fn amount_of(&self, means: &mut Means, index: usize, amount: U256, as_coin: bool) {
        if as_coin {
            means.coin += amount;
        } else {
            means.purse[index] += amount;
        }
    }

    fn nothing(&self, pool: usize) -> Means {
        Means {
            coin: U256::ZERO,
            purse: vec![U256::ZERO; self.model.pools[pool].size()],
        }
    }

    /// POOL-17: coin pays for wrapped coin, whatever was sent beyond that comes back, and what it does not reach for is
    /// paid as that.
    fn swap_with_coin(&mut self, (pool, i, j): Hop, amount: U256, value: U256, who: usize) -> Result<bool, Violation> {
        let (snapshot, model) = (self.machine.snapshot(), self.model.clone());
        let alone = self.swap_in(pool, i, j, amount, who, false)?;
        // The model stays: storage afterwards is compared with it.
        self.machine.restore(&snapshot);
        let before = self.means(pool, who);
        let value = value.min(before.coin);
        let account = self.fixture.account(who);
        let call = IPoolManager::swapExactInCall {
            key: self.model.pools[pool].key.clone(),
            tokenIn: U256::from(i),
            tokenOut: U256::from(j),
            amountIn: amount,
            minAmountOut: U256::ZERO,
            recipient: account,
            deadline: NEVER,
        };
        let outcome = self
            .machine
            .pay(account, self.fixture.manager, call.abi_encode(), value);
        let expected = alone;
        if outcome.returned().map(|data| U256::from_be_slice(data)) != expected {
            let detail = format!("a swap of {amount} with {value} of coin gave {outcome:?}, not {expected:?}");
            return Err(Violation::new("POOL-17", detail));
        }
        let (mut paid, mut got) = (self.nothing(pool), self.nothing(pool));
        let mut coin = value;
        match expected {
            Some(out) => {
                self.pay(&mut paid, (pool, i), amount, &mut coin);
                self.amount_of(&mut got, j, out, false);
            }
            None => self.model = model,
        }
        self.check_means(pool, who, &before, &paid, &got)?;
        Ok(expected.is_some())
    }

    /// POOL-17: a batch pays with its coin once, gets wrapped coin as coin where it asks for that, and all that is
    /// left.
    fn batch_with_coin(
        &mut self,
        (pool, i, j): Hop,
        amount: U256,
        value: U256,
        who: usize,
        unwrap: bool,
    ) -> Result<bool, Violation> {
        let (snapshot, model) = (self.machine.snapshot(), self.model.clone());
        let there = self.swap_in(pool, i, j, amount, who, false)?;
        let back = match there {
            Some(out) => self.swap_in(pool, j, i, out, who, false)?,
            None => None,
        };
        self.machine.restore(&snapshot);
        let recipient = Self::beneficiary(who);
        let (before, others) = (self.means(pool, who), self.means(pool, recipient));
        let value = value.min(before.coin);
        let account = self.fixture.account(who);
        let swap = |from: usize, to: usize, amount: U256, recipient: usize| {
            let call = IPoolManager::swapExactInCall {
                key: self.model.pools[pool].key.clone(),
                tokenIn: U256::from(from),
                tokenOut: U256::from(to),
                amountIn: amount,
                minAmountOut: U256::ZERO,
                recipient: self.fixture.account(recipient),
                deadline: NEVER,
            };
            Bytes::from(call.abi_encode())
        };
        let call = IPoolManager::multicallCall {
            calls: vec![
                swap(i, j, amount, who),
                swap(j, i, there.unwrap_or_default(), recipient),
            ],
            unwrap,
        };
        let outcome = self
            .machine
            .pay(account, self.fixture.manager, call.abi_encode(), value);
        let (first, second) = (self.is_native(pool, i), self.is_native(pool, j));
        let results = there.zip(back);
        let told = outcome
            .returned()
            .and_then(|data| IPoolManager::multicallCall::abi_decode_returns(data).ok())
            .map(|results| results.iter().map(|data| U256::from_be_slice(data)).collect::<Vec<_>>());
        if told != results.map(|(out, back)| vec![out, back]) {
            let detail = format!("a batch with {value} of coin gave {outcome:?}, its swaps {results:?}");
            return Err(Violation::new("POOL-17", detail));
        }
        let (mut paid, mut got, mut given) = (self.nothing(pool), self.nothing(pool), self.nothing(pool));
        let mut coin = value;
        match results {
            Some((out, back)) => {
                self.pay(&mut paid, (pool, i), amount, &mut coin);
                self.amount_of(&mut got, j, out, second && unwrap);
                self.pay(&mut paid, (pool, j), out, &mut coin);
                let to = if recipient == who { &mut got } else { &mut given };
                self.amount_of(to, i, back, first && unwrap);
            }
            None => self.model = model,
        }
        self.check_means(pool, who, &before, &paid, &got)?;
        if recipient != who {
            self.check_means(pool, recipient, &others, &self.nothing(pool), &given)?;
        }
        Ok(results.is_some())
    }

    /// POOL-17 for an add in proportion.
    fn add_with_coin(&mut self, pool: usize, shares: U256, value: U256, who: usize) -> Result<bool, Violation> {
        let (snapshot, model) = (self.machine.snapshot(), self.model.clone());
        let alone = self.add(pool, shares, who)?;
        self.machine.restore(&snapshot);
        let before = self.means(pool, who);
        let value = value.min(before.coin);
        let account = self.fixture.account(who);
        let call = IPoolManager::addProportionalCall {
            key: self.model.pools[pool].key.clone(),
            shares,
            maxAmounts: vec![U256::MAX; self.model.pools[pool].size()],
            recipient: self.fixture.account(Self::beneficiary(who)),
            deadline: NEVER,
        };
        let outcome = self
            .machine
            .pay(account, self.fixture.manager, call.abi_encode(), value);
        let mut paid = self.nothing(pool);
        let mut coin = value;
        for (index, amount) in alone.iter().flatten().enumerate() {
            self.pay(&mut paid, (pool, index), *amount, &mut coin);
        }
        let expected = alone;
        let told = outcome
            .returned()
            .and_then(|data| IPoolManager::addProportionalCall::abi_decode_returns(data).ok());
        if told != expected {
            let detail = format!("an add of {shares} shares with {value} of coin gave {outcome:?}, not {expected:?}");
            return Err(Violation::new("POOL-17", detail));
        }
        if expected.is_none() {
            self.model = model;
            paid = self.nothing(pool);
        }
        self.check_means(pool, who, &before, &paid, &self.nothing(pool))?;
        Ok(expected.is_some())
    }
}
