//! From a failing sequence to one in which nothing can be left out or made smaller.

use super::{Suite, Violation};

/// Sequences tried at most.
const BUDGET: u32 = 6_000;
/// Actions performed for it at most.
const ACTIONS: u64 = 20_000;

/// The shortest and simplest sequence found that breaks the same promise, with what it then shows.
pub fn shrink<S: Suite>(suite: &mut S, actions: &[S::Action], violation: &Violation) -> (Vec<S::Action>, Violation) {
    let start = (suite.machine().snapshot(), suite.model().clone());
    let mut budget = BUDGET;
    let mut performed = 0;
    let mut best = (actions.to_vec(), violation.clone());
    let mut fails = |candidate: &[S::Action]| -> Option<(usize, Violation)> {
        budget = if performed < ACTIONS {
            budget.checked_sub(1)?
        } else {
            return None;
        };
        suite.machine().restore(&start.0);
        suite.set_model(start.1.clone());
        candidate.iter().enumerate().find_map(|(index, action)| {
            performed += 1;
            let broken = suite.perform(action).err()?;
            // Another promise that breaks on the way is not what is being shrunk.
            Some((
                if broken.promise == violation.promise {
                    index
                } else {
                    usize::MAX
                },
                broken,
            ))
        })
    };
    let mut attempt = |best: &mut (Vec<S::Action>, Violation), mut candidate: Vec<S::Action>| -> bool {
        match fails(&candidate) {
            Some((index, broken)) if index < candidate.len() => {
                candidate.truncate(index + 1);
                *best = (candidate, broken);
                true
            }
            _ => false,
        }
    };

    loop {
        let before = best.0.len();
        let mut changed = false;
        // Leave out runs of actions, long ones first. The last one stays: it is where the promise breaks.
        let mut length = best.0.len().div_ceil(2).max(1);
        loop {
            let mut from = 0;
            while from + 1 < best.0.len() {
                let end = (from + length).min(best.0.len() - 1);
                let candidate = S::without(&best.0, from..end);
                if attempt(&mut best, candidate) {
                    changed = true;
                } else {
                    from += length;
                }
            }
            if length == 1 {
                break;
            }
            length = length.div_ceil(2);
        }
        // Make what is left simpler.
        let mut index = 0;
        while index < best.0.len() {
            let simpler = S::simpler(&best.0[index]);
            let found = simpler.into_iter().any(|action| {
                let mut candidate = best.0.clone();
                candidate[index] = action;
                attempt(&mut best, candidate)
            });
            if found {
                changed = true;
            } else {
                index += 1;
            }
        }
        if !changed && best.0.len() == before {
            break;
        }
    }
    suite.machine().restore(&start.0);
    suite.set_model(start.1);
    best
}
