//! What is done next: mostly what should be accepted now, and all kinds of what should not.

use super::{
    action::{Action, Flaw},
    model::{MOST, Model},
    world::{FEEDS, SIGNERS, WALLETS},
};
use crate::engine::Random;

/// The next action in a state.
pub(super) fn choose(model: &Model, random: &mut Random, now: u64) -> Action {
    if let Some(action) = about_to_end(model, random, now) {
        return action;
    }
    if random.one_in(250) {
        return Action::Fill {
            feed: random.index(FEEDS),
            price: random.pick(&[1, 108_000_000, MOST]),
            rounds: 120 + random.below(16) as u8,
        };
    }
    match random.below(32) {
        0..=13 => report(model, random, now),
        14..=18 => wait(model, random, now),
        19..=23 => report_scores(model, random, now),
        24 => Action::Replay {
            which: random.index(model.sent.len() + 1),
        },
        25 => rotate(random),
        26 => set_feed(random),
        27 | 28 => Action::Veto {
            wallets: (0..=random.index(3)).map(|_| random.below(WALLETS + 2)).collect(),
            by_admin: !random.one_in(5),
        },
        29 => set_scores(random),
        _ => {
            let feed = random.index(FEEDS);
            Action::Settle {
                feed,
                price: price(model, random, feed).clamp(1, MOST),
                strictly: random.one_in(2),
            }
        }
    }
}

/// At the very second in which a dispute can end, or in the one before: who reports what is under dispute.
fn about_to_end(model: &Model, random: &mut Random, now: u64) -> Option<Action> {
    let feed = random.index(FEEDS);
    let state = &model.feeds[feed];
    let (since, price) = state.dispute()?;
    let ripe = since + u64::from(state.limits.2);
    if now < ripe && random.one_in(4) {
        let early = u64::from(ripe > now + 1 && random.one_in(2));
        return Some(Action::Wait {
            seconds: ripe - now - early,
        });
    }
    if !(ripe - 1..=ripe + 16).contains(&now) || random.one_in(3) {
        return None;
    }
    Some(Action::Report {
        feed,
        price,
        ago: random.pick(&[0, 0, 0, -1, -15, 1]),
        signers: model.set.members[..model.set.threshold].to_vec(),
        flaw: Flaw::None,
    })
}

fn flaw(random: &mut Random) -> Flaw {
    if random.one_in(6) { random.pick(&Flaw::ALL) } else { Flaw::None }
}

/// Time until something may happen, to the second, or one less or more.
fn wait(model: &Model, random: &mut Random, now: u64) -> Action {
    let mut times = vec![1, 12, 15, 16, 17];
    let feed = &model.feeds[random.index(FEEDS)];
    if let Some((since, _)) = feed.dispute() {
        let ripe = since + u64::from(feed.limits.2);
        times.extend([ripe.saturating_sub(now); 4]);
    }
    times.push(u64::from(feed.limits.0));
    let held = (1..=WALLETS).find_map(|wallet| model.scores.of(wallet, now).held);
    if let Some((_, until)) = held {
        let left = until.saturating_sub(now);
        times.extend([left, left, left.saturating_sub(7)]);
    }
    times.push(u64::from(model.scores.limits.1));
    let seconds = random.pick(&times);
    let off = if random.one_in(3) { random.below(3) } else { 1 };
    Action::Wait {
        seconds: (seconds + off).saturating_sub(1).max(1),
    }
}

/// Signers: a quorum of one kind or the other, or somebody too few, too many, twice, or not of the set.
fn signers(model: &Model, random: &mut Random) -> Vec<usize> {
    let set = &model.set;
    let count = match random.below(12) {
        0..=5 => set.threshold,
        6..=8 => set.strict,
        9 => set.members.len(),
        10 => set.threshold - 1,
        _ => random.index(set.members.len() + 1),
    };
    let mut members = set.members.clone();
    while members.len() > count {
        members.remove(random.index(members.len()));
    }
    match random.below(24) {
        0 => members.push(random.index(SIGNERS + 1)),
        1 if !members.is_empty() => {
            let place = random.index(members.len());
            members[place] = random.index(SIGNERS + 1);
        }
        _ => {}
    }
    members
}

/// Near the last price, at the edges of what the breaker lets pass, at what is under dispute, and anything at all.
fn price(model: &Model, random: &mut Random, feed: usize) -> i128 {
    let state = &model.feeds[feed];
    let Some(last) = state.rounds.last().map(|round| round.price) else {
        return if random.one_in(8) { anything(random) } else { 108_000_000 };
    };
    let disputed = state.dispute().map(|(_, price)| price);
    let base = disputed.filter(|_| !random.one_in(4)).unwrap_or(last);
    let most = base / 10_000 * i128::from(state.limits.1) + base % 10_000 * i128::from(state.limits.1) / 10_000;
    let small = i128::from(random.below(1_000)) - 500;
    match random.below(16) {
        0..=4 => base,
        5..=7 => base + most / 1_000 * small / 4,
        8 => base + most + i128::from(random.below(3)) - 1,
        9 => base - most + i128::from(random.below(3)) - 1,
        10 | 11 => base + 2 * most,
        12 => base - 2 * most,
        13 if random.one_in(4) => MOST + 1,
        13 => base / 2,
        14 => (base * 2).min(MOST),
        _ => anything(random),
    }
}

