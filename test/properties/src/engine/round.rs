//! A round: so many actions from one seed, with guidance of its own, so that the seed and the number of a round replay
//! it alone.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Dictionary, Guidance, Random, Suite, Verdict, Violation, guidance::Entry};

/// Actions of a sequence after its opening.
const SEQUENCE: usize = 96;
/// One sequence in so many starts afresh even when there are states to go on from.
const FRESH: u64 = 3;
/// Longest sequence that is kept.
const LONGEST: usize = 400;

/// Which round to run.
#[derive(Clone, Copy, Debug)]
pub struct Round {
    /// Seed of the run.
    pub seed: u64,
    /// Number of the round in it.
    pub number: u64,
    /// Actions to perform.
    pub actions: u64,
    /// Whether new states are kept and gone on from.
    pub guided: bool,
}

/// What a round did.
#[derive(Clone, Debug, Default, Serialize)]
pub struct RoundReport {
    /// Actions performed.
    pub actions: u64,
    /// Calls made for them, those of the judges included.
    pub calls: u64,
    /// Branches of the contracts that ran, both directions counted.
    pub edges: u32,
    /// Different marks of states and results.
    pub marks: u32,
    /// Accepted actions by kind.
    pub accepted: BTreeMap<&'static str, u64>,
    /// Refused actions by kind.
    pub refused: BTreeMap<&'static str, u64>,
    /// What the suite judged, by name.
    pub judged: BTreeMap<&'static str, u64>,
}

impl RoundReport {
    /// Adds another round's figures. Branches and marks of rounds are not told apart: the larger number stands.
    pub fn add(&mut self, other: &Self) {
        self.actions += other.actions;
        self.calls += other.calls;
        self.edges = self.edges.max(other.edges);
        self.marks = self.marks.max(other.marks);
        for (mine, theirs) in [
            (&mut self.accepted, &other.accepted),
            (&mut self.refused, &other.refused),
            (&mut self.judged, &other.judged),
        ] {
            for (kind, count) in theirs {
                *mine.entry(kind).or_default() += count;
            }
        }
    }
}

/// A sequence whose last action broke a promise.
#[derive(Clone, Debug)]
pub struct Failure<A> {
    /// Round that found it.
    pub round: u64,
    /// From the start.
    pub actions: Vec<A>,
    /// The promise.
    pub violation: Violation,
}

impl Round {
    /// Runs it; ends at the first broken promise, or when `progress`, told of so many more actions, says no.
    pub fn run<S: Suite>(
        &self,
        suite: &mut S,
        progress: impl Fn(u64) -> bool,
    ) -> (RoundReport, Option<Failure<S::Action>>) {
        let start = (suite.machine().snapshot(), suite.model().clone());
        let mut random = Random::new(self.seed, self.number);
        let mut guidance = Guidance::<S::Action, S::Model>::default();
        let mut dictionary = Dictionary::default();
        let mut report = RoundReport::default();
        let mut marks = Vec::new();
        suite.machine().coverage().reset();
        let mut failure = None;
        let mut reported = 0;

        let calls_before = suite.machine().calls();
        let judged_before = suite.tallies();
        'round: while report.actions < self.actions {
            let resumed = if self.guided && !random.one_in(FRESH) {
                guidance.pick(&mut random)
            } else {
                None
            };
            let mut done: Vec<S::Action>;
            let mut queue;
            if let Some(entry) = resumed {
                suite.machine().restore(&entry.snapshot);
                suite.set_model(entry.model.clone());
                done = entry.actions.clone();
                queue = Vec::new().into_iter();
            } else {
                suite.machine().restore(&start.0);
                suite.set_model(start.1.clone());
                done = Vec::new();
                queue = suite.opening(&mut random).into_iter();
            }
            dictionary.learn(suite.machine().coverage().operands());
            for _ in 0..SEQUENCE {
                let action = queue.next().unwrap_or_else(|| suite.choose(&mut random, &dictionary));
                let kind = S::kind(&action);
                done.push(action);
                let result = suite.perform(&done[done.len() - 1]);
                report.actions += 1;
                match result {
                    Ok(Verdict::Accepted) => *report.accepted.entry(kind).or_default() += 1,
                    Ok(Verdict::Refused) => *report.refused.entry(kind).or_default() += 1,
                    Ok(Verdict::Void) => {}
                    Err(violation) => {
                        failure = Some(Failure {
                            round: self.number,
                            actions: done,
                            violation,
                        });
                        break 'round;
                    }
                }
                let mut is_new = suite.machine().coverage().harvest();
                marks.clear();
                suite.features(&mut marks);
                is_new |= guidance.note(&marks);
                if is_new && self.guided && done.len() < LONGEST {
                    let entry = Entry {
                        actions: done.clone(),
                        snapshot: suite.machine().snapshot(),
                        model: suite.model().clone(),
                    };
                    guidance.keep(&mut random, entry);
                }
            }
            if !progress(report.actions - reported) {
                break;
            }
            reported = report.actions;
        }
        suite.machine().restore(&start.0);
        suite.set_model(start.1);
        for ((name, after), (_, before)) in suite.tallies().into_iter().zip(judged_before) {
            report.judged.insert(name, after - before);
        }
        report.calls = suite.machine().calls() - calls_before;
        report.edges = suite.machine().coverage().edges();
        report.marks = guidance.marks();
        (report, failure)
    }
}
