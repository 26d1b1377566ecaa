//! Many views in one call.

use alloy_primitives::{Address, Bytes, U256};
use eyre::Context;

use super::{Artifacts, Machine, Outcome};

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
        let mut questions = Vec::new();
        let mut count = 0;
        for (target, data) in calls {
            questions.extend_from_slice(target.as_slice());
            questions.extend((data.len() as u32).to_be_bytes());
            questions.extend_from_slice(&data);
            count += 1;
        }
        machine.coverage().sleep(true);
        let outcome = machine.call(Address::ZERO, self.0, questions);
        machine.coverage().sleep(false);
        let Outcome::Returned(answers) = &outcome else {
            return vec![outcome; count];
        };
        let mut rest = answers.clone();
        (0..count)
            .map(|_| {
                let head = U256::from_be_slice(&rest.split_to(32));
                let data = rest.split_to(head.as_limbs()[0] as usize);
                if head.bit(255) {
                    Outcome::Returned(data)
                } else {
                    Outcome::Reverted(data)
                }
            })
            .collect()
    }
}
