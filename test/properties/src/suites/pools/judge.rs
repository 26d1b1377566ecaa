//! What exact arithmetic says about swaps, accepted or refused.

use alloy_primitives::U256;
use num_bigint::{BigInt, BigUint};
use num_integer::Integer;

use super::{
    model::{MASK, MILLION, Pool, in_stable_range},
    perform::Pools,
};
use crate::{
    engine::Violation,
    exact::{Ordering3, StablePool, StableVerdict, Trade, Wide, compare_powers, in_given_out, out_given_in},
};

impl Pools {
    /// POOL-1 and POOL-2 of an output: never above the exact value, below it by no more than the bound.
    pub(crate) fn check_out(
        &mut self,
        pool: usize,
        i: usize,
        j: usize,
        amount: U256,
        out: U256,
        who: usize,
    ) -> Result<(), Violation> {
        let fee = self.fee_for(pool, who);
        let fixture = self.fixture.clone();
        let pool = &mut self.model.pools[pool];
        if out >= pool.balances[j] {
            return Err(Violation::new(
                "POOL-1",
                format!("{out} of {} came out", pool.balances[j]),
            ));
        }
        self.swaps += 1;
        let after_fee = amount - fee_of(amount, fee);
        let mark = if pool.is_stable() {
            let exact = pool.stable(&fixture);
            let root = pool.root(&exact);
            let (factor_in, factor_out) = (big(pool.factor(i, &fixture)), big(pool.factor(j, &fixture)));
            let x_in = exact.balance(i) + big(after_fee) * &factor_in;
            let given = big(out) * &factor_out;
            let after = exact.with([(i, x_in.clone()), (j, exact.balance(j) - &given)]);
            if exact.compare(&root, &after) == StableVerdict::Fell {
                let most = largest_kept(&out, |given| {
                    let x_out = exact.balance(j) - big(given) * &factor_out;
                    exact.compare(&root, &exact.with([(i, x_in.clone()), (j, x_out)])) == StableVerdict::Kept
                });
                let detail = format!("D fell by a swap of {amount} for {out}");
                return Err(Violation::new("POOL-2", detail).expecting("returned", "Le", most));
            }
            if pool.rates.is_empty() {
                let more = given + &factor_out + stable_bound(&exact, &after, &root);
                let beyond = exact.with([(i, x_in), (j, exact.balance(j) - more)]);
                if beyond.sign(&root, StablePool::bracket_bits()) <= 0 {
                    let detail = format!("{out} for {amount} is below the bound");
                    return Err(Violation::new("POOL-1", detail).expecting("returned", "Ge", out + U256::ONE));
                }
            } else if is_beyond_rates(&exact, &after, j, &factor_out) {
                let detail =
                    format!("{out} for {amount} is below the bound at rates, or the amount above the derived size");
                return Err(Violation::new("POOL-1", detail).expecting("returned", "Ge", out + U256::ONE));
            }
            out.bit_len() as u32
        } else {
            let trade = trade_of(pool, i, j);
            let exact = out_given_in(&trade, after_fee);
            let got = Wide::from(out) << 256_usize;
            if got > exact.low {
                let kept = got <= exact.high
                    && match compare_powers(
                        &[
                            (trade.balance_in + after_fee, trade.weight_in),
                            (trade.balance_out - out, trade.weight_out),
                        ],
                        &[
                            (trade.balance_in, trade.weight_in),
                            (trade.balance_out, trade.weight_out),
                        ],
                    ) {
                        Ordering3::Known(order) => order.is_ge(),
                        Ordering3::Open => true,
                    };
                if !kept {
                    let detail = format!("{out} for {amount} is above the exact {}", exact.floor());
                    return Err(Violation::new("POOL-2", detail).expecting("returned", "Le", out - U256::ONE));
                }
            }
            // 2^-68.4 of the exact one + 1 + B_out (2.07 w_in / w_out + 1) 2^-128.
            let least = weighted_least(&trade, exact.high);
            if got < least {
                let detail = format!("{out} for {amount} is below the exact {} and its bound", exact.floor());
                return Err(Violation::new("POOL-1", detail).expecting("returned", "Ge", out + U256::ONE));
            }
            (exact.low.saturating_sub(got).bit_len() as u32 / 8) | ((got.bit_len() as u32 / 8) << 7)
        };
        let class = (pool.size() as u32) << 1 | u32::from(pool.is_stable());
        self.marks.push(class | (8 << 5) | (mark << 10));
        Ok(())
    }

