//! What a suite is.

use std::fmt::Debug;

use serde::{Serialize, de::DeserializeOwned};

use super::{Dictionary, Measured, Random};
use crate::world::{Artifacts, Machine};

/// How an action ended when it broke no promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It happened.
    Accepted,
    /// The contract refused it, as it may.
    Refused,
    /// It names what does not exist: only shrinking makes such.
    Void,
}

/// A broken promise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// Its number in docs/invariants.md.
    pub promise: &'static str,
    /// What was seen.
    pub detail: String,
    /// What a forge test that performed the same actions may assert.
    pub expectation: Option<Expectation>,
}

/// An assertion with the exact value in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Expectation {
    /// Expression of what is judged.
    pub subject: String,
    /// Le, Ge or Eq.
    pub relation: &'static str,
    /// What it should be, or its bound.
    pub value: alloy_primitives::U256,
}

impl Violation {
    /// `promise` is broken by `detail`.
    pub fn new(promise: &'static str, detail: impl Into<String>) -> Self {
        Self {
            promise,
            detail: detail.into(),
            expectation: None,
        }
    }

    /// With what can be asserted of it.
    #[must_use]
    pub fn expecting(
        mut self,
        subject: impl Into<String>,
        relation: &'static str,
        value: alloy_primitives::U256,
    ) -> Self {
        self.expectation = Some(Expectation {
            subject: subject.into(),
            relation,
            value,
        });
        self
    }
}

/// Files of arithmetic: part of several contracts, and without state.
#[derive(Clone, Copy, Debug)]
pub struct Arithmetic {
    /// Their names.
    pub files: &'static [&'static str],
    /// `FILE:NAME` of the contract that offers it to [`Suite::functions`].
    pub probe: &'static str,
    /// How the names of forge's tests of it begin.
    pub tests: &'static str,
}

impl Arithmetic {
    /// Whether a path leads to one of its files.
    pub fn has(&self, path: &str) -> bool {
        self.files.iter().any(|file| path.ends_with(file))
    }
}

/// Actions on deployed contracts, a model of them, and promises that are checked after every action.
pub trait Suite: Sized {
    /// A call or a short story of calls, with every value in it: performing equal actions from the start gives equal
    /// results.
    type Action: Clone + Debug + Serialize + DeserializeOwned + Send;
    /// What the contracts' state should be.
    type Model: Clone;

    /// Its name on the command line.
    const NAME: &'static str;
    /// Names of all kinds of actions. A run in which one of them never happened has tested less than it says.
    const KINDS: &'static [&'static str];

    /// Contracts under test as `FILE:NAME`, from the root of the repository, the one that is called most first: with
    /// other code of one of them a run begins anew, and mutants are made of them.
    const CONTRACTS: &'static [&'static str];
    /// Folders whose files are mutated, with their subfolders.
    const SOURCES: &'static [&'static str];
    /// Arithmetic that can be measured by itself.
    const ARITHMETIC: Option<Arithmetic> = None;
    /// Names of what [`Self::tallies`] counts.
    const TALLIES: &'static [&'static str];

    /// The functions of [`Self::ARITHMETIC`], each measured on one input a call.
    ///
    /// # Errors
    /// When the contract that has them is not built.
    fn functions(_: &Artifacts) -> eyre::Result<Vec<Measured>> {
        Ok(Vec::new())
    }
    /// Deploys everything.
    ///
    /// # Errors
    /// When an artifact is missing or a constructor fails.
    fn deploy(artifacts: &Artifacts) -> eyre::Result<Self>;
    /// The EVM it lives in.
    fn machine(&mut self) -> &mut Machine;
    /// The model as it is.
    fn model(&self) -> &Self::Model;
    /// Puts the model back, along with a snapshot of the machine.
    fn set_model(&mut self, model: Self::Model);
    /// First actions of a sequence, from the state after [`Self::deploy`].
    fn opening(&mut self, random: &mut Random) -> Vec<Self::Action>;
    /// The next action.
    fn choose(&mut self, random: &mut Random, dictionary: &Dictionary) -> Self::Action;
    /// Performs an action and checks every promise.
    ///
    /// # Errors
    /// The promise that broke.
    fn perform(&mut self, action: &Self::Action) -> Result<Verdict, Violation>;
    /// Marks of the state and of the last action that are worth coming back to when new.
    fn features(&mut self, marks: &mut Vec<u32>);
    /// Its kind, one of [`Self::KINDS`].
    fn kind(action: &Self::Action) -> &'static str;
    /// Simpler actions to try in its place, simplest first.
    fn simpler(action: &Self::Action) -> Vec<Self::Action>;
    /// The sequence without the actions of a range; suites whose actions count on earlier ones renumber the rest.
    fn without(actions: &[Self::Action], range: std::ops::Range<usize>) -> Vec<Self::Action> {
        [&actions[..range.start], &actions[range.end..]].concat()
    }
    /// Counts of what was judged since the deployment, by name.
    fn tallies(&self) -> Vec<(&'static str, u64)>;
    /// A forge test that performs the actions and asserts the promise.
    fn solidity(&self, actions: &[Self::Action], violation: &Violation) -> String;
}
