//! The invariant as value: what a share is worth, and the protocol's part of its growth.

use alloy_primitives::U256;
use num_bigint::BigUint;
use num_traits::Zero;

use super::{
    model::Pool,
    perform::{Pools, State},
};
use crate::{
    engine::Violation,
    exact::{Enclosure, Wide, exp_minus_one, ln_invariant},
};

/// Bounds of the invariant, Q96.
struct Value {
    low: BigUint,
    high: BigUint,
}

impl Pools {
    /// POOL-10: what an event charged is the configured share of growth, never more, below it by the bounds alone.
    /// Growth is V - c S, with the balances before the event, at the amplification of the checkpoint.
    pub(crate) fn check_growth(&mut self, pool: usize, accrued: U256, state: &State) -> Result<(), Violation> {
        self.events += 1;
        let fixture = self.fixture.clone();
        let stored = self.measured_ann(pool);
        let pool = &mut self.model.pools[pool];
        self.before = None;
        if !pool.is_measurable(&fixture) {
            // The checkpoint starts anew when the event brings the pool back; growth at accepted rates may be
            // measurable where it is not at those of the moment.
            let apart = !pool.rates.is_empty();
            return if apart || (accrued.is_zero() && state.checkpoint >= pool.checkpoint) {
                Ok(())
            } else {
                Err(Violation::new("POOL-10", "a pool outside the range was charged"))
            };
        }
        self.before = Some(pool.balances.clone());
        let value = value_at(pool, pool.measured, &fixture);
        let (supply, bps) = (big(pool.supply), BigUint::from(pool.bps));
        let base = big(pool.checkpoint) * &supply;
        let ten_thousand = BigUint::from(10_000_u32);
        // f with f (V - g) = S g, g = (V - c S) bps / 10,000; as f (10,000 V - (V - c S) bps) against S (V - c S) bps.
        let growth = |v: &BigUint| if *v > base { v - &base } else { BigUint::zero() };
        let due = |v: &BigUint| &supply * growth(v) * &bps;
        let part = |v: &BigUint| v * &ten_thousand - growth(v) * &bps;
        let charged = big(accrued);
        if &charged * part(&value.high) > due(&value.high) {
            let detail = format!(
                "{accrued} shares of {} were charged, more than {bps} of 10,000 of the growth",
                pool.supply
            );
            return Err(Violation::new("POOL-10", detail));
        }
        // With rates growth waits for its confirmation: never more than what the rates of the moment give, and when it
        // is charged is judged by PoolManagerRates.t.sol.
        if !pool.rates.is_empty() {
            return Ok(());
        }
        // What is owed keeps its 50 leading bits.
        let lower = value.least(pool, &fixture);
        let kept = (big(pool.owed) + &charged) >> 49_u32;
        let most_missing = kept + BigUint::from(2_u8);
        if (&charged + most_missing) * part(&lower) < due(&lower) {
            let detail = format!(
                "{accrued} shares of {} were charged, less than {bps} of 10,000 of the growth",
                pool.supply
            );
            return Err(Violation::new("POOL-10", detail));
        }
        let total = &supply + &charged;
        let noted = big(state.checkpoint) * &total;
        // POOL-16: another amplification carries the checkpoint by the quotient of the invariants; nothing else does.
        let moved = (pool.ann != pool.measured).then(|| value_at(pool, pool.ann, &fixture));
        if stored != pool.ann || state.checkpoint.is_zero() {
            let detail = format!("the checkpoint was measured at {stored}, not {}", pool.ann);
            return Err(Violation::new("POOL-16", detail));
        }
        // A new checkpoint is the invariant per share after the charge, up by at most 2^-59 and a unit.
        let upper = |value: &Value| {
            let margin = if pool.is_stable() {
                (BigUint::from(8_u8) << 84_u32) + rounded(pool, value, &fixture)
            } else {
                BigUint::from(4_u8)
            };
            &value.high + (&value.high >> 59_u32) + margin + &total * 2_u8
        };
        let is_new = match &moved {
            None => noted >= value.low && noted <= upper(&value),
            Some(moved) => noted >= moved.low && &noted * &lower <= upper(moved) * upper(&value),
        };
        let is_old = match &moved {
            None => state.checkpoint == pool.checkpoint,
            Some(moved) => {
                let old = big(pool.checkpoint) * &total;
                &noted * &value.high >= &old * &moved.low
                    && &noted * &lower <= (&old + &total * 2_u8) * upper(moved) + &lower * &total * 2_u8
            }
        };
        // With a fee a checkpoint stays while nothing is charged, so that small growth adds up.
        let forgets = moved.is_none() && pool.bps != 0 && charged.is_zero() && !is_old;
        if forgets || !(is_new || is_old && charged.is_zero()) {
            let detail = format!(
                "the checkpoint {} is not the invariant per share, from {}",
                state.checkpoint, pool.checkpoint
            );
            return Err(Violation::new("POOL-10", detail));
        }
        Ok(())
    }

