//! Signatures as the verifier contract reads them.

use alloy::primitives::{Bytes, Signature};

/// Signatures as the verifier reads them: their number in one byte, then EIP-2098 compact entries, ascending by signer.
/// The caller gives them in that order, at most 255.
#[must_use]
pub fn encode<'a>(ascending: impl ExactSizeIterator<Item = &'a Signature>) -> Bytes {
    let mut bytes = vec![u8::try_from(ascending.len()).unwrap_or(u8::MAX)];
    for signature in ascending {
        bytes.extend_from_slice(&signature.as_erc2098());
    }
    bytes.into()
}
