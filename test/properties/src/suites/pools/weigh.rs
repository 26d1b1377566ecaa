//! What exact arithmetic says about liquidity out of proportion (docs/pool-math.md, section 5).

use alloy_primitives::U256;
use num_bigint::BigInt;

use super::{
    judge::{big, stable_bound, weighted_least, weighted_most},
    model::{MASK, MILLION, Pool, in_stable_range},
    perform::Pools,
};
use crate::{
    engine::Violation,
    exact::{
        Enclosure, Ordering3, StablePool, StableVerdict, Trade, Wide, compare_powers, exp_minus_one, in_given_out,
        ln_ratio,
    },
};

/// Shares that growth is worth, from below, and what the contract may stay below that.
struct Growth {
    low: U256,
    slack: U256,
}

impl Pools {
    /// Whether a share is worth no less at `after` and a supply of `total_after` than at `before` and `total`: in exact
    /// arithmetic, without tolerance. Supplies are factors: V is homogeneous.
    pub(crate) fn is_kept(
        &mut self,
        pool: usize,
        before: &[U256],
        total: U256,
        after: &[U256],
        total_after: U256,
    ) -> bool {
        let pool = &self.model.pools[pool];
        if pool.is_stable() {
            let old = pool
                .stable_at(pool.ann, before, &self.fixture)
                .scaled(&big(total_after));
            let new = pool.stable_at(pool.ann, after, &self.fixture).scaled(&big(total));
            return old.compare(&old.bracket(None), &new) == StableVerdict::Kept;
        }
        let side = |balances: &[U256], total: U256| {
            let powers = balances.iter().copied().zip(pool.spec.weights.iter().copied());
            powers.chain([(total, MILLION as u32)]).collect::<Vec<_>>()
        };
        if after.iter().any(U256::is_zero) {
            return false;
        }
        match compare_powers(&side(after, total), &side(before, total_after)) {
            Ordering3::Known(order) => order.is_ge(),
            Ordering3::Open => true,
        }
    }

    /// POOL-2, POOL-12 and POOL-1 of the shares of an add: with the fee on what is out of proportion taken away the
    /// growth is still worth them, and they are no fewer than two exact steps of that kind give, within the bounds.
    pub(crate) fn check_unbalanced(
        &mut self,
        pool: usize,
        amounts: &[U256],
        shares: U256,
        total: U256,
        who: usize,
    ) -> Result<(), Violation> {
        self.events += 1;
        let fee = U256::from(self.fee_for(pool, who));
        let before = self.model.pools[pool].balances.clone();
        // Fees are whole units of at least f (a - B s / S).
        let taxed = |(balance, amount): (&U256, &U256)| -> U256 {
            let parts = (big(*amount) * big(total) - big(*balance) * big(shares)) * big(fee);
            let due = if parts.sign() == num_bigint::Sign::Plus {
                num_integer::Integer::div_ceil(&parts, &(big(total) * MILLION))
            } else {
                BigInt::default()
            };
            *balance + *amount - small(&due)
        };
        let after: Vec<U256> = before.iter().zip(amounts).map(taxed).collect();
        if !self.is_kept(pool, &before, total, &after, total + shares) {
            let detail = format!("{amounts:?} gave {shares} of {total} shares, more than the taxed growth");
            return Err(Violation::new("POOL-12", detail).expecting("returned", "Le", shares - U256::ONE));
        }
        let least = self.least_shares(pool, amounts, total, fee);
        if least.is_some_and(|least| shares < least) {
            let detail = format!("{amounts:?} gave {shares} of {total} shares; {least:?} is the least by the bound");
            return Err(Violation::new("POOL-1", detail).expecting("returned", "Ge", shares + U256::ONE));
        }
        let model = &self.model.pools[pool];
        let class = (model.size() as u32) << 1 | u32::from(model.is_stable());
        self.marks.push(class | (10 << 5) | ((shares.bit_len() as u32) << 10));
        Ok(())
    }

