//! Liquidity out of proportion: adds of any amounts, and one token alone.

use alloy_primitives::{LogData, U256};
use alloy_sol_types::{SolCall, SolError};
use serde::{Deserialize, Serialize};

use super::{
    abi::{IPoolManager, IPoolMath},
    model::{STOPS_ADD_OUT_OF_PROPORTION, STOPS_SINGLE_EXIT},
    perform::{Checked, Pools},
    replay::Writer,
};
use crate::engine::Violation;

/// One of these actions. `pool`, `i` and `who` as in [`super::Action`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum Unbalanced {
    Add {
        pool: usize,
        amounts: Vec<U256>,
        who: usize,
    },
    AddSingle {
        pool: usize,
        i: usize,
        shares: U256,
        who: usize,
    },
    RemoveSingle {
        pool: usize,
        i: usize,
        shares: U256,
        who: usize,
    },
    /// Adds, then leaves in proportion: a swap in disguise.
    AddLeave {
        pool: usize,
        amounts: Vec<U256>,
        who: usize,
    },
}

/// Errors by which such an event may be refused; whether it may be in this state is checked apart.
const ERRORS: [[u8; 4]; 10] = [
    IPoolManager::AmountBelowRange::SELECTOR,
    IPoolManager::BalanceTooLarge::SELECTOR,
    IPoolManager::ShareAmountInvalid::SELECTOR,
    IPoolManager::RateUnavailable::SELECTOR,
    IPoolMath::StableInputOutOfRange::SELECTOR,
    IPoolMath::StableAmountTooLarge::SELECTOR,
    IPoolMath::StableNotConverged::SELECTOR,
    IPoolMath::WeightedInputOutOfRange::SELECTOR,
    IPoolMath::WeightedTradeTooLarge::SELECTOR,
    IPoolMath::ResultOutOfRange::SELECTOR,
];

impl Unbalanced {
    /// All kinds.
    pub const KINDS: [&'static str; 4] = ["add unbalanced", "add single", "remove single", "add and leave"];

    pub(crate) fn kind(&self) -> &'static str {
        Self::KINDS[match self {
            Self::Add { .. } => 0,
            Self::AddSingle { .. } => 1,
            Self::RemoveSingle { .. } => 2,
            Self::AddLeave { .. } => 3,
        }]
    }

    pub(crate) fn pool(&mut self) -> &mut usize {
        match self {
            Self::Add { pool, .. }
            | Self::AddSingle { pool, .. }
            | Self::RemoveSingle { pool, .. }
            | Self::AddLeave { pool, .. } => pool,
        }
    }

    pub(crate) fn numbers(&mut self) -> Vec<&mut U256> {
        match self {
            Self::Add { amounts, .. } | Self::AddLeave { amounts, .. } => amounts.iter_mut().collect(),
            Self::AddSingle { shares, .. } | Self::RemoveSingle { shares, .. } => vec![shares],
        }
    }

    pub(crate) fn simpler(&self) -> Option<Self> {
        match self {
            Self::AddLeave { pool, amounts, who } => Some(Self::Add {
                pool: *pool,
                amounts: amounts.clone(),
                who: *who,
            }),
            _ => None,
        }
    }

    pub(crate) fn is_possible(&self, pools: &Pools) -> bool {
        let size = |pool: &usize| pools.model.pools.get(*pool).map_or(0, |pool| pool.size());
        match self {
            Self::Add { pool, amounts, .. } | Self::AddLeave { pool, amounts, .. } => {
                size(pool) != 0 && amounts.len() == size(pool)
            }
            Self::AddSingle { pool, i, .. } | Self::RemoveSingle { pool, i, .. } => *i < size(pool),
        }
    }

    pub(crate) fn perform(&self, pools: &mut Pools) -> Result<bool, Violation> {
        match self {
            Self::Add { pool, amounts, who } => Ok(pools.add_unbalanced(*pool, amounts, *who)?.is_some()),
            Self::AddSingle { pool, i, shares, who } => Ok(pools.add_single(*pool, *i, *shares, *who)?.is_some()),
            Self::RemoveSingle { pool, i, shares, who } => Ok(pools.remove_single(*pool, *i, *shares, *who)?.is_some()),
            Self::AddLeave { pool, amounts, who } => pools.add_and_leave(*pool, amounts, *who),
        }
    }

    pub(crate) fn write(&self, writer: &mut Writer) {
        match self {
            Self::Add { pool, amounts, who } | Self::AddLeave { pool, amounts, who } => {
                writer.amounts(amounts);
                writer.line(&format!("vm.prank(actors[{who}]);"));
                writer.line(&format!(
                    "returned = manager.addUnbalanced(keys[{pool}], amounts, 0, actors[{}], SOON);",
                    Pools::beneficiary(*who)
                ));
                if matches!(self, Self::AddLeave { .. }) {
                    writer.remove("back", *pool, "returned", Pools::beneficiary(*who));
                }
            }
            Self::AddSingle { pool, i, shares, who } => {
                writer.line(&format!("vm.prank(actors[{who}]);"));
                writer.line(&format!(
                    "returned = manager.addSingle(keys[{pool}], {i}, {shares}, type(uint256).max, actors[{}], SOON);",
                    Pools::beneficiary(*who)
                ));
            }
            Self::RemoveSingle { pool, i, shares, who } => {
                writer.line("{");
                writer.line(&format!("    uint256 shares = {shares};"));
                writer.line(&format!("    uint256 most = sharesOf(keys[{pool}], actors[{who}]);"));
                writer.line("    if (shares > most) shares = most;");
                writer.line(&format!("    vm.prank(actors[{who}]);"));
                writer.line(&format!(
                    "    returned = manager.removeSingle(keys[{pool}], {i}, shares, 0, actors[{who}], SOON);"
                ));
                writer.line("}");
            }
        }
    }
}

