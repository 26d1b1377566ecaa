//! The fast lane of the property harness: fixed seeds, seconds.

use std::path::Path;

use fluxion_properties::{
    command::{AccuracyArgs, measure, replay_folder},
    engine::{Dictionary, Random, Round, Suite, Verdict, Violation, shrink},
    handler::Handler,
    mutation::{Compiled, Compiler, Sources},
    suites::pools::{Action, Pools},
    world::Artifacts,
};

fn suite() -> Pools {
    Pools::deploy(&Artifacts::of_repository()).unwrap()
}

/// Sequences that once told a broken contract from this one.
#[test]
fn committed_sequences_break_no_promise() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("regressions/pools");
    let (count, broken) = replay_folder(&mut suite(), &folder).unwrap();
    assert!(count >= 10, "{count} sequences");
    assert_eq!(broken, Vec::new());
}

/// What `make bench-properties` compares with forge: its world stands, and its promises are read where they are kept.
#[test]
fn the_world_of_the_benchmark_stands() {
    let round = Round {
        seed: 1,
        number: 0,
        actions: 3_000,
        guided: true,
    };
    let mut handler = Handler::deploy(&Artifacts::of_repository()).unwrap();
    let (report, failure) = round.run(&mut handler, |_| true);
    assert!(failure.is_none(), "{failure:?}");
    for kind in Handler::KINDS {
        assert!(report.accepted.contains_key(kind), "no {kind} was accepted");
    }
}

/// One action of each kind, none of which is refused: the sequence by which forge is shown that it replays them all.
#[test]
fn one_of_each_action_happens() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("regressions/pools/one-of-each-action.json");
    let actions: Vec<Action> = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let mut suite = suite();
    for (number, action) in actions.iter().enumerate() {
        let verdict = suite.perform(action);
        assert_eq!(verdict, Ok(Verdict::Accepted), "action {}: {action:?}", number + 1);
    }
    for kind in Action::KINDS {
        assert!(
            actions.iter().any(|action| action.kind() == *kind),
            "there is no {kind}"
        );
    }
}

/// POOL-1 to POOL-22 over a guided round in which every kind of action happens.
#[test]
fn a_guided_round_breaks_no_promise_and_every_action_happens() {
    let mut suite = suite();
    let round = Round {
        seed: 20_261_121,
        number: 0,
        actions: 15_000,
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
    assert!(report.judged["swaps"] > 4_000, "{:?}", report.judged);
}

/// A seed and the number of a round decide everything, whatever ran before.
#[test]
fn a_round_replays() {
    let mut suite = suite();
    let round = |number| Round {
        seed: 3,
        number,
        actions: 1_500,
        guided: true,
    };
    let (first, _) = round(1).run(&mut suite, |_| true);
    round(2).run(&mut suite, |_| true);
    let (again, _) = round(1).run(&mut suite, |_| true);
    assert_eq!(format!("{first:?}"), format!("{again:?}"));
}

/// POOL-1 in the small: `accuracy` does the same with a million inputs.
#[test]
fn the_math_stays_within_its_bounds() {
    for result in measure(&AccuracyArgs {
        suite: Pools::NAME.to_owned(),
        inputs: 3_000,
        seed: 9,
        json: true,
    })
    .unwrap()
    {
        assert_eq!((result.above_bound, result.in_favour), (0, 0), "{result:?}");
        assert!(
            result.worst_part_of_bound > 0.01,
            "a measure that sees no error at all: {result:?}"
        );
    }
}

/// Sequences without quotes until one breaks a promise.
fn found(suite: &mut Pools) -> (Vec<Action>, Violation) {
    let start = (suite.machine().snapshot(), suite.model().clone());
    let mut random = Random::new(1, 0);
    let dictionary = Dictionary::default();
    for _ in 0..400 {
        suite.machine().restore(&start.0);
        suite.set_model(start.1.clone());
        let mut actions = suite.opening(&mut random);
        for number in 0..60 {
            if number >= actions.len() {
                actions.push(suite.choose(&mut random, &dictionary));
            }
            match &mut actions[number] {
                Action::SwapOut { quoted, .. } | Action::SwapIn { quoted, .. } => *quoted = false,
                Action::PathOut { .. } => actions[number] = Action::Wait { seconds: 1 },
                _ => {}
            }
            if let Err(violation) = suite.perform(&actions[number]) {
                actions.truncate(number + 1);
                suite.machine().restore(&start.0);
                suite.set_model(start.1);
                return (actions, violation);
            }
        }
    }
    panic!("nothing broke")
}

/// What the harness is for: with the margin of exact-out dropped it finds a sequence, and shrinks it to a pool and a
/// swap.
#[test]
fn a_dropped_margin_is_found_and_shrunk() {
    let sources = Sources::read(Pools::SOURCES).unwrap();
    let file = "contracts/pools/math/WeightedMath.sol";
    let margin = "            part += 1 + ((part * (k + 2)) >> 70);\n";
    let mutant = sources.replacement("margin", file, margin, "").unwrap();
    let mut compiler = Compiler::start().unwrap();
    // The part that swaps for an exact output, alone: compiling is what takes the time, and quotes, which come from
    // another, are not asked for.
    let Compiled::Code(code) = compiler.compile(&Pools::CONTRACTS[1..2], Some(&mutant)).unwrap() else {
        panic!("it does not compile")
    };
    let mut artifacts = Artifacts::of_repository();
    for (name, code) in code {
        artifacts.replace(&name, code);
    }
    let mut suite = Pools::deploy(&artifacts).unwrap();
    let (actions, violation) = found(&mut suite);
    assert_eq!(violation.promise, "POOL-2");
    let (actions, violation) = shrink(&mut suite, &actions, &violation);
    assert!(actions.len() <= 6, "{actions:#?}");
    let test = suite.solidity(&actions, &violation);
    for part in [
        "function test_POOL2_Replay()",
        "manager.createPool(",
        "manager.swapExactOut(",
        "assertGe(returned, ",
    ] {
        assert!(test.contains(part), "no {part} in:\n{test}");
    }
}
