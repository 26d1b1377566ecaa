use proptest::prelude::*;

use super::super::{FeedLimits, FeedView, PendingReport, Policy};
use super::*;
use crate::model::ChainId;
use crate::sources::{Observation, Rules};

const NOW: u64 = 1_763_700_100;

fn price(units: u128) -> Price {
    Price::new(units).unwrap()
}

fn said(prices: &[u128]) -> Vec<Observation> {
    let observation = |(i, units): (usize, &u128)| Observation {
        source: format!("s{i}"),
        price: price(*units),
        at_ms: NOW * 1_000 - 100,
        received_at_ms: NOW * 1_000 + i as u64,
    };
    prices.iter().enumerate().map(observation).collect()
}

/// A feed at 1.0 of three seconds ago, whose sources say 1.0.
fn calm() -> Snapshot {
    Snapshot {
        chain: ChainId(31_337),
        chain_name: "local-a".into(),
        feed: "EUR/USD".into(),
        now_ms: NOW * 1_000 + 10,
        chain_time: NOW,
        policy: Policy {
            rules: Rules {
                min_sources: 2,
                outlier_bps: 200,
                max_age_s: 30,
            },
            deviation_bps: 10,
            heartbeat_s: 20,
            valid_for_s: 20,
            interval_ms: 1_000,
        },
        limits: FeedLimits {
            max_delay_s: 60,
            breaker_bps: 500,
            confirmation_s: 30,
        },
        observations: said(&[100_000_000, 100_000_000, 100_000_000]),
        view: FeedView {
            round: 7,
            price: Some(price(100_000_000)),
            observed_at: NOW - 3,
            accepted_at: NOW - 2,
            disputed: None,
        },
        pending: vec![],
        last_tried: 0,
    }
}

fn on_its_way(epoch: u64, units: u128) -> PendingReport {
    PendingReport {
        epoch,
        price: price(units),
        valid_until: epoch + 20,
        included: false,
    }
}

fn cause_of(snapshot: &Snapshot) -> Option<Cause> {
    match plan(snapshot) {
        Decision::Report { cause, .. } => Some(cause),
        Decision::Hold(_) => None,
    }
}

#[test]
fn a_calm_feed_is_left_alone() {
    assert_eq!(plan(&calm()), Decision::Hold(Hold::Fresh { move_bps: 0, age_s: 3 }));
}

#[test]
fn the_first_round_is_reported() {
    let mut first = calm();
    first.view = FeedView::default();
    let Decision::Report {
        price,
        observed_at,
        want_strict,
        valid_until,
        cause,
        ..
    } = plan(&first)
    else {
        panic!("no report");
    };
    assert_eq!((price.units(), observed_at, valid_until), (100_000_000, NOW, NOW + 20));
    assert_eq!(
        (cause, want_strict),
        (Cause::FirstRound, false),
        "nothing to break away from"
    );
}

#[test]
fn deviation_counts_from_its_limit_on() {
    let mut moved = calm();
    moved.observations = said(&[100_099_999; 3]);
    assert_eq!(cause_of(&moved), None, "9.99 basis points");
    moved.observations = said(&[100_100_000; 3]);
    assert_eq!(cause_of(&moved), Some(Cause::Deviation), "10 basis points");
    moved.observations = said(&[99_900_000; 3]);
    assert_eq!(cause_of(&moved), Some(Cause::Deviation), "downwards too");
}

#[test]
fn heartbeat_goes_by_chain_time() {
    let mut old = calm();
    old.view.observed_at = NOW - 19;
    assert_eq!(cause_of(&old), None);
    old.chain_time = NOW + 1;
    assert_eq!(cause_of(&old), Some(Cause::Heartbeat));
}

#[test]
fn a_report_on_its_way_is_what_counts() {
    let mut moved = calm();
    moved.observations = said(&[100_500_000; 3]);
    moved.pending = vec![on_its_way(NOW - 1, 100_500_000)];
    assert_eq!(cause_of(&moved), None, "it carries this price already");
    moved.observations = said(&[101_000_000; 3]);
    assert_eq!(cause_of(&moved), Some(Cause::Deviation), "the price went on from there");
    moved.pending.push(on_its_way(NOW - 2, 101_000_000));
    assert_eq!(cause_of(&moved), Some(Cause::Deviation), "the newest one counts");
}

