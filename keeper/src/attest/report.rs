//! What is signed, bit for bit as the contracts have it.

use alloy::primitives::{Address, B256, Bytes, Signature, U256};
use alloy::sol_types::{SolStruct as _, eip712_domain};

use crate::jobs::update_prices::feed_id;
use crate::sources::Price;
use crate::types::ChainId;

alloy::sol! {
    /// The EIP-712 struct of a report.
    #[derive(Debug, PartialEq, Eq)]
    struct PriceReport {
        bytes32 feedId;
        int256 price;
        uint256 observedAt;
        uint32 setId;
    }
}

/// A report before it is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Chain.
    pub chain: ChainId,
    /// Feed contract: the verifying contract of the domain.
    pub contract: Address,
    /// Feed's id, e.g. `EUR/USD`.
    pub feed: String,
    /// Price.
    pub price: Price,
    /// Epoch, in seconds.
    pub observed_at: u64,
    /// Signer set that is meant.
    pub set_id: u32,
}

impl Report {
    /// EIP-712 digest in the domain ("Fluxion PriceFeed", "1", chain, feed contract).
    #[must_use]
    pub fn digest(&self) -> B256 {
        let domain = eip712_domain! {
            name: "Fluxion PriceFeed",
            version: "1",
            chain_id: self.chain.0,
            verifying_contract: self.contract,
        };
        let report = PriceReport {
            feedId: feed_id(&self.feed),
            price: self.price.to_chain(),
            observedAt: U256::from(self.observed_at),
            setId: self.set_id,
        };
        report.eip712_signing_hash(&domain)
    }
}

/// Signatures as the verifier reads them: their number in one byte, then EIP-2098 compact entries, ascending by signer. The
/// caller gives them in that order, at most 255.
#[must_use]
pub fn encode<'a>(ascending: impl ExactSizeIterator<Item = &'a Signature>) -> Bytes {
    let mut bytes = vec![u8::try_from(ascending.len()).unwrap_or(u8::MAX)];
    for signature in ascending {
        bytes.extend_from_slice(&signature.as_erc2098());
    }
    bytes.into()
}
