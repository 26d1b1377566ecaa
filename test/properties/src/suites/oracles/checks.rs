//! Compares everything that the contracts say with the model, in one call.

use alloy_primitives::{I256, U256, aliases::U80};
use alloy_sol_types::SolEvent;

use super::{
    abi::{IFeed, IScores, IVerifier, Reputation},
    model::{Accepted, Feed, Model},
    world::{FEEDS, Fixture, WALLETS, feed_limits, score_limits},
};
use crate::{
    engine::{Questions, Violation},
    world::Machine,
};

/// A round as the feed tells it: id, answer, startedAt, updatedAt, answeredInRound.
type Told = (u64, I256, U256, U256, u64);

fn told(id: usize, round: &Accepted) -> Told {
    let time = U256::from(round.earlier());
    (id as u64, signed(round.price), time, time, id as u64)
}

fn signed(price: i128) -> I256 {
    I256::try_from(price).unwrap_or_default()
}

/// Everything that the model says.
///
/// # Errors
/// The promise that broke.
pub(super) fn judge(machine: &mut Machine, world: &Fixture, model: &Model, now: u64) -> Result<(), Violation> {
    let mut questions = Questions::default();
    for feed in 0..FEEDS {
        ask_feed(&mut questions, world, feed, &model.feeds[feed]);
    }
    let members = model.set.members.iter().map(|member| world.address(*member)).collect::<Vec<_>>();
    questions.equals(
        "ORACLE-12",
        world.verifier,
        &IVerifier::currentSetCall {},
        (model.set.id, members, model.set.threshold, model.set.strict),
        |set| (set.setId, set.signers, set.threshold.into(), set.strictThreshold.into()),
        || "the current set".to_owned(),
    );
    ask_scores(&mut questions, world, model, now);
    questions.judge(machine, world.lens)
}

fn ask_feed<'a>(questions: &mut Questions<'a>, world: &Fixture, number: usize, feed: &Feed) {
    let to = world.feeds[number];
    let (since, price) = feed.dispute().unwrap_or_default();
    let last = feed.last.map_or((0, 0), |last| (last.observed, last.accepted));
    questions.equals(
        "ORACLE-6",
        to,
        &IFeed::statusCall {},
        (last.0, !feed.claims.is_empty(), since, signed(price), last.1),
        |status| {
            (
                status.lastObservedAt.saturating_to(),
                status.disputed,
                status.disputedSince.saturating_to(),
                status.disputedPrice,
                status.lastAcceptedAt.saturating_to(),
            )
        },
        move || format!("the status of feed {number}"),
    );
    questions.equals(
        "ORACLE-6",
        to,
        &IFeed::parametersCall {},
        feed_limits(feed.limits),
        |limits| limits,
        move || format!("the limits of feed {number}"),
    );
    ask_latest(questions, world, number, feed);

    let count = feed.rounds.len();
    let mut ids = vec![0, 1, count, count + 1];
    ids.extend([count.checked_sub(127), count.checked_sub(128)].into_iter().flatten());
    ids.sort_unstable();
    ids.dedup();
    for id in ids {
        let (number_of, data) = (U256::from(id), IFeed::getRoundDataCall { roundId: U80::from(id) });
        let (answer, time) = (IFeed::getAnswerCall { roundId: number_of }, IFeed::getTimestampCall { roundId: number_of });
        match feed.round(id) {
            Some(round) => {
                let what = move || format!("round {id} of feed {number}");
                let all = told(id, round);
                questions.equals(
                    "ORACLE-5",
                    to,
                    &data,
                    all,
                    |r| (r.roundId.to(), r.answer, r.startedAt, r.updatedAt, r.answeredInRound.to()),
                    what,
                );
                questions.equals("ORACLE-4", to, &answer, all.1, |answer| answer, what);
                questions.equals("ORACLE-4", to, &time, all.3, |time| time, what);
            }
            None => {
                let error = IFeed::RoundNotAvailable {
                    roundId: number_of,
                    latestRoundId: U256::from(count),
                };
                questions.reverts("ORACLE-5", to, &data, &error);
                questions.reverts("ORACLE-4", to, &answer, &error);
                questions.reverts("ORACLE-4", to, &time, &error);
            }
        }
    }
}