#[test]
fn a_report_about_to_expire_is_replaced() {
    let mut stuck = calm();
    stuck.view.observed_at = NOW - 30;
    stuck.pending = vec![on_its_way(NOW - 14, 100_000_000)];
    assert_eq!(cause_of(&stuck), None);
    stuck.pending = vec![on_its_way(NOW - 15, 100_000_000)];
    assert_eq!(cause_of(&stuck), Some(Cause::Expiring));
    stuck.pending[0].included = true;
    assert_eq!(cause_of(&stuck), None, "mined: it does not expire any more");
}

/// PRICE-5: whatever landed, is on its way or was tried.
#[test]
fn an_epoch_is_never_used_twice() {
    let mut moved = calm();
    moved.observations = said(&[101_000_000; 3]);
    for used in [NOW, NOW + 5] {
        let mut tried = moved.clone();
        tried.last_tried = used;
        assert_eq!(plan(&tried), Decision::Hold(Hold::EpochUsed { epoch: used }));
        let mut landed = moved.clone();
        landed.view.observed_at = used;
        assert_eq!(plan(&landed), Decision::Hold(Hold::EpochUsed { epoch: used }));
        let mut pending = moved.clone();
        pending.pending = vec![on_its_way(used, 100_000_000)];
        assert_eq!(plan(&pending), Decision::Hold(Hold::EpochUsed { epoch: used }));
    }
}

/// The feed takes an ordinary report only when both its times are later than both times of the last one.
#[test]
fn nothing_is_planned_that_the_feed_would_refuse() {
    let mut moved = calm();
    moved.observations = said(&[101_000_000; 3]);
    assert_eq!(cause_of(&moved), Some(Cause::Deviation));
    let mut late = moved.clone();
    late.view.accepted_at = NOW;
    let held = Decision::Hold(Hold::EpochUsed { epoch: NOW });
    assert_eq!(plan(&late), held, "observed before the last report was accepted");
    late.view.accepted_at = NOW - 1;
    assert_eq!(cause_of(&late), Some(Cause::Deviation), "observed after it");

    let mut mined = moved.clone();
    mined.pending = vec![on_its_way(NOW - 2, 100_000_000)];
    assert_eq!(
        cause_of(&mined),
        Some(Cause::Deviation),
        "on its way: this one may replace it"
    );
    mined.pending[0].included = true;
    assert_eq!(plan(&mined), held, "mined: accepted in the head's block at the latest");
    mined.view.observed_at = NOW - 2;
    assert_eq!(
        cause_of(&mined),
        Some(Cause::Deviation),
        "mined and indexed: accepted at NOW - 2"
    );

    let mut ahead = moved;
    ahead.view.observed_at = NOW - 1;
    ahead.chain_time = NOW - 2;
    let held = Decision::Hold(Hold::AheadOfChain { epoch: NOW - 1 });
    assert_eq!(plan(&ahead), held, "the next block may be of that second");
    ahead.chain_time = NOW - 1;
    assert_eq!(cause_of(&ahead), Some(Cause::Deviation), "the next block is later");
}

#[test]
fn a_move_beyond_the_breaker_wants_a_strict_quorum() {
    let mut jump = calm();
    jump.observations = said(&[105_000_000; 3]);
    assert!(
        matches!(plan(&jump), Decision::Report { want_strict: false, .. }),
        "exactly at the breaker"
    );
    jump.observations = said(&[105_000_001; 3]);
    assert!(matches!(plan(&jump), Decision::Report { want_strict: true, .. }));
    // The contract compares with its latest round, whatever is on its way.
    jump.pending = vec![on_its_way(NOW - 1, 105_000_000)];
    jump.observations = said(&[105_900_000; 3]);
    assert!(matches!(plan(&jump), Decision::Report { want_strict: true, .. }));
}

#[test]
fn a_disputed_feed_gets_reports_until_it_comes_out() {
    let mut disputed = calm();
    disputed.view.disputed = Some((NOW - 3, Some(price(120_000_000))));
    disputed.observations = said(&[120_000_000; 3]);
    assert_eq!(cause_of(&disputed), None, "3 s after the last report");
    disputed.view.observed_at = NOW - 7;
    assert!(matches!(
        plan(&disputed),
        Decision::Report {
            cause: Cause::Dispute,
            want_strict: true,
            ..
        }
    ));
    disputed.observations = said(&[100_000_000; 3]);
    disputed.view.observed_at = NOW - 1;
    assert_eq!(
        cause_of(&disputed),
        Some(Cause::Deviation),
        "back at the last good price: reported at once"
    );
}