fn anything(random: &mut Random) -> i128 {
    let bits = random.below(116);
    let edges = [0, -1, 1, 2, MOST, MOST + 1, i128::MAX, i128::MIN];
    if random.one_in(4) {
        random.pick(&edges)
    } else {
        i128::from(random.next()) << 48 >> (112 - bits.min(112))
    }
}

/// How long ago something was observed: now, at the edges of the window, or just after the last.
fn ago(random: &mut Random, now: u64, max_delay: u64, last: Option<u64>) -> i64 {
    let delay = max_delay.cast_signed();
    match random.below(12) {
        0 => random.pick(&[-17, -16, -15, -14, -1, 1]),
        1 => delay + random.pick(&[-1, 0, 1]),
        2 | 3 => {
            let after = last.map_or(now, |last| last + random.below(3));
            now.cast_signed() - after.cast_signed()
        }
        4 => random.below(max_delay + 16).cast_signed() - 15,
        _ => 0,
    }
}

fn report(model: &Model, random: &mut Random, now: u64) -> Action {
    let feed = random.index(FEEDS);
    let make = |random: &mut Random| {
        let state = &model.feeds[feed];
        Action::Report {
            feed,
            price: price(model, random, feed),
            ago: ago(random, now, state.limits.0.into(), state.last.map(|last| last.observed)),
            signers: signers(model, random),
            flaw: flaw(random),
        }
    };
    likely(model, random, now, make)
}

fn report_scores(model: &Model, random: &mut Random, now: u64) -> Action {
    let make = |random: &mut Random| {
        let updates: Vec<(u64, u16)> = (0..=random.index(3))
            .map(|_| {
                let wallet = if random.one_in(20) { u64::MAX } else { random.below(WALLETS) + 1 };
                (wallet, score(model, random, wallet, now))
            })
            .collect();
        let first = updates.first().map(|(wallet, _)| (*wallet, model.scores.of(*wallet, now)));
        // What waits for a few seconds more is borne out by a report that lies ahead of the moment when it counts.
        let ripens = first.and_then(|(wallet, score)| Some((wallet, score.held?)));
        if let Some((wallet, (held, until))) = ripens
            && until < now + 15
            && random.one_in(2)
        {
            return Action::ReportScores {
                updates: vec![(wallet, held)],
                ago: -15,
                signers: model.set.members[..model.set.threshold].to_vec(),
                flaw: Flaw::None,
            };
        }
        let last = first.map(|(_, score)| score.epoch);
        let next = last.filter(|epoch| *epoch != 0).map(|epoch| epoch + u64::from(model.scores.limits.1));
        Action::ReportScores {
            updates: if random.one_in(40) { Vec::new() } else { updates },
            ago: ago(random, now, model.scores.limits.0.into(), next.map(|next| next - 1)),
            signers: signers(model, random),
            flaw: flaw(random),
        }
    };
    likely(model, random, now, make)
}

fn score(model: &Model, random: &mut Random, wallet: u64, now: u64) -> u16 {
    let (state, most) = (model.scores.of(wallet, now), model.scores.limits.3);
    let base = match state.held {
        Some((held, _)) if !random.one_in(3) => held,
        _ => state.counted,
    };
    match random.below(8) {
        0 | 1 => base,
        2 => base.saturating_add(most),
        3 => base.saturating_add(most + 1),
        4 => base.saturating_sub(most),
        5 => random.pick(&[0, 9_999, 10_000, 10_001, u16::MAX]),
        _ => random.below(10_001) as u16,
    }
}

fn rotate(random: &mut Random) -> Action {
    let mut signers: Vec<usize> = (0..SIGNERS).filter(|_| random.one_in(2)).collect();
    if random.one_in(6) {
        signers.push(random.index(SIGNERS + 1));
    }
    let count = signers.len();
    let majority = count / 2 + 1;
    let threshold = if random.one_in(5) { random.index(count + 2) } else { majority + random.index(2) };
    let strict = if random.one_in(5) { random.index(count + 2) } else { (threshold + random.index(3)).min(count) };
    Action::Rotate {
        signers,
        threshold: threshold as u8,
        strict: strict as u8,
        by_admin: !random.one_in(8),
    }
}

fn set_feed(random: &mut Random) -> Action {
    Action::SetFeed {
        feed: random.index(FEEDS),
        max_delay: random.pick(&[0, 1, 60, 120, 3_600, u16::MAX - 15, u16::MAX - 14]),
        breaker: random.pick(&[0, 1, 100, 500, 9_999, 10_000]),
        confirmation: random.pick(&[0, 1, 30, 600, u16::MAX]),
        by_admin: !random.one_in(6),
    }
}

fn set_scores(random: &mut Random) -> Action {
    Action::SetScores {
        max_delay: random.pick(&[0, 60, 7_200, u32::MAX]),
        min_interval: random.pick(&[0, 1, 3_600, 86_400]),
        veto_window: random.pick(&[0, 1, 3_600, 86_400, 172_800, 604_800, u32::MAX]),
        max_move: random.pick(&[0, 1, 500, 10_000, 10_001]),
        by_admin: !random.one_in(6),
    }
}

/// Mostly one of several that should be accepted.
fn likely(model: &Model, random: &mut Random, now: u64, make: impl Fn(&mut Random) -> Action) -> Action {
    let tries = if random.one_in(4) { 1 } else { 6 };
    let mut action = make(random);
    for _ in 1..tries {
        if model.after(&action, now).is_ok() {
            break;
        }
        action = make(random);
    }
    action
}
