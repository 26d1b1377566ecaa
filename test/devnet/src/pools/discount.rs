//! What a swap cost its trader, where the pool has a fee policy.

use alloy::{
    eips::BlockId,
    primitives::{Address, U256},
    providers::RootProvider,
};
use fluxion_abi::ISkillDiscount;

use super::LocalPool;

/// The fee of a trader's swap in a block, in millionths: what the policy gives, between the bounds of the key. The chain keeps no state
/// within a block, so a policy is asked before and after it; where a block changed the answer, the lower one is taken, and fees are never
/// overstated.
pub(super) async fn fee_paid(provider: &RootProvider, pool: &LocalPool, trader: Address, block: u64) -> u64 {
    let full = pool.fee_millionths();
    if pool.policy().is_zero() {
        return full;
    }
    let policy = ISkillDiscount::new(pool.policy(), provider);
    let mut lowest = full;
    for at in [block.saturating_sub(1), block] {
        let call = policy
            .swapFee(pool.id(), trader, U256::from(full))
            .block(BlockId::number(at));
        // As in the contract: a policy that does not answer means the full fee.
        if let Ok(fee) = call.call().await {
            lowest = lowest.min(clamped(fee, pool));
        }
    }
    lowest
}

fn clamped(fee: U256, pool: &LocalPool) -> u64 {
    let fee = u64::try_from(fee).unwrap_or(u64::MAX);
    fee.max(pool.least_fee_millionths()).min(pool.fee_millionths())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fee_stays_between_the_bounds_of_the_key() {
        let pool = LocalPool {
            name: String::new(),
            key: vec![U256::from(3_000_u64 | 1_000 << 48)],
            tokens: Vec::new(),
        };
        let of = |fee: u64| clamped(U256::from(fee), &pool);
        assert_eq!(
            [0, 999, 1_000, 2_400, 3_001].map(of),
            [1_000, 1_000, 1_000, 2_400, 3_000]
        );
        assert_eq!(clamped(U256::MAX, &pool), 3_000);
    }
}
