//! Messages that are signed, with their flaws.

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::SolCall;

use super::{
    abi::{AnnouncementCancellation, AttestationEntry, GuardianApproval, IContractSigner, IWallets, RecoveryApproval},
    encode::Call,
    fixture::{BadgeRules, Fixture, GUARDIANS, signers},
    flaw::{Entry, Flaw, Moment, Slip},
    model::{DAY, Model},
};

/// What guardians sign to bring a wallet to an account.
pub(super) fn recovery(
    world: &Fixture,
    model: &Model,
    (wallet, to): (u64, usize),
    flaw: Flaw,
    now: u64,
) -> RecoveryApproval {
    RecoveryApproval {
        wallet: U256::from(wallet),
        to: world.accounts[if flaw == Flaw::OtherValue {
            (to + 1) % world.accounts.len()
        } else {
            to
        }],
        nonce: U256::from(nonce(model.guardians_nonce(wallet), flaw)),
        deadline: deadline(flaw, now),
    }
}

/// What goes to the contract of wallets when guardians propose.
pub(super) fn proposal(
    world: &Fixture,
    model: &Model,
    (wallet, to): (u64, usize),
    approvals: &[u8],
    flaw: Flaw,
    now: u64,
) -> Vec<u8> {
    let message = recovery(world, model, (wallet, to), flaw, now);
    let call = IWallets::proposeRecoveryCall {
        wallet: U256::from(wallet),
        to: world.accounts[to],
        deadline: message.deadline,
        approvals: approved(world, approvals, world.digest(&message, flaw), flaw),
    };
    call.abi_encode()
}

/// What goes to it when they end an announcement.
pub(super) fn cancellation(
    world: &Fixture,
    model: &Model,
    (wallet, what): (u64, Moment),
    approvals: &[u8],
    flaw: Flaw,
    now: u64,
) -> Vec<u8> {
    let ripens_at = U256::from(model.moment(wallet, what, now));
    let message = AnnouncementCancellation {
        wallet: U256::from(wallet),
        ripensAt: if flaw == Flaw::OtherValue {
            ripens_at + U256::ONE
        } else {
            ripens_at
        },
        nonce: U256::from(nonce(model.guardians_nonce(wallet), flaw)),
        deadline: deadline(flaw, now),
    };
    let call = IWallets::cancelAnnouncementCall {
        wallet: U256::from(wallet),
        ripensAt: ripens_at,
        deadline: message.deadline,
        approvals: approved(world, approvals, world.digest(&message, flaw), flaw),
    };
    call.abi_encode()
}

/// Approvals one after the other as the list says; behind the guardians, a stranger's in its own name.
fn approved(world: &Fixture, approvals: &[u8], digest: B256, flaw: Flaw) -> Vec<GuardianApproval> {
    let one = |number: &u8| match signers().guardians.get(usize::from(*number)) {
        Some((key, _)) => GuardianApproval {
            guardian: world.guardians[usize::from(*number)],
            signature: Fixture::signed(key, digest, flaw).into(),
        },
        None => GuardianApproval {
            guardian: world.stranger,
            signature: Fixture::signed_by_stranger(digest).into(),
        },
    };
    approvals.iter().map(one).collect()
}

/// Turn and epoch of each entry of a batch: several of one wallet and skill count on.
pub(super) fn turns(model: &Model, by: usize, entries: &[Entry]) -> Vec<(u32, u32)> {
    let mut list = Vec::new();
    for (place, entry) in entries.iter().enumerate() {
        let before = entries[..place]
            .iter()
            .filter(|one| (one.wallet, one.skill) == (entry.wallet, entry.skill));
        let next = u64::from(model.nonces(entry.wallet, entry.skill).0) + before.count() as u64;
        let flaw = match entry.slip {
            Slip::Ahead => Flaw::NonceAhead,
            Slip::Behind => Flaw::NonceBehind,
            Slip::None | Slip::Epoch => Flaw::None,
        };
        let slipped = if entry.slip == Slip::Epoch {
            Flaw::OtherEpoch
        } else {
            Flaw::None
        };
        list.push((short(nonce(next, flaw)), epoch(model.epoch(by, entry.skill), slipped)));
    }
    list
}

/// The entries of a batch.
pub(super) fn batch(model: &Model, by: usize, entries: &[Entry]) -> Vec<AttestationEntry> {
    let turns = turns(model, by, entries);
    let one = |(entry, (nonce, epoch)): (&Entry, (u32, u32))| AttestationEntry {
        wallet: U256::from(entry.wallet),
        skill: entry.skill,
        xp: entry.xp,
        nonce,
        epoch,
    };
    entries.iter().zip(turns).map(one).collect()
}

pub(super) fn approval(world: &Fixture, digest: B256, signature: &[u8]) -> Call {
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

pub(super) fn members_of(world: &Fixture, members: &[u8]) -> Vec<Address> {
    let one = |number: &u8| world.guardians.get(usize::from(*number)).copied().unwrap_or_default();
    members.iter().map(one).collect()
}

/// The numbers of a set of guardians, ascending.
pub(super) fn numbers_of(set: u8) -> Vec<u8> {
    (0..GUARDIANS as u8).filter(|number| set >> number & 1 != 0).collect()
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
        // Of the set of guardians before, or of the next one.
        Flaw::OtherEpoch => next.checked_sub(1 << 32).unwrap_or(next + (1 << 32)),
        _ => next,
    }
}

/// The epoch before, or the next one where there is none.
pub(super) fn epoch(current: u32, flaw: Flaw) -> u32 {
    if flaw == Flaw::OtherEpoch {
        current.checked_sub(1).unwrap_or(1)
    } else {
        current
    }
}

pub(super) fn short(nonce: u64) -> u32 {
    u32::try_from(nonce).unwrap_or(u32::MAX)
}

pub(super) fn other(xp: u32, flaw: Flaw) -> u32 {
    if flaw == Flaw::OtherValue { xp ^ 1 } else { xp }
}
