//! Performs actions, keeps the model in step, and holds storage against it after each.

use alloy_primitives::{Bytes, U256};
use alloy_sol_types::{SolCall, SolValue};

use super::{
    Fixture, Model,
    abi::{IPoolManager, IPoolMath},
    action::{Action, Spec},
    entry::Entry,
    fixture::ACTORS,
    loan::Loan,
    model::{MASK, Pool},

    terms::Terms,
};
use crate::{
    engine::{Verdict, Violation},
    world::{Machine, Outcome},
};

/// The suite.
#[derive(Debug)]
pub struct Pools {
    pub(crate) machine: Machine,
    pub(crate) fixture: Fixture,
    pub(crate) model: Model,
    /// Marks of the last action.
    pub(crate) marks: Vec<u32>,
    /// The balances before the event under way.
    pub(crate) before: Option<Vec<U256>>,
    /// Swaps that exact arithmetic judged.
    pub(crate) swaps: u64,
    /// Liquidity events that it judged.
    pub(crate) events: u64,
}

/// `None`: refused as it may be.
pub(crate) type Checked<T> = Result<Option<T>, Violation>;

impl Pools {
    /// Ramps go on.
    pub(crate) fn tell_time(&mut self) {
        let now = self.now();
        for pool in &mut self.model.pools {
            pool.set_time(now);
        }
    }

    pub(crate) fn act(&mut self, action: &Action) -> Result<Verdict, Violation> {
        let exists = |pool: &usize| *pool < self.model.pools.len();
        let pair = |pool: &usize, i: &usize, j: &usize| {
            exists(pool) && *i < self.model.pools[*pool].size() && *j < self.model.pools[*pool].size() && i != j
        };
        let is_possible = match action {
            Action::SwapIn { pool, i, j, .. }
            | Action::SwapOut { pool, i, j, .. }
            | Action::RoundTrip { pool, i, j, .. }
            | Action::Permit { pool, i, j, .. }
            | Action::Inverse { pool, i, j, .. } => pair(pool, i, j),
            Action::Native(action) => {
                let (pool, i, j) = action.place();
                pair(&pool, &i, &j)
            }
            Action::Path { hops, .. } | Action::PathOut { hops, .. } => {
                !hops.is_empty() && hops.iter().all(|(pool, i, j)| pair(pool, i, j))
            }
            Action::Add { pool, .. }
            | Action::Remove { pool, .. }
            | Action::AddRemove { pool, .. }
            | Action::AddOrder { pool, .. }
            | Action::Collect { pool }
            | Action::SetFee { pool, .. }
            | Action::Reenter { pool, .. }
            | Action::Wrong { pool, .. } => exists(pool),
            Action::Recover { pool, amounts, .. } => exists(pool) && amounts.len() == self.model.pools[*pool].size(),
            Action::Donate { pool, i, .. } => exists(pool) && *i < self.model.pools[*pool].size(),
            Action::SetRate { token, .. } => *token < self.fixture.providers.len(),
            Action::Create { .. } | Action::FirstDeposit { .. } | Action::Wait { .. } => true,
            Action::Unbalanced(action) => action.is_possible(self),
            Action::Loan(Loan::Unpaid { pool, i, .. }) => pair(pool, i, &usize::from(*i == 0)),
            Action::Loan(Loan::Trade { pool, i, j, .. }) | Action::Entry(Entry::Batch { pool, i, j, .. }) => {
                pair(pool, i, j)
            }
            Action::Loan(Loan::Paid { .. } | Loan::SetFee { .. }) | Action::Terms(Terms::Policy { .. }) => true,
            Action::Terms(
                Terms::Pause { pool, .. }
                | Terms::SetPause { pool, .. }
                | Terms::ClearPauses { pool }
                | Terms::Ramp { pool, .. },
            )
            | Action::Entry(Entry::Wrap { pool, .. } | Entry::Unwrap { pool, .. }) => exists(pool),
        };
        if !is_possible {
            return Ok(Verdict::Void);
        }
        let happened = match action {
            Action::Create { spec, amounts, who } => self.create(spec, amounts, *who)?.is_some(),
            Action::SwapIn {
                pool,
                i,
                j,
                amount,
                who,
                quoted,
            } => self.swap_in(*pool, *i, *j, *amount, *who, *quoted)?.is_some(),
            Action::SwapOut {
                pool,
                i,
                j,
                amount,
                who,
                quoted,
            } => self.swap_out(*pool, *i, *j, *amount, *who, *quoted)?.is_some(),
            Action::RoundTrip {
                pool,
                i,
                j,
                amount,
                who,
                times,
                buy,
            } => self.round_trip((*pool, *i, *j), *amount, *who, *times, *buy)?,
            Action::Inverse { pool, i, j, amount } => self.inverse((*pool, *i, *j), *amount)?,
            Action::Path { hops, amount, who } => self.path(hops, *amount, *who, false)?,
            Action::PathOut { hops, amount, who } => self.path(hops, *amount, *who, true)?,
            Action::Unbalanced(action) => action.perform(self)?,
            Action::Terms(action) => action.perform(self)?,
            Action::Loan(action) => action.perform(self)?,
            Action::Entry(action) => action.perform(self)?,
            Action::Add { pool, shares, who } => self.add(*pool, *shares, *who)?.is_some(),
            Action::Remove { pool, shares, who } => self.remove(*pool, *shares, *who)?.is_some(),
            Action::AddRemove { pool, shares, who } => self.add_and_remove(*pool, *shares, *who)?,
            Action::AddOrder { pool, first, second } => self.add_in_both_orders(*pool, *first, *second)?,
            Action::Recover {
                pool,
                amounts,
                who,
                leave,
            } => self.recover(*pool, amounts, *who, *leave)?,
            Action::Collect { pool } => self.collect(*pool)?,
            Action::SetFee { pool, bps } => self.set_fee(*pool, *bps)?,
            Action::Donate { pool, i, amount } => self.donate(*pool, *i, *amount)?,
            Action::FirstDeposit {
                spec,
                amounts,
                donation,
                shares,
            } => self.first_deposit(spec, amounts, *donation, *shares)?,
            Action::Reenter {
                pool,
                outer,
                amount,
                who,
            } => self.reenter(*pool, *outer, *amount, *who)?,
            Action::Native(action) => action.perform(self)?,
            Action::Permit {
                pool,
                i,
                j,
                amount,
                used,
            } => self.swap_by_permit((*pool, *i, *j), *amount, *used)?,
            Action::Wrong { pool, number, who } => self.refused(*pool, *number, *who)?,
            Action::SetRate { token, rate } => self.set_rate(*token, *rate),
            Action::Wait { seconds } => {
                self.machine.advance(u64::from(*seconds));
                self.tell_time();
                true
            }
        };
        Ok(if happened { Verdict::Accepted } else { Verdict::Refused })
    }

