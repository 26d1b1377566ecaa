//! Messages that are signed, with their flaws.

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolCall;

use super::{
    abi::{AttestationEntry, GuardianApproval, IContractSigner, IWallets, RecoveryApproval},
    action::{Entry, Flaw},
    encode::Call,
    fixture::{BadgeRules, Fixture, GUARDIANS, signers},
    model::{DAY, Model},
};

/// What goes to the contract of wallets when guardians propose.
pub(super) fn proposal(
    world: &Fixture,
    model: &Model,
    (wallet, to): (u64, usize),
    approvals: u8,
    flaw: Flaw,
    now: u64,
) -> Vec<u8> {
    let deadline = deadline(flaw, now);
    let other_to = world.accounts[if flaw == Flaw::OtherValue {
        (to + 1) % world.accounts.len()
    } else {
        to
    }];
    let message = RecoveryApproval {
        wallet: U256::from(wallet),
        to: other_to,
        nonce: U256::from(nonce(model.recovery_nonce(wallet).into(), flaw)),
        deadline,
    };
    let digest = world.digest(&message, flaw);
    let approvals = (0..GUARDIANS)
        .filter(|guardian| approvals >> guardian & 1 != 0)
        .map(|guardian| GuardianApproval {
            guardian: world.guardians[guardian],
            signature: Fixture::signed(&signers().guardians[guardian].0, digest, flaw).into(),
        });
    let call = IWallets::proposeRecoveryCall {
        wallet: U256::from(wallet),
        to: world.accounts[to],
        deadline,
        approvals: approvals.collect(),
    };
    call.abi_encode()
}

/// The entries of a batch: several of one wallet and skill count on.
pub(super) fn batch(model: &Model, entries: &[Entry], flaw: Flaw) -> Vec<AttestationEntry> {
    let mut list = Vec::new();
    for (place, entry) in entries.iter().enumerate() {
        let before = entries[..place]
            .iter()
            .filter(|one| (one.wallet, one.skill) == (entry.wallet, entry.skill));
        let next = u64::from(model.nonces(entry.wallet, entry.skill).0) + before.count() as u64;
        list.push(AttestationEntry {
            wallet: U256::from(entry.wallet),
            skill: entry.skill,
            xp: entry.xp,
            nonce: short(nonce(next, flaw)),
        });
    }
    list
}

pub(super) fn approval(world: &Fixture, digest: alloy_primitives::B256, signature: &[u8]) -> Call {
    let call = IContractSigner::approveCall {
        digest,
        signature: signature.to_vec().into(),
    };
    Call {
        from: world.stranger,
        to: world.validators[2],
        data: call.abi_encode(),
    }
}

pub(super) fn members_of(world: &Fixture, members: u8) -> Vec<Address> {
    (0..GUARDIANS)
        .filter(|guardian| members >> guardian & 1 != 0)
        .map(|guardian| world.guardians[guardian])
        .collect()
}

pub(super) fn id_of(badge: usize) -> U256 {
    U256::from(BadgeRules::of(badge).id)
}

/// The last second counts.
pub(super) fn deadline(flaw: Flaw, now: u64) -> U256 {
    U256::from(match flaw {
        Flaw::Expired => now - 1,
        // Anything from this second on.
        _ => now + now % 3 * DAY,
    })
}

pub(super) fn nonce(next: u64, flaw: Flaw) -> u64 {
    match flaw {
        Flaw::NonceAhead => next + 1,
        Flaw::NonceBehind => next.checked_sub(1).unwrap_or(next + 2),
        _ => next,
    }
}

pub(super) fn short(nonce: u64) -> u32 {
    u32::try_from(nonce).unwrap_or(u32::MAX)
}

pub(super) fn other(xp: u32, flaw: Flaw) -> u32 {
    if flaw == Flaw::OtherValue { xp ^ 1 } else { xp }
}
