//! What guardians, holders and thieves do next about who has a wallet.

use super::{
    action::Action,
    choose::{flaw, wallet},
    fixture::{GUARDIANS, PEOPLE},
    flaw::Moment,
    message::numbers_of,
    model::{DAY, Guardians, Model, Wallet, alive},
};
use crate::engine::Random;

/// A list of guardians for some of whom `needed` of a set suffice: all of them or just enough, one too few, or whatever
/// comes, repeats and strangers among it.
fn list(random: &mut Random, set: Guardians, needed: usize) -> Vec<u8> {
    let mut members = numbers_of(set.members);
    let mut drop_to = |random: &mut Random, count: usize| {
        while members.len() > count {
            members.remove(random.index(members.len()));
        }
        members.clone()
    };
    match random.below(8) {
        0..=2 => members,
        3 | 4 => drop_to(random, needed),
        5 => {
            // Too few different ones, made up for by one of them again or by a stranger.
            let mut list = drop_to(random, needed.saturating_sub(1));
            let place = random.index(list.len() + 1);
            let filler = match list.get(place.min(list.len().saturating_sub(1))) {
                Some(again) if !random.one_in(4) => *again,
                _ => GUARDIANS as u8,
            };
            list.insert(place, filler);
            list
        }
        6 => {
            let mut list = drop_to(random, needed);
            if list.len() > 1 {
                list.swap(0, 1);
            }
            list
        }
        _ => (0..random.below(6))
            .map(|_| random.below(GUARDIANS as u64 + 1) as u8)
            .collect(),
    }
}

/// A wallet of which something is announced, if there is one, and what.
pub(super) fn announced(model: &Model, random: &mut Random, now: u64) -> Option<(u64, Moment)> {
    let mut all = Vec::new();
    for (id, wallet) in &model.wallets {
        if wallet.burnable_at.is_some_and(|time| alive(time, now)) {
            all.push((*id, Moment::Burn));
        }
        if wallet.proposed.is_some_and(|(_, time)| alive(time, now)) {
            all.push((*id, Moment::Change));
        }
    }
    if all.is_empty() { None } else { Some(random.pick(&all)) }
}

/// The holder of a wallet with guardians, if there is one.
pub(super) fn guarded_holder(model: &Model, random: &mut Random) -> usize {
    let wallet = guarded(model, random);
    let holder = model.wallets.get(&wallet).and_then(|wallet| wallet.owner);
    holder.unwrap_or_else(|| random.index(PEOPLE))
}

/// Somebody who may be given a wallet, if there is anybody.
fn free(model: &Model, random: &mut Random) -> usize {
    let free: Vec<usize> = (0..PEOPLE)
        .filter(|who| model.wallet_of[*who] == 0 && !model.barred[*who])
        .collect();
    if free.is_empty() || random.one_in(8) {
        return random.index(PEOPLE);
    }
    random.pick(&free)
}

/// A wallet with a proposal that is pending, and its recipient.
pub(super) fn pending(model: &Model, random: &mut Random, now: u64) -> Option<(u64, usize)> {
    let all: Vec<(u64, usize)> = model
        .wallets
        .iter()
        .filter_map(|(id, wallet)| Some((*id, wallet.pending(now)?.to)))
        .collect();
    if all.is_empty() || random.one_in(6) {
        None
    } else {
        Some(random.pick(&all))
    }
}

/// A wallet with guardians, if there is one.
fn guarded(model: &Model, random: &mut Random) -> u64 {
    let living = model.wallets.iter().filter(|(_, wallet)| wallet.owner.is_some());
    let all: Vec<u64> = living
        .filter(|(_, wallet)| wallet.guardians.threshold > 0)
        .map(|(id, _)| *id)
        .collect();
    if all.is_empty() || random.one_in(8) {
        wallet(model, random)
    } else {
        random.pick(&all)
    }
}

