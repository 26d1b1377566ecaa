//! The functions of the pool math, each on inputs of every size.

use alloy_primitives::{Address, U256};
use alloy_sol_types::{SolCall, sol};
use eyre::{OptionExt, ensure};
use num_bigint::BigInt;

use super::judge::{big, stable_bound, weighted_least, weighted_most};
use crate::{
    engine::{Accuracy, Measure, Measured, Random},
    exact::{StablePool, StableVerdict, Trade, Wide, in_given_out, out_given_in, power},
    world::{Artifacts, Machine, Outcome},
};

sol! {
    interface MathProbe {
        function weightedIn(uint256 balanceIn, uint256 balanceOut, uint256 amountIn, uint256 weightIn, uint256 weightOut) external pure returns (uint256);
        function weightedOut(uint256 balanceIn, uint256 balanceOut, uint256 amountOut, uint256 weightIn, uint256 weightOut) external pure returns (uint256);
        function powDown(uint256 a, uint256 b, uint256 n, uint256 d) external pure returns (uint256);
        function powUp(uint256 a, uint256 b, uint256 n, uint256 d) external pure returns (uint256);
        function stableIn(uint256[] calldata x, uint256 ann, uint256 i, uint256 j, uint256 amountIn) external pure returns (uint256);
        function stableOut(uint256[] calldata x, uint256 ann, uint256 i, uint256 j, uint256 amountOut) external pure returns (uint256);
    }
}

/// The contract that has them.
struct Probe {
    machine: Machine,
    target: Address,
}

impl Probe {
    fn deploy(artifacts: &Artifacts) -> eyre::Result<Self> {
        let mut machine = Machine::new(1);
        let code = artifacts.creation_code("MathProbe.sol", "MathProbe")?;
        let target = machine.deploy(Address::ZERO, code)?;
        Ok(Self { machine, target })
    }

    fn call(&mut self, call: &impl SolCall) -> Option<U256> {
        match self.machine.call(Address::ZERO, self.target, call.abi_encode()) {
            Outcome::Returned(data) => Some(U256::from_be_slice(&data)),
            _ => None,
        }
    }
}

/// Measures one function on one input.
type Run = fn(&mut Probe, &mut Random, &mut Accuracy) -> eyre::Result<()>;

/// All of them, each on a contract of its own.
pub(crate) fn functions(artifacts: &Artifacts) -> eyre::Result<Vec<Measured>> {
    let all: [Run; 6] = [weighted_in, weighted_out, pow_down, pow_up, stable_in, stable_out];
    all.into_iter()
        .map(|run| {
            let mut probe = Probe::deploy(artifacts)?;
            let measured: Measured = Box::new(move |random, accuracy| run(&mut probe, random, accuracy));
            Ok(measured)
        })
        .collect()
}

fn measure_of(bits: usize) -> Measure {
    match bits.saturating_sub(256) {
        90.. => Measure::Relative,
        0..=40 => Measure::Units,
        _ => Measure::Bound,
    }
}

fn balance(random: &mut Random) -> U256 {
    random.log_uniform(U256::ONE, (U256::ONE << 112_usize) - U256::ONE)
}

fn some_trade(random: &mut Random) -> Trade {
    let share = if random.one_in(2) {
        10_000 * (1 + random.below(99)) as u32
    } else {
        10_000 + random.below(980_001) as u32
    };
    Trade {
        balance_in: balance(random),
        balance_out: balance(random),
        weight_in: share,
        weight_out: 1_000_000 - share,
    }
}

fn weighted_in(probe: &mut Probe, random: &mut Random, result: &mut Accuracy) -> eyre::Result<()> {
    result.function = "WeightedMath.outGivenInDown";
    result.bound = "2^-68.4 of the output + 1 + B_out (2.07 w_in / w_out + 1) 2^-128";
    let trade = some_trade(random);
    // A trade of 1e-9 to 0.3 of the balance most often, and of any size.
    let amount = match random.below(4) {
        0 => balance(random),
        _ => random.log_uniform(
            trade.balance_in / U256::from(1_000_000_000),
            trade.balance_in / U256::from(3),
        ),
    };
    let call = MathProbe::weightedInCall {
        balanceIn: trade.balance_in,
        balanceOut: trade.balance_out,
        amountIn: amount,
        weightIn: U256::from(trade.weight_in),
        weightOut: U256::from(trade.weight_out),
    };
    let got = Wide::from(
        probe
            .call(&call)
            .ok_or_eyre("an exact-in trade within the range was refused")?,
    ) << 256_usize;
    let exact = out_given_in(&trade, amount);
    let bound = exact.high - weighted_least(&trade, exact.high);
    // The result is a whole number: what the rounding to it takes is no error of the formula. Relative errors are of
    // the rest.
    let error = exact.high.saturating_sub(got);
    // With 90 bits before the point a unit is far below the relative bound; small results miss by units.
    let whole = measure_of(exact.high.bit_len());
    result.note(error, bound, exact.high, whole, got > exact.high);
    Ok(())
}

