//! The suite of the pools: actors who swap, provide, donate and attack through real tokens, judged by exact arithmetic.
//!
//! The promises POOL-1 to POOL-22 and POOL-28 of docs/invariants.md are checked after every action, with no tolerance
//! beyond the bounds that the contracts' headers derive.

mod abi;
mod about;
mod action;
mod attack;
mod choose;
mod choose_events;
mod compare;
mod entry;
mod events;
mod fee;
mod fixture;
mod judge;
mod limits;
mod liquidity;
mod loan;
mod model;
mod native;
mod path;
mod perform;
mod permit;
mod probe;
mod recover;
mod replay;
mod replay_stories;
mod simpler;
mod swap;
mod terms;
mod unbalanced;
mod weigh;
mod wrong;
mod wrong_pool;

pub use abi::IPoolManager;
pub use action::{Action, Hop, Spec};
pub use entry::Entry;
pub(crate) use fixture::MODULES;
pub use fixture::{ACTORS, Fixture};
pub use loan::Loan;
pub use model::{Model, Pool};
pub use native::Native;
pub use perform::Pools;
pub use terms::Terms;
pub use unbalanced::Unbalanced;

use crate::{
    engine::{Arithmetic, Dictionary, Measured, Random, Suite, Verdict, Violation},
    world::{Artifacts, Machine},
};

impl Suite for Pools {
    type Action = Action;
    type Model = Model;

    const NAME: &'static str = "pools";
    const KINDS: &'static [&'static str] = Action::KINDS;
    const CONTRACTS: &'static [&'static str] = fixture::CONTRACTS;
    const SOURCES: &'static [&'static str] = &["contracts/pools", "contracts/math", "contracts/access"];
    const ARITHMETIC: Option<Arithmetic> = Some(Arithmetic {
        files: &["FixedPoint.sol", "WeightedMath.sol", "StableMath.sol"],
        probe: "test/properties/contracts/MathProbe.sol:MathProbe",
        tests: "PoolMath",
    });
    const TALLIES: &'static [&'static str] = &["swaps", "liquidity events"];

    fn functions(artifacts: &Artifacts) -> eyre::Result<Vec<Measured>> {
        probe::functions(artifacts)
    }

    fn deploy(artifacts: &Artifacts) -> eyre::Result<Self> {
        let (machine, fixture) = Fixture::deploy(artifacts)?;
        Ok(Self {
            machine,
            fixture,
            model: Model::default(),
            marks: Vec::new(),
            before: None,
            swaps: 0,
            events: 0,
        })
    }

    fn machine(&mut self) -> &mut Machine {
        &mut self.machine
    }

    fn model(&self) -> &Model {
        &self.model
    }

    fn set_model(&mut self, model: Model) {
        self.model = model;
    }

    fn opening(&mut self, random: &mut Random) -> Vec<Action> {
        self.open(random)
    }

    fn choose(&mut self, random: &mut Random, dictionary: &Dictionary) -> Action {
        self.next_action(random, dictionary)
    }

    fn perform(&mut self, action: &Action) -> Result<Verdict, Violation> {
        self.marks.clear();
        self.tell_time();
        let verdict = self.act(action)?;
        if verdict != Verdict::Void {
            self.compare_storage()?;
        }
        Ok(verdict)
    }

    fn features(&mut self, marks: &mut Vec<u32>) {
        marks.append(&mut self.marks);
        self.mark_state(marks);
    }

    fn kind(action: &Action) -> &'static str {
        action.kind()
    }

    fn simpler(action: &Action) -> Vec<Action> {
        action.simpler()
    }

    fn without(actions: &[Action], range: std::ops::Range<usize>) -> Vec<Action> {
        Action::without(actions, range)
    }

    fn tallies(&self) -> Vec<(&'static str, u64)> {
        Self::TALLIES.iter().copied().zip([self.swaps, self.events]).collect()
    }

    fn solidity(&self, actions: &[Action], violation: &Violation) -> String {
        replay::render(&self.fixture, actions, violation)
    }
}