    /// Calls the manager as the account of this number.
    pub(crate) fn call(&mut self, who: usize, call: &impl SolCall) -> Outcome {
        self.machine
            .call(self.fixture.account(who), self.fixture.manager, call.abi_encode())
    }

    /// The call's outcome where one of `allowed` is the only way in which it may be refused.
    pub(crate) fn expect(outcome: Outcome, allowed: &[[u8; 4]], what: &str) -> Checked<Bytes> {
        match outcome {
            Outcome::Returned(data) => Ok(Some(data)),
            Outcome::Reverted(ref data) if allowed.contains(&outcome.selector()) && data.len() >= 4 => Ok(None),
            other => Err(Violation::new("POOL-4", format!("{what} failed with {other:?}"))),
        }
    }

    /// Creates a pool; the admin pays.
    pub(crate) fn create(&mut self, spec: &Spec, amounts: &[U256], who: usize) -> Checked<usize> {
        use alloy_sol_types::{SolError, SolEvent};
        let mut pool = Pool::new(spec, &self.fixture);
        let call = IPoolManager::createPoolCall {
            key: pool.key.clone(),
            amounts: amounts.to_vec(),
            minShares: U256::ZERO,
            recipient: self.fixture.account(who),
            deadline: U256::MAX,
        };
        let allowed = [
            IPoolManager::PoolExists::SELECTOR,
            IPoolManager::BalanceTooLarge::SELECTOR,
            IPoolManager::ShareAmountInvalid::SELECTOR,
            IPoolMath::StableInputOutOfRange::SELECTOR,
            IPoolMath::WeightedInputOutOfRange::SELECTOR,
            IPoolManager::RateUnavailable::SELECTOR,
        ];
        let outcome = self.call(ACTORS, &call);
        pool.balances = amounts.to_vec();
        pool.set_rates(&self.model.rates);
        let range = [
            IPoolMath::StableInputOutOfRange::SELECTOR,
            IPoolManager::RateUnavailable::SELECTOR,
        ];
        if range.contains(&outcome.selector()) && pool.is_measurable(&self.fixture) {
            let detail = format!("balances and rates are in range, yet createPool failed with {outcome:?}");
            return Err(Violation::new("POOL-4", detail));
        }
        let Some(data) = Self::expect(outcome, &allowed, "createPool")? else {
            return Ok(None);
        };
        let (_, shares) = <(alloy_primitives::B256, U256)>::abi_decode_params(&data)
            .map_err(|error| Violation::new("POOL-6", format!("createPool returned {data}: {error}")))?;
        let events = self.events();
        pool.set_holding(who, shares, &self.fixture);
        for (token, amount) in pool.spec.tokens.iter().zip(amounts) {
            *self.model.held.entry(*token).or_default() += *amount;
        }
        self.model.pools.push(pool);
        let index = self.model.pools.len() - 1;
        self.check_rates(index)?;
        let state = self.state(index)?;
        let created = IPoolManager::PoolCreated {
            poolId: self.model.pools[index].id,
            key: self.model.pools[index].key.clone(),
            protocolFeeBps: U256::from(super::fixture::PROTOCOL_FEE_BPS),
            checkpoint: state.checkpoint,
        };
        let added = IPoolManager::LiquidityAdded {
            poolId: self.model.pools[index].id,
            provider: self.fixture.account(ACTORS),
            shares,
            amounts: amounts.to_vec(),
        };
        let expected = [created.encode_log_data(), added.encode_log_data()];
        Self::check_events(&events, &expected, "createPool")?;
        let pool = &mut self.model.pools[index];
        (pool.supply, pool.owed, pool.bps, pool.checkpoint) = (state.supply, state.owed, state.bps, state.checkpoint);
        pool.supply_word = self
            .machine
            .slot(self.fixture.manager, self.fixture.supply_slot(pool.id));
        self.check_first_shares(index, shares)?;
        Ok(Some(index))
    }

