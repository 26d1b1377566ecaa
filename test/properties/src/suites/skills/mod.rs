//! The suite of skills: wallets, validators, guardians, thieves and badges, by promises SKILL-1 to SKILL-12 and BADGE-1
//! to BADGE-6.
//!
//! The model ([`model`]) is written from the promises and says of every call whether it should be accepted; the
//! contracts have to agree both ways. Experience is kept as sums over the whole history. Whatever was signed and
//! accepted is sent again now and then.

pub mod abi;
mod action;
mod choose;
mod choose_guardians;
mod encode;
mod fixture;
mod flaw;
mod history;
mod judge;
mod message;
mod model;
mod model_again;
mod model_attest;
mod model_badges;
mod model_guardians;
mod model_recovery;
mod replay;
mod rescue;

pub use action::Action;
pub use fixture::Fixture;
pub use flaw::{Entry, Flaw, Moment, Slip};
pub use model::Model;

use self::{encode::Call, model::DAY};
use crate::{
    engine::{Dictionary, Random, Suite, Verdict, Violation},
    world::{Artifacts, Machine, Outcome},
};

/// The suite.
#[derive(Debug)]
pub struct Skills {
    machine: Machine,
    world: Fixture,
    model: Model,
    calls: u64,
    refusals: u64,
}

impl Skills {
    fn now(&self) -> u64 {
        self.machine.time().to::<u64>()
    }

    /// Experience of a wallet that exists in a skill, as the model has it.
    pub fn experience(&self, wallet: u64, skill: u16) -> u128 {
        let place = usize::from(skill) - 1;
        let history = self.model.wallets.get(&wallet).map(|wallet| wallet.skills[place]);
        history.map_or(0, |history| {
            history.xp(&history::RULES[place], self.machine.time().to::<u64>())
        })
    }

    fn send(&mut self, call: &Call) -> Outcome {
        self.machine.call(call.from, call.to, call.data.clone())
    }

    /// Makes a call that the model knows the end of, and compares everything.
    fn one(&mut self, action: &Action) -> Result<Verdict, Violation> {
        let now = self.now();
        if let Action::Wait { seconds } = action {
            self.machine.advance(*seconds);
            judge::judge(&mut self.machine, &self.world, &self.model, now + seconds)?;
            return Ok(Verdict::Accepted);
        }
        let Some((before, call)) = encode::encode(&self.world, &self.model, action, now) else {
            return Ok(Verdict::Void);
        };
        if let Some(before) = before {
            self.send(&before);
        }
        let recovered_before = self.model.last_recovery(action);
        let should = self.model.after(action, now);
        let outcome = self.send(&call);
        let verdict = match (&outcome, should) {
            (Outcome::Returned(_), Ok(mut next)) => {
                self.calls += 1;
                if is_signed(action) {
                    next.remember(call.data.into(), self.model.again(action, now));
                }
                self.model = next;
                Verdict::Accepted
            }
            (Outcome::Returned(_), Err(promise)) => {
                return Err(Violation::new(promise, format!("accepted: {action:?}")));
            }
            (_, Err(_)) => {
                self.refusals += 1;
                // What is tried only to be refused has happened then.
                match action {
                    Action::Replay { .. } | Action::Transfer { .. } => Verdict::Accepted,
                    _ => Verdict::Refused,
                }
            }
            (refused, Ok(_)) => {
                return Err(Violation::new(
                    wanted(action),
                    format!("refused: {action:?} by {refused:?}"),
                ));
            }
        };
        // SKILL-10, from times alone.
        if let (Action::Complete { .. }, Verdict::Accepted, Some((recovered_at, proposed_at))) =
            (action, verdict, recovered_before)
            && (recovered_at != 0 && now < recovered_at + 180 * DAY || now < proposed_at + 7 * DAY)
        {
            return Err(Violation::new(
                "SKILL-10",
                format!("recovered at {recovered_at}, proposed at {proposed_at}, and moved at {now}"),
            ));
        }
        judge::judge(&mut self.machine, &self.world, &self.model, now)?;
        Ok(verdict)
    }
}

