//! How much the keeper may pay, and how it raises a fee.

use alloy::primitives::U256;
use serde::Deserialize;

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
    /// Smallest raise, in percent on both fees, that the chain's nodes accept for a replacement.
    pub min_bump_percent: u8,
    /// Seconds without inclusion after which an offered attempt is raised.
    pub bump_after_s: u64,
}