    /// Amplification times tokens at which the checkpoint was measured, as the pool keeps it.
    fn measured_ann(&self, pool: usize) -> u64 {
        let pool = &self.model.pools[pool];
        if pool.ramp.is_none() {
            return pool.ann;
        }
        let word = self
            .machine
            .slot(self.fixture.manager, pool.supply_slot + U256::from(1));
        let float: u64 = ((word >> 64_usize) & U256::from(u32::MAX)).to();
        // None is left of a ramp that is over.
        if word.is_zero() {
            pool.ann
        } else {
            (float & 0x7f_ffff) << (32 - (float >> 23))
        }
    }

    /// POOL-16: a swap of a ramping pool carried the checkpoint to the amplification of its moment, by the quotient of
    /// the exact invariants of the balances before it, and changed nothing else of the shares. Called before the
    /// model's balances change; takes the checkpoint over.
    pub(crate) fn check_carried(&mut self, pool: usize) -> Result<(), Violation> {
        if self.model.pools[pool].ramp.is_none() {
            return Ok(());
        }
        let (fixture, stored) = (self.fixture.clone(), self.measured_ann(pool));
        let pool = &mut self.model.pools[pool];
        let word = self.machine.slot(fixture.manager, pool.supply_slot);
        if (word ^ pool.supply_word) << 73_usize != U256::ZERO {
            return Err(Violation::new("POOL-16", "a swap in a ramp changed shares"));
        }
        let float = word >> 183_usize;
        let checkpoint = (float & U256::from(u128::from(u64::MAX) * 2 + 1)) << (float >> 65_usize).to::<usize>();
        if pool.is_measurable(&fixture) && pool.rates.is_empty() {
            if stored != pool.ann {
                let detail = format!("after a swap the checkpoint is measured at {stored}, not {}", pool.ann);
                return Err(Violation::new("POOL-16", detail));
            }
            let (from, to) = (
                value_at(pool, pool.measured, &fixture),
                value_at(pool, pool.ann, &fixture),
            );
            let (old, new) = (big(pool.checkpoint), big(checkpoint));
            // Rounded up: by 2^-62, by 16 units of Q12 on each side, and by what the lower bound falls short.
            let slack = (BigUint::from(16_u8) << 84_u32) + (&to.high >> 40_u32);
            let least = from.least(pool, &fixture);
            let too_low = &new * &from.high < &old * &to.low;
            let too_high = &new * &least > (&old + (&old >> 60_u32) + 2_u8) * (&to.high + slack);
            if pool.measured != pool.ann && (too_low || too_high) {
                let detail = format!("a swap in a ramp carried {} to {checkpoint}", pool.checkpoint);
                return Err(Violation::new("POOL-16", detail));
            }
        }
        (pool.supply_word, pool.checkpoint, pool.measured) = (word, checkpoint, stored);
        Ok(())
    }

    /// Takes over the supply that the manager reports. The balances are the model's own.
    pub(crate) fn adopt(&mut self, pool: usize, state: &State) {
        let word = self
            .machine
            .slot(self.fixture.manager, self.model.pools[pool].supply_slot);
        let measured = self.measured_ann(pool);
        let pool = &mut self.model.pools[pool];
        (pool.supply, pool.owed, pool.bps, pool.checkpoint) = (state.supply, state.owed, state.bps, state.checkpoint);
        pool.supply_word = word;
        pool.measured = measured;
    }