    /// POOL-1 and POOL-2 of an input: never below the exact value, above it by no more than the bound.
    pub(crate) fn check_in(
        &mut self,
        pool: usize,
        i: usize,
        j: usize,
        paid: U256,
        out: U256,
        who: usize,
    ) -> Result<(), Violation> {
        let fee = self.fee_for(pool, who);
        let fixture = self.fixture.clone();
        let pool = &mut self.model.pools[pool];
        // What the formula gave before the fee was put on top.
        self.swaps += 1;
        let net = paid * U256::from(MILLION - u64::from(fee)) / U256::from(MILLION);
        let mark = if pool.is_stable() {
            let exact = pool.stable(&fixture);
            let root = pool.root(&exact);
            let (factor_in, factor_out) = (big(pool.factor(i, &fixture)), big(pool.factor(j, &fixture)));
            let x_out = exact.balance(j) - big(out) * &factor_out;
            let x_in = exact.balance(i) + big(net) * &factor_in;
            let after = exact.with([(i, x_in.clone()), (j, x_out.clone())]);
            if exact.compare(&root, &after) == StableVerdict::Fell {
                let detail = format!("D fell by a swap for {out}, paid {paid}");
                return Err(Violation::new("POOL-2", detail).expecting("returned", "Ge", paid + U256::ONE));
            }
            let too_much = if pool.rates.is_empty() {
                let less = exact.with([(i, x_in - factor_in - stable_bound(&exact, &after, &root)), (j, x_out)]);
                less.sign(&root, StablePool::bracket_bits()) <= 0 && *less.balance(i) > *exact.balance(i)
            } else {
                // Nothing was asked for what is worth nothing.
                !net.is_zero() && is_beyond_rates(&exact, &after, i, &factor_in)
            };
            if too_much {
                let detail = format!("{paid} for {out} is above the bound");
                return Err(Violation::new("POOL-1", detail).expecting("returned", "Le", paid - U256::ONE));
            }
            paid.bit_len() as u32
        } else {
            let trade = trade_of(pool, i, j);
            let Some(exact) = in_given_out(&trade, out) else {
                return Err(Violation::new(
                    "POOL-1",
                    format!("{out} was sold for {paid}, beyond the range"),
                ));
            };
            let asked = Wide::from(net) << 256_usize;
            if asked < exact.high {
                let kept = asked >= exact.low
                    && match compare_powers(
                        &[
                            (trade.balance_in + net, trade.weight_in),
                            (trade.balance_out - out, trade.weight_out),
                        ],
                        &[
                            (trade.balance_in, trade.weight_in),
                            (trade.balance_out, trade.weight_out),
                        ],
                    ) {
                        Ordering3::Known(order) => order.is_ge(),
                        Ordering3::Open => true,
                    };
                if !kept {
                    let detail = format!("{paid} for {out} is below the exact {}", exact.floor());
                    return Err(Violation::new("POOL-2", detail).expecting("returned", "Ge", paid + U256::ONE));
                }
            }
            if asked > weighted_most(&trade, exact.low) {
                let detail = format!("{paid} for {out} is above the exact {} and its bound", exact.floor());
                return Err(Violation::new("POOL-1", detail).expecting("returned", "Le", paid - U256::ONE));
            }
            (asked.saturating_sub(exact.high).bit_len() as u32 / 8) | ((asked.bit_len() as u32 / 8) << 7)
        };
        let class = (pool.size() as u32) << 1 | u32::from(pool.is_stable());
        self.marks.push(class | (9 << 5) | (mark << 10));
        Ok(())
    }