/// Whether an accepted one carries a signature that must never work again.
fn is_signed(action: &Action) -> bool {
    matches!(
        action,
        Action::MintFor { .. }
            | Action::Attest { .. }
            | Action::AttestBatch { .. }
            | Action::Revoke { .. }
            | Action::Propose { .. }
            | Action::Cancel { .. }
    )
}

/// The promise that what should be accepted is.
fn wanted(action: &Action) -> &'static str {
    match action {
        Action::Mint { .. } | Action::MintFor { .. } => "SKILL-2",
        Action::Burn { .. } | Action::BurnByIssuer { .. } => "SKILL-7",
        Action::SetGuardians { .. }
        | Action::AcceptGuardians { .. }
        | Action::Propose { .. }
        | Action::Veto { .. }
        | Action::Complete { .. }
        | Action::Rescue { .. } => "SKILL-9",
        Action::GovernanceVeto { .. } => "SKILL-10",
        Action::Cancel { .. } => "SKILL-11",
        Action::Drop { .. } | Action::Withdraw { .. } => "SKILL-12",
        Action::MoveBadges { .. } | Action::BurnBadge { .. } => "BADGE-1",
        Action::Freeze { .. } => "BADGE-2",
        Action::GiveBadge { .. } | Action::Follow { .. } => "BADGE-3",
        Action::Claim { .. } | Action::Upgrade { .. } => "BADGE-6",
        _ => "SKILL-4",
    }
}

impl Suite for Skills {
    type Action = Action;
    type Model = Model;

    const NAME: &'static str = "skills";
    const KINDS: &'static [&'static str] = Action::KINDS;
    const CONTRACTS: &'static [&'static str] =
        &["contracts/skills/SkillWallet.sol:SkillWallet", "contracts/skills/Badges.sol:Badges"];
    const SOURCES: &'static [&'static str] = &["contracts/skills"];
    const TALLIES: &'static [&'static str] = &["calls", "refusals"];

    fn deploy(artifacts: &Artifacts) -> eyre::Result<Self> {
        let (machine, world) = Fixture::deploy(artifacts)?;
        let mut suite = Self {
            machine,
            world,
            model: Model::default(),
            calls: 0,
            refusals: 0,
        };
        let now = suite.now();
        judge::judge(&mut suite.machine, &suite.world, &suite.model, now)
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

    fn opening(&mut self, random: &mut Random) -> Vec<Action> {
        let mint = |who| Action::Mint { who, auth: 2 };
        let attest = |wallet, xp| Action::Attest {
            by: 0,
            entry: Entry {
                wallet,
                skill: 1,
                xp,
                slip: Slip::None,
            },
            flaw: Flaw::None,
        };
        let mut actions: Vec<Action> = (0..=random.index(3)).map(mint).collect();
        actions.extend([
            attest(2, 450),
            attest(1, 120),
            Action::SetGuardians {
                who: 0,
                members: vec![0, 1, 2],
                threshold: 2,
            },
        ]);
        actions
    }

    fn choose(&mut self, random: &mut Random, _: &Dictionary) -> Action {
        let now = self.now();
        choose::choose(&self.model, random, now)
    }

    fn perform(&mut self, action: &Action) -> Result<Verdict, Violation> {
        match action {
            Action::Rescue { wallet, to, thief } => rescue::rescue(self, *wallet, *to, *thief),
            other => self.one(other),
        }
    }

    fn features(&mut self, marks: &mut Vec<u32>) {
        self.model.features(self.now(), marks);
    }

    fn kind(action: &Action) -> &'static str {
        action.kind()
    }

    fn simpler(action: &Action) -> Vec<Action> {
        action.simpler()
    }

    fn tallies(&self) -> Vec<(&'static str, u64)> {
        vec![("calls", self.calls), ("refusals", self.refusals)]
    }

    fn solidity(&self, actions: &[Action], violation: &Violation) -> String {
        replay::solidity(&self.world, actions, violation)
    }
}
