//! What to offer for a transaction, and when not to. All amounts in wei (per gas where the name says fee).

use alloy::primitives::U256;

use super::FeePolicy;
use crate::chain::MarketFees;

/// The two fees of an EIP-1559 transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fees {
    /// Fee cap.
    pub(super) max_fee: u128,
    /// Tip cap, never above the fee cap.
    pub(super) priority_fee: u128,
}

/// Which budget pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Budget {
    /// The lane's ordinary caps; what the lane spent in the last 24 hours is given.
    Ordinary {
        /// Spent, or committed to open slots other than this one, in wei.
        spent: U256,
    },
    /// The small caps of a cancel that frees a slot.
    Unblock {
        /// What other cancels of the lane cost in the last 24 hours, or may still cost, in wei.
        spent: U256,
    },
}

/// What a transaction needs besides the fee per gas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Load {
    /// Gas limit.
    pub(super) gas: u64,
    /// Wei sent along.
    pub(super) value: U256,
}

/// Most that a transaction may cost: gas limit x fee cap + value + L1 fee. Rounds nothing.
#[must_use]
pub(super) fn max_cost(load: Load, fees: Fees, market: &MarketFees) -> U256 {
    U256::from(load.gas)
        .saturating_mul(U256::from(fees.max_fee))
        .saturating_add(load.value)
        .saturating_add(market.l1_fee)
}

/// Fees to sign: the market's (twice the base fee plus the tip), raised to what a replacement of `replaces` needs,
/// within the caps. `None` where the caps do not reach what is needed: the smallest raise, or the base fee.
#[must_use]
pub(super) fn quote(
    policy: &FeePolicy,
    market: &MarketFees,
    replaces: Option<Fees>,
    load: Load,
    budget: Budget,
) -> Option<Fees> {
    let ceiling = ceiling(policy, market, load, budget)?;
    let wanted = market.base_fee.saturating_mul(2).saturating_add(market.priority_fee);
    let least = replaces.map(|old| Fees {
        max_fee: bumped(old.max_fee, policy.min_bump_percent),
        priority_fee: bumped(old.priority_fee, policy.min_bump_percent),
    });
    let floor = least
        .map_or(0, |fees| fees.max_fee)
        .max(market.base_fee.saturating_add(1));
    if ceiling < floor {
        return None;
    }
    let max_fee = wanted.clamp(floor, ceiling);
    let tip = market.priority_fee.max(least.map_or(0, |fees| fees.priority_fee));
    if least.is_some_and(|fees| fees.priority_fee > max_fee) {
        return None;
    }
    Some(Fees {
        max_fee,
        priority_fee: tip.min(max_fee),
    })
}

/// Highest fee cap that every cap allows; `None` where the value or the L1 fee alone is too much.
fn ceiling(policy: &FeePolicy, market: &MarketFees, load: Load, budget: Budget) -> Option<u128> {
    let room = match budget {
        Budget::Ordinary { spent } => policy.max_tx_cost.min(policy.max_daily_cost.checked_sub(spent)?),
        Budget::Unblock { spent } => policy
            .unblock_max_tx_cost
            .min(policy.unblock_max_daily_cost.checked_sub(spent)?),
    };
    let room = room.checked_sub(load.value)?.checked_sub(market.l1_fee)?;
    let per_gas = room.checked_div(U256::from(load.gas)).unwrap_or_default();
    Some(u128::try_from(per_gas).unwrap_or(u128::MAX).min(policy.max_fee_per_gas))
}

