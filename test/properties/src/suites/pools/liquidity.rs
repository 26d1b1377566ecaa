//! Adds and exits, and shares of them.

use alloy_primitives::U256;
use alloy_sol_types::{SolCall, SolError, SolEvent};

use super::{
    abi::IPoolManager,
    fixture::ACTORS,
    model::{MASK, STOPS_ADD},
    perform::{Checked, Pools, State},
};
use crate::engine::Violation;

/// Number of the treasury among the accounts.
pub(crate) const TREASURY: usize = ACTORS + 1;

impl Pools {
    /// Adds in proportion. POOL-5: at least the proportion of every balance is taken, and less than a unit more.
    /// POOL-21, POOL-22.
    pub(crate) fn add(&mut self, pool: usize, shares: U256, who: usize) -> Checked<Vec<U256>> {
        let (model, owner) = (&self.model.pools[pool], Self::beneficiary(who));
        let mut call = IPoolManager::addProportionalCall {
            key: model.key.clone(),
            shares,
            maxAmounts: vec![U256::MAX; model.size()],
            recipient: self.fixture.account(owner),
            deadline: U256::from(self.now()),
        };
        let quote = IPoolManager::quoteAddProportionalCall {
            key: call.key.clone(),
            shares,
        };
        let quote = self.call(who, &quote);
        let quoted = quote
            .returned()
            .and_then(|data| IPoolManager::addProportionalCall::abi_decode_returns(data).ok());
        if let (Some(amounts), true) = (quoted, Self::is_careful(who)) {
            call.maxAmounts = amounts;
            let (mut less, mut late) = (call.clone(), call.clone());
            late.deadline -= U256::ONE;
            self.must_fail(who, &late)?;
            let one = &mut less.maxAmounts[shares.as_limbs()[0] as usize % self.model.pools[pool].size()];
            if !one.is_zero() {
                *one -= U256::ONE;
                self.must_fail(who, &less)?;
            }
        }
        let purse = self.purse(pool, who);
        let outcome = self.call(who, &call);
        let events = self.events();
        if quote != outcome {
            return Err(Violation::new(
                "POOL-8",
                format!("an add gave {outcome:?}, its quote {quote:?}"),
            ));
        }
        if self.is_paused(pool, STOPS_ADD, &outcome)? {
            return Ok(None);
        }
        let allowed = [
            IPoolManager::ShareAmountInvalid::SELECTOR,
            IPoolManager::BalanceTooLarge::SELECTOR,
            IPoolManager::RateUnavailable::SELECTOR,
            IPoolManager::PoolOutOfRange::SELECTOR,
        ];
        let leaves_range = outcome.selector() == IPoolManager::PoolOutOfRange::SELECTOR;
        let Some(data) = Self::expect(outcome, &allowed, "addProportional")? else {
            let model = &self.model.pools[pool];
            if leaves_range && self.is_near_the_edge(pool, shares) {
                return Ok(None);
            }
            let too_large = |balance: &U256| *balance * shares.min(MASK) / model.supply >= (MASK - balance) >> 1;
            // Shares owed since the last event come on top of the supply: half of the room is left to them.
            if !model.has_rates()
                || shares.is_zero()
                || shares > (MASK - model.supply) >> 1
                || model.balances.iter().any(too_large)
            {
                return Ok(None);
            }
            return Err(Violation::new(
                "POOL-5",
                format!("an add of {shares} shares was refused"),
            ));
        };
        let amounts = IPoolManager::addProportionalCall::abi_decode_returns(&data)
            .map_err(|error| Violation::new("POOL-5", format!("addProportional returned {data}: {error}")))?;
        let (accrued, state) = self.check_accrual(pool, shares, U256::ZERO)?;
        let model = &mut self.model.pools[pool];
        let total = model.supply + accrued;
        for (index, amount) in amounts.iter().enumerate() {
            let (due, balance) = (model.balances[index] * shares, model.balances[index]);
            if *amount * total < due || *amount * total >= due + total {
                let detail = format!("{amount} of token {index} for {shares} of {total} shares, balance {balance}");
                let subject = format!("amounts[{index}]");
                return Err(Violation::new("POOL-5", detail).expecting(subject, "Eq", due.div_ceil(total)));
            }
            *self.model.held.entry(model.spec.tokens[index]).or_default() += *amount;
        }
        model.set_holding(owner, model.holding(owner) + shares, &self.fixture);
        for (index, amount) in amounts.iter().enumerate() {
            let balance = model.balances[index] + *amount;
            model.set_balance(index, balance);
        }
        self.adopt(pool, &state);
        self.check_value(pool, total)?;
        Self::check_events(&events, &self.added(pool, who, accrued, shares, &amounts), "an add")?;
        self.check_purse(pool, who, &purse, &amounts, true)?;
        Ok(Some(amounts))
    }

