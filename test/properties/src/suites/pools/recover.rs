//! POOL-28: from every state that calls reach there is a way back.
//!
//! Whoever has shares leaves in proportion, with no help of anybody. Then one add of amounts restores trading in both
//! directions, after governance ended a pause. Left out: the add to weighted pools, which are in range with any
//! balances (PoolManagerRecovery.t.sol has them); pools whose rates are out of their bounds (what needs a rate waits
//! for the provider, POOL-15); and of pools that people are still in those that are in range (every other action tries
//! them) or near the limits of balances and supply.

use alloy_primitives::U256;

use super::{
    fixture::ACTORS,
    liquidity::TREASURY,
    model::{MASK, MILLION},
    perform::Pools,
    replay::Writer,
    terms::Terms,
};
use crate::engine::Violation;

/// Every flag of a pause.
const ALL_FLAGS: u8 = 7;

impl Pools {
    /// Tries it. False where the amounts do not fit the state: they were chosen for another one.
    pub(crate) fn recover(
        &mut self,
        pool: usize,
        amounts: &[U256],
        who: usize,
        leave: bool,
    ) -> Result<bool, Violation> {
        if leave {
            self.collect(pool)?;
            for account in (0..ACTORS).chain([TREASURY]) {
                self.remove(pool, U256::MAX, account)?;
            }
        } else if self.model.pools[pool].is_measurable(&self.fixture) {
            return Ok(false);
        }
        if !self.model.pools[pool].is_stable() {
            return Ok(true);
        }
        if !self.fits_recovery(pool, amounts) {
            return Ok(false);
        }
        self.set_pause(pool, ALL_FLAGS, 0)?;
        if self.add_unbalanced(pool, amounts, who)?.is_none() {
            let balances = &self.model.pools[pool].balances;
            let detail = format!("{balances:?} does not take {amounts:?}, everybody left {leave}");
            return Err(Violation::new("POOL-28", detail));
        }
        for (i, amount) in amounts.iter().enumerate() {
            let j = (i + 1) % amounts.len();
            let out = self.swap_in(pool, i, j, *amount / U256::from(100), who, false)?;
            if out.is_none_or(|out| out.is_zero()) {
                let detail = format!("{:?} does not swap, but gives {out:?}", self.model.pools[pool].balances);
                return Err(Violation::new("POOL-28", detail));
            }
        }
        Ok(true)
    }

    /// As much of each token, four times what there is of any, and a million whole tokens at least.
    pub(crate) fn amounts_to_recover(&self, pool: usize) -> Vec<U256> {
        let model = &self.model.pools[pool];
        let most = model.scaled(&self.fixture).into_iter().max().unwrap_or_default();
        let target = (most * U256::from(4)).max(million_whole() * model.unit());
        let amount = |index| target.div_ceil(model.factor(index, &self.fixture).max(U256::ONE));
        (0..model.size()).map(amount).collect()
    }

    /// Whether these amounts have to restore trading in a stable pool: at least four times what is there of any, not
    /// more than the double of each other, and far from what a pool can hold.
    fn fits_recovery(&self, pool: usize, amounts: &[U256]) -> bool {
        let model = &self.model.pools[pool];
        let is_small = amounts.iter().all(|amount| *amount < MASK >> 4_usize) && model.supply >> 72_usize == U256::ZERO;
        if !is_small || !model.has_rates() {
            return false;
        }
        let unit = model.unit();
        let most = model.scaled(&self.fixture).into_iter().max().unwrap_or_default();
        let added: Vec<U256> = amounts
            .iter()
            .enumerate()
            .map(|(index, amount)| *amount * model.factor(index, &self.fixture))
            .collect();
        let least = added.iter().min().copied().unwrap_or_default();
        let largest = added.iter().max().copied().unwrap_or_default();
        least >= most * U256::from(4)
            && least >= million_whole() * unit
            && largest <= least * U256::from(2)
            && (largest / unit) >> 98_usize == U256::ZERO
            // A unit for a hundredth of each.
            && amounts.iter().all(|amount| *amount >= U256::from(1_000))
    }

    /// Whether a pool is out of its range, or an add of so many shares may lead there: within a half of its limits.
    pub(crate) fn is_near_the_edge(&self, pool: usize, shares: U256) -> bool {
        let model = &self.model.pools[pool];
        if !model.is_stable() {
            return false;
        }
        let unit = model.unit();
        let scaled: Vec<U256> = model.scaled(&self.fixture).iter().map(|x| *x / unit).collect();
        let sum = scaled.iter().fold(U256::ZERO, |all, x| all + *x);
        let least = scaled.iter().min().copied().unwrap_or_default();
        let most = scaled.iter().max().copied().unwrap_or_default();
        let grown = sum.saturating_mul(model.supply.saturating_add(shares)) / model.supply;
        most * U256::from(2) > least * U256::from(MILLION) || grown >> 103_usize != U256::ZERO
    }
}

/// In 10^-18.
fn million_whole() -> U256 {
    U256::from(10).pow(U256::from(24))
}

impl Writer {
    /// What follows the exits is there in a stable pool; with a weighted one the story ends before.
    pub(crate) fn recover(&mut self, pool: usize, amounts: &[U256], who: usize, leave: bool) {
        if leave {
            self.line(&format!("returned = manager.collectProtocolFee(keys[{pool}]);"));
            for account in (0..ACTORS).chain([TREASURY]) {
                self.remove("back", pool, "type(uint256).max", account);
            }
        }
        let over = Terms::SetPause {
            pool,
            flags: ALL_FLAGS,
            seconds: 0,
        };
        self.line(&format!("if (uint24(keys[{pool}][0] >> 24) != 0) {{"));
        over.write(self);
        self.amounts(amounts);
        self.line(&format!("vm.prank(actors[{who}]);"));
        self.line(&format!(
            "returned = manager.addUnbalanced(keys[{pool}], amounts, 0, actors[{}], SOON);",
            Pools::beneficiary(who)
        ));
        for (i, amount) in amounts.iter().enumerate() {
            let amount = (*amount / U256::from(100)).to_string();
            self.swap("returned", (pool, i, (i + 1) % amounts.len()), &amount, who, false);
        }
        self.line("}");
    }
}
