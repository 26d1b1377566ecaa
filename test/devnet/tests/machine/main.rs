//! The transaction machine as a whole, checked against a model: the real store and the real manager on a node in memory
//! that follows geth's rules, while a script of faults, reorgs and kills runs. The scripts are those of `make chaos`,
//! which runs them on real processes; here a seed takes a fraction of a second and is the same every time.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod endpoint;
mod lost;
mod mortal;
mod node;
mod process;
mod real_nodes;

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use alloy::primitives::{B256, U256};
use fluxion_devnet::{
    accounts, audit,
    scenario::{Course, Step, of_seed},
};
use fluxion_keeper::{
    chain::Chain as _,
    clock::Clock as _,
    model::{ExpectedEvent, Height, Intent, IntentState, Lane, LogForm, NewIntent, TraceId},
    store::{TxStore as _, sql::Location},
};
use node::{CHAIN, CONTRACT, Node};
use process::{GWEI, Process, ScriptClock, begin, effect, index, signature};
use proptest::test_runner::{Config, RngSeed};
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};
use tokio::runtime::Runtime;

/// Steps of a script.
const STEPS: usize = 40;
/// Turns within which everything has to have come to its end once the weather is fine.
const REST: u32 = 250;

/// A process on its database, beside its node.
struct Machine {
    folder: tempfile::TempDir,
    runtime: Runtime,
    node: Arc<Node>,
    clock: Arc<ScriptClock>,
    process: Option<Process>,
    /// What its job wants, every time that it looks.
    wanted: Vec<NewIntent>,
    deaths: u32,
}

impl Machine {
    /// Beside a node whose blocks are final below so many others.
    fn start(finality: u64) -> Self {
        // In memory where there is such a folder: what is checked is the order of commits, not the disk.
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() {
            tempfile::tempdir_in(memory)
        } else {
            tempfile::tempdir()
        };
        let folder = folder.unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let node = Node::new(finality);
        let clock = Arc::new(ScriptClock(AtomicU64::new(1_700_000_020_000)));
        let process = runtime.block_on(begin(folder.path(), &node, &clock));
        let mut machine = Self {
            folder,
            runtime,
            node,
            clock,
            process: Some(process),
            wanted: Vec::new(),
            deaths: 0,
        };
        machine.turn();
        machine
    }

    /// One look of everything that a process does, or as much of it as it lives for.
    fn turn(&mut self) {
        self.clock.0.fetch_add(300, Ordering::SeqCst);
        self.node.publish();
        let Some(mut process) = self.process.take() else { return };
        let (node, now) = (self.node.clone(), self.clock.now_ms());
        let head = node.heads().borrow().map_or(0, |head| head.time);
        self.wanted.retain(|w| w.valid_until.is_none_or(|until| until > head));
        let wanted = &self.wanted;
        let work = async {
            // Nothing is planned on an index that does not follow.
            if node.poll().await.is_ok() {
                index(&process.store, &node).await.unwrap();
                process.store.plan_intents(wanted, now).await.unwrap();
            }
            process.manager.tick().await
        };
        let died = self.runtime.block_on(async {
            tokio::select! {
                biased;
                () = process.life.over() => true,
                done = work => {
                    if let Err(why) = done {
                        assert!(!node.state().is_fine(), "a step failed in fine weather: {why}");
                    }
                    false
                }
            }
        });
        self.process = Some(process);
        if died {
            self.deaths += 1;
            self.restart();
        } else if self.node.state().is_fine() {
            self.no_wait_without_a_reason();
        }
    }

    /// TX-11: whatever has no nonce after a step says why.
    fn no_wait_without_a_reason(&self) {
        let Some(process) = &self.process else { return };
        let open = self.runtime.block_on(process.store.store.open_intents(CHAIN)).unwrap();
        let waits = |i: &&Intent| matches!(i.state, IntentState::Planned | IntentState::Simulated);
        let silent: Vec<_> = open.iter().filter(waits).filter(|i| i.parked.is_none()).collect();
        assert!(silent.is_empty(), "TX-11: waits without a reason: {silent:#?}");
    }

