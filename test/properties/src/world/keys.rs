//! Keys that sign, the same in every run.

use alloy_primitives::{Address, B256, U256, keccak256};
use k256::ecdsa::SigningKey;

/// The order of the curve, lowest limb first.
const ORDER: [u64; 4] = [
    0xbfd2_5e8c_d036_4141,
    0xbaae_dce6_af48_a03b,
    0xffff_ffff_ffff_fffe,
    0xffff_ffff_ffff_ffff,
];

/// The key of a name and a number.
pub(crate) fn key(name: &str, number: usize) -> SigningKey {
    let mut secret = keccak256(format!("{name} {number}"));
    // Below the order of the curve, and not zero.
    (secret[0], secret[31]) = (0, secret[31] | 1);
    SigningKey::from_slice(secret.as_slice()).expect("a number below the order")
}

/// The account of a key.
pub(crate) fn address_of(key: &SigningKey) -> Address {
    let point = key.verifying_key().to_encoded_point(false);
    Address::from_slice(&keccak256(&point.as_bytes()[1..])[12..])
}

/// r, s and v of a signature.
pub(crate) fn sign(key: &SigningKey, digest: B256) -> Vec<u8> {
    let (signature, recovery) = key.sign_prehash_recoverable(digest.as_slice()).expect("32 bytes");
    let mut bytes = signature.to_bytes().to_vec();
    bytes.push(27 + recovery.to_byte());
    bytes
}

/// The other signature that a key's holder did not make: n - s, and the other v.
pub(crate) fn other_half(mut signature: Vec<u8>) -> Vec<u8> {
    let s = U256::from_be_slice(&signature[32..64]);
    signature[32..64].copy_from_slice(&(U256::from_limbs(ORDER) - s).to_be_bytes::<32>());
    signature[64] = 55 - signature[64];
    signature
}
