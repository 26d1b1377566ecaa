//! What nodes of real chains do and anvil does not: finality of a quarter of an hour, states that are gone, receipts
//! that come late, counts that are wrong, simulations whose failure nobody understands.

use fluxion_devnet::scenario::Course;
use fluxion_keeper::{
    chain::Chain as _,
    clock::Clock as _,
    model::{AttemptKind, FinalResult, Intent, IntentState},
    store::{Order, OrderKind, OrderStore as _, TxStore as _},
};

use crate::{
    Machine,
    node::CHAIN,
    process::{GWEI, effect},
};

/// Lasting effects, as many as given, all wanted at once.
fn wanting(finality: u64, effects: u32) -> (Machine, Course) {
    let mut machine = Machine::start(finality);
    for number in 0..effects {
        machine.want(number, 0, true);
    }
    let mut course = Course::start(u16::try_from(finality).unwrap());
    course.lasting = (0..effects).collect();
    course.wanted = effects;
    (machine, course)
}

impl Machine {
    fn intents(&self) -> Vec<Intent> {
        let store = &self.process.as_ref().unwrap().store.store;
        self.runtime.block_on(store.intents(1_000)).unwrap()
    }

    fn made(&self) -> usize {
        self.node.state().effects().len()
    }

    /// Blocks until `done`, at most `most`.
    fn blocks_until(&mut self, most: u32, what: &str, done: impl Fn(&Self) -> bool) {
        for _ in 0..most {
            if done(self) {
                return;
            }
            self.blocks(1, true);
        }
        panic!("{what}: not within {most} blocks: {:#?}", self.intents());
    }
}

/// TX-10: sixteen transactions that were mined and not final kept a lane silent for as long as finality takes.
#[test]
fn a_lane_does_not_wait_for_finality() {
    let (mut machine, course) = wanting(500, 40);
    machine.blocks_until(60, "TX-10: forty effects, none of them final", |m| m.made() == 40);
    machine.rest(&course);
}

/// TX-12: a node that keeps 128 states cannot say the nonce at the finalized block of a rollup.
#[test]
fn without_old_states_transactions_end_all_the_same() {
    let (mut machine, course) = wanting(500, 5);
    machine.node.state().pruned = true;
    machine.blocks_until(10, "TX-12: mined", |m| m.made() == 5);
    // A foreign transaction ends its slot as well: the count was seen in a block that is final by now.
    machine.node.state().foreign();
    machine.want(5, 0, true);
    machine.blocks_until(1_200, "TX-12: five ended", |m| {
        let ok = |i: &&Intent| i.result == Some(FinalResult::Ok);
        m.intents().iter().filter(ok).count() == 6
    });
    machine.rest(&course);
}

/// TX-13: one simulation with words that nobody knows kept everything else of the chain from being sent.
#[test]
fn one_unclear_simulation_stops_nothing_else() {
    let (mut machine, mut course) = wanting(8, 6);
    machine.node.state().unclear.insert(effect(0));
    machine.blocks_until(10, "TX-13: the five others", |m| m.made() == 5);
    let odd = machine.intents().pop().unwrap();
    assert_eq!(odd.state, IntentState::Planned, "TX-13: it is not sent");
    assert!(odd.parked.is_some(), "TX-11: it says why");
    machine.blocks_until(40, "TX-13: the others end", |m| {
        m.intents().iter().filter(|i| i.state == IntentState::Final).count() == 5
    });
    machine.node.state().unclear.clear();
    course.lasting = (0..6).collect();
    machine.rest(&course);
}

/// TX-14: receipts that were null past finality made own transactions foreign, with pages and no cost booked.
#[test]
fn a_late_receipt_makes_no_transaction_foreign() {
    for seen_before in [true, false] {
        let (mut machine, course) = wanting(8, 3);
        let begun = machine.node.state().head().height.0;
        if seen_before {
            machine.blocks_until(10, "TX-14: seen in a block", |m| {
                m.intents().iter().all(|i| i.state == IntentState::Included)
            });
        }
        machine.node.state().no_receipts_before = begun + 24;
        while machine.node.state().head().height.0 < begun + 60 {
            machine.blocks(1, true);
        }
        let process = machine.process.as_ref().unwrap();
        let ends = machine.runtime.block_on(process.store.store.slot_counts()).unwrap();
        assert_eq!(ends.get("ok"), Some(&3), "TX-14: {ends:?}, seen before: {seen_before}");
        let lane = fluxion_keeper::model::Lane::Prices;
        let spent = machine
            .runtime
            .block_on(process.store.store.spent_since(CHAIN, lane, 0))
            .unwrap();
        assert!(!spent.is_zero(), "TX-14: the cost is booked");
        machine.rest(&course);
    }
}

