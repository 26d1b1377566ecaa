//! The fast lane of the suite of oracles: a fixed seed, seconds.

use std::path::Path;

use fluxion_properties::{
    engine::{Round, Suite, Verdict, Violation},
    suites::oracles::{Action, Flaw, Oracles},
    world::Artifacts,
};

fn suite() -> Oracles {
    Oracles::deploy(&Artifacts::of_repository()).unwrap()
}

fn report(price: i128, ago: i64, signers: &[usize], flaw: Flaw) -> Action {
    Action::Report {
        feed: 0,
        price,
        ago,
        signers: signers.to_vec(),
        flaw,
    }
}

/// ORACLE-1 to ORACLE-13, ORACLE-16 and REP-1 to REP-5 over a guided round in which every kind of action happens, each
/// judged by less than four calls.
#[test]
fn a_guided_round_breaks_no_promise_and_every_action_happens() {
    let mut suite = suite();
    let round = Round {
        seed: 20_261_201,
        number: 0,
        actions: 5_000,
        guided: true,
    };
    let (report, failure) = round.run(&mut suite, |_| true);
    assert!(
        failure.is_none(),
        "{:?}",
        failure.map(|failure| (failure.violation, failure.actions))
    );
    for kind in Action::KINDS {
        let count = report.accepted.get(kind).copied().unwrap_or_default();
        let least = if *kind == "fill the ring" { 5 } else { 20 };
        assert!(count >= least, "{kind} happened {count} times: {:?}", report.accepted);
    }
    let calls = report.calls;
    assert!(
        calls < 4 * report.actions,
        "{calls} calls for {} actions",
        report.actions
    );
}

/// ORACLE-7, ORACLE-8, ORACLE-9, REP-2: every flaw of a signed report, one by one, by keys and contracts; then the same
/// without it, and then again (ORACLE-2, REP-1).
#[test]
fn a_report_counts_once_and_only_as_it_was_signed() {
    // All eleven who may sign, so that contracts are among them.
    let all: Vec<usize> = (0..11).collect();
    let rotate = Action::Rotate {
        signers: all.clone(),
        threshold: 11,
        strict: 11,
        by_admin: true,
    };
    let scores = |flaw| Action::ReportScores {
        updates: vec![(1, 400), (2, 10)],
        ago: 0,
        signers: all.clone(),
        flaw,
    };
    let prices = |flaw| report(108_000_000, 0, &all, flaw);
    for message in [&prices as &dyn Fn(Flaw) -> Action, &scores] {
        let mut suite = suite();
        let mut does = |action: &Action| suite.perform(action).unwrap();
        assert_eq!(does(&rotate), Verdict::Accepted);
        for flaw in Flaw::ALL.into_iter().filter(|flaw| *flaw != Flaw::None) {
            assert_eq!(does(&message(flaw)), Verdict::Refused, "{flaw:?}");
        }
        assert_eq!(does(&message(Flaw::None)), Verdict::Accepted);
        assert_eq!(does(&message(Flaw::None)), Verdict::Refused);
        assert_eq!(does(&Action::Replay { which: 0 }), Verdict::Accepted);
    }
}

/// ORACLE-10: a feed is brought to a price by both kinds of quorum, from a dispute, from reports that are dated ahead,
/// and after a rotation.
#[test]
fn a_feed_is_settled_from_every_state() {
    let settle = |price, strictly| Action::Settle {
        feed: 0,
        price,
        strictly,
    };
    let states: [&[Action]; 4] = [
        &[],
        &[
            report(100, 0, &[0, 1, 2], Flaw::None),
            Action::Wait { seconds: 16 },
            report(200, 0, &[0, 1, 2], Flaw::None),
        ],
        &[report(100, -15, &[0, 1, 2, 3, 4], Flaw::None)],
        &[
            report(100, -15, &[0, 1, 2], Flaw::None),
            Action::Rotate {
                signers: vec![5, 6, 7],
                threshold: 2,
                strict: 3,
                by_admin: true,
            },
        ],
    ];
    for (number, state) in states.into_iter().enumerate() {
        for strictly in [true, false] {
            let mut suite = suite();
            for action in state {
                assert_eq!(
                    suite.perform(action).unwrap(),
                    Verdict::Accepted,
                    "{number}: {action:?}"
                );
            }
            let settled = suite.perform(&settle(5_000, strictly)).unwrap();
            assert_eq!(settled, Verdict::Accepted, "{number}, {strictly}");
        }
    }
}

/// What the suite prints is what forge runs.
#[test]
fn a_sequence_reads_as_the_forge_test_that_is_committed() {
    let mut suite = suite();
    let actions = [
        report(108_000_000, 0, &[0, 2, 4], Flaw::None),
        report(109_000_000, 0, &[0, 2, 4], Flaw::None),
        Action::Wait { seconds: 16 },
        report(120_000_000, 3, &[0, 1, 2], Flaw::None),
        report(120_000_000, 0, &[0, 1, 2, 3], Flaw::Swapped),
        Action::Settle {
            feed: 0,
            price: 121_000_000,
            strictly: false,
        },
        Action::ReportScores {
            updates: vec![(1, 300), (2, 900)],
            ago: 1,
            signers: vec![1, 3, 4],
            flaw: Flaw::None,
        },
        Action::Veto {
            wallets: vec![1, 2],
            by_admin: true,
        },
        Action::Replay { which: 0 },
    ];
    for action in &actions {
        suite.perform(action).unwrap();
    }
    let text = suite.solidity(&actions, &Violation::new("ORACLE-6", "printed"));
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../oracles/OracleReplay.t.sol");
    let committed = std::fs::read_to_string(file).unwrap();
    // Forge's formatter breaks lines.
    let bare = |text: &str| text.split_whitespace().collect::<String>();
    for line in text
        .lines()
        .filter(|line| line.contains("replay(") || line.contains("vm.warp("))
    {
        assert!(
            bare(&committed).contains(&bare(line)),
            "OracleReplay.t.sol lacks a line; the test is:\n{text}"
        );
    }
}