    /// The fewest shares that an add may give; nothing where the bound is not stated.
    fn least_shares(&self, pool: usize, amounts: &[U256], total: U256, fee: U256) -> Option<U256> {
        let pool = &self.model.pools[pool];
        let million = U256::from(MILLION);
        let whole: Vec<U256> = pool
            .balances
            .iter()
            .zip(amounts)
            .map(|(balance, amount)| *balance + *amount)
            .collect();
        let after_fee = |first: U256| -> Vec<U256> {
            let each = whole.iter().zip(amounts).zip(&pool.balances);
            each.map(|((whole, amount), balance)| {
                let part = amount.saturating_sub(*balance * first / total);
                *whole - (part * fee).div_ceil(million)
            })
            .collect()
        };
        let first = growth(pool, &self.fixture, &after_fee(U256::ZERO), total)?;
        let second = growth(
            pool,
            &self.fixture,
            &after_fee(first.low.saturating_sub(first.slack)),
            total,
        )?;
        Some(second.low.saturating_sub(second.slack))
    }

    /// POOL-4: amounts that fit and are worth shares are not refused.
    pub(crate) fn may_refuse_unbalanced(&mut self, pool: usize, amounts: &[U256], who: usize) -> Result<(), Violation> {
        let (now, fee) = (self.now(), U256::from(self.fee_for(pool, who)));
        let model = &self.model.pools[pool];
        let fits = model
            .balances
            .iter()
            .zip(amounts)
            .all(|(balance, amount)| *amount <= MASK - *balance);
        if !fits || !model.rates.is_empty() || model.is_stopped_at(super::model::STOPS_ADD_OUT_OF_PROPORTION, now) {
            return Ok(());
        }
        if model.is_stable() {
            let scaled = |balances: &[U256]| -> Vec<U256> {
                balances
                    .iter()
                    .enumerate()
                    .map(|(index, x)| *x * model.factor(index, &self.fixture))
                    .collect()
            };
            let whole: Vec<U256> = model
                .balances
                .iter()
                .zip(amounts)
                .map(|(balance, amount)| *balance + *amount)
                .collect();
            let both = [scaled(&model.balances), scaled(&whole)].concat();
            if !in_stable_range(&both[model.size()..]) || !in_stable_range(&both) {
                return Ok(());
            }
        }
        // What is owed since the last event is part of the total: at most as much as there is.
        let worth = self.least_shares(pool, amounts, self.model.pools[pool].supply, fee);
        let model = &self.model.pools[pool];
        if worth.is_some_and(|least| least > U256::from(2) && least < (MASK - model.supply) >> 3_usize) {
            let detail = format!("an add of {amounts:?} worth {worth:?} shares was refused");
            return Err(Violation::new("POOL-4", detail));
        }
        Ok(())
    }

    /// POOL-4: weighted pools take a single token whenever it fits.
    pub(crate) fn may_refuse_single(
        &mut self,
        pool: usize,
        i: usize,
        shares: U256,
        who: usize,
    ) -> Result<(), Violation> {
        let (now, fee) = (self.now(), self.fee_for(pool, who));
        let model = &self.model.pools[pool];
        if model.is_stable()
            || shares.is_zero()
            || shares > (MASK - model.supply) >> 1_usize
            || model.is_stopped_at(super::model::STOPS_ADD_OUT_OF_PROPORTION, now)
        {
            return Ok(());
        }
        let trade = single(model, i, model.supply + shares, true);
        let room = ((MASK - model.balances[i]) >> 1_usize) * U256::from(MILLION - u64::from(fee)) / U256::from(MILLION);
        let fits = in_given_out(&trade, shares).is_some_and(|exact| {
            exact.high < Wide::from(room) << 256_usize && exact.high < Wide::from(trade.balance_in) << (256_usize + 60)
        });
        if fits {
            let detail = format!("a single-token add for {shares} shares was refused");
            return Err(Violation::new("POOL-4", detail));
        }
        Ok(())
    }