    /// Tokens given to the manager change no pool: everything is compared afterwards.
    fn donate(&mut self, pool: usize, i: usize, amount: U256) -> Result<bool, Violation> {
        let token = self.model.pools[pool].spec.tokens[i];
        let amount = amount.min(MASK);
        let call = super::abi::IToken::mintCall {
            to: self.fixture.manager,
            amount,
        };
        let outcome = self
            .machine
            .call(self.fixture.admin, self.fixture.tokens[token], call.abi_encode());
        if outcome.returned().is_none() {
            return Ok(false);
        }
        *self.model.held.entry(token).or_default() += amount;
        let before = self.model.pools[pool].clone();
        let state = self.state(pool)?;
        if (state.balances, state.supply, state.owed) != (before.balances, before.supply, before.owed) {
            return Err(Violation::new("POOL-7", "a donation changed the pool's state"));
        }
        Ok(true)
    }

    /// Every pool with the token has another scale from now on.
    fn set_rate(&mut self, token: usize, rate: U256) -> bool {
        let call = super::abi::ISettableRate::setRateCall { rate };
        let outcome = self
            .machine
            .call(self.fixture.admin, self.fixture.providers[token], call.abi_encode());
        self.model.rates.insert(token, rate);
        for pool in &mut self.model.pools {
            pool.set_rates(&self.model.rates);
        }
        outcome.returned().is_some()
    }
}

/// What poolState returned.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) balances: Vec<U256>,
    pub(crate) supply: U256,
    pub(crate) owed: U256,
    pub(crate) bps: u64,
    pub(crate) checkpoint: U256,
}

impl Pools {
    /// The manager's own view of a pool.
    pub(crate) fn state(&mut self, pool: usize) -> Result<State, Violation> {
        let key = self.model.pools[pool].key.clone();
        let outcome = self.call(0, &IPoolManager::poolStateCall { key });
        let state = outcome
            .returned()
            .and_then(|data| IPoolManager::poolStateCall::abi_decode_returns(data).ok())
            .ok_or_else(|| Violation::new("POOL-6", format!("poolState failed: {outcome:?}")))?;
        Ok(State {
            balances: state.balances,
            supply: state.supply,
            owed: state.owed,
            bps: state.protocolFeeBps.to(),
            checkpoint: state.checkpoint,
        })
    }
}