    /// POOL-4: within the range an exact input is not refused.
    pub(crate) fn may_refuse_in(
        &mut self,
        pool: usize,
        i: usize,
        j: usize,
        amount: U256,
        selector: &[u8; 4],
        who: usize,
    ) -> Result<(), Violation> {
        let fee = self.fee_for(pool, who);
        self.marks.push(u32::from_be_bytes(*selector));
        let fixture = self.fixture.clone();
        let pool = &mut self.model.pools[pool];
        let refused = Violation::new(
            "POOL-4",
            format!(
                "a swap of {amount} within the range was refused: {selector:02x?}, {:?}",
                pool.scaled(&fixture)
            ),
        );
        if amount > MASK - pool.balances[i] {
            return Ok(());
        }
        if !pool.is_stable() {
            return Err(refused);
        }
        let mut x = pool.scaled(&fixture);
        if !pool.rates.is_empty() || !in_stable_range(&x) {
            return Ok(());
        }
        let exact = pool.stable(&fixture);
        let root = pool.root(&exact);
        let mut stored = x.clone();
        stored[i] += amount * pool.factor(i, &fixture);
        x[i] += (amount - fee_of(amount, fee)) * pool.factor(i, &fixture);
        // The contract compares the largest balance before or after, with the fee, with the smallest before or after,
        // and adds what comes in to what was there before anything went out.
        let most = stored.iter().max().copied().unwrap_or_default();
        let sum = stored.iter().fold(U256::ZERO, |all, balance| all + *balance);
        let least = pool.scaled(&fixture).into_iter().min().unwrap_or_default();
        if most > least * U256::from(MILLION) || sum >> 104_usize != U256::ZERO {
            return Ok(());
        }
        // If even this least balance of the token that leaves keeps D, the exact one is above it and everything is in
        // range.
        x[j] = (most / U256::from(900_000)).max(U256::ONE) + U256::ONE;
        let after = StablePool::with_ann(x.iter().copied().map(big).collect(), pool.ann);
        if in_stable_range(&x) && after.sign(&(&root - 1), StablePool::bracket_bits()) >= 0 {
            return Err(refused);
        }
        Ok(())
    }

    /// POOL-4: within the range an exact output is not refused.
    pub(crate) fn may_refuse_out(
        &mut self,
        pool: usize,
        i: usize,
        j: usize,
        amount: U256,
        selector: &[u8; 4],
        who: usize,
    ) -> Result<(), Violation> {
        let fee = self.fee_for(pool, who);
        self.marks.push(u32::from_be_bytes(*selector));
        let fixture = self.fixture.clone();
        let pool = &mut self.model.pools[pool];
        let refused = Violation::new(
            "POOL-4",
            format!(
                "a swap for {amount} within the range was refused: {selector:02x?}, {:?}",
                pool.scaled(&fixture)
            ),
        );
        if amount >= pool.balances[j] {
            return Ok(());
        }
        // Somewhat below the most that may come in, for the fee and the bound.
        let room = (MASK - pool.balances[i]) * U256::from(MILLION - u64::from(fee) - 1) / U256::from(MILLION);
        if !pool.is_stable() {
            let trade = trade_of(pool, i, j);
            let fits = in_given_out(&trade, amount).is_some_and(|exact| {
                exact.high < Wide::from(room) << 256_usize
                    && exact.high < Wide::from(trade.balance_in) << (256_usize + 62)
            });
            return if fits { Err(refused) } else { Ok(()) };
        }
        let mut x = pool.scaled(&fixture);
        if !pool.rates.is_empty() {
            return if pool.is_calm(i, &x) && amount <= pool.balances[j] >> 1_usize {
                Err(refused)
            } else {
                Ok(())
            };
        }
        if !in_stable_range(&x) {
            return Ok(());
        }
        let exact = pool.stable(&fixture);
        let root = pool.root(&exact);
        let most = x.iter().max().copied().unwrap_or_default();
        let before = x.iter().fold(U256::ZERO, |all, balance| all + *balance);
        x[j] -= amount * pool.factor(j, &fixture);
        // As above: what is left of the largest balance is compared with what it was.
        if most > x[j] * U256::from(MILLION) {
            return Ok(());
        }
        let least = x.iter().min().copied().unwrap_or_default();
        // Token units are rounded up, twice with the fee.
        let unit = pool.factor(i, &fixture) * U256::from(2);
        let limit = (least * U256::from(900_000)).min(x[i] + (U256::ONE << 104_usize) - before - U256::ONE);
        let before = x[i];
        x[i] = limit.min(before + room * pool.factor(i, &fixture));
        if x[i] > before {
            // What is stored has the fee as well.
            x[i] = before + (x[i] - before) * U256::from(MILLION - u64::from(fee) - 1) / U256::from(MILLION);
        }
        x[i] = x[i].saturating_sub(unit);
        let after = StablePool::with_ann(x.iter().copied().map(big).collect(), pool.ann);
        if in_stable_range(&x) && after.sign(&root, StablePool::bracket_bits()) < 0 {
            return Err(refused);
        }
        Ok(())
    }
}

