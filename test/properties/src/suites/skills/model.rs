//! What the contracts' state should be, and which calls they should accept: written from the promises, not from the
//! code.

use std::collections::BTreeMap;

use alloy_primitives::Bytes;

use super::{
    action::Action,
    fixture::{ACCOUNTS, BADGES, BadgeRules, GREEDY, SKILLS, VALIDATORS},
    flaw::Flaw,
    history::{History, RULES},
    message::turns,
    model_again::Again,
    model_attest::{Turn, place_of},
};

pub(crate) const DAY: u64 = 86_400;
/// Why a call should be refused: the promise that it would break.
pub(crate) type Refusal = &'static str;

/// Guardians by their bits, and how many of them suffice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Guardians {
    pub(crate) members: u8,
    pub(crate) threshold: u8,
}

/// A recovery that was proposed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Recovery {
    pub(crate) to: usize,
    pub(crate) completable_at: u64,
    pub(crate) is_final: bool,
}

impl Recovery {
    fn pending(&self, now: u64) -> bool {
        now < self.completable_at + 14 * DAY
    }
}

/// What belongs to a wallet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wallet {
    pub(crate) owner: Option<usize>,
    auth: u8,
    /// From when the holder may burn, if that was announced.
    pub(crate) burnable_at: Option<u64>,
    pub(crate) recovered_at: u64,
    pub(crate) guardians: Guardians,
    pub(crate) proposed: Option<(Guardians, u64)>,
    pub(crate) recovery: Option<Recovery>,
    pub(crate) veto_used: bool,
    /// Proposals there were.
    pub(super) proposals: u64,
    /// Sets of guardians that others took the place of.
    pub(super) replaced: u64,
    pub(crate) skills: [History; SKILLS],
    /// Soulbound badges by number.
    pub(super) held: [bool; BADGES],
    pub(super) frozen: [bool; BADGES],
    pub(super) claimed: [bool; BADGES],
}

impl Wallet {
    pub(crate) fn pending(&self, now: u64) -> Option<Recovery> {
        self.recovery.filter(|recovery| recovery.pending(now))
    }
}

/// Everything.
#[derive(Clone, Debug)]
pub struct Model {
    pub(crate) wallet_of: [u64; ACCOUNTS],
    pub(crate) barred: [bool; ACCOUNTS],
    minted: [u64; ACCOUNTS],
    pub(crate) wallets: BTreeMap<u64, Wallet>,
    pub(super) rights: [[bool; SKILLS]; VALIDATORS],
    /// How often each right was lost.
    pub(crate) epochs: [[u32; SKILLS]; VALIDATORS],
    pub(super) open: [bool; SKILLS],
    pub(crate) supply: [u64; BADGES],
    pub(super) balances: [[u64; BADGES]; ACCOUNTS],
    pub(super) suspended: [[bool; BADGES]; ACCOUNTS],
    /// Signed calls that were accepted, the latest last, and what they do when they are sent again.
    pub(crate) accepted: Vec<(Bytes, Again)>,
    /// Approvals of recoveries that guardians took back, the latest last.
    pub(crate) withdrawn: Vec<Withdrawn>,
}

/// An approval that a guardian took back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Withdrawn {
    pub(crate) guardian: u8,
    pub(crate) wallet: u64,
    pub(crate) to: usize,
    pub(crate) nonce: u64,
    pub(crate) deadline: u64,
}

impl Default for Model {
    fn default() -> Self {
        let mut model = Self {
            wallet_of: [0; ACCOUNTS],
            barred: [false; ACCOUNTS],
            minted: [0; ACCOUNTS],
            wallets: BTreeMap::new(),
            rights: [[true; SKILLS]; VALIDATORS],
            epochs: [[0; SKILLS]; VALIDATORS],
            open: [true; SKILLS],
            supply: [0; BADGES],
            balances: [[0; BADGES]; ACCOUNTS],
            suspended: [[false; BADGES]; ACCOUNTS],
            accepted: Vec::new(),
            withdrawn: Vec::new(),
        };
        // The greedy contract minted its own.
        model.issue(GREEDY, 2);
        model
    }
}

/// Refused with this promise unless it holds.
pub(super) fn ensure(holds: bool, promise: Refusal) -> Result<(), Refusal> {
    if holds { Ok(()) } else { Err(promise) }
}

impl Model {
    /// The wallet, if it exists.
    pub(super) fn living(&mut self, wallet: u64, promise: Refusal) -> Result<&mut Wallet, Refusal> {
        self.wallets
            .get_mut(&wallet)
            .filter(|wallet| wallet.owner.is_some())
            .ok_or(promise)
    }

    pub(super) fn wallet_of_caller(&mut self, who: usize, promise: Refusal) -> Result<&mut Wallet, Refusal> {
        self.living(self.wallet_of[who], promise)
    }