impl Pools {
    /// POOL-8, POOL-11 and POOL-21 of an event out of proportion: as its quote said, not while it is paused, and not
    /// beyond the limit and the deadline, which `call` gets. What it returned, and its events.
    fn settled<C: SolCall + std::fmt::Debug>(
        &mut self,
        (pool, flags, who): (usize, &[usize], usize),
        quote: &impl SolCall,
        at_most: bool,
        call: impl Fn(U256, U256) -> C,
    ) -> Checked<(U256, Vec<LogData>)> {
        let quoted = self.call(who, quote);
        let (now, mut limit) = (U256::from(self.now()), if at_most { U256::MAX } else { U256::ZERO });
        if let (Some(data), true) = (quoted.returned(), Self::is_careful(who)) {
            limit = U256::from_be_slice(data);
            self.must_fail(who, &call(limit, now - U256::ONE))?;
            if !at_most {
                self.must_fail(who, &call(limit + U256::ONE, now))?;
            } else if !limit.is_zero() {
                self.must_fail(who, &call(limit - U256::ONE, now))?;
            }
        }
        let outcome = self.call(who, &call(limit, now));
        let events = self.events();
        if quoted != outcome {
            let detail = format!("an event gave {outcome:?}, its quote {quoted:?}");
            return Err(Violation::new("POOL-8", detail));
        }
        if self.is_paused(pool, flags, &outcome)? {
            return Ok(None);
        }
        let below = outcome.selector() == IPoolManager::AmountBelowRange::SELECTOR;
        if below && self.model.pools[pool].is_measurable(&self.fixture) {
            return Err(Violation::new(
                "POOL-4",
                "a pool in range was to be brought back into it",
            ));
        }
        if outcome.returned().is_none() {
            self.marks.push(u32::from_be_bytes(outcome.selector()));
        }
        let data = Self::expect(outcome, &ERRORS, "an event out of proportion")?;
        if data.is_some() {
            self.check_rates(pool)?;
        }
        Ok(data.map(|data| (U256::from_be_slice(&data), events)))
    }

    /// Adds whatever amounts. Shares are what the exact growth is worth, less fees and the bound.
    pub(crate) fn add_unbalanced(&mut self, pool: usize, amounts: &[U256], who: usize) -> Checked<U256> {
        let (key, owner) = (self.model.pools[pool].key.clone(), Self::beneficiary(who));
        let quote = IPoolManager::quoteAddUnbalancedCall {
            trader: self.fixture.account(who),
            key: key.clone(),
            amounts: amounts.to_vec(),
        };
        let recipient = self.fixture.account(owner);
        let call = |limit, deadline| IPoolManager::addUnbalancedCall {
            key: key.clone(),
            amounts: amounts.to_vec(),
            minShares: limit,
            recipient,
            deadline,
        };
        let purse = self.purse(pool, who);
        let Some((shares, events)) = self.settled((pool, STOPS_ADD_OUT_OF_PROPORTION, who), &quote, false, call)?
        else {
            self.may_refuse_unbalanced(pool, amounts, who)?;
            return Ok(None);
        };
        self.check_purse(pool, who, &purse, amounts, true)?;
        let (accrued, state) = self.check_accrual(pool, shares, U256::ZERO)?;
        let total = self.model.pools[pool].supply + accrued;
        Self::check_events(
            &events,
            &self.added(pool, who, accrued, shares, amounts),
            "an add of amounts",
        )?;
        // What lifts a pool into its range is a gift; the rest is judged from there on.
        let lifted = self.model.pools[pool].lifted(&self.fixture);
        let stored = std::mem::replace(&mut self.model.pools[pool].balances, lifted.clone());
        let rest: Vec<U256> = (stored.iter().zip(&lifted).zip(amounts))
            .map(|((stored, lifted), amount)| amount.saturating_sub(*lifted - *stored))
            .collect();
        let checked = self.check_unbalanced(pool, &rest, shares, total, who);
        let model = &mut self.model.pools[pool];
        model.balances = stored;
        checked?;
        for (index, amount) in amounts.iter().enumerate() {
            *self.model.held.entry(model.spec.tokens[index]).or_default() += *amount;
            let balance = model.balances[index] + *amount;
            model.set_balance(index, balance);
        }
        model.set_holding(owner, model.holding(owner) + shares, &self.fixture);
        self.adopt(pool, &state);
        self.check_value(pool, total)?;
        Ok(Some(shares))
    }