fn ask_latest<'a>(questions: &mut Questions<'a>, world: &Fixture, number: usize, feed: &Feed) {
    let to = world.feeds[number];
    let what = move || format!("the latest round of feed {number}");
    let (data, answer) = (IFeed::latestRoundDataCall {}, IFeed::latestAnswerCall {});
    let (time, round) = (IFeed::latestTimestampCall {}, IFeed::latestRoundCall {});
    if let Some(latest) = feed.latest() {
        let all = told(feed.rounds.len(), latest);
        questions.equals(
            "ORACLE-4",
            to,
            &data,
            all,
            |r| (r.roundId.to(), r.answer, r.startedAt, r.updatedAt, r.answeredInRound.to()),
            what,
        );
        questions.equals("ORACLE-4", to, &answer, all.1, |answer| answer, what);
        questions.equals("ORACLE-4", to, &time, all.3, |time| time, what);
        questions.equals("ORACLE-4", to, &round, U256::from(all.0), |round| round, what);
        return;
    }
    if let Some((since, _)) = feed.dispute() {
        let error = IFeed::FeedDisputed { since: U256::from(since) };
        questions.reverts("ORACLE-4", to, &data, &error);
        questions.reverts("ORACLE-4", to, &answer, &error);
        questions.reverts("ORACLE-4", to, &time, &error);
        questions.reverts("ORACLE-4", to, &round, &error);
        return;
    }
    let error = IFeed::RoundNotAvailable {
        roundId: U256::ZERO,
        latestRoundId: U256::ZERO,
    };
    questions.reverts("ORACLE-4", to, &data, &error);
    questions.reverts("ORACLE-4", to, &answer, &error);
    questions.reverts("ORACLE-4", to, &time, &error);
    questions.reverts("ORACLE-4", to, &round, &error);
}

fn ask_scores<'a>(questions: &mut Questions<'a>, world: &Fixture, model: &Model, now: u64) {
    let to = world.scores;
    questions.equals(
        "REP-3",
        to,
        &IScores::parametersCall {},
        score_limits(model.scores.limits),
        |limits| limits,
        || "the limits of the scores".to_owned(),
    );
    for wallet in 0..=WALLETS {
        let score = model.scores.of(wallet, now);
        let number = U256::from(wallet);
        let (held, until) = score.held.unwrap_or_default();
        questions.equals(
            "REP-3",
            to,
            &IScores::reputationOfCall { wallet: number },
            Reputation {
                score: U256::from(score.counted),
                updatedAt: U256::from(score.updated),
                epoch: U256::from(score.epoch),
                pending: score.held.is_some(),
                pendingScore: U256::from(held),
                pendingUntil: U256::from(until),
            },
            |reputation| reputation,
            move || format!("the score of wallet {wallet}"),
        );
        // At the age that it has, and a second below.
        let age = now - score.updated;
        let read = |age| IScores::readCall {
            wallet: number,
            maxAge: U256::from(age),
        };
        let stale = |age| IScores::ScoreStale {
            wallet: number,
            updatedAt: U256::from(score.updated),
            maxAge: U256::from(age),
        };
        if score.updated == 0 {
            questions.reverts("REP-5", to, &read(age), &stale(age));
            continue;
        }
        questions.equals(
            "REP-5",
            to,
            &read(age),
            U256::from(score.counted),
            |score| score,
            move || format!("what is read of wallet {wallet}"),
        );
        if let Some(below) = age.checked_sub(1) {
            questions.reverts("REP-5", to, &read(below), &stale(below));
        }
    }
}

/// ORACLE-16: the report that was just accepted left one event with its epoch, and one more where it ended a dispute.
pub(super) fn judge_events(machine: &Machine, before: &Feed, after: &Feed) -> Result<(), Violation> {
    let Some(last) = after.last else { return Ok(()) };
    let (mut named, mut resolved) = (Vec::new(), 0);
    for log in machine.logs() {
        if let Ok(event) = IFeed::AnswerUpdated::decode_log(log) {
            named.push((event.current, event.updatedAt, event.roundId));
        } else if let Ok(event) = IFeed::PriceDisputed::decode_log(log) {
            named.push((event.disputedPrice, event.observedAt, U256::ZERO));
        } else if IFeed::DisputeResolved::decode_log(log).is_ok() {
            resolved += 1;
        }
    }
    let made_round = after.rounds.len() > before.rounds.len();
    let round = if made_round { after.rounds.len() } else { 0 };
    let should = vec![(signed(last.price), U256::from(last.observed), U256::from(round))];
    let ended = usize::from(made_round && !before.claims.is_empty());
    if named == should && resolved == ended {
        return Ok(());
    }
    Err(Violation::new(
        "ORACLE-16",
        format!("the events are {named:?} and {resolved} ends of a dispute, should be {should:?} and {ended}"),
    ))
}
