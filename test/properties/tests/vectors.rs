//! SKILL-14: what the suite of skills signs is what test/vectors/skill_messages.json says, which forge's tests hold the
//! contract to.

use alloy_primitives::{Address, B256, Bytes, U256, hex, keccak256};
use alloy_sol_types::{SolStruct, eip712_domain};
use fluxion_properties::suites::skills::abi::{
    AnnouncementCancellation, Attestation, AttestationBatch, AttestationEntry, MintConsent, RecoveryApproval,
    Revocation,
};
use k256::ecdsa::{RecoveryId, Signature, VerifyingKey};
use serde_json::Value;

fn vectors() -> Value {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../vectors/skill_messages.json");
    serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name]
        .as_str()
        .unwrap_or_else(|| panic!("no text {name} in {value}"))
}

fn number(value: &Value, name: &str) -> U256 {
    text(value, name).parse().unwrap()
}

fn small<T: TryFrom<u64>>(value: &Value, name: &str) -> T {
    T::try_from(number(value, name).to::<u64>())
        .ok()
        .unwrap_or_else(|| panic!("{name} is too large"))
}

fn account(value: &Value, name: &str) -> Address {
    text(value, name).parse().unwrap()
}

fn word(value: &Value, name: &str) -> B256 {
    text(value, name).parse().unwrap()
}

/// Struct hash, digest and the hash of its type, as alloy makes them.
fn hashes(kind: &str, values: &Value, domain: &alloy_sol_types::Eip712Domain) -> (B256, B256, B256) {
    fn of(message: &impl SolStruct, domain: &alloy_sol_types::Eip712Domain) -> (B256, B256, B256) {
        (
            message.eip712_hash_struct(),
            message.eip712_signing_hash(domain),
            message.eip712_type_hash(),
        )
    }
    let v = values;
    let deadline = number(v, "deadline");
    match kind {
        "MintConsent" => of(
            &MintConsent {
                account: account(v, "account"),
                burnAuth: small(v, "burnAuth"),
                nonce: number(v, "nonce"),
                deadline,
            },
            domain,
        ),
        "Attestation" => of(
            &Attestation {
                validator: account(v, "validator"),
                wallet: number(v, "wallet"),
                skill: small(v, "skill"),
                xp: small(v, "xp"),
                nonce: small(v, "nonce"),
                epoch: small(v, "epoch"),
                deadline,
            },
            domain,
        ),
        "AttestationBatch" => of(
            &AttestationBatch {
                validator: account(v, "validator"),
                entries: v["entries"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|entry| AttestationEntry {
                        wallet: number(entry, "wallet"),
                        skill: small(entry, "skill"),
                        xp: small(entry, "xp"),
                        nonce: small(entry, "nonce"),
                        epoch: small(entry, "epoch"),
                    })
                    .collect(),
                deadline,
            },
            domain,
        ),
        "Revocation" => of(
            &Revocation {
                validator: account(v, "validator"),
                wallet: number(v, "wallet"),
                skill: small(v, "skill"),
                xp: small(v, "xp"),
                nonce: small(v, "nonce"),
                epoch: small(v, "epoch"),
                deadline,
            },
            domain,
        ),
        "AnnouncementCancellation" => of(
            &AnnouncementCancellation {
                wallet: number(v, "wallet"),
                ripensAt: number(v, "ripensAt"),
                nonce: number(v, "nonce"),
                deadline,
            },
            domain,
        ),
        "RecoveryApproval" => of(
            &RecoveryApproval {
                wallet: number(v, "wallet"),
                to: account(v, "to"),
                nonce: number(v, "nonce"),
                deadline,
            },
            domain,
        ),
        other => panic!("no struct {other}"),
    }
}

/// Who signed.
fn signer(digest: B256, signature: &str) -> Address {
    let bytes: Bytes = hex::decode(signature).unwrap().into();
    let parsed = Signature::from_slice(&bytes[..64]).unwrap();
    assert!(parsed.normalize_s().is_none(), "the lower half of the curve");
    let recovery = RecoveryId::from_byte(bytes[64] - 27).unwrap();
    let key = VerifyingKey::recover_from_prehash(digest.as_slice(), &parsed, recovery).unwrap();
    Address::from_slice(&keccak256(&key.to_encoded_point(false).as_bytes()[1..])[12..])
}

#[test]
fn every_signed_struct_of_skills_is_that_of_the_vectors() {
    let vectors = vectors();
    let mut kinds = std::collections::BTreeSet::new();
    for world in vectors["worlds"].as_array().unwrap() {
        let domain = eip712_domain! {
            name: text(&vectors, "domainName").to_owned(),
            version: text(&vectors, "domainVersion").to_owned(),
            chain_id: number(world, "chainId").to::<u64>(),
            verifying_contract: account(world, "contract"),
        };
        assert_eq!(domain.separator(), word(world, "domainSeparator"), "SKILL-14");
        for message in world["messages"].as_array().unwrap() {
            let kind = text(message, "struct");
            let (body, digest, type_hash) = hashes(kind, &message["values"], &domain);
            assert_eq!(body, word(message, "structHash"), "SKILL-14: {message}");
            assert_eq!(digest, word(message, "digest"), "SKILL-14: {message}");
            assert_eq!(type_hash, word(&vectors["typeHashes"], kind), "SKILL-14: {kind}");
            kinds.insert(kind.to_owned());
            for (number, signature) in message["signatures"].as_array().unwrap().iter().enumerate() {
                let should = match kind {
                    "MintConsent" => account(&vectors, "holder"),
                    "AnnouncementCancellation" | "RecoveryApproval" => {
                        vectors["guardians"][number].as_str().unwrap().parse().unwrap()
                    }
                    _ => account(&vectors, "validator"),
                };
                assert_eq!(
                    signer(digest, signature.as_str().unwrap()),
                    should,
                    "SKILL-14: {message}"
                );
            }
        }
    }
    assert_eq!(kinds.len(), 6, "SKILL-14: every struct");
}