    pub(crate) fn nonces(&self, wallet: u64, skill: u16) -> (u32, u32) {
        let skill = usize::from(skill).wrapping_sub(1);
        let history = self.wallets.get(&wallet).and_then(|wallet| wallet.skills.get(skill));
        history.map_or((0, 0), |history| (history.attestations, history.revocations))
    }

    pub(crate) fn mint_nonce(&self, account: usize) -> u64 {
        self.minted[account]
    }

    /// How often a validator lost the right for a skill.
    pub(crate) fn epoch(&self, by: usize, skill: u16) -> u32 {
        place_of(skill).map_or(0, |place| self.epochs[by][place])
    }

    pub(super) fn free(&self, account: usize, promise: Refusal) -> Result<(), Refusal> {
        ensure(self.wallet_of[account] == 0 && !self.barred[account], promise)
    }

    fn issue(&mut self, account: usize, auth: u8) {
        let id = self.wallets.len() as u64 + 1;
        self.wallet_of[account] = id;
        self.minted[account] += 1;
        let wallet = Wallet {
            owner: Some(account),
            auth,
            ..Wallet::default()
        };
        self.wallets.insert(id, wallet);
    }

    fn burn(&mut self, wallet: u64) {
        if let Some(owner) = self.wallets.get_mut(&wallet).and_then(|wallet| wallet.owner.take()) {
            self.wallet_of[owner] = 0;
        }
    }

    /// The state after an action other than waiting and stories; the promise that it would break where it must be
    /// refused.
    pub(crate) fn after(&self, action: &Action, now: u64) -> Result<Self, Refusal> {
        let mut next = self.clone();
        match action {
            Action::Mint { who, auth } => next.mint(*who, *auth)?,
            Action::MintFor { account, auth, flaw } => {
                ensure(*flaw == Flaw::None, "SKILL-5")?;
                next.mint(*account, *auth)?;
            }
            Action::Burn { who } => next.burn_own(*who, now)?,
            Action::BurnByIssuer { wallet } => {
                let auth = next.living(*wallet, "SKILL-7")?.auth;
                ensure(auth == 0 || auth == 2, "SKILL-7")?;
                next.burn(*wallet);
            }
            Action::Attest { by, entry, flaw } => {
                ensure(*flaw == Flaw::None, "SKILL-5")?;
                let turn = (next.nonces(entry.wallet, entry.skill).0, next.epoch(*by, entry.skill));
                next.attest(*by, entry, turn, now)?;
            }
            Action::AttestBatch { by, entries, flaw } => {
                ensure(!flaw.spoils_a_batch(), "SKILL-5")?;
                let turns: Vec<Turn> = entries.iter().cloned().zip(turns(self, *by, entries)).collect();
                next.attest_batch(*by, &turns, now);
            }
            Action::Revoke {
                by,
                wallet,
                skill,
                xp,
                flaw,
            } => {
                ensure(*flaw == Flaw::None, "SKILL-5")?;
                let place = next.right(*by, *wallet, *skill)?;
                ensure(*xp > 0, "SKILL-3")?;
                next.living(*wallet, "SKILL-6")?.skills[place].revoke(&RULES[place], *xp, now);
            }
            Action::Replay { which } => next.send_again(*which, now)?,
            Action::Transfer { .. } => return Err("SKILL-1"),
            Action::SetValidator { by, skill, allowed } => {
                let place = place_of(*skill).ok_or("SKILL-6")?;
                if std::mem::replace(&mut next.rights[*by][place], *allowed) && !*allowed {
                    next.epochs[*by][place] += 1;
                }
            }
            Action::OpenSkill { skill, open } => next.open[place_of(*skill).ok_or("SKILL-6")?] = *open,
            Action::SetGuardians {
                who,
                members,
                threshold,
            } => next.set_guardians(*who, members, *threshold, now)?,
            Action::AcceptGuardians { wallet } => next.accept_guardians(*wallet, now)?,
            Action::Cancel {
                wallet,
                what,
                approvals,
                flaw,
            } => {
                ensure(*flaw == Flaw::None || approvals.is_empty(), "SKILL-5")?;
                next.cancel(*wallet, *what, approvals, now)?;
            }
            Action::Drop { who, burn } => next.drop_announced(*who, *burn, now)?,
            Action::Withdraw { guardian, wallet, to } => next.withdraw(*guardian, *wallet, *to, now),
            Action::Propose {
                wallet,
                to,
                approvals,
                flaw,
            } => {
                ensure(*flaw == Flaw::None || approvals.is_empty(), "SKILL-5")?;
                next.propose(*wallet, *to, approvals, now)?;
            }
            Action::Veto { who } => {
                let wallet = next.wallet_of_caller(*who, "SKILL-9")?;
                let recovery = wallet.pending(now).ok_or("SKILL-9")?;
                ensure(!recovery.is_final && now < recovery.completable_at, "SKILL-9")?;
                (wallet.recovery, wallet.veto_used) = (None, true);
            }
            Action::GovernanceVeto { wallet } => {
                let wallet = next.living(*wallet, "SKILL-10")?;
                wallet.pending(now).ok_or("SKILL-10")?;
                wallet.recovery = None;
            }
            Action::Complete { who, wallet } => next.complete(*who, *wallet, now)?,
            Action::GiveBadge { to, badge, amount } => next.give(*to, *badge, *amount, now)?,
            Action::Claim { who, badge } => next.claim(*who, *badge, now)?,
            Action::Upgrade { who, badge } => next.upgrade(*who, *badge, now)?,
            Action::BurnBadge { who, badge, amount } => {
                let rules = BadgeRules::of(*badge);
                ensure(!rules.soulbound, "BADGE-1")?;
                ensure(!next.suspended[*who][*badge], "BADGE-2")?;
                next.take(*who, *badge, *amount)?;
                next.supply[*badge] -= amount;
            }
            Action::MoveBadges {
                who,
                from,
                to,
                badges,
                batch,
            } => next.move_badges(*who == *from, *from, *to, badges, *batch, now)?,
            Action::Freeze {
                wallet,
                who,
                badge,
                frozen,
            } => {
                let rules = BadgeRules::of(*badge);
                ensure(rules.freezable, "BADGE-2")?;
                if rules.soulbound {
                    next.living(*wallet, "BADGE-2")?.frozen[*badge] = *frozen;
                } else {
                    next.suspended[*who][*badge] = *frozen;
                }
            }
            Action::Follow { wallet } => {
                if let Some(wallet) = next.wallets.get_mut(wallet).filter(|wallet| wallet.owner.is_none()) {
                    for (held, supply) in wallet.held.iter_mut().zip(&mut next.supply) {
                        *supply -= u64::from(std::mem::take(held));
                    }
                }
            }
            Action::Wait { .. } | Action::Rescue { .. } => {}
        }
        Ok(next)
    }