    /// POOL-2, POOL-12 and POOL-1 of the amount of one token for exact shares.
    pub(crate) fn check_add_single(
        &mut self,
        pool: usize,
        i: usize,
        shares: U256,
        amount: U256,
        total: U256,
        who: usize,
    ) -> Result<(), Violation> {
        self.events += 1;
        let fee = U256::from(self.fee_for(pool, who));
        let million = U256::from(MILLION);
        let before = self.model.pools[pool].balances.clone();
        let proportional = before[i] * shares / total;
        // The fee is f (a - p) rounded up at least, so what is left is at least what the shares are worth.
        let net = amount - (amount.saturating_sub(proportional) * fee).div_ceil(million);
        let with = |net: U256| {
            let mut after = before.clone();
            after[i] += net;
            after
        };
        if !self.is_kept(pool, &before, total, &with(net), total + shares) {
            let detail = format!("{amount} of token {i} paid for {shares} of {total} shares");
            return Err(Violation::new("POOL-12", detail).expecting("returned", "Ge", amount + U256::ONE));
        }
        let model = &mut self.model.pools[pool];
        let too_much = if !model.is_stable() {
            let trade = single(model, i, total + shares, true);
            in_given_out(&trade, shares).is_some_and(|exact| {
                let most: U256 = U256::from(weighted_most(&trade, exact.low) >> 256_usize) + U256::ONE;
                let with_fee = most + (most.saturating_sub(proportional) * fee).div_ceil(million - fee);
                amount > with_fee
            })
        } else if model.rates.is_empty() {
            let slack = self.single_slack(pool, i, &with(net), total + shares, total);
            net > slack && self.is_kept(pool, &before, total, &with(net - slack), total + shares)
        } else {
            false
        };
        if too_much {
            let detail = format!("{amount} of token {i} for {shares} of {total} shares is above the bound");
            return Err(Violation::new("POOL-1", detail).expecting("returned", "Le", amount - U256::ONE));
        }
        Ok(())
    }

    /// POOL-2, POOL-12 and POOL-1 of the amount of one token for shares that are burned.
    pub(crate) fn check_remove_single(
        &mut self,
        pool: usize,
        i: usize,
        shares: U256,
        amount: U256,
        total: U256,
        who: usize,
    ) -> Result<(), Violation> {
        self.events += 1;
        let fee = U256::from(self.fee_for(pool, who));
        let million = U256::from(MILLION);
        let before = self.model.pools[pool].balances.clone();
        let proportional = before[i] * shares / total;
        // What left the pool before the fee came back, at least.
        let gross = amount + (amount.saturating_sub(proportional) * fee).div_ceil(million - fee);
        let with = |gross: U256| {
            let mut after = before.clone();
            after[i] = after[i].saturating_sub(gross);
            after
        };
        if !self.is_kept(pool, &before, total, &with(gross), total - shares) {
            let detail = format!("{amount} of token {i} came out for {shares} of {total} shares");
            return Err(Violation::new("POOL-12", detail).expecting(
                "returned",
                "Le",
                amount.saturating_sub(U256::ONE),
            ));
        }
        let model = &mut self.model.pools[pool];
        let too_little = if !model.is_stable() {
            let trade = single(model, i, total - shares, false);
            let exact = crate::exact::out_given_in(&trade, shares);
            let least = U256::from(weighted_least(&trade, exact.high) >> 256_usize);
            let after_fee = least - (least.saturating_sub(proportional) * fee).div_ceil(million);
            amount < after_fee
        } else if model.rates.is_empty() {
            let slack = self.single_slack(pool, i, &with(gross), total - shares, total);
            gross + slack < before[i] && self.is_kept(pool, &before, total, &with(gross + slack), total - shares)
        } else {
            false
        };
        if too_little {
            let detail = format!("{amount} of token {i} for {shares} of {total} shares is below the bound");
            return Err(Violation::new("POOL-1", detail).expecting("returned", "Ge", amount + U256::ONE));
        }
        Ok(())
    }

