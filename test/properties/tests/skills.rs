//! The fast lane of the suite of skills: a fixed seed, seconds.

use std::path::Path;

use fluxion_properties::{
    engine::{Round, Suite, Verdict, Violation},
    skills::{Action, Entry, Flaw, Skills},
    world::Artifacts,
};

fn suite() -> Skills {
    Skills::deploy(&Artifacts::of_repository()).unwrap()
}

/// SKILL-1 to SKILL-10, BADGE-1 to BADGE-6 over a guided round in which every kind of action happens that may.
#[test]
fn a_guided_round_breaks_no_promise_and_every_action_happens() {
    let mut suite = suite();
    let round = Round {
        seed: 20_261_121,
        number: 0,
        calls: 300_000,
        guided: true,
    };
    let (report, failure) = round.run(&mut suite, |_| true);
    assert!(
        failure.is_none(),
        "{:?}",
        failure.map(|failure| (failure.violation, failure.actions))
    );
    for kind in Action::KINDS {
        assert!(
            report.accepted.contains_key(kind),
            "{kind} never happened: {:?}",
            report.accepted
        );
    }
}

/// SKILL-5: every flaw of a signature, one by one, for every message that is signed; then the same without it, and then again.
#[test]
fn a_signature_works_once_and_only_for_what_was_signed() {
    let mut suite = suite();
    let mut does = |action: &Action| suite.perform(action).unwrap();
    let entry = Entry {
        wallet: 1,
        skill: 1,
        xp: 300,
    };
    let guardians = Action::SetGuardians {
        who: 0,
        members: 0b111,
        threshold: 2,
    };
    does(&Action::Mint { who: 0, auth: 2 });
    assert_eq!(does(&guardians), Verdict::Accepted);
    let messages: [&dyn Fn(usize, Flaw) -> Action; 5] = [
        &|_, flaw| Action::MintFor {
            account: 3,
            auth: 1,
            flaw,
        },
        &|by, flaw| Action::Attest {
            by,
            entry: entry.clone(),
            flaw,
        },
        &|by, flaw| Action::AttestBatch {
            by,
            entries: vec![entry.clone(), entry.clone()],
            flaw,
        },
        &|by, flaw| Action::Revoke {
            by,
            wallet: 1,
            skill: 1,
            xp: 5,
            flaw,
        },
        &|_, flaw| Action::Propose {
            wallet: 2,
            to: 1,
            approvals: 0b11,
            flaw,
        },
    ];
    for (number, message) in messages.into_iter().enumerate() {
        // Keys, and a contract where validators sign.
        for by in if (1..=3).contains(&number) { vec![0, 2] } else { vec![0] } {
            for flaw in Flaw::ALL.into_iter().filter(|flaw| *flaw != Flaw::None) {
                assert_eq!(does(&message(by, flaw)), Verdict::Refused, "{:?}", message(by, flaw));
            }
            assert_eq!(does(&message(by, Flaw::None)), Verdict::Accepted, "{number}");
            for which in 0..8 {
                assert_eq!(
                    does(&Action::Replay { which }),
                    Verdict::Accepted,
                    "{number}: refused, that is"
                );
            }
        }
    }
}

/// What the harness prints is what forge runs: the body of the test in test/skills/SkillReplay.t.sol.
#[test]
fn a_sequence_reads_as_the_forge_test_that_is_committed() {
    let mut suite = suite();
    let attest = |by| Action::Attest {
        by,
        entry: Entry {
            wallet: 2,
            skill: 1,
            xp: 250,
        },
        flaw: Flaw::None,
    };
    let actions = [
        Action::Mint { who: 3, auth: 2 },
        attest(0),
        attest(2),
        Action::Replay { which: 0 },
        Action::Claim { who: 3, badge: 0 },
        Action::Wait { seconds: 2_592_001 },
        Action::Upgrade { who: 3, badge: 1 },
        Action::Transfer {
            who: 3,
            wallet: 2,
            to: 4,
            way: 0,
        },
        Action::Revoke {
            by: 1,
            wallet: 2,
            skill: 1,
            xp: 499,
            flaw: Flaw::None,
        },
    ];
    for action in &actions {
        suite.perform(action).unwrap();
    }
    let text = suite.solidity(&actions, &Violation::new("SKILL-3", "printed"));
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../skills/SkillReplay.t.sol");
    let committed = std::fs::read_to_string(file).unwrap();
    // Forge's formatter breaks lines.
    let bare = |text: &str| text.split_whitespace().collect::<String>();
    for line in text
        .lines()
        .filter(|line| line.contains("replay(") || line.contains("vm.warp("))
    {
        assert!(
            bare(&committed).contains(&bare(line)),
            "SkillReplay.t.sol lacks a line; the test is:\n{text}"
        );
    }
}
