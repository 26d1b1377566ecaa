//! The parts of the nodes' answers that are used. Chains add fields and types of their own; what is not used is not
//! parsed.

use alloy::consensus::{Eip658Value, Receipt, ReceiptWithBloom, TxReceipt as _};
use alloy::primitives::{Address, B256, Bloom, Bytes, Log, LogData, U64, U256};
use alloy::rlp::Encodable as _;
use alloy::trie::root::ordered_trie_root_encoded;
use serde::{Deserialize, Deserializer};

use super::header::WrittenHeader;
use crate::model::{BlockRef, Height};

/// The type of an OP-stack deposit, whose receipt carries two more fields.
const OP_DEPOSIT: u64 = 0x7e;

/// A block's header.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "WrittenHeader")]
pub(super) struct Header {
    pub(super) number: U64,
    pub(super) hash: B256,
    pub(super) parent_hash: B256,
    pub(super) timestamp: U64,
    pub(super) logs_bloom: Bloom,
    pub(super) receipts_root: B256,
    /// Its hash is that of its fields: nothing of it can be another block's.
    pub(super) bound: bool,
}

impl Header {
    pub(super) fn height(&self) -> Height {
        Height(self.number.to())
    }

    pub(super) fn block(&self) -> BlockRef {
        BlockRef {
            height: self.height(),
            hash: self.hash,
            parent: self.parent_hash,
            time: self.timestamp.to(),
        }
    }
}

/// Null counts as absent.
fn absent<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(from: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

/// A log as it is written, all fields side by side. alloy's type nests them, which costs several times the work to
/// parse; a backfill spends most of its time here.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FlatLog {
    address: Address,
    topics: Vec<B256>,
    data: Bytes,
    block_hash: Option<B256>,
    block_number: Option<U64>,
    transaction_hash: Option<B256>,
    transaction_index: Option<U64>,
    log_index: Option<U64>,
    #[serde(default, deserialize_with = "absent")]
    removed: bool,
}

impl From<FlatLog> for alloy::rpc::types::Log {
    fn from(log: FlatLog) -> Self {
        Self {
            inner: Log {
                address: log.address,
                data: LogData::new_unchecked(log.topics, log.data),
            },
            block_hash: log.block_hash,
            block_number: log.block_number.map(|n| n.to()),
            block_timestamp: None,
            transaction_hash: log.transaction_hash,
            transaction_index: log.transaction_index.map(|n| n.to()),
            log_index: log.log_index.map(|n| n.to()),
            removed: log.removed,
        }
    }
}

/// A transaction's receipt.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TxReceipt {
    pub(super) transaction_hash: B256,
    pub(super) block_hash: B256,
    pub(super) block_number: U64,
    #[serde(default, deserialize_with = "absent")]
    pub(super) from: Address,
    #[serde(rename = "type", default, deserialize_with = "absent")]
    pub(super) kind: U64,
    /// Absent before Byzantium.
    #[serde(default, deserialize_with = "absent")]
    pub(super) status: U64,
    pub(super) gas_used: U256,
    pub(super) cumulative_gas_used: U64,
    #[serde(default, deserialize_with = "absent")]
    pub(super) effective_gas_price: U256,
    #[serde(default, deserialize_with = "absent")]
    pub(super) l1_fee: Option<U256>,
    /// Of the OP stack since Isthmus: millionths of a wei per gas, and wei.
    #[serde(default, deserialize_with = "absent")]
    pub(super) operator_fee_scalar: U256,
    #[serde(default, deserialize_with = "absent")]
    pub(super) operator_fee_constant: U256,
    #[serde(default, deserialize_with = "absent")]
    pub(super) deposit_nonce: Option<U64>,
    #[serde(default, deserialize_with = "absent")]
    pub(super) deposit_receipt_version: Option<U64>,
    #[serde(default, deserialize_with = "absent")]
    pub(super) logs: Vec<alloy::rpc::types::Log>,
}

impl TxReceipt {
    /// What a rollup took besides gas, in wei; rounds up.
    pub(super) fn besides_gas(&self) -> U256 {
        let scaled = self.gas_used.saturating_mul(self.operator_fee_scalar);
        let operator = scaled
            .div_ceil(U256::from(1_000_000))
            .saturating_add(self.operator_fee_constant);
        operator.saturating_add(self.l1_fee.unwrap_or_default())
    }

    /// Its bytes in the receipts trie.
    fn encoded(&self) -> Vec<u8> {
        let receipt: ReceiptWithBloom<Receipt<Log>> = Receipt {
            status: Eip658Value::Eip658(!self.status.is_zero()),
            cumulative_gas_used: self.cumulative_gas_used.to(),
            logs: self.logs.iter().map(|log| log.inner.clone()).collect(),
        }
        .into_with_bloom();
        let mut out = Vec::new();
        let kind: u64 = self.kind.to();
        if kind != 0 {
            out.push(u8::try_from(kind).unwrap_or(u8::MAX));
        }
        if kind == OP_DEPOSIT {
            self.encode_deposit(&receipt, &mut out);
            return out;
        }
        receipt.encode(&mut out);
        out
    }

    /// An OP-stack deposit's receipt ends with the deposit's nonce, and since Canyon with a version.
    fn encode_deposit(&self, receipt: &ReceiptWithBloom<Receipt<Log>>, out: &mut Vec<u8>) {
        let mut payload = Vec::new();
        receipt.receipt.status.encode(&mut payload);
        receipt.receipt.cumulative_gas_used.encode(&mut payload);
        receipt.logs_bloom.encode(&mut payload);
        receipt.receipt.logs.encode(&mut payload);
        for field in [self.deposit_nonce, self.deposit_receipt_version].into_iter().flatten() {
            field.encode(&mut payload);
        }
        alloy::rlp::Header {
            list: true,
            payload_length: payload.len(),
        }
        .encode(out);
        out.extend_from_slice(&payload);
    }

    /// Polygon appends the receipt of its state sync to a block without counting it in the header.
    fn is_uncounted(&self) -> bool {
        self.from.is_zero() && self.gas_used.is_zero() && self.cumulative_gas_used.is_zero()
    }
}

/// Whether these are all the receipts of the block with this header, in order.
pub(super) fn receipts_match(header: &Header, receipts: &[TxReceipt]) -> bool {
    let root = |receipts: &[TxReceipt]| {
        let encoded: Vec<Vec<u8>> = receipts.iter().map(TxReceipt::encoded).collect();
        ordered_trie_root_encoded(&encoded)
    };
    if receipts.iter().any(|r| r.block_hash != header.hash) {
        return false;
    }
    if root(receipts) == header.receipts_root {
        return true;
    }
    match receipts.split_last() {
        Some((last, counted)) if last.is_uncounted() => root(counted) == header.receipts_root,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// TX-20
    #[test]
    fn a_rollups_receipt_costs_its_operator_too() {
        let mut receipt = json!({
            "transactionHash": B256::ZERO, "blockHash": B256::ZERO, "blockNumber": "0x1", "gasUsed": "0xea60",
            "cumulativeGasUsed": "0xea60", "l1Fee": "0x64",
        });
        let besides = |receipt: &serde_json::Value| {
            serde_json::from_value::<TxReceipt>(receipt.clone())
                .unwrap()
                .besides_gas()
        };
        assert_eq!(besides(&receipt), U256::from(100));
        receipt["operatorFeeScalar"] = json!("0x1");
        receipt["operatorFeeConstant"] = json!("0x5");
        assert_eq!(
            besides(&receipt),
            U256::from(100 + 1 + 5),
            "60,000 millionths are rounded up"
        );
    }
}
