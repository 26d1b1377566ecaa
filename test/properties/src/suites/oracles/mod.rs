//! The suite of oracles: signers of whom some may collude, reports early, late, kept back and several in a block,
//! rotations, disputes and their ends, scores and vetoes, by promises ORACLE-1 to ORACLE-13, ORACLE-16 and REP-1
//! to REP-5.
//!
//! The model ([`model`]) is written from the promises and says of every call whether it should be accepted; the
//! contracts have to agree both ways, and everything that their views say is compared after every action, in one call.

pub mod abi;
mod action;
mod checks;
mod generate;
mod model;
mod scores;
mod shrink;
mod solidity;
mod world;

pub use action::{Action, Flaw};
pub use model::Model;
pub use world::Fixture;

use self::{model::Sent, world::Call};
use crate::{
    engine::{Dictionary, Random, Suite, Verdict, Violation},
    world::{Artifacts, Machine, Outcome},
};

/// The suite.
#[derive(Debug)]
pub struct Oracles {
    machine: Machine,
    world: Fixture,
    model: Model,
    accepted: u64,
    refused: u64,
}

/// What an action is done by: itself, or what a story tells.
fn steps(model: &Model, action: &Action, now: u64) -> Vec<Action> {
    match action {
        Action::Settle { feed, price, strictly } => model.settling(*feed, *price, *strictly, now),
        Action::Fill { feed, price, rounds } => model.filling(*feed, *price, *rounds),
        other => vec![other.clone()],
    }
}

/// The model with what was just accepted kept, if it is a report.
fn remembered(mut model: Model, action: &Action, call: Call) -> Model {
    let promise = match action {
        Action::Report { .. } => "ORACLE-2",
        Action::ReportScores { .. } => "REP-1",
        _ => return model,
    };
    model.sent.push(Sent {
        promise,
        to: call.to,
        data: call.data.into(),
    });
    model
}

/// The promise that what should be accepted is.
fn wanted(action: &Action) -> &'static str {
    match action {
        Action::Report { .. } => "ORACLE-1",
        Action::ReportScores { .. } => "REP-1",
        Action::Veto { .. } => "REP-4",
        Action::SetScores { .. } => "REP-3",
        Action::SetFeed { .. } => "ORACLE-6",
        _ => "ORACLE-12",
    }
}

impl Oracles {
    fn now(&self) -> u64 {
        self.machine.time().to()
    }

    /// Makes a call that the model knows the end of.
    fn act(&mut self, action: &Action) -> Result<Verdict, Violation> {
        let now = self.now();
        if let Action::Wait { seconds } = action {
            self.machine.advance(*seconds);
            return Ok(Verdict::Accepted);
        }
        let Some(mut calls) = self.world.calls(&self.model, action, now) else {
            return Ok(Verdict::Void);
        };
        let Some(call) = calls.pop() else { return Ok(Verdict::Void) };
        for before in calls {
            self.machine.call(before.from, before.to, before.data);
        }
        let should = self.model.after(action, now);
        let outcome = self.machine.call(call.from, call.to, call.data.clone());
        let verdict = match (&outcome, should) {
            (Outcome::Returned(_), Ok(next)) => {
                if let Action::Report { feed, .. } = action {
                    checks::judge_events(&self.machine, &self.model.feeds[*feed], &next.feeds[*feed])?;
                }
                self.accepted += 1;
                self.model = remembered(next, action, call);
                Verdict::Accepted
            }
            (Outcome::Returned(_), Err(promise)) => {
                return Err(Violation::new(promise, format!("accepted: {action:?}")));
            }
            (_, Err(_)) => {
                self.refused += 1;
                // What is tried only to be refused has happened then.
                if matches!(action, Action::Replay { .. }) {
                    Verdict::Accepted
                } else {
                    Verdict::Refused
                }
            }
            (refused, Ok(_)) => {
                let detail = format!("refused: {action:?} by {refused:?}");
                return Err(Violation::new(wanted(action), detail));
            }
        };
        Ok(verdict)
    }

    /// Compares everything.
    fn judge(&mut self) -> Result<(), Violation> {
        let now = self.now();
        checks::judge(&mut self.machine, &self.world, &self.model, now)
    }

    /// A story after which a feed is at a price, whatever the state was.
    fn settle(&mut self, action: &Action, feed: usize, price: i128) -> Result<Verdict, Violation> {
        for step in steps(&self.model, action, self.now()) {
            let verdict = self.act(&step)?;
            if verdict != Verdict::Accepted {
                let detail = format!("{action:?} ends at {step:?}, which is {verdict:?}");
                return Err(Violation::new("ORACLE-10", detail));
            }
        }
        self.judge()?;
        let latest = self.model.feeds[feed].latest().map(|round| round.price);
        if latest != Some(price) {
            let detail = format!("{action:?} leaves the feed at {latest:?}");
            return Err(Violation::new("ORACLE-10", detail));
        }
        Ok(Verdict::Accepted)
    }
}

impl Suite for Oracles {
    type Action = Action;
    type Model = Model;

    const NAME: &'static str = "oracles";
    const KINDS: &'static [&'static str] = Action::KINDS;
    const CONTRACTS: &'static [&'static str] = &[
        "contracts/oracles/PriceFeed.sol:PriceFeed",
        "contracts/oracles/ReputationOracle.sol:ReputationOracle",
        "contracts/oracles/QuorumVerifier.sol:QuorumVerifier",
    ];
    const SOURCES: &'static [&'static str] = &["contracts/oracles", "contracts/access"];
    const TALLIES: &'static [&'static str] = &["calls", "refusals"];

    fn deploy(artifacts: &Artifacts) -> eyre::Result<Self> {
        let (machine, world) = Fixture::deploy(artifacts)?;
        let mut suite = Self {
            machine,
            world,
            model: Model::default(),
            accepted: 0,
            refused: 0,
        };
        suite
            .judge()
            .map_err(|broken| eyre::eyre!("the model does not begin as the contracts do: {}", broken.detail))?;
        Ok(suite)
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

    fn opening(&mut self, _: &mut Random) -> Vec<Action> {
        Vec::new()
    }

    fn choose(&mut self, random: &mut Random, _: &Dictionary) -> Action {
        let now = self.now();
        generate::choose(&self.model, random, now)
    }

    fn perform(&mut self, action: &Action) -> Result<Verdict, Violation> {
        match action {
            Action::Settle { feed, price, .. } | Action::Fill { feed, price, .. } => self.settle(action, *feed, *price),
            other => {
                let verdict = self.act(other)?;
                self.judge()?;
                Ok(verdict)
            }
        }
    }

    fn features(&mut self, marks: &mut Vec<u32>) {
        self.model.features(self.machine.time().to(), marks);
    }

    fn kind(action: &Action) -> &'static str {
        action.kind()
    }

    fn simpler(action: &Action) -> Vec<Action> {
        shrink::simpler(action)
    }

    fn tallies(&self) -> Vec<(&'static str, u64)> {
        Self::TALLIES.iter().copied().zip([self.accepted, self.refused]).collect()
    }

    fn solidity(&self, actions: &[Action], violation: &Violation) -> String {
        solidity::render(&self.world, actions, violation)
    }
}