    /// Token units that a single-token event in a stable pool may be off: the bound of the solution, D's units as often
    /// as the supply multiplies them, and a unit of the token and of the fee each.
    fn single_slack(&self, pool: usize, i: usize, after: &[U256], total_after: U256, total: U256) -> U256 {
        let pool = &self.model.pools[pool];
        let (old, new) = (
            pool.stable_at(pool.ann, &pool.balances, &self.fixture),
            pool.stable_at(pool.ann, after, &self.fixture),
        );
        if new.sign(&BigInt::from(1), StablePool::bracket_bits()) > 0 {
            return U256::MAX >> 8_usize;
        }
        let bound = stable_bound(&old, &new, &new.bracket(None)) + BigInt::from(1);
        let times = big(total_after / total) + 2_u8;
        let factor = pool.factor(i, &self.fixture);
        U256::from(4) + small(&(bound * times)) / factor
    }
}

fn small(value: &BigInt) -> U256 {
    U256::try_from_be_slice(&value.magnitude().to_bytes_be()).unwrap_or(U256::MAX)
}

/// The trade of a token against shares: shares out for a token in (`entering`), or shares in for a token out.
fn single(pool: &Pool, i: usize, supply: U256, entering: bool) -> Trade {
    let (balance, weight) = (pool.balances[i], pool.spec.weights[i]);
    if entering {
        Trade {
            balance_in: balance,
            balance_out: supply,
            weight_in: weight,
            weight_out: MILLION as u32,
        }
    } else {
        Trade {
            balance_in: supply,
            balance_out: balance,
            weight_in: MILLION as u32,
            weight_out: weight,
        }
    }
}

/// total (V(after) / V(before) - 1), and what the contract may lose of it; nothing beyond its range.
fn growth(pool: &Pool, fixture: &super::Fixture, after: &[U256], total: U256) -> Option<Growth> {
    if pool.is_stable() {
        if !pool.rates.is_empty() {
            return None;
        }
        let before = pool.stable_at(pool.ann, &pool.balances, fixture).bracket(None);
        let later = pool.stable_at(pool.ann, after, fixture).bracket(None);
        // Half a unit for the bound from below, four of Q12 from above, as the accrual has; the latter divide the
        // growth as well.
        let growth = (&later - &before).max(BigInt::default());
        let slack = (BigInt::from(3) << 31_u32) + (&later >> 38_u32) + growth * (BigInt::from(5) << 20_u32) / &before;
        let shares = |growth: BigInt| small(&(growth.max(BigInt::default()) * big(total) / &before));
        return Some(Growth {
            low: shares(&later - &before - 1_u8),
            slack: shares(slack) + U256::from(3),
        });
    }
    let zero = Enclosure::exactly(Wide::ZERO);
    let pairs = pool.balances.iter().zip(after).zip(&pool.spec.weights);
    let ln = pairs.fold(zero, |all, ((before, after), weight)| {
        all.plus(ln_ratio(*before, *after).scaled((*weight).into(), MILLION.into()))
    });
    let exact = exp_minus_one(&ln)?;
    let factor = (exact.high >> 256_usize) + Wide::from(1);
    if factor >> 60_usize != Wide::ZERO {
        return None;
    }
    let shares = exact.scaled(total.to(), 1);
    let k = factor.bit_len() as u64;
    let relative = (shares.high >> 68_usize) * Wide::from(k + 2) + (shares.high >> 116_usize) * factor;
    Some(Growth {
        low: U256::from(shares.low >> 256_usize),
        slack: U256::from(relative >> 256_usize) + U256::from(3),
    })
}