/// The next action of this kind in a state, by an account or on a wallet where it comes to no other.
pub(super) fn about_guardians(model: &Model, random: &mut Random, now: u64, (who, wallet_id): (usize, u64)) -> Action {
    match random.below(14) {
        0 | 1 => {
            let mut members = numbers_of(random.below(1 << GUARDIANS) as u8);
            // Repeats, disorder and nobody.
            if random.one_in(6) && !members.is_empty() {
                let again = random.pick(&members);
                let filler = random.pick(&[again, again, GUARDIANS as u8]);
                members.insert(random.index(members.len() + 1), filler);
            }
            let count = members.len() as u8;
            let threshold = if random.one_in(5) {
                random.below(8) as u8
            } else {
                count / 2 + 1
            };
            Action::SetGuardians {
                who: if random.one_in(3) {
                    guarded_holder(model, random)
                } else {
                    who
                },
                members,
                threshold: if count == 0 && !random.one_in(5) { 0 } else { threshold },
            }
        }
        2 => {
            let change = |(_, wallet): &(&u64, &Wallet)| wallet.proposed.filter(|(_, time)| alive(*time, now));
            let announced: Vec<(u64, u64)> = model
                .wallets
                .iter()
                .filter_map(|one| Some((*one.0, change(&one)?.1)))
                .collect();
            let ripe: Vec<(u64, u64)> = announced.iter().copied().filter(|(_, time)| now >= *time).collect();
            if let (false, false) = (ripe.is_empty(), random.one_in(8)) {
                Action::AcceptGuardians {
                    wallet: random.pick(&ripe).0,
                }
            } else if let (false, true) = (announced.is_empty(), random.one_in(2)) {
                Action::Wait {
                    seconds: random.pick(&announced).1.saturating_sub(now),
                }
            } else {
                Action::AcceptGuardians {
                    wallet: announced.first().map_or(wallet_id, |(wallet, _)| *wallet),
                }
            }
        }
        3 | 4 => {
            // Mostly one that can be recovered at all.
            let recoverable = |id: &u64| {
                let recovered_at = model.wallets.get(id).map_or(0, |wallet| wallet.recovered_at);
                recovered_at == 0 || now >= recovered_at + 180 * DAY
            };
            let tries: [u64; 3] = std::array::from_fn(|_| guarded(model, random));
            let mut wallet_id = tries.into_iter().find(recoverable).unwrap_or(tries[0]);
            let mut to = free(model, random);
            // What somebody took back is tried at once.
            if let (Some(last), true) = (model.withdrawn.last(), random.one_in(2)) {
                (wallet_id, to) = (last.wallet, last.to);
            }
            let wallet = model.wallets.get(&wallet_id);
            let set = wallet.map(|wallet| wallet.guardians).unwrap_or_default();
            // Just enough for a first proposal, also where the veto is used.
            let all = random.one_in(3) && wallet.is_some_and(|wallet| wallet.veto_used);
            let needed = if all {
                set.members.count_ones()
            } else {
                set.threshold.into()
            };
            Action::Propose {
                wallet: wallet_id,
                to,
                approvals: list(random, set, needed as usize),
                flaw: flaw(random),
            }
        }
        5 => {
            let owner = pending(model, random, now).and_then(|(id, _)| model.wallets.get(&id)?.owner);
            Action::Veto {
                who: owner.unwrap_or(who),
            }
        }
        6 if random.one_in(2) => Action::GovernanceVeto {
            wallet: pending(model, random, now).map_or(wallet_id, |(id, _)| id),
        },
        7..=9 => {
            let (wallet, who) = pending(model, random, now).unwrap_or((wallet_id, who));
            Action::Complete { who, wallet }
        }
        10 => Action::Rescue {
            wallet: guarded(model, random),
            to: free(model, random),
            thief: random.below(32) as u8,
        },
        11 | 12 => {
            let (wallet, what) = announced(model, random, now).unwrap_or((guarded(model, random), Moment::Other));
            let set = model
                .wallets
                .get(&wallet)
                .map(|wallet| wallet.guardians)
                .unwrap_or_default();
            Action::Cancel {
                wallet,
                what: if random.one_in(8) {
                    random.pick(&[Moment::Burn, Moment::Change, Moment::Other])
                } else {
                    what
                },
                approvals: list(random, set, set.threshold.into()),
                flaw: flaw(random),
            }
        }
        13 if random.one_in(2) => {
            let holder = announced(model, random, now).and_then(|(id, _)| model.wallets.get(&id)?.owner);
            Action::Drop {
                who: holder.unwrap_or(who),
                burn: random.one_in(2),
            }
        }
        _ => {
            let wallet = guarded(model, random);
            let members = model.wallets.get(&wallet).map_or(0, |one| one.guardians.members);
            let numbers = numbers_of(members);
            let guardian = if numbers.is_empty() { 0 } else { random.pick(&numbers) };
            Action::Withdraw {
                guardian,
                wallet,
                to: free(model, random),
            }
        }
    }
}
