//! Which actions are tried: amounts by orders of magnitude, at the edges, and from what the contracts compared with.

use alloy_primitives::U256;

use super::{
    action::{Action, Spec},
    attack::OUTER,
    fixture::ACTORS,
    model::{MASK, MILLION, Pool, WAD},
    perform::Pools,
};
use crate::engine::{Dictionary, Random};

/// Pools of a sequence at most.
const POOLS: usize = 4;
/// Tokens of a sequence at most, one of which may be hostile.
const PALETTE: usize = 8;
/// 1e30, the largest first balance.
const LARGEST: U256 = U256::from_limbs([5_076_944_270_305_263_616, 54_210_108_624, 0, 0]);

impl Pools {
    /// One to three pools of some of the tokens.
    pub(crate) fn open(&mut self, random: &mut Random) -> Vec<Action> {
        let mut palette: Vec<usize> = (0..self.fixture.tokens.len() - 1).collect();
        // Coin and permits in every second sequence.
        let special = random.one_in(2);
        palette.retain(|token| special || ![self.fixture.native, self.fixture.permits].contains(token));
        while palette.len() >= PALETTE {
            palette.remove(random.index(palette.len()));
        }
        palette.push(self.fixture.tokens.len() - 1);
        self.model.palette = palette;
        (0..=random.below(3))
            .map(|_| {
                let (spec, amounts) = self.new_pool(random);
                Action::Create {
                    spec,
                    amounts,
                    who: random.index(ACTORS),
                }
            })
            .collect()
    }

    /// The next action.
    pub(crate) fn next_action(&mut self, random: &mut Random, dictionary: &Dictionary) -> Action {
        if self.model.pools.is_empty() {
            let (spec, amounts) = self.new_pool(random);
            return Action::Create {
                spec,
                amounts,
                who: random.index(ACTORS),
            };
        }
        let number = random.index(self.model.pools.len());
        let who = random.index(ACTORS);
        let pool = &self.model.pools[number];
        let i = random.index(pool.size());
        let j = (i + 1 + random.index(pool.size() - 1)) % pool.size();
        match random.below(312) {
            0..=79 => {
                let amount = amount_in(pool, i, random, dictionary);
                Action::SwapIn {
                    pool: number,
                    i,
                    j,
                    amount,
                    who,
                    quoted: random.one_in(4),
                }
            }
            80..=129 => {
                let amount = amount_out(pool, j, random, dictionary);
                Action::SwapOut {
                    pool: number,
                    i,
                    j,
                    amount,
                    who,
                    quoted: random.one_in(4),
                }
            }
            130..=141 => {
                let buy = random.one_in(2);
                let amount = if buy {
                    amount_out(pool, j, random, dictionary)
                } else {
                    amount_in(pool, i, random, dictionary)
                };
                Action::RoundTrip {
                    pool: number,
                    i,
                    j,
                    amount,
                    who,
                    times: 1 + random.below(3) as u8,
                    buy,
                }
            }
            142..=147 => Action::Inverse {
                pool: number,
                i,
                j,
                amount: amount_in(pool, i, random, dictionary),
            },
            148..=153 => self.some_path(random, dictionary, who, false),
            154..=157 => self.some_path(random, dictionary, who, true),
            158..=161 => Action::Add {
                pool: number,
                shares: shares(pool, random),
                who,
            },
            162..=171 => {
                let most = pool.holding(who);
                let shares = if random.one_in(4) {
                    most
                } else {
                    random.log_uniform(U256::ZERO, most)
                };
                Action::Remove {
                    pool: number,
                    shares,
                    who,
                }
            }
            172..=177 => Action::AddRemove {
                pool: number,
                shares: shares(pool, random),
                who,
            },
            178..=179 => Action::AddOrder {
                pool: number,
                first: shares(pool, random),
                second: shares(pool, random),
            },
            180..=181 => Action::Recover {
                pool: number,
                amounts: self.amounts_to_recover(number),
                who,
                leave: !random.one_in(3),
            },
            182..=184 => Action::Collect { pool: number },
            185..=187 => Action::SetFee {
                pool: number,
                bps: random.pick(&[0, 1, 100, 1_000, 2_500, 5_000, 5_001]),
            },
            188..=190 => Action::Donate {
                pool: number,
                i,
                amount: random.log_uniform(U256::ONE, LARGEST),
            },
            191..=192 if self.model.pools.len() < POOLS => {
                let (spec, amounts) = self.new_pool(random);
                let donation = random.log_uniform(U256::ONE, LARGEST);
                Action::FirstDeposit {
                    spec,
                    amounts,
                    donation,
                    shares: random.log_uniform(U256::ONE, LARGEST),
                }
            }
            193 if self.model.pools.len() < POOLS => {
                let (spec, amounts) = self.new_pool(random);
                Action::Create { spec, amounts, who }
            }
            194..=196 => {
                let outer = random.below(u64::from(OUTER)) as u8;
                let amount = match outer {
                    3 => shares(pool, random),
                    4 => random.log_uniform(U256::ZERO, pool.holding(who)),
                    2 => amount_out(pool, j, random, dictionary),
                    _ => amount_in(pool, i, random, dictionary),
                };
                Action::Reenter {
                    pool: number,
                    outer,
                    amount,
                    who,
                }
            }
            197..=198 => self.some_rate(random),
            292.. => self.next_payment((number, i, j), who, random, dictionary),
            280.. => Action::Wrong {
                pool: number,
                number: Self::some_fault(random),
                who,
            },
            200.. => self.next_event(number, (i, j), who, random, dictionary),
            _ => Action::Wait {
                seconds: random.below(1 << 20) as u32,
            },
        }
    }