    /// Whatever only the process knew is gone.
    fn restart(&mut self) {
        *self.node.sender.lock().unwrap() = None;
        let Some(process) = self.process.take() else { return };
        let (folder, node, clock) = (self.folder.path(), &self.node, &self.clock);
        self.process = Some(self.runtime.block_on(async {
            process.store.store.close().await;
            drop(process);
            begin(folder, node, clock).await
        }));
    }

    fn blocks(&mut self, blocks: u8, watched: bool) {
        for _ in 0..blocks {
            self.node.state().mine();
            self.clock.0.fetch_add(700, Ordering::SeqCst);
            if watched {
                self.turn();
            }
        }
    }

    fn want(&mut self, number: u32, topic: u8, lasting: bool) {
        let data = effect(number);
        let valid_until = (!lasting).then(|| self.node.state().head().time + 15);
        self.node.state().terms.insert(data.clone(), valid_until);
        // Lasting effects do not replace one another.
        let topic = if lasting {
            format!("lasting/{number}")
        } else {
            format!("topic/{topic}")
        };
        self.wanted.push(NewIntent {
            effect: format!("effect/{number}"),
            topic,
            job: "script".into(),
            chain: CHAIN,
            lane: Lane::Prices,
            to: CONTRACT,
            data: data.clone(),
            value: U256::ZERO,
            expected: ExpectedEvent {
                address: CONTRACT,
                forms: vec![LogForm {
                    topics: vec![Some(signature()), Some(B256::from_slice(&data))],
                    data: None,
                }],
                since: Height(0),
            },
            valid_until,
            max_incarnations: 100,
            trace: TraceId(format!("{number}")),
            reason: "the script wants it".into(),
            evidence_at_ms: self.clock.now_ms(),
        });
    }

    fn step(&mut self, number: u32, step: &Step) {
        match *step {
            Step::Want { topic, lasting } => self.want(number, topic, lasting),
            Step::Blocks(blocks) => self.blocks(blocks, true),
            Step::Wait(tenths) => {
                self.clock.0.fetch_add(u64::from(tenths) * 100, Ordering::SeqCst);
            }
            // One of several endpoints is no trouble to those above `chain`.
            Step::Trouble {
                everywhere: true, what, ..
            } => self.node.state().trouble(Some(what)),
            Step::Trouble { .. } => {}
            Step::Heal => self.node.state().trouble(None),
            Step::Reorg { depth, fate } => self.node.state().reorg(depth, fate),
            Step::Evict => self.node.state().evict(),
            Step::Kill { place, after } => {
                if let Some(process) = &self.process {
                    process.life.ends_at(place, after);
                }
            }
            Step::Freeze(blocks) => self.blocks(blocks, false),
            Step::Database => self.restart(),
            Step::Foreign => self.node.state().foreign(),
            Step::BaseFee(gwei) => self.node.state().base_fee = u128::from(gwei) * GWEI,
        }
        self.turn();
    }

    fn check(&self) {
        let state = self.node.state();
        assert!(state.broken.is_empty(), "{:#?}", state.broken);
        let twice: Vec<_> = state.effects().into_iter().filter(|(_, times)| *times > 1).collect();
        assert!(twice.is_empty(), "TX-2: effects made twice: {twice:?}");
    }