    /// Removes in proportion, never more than the account has. POOL-5: at most the proportion of every balance, less
    /// than a unit below it. POOL-6: whoever has shares can leave. POOL-21, POOL-22.
    pub(crate) fn remove(&mut self, pool: usize, shares: U256, who: usize) -> Checked<Vec<U256>> {
        let model = &self.model.pools[pool];
        let (shares, owner) = (shares.min(model.holding(who)), Self::beneficiary(who));
        let mut call = IPoolManager::removeProportionalCall {
            key: model.key.clone(),
            shares,
            minAmounts: vec![U256::ZERO; model.size()],
            recipient: self.fixture.account(owner),
            deadline: U256::from(self.now()),
        };
        let quote = IPoolManager::quoteRemoveProportionalCall {
            key: call.key.clone(),
            shares,
        };
        let quote = self.call(who, &quote);
        let quoted = quote
            .returned()
            .and_then(|data| IPoolManager::removeProportionalCall::abi_decode_returns(data).ok());
        if let (Some(amounts), true) = (quoted, Self::is_careful(who)) {
            call.minAmounts = amounts;
            let (mut more, mut late) = (call.clone(), call.clone());
            more.minAmounts[shares.as_limbs()[0] as usize % self.model.pools[pool].size()] += U256::ONE;
            late.deadline -= U256::ONE;
            self.must_fail(who, &more)?;
            self.must_fail(who, &late)?;
        }
        let purse = self.purse(pool, owner);
        let outcome = self.call(who, &call);
        let events = self.events();
        if quote != outcome {
            return Err(Violation::new(
                "POOL-8",
                format!("an exit gave {outcome:?}, its quote {quote:?}"),
            ));
        }
        let Some(data) = outcome.returned() else {
            return Err(Violation::new(
                "POOL-6",
                format!("an exit of {shares} shares failed: {outcome:?}"),
            ));
        };
        let amounts = IPoolManager::removeProportionalCall::abi_decode_returns(data)
            .map_err(|error| Violation::new("POOL-5", format!("removeProportional returned {data}: {error}")))?;
        let (accrued, state) = self.check_accrual(pool, U256::ZERO, shares)?;
        let model = &mut self.model.pools[pool];
        let total = model.supply + accrued;
        for (index, amount) in amounts.iter().enumerate() {
            let (due, balance) = (model.balances[index] * shares, model.balances[index]);
            if *amount * total > due || (*amount + U256::ONE) * total <= due {
                let detail = format!("{amount} of token {index} for {shares} of {total} shares, balance {balance}");
                let subject = format!("amounts[{index}]");
                return Err(Violation::new("POOL-5", detail).expecting(subject, "Eq", due / total));
            }
            *self.model.held.entry(model.spec.tokens[index]).or_default() -= *amount;
        }
        model.set_holding(who, model.holding(who) - shares, &self.fixture);
        for (index, amount) in amounts.iter().enumerate() {
            let balance = model.balances[index] - *amount;
            model.set_balance(index, balance);
        }
        self.adopt(pool, &state);
        self.check_value(pool, total)?;
        Self::check_events(&events, &self.removed(pool, who, accrued, shares, &amounts), "an exit")?;
        self.check_purse(pool, owner, &purse, &amounts, false)?;
        Ok(Some(amounts))
    }

    /// POOL-5: adding and leaving at once never pays in any token.
    pub(crate) fn add_and_remove(&mut self, pool: usize, shares: U256, who: usize) -> Result<bool, Violation> {
        let Some(paid) = self.add(pool, shares, who)? else {
            return Ok(false);
        };
        let Some(back) = self.remove(pool, shares, Self::beneficiary(who))? else {
            return Ok(false);
        };
        match paid.iter().zip(&back).position(|(paid, back)| back > paid) {
            Some(index) => {
                let detail = format!("{} of token {index} came back for {}", back[index], paid[index]);
                Err(Violation::new("POOL-5", detail))
            }
            None => Ok(true),
        }
    }

    /// POOL-5: which of two adds comes first changes what they pay by rounding alone.
    pub(crate) fn add_in_both_orders(&mut self, pool: usize, first: U256, second: U256) -> Result<bool, Violation> {
        let (snapshot, before) = (self.machine.snapshot(), self.model.clone());
        let run = |pools: &mut Self, orders: [(U256, usize); 2]| -> Checked<(Vec<U256>, Vec<U256>)> {
            pools.machine.restore(&snapshot);
            pools.model = before.clone();
            let Some(one) = pools.add(pool, orders[0].0, orders[0].1)? else {
                return Ok(None);
            };
            let Some(two) = pools.add(pool, orders[1].0, orders[1].1)? else {
                return Ok(None);
            };
            Ok(Some(if orders[0].1 == 0 { (one, two) } else { (two, one) }))
        };
        let forth = run(self, [(first, 0), (second, 1)])?;
        let owed_forth = self.model.pools[pool].owed;
        let back = run(self, [(second, 1), (first, 0)])?;
        let (Some(forth), Some(back)) = (forth, back) else {
            self.machine.restore(&snapshot);
            self.model = before;
            return Ok(false);
        };
        let old = &before.pools[pool];
        let owed = owed_forth.max(self.model.pools[pool].owed) - old.owed;
        for (shares, one, other) in [(first, &forth.0, &back.0), (second, &forth.1, &back.1)] {
            for (one, other) in one.iter().zip(other) {
                // Each rounding of a balance, by less than a unit, comes back as part of what the other add pays;
                // shares that became owed between the two dilute it.
                let most = *one.max(other);
                let rounding = U256::from(2) + (shares / old.supply + U256::ONE) * U256::from(2);
                let bound = rounding + (most * owed).div_ceil(old.supply);
                if most - *one.min(other) > bound {
                    let detail = format!("an add of {shares} pays {one} or {other} by its order");
                    return Err(Violation::new("POOL-5", detail));
                }
            }
        }
        Ok(true)
    }

