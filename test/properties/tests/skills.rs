//! The fast lane of the suite of skills: a fixed seed, seconds.

use std::path::Path;

use fluxion_properties::{
    engine::{Round, Suite, Verdict, Violation},
    suites::skills::{Action, Entry, Flaw, Moment, Skills, Slip},
    world::Artifacts,
};

fn suite() -> Skills {
    Skills::deploy(&Artifacts::of_repository()).unwrap()
}

/// SKILL-1 to SKILL-12, BADGE-1 to BADGE-6 over a guided round in which every kind of action happens that may, each
/// judged by less than four calls.
#[test]
fn a_guided_round_breaks_no_promise_and_every_action_happens() {
    let mut suite = suite();
    let round = Round {
        seed: 20_261_121,
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
        assert!(
            report.accepted.contains_key(kind),
            "{kind} never happened: {:?}",
            report.accepted
        );
    }
    let calls = report.calls;
    assert!(
        calls < 4 * report.actions,
        "{calls} calls for {} actions",
        report.actions
    );
}

/// SKILL-5: every flaw of a signature, one by one, for every message that is signed; then the same without it, and then
/// again.
#[test]
fn a_signature_works_once_and_only_for_what_was_signed() {
    let mut suite = suite();
    let mut does = |action: &Action| suite.perform(action).unwrap();
    let entry = Entry {
        wallet: 1,
        skill: 1,
        xp: 300,
        slip: Slip::None,
    };
    let guardians = Action::SetGuardians {
        who: 0,
        members: vec![0, 1, 2],
        threshold: 2,
    };
    does(&Action::Mint { who: 0, auth: 2 });
    assert_eq!(does(&guardians), Verdict::Accepted);
    assert_eq!(does(&Action::Burn { who: 0 }), Verdict::Accepted);
    let messages: [&dyn Fn(usize, Flaw) -> Action; 6] = [
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
        &|_, flaw| Action::Cancel {
            wallet: 2,
            what: Moment::Burn,
            approvals: vec![0, 1],
            flaw,
        },
        &|_, flaw| Action::Propose {
            wallet: 2,
            to: 1,
            approvals: vec![0, 1],
            flaw,
        },
    ];
    for (number, message) in messages.into_iter().enumerate() {
        let batch = number == 2;
        // Keys, and a contract where validators sign.
        for by in if (1..=3).contains(&number) { vec![0, 2] } else { vec![0] } {
            for flaw in Flaw::ALL.into_iter().filter(|flaw| *flaw != Flaw::None) {
                if !batch || flaw.spoils_a_batch() {
                    assert_eq!(does(&message(by, flaw)), Verdict::Refused, "{:?}", message(by, flaw));
                }
            }
            assert_eq!(does(&message(by, Flaw::None)), Verdict::Accepted, "{number}");
            // Refused, that is; or, of a batch, taken and of no effect: the model says so, and is compared.
            for which in 0..8 {
                assert_eq!(does(&Action::Replay { which }), Verdict::Accepted, "{number}");
            }
        }
    }
}

/// SKILL-4: what does not fit holds up no other entry, and counts when its turn has come, by the same signature, until
/// its deadline.
#[test]
fn a_batch_is_sent_again_for_what_did_not_fit() {
    let mut suite = suite();
    let entry = |wallet, slip| Entry {
        wallet,
        skill: 2,
        xp: 7,
        slip,
    };
    let batch = |entries: &[Entry]| Action::AttestBatch {
        by: 0,
        entries: entries.to_vec(),
        flaw: Flaw::None,
    };
    let xp = |suite: &Skills, wallet| suite.experience(wallet, 2);
    suite.perform(&Action::Wait { seconds: 1 }).unwrap();
    let mixed = [
        entry(1, Slip::Ahead),
        entry(9, Slip::None),
        entry(1, Slip::Epoch),
        Entry {
            xp: 0,
            ..entry(1, Slip::None)
        },
    ];
    assert_eq!(suite.perform(&batch(&mixed)).unwrap(), Verdict::Accepted);
    assert_eq!(xp(&suite, 1), 0, "nothing fits");
    let single = Action::Attest {
        by: 0,
        entry: entry(1, Slip::None),
        flaw: Flaw::None,
    };
    assert_eq!(suite.perform(&single).unwrap(), Verdict::Accepted);
    assert_eq!(xp(&suite, 1), 7);
    for _ in 0..3 {
        assert_eq!(suite.perform(&Action::Replay { which: 0 }).unwrap(), Verdict::Accepted);
        assert_eq!(xp(&suite, 1), 14, "the entry that was ahead, once");
    }
}

/// SKILL-9, SKILL-11: a wallet comes home from every state that a thief can bring it to: just recovered, with a burn
/// and a change announced or ripe, with the veto used, with a proposal that nobody completes.
#[test]
fn a_wallet_comes_home_from_every_state() {
    let day = 86_400;
    let wait = |days: u64| Action::Wait { seconds: days * day };
    let propose = |to, approvals: &[u8]| Action::Propose {
        wallet: 2,
        to,
        approvals: approvals.to_vec(),
        flaw: Flaw::None,
    };
    let burn = |who| Action::Burn { who };
    let change = |who| Action::SetGuardians {
        who,
        members: Vec::new(),
        threshold: 0,
    };
    let states: [Vec<Action>; 5] = [
        vec![],
        vec![burn(0), change(0), wait(15)],
        vec![
            propose(1, &[0, 1]),
            Action::Veto { who: 0 },
            burn(0),
            wait(14),
            change(0),
        ],
        vec![propose(1, &[0, 1]), wait(8)],
        vec![
            propose(1, &[0, 1]),
            wait(7),
            Action::Complete { who: 1, wallet: 2 },
            burn(1),
            change(1),
            wait(14),
        ],
    ];
    for (number, state) in states.into_iter().enumerate() {
        for thief in 0..32 {
            let mut suite = suite();
            suite.perform(&Action::Mint { who: 0, auth: 2 }).unwrap();
            let guardians = Action::SetGuardians {
                who: 0,
                members: vec![0, 1, 2],
                threshold: 2,
            };
            suite.perform(&guardians).unwrap();
            for action in &state {
                assert_eq!(
                    suite.perform(action).unwrap(),
                    Verdict::Accepted,
                    "{number}: {action:?}"
                );
            }
            let rescue = Action::Rescue {
                wallet: 2,
                to: 3,
                thief,
            };
            assert_eq!(suite.perform(&rescue).unwrap(), Verdict::Accepted, "{number}, {thief}");
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
            slip: Slip::None,
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
