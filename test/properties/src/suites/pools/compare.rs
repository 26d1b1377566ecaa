//! Storage against the model, and what of a state is worth coming back to.

use alloy_primitives::U256;

use super::{
    model::{LOCKED, MASK},
    perform::Pools,
};
use crate::engine::Violation;

impl Pools {
    /// POOL-6, POOL-7: what storage holds is what the model says, for every pool of the sequence.
    pub(crate) fn compare_storage(&mut self) -> Result<(), Violation> {
        let manager = self.fixture.manager;
        for (number, pool) in self.model.pools.iter().enumerate() {
            let status = self.machine.slot(manager, pool.pair_slots[0]) >> 224_usize;
            for (pair, (balances, slot)) in pool.balances.chunks(2).zip(&pool.pair_slots).enumerate() {
                let word = self.machine.slot(manager, *slot);
                if word >> 224_usize != status {
                    let detail = format!("the balances of pool {number} have different status bits");
                    return Err(Violation::new("POOL-11", detail));
                }
                for (half, balance) in balances.iter().enumerate() {
                    let stored = (word >> (112 * half)) & MASK;
                    if stored != *balance {
                        let index = 2 * pair + half;
                        let detail = format!("pool {number} keeps {stored} of token {index}; it should be {balance}");
                        let subject = format!("balancesOf(keys[{number}])[{index}]");
                        return Err(Violation::new("POOL-7", detail).expecting(subject, "Eq", *balance));
                    }
                }
            }
            let word = self.machine.slot(manager, pool.supply_slot);
            if word != pool.supply_word {
                return Err(Violation::new(
                    "POOL-6",
                    format!("the supply of pool {number} changed without an event"),
                ));
            }
            let held: U256 = pool.holdings.values().fold(U256::ZERO, |all, one| all + one.shares);
            let held = held + pool.all_wrapped();
            if held + pool.owed + U256::from(LOCKED) != pool.supply {
                let detail = format!("{held} held, {} owed and {LOCKED} locked of {}", pool.owed, pool.supply);
                return Err(Violation::new("POOL-6", detail));
            }
            for (account, holding) in &pool.holdings {
                let stored = self.machine.slot(manager, holding.slot());
                if stored != holding.shares {
                    let detail = format!(
                        "account {account} has {stored} shares of pool {number}, not {}",
                        holding.shares
                    );
                    let subject = format!("sharesOf(keys[{number}], actors[{account}])");
                    return Err(Violation::new("POOL-6", detail).expecting(subject, "Eq", holding.shares));
                }
            }
        }
        for (token, amount) in &self.model.held {
            let held = self
                .machine
                .slot(self.fixture.tokens[*token], self.fixture.held_slots[*token]);
            if held != *amount {
                let detail = format!("the manager holds {held} of token {token}; balances and gifts are {amount}");
                let subject = format!("TOKEN {token}.balanceOf(address(manager))");
                return Err(Violation::new("POOL-7", detail).expecting(subject, "Eq", *amount));
            }
        }
        Ok(())
    }

    /// Marks by powers of two: balances, supply, price, distance to the limits.
    pub(crate) fn mark_state(&self, marks: &mut Vec<u32>) {
        for pool in &self.model.pools {
            let class = (pool.size() as u32) << 1 | u32::from(pool.is_stable());
            let mut put = |what: u32, value: u32| marks.push(class | (what << 5) | (value << 10));
            let bits: Vec<u32> = pool.balances.iter().map(|balance| balance.bit_len() as u32).collect();
            for pair in bits.windows(2) {
                put(1, ((pair[0] / 2) << 6) | (pair[1] / 2));
                put(2, (pair[0] + 128 - pair[1]) / 2);
            }
            let (least, most) = (
                bits.iter().min().copied().unwrap_or(0),
                bits.iter().max().copied().unwrap_or(0),
            );
            put(3, least << 7 | most);
            put(4, pool.supply.bit_len() as u32);
            put(
                5,
                ((pool.owed.bit_len() as u32 / 2) << 7) | (pool.supply.bit_len() as u32 / 2),
            );
        }
    }
}
