//! Which liquidity out of proportion, pauses, ramps, discounts, loans and other entries are tried.

use alloy_primitives::U256;

use super::{
    action::Action,
    choose::{amount_in, amount_out, shares},
    entry::Entry,
    fixture::ACTORS,
    loan::{EXCUSES, Loan},
    model::{MASK, MILLION, Pool},
    native::Native,
    perform::Pools,
    terms::Terms,
    unbalanced::Unbalanced,
};
use crate::engine::{Dictionary, Random};

const DAY: u64 = 86_400;

impl Pools {
    /// One of them, of this pool and by this actor where that matters.
    pub(crate) fn next_event(
        &self,
        pool: usize,
        (i, j): (usize, usize),
        who: usize,
        random: &mut Random,
        dictionary: &Dictionary,
    ) -> Action {
        let model = &self.model.pools[pool];
        let some_shares = |random: &mut Random| {
            if random.one_in(4) {
                model.holding(who)
            } else {
                random.log_uniform(U256::ZERO, model.holding(who))
            }
        };
        match random.below(80) {
            0..=13 => Action::Unbalanced(Unbalanced::Add {
                pool,
                amounts: amounts(model, random, dictionary),
                who,
            }),
            14..=23 => Action::Unbalanced(Unbalanced::AddSingle {
                pool,
                i,
                shares: shares(model, random),
                who,
            }),
            24..=33 => Action::Unbalanced(Unbalanced::RemoveSingle {
                pool,
                i,
                shares: some_shares(random),
                who,
            }),
            34..=41 => Action::Unbalanced(Unbalanced::AddLeave {
                pool,
                amounts: amounts(model, random, dictionary),
                who,
            }),
            42..=44 => Action::Terms(Terms::Pause {
                pool,
                flags: random.below(9) as u8,
                seconds: random.pick(&[0, 1, 3_600, 86_400, 604_800, 604_801]),
            }),
            45..=46 => Action::Terms(Terms::SetPause {
                pool,
                flags: random.below(9) as u8,
                seconds: random.pick(&[0, 0, 1, 604_800]),
            }),
            47 => Action::Terms(Terms::ClearPauses { pool }),
            48..=52 if model.is_stable() => self.some_ramp(pool, random),
            53..=55 => some_policy(random),
            56..=59 => self.some_loan(random),
            60..=63 => Action::Loan(Loan::Unpaid {
                pool,
                i,
                amount: random.log_uniform(U256::ONE, model.balances[i]),
                excuse: random.below(u64::from(EXCUSES)) as u8,
            }),
            64..=66 => Action::Loan(Loan::Trade {
                pool,
                i,
                j,
                amount: amount_in(model, i, random, dictionary),
                loan: amount_out(model, j, random, dictionary),
            }),
            67 => Action::Loan(Loan::SetFee {
                fee: random.pick(&[0, 1, 900, 10_000, 10_001]),
            }),
            68..=70 => Action::Entry(Entry::Wrap {
                pool,
                shares: some_shares(random),
                who,
            }),
            71..=73 => Action::Entry(Entry::Unwrap {
                pool,
                shares: random.log_uniform(U256::ZERO, model.all_wrapped()),
                who,
            }),
            74..=76 => Action::Entry(Entry::Batch {
                pool,
                i,
                j,
                amount: amount_in(model, i, random, dictionary),
                who,
            }),
            // Pauses and ramps end.
            _ => Action::Wait {
                seconds: random.pick(&[3_600, 86_400, 700_000, 1_300_000]),
            },
        }
    }

