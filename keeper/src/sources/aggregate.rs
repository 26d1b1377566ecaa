//! The median of the sources that agree. Integers only, so that every process computes the same from the same answers.

use serde::{Deserialize, Serialize};

use super::{Observation, Price, exceeds_bps};

/// When sources count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// Fewest sources that must be left.
    pub min_sources: usize,
    /// Sources further than this from the median of all are dropped, in basis points.
    pub outlier_bps: u32,
    /// Oldest observation used, in seconds.
    pub max_age_s: u64,
}

/// A price, and which sources made it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assessment {
    /// Median of the sources used.
    pub price: Price,
    /// Sources used.
    pub used: Vec<String>,
    /// Sources dropped as too far from the median of all.
    pub outliers: Vec<String>,
    /// Sources whose last observation is too old.
    pub stale: Vec<String>,
    /// Time of the newest answer that was weighed, in milliseconds.
    pub evidence_at_ms: u64,
}

/// Too few sources are left: there is no price.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error(
    "{} of {needed} sources agree (too far from the median: [{}], too old: [{}])",
    used.len(), outliers.join(", "), stale.join(", ")
)]
pub struct Shortage {
    /// Sources that would count.
    pub used: Vec<String>,
    /// Sources needed.
    pub needed: usize,
    /// Sources dropped as too far from the median of all.
    pub outliers: Vec<String>,
    /// Sources whose last observation is too old.
    pub stale: Vec<String>,
}

/// Drops what is too old, then what lies too far from the median of the rest, and takes the median of what is left.
///
/// # Errors
/// [`Shortage`] when fewer than `min_sources` are left, before or after outliers were dropped.
pub fn assess(observations: &[Observation], rules: &Rules, now_ms: u64) -> Result<Assessment, Shortage> {
    let oldest = now_ms.saturating_sub(rules.max_age_s.saturating_mul(1_000));
    let (fresh, old): (Vec<&Observation>, Vec<&Observation>) = observations.iter().partition(|o| o.at_ms >= oldest);
    let names = |list: &[&Observation]| list.iter().map(|o| o.source.clone()).collect::<Vec<_>>();
    let shortage = |used: Vec<String>, outliers: Vec<String>| Shortage {
        used,
        needed: rules.min_sources,
        outliers,
        stale: names(&old),
    };
    let Some(center) = median(&fresh).filter(|_| fresh.len() >= rules.min_sources) else {
        return Err(shortage(names(&fresh), Vec::new()));
    };
    let (far, near): (Vec<&Observation>, Vec<&Observation>) = fresh
        .iter()
        .partition(|o| exceeds_bps(o.price, center, rules.outlier_bps));
    let Some(price) = median(&near).filter(|_| near.len() >= rules.min_sources) else {
        return Err(shortage(names(&near), names(&far)));
    };
    Ok(Assessment {
        price,
        used: names(&near),
        outliers: names(&far),
        stale: names(&old),
        evidence_at_ms: fresh.iter().map(|o| o.received_at_ms).max().unwrap_or(now_ms),
    })
}

/// The middle price; of an even number the mean of the two in the middle, rounded down. `None` of nothing.
fn median(observations: &[&Observation]) -> Option<Price> {
    let mut prices: Vec<Price> = observations.iter().map(|o| o.price).collect();
    prices.sort_unstable();
    let half = prices.len() / 2;
    let high = *prices.get(half)?;
    if prices.len() % 2 == 1 {
        return Some(high);
    }
    let low = *prices.get(half.checked_sub(1)?)?;
    Some(Price::middle(low, high))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: u64 = 1_763_700_000_000;
    const RULES: Rules = Rules {
        min_sources: 2,
        outlier_bps: 200,
        max_age_s: 30,
    };

    fn seen(prices: &[u128]) -> Vec<Observation> {
        prices
            .iter()
            .enumerate()
            .map(|(i, price)| Observation {
                source: format!("s{i}"),
                price: Price::new(*price).unwrap(),
                at_ms: NOW - 1_000,
                received_at_ms: NOW - 500 + i as u64,
            })
            .collect()
    }

    #[test]
    fn one_liar_among_three_is_dropped() {
        let got = assess(&seen(&[100_000, 200_000, 100_010]), &RULES, NOW).unwrap();
        assert_eq!(got.price.units(), 100_005);
        assert_eq!(got.outliers, ["s1"]);
        assert_eq!(got.evidence_at_ms, NOW - 498, "the liar's answer was weighed too");
    }

    #[test]
    fn two_sources_that_disagree_give_no_price() {
        let short = assess(&seen(&[100_000, 200_000]), &RULES, NOW).unwrap_err();
        assert!(short.used.is_empty());
        assert_eq!(
            short.to_string(),
            "0 of 2 sources agree (too far from the median: [s0, s1], too old: [])"
        );
    }

    #[test]
    fn an_old_observation_does_not_count() {
        let mut observations = seen(&[100_000, 100_000]);
        observations[0].at_ms = NOW - 30_000;
        assert!(assess(&observations, &RULES, NOW).is_ok(), "just young enough");
        observations[0].at_ms = NOW - 30_001;
        assert_eq!(assess(&observations, &RULES, NOW).unwrap_err().stale, ["s0"]);
    }

    proptest! {
        /// PRICE-1: with liars in the minority the median stays within what honest sources said, whatever the liars
        /// say.
        #[test]
        fn a_minority_of_liars_cannot_move_the_price_out_of_the_honest_range(
            honest in prop::collection::vec(995_000u128..=1_005_000, 3..8),
            lies in prop::collection::vec(1u128..10_000_000_000, 0..3),
            seed in any::<u64>(),
        ) {
            prop_assume!(lies.len() < honest.len());
            let mut prices: Vec<u128> = honest.iter().chain(&lies).copied().collect();
            let shift = usize::try_from(seed).unwrap_or(0) % prices.len();
            prices.rotate_left(shift);
            let got = assess(&seen(&prices), &RULES, NOW);
            let (low, high) = (honest.iter().min().unwrap(), honest.iter().max().unwrap());
            let got = got.expect("the honest ones agree within 1 %, so they are left");
            // Liars that survive the rejection sit within 2 % of the median of all, which an honest majority holds.
            prop_assert!(got.price.units() >= *low && got.price.units() <= *high, "{} outside {low}..{high}", got.price);
        }

        #[test]
        fn order_does_not_matter(mut prices in prop::collection::vec(1u128..2_000_000, 1..9), by in 0usize..9) {
            let first = assess(&seen(&prices), &RULES, NOW).map(|a| a.price).ok();
            let shift = by % prices.len();
            prices.rotate_left(shift);
            prop_assert_eq!(first, assess(&seen(&prices), &RULES, NOW).map(|a| a.price).ok());
        }

        #[test]
        fn never_fewer_than_the_minimum(prices in prop::collection::vec(1u128..2_000_000, 0..9), min in 1usize..6) {
            let rules = Rules { min_sources: min, ..RULES };
            match assess(&seen(&prices), &rules, NOW) {
                Ok(a) => {
                    prop_assert!(a.used.len() >= min);
                    prop_assert_eq!(a.used.len() + a.outliers.len(), prices.len());
                }
                Err(s) => prop_assert!(s.used.len() < min),
            }
        }
    }
}