    fn new_pool(&mut self, random: &mut Random) -> (Spec, Vec<U256>) {
        let mut tokens = self.model.palette.clone();
        let size = if random.one_in(2) { 2 } else { 2 + random.index(7) };
        while tokens.len() > size {
            tokens.remove(random.index(tokens.len()));
        }
        let fee = match random.below(4) {
            0 => 0,
            1 => random.pick(&[1, 100, 3_000, 100_000]),
            _ => random.below(100_001) as u32,
        };
        let least = random.below(u64::from(fee) + 1) as u32;
        let policy = random.one_in(4).then(|| random.pick(&[0, least]));
        if random.one_in(2) {
            let weights = weights(tokens.len(), random);
            let amounts = tokens.iter().map(|_| random.log_uniform(U256::ONE, LARGEST)).collect();
            return (
                Spec {
                    tokens,
                    weights,
                    amplification: 0,
                    fee,
                    rated: Vec::new(),
                    policy,
                },
                amounts,
            );
        }
        let amplification = match random.below(3) {
            0 => random.pick(&[1, 2, 10, 200, 5_000, 50_000]),
            _ => random.log_uniform(U256::ONE, U256::from(50_000)).to(),
        };
        // Near each other in the common scale, by a spread of 1 to 10^6.
        let spread = random.log_uniform(U256::ONE, U256::from(MILLION));
        let base = random.log_uniform(U256::from(1_000), LARGEST);
        let amounts = tokens.iter().map(|token| {
            let scaled = random.log_uniform(base / spread + U256::ONE, base);
            let factor = U256::from(10).pow(U256::from(18 - self.fixture.decimals[*token]));
            (scaled / factor).max(U256::ONE)
        });
        let amounts = amounts.collect();
        // One stable pool in three has yield-bearing tokens.
        let is_rated = random.one_in(3);
        let rated = (0..tokens.len()).filter(|_| is_rated && random.one_in(2)).collect();
        (
            Spec {
                tokens,
                weights: Vec::new(),
                amplification,
                fee,
                rated,
                policy,
            },
            amounts,
        )
    }

