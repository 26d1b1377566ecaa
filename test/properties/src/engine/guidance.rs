//! What a round has seen, and the states worth going on from.

use alloy_primitives::U256;

use super::Random;
use crate::world::Snapshot;

const MARKS: usize = 1 << 20;
const CORPUS: usize = 192;

/// Numbers that the contracts compared with.
#[derive(Clone, Debug, Default)]
pub struct Dictionary(Vec<U256>);

impl Dictionary {
    /// Takes over what was sampled.
    pub fn learn(&mut self, operands: &[[u64; 4]]) {
        self.0.clear();
        self.0.extend(operands.iter().map(|limbs| U256::from_limbs(*limbs)));
    }

    /// One of them, or a neighbour of it; nothing while none is known.
    pub fn pick(&self, random: &mut Random) -> Option<U256> {
        if self.0.is_empty() {
            return None;
        }
        let value = self.0[random.index(self.0.len())];
        Some(match random.below(4) {
            0 => value.wrapping_add(U256::ONE),
            1 => value.wrapping_sub(U256::ONE),
            _ => value,
        })
    }
}

/// A state that was new in some way, with the actions that led to it.
#[derive(Clone, Debug)]
pub struct Entry<A, M> {
    /// From the start.
    pub actions: Vec<A>,
    /// State of the EVM.
    pub snapshot: Snapshot,
    /// State of the model.
    pub model: M,
}

/// Marks seen and a bounded corpus.
#[derive(Debug)]
pub struct Guidance<A, M> {
    seen: Vec<u64>,
    count: u32,
    corpus: Vec<Entry<A, M>>,
}

impl<A, M> Default for Guidance<A, M> {
    fn default() -> Self {
        Self {
            seen: vec![0; MARKS / 64],
            count: 0,
            corpus: Vec::new(),
        }
    }
}

impl<A, M> Guidance<A, M> {
    /// Takes note of marks; whether one was new.
    pub fn note(&mut self, marks: &[u32]) -> bool {
        let mut is_new = false;
        for mark in marks {
            let cell = mark.wrapping_mul(0x9e37_79b1) as usize % MARKS;
            let bit = 1 << (cell % 64);
            if self.seen[cell / 64] & bit == 0 {
                self.seen[cell / 64] |= bit;
                self.count += 1;
                is_new = true;
            }
        }
        is_new
    }

    /// Keeps a state; once there are enough, in the place of a random other.
    pub fn keep(&mut self, random: &mut Random, entry: Entry<A, M>) {
        if self.corpus.len() < CORPUS {
            self.corpus.push(entry);
        } else {
            let place = random.index(CORPUS);
            self.corpus[place] = entry;
        }
    }

    /// A state to go on from.
    pub fn pick(&self, random: &mut Random) -> Option<&Entry<A, M>> {
        (!self.corpus.is_empty()).then(|| &self.corpus[random.index(self.corpus.len())])
    }

    /// Different marks seen.
    pub fn marks(&self) -> u32 {
        self.count
    }
}