    /// Adds one token for exact shares.
    pub(crate) fn add_single(&mut self, pool: usize, i: usize, shares: U256, who: usize) -> Checked<U256> {
        let (key, owner) = (self.model.pools[pool].key.clone(), Self::beneficiary(who));
        let quote = IPoolManager::quoteAddSingleCall {
            trader: self.fixture.account(who),
            key: key.clone(),
            tokenIn: U256::from(i),
            shares,
        };
        let recipient = self.fixture.account(owner);
        let call = |limit, deadline| IPoolManager::addSingleCall {
            key: key.clone(),
            tokenIn: U256::from(i),
            shares,
            maxAmountIn: limit,
            recipient,
            deadline,
        };
        let purse = self.purse(pool, who);
        let Some((amount, events)) = self.settled((pool, STOPS_ADD_OUT_OF_PROPORTION, who), &quote, true, call)? else {
            self.may_refuse_single(pool, i, shares, who)?;
            return Ok(None);
        };
        let amounts = self.only(pool, i, amount);
        self.check_purse(pool, who, &purse, &amounts, true)?;
        let (accrued, state) = self.check_accrual(pool, shares, U256::ZERO)?;
        let total = self.model.pools[pool].supply + accrued;
        Self::check_events(
            &events,
            &self.added(pool, who, accrued, shares, &amounts),
            "an add of a token",
        )?;
        self.check_add_single(pool, i, shares, amount, total, who)?;
        let model = &mut self.model.pools[pool];
        *self.model.held.entry(model.spec.tokens[i]).or_default() += amount;
        let balance = model.balances[i] + amount;
        model.set_balance(i, balance);
        model.set_holding(owner, model.holding(owner) + shares, &self.fixture);
        self.adopt(pool, &state);
        self.check_value(pool, total)?;
        Ok(Some(amount))
    }

    /// Leaves with shares in one token, never more than the account has.
    pub(crate) fn remove_single(&mut self, pool: usize, i: usize, shares: U256, who: usize) -> Checked<U256> {
        let shares = shares.min(self.model.pools[pool].holding(who));
        let (key, owner) = (self.model.pools[pool].key.clone(), Self::beneficiary(who));
        let quote = IPoolManager::quoteRemoveSingleCall {
            trader: self.fixture.account(who),
            key: key.clone(),
            tokenOut: U256::from(i),
            shares,
        };
        let recipient = self.fixture.account(owner);
        let call = |limit, deadline| IPoolManager::removeSingleCall {
            key: key.clone(),
            tokenOut: U256::from(i),
            shares,
            minAmountOut: limit,
            recipient,
            deadline,
        };
        let purse = self.purse(pool, owner);
        let Some((amount, events)) = self.settled((pool, STOPS_SINGLE_EXIT, who), &quote, false, call)? else {
            if !self.model.pools[pool].is_stable()
                && !self.model.pools[pool].is_stopped_at(STOPS_SINGLE_EXIT, self.now())
            {
                let detail = format!("a single-token exit of {shares} shares was refused");
                return Err(Violation::new("POOL-4", detail));
            }
            return Ok(None);
        };
        let amounts = self.only(pool, i, amount);
        self.check_purse(pool, owner, &purse, &amounts, false)?;
        let (accrued, state) = self.check_accrual(pool, U256::ZERO, shares)?;
        let total = self.model.pools[pool].supply + accrued;
        Self::check_events(
            &events,
            &self.removed(pool, who, accrued, shares, &amounts),
            "an exit in a token",
        )?;
        self.check_remove_single(pool, i, shares, amount, total, who)?;
        let model = &mut self.model.pools[pool];
        *self.model.held.entry(model.spec.tokens[i]).or_default() -= amount;
        let balance = model.balances[i] - amount;
        model.set_balance(i, balance);
        model.set_holding(who, model.holding(who) - shares, &self.fixture);
        self.adopt(pool, &state);
        self.check_value(pool, total)?;
        Ok(Some(amount))
    }

    /// POOL-12: what stays in the pool, less the fee on it, would have been taken for a swap.
    fn add_and_leave(&mut self, pool: usize, amounts: &[U256], who: usize) -> Result<bool, Violation> {
        let before = self.model.pools[pool].balances.clone();
        let Some(shares) = self.add_unbalanced(pool, amounts, who)? else {
            return Ok(false);
        };
        if self.remove(pool, shares, Self::beneficiary(who))?.is_none() {
            return Ok(false);
        }
        let fee = U256::from(self.fee_for(pool, who));
        let after: Vec<U256> = self.model.pools[pool]
            .balances
            .iter()
            .zip(&before)
            // The fee on what stayed, rounded in favour of the contract.
            .map(|(after, before)| *after - after.saturating_sub(*before) * fee / U256::from(super::model::MILLION))
            .collect();
        if !self.is_kept(pool, &before, U256::ONE, &after, U256::ONE) {
            let detail = format!("adding {amounts:?} and leaving with {shares} shares beat a swap");
            return Err(Violation::new("POOL-12", detail));
        }
        Ok(true)
    }
}