    /// Mostly near where it was, sometimes anywhere in the range or outside.
    fn some_rate(&self, random: &mut Random) -> Action {
        let rated = |pool: &Pool| {
            pool.spec
                .rated
                .iter()
                .map(|index| pool.spec.tokens[*index])
                .collect::<Vec<_>>()
        };
        let tokens: Vec<usize> = self.model.pools.iter().flat_map(rated).collect();
        if tokens.is_empty() {
            return Action::Wait { seconds: 1 };
        }
        let token = random.pick(&tokens);
        let wad = U256::from(WAD);
        let now = self.model.rates.get(&token).copied().unwrap_or(wad);
        let rate = match random.below(16) {
            0 => random.pick(&[U256::ZERO, U256::MAX, U256::from(WAD / 1_000_000) - U256::ONE]),
            1..=4 => random.log_uniform(U256::from(WAD / 1_000_000), wad * U256::from(1_000_000)),
            _ if now.is_zero() || now > wad * wad => wad,
            _ => now + now * U256::from(random.below(1_000)) / U256::from(10_000),
        };
        Action::SetRate { token, rate }
    }

    fn some_path(&self, random: &mut Random, dictionary: &Dictionary, who: usize, buy: bool) -> Action {
        let mut hops: Vec<(usize, usize, usize)> = Vec::new();
        // One path in eight need not join.
        let is_broken = random.one_in(8);
        for _ in 0..1 + random.below(4) {
            let last = hops.last().map(|(pool, _, j)| self.model.pools[*pool].spec.tokens[*j]);
            let number = random.index(self.model.pools.len());
            let pool = &self.model.pools[number];
            let entering = match last {
                None => Some(random.index(pool.size())),
                Some(_) if is_broken => Some(random.index(pool.size())),
                Some(token) => pool.spec.tokens.iter().position(|other| *other == token),
            };
            if let Some(i) = entering {
                hops.push((number, i, (i + 1 + random.index(pool.size() - 1)) % pool.size()));
            }
        }
        if buy {
            let (pool, _, j) = hops[hops.len() - 1];
            let amount = amount_out(&self.model.pools[pool], j, random, dictionary);
            return Action::PathOut { hops, amount, who };
        }
        let (pool, i, _) = hops[0];
        Action::Path {
            amount: amount_in(&self.model.pools[pool], i, random, dictionary),
            hops,
            who,
        }
    }
}

/// Parts of a million, each at least one percent; often whole percents, since these can be judged by integer powers.
fn weights(count: usize, random: &mut Random) -> Vec<u32> {
    let unit = if random.one_in(4) { 1 } else { 10_000 };
    let mut weights = vec![10_000_u32; count];
    let mut left = MILLION as u32 - 10_000 * count as u32;
    for (index, weight) in weights.iter_mut().enumerate() {
        let taken = if index + 1 == count {
            left
        } else {
            random.below(u64::from(left / unit) + 1) as u32 * unit
        };
        *weight += taken;
        left -= taken;
    }
    weights
}

pub(crate) fn amount_in(pool: &Pool, i: usize, random: &mut Random, dictionary: &Dictionary) -> U256 {
    let (balance, room) = (pool.balances[i], MASK - pool.balances[i]);
    match random.below(32) {
        0 => room,
        1 => room + U256::ONE,
        2 => dictionary.pick(random).unwrap_or(U256::ONE).min(U256::from(u128::MAX)),
        3 => random.log_uniform(U256::ZERO, room),
        4 => random.pick(&[U256::ZERO, U256::ONE, U256::from(2), balance]).min(room),
        5 => U256::MAX,
        _ => random.log_uniform(U256::ZERO, (balance << 2_usize).min(room)),
    }
}

pub(crate) fn amount_out(pool: &Pool, j: usize, random: &mut Random, dictionary: &Dictionary) -> U256 {
    let balance = pool.balances[j];
    match random.below(32) {
        0 => balance - U256::ONE,
        1 => balance,
        2 => dictionary.pick(random).unwrap_or(U256::ONE),
        3 => random
            .pick(&[U256::ZERO, U256::ONE, U256::from(2), U256::from(3)])
            .min(balance),
        // Nearly all of it: what is left is a few units.
        4..=5 => balance - random.log_uniform(U256::ONE, balance),
        _ => random.log_uniform(U256::ZERO, balance - U256::ONE),
    }
}

pub(crate) fn shares(pool: &Pool, random: &mut Random) -> U256 {
    match random.below(16) {
        0 => U256::ONE,
        1 => random.log_uniform(U256::ZERO, MASK),
        _ => random.log_uniform(U256::ONE, pool.supply),
    }
}