fn weighted_out(probe: &mut Probe, random: &mut Random, result: &mut Accuracy) -> eyre::Result<()> {
    result.function = "WeightedMath.inGivenOutUp";
    result.bound =
        "(k + 2) 2^-69 of the input + 2 + B_in (2.07 w_out / w_in + 2) factor 2^-124, k = log2 of the factor";
    let trade = some_trade(random);
    let amount = match random.below(4) {
        0 => random.log_uniform(U256::ZERO, trade.balance_out - U256::ONE),
        _ => random.log_uniform(
            trade.balance_out / U256::from(1_000_000_000),
            trade.balance_out / U256::from(3),
        ),
    };
    let call = MathProbe::weightedOutCall {
        balanceIn: trade.balance_in,
        balanceOut: trade.balance_out,
        amountOut: amount,
        weightIn: U256::from(trade.weight_in),
        weightOut: U256::from(trade.weight_out),
    };
    let exact = in_given_out(&trade, amount);
    let Some(asked) = probe.call(&call) else {
        result.refused += 1;
        let factor_fits = exact.is_some_and(|exact| exact.high < Wide::from(trade.balance_in) << (256_usize + 62));
        ensure!(
            !factor_fits,
            "an exact-out trade within the range was refused: {trade:?} {amount}"
        );
        return Ok(());
    };
    let exact = exact.ok_or_eyre("a trade beyond the range was answered")?;
    let asked = Wide::from(asked) << 256_usize;
    let bound = weighted_most(&trade, exact.low) - exact.low;
    // With 90 bits before the point a unit is far below the relative bound; small results miss by units.
    let whole = measure_of(exact.high.bit_len());
    result.note(
        asked.saturating_sub(exact.low),
        bound,
        exact.low,
        whole,
        asked < exact.low,
    );
    Ok(())
}

fn pow(probe: &mut Probe, random: &mut Random, result: &mut Accuracy, up: bool) -> eyre::Result<()> {
    result.bound = "(k + 2) 2^-69 + 2^-117 of the result + 2^-96, k = |log2 of the result|";
    let limit = (U256::ONE << 127_usize) - U256::ONE;
    let a = random.log_uniform(U256::ONE, limit);
    let b = match random.below(4) {
        0 => random.log_uniform(U256::ONE, limit),
        // Quotients of 0.01 to 100.
        _ => (a * U256::from(1 + random.below(10_000)) / U256::from(100)).clamp(U256::ONE, limit),
    };
    let (n, d) = (1 + random.below(99) as u32, 1 + random.below(99) as u32);
    let exact = power(a, b, n, d);
    let (n_word, d_word) = (U256::from(n), U256::from(d));
    let answer = if up {
        probe.call(&MathProbe::powUpCall {
            a,
            b,
            n: n_word,
            d: d_word,
        })
    } else {
        probe.call(&MathProbe::powDownCall {
            a,
            b,
            n: n_word,
            d: d_word,
        })
    };
    let (Some(got), Some(exact)) = (answer, exact) else {
        result.refused += 1;
        return Ok(());
    };
    let got = Wide::from(got) << 160_usize;
    let k = exact.high.bit_len().abs_diff(256) + 1;
    let bound = (exact.high >> 69_usize) * Wide::from(k + 2) + (exact.high >> 117_usize) + (Wide::from(1) << 160_usize);
    let (error, in_favour) = if up {
        (got.saturating_sub(exact.low), got < exact.low)
    } else {
        (exact.high.saturating_sub(got), got > exact.high)
    };
    // Results of 0.01 to 100.
    let is_usual = (250..263).contains(&exact.high.bit_len());
    let measure = if is_usual { Measure::Relative } else { Measure::Bound };
    result.note(error, bound, exact.high, measure, in_favour);
    Ok(())
}