/// The smallest fee that replaces `old`, rounded up, and always higher.
fn bumped(old: u128, percent: u8) -> u128 {
    let raise = old.saturating_mul(u128::from(percent)).div_ceil(100).max(1);
    old.saturating_add(raise)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn policy(max_fee: u128, tx: u128, daily: u128) -> FeePolicy {
        FeePolicy {
            max_fee_per_gas: max_fee,
            max_tx_cost: U256::from(tx),
            max_daily_cost: U256::from(daily),
            unblock_max_tx_cost: U256::from(tx / 4),
            unblock_max_daily_cost: U256::from(tx),
            min_bump_percent: 10,
            bump_after_s: 6,
            min_tip: 0,
            max_gas: None,
        }
    }

    proptest! {
        /// TX-6: no cap is ever passed, and a replacement is always one that geth's rule accepts.
        #[test]
        fn quotes_keep_every_cap(
            max_fee in 1_u128..1_000_000_000_000, tx in 1_u128..u128::from(u64::MAX), daily in 1_u128..u128::from(u64::MAX),
            spent in 0_u128..u128::from(u64::MAX), base in 0_u128..1_000_000_000_000, tip in 0_u128..10_000_000_000,
            old in proptest::option::of((1_u128..1_000_000_000_000, 0_u128..10_000_000_000)), gas in 21_000_u64..1_000_000,
            l1 in 0_u128..1_000_000_000_000, unblock: bool,
        ) {
            let policy = policy(max_fee, tx, daily);
            let market = MarketFees { base_fee: base, priority_fee: tip, l1_fee: U256::from(l1) };
            let load = Load { gas, value: U256::ZERO };
            let old = old.map(|(max_fee, tip)| Fees { max_fee, priority_fee: tip.min(max_fee) });
            let budget = if unblock { Budget::Unblock { spent: U256::ZERO } } else { Budget::Ordinary { spent: U256::from(spent) } };
            if let Some(fees) = quote(&policy, &market, old, load, budget) {
                let cost = max_cost(load, fees, &market);
                prop_assert!(fees.max_fee <= max_fee && fees.priority_fee <= fees.max_fee && fees.max_fee > base);
                if unblock {
                    prop_assert!(cost <= policy.unblock_max_tx_cost);
                } else {
                    prop_assert!(cost <= policy.max_tx_cost && cost + U256::from(spent) <= policy.max_daily_cost);
                }
                if let Some(old) = old {
                    prop_assert!(fees.max_fee * 100 >= old.max_fee * 110 && fees.priority_fee * 100 >= old.priority_fee * 110);
                    prop_assert!(fees.max_fee > old.max_fee);
                }
            }
        }
    }

    #[test]
    fn offers_twice_the_base_fee_when_the_caps_allow() {
        let market = MarketFees {
            base_fee: 100,
            priority_fee: 3,
            l1_fee: U256::ZERO,
        };
        let load = Load {
            gas: 21_000,
            value: U256::ZERO,
        };
        let budget = Budget::Ordinary { spent: U256::ZERO };
        let rich = policy(1_000, u128::MAX, u128::MAX);
        assert_eq!(
            quote(&rich, &market, None, load, budget),
            Some(Fees {
                max_fee: 203,
                priority_fee: 3
            })
        );
        // The cap lies between the base fee and what the market would like: offer the cap.
        assert_eq!(
            quote(&policy(150, u128::MAX, u128::MAX), &market, None, load, budget),
            Some(Fees {
                max_fee: 150,
                priority_fee: 3
            })
        );
        assert_eq!(
            quote(&policy(100, u128::MAX, u128::MAX), &market, None, load, budget),
            None,
            "below the base fee"
        );
        let old = Fees {
            max_fee: 950,
            priority_fee: 3,
        };
        assert_eq!(
            quote(&rich, &market, Some(old), load, budget),
            None,
            "a raise above the cap"
        );
    }

    /// TX-19: cancels have a cap of each, and a cap of a day, apart from the lane's.
    #[test]
    fn cancels_end_at_their_daily_cap() {
        let policy = policy(u128::MAX, 4_000_000, 1);
        let market = MarketFees {
            base_fee: 10,
            priority_fee: 1,
            l1_fee: U256::ZERO,
        };
        let load = Load {
            gas: 21_000,
            value: U256::ZERO,
        };
        let at = |spent: u64| {
            quote(
                &policy,
                &market,
                None,
                load,
                Budget::Unblock {
                    spent: U256::from(spent),
                },
            )
        };
        assert_eq!(at(0).map(|fees| fees.max_fee), Some(21));
        assert_eq!(
            at(3_700_000).map(|fees| fees.max_fee),
            Some(14),
            "what is left of the day"
        );
        assert_eq!(at(3_800_000), None, "less than the base fee is left");
        assert_eq!(at(4_000_001), None);
    }
}
