//! The nonce slot is the durable object: intents bind to it, and it ends only by the finalized chain.

use alloy::primitives::{Address, B256, Bytes, U256};
use serde::{Deserialize, Serialize};

use super::{ChainId, Height, IntentId, Lane};

/// One nonce of one key on one chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    /// Chain.
    pub chain: ChainId,
    /// Account.
    pub signer: Address,
    /// Nonce.
    pub nonce: u64,
    /// Lane whose key it is.
    pub lane: Lane,
    /// The intent whose payload is wanted here; `None` while only a cancel is.
    pub intent: Option<IntentId>,
}

/// What a signed attempt does.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, strum::Display, strum::EnumString, strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum AttemptKind {
    /// Carries an intent's payload.
    Payload,
    /// Sends nothing to the account itself, to use the nonce up.
    Cancel,
}

/// Signed bytes, stored before they are sent, byte for byte what is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Transaction hash.
    pub hash: B256,
    /// Chain of its slot.
    pub chain: ChainId,
    /// Account of its slot.
    pub signer: Address,
    /// Nonce of its slot.
    pub nonce: u64,
    /// What it does.
    pub kind: AttemptKind,
    /// The intent whose payload it carries, or that it cancels; `None` for a cancel that only fills a gap.
    pub intent: Option<IntentId>,
    /// EIP-2718 bytes. Never shown: whoever has them can send them when it suits him.
    #[serde(skip_serializing, default)]
    pub raw: Bytes,
    /// Fee cap in wei per gas.
    pub max_fee: u128,
    /// Tip cap in wei per gas.
    pub priority_fee: u128,
    /// Gas limit.
    pub gas: u64,
    /// Most that it can cost in wei: gas limit x fee cap + value + L1 fee.
    pub max_cost: U256,
    /// Signed at, wall time in milliseconds.
    pub signed_at_ms: u64,
    /// First time that an endpoint took it.
    pub offered_at_ms: Option<u64>,
    /// Block that includes it.
    pub included: Option<(Height, B256)>,
}

/// How a slot ended, by the finalized chain.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, strum::Display, strum::EnumString, strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum SlotEnd {
    /// A payload of ours is final and succeeded.
    Ok,
    /// A payload of ours is final and reverted.
    Reverted,
    /// Our cancel is final.
    Cancelled,
    /// A transaction that is not ours used the nonce.
    Foreign,
}