    fn mint(&mut self, account: usize, auth: u8) -> Result<(), Refusal> {
        let barred = self.barred[account];
        self.free(account, if barred { "SKILL-8" } else { "SKILL-2" })?;
        self.issue(account, auth);
        Ok(())
    }

    fn burn_own(&mut self, who: usize, now: u64) -> Result<(), Refusal> {
        let id = self.wallet_of[who];
        let wallet = self.wallet_of_caller(who, "SKILL-7")?;
        ensure(wallet.auth == 1 || wallet.auth == 2, "SKILL-7")?;
        ensure(wallet.pending(now).is_none(), "SKILL-9")?;
        if wallet.guardians.threshold > 0 {
            let Some(burnable_at) = wallet.burnable_at.filter(|time| alive(*time, now)) else {
                wallet.burnable_at = Some(now + 14 * DAY);
                return Ok(());
            };
            ensure(now >= burnable_at, "SKILL-11")?;
            wallet.burnable_at = None;
        }
        self.burn(id);
        Ok(())
    }

    /// Marks of states that are worth going on from.
    pub(crate) fn features(&self, now: u64, marks: &mut Vec<u32>) {
        let mut mark = |kind: u32, value: u64| marks.push(kind << 16 | (value as u32 & 0xffff));
        let size = |value: u128| u64::from(128 - value.leading_zeros());
        for wallet in self.wallets.values() {
            let recovery = wallet.recovery.map_or(0, |one| {
                1 + u64::from(one.is_final)
                    + 2 * u64::from(now >= one.completable_at)
                    + 4 * u64::from(!one.pending(now))
            });
            let state = recovery << 4
                | u64::from(wallet.owner.is_some()) << 3
                | u64::from(wallet.veto_used) << 2
                | u64::from(wallet.proposed.is_some()) << 1
                | u64::from(wallet.burnable_at.is_some_and(|time| alive(time, now)));
            mark(
                1,
                state << 2 | u64::from(wallet.recovered_at != 0) << 1 | u64::from(wallet.guardians.threshold > 0),
            );
            for (place, (history, rules)) in wallet.skills.iter().zip(&RULES).enumerate() {
                let (xp, level) = (size(history.xp(rules, now)), history.level(rules, now));
                mark(2 + place as u32, xp << 8 | u64::from(level));
            }
            let held = (0..BADGES).fold(0, |bits, badge| {
                bits << 2 | u64::from(wallet.held[badge]) | u64::from(wallet.frozen[badge]) << 1
            });
            mark(8, held);
        }
        for (badge, supply) in self.supply.iter().enumerate() {
            mark(16 + badge as u32, *supply);
        }
    }
}

/// Whether what ripens at a time has not lapsed: 14 days later it has.
pub(super) fn alive(ripens_at: u64, now: u64) -> bool {
    now < ripens_at + 14 * DAY
}