fn pow_down(probe: &mut Probe, random: &mut Random, result: &mut Accuracy) -> eyre::Result<()> {
    result.function = "FixedPoint.powDown";
    pow(probe, random, result, false)
}

fn pow_up(probe: &mut Probe, random: &mut Random, result: &mut Accuracy) -> eyre::Result<()> {
    result.function = "FixedPoint.powUp";
    pow(probe, random, result, true)
}

/// Balances of the common scale within `spread`, A, two different indices.
fn some_pool(random: &mut Random) -> (Vec<U256>, u32, usize, usize) {
    let n = 2 + random.index(7);
    let spread = random.log_uniform(U256::ONE, U256::from(900_000));
    let most = random.log_uniform(U256::ONE, U256::ONE << 99_usize);
    let x = (0..n)
        .map(|_| random.log_uniform((most / spread).max(U256::ONE), most))
        .collect();
    let a = random.log_uniform(U256::ONE, U256::from(50_000)).to();
    let i = random.index(n);
    (x, a, i, (i + 1 + random.index(n - 1)) % n)
}

/// Whole units by which `given` misses the largest (or least) value that keeps D, at most 64.
fn missing_units(most: u32, keeps: impl Fn(u32) -> bool) -> u32 {
    (1..=most).take_while(|units| keeps(*units)).last().unwrap_or(0)
}

const STABLE_BOUND: &str = "1 + (4 + 5 (1 + (n + 1) S / (A n D))) / 4096 units, and the rounding to a unit";

fn stable_in(probe: &mut Probe, random: &mut Random, result: &mut Accuracy) -> eyre::Result<()> {
    result.function = "StableMath.outGivenInDown";
    result.bound = STABLE_BOUND;
    let (x, a, i, j) = some_pool(random);
    let amount = random.log_uniform(U256::ONE, x[i] << 1_usize);
    let call = MathProbe::stableInCall {
        x: x.clone(),
        ann: U256::from(a as usize * x.len()),
        i: U256::from(i),
        j: U256::from(j),
        amountIn: amount,
    };
    let Some(out) = probe.call(&call) else {
        result.refused += 1;
        return Ok(());
    };
    let before = StablePool::new(&x, a);
    let root = before.bracket(None);
    let (paid, out) = (big(amount), big(out));
    let after = |less: BigInt| before.with([(i, before.balance(i) + &paid), (j, before.balance(j) - &out - less)]);
    let kept = |units: u32| before.compare(&root, &after(BigInt::from(units))) == StableVerdict::Kept;
    let bound = stable_bound(&before, &after(BigInt::from(0)), &root) + 1;
    note_stable(result, &bound, kept(0), missing_units(64, kept));
    Ok(())
}

fn stable_out(probe: &mut Probe, random: &mut Random, result: &mut Accuracy) -> eyre::Result<()> {
    result.function = "StableMath.inGivenOutUp";
    result.bound = STABLE_BOUND;
    let (x, a, i, j) = some_pool(random);
    let amount = random.log_uniform(U256::ONE, x[j]);
    let call = MathProbe::stableOutCall {
        x: x.clone(),
        ann: U256::from(a as usize * x.len()),
        i: U256::from(i),
        j: U256::from(j),
        amountOut: amount,
    };
    let Some(paid) = probe.call(&call) else {
        result.refused += 1;
        return Ok(());
    };
    let before = StablePool::new(&x, a);
    let root = before.bracket(None);
    let (paid, out) = (big(paid), big(amount));
    let after = |less: BigInt| before.with([(i, before.balance(i) + &paid - less), (j, before.balance(j) - &out)]);
    let kept = |units: u32| before.compare(&root, &after(BigInt::from(units))) == StableVerdict::Kept;
    let bound = stable_bound(&before, &after(BigInt::from(0)), &root) + 1;
    note_stable(result, &bound, kept(0), missing_units(64, kept));
    Ok(())
}

/// `units`: whole units more for the trader that would still have kept D; `bound` is one above the most of them.
fn note_stable(result: &mut Accuracy, bound: &BigInt, kept: bool, units: u32) {
    let bound = u64::try_from(bound).unwrap_or(u64::MAX);
    let wide = |value: u64| Wide::from(value) << 256_usize;
    result.note(wide(u64::from(units)), wide(bound), wide(1), Measure::Units, !kept);
}