#[test]
fn a_round_of_answers_is_waited_for_but_not_long() {
    let mut jump = calm();
    jump.observations = said(&[105_000_000, 100_000_000, 100_000_000]);
    jump.now_ms = NOW * 1_000 + 1;
    for late in [1, 2] {
        jump.observations[late].received_at_ms = NOW * 1_000 - 1_000;
    }
    let until_ms = NOW * 1_000 + 100;
    assert_eq!(
        plan(&jump),
        Decision::Hold(Hold::Settling { until_ms }),
        "only one has answered"
    );
    jump.observations[1] = said(&[0, 105_000_000].map(|units| units.max(1)))[1].clone();
    assert_eq!(
        plan(&jump),
        Decision::Hold(Hold::Settling { until_ms }),
        "one is missing"
    );
    jump.now_ms = until_ms;
    assert_eq!(
        cause_of(&jump),
        Some(Cause::Deviation),
        "late, it is not waited for any more"
    );
    jump.now_ms = NOW * 1_000 + 2;
    jump.observations[2].received_at_ms = NOW * 1_000 - 1_600;
    assert_eq!(
        cause_of(&jump),
        Some(Cause::Deviation),
        "missing the last round too, it is not waited for at all"
    );
}

/// PRICE-2: below `min_sources` that agree, nothing is sent, and the hold says so.
#[test]
fn too_few_sources_fail_closed() {
    let mut alone = calm();
    alone.view.observed_at = NOW - 1_000;
    alone.observations = said(&[100_000_000]);
    assert!(
        matches!(plan(&alone), Decision::Hold(Hold::TooFewSources(_))),
        "however old the feed"
    );
    alone.observations = said(&[100_000_000, 150_000_000]);
    assert!(
        matches!(plan(&alone), Decision::Hold(Hold::TooFewSources(_))),
        "two that disagree are none"
    );
}

#[test]
fn a_report_never_outlives_what_the_contract_takes() {
    let mut short = calm();
    short.view = FeedView::default();
    short.limits.max_delay_s = 5;
    assert!(matches!(plan(&short), Decision::Report { valid_until, .. } if valid_until == NOW + 5));
}

proptest! {
    #[test]
    fn a_decision_replays_from_its_json(
        prices in prop::collection::vec(90_000_000u128..110_000_000, 0..5),
        age in 0u64..60, pending in proptest::option::of((0u64..40, 90_000_000u128..110_000_000)),
        disputed in proptest::option::of(80_000_000u128..120_000_000), tried in 0u64..4, accepted in 0u64..4,
    ) {
        let mut snapshot = calm();
        snapshot.observations = said(&prices);
        snapshot.view.observed_at = NOW - age;
        snapshot.view.disputed = disputed.map(|units| (NOW - age, Price::new(units)));
        snapshot.pending = pending.map(|(age, units)| on_its_way(NOW - age, units)).into_iter().collect();
        snapshot.last_tried = NOW - tried;
        snapshot.view.accepted_at = NOW - accepted;
        let decision = plan(&snapshot);
        let json = serde_json::to_string(&snapshot).unwrap();
        let replayed: Snapshot = serde_json::from_str(&json).unwrap();
        prop_assert_eq!(&replayed, &snapshot);
        prop_assert_eq!(plan(&replayed), decision.clone());
        if let Decision::Report { observed_at, valid_until, assessment, .. } = decision {
            prop_assert!(observed_at > snapshot.view.observed_at && observed_at > snapshot.last_tried);
            prop_assert!(observed_at > snapshot.view.accepted_at && snapshot.chain_time >= snapshot.view.observed_at);
            prop_assert!(snapshot.pending.iter().all(|p| p.epoch < observed_at));
            prop_assert!(valid_until <= observed_at + snapshot.limits.max_delay_s);
            prop_assert!(assessment.used.len() >= snapshot.policy.rules.min_sources);
        }
    }
}
