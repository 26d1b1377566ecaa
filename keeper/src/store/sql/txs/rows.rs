//! Rows as records.

use std::str::FromStr;

use alloy::primitives::{B256, U256};

use crate::model::{Attempt, ChainId, Height, Intent, IntentId, NewIntent, Slot, TraceId};
use crate::store::StoreError;
use crate::store::sql::statement::Row;
use crate::store::sql::{address, corrupt, hash, u256, unsigned};

fn parse<T: FromStr>(what: &'static str, text: &str) -> Result<T, StoreError> {
    text.parse().map_err(|_| corrupt(what, text))
}

fn parse_option<T: FromStr>(what: &'static str, row: &Row, column: &str) -> Result<Option<T>, StoreError> {
    row.try_get::<Option<String>>(column)?
        .map(|text| parse(what, &text))
        .transpose()
}

fn number(what: &'static str, row: &Row, column: &str) -> Result<u64, StoreError> {
    unsigned(what, row.try_get(column)?)
}

fn number_option(what: &'static str, row: &Row, column: &str) -> Result<Option<u64>, StoreError> {
    row.try_get::<Option<i64>>(column)?
        .map(|n| unsigned(what, n))
        .transpose()
}

fn blob_u256(what: &'static str, row: &Row, column: &str) -> Result<U256, StoreError> {
    u256(what, &row.try_get::<Vec<u8>>(column)?)
}

fn wei_per_gas(what: &'static str, row: &Row, column: &str) -> Result<u128, StoreError> {
    let value = blob_u256(what, row, column)?;
    u128::try_from(value).map_err(|_| corrupt(what, value))
}

fn included(row: &Row) -> Result<Option<(Height, B256)>, StoreError> {
    let Some(height) = number_option("included_height", row, "included_height")? else {
        return Ok(None);
    };
    let block = hash("included_hash", &row.try_get::<Vec<u8>>("included_hash")?)?;
    Ok(Some((Height(height), block)))
}

pub(super) fn intent(row: &Row) -> Result<Intent, StoreError> {
    let small = |what: &'static str, column: &str| -> Result<u32, StoreError> {
        let n = number(what, row, column)?;
        u32::try_from(n).map_err(|_| corrupt(what, n))
    };
    let expected: String = row.try_get("expected")?;
    Ok(Intent {
        id: IntentId(row.try_get("id")?),
        incarnation: small("intents.incarnation", "incarnation")?,
        wanted: NewIntent {
            effect: row.try_get("effect")?,
            topic: row.try_get("topic")?,
            job: row.try_get("job")?,
            chain: ChainId(number("intents.chain_id", row, "chain_id")?),
            lane: parse("intents.lane", &row.try_get::<String>("lane")?)?,
            to: address("intents.recipient", &row.try_get::<Vec<u8>>("recipient")?)?,
            data: row.try_get::<Vec<u8>>("data")?.into(),
            value: blob_u256("intents.value", row, "value")?,
            expected: serde_json::from_str(&expected).map_err(|_| corrupt("intents.expected", &expected))?,
            valid_until: number_option("intents.valid_until", row, "valid_until")?,
            max_incarnations: small("intents.max_incarnations", "max_incarnations")?,
            trace: TraceId(row.try_get("trace")?),
            reason: row.try_get("reason")?,
            evidence_at_ms: number("intents.evidence_at_ms", row, "evidence_at_ms")?,
        },
        state: parse("intents.state", &row.try_get::<String>("state")?)?,
        parked: parse_option("intents.parked", row, "parked")?,
        result: parse_option("intents.result", row, "result")?,
        detail: row.try_get("detail")?,
        gas: number_option("intents.gas", row, "gas")?,
        nonce: number_option("intents.nonce", row, "nonce")?,
        planned_at_ms: number("intents.planned_at_ms", row, "planned_at_ms")?,
        first_write_at_ms: number_option("intents.first_write_at_ms", row, "first_write_at_ms")?,
        included_at_ms: number_option("intents.included_at_ms", row, "included_at_ms")?,
        ended_at_ms: number_option("intents.ended_at_ms", row, "ended_at_ms")?,
        included: included(row)?,
    })
}

pub(super) fn slot(row: &Row) -> Result<Slot, StoreError> {
    Ok(Slot {
        chain: ChainId(number("slots.chain_id", row, "chain_id")?),
        signer: address("slots.signer", &row.try_get::<Vec<u8>>("signer")?)?,
        nonce: number("slots.nonce", row, "nonce")?,
        lane: parse("slots.lane", &row.try_get::<String>("lane")?)?,
        intent: row.try_get::<Option<i64>>("intent_id")?.map(IntentId),
    })
}

pub(super) fn attempt(row: &Row) -> Result<Attempt, StoreError> {
    Ok(Attempt {
        hash: hash("attempts.hash", &row.try_get::<Vec<u8>>("hash")?)?,
        chain: ChainId(number("attempts.chain_id", row, "chain_id")?),
        signer: address("attempts.signer", &row.try_get::<Vec<u8>>("signer")?)?,
        nonce: number("attempts.nonce", row, "nonce")?,
        kind: parse("attempts.kind", &row.try_get::<String>("kind")?)?,
        intent: row.try_get::<Option<i64>>("intent_id")?.map(IntentId),
        raw: row.try_get::<Vec<u8>>("raw")?.into(),
        max_fee: wei_per_gas("attempts.max_fee", row, "max_fee")?,
        priority_fee: wei_per_gas("attempts.priority_fee", row, "priority_fee")?,
        gas: number("attempts.gas", row, "gas")?,
        max_cost: blob_u256("attempts.max_cost", row, "max_cost")?,
        signed_at_ms: number("attempts.signed_at_ms", row, "signed_at_ms")?,
        offered_at_ms: number_option("attempts.offered_at_ms", row, "offered_at_ms")?,
        included: included(row)?,
    })
}