/// The fee on an amount that goes in, rounded up.
pub(crate) fn fee_of(amount: U256, fee: u32) -> U256 {
    (amount * U256::from(fee)).div_ceil(U256::from(MILLION))
}

/// The largest number below `given`, which is not kept, that is.
fn largest_kept(given: &U256, is_kept: impl Fn(U256) -> bool) -> U256 {
    let (mut low, mut high) = (U256::ZERO, *given);
    while low + U256::ONE < high {
        let middle = (low + high) >> 1_usize;
        if is_kept(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}

fn trade_of(pool: &Pool, i: usize, j: usize) -> Trade {
    Trade {
        balance_in: pool.balances[i],
        balance_out: pool.balances[j],
        weight_in: pool.spec.weights[i],
        weight_out: pool.spec.weights[j],
    }
}

/// Whether a balance that a swap at rates left could have been a unit of its token lower, and a bound of the solution
/// besides: by docs/pool-math.md, section 4, it is the least that scales to the solution for D of balances rounded up
/// among the others rounded down. `solved` is that token; balances are exact, in 10^-36.
fn is_beyond_rates(before: &StablePool, after: &StablePool, solved: usize, factor: &BigInt) -> bool {
    let wad = BigInt::from(super::model::WAD);
    let up = before.map(|_, x| x.div_ceil(&wad));
    let root = up.bracket(None);
    let down = after.map(|_, x| x.div_floor(&wad));
    let bound = stable_bound(&up, &down, &root) + BigInt::from(1);
    let lower = down.map(|index, x| {
        if index == solved {
            (after.balance(solved) - factor).div_floor(&wad) - &bound
        } else {
            x.clone()
        }
    });
    // D of the contract is at most four units of Q12 above the root.
    let most: BigInt = &root + (BigInt::from(5) << 20_u32);
    lower.balance(solved) > &BigInt::from(0) && lower.sign(&most, StablePool::bracket_bits()) <= 0
}

/// Least output of the bound in WeightedMath's header, Q256, by `exact` from above.
pub(crate) fn weighted_least(trade: &Trade, exact: Wide) -> Wide {
    let relative = (exact >> 68_usize) * Wide::from(7_580) / Wide::from(10_000) + Wide::from(1);
    let ratio =
        Wide::from(207_u64 * u64::from(trade.weight_in)).div_ceil(Wide::from(100_u64 * u64::from(trade.weight_out)));
    let absolute = (Wide::from(trade.balance_out) << 128_usize) * (ratio + Wide::from(1));
    exact.saturating_sub(relative + absolute + (Wide::from(1) << 256_usize))
}

/// Most input of the bound in WeightedMath's header, Q256, by `exact` from below: (k + 2) 2^-69 of the growth factor,
/// and units.
pub(crate) fn weighted_most(trade: &Trade, exact: Wide) -> Wide {
    let factor = exact / Wide::from(trade.balance_in) + (Wide::from(1) << 256_usize);
    let k = factor.bit_len() - 256;
    let relative = (exact >> 69_usize) * Wide::from(k + 2) + Wide::from(1);
    // The logarithm is off by 2.07 units of 2^-128 times the quotient of the weights; exp multiplies that by the
    // factor.
    let ratio =
        Wide::from(207_u64 * u64::from(trade.weight_out)).div_ceil(Wide::from(100_u64 * u64::from(trade.weight_in)));
    let absolute = (factor >> 124_usize) * Wide::from(trade.balance_in) * (ratio + Wide::from(2));
    exact + relative + absolute + (Wide::from(2) << 256_usize)
}

/// The bound in StableMath's header, whole units of the common scale.
pub(crate) fn stable_bound(before: &StablePool, after: &StablePool, root: &BigInt) -> BigInt {
    let sum = before.sum().max(after.sum());
    let n = after.size();
    // 1 + (4 + 5 (1 + (n + 1) S / (A n D))) / 4096, D of Q32.
    let part: BigInt = ((sum * (5 * (n + 1))) << (StablePool::bracket_bits() + 32)).div_ceil(&(before.ann() * root));
    BigInt::from(1) + (BigInt::from(9) + part).div_ceil(&BigInt::from(4_096))
}

/// As a signed integer of any size.
pub(crate) fn big(value: U256) -> BigInt {
    BigUint::from_bytes_be(&value.to_be_bytes::<32>()).into()
}
