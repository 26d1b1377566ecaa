//! How numbers and bytes lie in a row.

use alloy::primitives::{Address, B256, U256};

use crate::store::StoreError;

/// An error that names what does not decode.
pub(crate) fn corrupt(what: &'static str, value: impl std::fmt::Debug) -> StoreError {
    StoreError::Corrupt {
        what,
        value: format!("{value:?}"),
    }
}

/// An unsigned number as SQLite's integer.
pub(crate) fn int(what: &'static str, value: u64) -> Result<i64, StoreError> {
    i64::try_from(value).map_err(|_| corrupt(what, value))
}

/// SQLite's integer as an unsigned number.
pub(crate) fn unsigned(what: &'static str, value: i64) -> Result<u64, StoreError> {
    u64::try_from(value).map_err(|_| corrupt(what, value))
}

/// 32 bytes as a hash.
pub(crate) fn hash(what: &'static str, bytes: &[u8]) -> Result<B256, StoreError> {
    B256::try_from(bytes).map_err(|_| corrupt(what, bytes))
}

/// 20 bytes as an address.
pub(crate) fn address(what: &'static str, bytes: &[u8]) -> Result<Address, StoreError> {
    Address::try_from(bytes).map_err(|_| corrupt(what, bytes))
}

/// 32 bytes, big-endian, as a number.
pub(crate) fn u256(what: &'static str, bytes: &[u8]) -> Result<U256, StoreError> {
    <[u8; 32]>::try_from(bytes)
        .map(U256::from_be_bytes)
        .map_err(|_| corrupt(what, bytes))
}
