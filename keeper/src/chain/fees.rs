//! What the market asks.

use alloy::primitives::{Address, Bytes, U64, U128, U256, address, keccak256};
use alloy::sol_types::SolCall as _;
use serde::Deserialize;
use serde_json::json;

use super::call::CallError;
use super::endpoint::Endpoint;
use super::{MarketFees, classify};

/// Blocks whose tips are looked at.
const HISTORY: u64 = 10;
/// Bytes of a transaction besides its data: envelope and signature, which do not compress.
const ENVELOPE: usize = 130;
const GAS_PRICE_ORACLE: Address = address!("420000000000000000000000000000000000000F");

alloy::sol! {
    function getL1Fee(bytes data) external view returns (uint256);
    /// Since Isthmus.
    function getOperatorFee(uint256 gasUsed) external view returns (uint256);
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

pub(super) async fn market(endpoint: &Endpoint) -> Result<MarketFees, CallError> {
    let params = (U64::from(HISTORY), "latest", [50u8]);
    let history: History = endpoint.call("eth_feeHistory", params).await?;
    let base_fee = match history.base_fee_per_gas.into_iter().flatten().next_back() {
        Some(fee) => fee.to(),
        None => return Err(CallError::NoAnswer("its fee history is empty".to_owned())),
    };
    // The median over all blocks: an empty block says that any tip would have done, and one dear block says nothing of
    // the others.
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
    Ok(MarketFees {
        base_fee,
        priority_fee,
        l1_fee: U256::ZERO,
    })
}

/// What a rollup of the OP stack takes besides gas for a transaction with this data and gas limit: its bytes on L1, and
/// the operator's share.
pub(super) async fn op_stack(endpoint: &Endpoint, data: &Bytes, gas: u64) -> Result<U256, CallError> {
    let mut bytes = Vec::with_capacity(data.len().saturating_add(ENVELOPE));
    let mut word = keccak256(GAS_PRICE_ORACLE);
    while bytes.len() < ENVELOPE {
        bytes.extend_from_slice(word.as_slice());
        word = keccak256(word);
    }
    bytes.extend_from_slice(data);
    let l1 = ask(endpoint, getL1FeeCall { data: bytes.into() }.abi_encode()).await?;
    let gas_used = U256::from(gas);
    let operator = match ask(endpoint, getOperatorFeeCall { gasUsed: gas_used }.abi_encode()).await {
        Ok(fee) => fee,
        // Chains before Isthmus have none.
        Err(CallError::Node { code, message, .. }) if classify::is_execution(code, &message) => U256::ZERO,
        Err(error) => return Err(error),
    };
    Ok(l1.saturating_add(operator))
}

async fn ask(endpoint: &Endpoint, data: Vec<u8>) -> Result<U256, CallError> {
    let request = json!({ "to": GAS_PRICE_ORACLE, "data": Bytes::from(data) });
    let output: Bytes = endpoint.call("eth_call", (request, "latest")).await?;
    U256::try_from_be_slice(&output)
        .filter(|_| output.len() == 32)
        .ok_or_else(|| CallError::Contradiction(format!("{GAS_PRICE_ORACLE} answers {} bytes", output.len())))
}
