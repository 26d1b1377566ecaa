//! What is done next: mostly what should be accepted now, and all kinds of what should not.

use super::{
    action::Action,
    choose_guardians::{about_guardians, announced, guarded_holder, pending},
    fixture::{ACCOUNTS, BADGES, BadgeRules, PEOPLE, SKILLS, VALIDATORS},
    flaw::{Entry, Flaw, Slip},
    history::RULES,
    model::{DAY, Model},
};
use crate::engine::Random;

/// Moments that rules count by, in seconds.
const TIMES: [u64; 12] = [
    1,
    3_600,
    3_601,
    DAY,
    7 * DAY,
    7 * DAY - 1,
    14 * DAY,
    14 * DAY - 1,
    21 * DAY,
    30 * DAY,
    180 * DAY,
    400 * DAY,
];

/// Most wallets that there are at once: beyond, nobody mints.
const WALLETS: usize = 12;

pub(super) fn flaw(random: &mut Random) -> Flaw {
    if random.one_in(4) {
        random.pick(&Flaw::ALL)
    } else {
        Flaw::None
    }
}

pub(super) fn wallet(model: &Model, random: &mut Random) -> u64 {
    let living: Vec<u64> = model
        .wallets
        .iter()
        .filter(|(_, wallet)| wallet.owner.is_some())
        .map(|(id, _)| *id)
        .collect();
    if living.is_empty() || random.one_in(12) {
        return random.below(model.wallets.len() as u64 + 2);
    }
    random.pick(&living)
}

fn entry(model: &Model, random: &mut Random) -> Entry {
    let unknown = u64::from(random.one_in(10));
    let skill = random.below(SKILLS as u64 + unknown) as u16 + 1;
    let most = RULES.get(usize::from(skill) - 1).map_or(1, |rules| rules.most);
    let xp = match random.below(8) {
        0 => random.pick(&[0, 1, most, most.saturating_add(1)]),
        1 => random.below(u64::from(most) + 1) as u32,
        _ => random.below(u64::from(most.min(600))) as u32 + 1,
    };
    Entry {
        wallet: wallet(model, random),
        skill,
        xp,
        slip: Slip::None,
    }
}

/// An entry of a batch, now and then one that does not fit.
fn slipping(model: &Model, random: &mut Random) -> Entry {
    let slip = if random.one_in(5) {
        random.pick(&[Slip::Ahead, Slip::Behind, Slip::Epoch])
    } else {
        Slip::None
    };
    Entry {
        slip,
        ..entry(model, random)
    }
}

/// A soulbound tier above one that somebody holds, and who: whether suspended or not, and at whatever level.
fn above_held(model: &Model, random: &mut Random) -> Option<(usize, usize)> {
    let holds = |who: usize, badge: usize| {
        BadgeRules::of(badge).upgrade_cost > 0 && model.balance(who, badge - 1) >= BadgeRules::of(badge).upgrade_cost
    };
    let pairs = (0..PEOPLE).flat_map(|who| (0..BADGES).map(move |badge| (who, badge)));
    let all: Vec<(usize, usize)> = pairs.filter(|(who, badge)| holds(*who, *badge)).collect();
    if all.is_empty() { None } else { Some(random.pick(&all)) }
}

/// Mostly one of several that should be accepted.
fn likely(model: &Model, random: &mut Random, now: u64, make: impl Fn(&mut Random) -> Action) -> Action {
    let tries = if random.one_in(4) { 1 } else { 8 };
    let mut action = make(random);
    for _ in 1..tries {
        if model.after(&action, now).is_ok() {
            break;
        }
        action = make(random);
    }
    action
}

