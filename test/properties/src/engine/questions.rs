//! What the contracts are asked after an action, and what each answer has to be.

use std::fmt::Debug;

use alloy_primitives::{Address, Bytes};
use alloy_sol_types::{SolCall, SolError};

use super::Violation;
use crate::world::{Lens, Machine, Outcome};

type Check<'a> = Box<dyn FnOnce(&Outcome) -> Result<(), Violation> + 'a>;

/// Views to ask in one call, each with its judge.
#[derive(Default)]
pub struct Questions<'a> {
    calls: Vec<(Address, Bytes)>,
    checks: Vec<Check<'a>>,
}

impl Debug for Questions<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("Questions").field(&self.calls.len()).finish()
    }
}

impl<'a> Questions<'a> {
    /// The view answers what `seen` makes `should` of, or the promise is broken. `what` names it.
    pub fn equals<C: SolCall, T: PartialEq + Debug + 'a>(
        &mut self,
        promise: &'static str,
        to: Address,
        call: &C,
        should: T,
        seen: impl FnOnce(C::Return) -> T + 'a,
        what: impl FnOnce() -> String + 'a,
    ) {
        let check = move |outcome: &Outcome| {
            let answer = outcome.returned().and_then(|data| C::abi_decode_returns(data).ok());
            match answer.map(seen) {
                Some(is) if is == should => Ok(()),
                is => Err(Violation::new(
                    promise,
                    format!(
                        "{} ({}) is {is:?}, should be {should:?}: {outcome:?}",
                        what(),
                        C::SIGNATURE
                    ),
                )),
            }
        };
        self.calls.push((to, call.abi_encode().into()));
        self.checks.push(Box::new(check));
    }

    /// The view reverts with this very error, or the promise is broken.
    pub fn reverts<C: SolCall, E: SolError>(&mut self, promise: &'static str, to: Address, call: &C, error: &E) {
        let should = Outcome::Reverted(error.abi_encode().into());
        let check = move |outcome: &Outcome| {
            if *outcome == should {
                return Ok(());
            }
            Err(Violation::new(
                promise,
                format!(
                    "{} ends with {outcome:?}, should revert with {}: {should:?}",
                    C::SIGNATURE,
                    E::SIGNATURE
                ),
            ))
        };
        self.calls.push((to, call.abi_encode().into()));
        self.checks.push(Box::new(check));
    }

    /// Asks them all.
    ///
    /// # Errors
    /// The first promise that an answer breaks.
    pub fn judge(self, machine: &mut Machine, lens: Lens) -> Result<(), Violation> {
        let answers = lens.look(machine, self.calls.into_iter());
        answers
            .iter()
            .zip(self.checks)
            .try_for_each(|(outcome, check)| check(outcome))
    }
}