/// TX-15: one count of a million from one endpoint put a slot where no transaction can get to.
#[test]
fn one_wrong_count_of_nonces_opens_no_slot() {
    let (mut machine, course) = wanting(8, 1);
    machine.node.state().wrong_count = Some(1_000_000);
    machine.turn();
    machine.node.state().wrong_count = None;
    machine.blocks_until(10, "TX-15: made", |m| m.made() == 1);
    let nonces: Vec<_> = machine.intents().iter().map(|i| i.nonce).collect();
    assert_eq!(nonces, [Some(0)], "TX-15");
    assert_eq!(machine.node.id(), CHAIN);
    machine.rest(&course);
}

/// TX-16: words that nobody knows were written 7,202 times an hour, at the same fee, without a page.
#[test]
fn words_that_nobody_knows_have_an_exit() {
    let (mut machine, course) = wanting(8, 1);
    machine.node.state().words = Some("the moon is in the wrong house");
    for _ in 0..300 {
        machine.blocks(1, true);
    }
    let id = machine.intents()[0].id;
    let process = machine.process.as_ref().unwrap();
    let attempts = machine.runtime.block_on(process.store.store.attempts_of(id)).unwrap();
    assert!(attempts.len() > 1, "TX-16: the fee is raised");
    assert!(attempts.len() < 5, "TX-16: and not for ever: {}", attempts.len());
    let sends = machine.node.state().sends;
    assert!(sends < 80, "TX-16: {sends} sends in 300 s");
    machine.node.state().words = None;
    machine.rest(&course);
}

/// TX-18: what would revert by now is not paid more for; its nonce is freed, and when it is right again it is made.
#[test]
fn what_would_revert_is_not_raised() {
    let (mut machine, course) = wanting(8, 1);
    machine.turn();
    let id = machine.intents()[0].id;
    machine.node.state().reverts.insert(effect(0));
    machine.node.state().base_fee = 400 * GWEI;
    machine.blocks(3, true);
    let process = machine.process.as_ref().unwrap();
    let attempts = machine.runtime.block_on(process.store.store.attempts_of(id)).unwrap();
    let of = |kind| attempts.iter().filter(|attempt| attempt.kind == kind).count();
    assert_eq!(of(AttemptKind::Payload), 1, "TX-18: raised what reverts");
    assert!(of(AttemptKind::Cancel) > 0, "TX-18: its nonce is freed");
    machine.node.state().reverts.clear();
    machine.rest(&course);
}

/// OPS-4: an order from a clock that was 120 s ahead raised at every look, 21 times.
#[test]
fn an_order_from_a_clock_ahead_raises_once() {
    let (mut machine, course) = wanting(8, 1);
    machine.turn();
    let id = machine.intents()[0].id;
    let store = machine.process.as_ref().unwrap().store.store.clone();
    let order = Order {
        id: 0,
        intent: id,
        kind: OrderKind::Bump,
        who: "ana".into(),
        why: "it hangs".into(),
        at_ms: machine.clock.now_ms() + 120_000,
        replaces: None,
        outcome: None,
    };
    machine.runtime.block_on(store.give_order(&order)).unwrap();
    for _ in 0..5 {
        machine.turn();
    }
    let attempts = machine.runtime.block_on(store.attempts_of(id)).unwrap();
    assert_eq!(attempts.len(), 2, "OPS-4: raised once");
    let orders = machine.runtime.block_on(store.orders_of(id)).unwrap();
    assert!(
        orders[0].outcome.as_deref().unwrap().starts_with("raised"),
        "{orders:?}"
    );
    drop(store);
    machine.rest(&course);
}
