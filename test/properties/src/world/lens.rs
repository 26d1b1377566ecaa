//! Many views in one call.

use alloy_primitives::{Address, Bytes};
use alloy_sol_types::{SolCall, sol};
use eyre::Context;

use super::{Artifacts, Machine, Outcome};

sol! {
    struct Question {
        address target;
        bytes data;
    }

    struct Answer {
        bool returned;
        bytes data;
    }

    function look(Question[] questions) external view returns (Answer[] answers);
}

/// A contract of the tests that asks them.
#[derive(Clone, Copy, Debug)]
pub struct Lens(Address);

impl Lens {
    /// Deploys it for good.
    ///
    /// # Errors
    /// When it is not built.
    pub fn deploy(machine: &mut Machine, artifacts: &Artifacts, from: Address) -> eyre::Result<Self> {
        let code = artifacts.creation_code("Lens.sol", "Lens")?;
        Ok(Self(machine.deploy(from, code).context("the lens")?))
    }

    /// What each call answers, in their order. One that uses up all gas leaves the others without an answer.
    pub fn look(&self, machine: &mut Machine, calls: impl Iterator<Item = (Address, Bytes)>) -> Vec<Outcome> {
        let questions: Vec<Question> = calls.map(|(target, data)| Question { target, data }).collect();
        let count = questions.len();
        let outcome = machine.call(Address::ZERO, self.0, lookCall { questions }.abi_encode());
        let answers = outcome
            .returned()
            .and_then(|data| lookCall::abi_decode_returns(data).ok());
        let Some(answers) = answers else {
            return vec![outcome; count];
        };
        let ended = |answer: Answer| {
            if answer.returned {
                Outcome::Returned(answer.data)
            } else {
                Outcome::Reverted(answer.data)
            }
        };
        answers.into_iter().map(ended).collect()
    }
}
