//! Logarithm and exponential with counted truncations.
//!
//! Both cut the argument down to below 1/128 by a table and sum a Taylor series there, in 256 bits after the point. The
//! tables are built from the same series, so they need no constants. A unit is 2^-256; every product and quotient is
//! cut by less than one.

use std::sync::LazyLock;

use alloy_primitives::U256;

use super::{Enclosure, Wide};

const STEPS: usize = 128;
/// x^k / k with x < 1/128 is below a unit for k > 36.
const LN_TERMS: u32 = 37;
/// x^k / k! with x < 1/128 is below a unit for k > 26.
const EXP_TERMS: u32 = 27;
/// Truncations of one series: at most 3 a term, and the rest of the series.
const SERIES_UNITS: u64 = 128;

/// ln(1 + i / 128) for i = 0 to 128, each off by at most `i SERIES_UNITS`: the last is ln 2.
static LN: LazyLock<[Wide; STEPS + 1]> = LazyLock::new(|| {
    let mut table = [Wide::ZERO; STEPS + 1];
    for i in 0..STEPS {
        let step = (Wide::from(1) << 256_usize) / Wide::from(STEPS + i);
        table[i + 1] = table[i] + ln_series(step);
    }
    table
});

/// exp(i / 128) for i = 0 to 128, each off by at most 2^18: a step multiplies by less than 1.008 and adds 300.
static EXP: LazyLock<[Wide; STEPS + 1]> = LazyLock::new(|| {
    let mut table = [Wide::from(1) << 256_usize; STEPS + 1];
    let step = exp_series(Wide::from(1) << 249_usize);
    for i in 0..STEPS {
        table[i + 1] = table[i] + product(table[i], step);
    }
    table
});

const LN_TABLE_UNITS: u64 = STEPS as u64 * SERIES_UNITS;
const EXP_TABLE_UNITS: u64 = 1 << 18_usize;

/// ln(hi / lo) for 0 < lo <= hi < 2^240.
pub fn ln_ratio(lo: U256, hi: U256) -> Enclosure {
    debug_assert!(!lo.is_zero() && lo <= hi && hi.bit_len() <= 240, "{lo} {hi}");
    let (mut lo, hi) = (Wide::from(lo), Wide::from(hi));
    let mut doublings = hi.bit_len() - lo.bit_len();
    if lo << doublings > hi {
        doublings -= 1;
    }
    lo <<= doublings;
    // hi / lo is in [1, 2) now. i = floor(128 (hi / lo - 1)), and hi / lo = (1 + i / 128) (1 + x) with an exact
    // numerator of x.
    let i = ((hi - lo) << 7_usize).wrapping_div(lo).to::<usize>();
    let divisor = lo * Wide::from(STEPS + i);
    let x = (((hi << 7_usize) - divisor) << 256_usize) / divisor;
    let middle = LN[STEPS] * Wide::from(doublings) + LN[i] + ln_series(x);
    let mut radius = SERIES_UNITS + 1;
    if doublings > 0 {
        radius += LN_TABLE_UNITS * doublings as u64;
    }
    if i > 0 {
        radius += LN_TABLE_UNITS;
    }
    Enclosure::around(middle, Wide::from(radius))
}

/// exp(t) - 1, or nothing where it exceeds 2^120.
pub fn exp_minus_one(t: &Enclosure) -> Option<Enclosure> {
    let (doublings, (middle, radius)) = reduce(t, 120)?;
    Some(if doublings == 0 {
        Enclosure::around(middle, radius)
    } else {
        let one = Wide::from(1) << 256_usize;
        Enclosure::around(((middle + one) << doublings) - one, radius << doublings)
    })
}

/// 1 - exp(-t).
pub fn one_minus_exp(t: &Enclosure) -> Enclosure {
    let one = Wide::from(1) << 256_usize;
    let Some((doublings, (middle, radius))) = reduce(t, 240) else {
        return Enclosure {
            low: one - (one >> 240_usize),
            high: one,
        };
    };
    if doublings == 0 {
        // e / (1 + e) grows with e, and e is below 1 here.
        let part = |e: Wide| -> Wide { (e << 255_usize) / ((e + one) >> 1_usize) };
        let (low, high) = (middle.saturating_sub(radius), middle + radius);
        Enclosure {
            low: part(low).saturating_sub(Wide::from(4)),
            high: part(high) + Wide::from(4),
        }
    } else {
        let inverse = |e: Wide| -> Wide { ((Wide::from(1) << 511_usize) / ((e + one) >> 1_usize)) >> doublings };
        let (low, high) = (middle.saturating_sub(radius), middle + radius);
        Enclosure {
            low: one - inverse(low) - Wide::from(4),
            high: one - inverse(high) + Wide::from(4),
        }
    }
}

/// t = k ln 2 + r; k, and exp(r) - 1 with its radius. Nothing where k reaches `limit`.
fn reduce(t: &Enclosure, limit: usize) -> Option<(usize, (Wide, Wide))> {
    let middle = (t.low + t.high) >> 1_usize;
    let doublings = middle.wrapping_div(LN[STEPS]).to::<usize>();
    if doublings >= limit {
        return None;
    }
    let rest = middle - LN[STEPS] * Wide::from(doublings);
    let i = (rest >> 249_usize).to::<usize>();
    let series = exp_series(rest - (Wide::from(i) << 249_usize));
    let mut radius =
        Wide::from(SERIES_UNITS) + ((t.high - t.low) << 1_usize) + Wide::from(LN_TABLE_UNITS * 2 * doublings as u64);
    let value = if i == 0 {
        series
    } else {
        radius += Wide::from(EXP_TABLE_UNITS * 2);
        EXP[i] + product(EXP[i], series) - (Wide::from(1) << 256_usize)
    };
    Some((doublings, (value, radius)))
}

/// ln(1 + x) for x < 1/128 + a unit, off by less than SERIES_UNITS.
fn ln_series(x: Wide) -> Wide {
    let (mut plus, mut minus) = (Wide::ZERO, Wide::ZERO);
    let mut power = x;
    for k in 1..=LN_TERMS {
        let term = power / Wide::from(k);
        if k % 2 == 1 {
            plus += term;
        } else {
            minus += term;
        }
        power = product(power, x);
        if power.is_zero() {
            break;
        }
    }
    plus - minus
}

/// exp(x) - 1 for x <= 1/128, off by less than SERIES_UNITS.
fn exp_series(x: Wide) -> Wide {
    let mut sum = x;
    let mut term = x;
    for k in 2..=EXP_TERMS {
        term = product(term, x) / Wide::from(k);
        if term.is_zero() {
            break;
        }
        sum += term;
    }
    sum
}

/// a b, where the product of the bits fits: one of them is below 1/64 wherever this is used, or both are below 2^-1.
fn product(a: Wide, b: Wide) -> Wide {
    (a * b) >> 256_usize
}