    /// In fine weather everything comes to its end; then chain and database say the same.
    fn rest(mut self, course: &Course) {
        self.node.state().trouble(None);
        self.node.state().base_fee = GWEI;
        if let Some(process) = &self.process {
            process.life.spare();
        }
        let mut turns = 0;
        let finality = self.node.state().finality;
        loop {
            self.blocks(1, true);
            let store = &self.process.as_ref().unwrap().store.store;
            let next = self.node.state().waiting().0;
            let (open, unmined) = self.runtime.block_on(async {
                let slots = store.open_slots(CHAIN).await.unwrap();
                let unmined = slots.iter().any(|(slot, _)| slot.nonce >= next);
                ((slots.len(), store.open_intents(CHAIN).await.unwrap()), unmined)
            });
            let made = self.node.state().effects();
            let missing = course.lasting.iter().any(|number| !made.contains_key(&effect(*number)));
            if open.0 == 0 && open.1.is_empty() && !missing {
                break;
            }
            // What is mined waits for finality alone: its blocks come at once.
            if !unmined && turns % 8 == 7 {
                self.blocks(u8::try_from(finality.min(100)).unwrap(), false);
            }
            turns += 1;
            assert!(
                turns < REST,
                "lost or hanging after {turns} blocks of fine weather: {:#?}\n{open:#?}",
                self.node.state().waiting()
            );
        }
        self.check();
        let location = Location::Sqlite(self.folder.path().to_owned());
        let (found, foreign) = {
            let state = self.node.state();
            (state.found(), state.foreigners())
        };
        let account = accounts::key(accounts::PRICES_LANE).unwrap().address();
        let report = self
            .runtime
            .block_on(audit::audit_mined(&location, CHAIN.0, account, &found))
            .unwrap();
        assert!(
            report.duplicated.is_empty(),
            "effects made twice: {:?}",
            report.duplicated
        );
        assert!(report.orphans.is_empty(), "orphan nonces: {:?}", report.orphans);
        assert_eq!(
            report.unknown.len(),
            foreign,
            "sent and never stored: {:?}",
            report.unknown
        );
    }
}

impl StateMachineTest for Machine {
    type SystemUnderTest = Self;
    type Reference = Course;

    fn init_test(course: &Course) -> Self {
        Self::start(u64::from(course.finality))
    }

    fn apply(mut machine: Self, course: &Course, step: Step) -> Self {
        // The course has taken the step already.
        let number = course.wanted.saturating_sub(1);
        machine.step(number, &step);
        machine
    }

    fn check_invariants(machine: &Self, _: &Course) {
        machine.check();
    }

    fn teardown(machine: Self, course: Course) {
        machine.rest(&course);
    }
}

/// Cases from the environment, for long runs.
fn cases(variable: &str, usual: u32) -> u32 {
    std::env::var(variable)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(usual)
}

/// Runs a script from its beginning to rest; gives the kills that met a commit or send.
fn run(mut course: Course, script: &[Step]) -> u32 {
    let mut machine = Machine::start(u64::from(course.finality));
    for step in script {
        course = Course::apply(course, step);
        machine.step(course.wanted.saturating_sub(1), step);
        machine.check();
    }
    let deaths = machine.deaths;
    machine.rest(&course);
    deaths
}

/// CRASH-5: the scripts of the first chaos seeds.
#[test]
fn chaos_seeds_on_a_node_in_memory_lose_nothing() {
    let seeds = cases("FLUXION_MODEL_SEEDS", 12);
    let from = cases("FLUXION_MODEL_FROM", 0);
    let mut deaths = 0;
    for seed in from..from + seeds {
        let (course, script) = of_seed(u64::from(seed), STEPS).unwrap();
        match std::panic::catch_unwind(|| run(course.clone(), &script)) {
            Ok(died) => deaths += died,
            Err(why) => {
                eprintln!("seed {seed}, final below {} blocks: {script:?}", course.finality);
                std::panic::resume_unwind(why);
            }
        }
    }
    println!("{seeds} seeds, {deaths} kills");
    assert!(deaths >= seeds, "the scripts hardly kill: {deaths} kills");
}

prop_state_machine! {
    #![proptest_config(Config {
        cases: cases("FLUXION_MODEL_CASES", 8),
        rng_seed: RngSeed::Fixed(20),
        failure_persistence: None,
        max_shrink_iters: 400,
        ..Config::default()
    })]

    /// CRASH-5: the same with what proptest makes of it: a failure is shrunk to its fewest steps.
    #[test]
    fn the_machine_keeps_its_promises(sequential 1..60 => Machine);
}
