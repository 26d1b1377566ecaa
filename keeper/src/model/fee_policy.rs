//! How much the keeper may pay, and how it raises a fee.

use alloy::primitives::U256;
use serde::Deserialize;

use super::ChainId;

/// Caps and bump rules of one chain. Amounts are in wei.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeePolicy {
    /// Highest fee per gas ever signed.
    #[serde(with = "alloy::serde::displayfromstr")]
    pub max_fee_per_gas: u128,
    /// Most that one transaction may cost (gas limit x fee cap + L1 fee).
    pub max_tx_cost: U256,
    /// Most that a lane may spend in 24 hours.
    pub max_daily_cost: U256,
    /// Separate cap of a cancel that frees a slot.
    pub unblock_max_tx_cost: U256,
    /// Most that cancels of a lane may cost in 24 hours.
    pub unblock_max_daily_cost: U256,
    /// Smallest raise, in percent on both fees, that the chain's nodes accept for a replacement.
    pub min_bump_percent: u8,
    /// Seconds without inclusion after which an offered attempt is raised.
    pub bump_after_s: u64,
    /// Least tip that the chain's nodes take, in wei per gas.
    pub min_tip: u128,
    /// Largest gas limit of one transaction, where the chain has such a rule (EIP-7825).
    pub max_gas: Option<u64>,
}

/// Least tip of a chain by what its nodes demand: Polygon's refuse less than 25 gwei.
#[must_use]
pub const fn usual_min_tip(chain: ChainId) -> u128 {
    match chain.0 {
        137 | 80_002 => 25_000_000_000,
        _ => 0,
    }
}

/// Largest gas limit of one transaction: 2^24 on Ethereum and its test networks since Osaka.
#[must_use]
pub const fn usual_max_gas(chain: ChainId) -> Option<u64> {
    match chain.0 {
        1 | 11_155_111 | 17_000 | 560_048 => Some(1 << 24),
        _ => None,
    }
}
