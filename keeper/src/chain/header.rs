//! Headers and their hashes. Whoever believes a bloom or a root believes the endpoint that gave it, unless it is part
//! of what the block's hash is the hash of. Where a chain's headers hash as Ethereum's do, each is checked by itself;
//! elsewhere a read quorum has to say the same.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use alloy::consensus;
use alloy::primitives::{Address, B64, B256, Bloom, Bytes, U64, U256};
use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use serde::Deserialize;

use super::call::CallError;
use super::endpoint::Endpoint;
use super::rpc::RpcChain;
use super::wire::Header;

/// A header as it is written, with the fields that its hash is made of. A chain may lack some, or have more.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WrittenHeader {
    number: U64,
    hash: B256,
    parent_hash: B256,
    timestamp: U64,
    logs_bloom: Bloom,
    receipts_root: B256,
    sha3_uncles: Option<B256>,
    miner: Option<Address>,
    state_root: Option<B256>,
    transactions_root: Option<B256>,
    difficulty: Option<U256>,
    gas_limit: Option<U64>,
    gas_used: Option<U64>,
    extra_data: Option<Bytes>,
    mix_hash: Option<B256>,
    nonce: Option<B64>,
    base_fee_per_gas: Option<U64>,
    withdrawals_root: Option<B256>,
    blob_gas_used: Option<U64>,
    excess_blob_gas: Option<U64>,
    parent_beacon_block_root: Option<B256>,
    requests_hash: Option<B256>,
}

impl WrittenHeader {
    /// The hash of its fields; `None` where one is missing that every header of Ethereum's kind has.
    fn hashed(&self) -> Option<B256> {
        let header = consensus::Header {
            parent_hash: self.parent_hash,
            ommers_hash: self.sha3_uncles?,
            beneficiary: self.miner?,
            state_root: self.state_root?,
            transactions_root: self.transactions_root?,
            receipts_root: self.receipts_root,
            logs_bloom: self.logs_bloom,
            difficulty: self.difficulty?,
            number: self.number.to(),
            gas_limit: self.gas_limit?.to(),
            gas_used: self.gas_used?.to(),
            timestamp: self.timestamp.to(),
            extra_data: self.extra_data.clone()?,
            mix_hash: self.mix_hash?,
            nonce: self.nonce?,
            base_fee_per_gas: self.base_fee_per_gas.map(|fee| fee.to()),
            withdrawals_root: self.withdrawals_root,
            blob_gas_used: self.blob_gas_used.map(|gas| gas.to()),
            excess_blob_gas: self.excess_blob_gas.map(|gas| gas.to()),
            parent_beacon_block_root: self.parent_beacon_block_root,
            requests_hash: self.requests_hash,
            ..consensus::Header::default()
        };
        Some(header.hash_slow())
    }
}

impl From<WrittenHeader> for Header {
    fn from(written: WrittenHeader) -> Self {
        Self {
            bound: written.hashed() == Some(written.hash),
            number: written.number,
            hash: written.hash,
            parent_hash: written.parent_hash,
            timestamp: written.timestamp,
            logs_bloom: written.logs_bloom,
            receipts_root: written.receipts_root,
        }
    }
}

/// Whether a chain's headers hash as Ethereum's do, as its last final block showed.
#[derive(Default)]
pub(super) struct Binding(AtomicBool);

impl Binding {
    /// A read quorum agreed on a final block, and gave these headers of it.
    pub(super) fn learn(&self, bound: bool) {
        self.0.store(bound, Ordering::Relaxed);
    }
}

impl RpcChain {
    /// Believes headers of one endpoint that their hash does not bind only if a read quorum gives the same; on a chain
    /// whose final blocks are bound it takes two in any case, since such a header is either that of a new kind or a
    /// lie.
    pub(super) async fn vouch(&self, endpoint: &Arc<Endpoint>, unbound: &[Header]) -> Result<(), CallError> {
        let needed = self
            .quorum()
            .max(if self.binding.0.load(Ordering::Relaxed) { 2 } else { 1 });
        let (Some(first), Some(last)) = (unbound.first(), unbound.last()) else {
            return Ok(());
        };
        if needed < 2 {
            return Ok(());
        }
        let voters = self.voters();
        let others = voters.iter().filter(|other| !Arc::ptr_eq(other, endpoint));
        let mut asked: FuturesUnordered<_> = others.map(|e| e.headers(first.height(), last.height())).collect();
        let mut votes = vec![1_usize; unbound.len()];
        while let Some(headers) = asked.next().await {
            let headers = headers.unwrap_or_default();
            for (header, votes) in unbound.iter().zip(&mut votes) {
                *votes = votes.saturating_add(usize::from(headers.contains(header)));
            }
            if votes.iter().all(|votes| *votes >= needed) {
                return Ok(());
            }
        }
        Err(CallError::Contradiction(format!(
            "bloom and roots of block {} are not those of its hash, and fewer than {needed} endpoints give the same",
            first.height()
        )))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// Block 1 of Ethereum.
    fn block_1() -> Value {
        json!({
            "number": "0x1",
            "hash": "0x88e96d4537bea4d9c05d12549907b32561d3bf31f45aae734cdc119f13406cb6",
            "parentHash": "0xd4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3",
            "timestamp": "0x55ba4224",
            "logsBloom": Bloom::ZERO,
            "receiptsRoot": "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421",
            "sha3Uncles": "0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347",
            "miner": "0x05a56e2d52c817161883f50c441c3228cfe54d9f",
            "stateRoot": "0xd67e4d450343046425ae4271474353857ab860dbc0a1dde64b41b5cd3a532bf3",
            "transactionsRoot": "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421",
            "difficulty": "0x3ff800000",
            "gasLimit": "0x1388",
            "gasUsed": "0x0",
            "extraData": "0x476574682f76312e302e302f6c696e75782f676f312e342e32",
            "mixHash": "0x969b900de27b6ac6a67742365dd65f55a0526c41fd18e1b16f1a1215c2e66f59",
            "nonce": "0x539bd4979fef1ec4",
        })
    }

    fn bound(header: Value) -> bool {
        serde_json::from_value::<Header>(header).unwrap().bound
    }

    /// CHAIN-11
    #[test]
    fn a_header_is_bound_by_its_hash_or_not_at_all() {
        assert!(bound(block_1()), "the hash of Ethereum's block 1");
        let mut bloom = block_1();
        bloom["logsBloom"] = json!(Bloom::repeat_byte(1));
        assert!(!bound(bloom), "another bloom");
        let mut short = block_1();
        short["mixHash"] = Value::Null;
        assert!(!bound(short), "a chain whose headers have no such field");
    }
}
