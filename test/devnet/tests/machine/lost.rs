//! A payload that every node lost, dearer than a cancel may be.

use fluxion_devnet::scenario::{Course, Step};
use proptest_state_machine::ReferenceStateMachine as _;

use crate::{Machine, process::effect, run};

/// An expired payload, dearer than a cancel may be, and then what every node loses; the next effect waits for its
/// nonce.
fn lost_dear_payload() -> Vec<Step> {
    let mut script = vec![
        Step::Want {
            topic: 0,
            lasting: false,
        },
        Step::BaseFee(200),
    ];
    script.extend([Step::Wait(12); 6]);
    script.push(Step::BaseFee(700));
    script.extend([Step::Blocks(3); 6]);
    script.extend([
        Step::Evict,
        Step::Want {
            topic: 1,
            lasting: true,
        },
    ]);
    script
}

/// It kept its nonce and all later ones waiting for good.
#[test]
fn a_lost_payload_dearer_than_any_cancel_does_not_hold_its_nonce() {
    run(Course::start(8), &lost_dear_payload());
}

/// TX-6: the cancel that was signed at the market's price follows a market that rises.
#[test]
fn a_cancel_below_a_lost_payload_follows_the_market() {
    let mut machine = Machine::start(8);
    let mut script = lost_dear_payload();
    script.extend([Step::BaseFee(30), Step::Wait(1), Step::BaseFee(200)]);
    script.extend([Step::Blocks(3); 6]);
    let mut course = Course::start(8);
    for step in &script {
        course = Course::apply(course, step);
        machine.step(course.wanted.saturating_sub(1), step);
    }
    let made = machine.node.state().effects();
    assert!(made.contains_key(&effect(1)), "{:#?}", machine.node.state().waiting());
    machine.rest(&course);
}
