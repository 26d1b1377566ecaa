//! Actions as calls: who sends which bytes where.

use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::SolCall;

use super::{
    abi::{
        Attestation, AttestationBatch, IBadges, ISafeTransfers, ISafeTransfersWithData, IWallets, MintConsent,
        Revocation,
    },
    action::Action,
    fixture::{BadgeRules, Fixture, signers},
    flaw::Flaw,
    message::{
        approval, batch, cancellation, deadline, epoch, id_of, members_of, nonce, other, proposal, recovery, short,
    },
    model::Model,
};

/// A call.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) from: Address,
    pub(crate) to: Address,
    pub(crate) data: Vec<u8>,
}

/// The calls of an action other than waiting and stories: what prepares it, and itself. `None` where there is nothing
/// to replay.
pub(crate) fn encode(world: &Fixture, model: &Model, action: &Action, now: u64) -> Option<(Option<Call>, Call)> {
    let person = |who: usize| world.accounts[who];
    let wallets = |from: Address, data: Vec<u8>| {
        Some((
            None,
            Call {
                from,
                to: world.wallets,
                data,
            },
        ))
    };
    let badges = |from: Address, data: Vec<u8>| {
        Some((
            None,
            Call {
                from,
                to: world.badges,
                data,
            },
        ))
    };
    let (admin, anybody) = (world.admin, world.stranger);
    match action {
        Action::Wait { .. } | Action::Rescue { .. } => None,
        Action::Mint { who, auth } => wallets(person(*who), IWallets::mintCall { burnAuth: *auth }.abi_encode()),
        Action::MintFor { account, auth, flaw } => {
            let account = (*account).min(signers().people.len() - 1);
            let deadline = deadline(*flaw, now);
            let message = MintConsent {
                account: person(account),
                burnAuth: if *flaw == Flaw::OtherValue {
                    (auth + 1) % 4
                } else {
                    *auth
                },
                nonce: U256::from(nonce(model.mint_nonce(account), *flaw)),
                deadline,
            };
            let signature = Fixture::signed(&signers().people[account], world.digest(&message, *flaw), *flaw);
            let call = IWallets::mintForCall {
                account: person(account),
                burnAuth: *auth,
                deadline,
                signature: signature.into(),
            };
            wallets(anybody, call.abi_encode())
        }
        Action::Burn { who } => wallets(person(*who), IWallets::burnCall {}.abi_encode()),
        Action::BurnByIssuer { wallet } => wallets(
            admin,
            IWallets::burnByIssuerCall {
                wallet: U256::from(*wallet),
            }
            .abi_encode(),
        ),
        Action::Attest { by, entry, flaw } => {
            let sent = Attestation {
                validator: world.validators[*by],
                wallet: U256::from(entry.wallet),
                skill: entry.skill,
                xp: entry.xp,
                nonce: short(nonce(model.nonces(entry.wallet, entry.skill).0.into(), *flaw)),
                epoch: epoch(model.epoch(*by, entry.skill), *flaw),
                deadline: deadline(*flaw, now),
            };
            let signed = Attestation {
                xp: other(entry.xp, *flaw),
                ..sent.clone()
            };
            let (signature, told) = world.signed_by_validator(*by, world.digest(&signed, *flaw), *flaw);
            let told = told.then(|| approval(world, world.digest(&signed, *flaw), &signature));
            let call = IWallets::attestCall {
                attestation: sent,
                signature: signature.into(),
            };
            Some((
                told,
                Call {
                    from: anybody,
                    to: world.wallets,
                    data: call.abi_encode(),
                },
            ))
        }
        Action::AttestBatch { by, entries, flaw } => {
            let deadline = deadline(*flaw, now);
            let sent = batch(model, *by, entries);
            let mut signed = sent.clone();
            if let Some(first) = signed.first_mut() {
                first.xp = other(first.xp, *flaw);
            }
            let message = AttestationBatch {
                validator: world.validators[*by],
                entries: signed,
                deadline,
            };
            let digest = world.digest(&message, *flaw);
            let (signature, told) = world.signed_by_validator(*by, digest, *flaw);
            let told = told.then(|| approval(world, digest, &signature));
            let call = IWallets::attestBatchCall {
                validator: world.validators[*by],
                entries: sent,
                deadline,
                signature: signature.into(),
            };
            Some((
                told,
                Call {
                    from: anybody,
                    to: world.wallets,
                    data: call.abi_encode(),
                },
            ))
        }
        Action::Revoke {
            by,
            wallet,
            skill,
            xp,
            flaw,
        } => {
            let sent = Revocation {
                validator: world.validators[*by],
                wallet: U256::from(*wallet),
                skill: *skill,
                xp: *xp,
                nonce: short(nonce(model.nonces(*wallet, *skill).1.into(), *flaw)),
                epoch: epoch(model.epoch(*by, *skill), *flaw),
                deadline: deadline(*flaw, now),
            };
            let signed = Revocation {
                xp: if *flaw == Flaw::OtherValue { xp ^ 1 } else { *xp },
                ..sent.clone()
            };
            let digest = world.digest(&signed, *flaw);
            let (signature, told) = world.signed_by_validator(*by, digest, *flaw);
            let told = told.then(|| approval(world, digest, &signature));
            let call = IWallets::revokeXpCall {
                revocation: sent,
                signature: signature.into(),
            };
            Some((
                told,
                Call {
                    from: anybody,
                    to: world.wallets,
                    data: call.abi_encode(),
                },
            ))
        }
        Action::Replay { which } => {
            let (data, _) = model.accepted.get(which % model.accepted.len().max(1))?;
            wallets(anybody, data.to_vec())
        }
        Action::Transfer { who, wallet, to, way } => {
            let (from, to, wallet) = (person(*who), person(*to), U256::from(*wallet));
            let data = match way % 5 {
                0 => IWallets::transferFromCall { from, to, wallet }.abi_encode(),
                1 => ISafeTransfers::safeTransferFromCall { from, to, wallet }.abi_encode(),
                2 => ISafeTransfersWithData::safeTransferFromCall {
                    from,
                    to,
                    wallet,
                    data: Bytes::new(),
                }
                .abi_encode(),
                3 => IWallets::approveCall { to, wallet }.abi_encode(),
                _ => IWallets::setApprovalForAllCall {
                    operator: to,
                    approved: true,
                }
                .abi_encode(),
            };
            wallets(from, data)
        }
        Action::SetValidator { by, skill, allowed } => {
            let (validator, skill, allowed) = (world.validators[*by], *skill, *allowed);
            wallets(
                admin,
                IWallets::setValidatorCall {
                    validator,
                    skill,
                    allowed,
                }
                .abi_encode(),
            )
        }
        Action::OpenSkill { skill, open } => wallets(
            admin,
            IWallets::openSkillCall {
                skill: *skill,
                open: *open,
            }
            .abi_encode(),
        ),
        Action::SetGuardians {
            who,
            members,
            threshold,
        } => {
            let guardians = members_of(world, members);
            let call = IWallets::setGuardiansCall {
                guardians,
                threshold: U256::from(*threshold),
            };
            wallets(person(*who), call.abi_encode())
        }
        Action::AcceptGuardians { wallet } => wallets(
            anybody,
            IWallets::acceptGuardiansCall {
                wallet: U256::from(*wallet),
            }
            .abi_encode(),
        ),
        Action::Propose {
            wallet,
            to,
            approvals,
            flaw,
        } => wallets(anybody, proposal(world, model, (*wallet, *to), approvals, *flaw, now)),
        Action::Cancel {
            wallet,
            what,
            approvals,
            flaw,
        } => wallets(
            anybody,
            cancellation(world, model, (*wallet, *what), approvals, *flaw, now),
        ),
        Action::Drop { who, burn } => wallets(
            person(*who),
            if *burn {
                IWallets::cancelBurnCall {}.abi_encode()
            } else {
                IWallets::cancelGuardianChangeCall {}.abi_encode()
            },
        ),
        Action::Withdraw { guardian, wallet, to } => {
            let message = recovery(world, model, (*wallet, *to), Flaw::None, now);
            let digest = world.digest(&message, Flaw::None);
            let from = world.guardians[usize::from(*guardian) % world.guardians.len()];
            wallets(from, IWallets::withdrawApprovalCall { digest }.abi_encode())
        }
        Action::Veto { who } => wallets(person(*who), IWallets::vetoRecoveryCall {}.abi_encode()),
        Action::GovernanceVeto { wallet } => {
            let wallet = U256::from(*wallet);
            wallets(admin, IWallets::vetoRecoveryByGovernanceCall { wallet }.abi_encode())
        }
        Action::Complete { who, wallet } => wallets(
            person(*who),
            IWallets::completeRecoveryCall {
                wallet: U256::from(*wallet),
            }
            .abi_encode(),
        ),
        Action::GiveBadge { to, badge, amount } => {
            let (to, id, amount) = (person(*to), id_of(*badge), U256::from(*amount));
            badges(
                world.minter,
                IBadges::mintCall {
                    to,
                    id,
                    amount,
                    data: Bytes::new(),
                }
                .abi_encode(),
            )
        }
        Action::Claim { who, badge } => badges(person(*who), IBadges::claimCall { id: id_of(*badge) }.abi_encode()),
        Action::Upgrade { who, badge } => badges(person(*who), IBadges::upgradeCall { id: id_of(*badge) }.abi_encode()),
        Action::BurnBadge { who, badge, amount } => {
            let call = IBadges::burnCall {
                id: id_of(*badge),
                amount: U256::from(*amount),
            };
            badges(person(*who), call.abi_encode())
        }
        Action::MoveBadges {
            who,
            from,
            to,
            badges: moved,
            batch,
        } => {
            let (by, from, to, data) = (person(*who), person(*from), person(*to), Bytes::new());
            let (ids, amounts): (Vec<U256>, Vec<U256>) = moved
                .iter()
                .map(|(badge, amount)| (id_of(*badge), U256::from(*amount)))
                .unzip();
            let call = match (ids.as_slice(), amounts.as_slice(), batch) {
                ([id], [amount], false) => IBadges::safeTransferFromCall {
                    from,
                    to,
                    id: *id,
                    amount: *amount,
                    data,
                }
                .abi_encode(),
                _ => IBadges::safeBatchTransferFromCall {
                    from,
                    to,
                    ids,
                    amounts,
                    data,
                }
                .abi_encode(),
            };
            badges(by, call)
        }
        Action::Freeze {
            wallet,
            who,
            badge,
            frozen,
        } => {
            let (id, frozen) = (id_of(*badge), *frozen);
            let data = if BadgeRules::of(*badge).soulbound {
                let wallet = U256::from(*wallet);
                IBadges::setFrozenCall { wallet, id, frozen }.abi_encode()
            } else {
                let account = person(*who);
                IBadges::setAccountFrozenCall { account, id, frozen }.abi_encode()
            };
            badges(admin, data)
        }
        Action::Follow { wallet } => {
            let kinds = (1..=4).map(U256::from).collect();
            badges(
                anybody,
                IBadges::followCall {
                    wallet: U256::from(*wallet),
                    kinds,
                }
                .abi_encode(),
            )
        }
    }
}
