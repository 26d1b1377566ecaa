//! A signed batch of scores as an intent, and back.

use std::collections::BTreeSet;

use alloy::primitives::{B256, U256};
use alloy::sol_types::{SolCall as _, SolEvent as _, SolValue as _};
use fluxion_abi::IReputationOracle;

use super::{JOB, ScoreBatch};
use crate::jobs::Signed;
use crate::model::{ExpectedEvent, Height, Intent, Lane, LogForm, NewIntent};
use crate::reputation::split;

/// The intent of a signed batch. The effect is the epoch of its first wallet, which the oracle takes once; the event
/// names the whole batch, whoever sends it.
#[must_use]
pub fn intent(signed: &Signed<ScoreBatch>) -> NewIntent {
    let (batch, wanted) = (&signed.wanted.report, &signed.wanted);
    let call = IReputationOracle::reportCall {
        updates: batch.updates.clone(),
        observedAt: U256::from(batch.observed_at),
        setId: batch.set_id,
        signatures: signed.signatures.clone(),
    };
    let first = batch.updates.first().map(|update| split(*update).0).unwrap_or_default();
    let effect = format!("reputation/{}/{}/{first}", batch.chain, batch.observed_at);
    let accepted = LogForm {
        topics: vec![
            Some(IReputationOracle::ScoresReported::SIGNATURE_HASH),
            Some(B256::from(U256::from(batch.observed_at))),
        ],
        data: Some(batch.updates.abi_encode().into()),
    };
    NewIntent {
        // Batches do not replace one another.
        topic: effect.clone(),
        effect,
        job: JOB.into(),
        chain: batch.chain,
        lane: Lane::Irreversible,
        to: batch.contract,
        data: call.abi_encode().into(),
        value: U256::ZERO,
        expected: ExpectedEvent {
            address: batch.contract,
            forms: vec![accepted],
            since: Height(0),
        },
        valid_until: Some(wanted.valid_until),
        max_incarnations: 3,
        trace: signed.trace.clone(),
        reason: wanted.reason.clone(),
        evidence_at_ms: wanted.evidence_at_ms,
    }
}

/// Wallets of which a report is on its way, among a chain's open intents.
#[must_use]
pub fn pending(intents: &[Intent]) -> BTreeSet<U256> {
    intents
        .iter()
        .filter(|intent| intent.wanted.job == JOB && !intent.state.is_end())
        .filter_map(|intent| IReputationOracle::reportCall::abi_decode(&intent.wanted.data).ok())
        .flat_map(|call| call.updates)
        .map(|update| split(update).0)
        .collect()
}