    /// Mints what is owed to the treasury.
    pub(crate) fn collect(&mut self, pool: usize) -> Result<bool, Violation> {
        let key = self.model.pools[pool].key.clone();
        let outcome = self.call(0, &IPoolManager::collectProtocolFeeCall { key });
        let Some(data) = Self::expect(
            outcome,
            &[IPoolManager::ShareAmountInvalid::SELECTOR],
            "collectProtocolFee",
        )?
        else {
            return Ok(false);
        };
        let (minted, events) = (U256::from_be_slice(&data), self.events());
        let owed_before = self.model.pools[pool].owed;
        let state = self.state(pool)?;
        if !state.owed.is_zero() || state.supply < self.model.pools[pool].supply {
            return Err(Violation::new(
                "POOL-10",
                format!("{} is owed after collecting", state.owed),
            ));
        }
        let accrued = state.supply - self.model.pools[pool].supply;
        self.check_growth(pool, accrued, &state)?;
        if minted != owed_before + accrued {
            return Err(Violation::new(
                "POOL-10",
                format!("{minted} collected of {owed_before} + {accrued}"),
            ));
        }
        let own = IPoolManager::ProtocolFeeCollected {
            poolId: self.model.pools[pool].id,
            shares: minted,
        };
        let expected = self.charged(pool, accrued, own.encode_log_data());
        Self::check_events(&events, &expected, "collecting")?;
        let model = &mut self.model.pools[pool];
        model.set_holding(TREASURY, model.holding(TREASURY) + minted, &self.fixture);
        let total = state.supply;
        self.adopt(pool, &state);
        self.check_value(pool, total)?;
        Ok(true)
    }

    /// Sets the protocol's share; growth until now is charged at the old one.
    pub(crate) fn set_fee(&mut self, pool: usize, bps: u32) -> Result<bool, Violation> {
        let key = self.model.pools[pool].key.clone();
        let call = IPoolManager::setProtocolFeeCall {
            key,
            protocolFeeBps: U256::from(bps),
        };
        let outcome = self.call(ACTORS, &call);
        if outcome.returned().is_none() {
            // Not raised while a rate's rise waits or growth cannot be measured: when, PoolManagerWaiting.t.sol judges.
            let model = &self.model.pools[pool];
            let not_charged = outcome.selector() == IPoolManager::GrowthNotCharged::SELECTOR;
            let waits = model.has_rates() || !model.is_measurable(&self.fixture);
            return if bps > 5_000 || (not_charged && waits && u64::from(bps) > model.bps) {
                Ok(false)
            } else {
                Err(Violation::new(
                    "POOL-10",
                    format!("a protocol fee of {bps} was refused: {outcome:?}"),
                ))
            };
        }
        let events = self.events();
        let state = self.state(pool)?;
        let accrued = state.supply - self.model.pools[pool].supply;
        self.check_growth(pool, accrued, &state)?;
        let own = IPoolManager::ProtocolFeeSet {
            poolId: self.model.pools[pool].id,
            protocolFeeBps: U256::from(bps),
        };
        let expected = self.charged(pool, accrued, own.encode_log_data());
        Self::check_events(&events, &expected, "a protocol fee")?;
        if state.bps != u64::from(bps) || bps > 5_000 {
            return Err(Violation::new(
                "POOL-10",
                format!("the protocol fee is {}, not {bps}", state.bps),
            ));
        }
        let total = state.supply;
        self.adopt(pool, &state);
        self.check_value(pool, total)?;
        Ok(true)
    }

    /// Reads the state after an add of `added` or an exit of `burned` shares and checks what the event charged; not yet
    /// adopted.
    pub(crate) fn check_accrual(&mut self, pool: usize, added: U256, burned: U256) -> Result<(U256, State), Violation> {
        let state = self.state(pool)?;
        let (old_supply, old_owed) = (self.model.pools[pool].supply, self.model.pools[pool].owed);
        let accrued = state.owed.checked_sub(old_owed).unwrap_or(U256::MAX);
        if accrued == U256::MAX || state.supply + burned != old_supply + accrued + added {
            let detail = format!(
                "supply {old_supply} + {added} - {burned} became {}, owed {old_owed} {}",
                state.supply, state.owed
            );
            return Err(Violation::new("POOL-6", detail));
        }
        self.check_growth(pool, accrued, &state)?;
        Ok((accrued, state))
    }
}