/// The next action in a state.
pub(crate) fn choose(model: &Model, random: &mut Random, now: u64) -> Action {
    let who = random.index(ACCOUNTS);
    let person = random.index(PEOPLE);
    let badge = random.index(BADGES);
    let wallet_id = wallet(model, random);
    match random.below(44) {
        0..=2 => {
            let ripens = pending(model, random, now).is_some() && random.one_in(2);
            let until = announced(model, random, now).map(|(wallet, what)| model.moment(wallet, what, now));
            let left = until.map_or(0, |time| time.saturating_sub(now));
            let seconds = if ripens {
                7 * DAY
            } else if left > 0 && random.one_in(3) {
                // To the moment itself, or to the second before.
                left - random.below(2)
            } else if random.one_in(3) {
                random.below(40 * DAY)
            } else {
                random.pick(&TIMES)
            };
            Action::Wait { seconds }
        }
        3 if model.wallets.len() < WALLETS => Action::Mint {
            who: person,
            auth: random.below(4) as u8,
        },
        4 if model.wallets.len() < WALLETS => Action::MintFor {
            account: person,
            auth: random.below(4) as u8,
            flaw: flaw(random),
        },
        5 if random.one_in(2) => Action::Burn {
            who: if random.one_in(2) {
                guarded_holder(model, random)
            } else {
                person
            },
        },
        6 if random.one_in(4) => Action::BurnByIssuer { wallet: wallet_id },
        7..=11 => Action::Attest {
            by: random.index(VALIDATORS),
            entry: entry(model, random),
            flaw: flaw(random),
        },
        12 => {
            let entries = (0..=random.below(3)).map(|_| slipping(model, random)).collect();
            Action::AttestBatch {
                by: random.index(VALIDATORS),
                entries,
                flaw: flaw(random),
            }
        }
        13 | 14 => {
            let Entry { skill, xp, .. } = entry(model, random);
            let xp = if random.one_in(6) {
                u64::MAX - u64::from(xp)
            } else {
                u64::from(xp)
            };
            Action::Revoke {
                by: random.index(VALIDATORS),
                wallet: wallet_id,
                skill,
                xp,
                flaw: flaw(random),
            }
        }
        15 | 16 => Action::Replay { which: random.index(8) },
        17 => Action::Transfer {
            who,
            wallet: wallet_id,
            to: random.index(ACCOUNTS),
            way: random.below(5) as u8,
        },
        18 if random.one_in(2) => {
            let (by, skill) = (random.index(VALIDATORS), random.below(SKILLS as u64 + 1) as u16 + 1);
            Action::SetValidator {
                by,
                skill,
                allowed: !random.one_in(3),
            }
        }
        19 if random.one_in(2) => {
            let skill = random.below(SKILLS as u64 + 1) as u16 + 1;
            Action::OpenSkill {
                skill,
                open: !random.one_in(3),
            }
        }
        20..=30 | 41..=43 => about_guardians(model, random, now, (who, wallet_id)),
        31 | 32 => {
            let amount = if random.one_in(3) { random.below(9) } else { 1 };
            likely(model, random, now, |random| Action::GiveBadge {
                to: random.index(ACCOUNTS),
                badge,
                amount,
            })
        }
        33 => likely(model, random, now, |random| Action::Claim {
            who: random.index(PEOPLE),
            badge: random.index(BADGES),
        }),
        34 => likely(model, random, now, |random| Action::Upgrade {
            who: random.index(PEOPLE),
            badge: random.pick(&[1, 3, 3, badge]),
        }),
        // And what has all that it takes, or would have but for a suspension.
        40 => match above_held(model, random) {
            Some((who, badge)) => Action::Upgrade { who, badge },
            None => Action::Claim { who: person, badge: 0 },
        },
        35 => Action::BurnBadge {
            who,
            badge,
            amount: random.below(4),
        },
        36 | 37 => {
            let from = if random.one_in(5) { random.index(ACCOUNTS) } else { who };
            let one = |random: &mut Random| (random.index(BADGES), random.below(3));
            let mut badges = vec![if random.one_in(3) {
                one(random)
            } else {
                (random.pick(&[2, 3, 4]), random.below(3))
            }];
            let batch = random.one_in(2);
            while batch && badges.len() < 4 && random.one_in(2) {
                badges.push(one(random));
            }
            Action::MoveBadges {
                who,
                from,
                to: random.index(ACCOUNTS),
                badges,
                batch,
            }
        }
        38 => Action::Freeze {
            wallet: wallet_id,
            who,
            badge: if random.one_in(2) { random.pick(&[0, 2]) } else { badge },
            frozen: !random.one_in(3),
        },
        39 => Action::Follow {
            wallet: random.below(model.wallets.len() as u64 + 2),
        },
        _ => Action::Attest {
            by: random.index(VALIDATORS),
            entry: entry(model, random),
            flaw: Flaw::None,
        },
    }
}
