//! The key of a lane. What it signs is stored before it is sent, and only what is stored is sent.

use std::sync::Arc;

use alloy::consensus::{SignableTransaction as _, TxEip1559};
use alloy::eips::eip2718::Encodable2718 as _;
use alloy::primitives::{Address, Bytes, TxKind};
use alloy::signers::Signer;

use super::fees::{Fees, Load, max_cost};
use super::{Attempt, AttemptKind, IntentId, Slot};
use crate::chain::MarketFees;
use crate::model::Lane;

/// A lane and its key, wherever the key lives.
#[derive(Clone)]
pub struct LaneSigner {
    /// The lane.
    pub lane: Lane,
    /// The key.
    pub signer: Arc<dyn Signer + Send + Sync>,
}

impl LaneSigner {
    /// The account that the key controls.
    #[must_use]
    pub fn address(&self) -> Address {
        self.signer.address()
    }
}

/// What a transaction carries.
pub(super) struct Payload<'a> {
    pub(super) kind: AttemptKind,
    pub(super) intent: Option<IntentId>,
    pub(super) to: Address,
    pub(super) data: &'a Bytes,
    pub(super) load: Load,
}

impl LaneSigner {
    /// Signs an EIP-1559 transaction on a slot. Nothing is stored or sent.
    ///
    /// # Errors
    /// The signer's own, e.g. a key service that does not answer.
    pub(super) async fn attempt(
        &self,
        slot: &Slot,
        payload: Payload<'_>,
        fees: Fees,
        market: &MarketFees,
        now_ms: u64,
    ) -> Result<Attempt, alloy::signers::Error> {
        let tx = TxEip1559 {
            chain_id: slot.chain.0,
            nonce: slot.nonce,
            gas_limit: payload.load.gas,
            max_fee_per_gas: fees.max_fee,
            max_priority_fee_per_gas: fees.priority_fee,
            to: TxKind::Call(payload.to),
            value: payload.load.value,
            access_list: Default::default(),
            input: payload.data.clone(),
        };
        let signature = self.signer.sign_hash(&tx.signature_hash()).await?;
        let signed = tx.into_signed(signature);
        Ok(Attempt {
            hash: *signed.hash(),
            chain: slot.chain,
            signer: slot.signer,
            nonce: slot.nonce,
            kind: payload.kind,
            intent: payload.intent,
            raw: signed.encoded_2718().into(),
            max_fee: fees.max_fee,
            priority_fee: fees.priority_fee,
            gas: payload.load.gas,
            max_cost: max_cost(payload.load, fees, market),
            signed_at_ms: now_ms,
            offered_at_ms: None,
            included: None,
        })
    }
}