    /// POOL-2: a share is worth no less after an event than before it, `total` being the supply before, with what the
    /// event charged.
    pub(crate) fn check_value(&mut self, pool: usize, total: U256) -> Result<(), Violation> {
        let Some(before) = self.before.take() else {
            return Ok(());
        };
        let (after, supply) = (self.model.pools[pool].balances.clone(), self.model.pools[pool].supply);
        if !self.is_kept(pool, &before, total, &after, supply) {
            let detail = format!("a share lost value when a supply of {total} became {supply}");
            return Err(Violation::new("POOL-2", detail));
        }
        Ok(())
    }

    /// The first shares are the invariant times what a unit of it makes, rounded down, less those that are locked;
    /// POOL-6.
    pub(crate) fn check_first_shares(&mut self, pool: usize, shares: U256) -> Result<(), Violation> {
        let fixture = self.fixture.clone();
        let pool = &mut self.model.pools[pool];
        let value = value_of(pool, &fixture);
        let supply = big(pool.supply);
        if big(shares) + BigUint::from(super::model::LOCKED) != supply || !pool.owed.is_zero() {
            return Err(Violation::new(
                "POOL-6",
                format!("{shares} first shares of {}", pool.supply),
            ));
        }
        let slack = (&value.low >> if pool.is_stable() { 20_u32 } else { 61_u32 })
            + (BigUint::from(2_u8) << 96_u32)
            + rounded(pool, &value, &fixture);
        let per_unit = big(pool.shares_per_unit(&fixture));
        if &supply << 96_u32 > &value.high * &per_unit || (supply << 96_u32) + slack * &per_unit < value.low * &per_unit
        {
            return Err(Violation::new(
                "POOL-6",
                format!("a supply of {} is not the invariant", pool.supply),
            ));
        }
        Ok(())
    }
}

impl Value {
    /// The lower bound that the contract takes: 2^-62 and a unit below the exact one, in stable pools 2^-20 or half a
    /// unit at most.
    fn least(&self, pool: &Pool, fixture: &super::Fixture) -> BigUint {
        let slack = if pool.is_stable() {
            (&self.low >> 40_u32)
                + (BigUint::from(1_u8) << 95_u32).min(&self.low >> 20_u32)
                + rounded(pool, self, fixture)
        } else {
            (&self.low >> 62_u32) + BigUint::from(2_u8)
        };
        if self.low > slack {
            &self.low - slack
        } else {
            BigUint::zero()
        }
    }
}

fn value_of(pool: &mut Pool, fixture: &super::Fixture) -> Value {
    value_at(pool, pool.ann, fixture)
}

/// At another amplification than that of now.
fn value_at(pool: &mut Pool, ann: u64, fixture: &super::Fixture) -> Value {
    if pool.is_stable() {
        let root = if ann == pool.ann {
            pool.root(&pool.stable(fixture))
        } else {
            let start = pool.root.as_ref().map(|(root, _)| root.clone());
            pool.stable_at(ann, &pool.balances, fixture).bracket(start.as_ref())
        };
        let root = root.magnitude();
        let unit = big(pool.unit());
        Value {
            low: ((root - 1_u8) << 64_u32) / &unit,
            high: (root << 64_u32) / &unit + 1_u8,
        }
    } else {
        let one = Enclosure::exactly(Wide::from(1) << 256_usize);
        let ln = ln_invariant(&pool.balances, &pool.spec.weights);
        // Balances are below 2^112, and so is their mean.
        let value = exp_minus_one(&ln).map_or(one, |value| value.plus(one));
        let wide = |value: Wide| BigUint::from_bytes_be(&value.to_be_bytes::<64>());
        Value {
            low: wide(value.low >> 160_usize),
            high: wide(value.high >> 160_usize) + 1_u8,
        }
    }
}

/// What rounding every scaled balance by a unit changes at rates, Q96: the invariant is homogeneous and rises with each
/// balance, so its relative change is at most that of the smallest.
fn rounded(pool: &Pool, value: &Value, fixture: &super::Fixture) -> BigUint {
    if pool.rates.is_empty() {
        return BigUint::zero();
    }
    let least = pool.scaled(fixture).into_iter().min().unwrap_or(U256::ONE) / pool.unit();
    &value.high / big(least.max(U256::ONE)) + 1_u8
}

fn big(value: U256) -> BigUint {
    BigUint::from_bytes_be(&value.to_be_bytes::<32>())
}
