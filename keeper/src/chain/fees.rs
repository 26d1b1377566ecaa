//! What the market asks.

use alloy::primitives::{Address, Bytes, U64, U128, U256, address};
use alloy::sol_types::SolCall as _;
use serde::Deserialize;
use serde_json::json;

use super::MarketFees;
use super::endpoint::{CallError, Endpoint};
use super::settings::L1Fee;

/// Blocks whose tips are looked at.
const HISTORY: u64 = 10;
/// Bytes of a usual transaction: a report of five signatures with its envelope.
const USUAL_SIZE: usize = 700;
const GAS_PRICE_ORACLE: Address = address!("420000000000000000000000000000000000000F");

alloy::sol! {
    function getL1Fee(bytes data) external view returns (uint256);
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct History {
    /// One more than blocks: the last is the next block's.
    #[serde(default)]
    base_fee_per_gas: Vec<Option<U128>>,
    #[serde(default)]
    reward: Option<Vec<Option<Vec<Option<U128>>>>>,
}

pub(super) async fn market(endpoint: &Endpoint, l1: L1Fee) -> Result<MarketFees, CallError> {
    let params = (U64::from(HISTORY), "latest", [50u8]);
    let history: History = endpoint.call("eth_feeHistory", params).await?;
    let base_fee = match history.base_fee_per_gas.into_iter().flatten().next_back() {
        Some(fee) => fee.to(),
        None => return Err(CallError::NoAnswer("its fee history is empty".to_owned())),
    };
    // The median over all blocks: an empty block says that any tip would have done, and one dear block says nothing of the others.
    let rewards = history.reward.unwrap_or_default();
    let mut tips: Vec<u128> = rewards
        .iter()
        .map(|block| {
            block
                .as_ref()
                .and_then(|tips| tips.first())
                .copied()
                .flatten()
                .unwrap_or_default()
                .to()
        })
        .collect();
    tips.sort_unstable();
    let median = tips
        .get(tips.len().saturating_sub(1).div_euclid(2))
        .copied()
        .unwrap_or_default();
    let priority_fee = match median {
        0 => match endpoint.call::<_, Option<U128>>("eth_maxPriorityFeePerGas", ()).await {
            Ok(tip) => tip.unwrap_or_default().to(),
            Err(CallError::Node { .. }) => 0,
            Err(error) => return Err(error),
        },
        tip => tip,
    };
    let l1_fee = match l1 {
        L1Fee::None => U256::ZERO,
        L1Fee::OpStack => op_stack(endpoint).await?,
    };
    Ok(MarketFees {
        base_fee,
        priority_fee,
        l1_fee,
    })
}

async fn op_stack(endpoint: &Endpoint) -> Result<U256, CallError> {
    // Signatures do not compress, so neither does the sample.
    let mut sample = Vec::with_capacity(USUAL_SIZE);
    let mut word = alloy::primitives::keccak256(GAS_PRICE_ORACLE);
    while sample.len() < USUAL_SIZE {
        sample.extend_from_slice(word.as_slice());
        word = alloy::primitives::keccak256(word);
    }
    let data = getL1FeeCall { data: sample.into() }.abi_encode();
    let request = json!({ "to": GAS_PRICE_ORACLE, "data": Bytes::from(data) });
    let output: Bytes = endpoint.call("eth_call", (request, "latest")).await?;
    getL1FeeCall::abi_decode_returns(&output)
        .map_err(|e| CallError::Contradiction(format!("getL1Fee at {GAS_PRICE_ORACLE} does not decode: {e}")))
}