    /// With coin or by a permit: from a token that is one of those, where the pool has it.
    pub(crate) fn next_payment(
        &self,
        (pool, i, j): (usize, usize, usize),
        who: usize,
        random: &mut Random,
        dictionary: &Dictionary,
    ) -> Action {
        let model = &self.model.pools[pool];
        let by_permit = random.one_in(4);
        let wanted = if by_permit {
            self.fixture.permits
        } else {
            self.fixture.native
        };
        let place = model.spec.tokens.iter().position(|token| *token == wanted);
        let (i, j) = match place {
            Some(place) if place == j => (j, i),
            Some(place) => (place, if place == i { j } else { i }),
            None => (i, j),
        };
        let (i, j) = if !by_permit && random.one_in(3) { (j, i) } else { (i, j) };
        let amount = amount_in(model, i, random, dictionary);
        if by_permit {
            return Action::Permit {
                pool,
                i,
                j,
                amount,
                used: random.one_in(2),
            };
        }
        // None, too little, just enough, more.
        let value = match random.below(8) {
            0 => U256::ZERO,
            1 => random.log_uniform(U256::ZERO, amount),
            2..=3 => amount,
            _ => amount.saturating_add(random.log_uniform(U256::ZERO, MASK)),
        };
        match random.below(4) {
            0 => Action::Native(Native::Add {
                pool,
                shares: shares(model, random),
                value: random.log_uniform(U256::ZERO, MASK << 4_usize),
                who,
            }),
            1 => Action::Native(Native::Swap {
                pool,
                i,
                j,
                amount,
                value,
                who,
            }),
            _ => Action::Native(Native::Batch {
                pool,
                i,
                j,
                amount,
                value: if random.one_in(2) {
                    value
                } else {
                    value.saturating_add(MASK)
                },
                who,
                unwrap: random.one_in(2),
            }),
        }
    }

    fn some_ramp(&self, pool: usize, random: &mut Random) -> Action {
        let model = &self.model.pools[pool];
        let now = (model.ann >> 32) / model.size() as u64;
        let amplification = match random.below(8) {
            0 => now * 2 + 1,
            1 => now / 2,
            2 => now * 2,
            _ => now / 2 + random.below(now * 3 / 2 + 2),
        };
        let days = random.pick(&[1, 1, 2, 10, 365, 366]);
        Action::Terms(Terms::Ramp {
            pool,
            amplification: amplification.min(50_001) as u32,
            seconds: (days * DAY - random.below(2)) as u32 + 1,
        })
    }

    fn some_loan(&self, random: &mut Random) -> Action {
        let mut tokens: Vec<usize> = self.model.held.keys().copied().collect();
        while tokens.len() > 1 + random.index(3) {
            tokens.remove(random.index(tokens.len()));
        }
        let amounts = tokens.iter().map(|token| {
            let held = self.model.held.get(token).copied().unwrap_or_default();
            match random.below(8) {
                0 => held,
                1 => held + U256::ONE,
                _ => random.log_uniform(U256::ZERO, held),
            }
        });
        let amounts = amounts.collect();
        Action::Loan(Loan::Paid { tokens, amounts })
    }
}

fn some_policy(random: &mut Random) -> Action {
    let fee = match random.below(4) {
        0 => random.pick(&[U256::ZERO, U256::ONE, U256::MAX]),
        _ => U256::from(random.below(MILLION / 10)),
    };
    Action::Terms(Terms::Policy {
        mode: random.pick(&[0, 0, 0, 0, 1, 2, 3, 4]),
        fee,
        favoured: random.one_in(2).then(|| random.index(ACTORS)),
    })
}

/// One token, some, or all; near the proportion or far from it.
fn amounts(pool: &Pool, random: &mut Random, dictionary: &Dictionary) -> Vec<U256> {
    let alone = random.index(pool.size());
    let kind = random.below(4);
    let part = random.log_uniform(U256::ONE, U256::from(MILLION) * U256::from(4));
    (0..pool.size())
        .map(|index| {
            let (balance, room) = (pool.balances[index], MASK - pool.balances[index]);
            match kind {
                0 if index != alone => U256::ZERO,
                1 if random.one_in(2) => U256::ZERO,
                // In proportion, but for a unit here and there.
                2 => (balance * part / U256::from(MILLION) + U256::from(random.below(2))).min(room),
                _ => amount_in(pool, index, random, dictionary),
            }
        })
        .collect()
}
