//! Compares the contracts with the model after every action: every account, wallet, skill and badge.

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolCall;

use super::{
    abi::{IBadges, IGreedyReceiver, IWallets},
    fixture::{ACCOUNTS, BADGES, BadgeRules, Fixture, GREEDY, SKILLS},
    history::RULES,
    message::{members_of, numbers_of},
    model::{Guardians, Model, Wallet, alive},
};
use crate::{engine::Violation, world::Machine};

/// Asks a view, which must answer.
fn ask<C: SolCall>(machine: &mut Machine, to: Address, call: C) -> Result<C::Return, Violation> {
    let outcome = machine.call(Address::ZERO, to, call.abi_encode());
    let answer = outcome.returned().and_then(|data| C::abi_decode_returns(data).ok());
    answer.ok_or_else(|| Violation::new("SKILL-1", format!("{} does not answer: {outcome:?}", C::SIGNATURE)))
}

fn same<T: PartialEq + std::fmt::Debug>(
    promise: &'static str,
    what: impl Fn() -> String,
    is: T,
    should: T,
) -> Result<(), Violation> {
    if is == should {
        return Ok(());
    }
    Err(Violation::new(
        promise,
        format!("{} is {is:?}, should be {should:?}", what()),
    ))
}

/// Who guards a wallet, and what is announced of it.
fn judge_guardians(
    machine: &mut Machine,
    world: &Fixture,
    id: u64,
    wallet: &Wallet,
    now: u64,
) -> Result<(), Violation> {
    let number = U256::from(id);
    let current = ask(machine, world.wallets, IWallets::guardiansOfCall { wallet: number })?;
    let of = |set: Guardians| (members_of(world, &numbers_of(set.members)), U256::from(set.threshold));
    same(
        "SKILL-11",
        || format!("the guardians of wallet {id}"),
        (current.guardians, current.threshold),
        of(wallet.guardians),
    )?;
    let announced = ask(
        machine,
        world.wallets,
        IWallets::proposedGuardiansOfCall { wallet: number },
    )?;
    let should = wallet
        .proposed
        .filter(|(_, time)| alive(*time, now))
        .unwrap_or_default();
    same(
        "SKILL-12",
        || format!("the guardians announced for wallet {id}"),
        (announced.guardians, announced.threshold, announced.acceptableAt),
        (of(should.0).0, of(should.0).1, U256::from(should.1)),
    )?;
    let burnable = ask(machine, world.wallets, IWallets::burnableAtCall { wallet: number })?;
    let should = wallet.burnable_at.filter(|time| alive(*time, now)).unwrap_or_default();
    same(
        "SKILL-12",
        || format!("the burn announced for wallet {id}"),
        burnable,
        U256::from(should),
    )
}

/// Everything that the model says.
///
/// # Errors
/// The promise that broke.
pub(crate) fn judge(machine: &mut Machine, world: &Fixture, model: &Model, now: u64) -> Result<(), Violation> {
    for (number, account) in world.accounts.into_iter().enumerate() {
        let wallet = ask(machine, world.wallets, IWallets::walletOfCall { account })?;
        // Who should have none and has one kept it through a recovery or a burn.
        let promise = if model.barred[number] { "SKILL-8" } else { "SKILL-1" };
        same(
            promise,
            || format!("the wallet of account {number}"),
            wallet,
            U256::from(model.wallet_of[number]),
        )?;
        let barred = ask(machine, world.wallets, IWallets::isBarredCall { account })?;
        same(
            "SKILL-8",
            || format!("whether account {number} is barred"),
            barred,
            model.barred[number],
        )?;
    }
    for (id, wallet) in &model.wallets {
        let number = U256::from(*id);
        let owner = ask(machine, world.wallets, IWallets::holderOfCall { wallet: number })?;
        let should = wallet.owner.map_or(Address::ZERO, |owner| world.accounts[owner]);
        same("SKILL-1", || format!("the holder of wallet {id}"), owner, should)?;
        for (place, rules) in RULES.iter().enumerate().take(SKILLS) {
            let skill = place as u16 + 1;
            let state = ask(machine, world.wallets, IWallets::skillOfCall { wallet: number, skill })?;
            let history = &wallet.skills[place];
            let seen = (state.xp, state.level, state.attestations, state.revocations);
            let should = (
                U256::from(history.xp(rules, now)),
                U256::from(history.level(rules, now)),
                U256::from(history.attestations),
                U256::from(history.revocations),
            );
            same("SKILL-3", || format!("skill {skill} of wallet {id}"), seen, should)?;
            let level = ask(machine, world.wallets, IWallets::levelOfCall { wallet: number, skill })?;
            let should = if wallet.owner.is_some() { should.1 } else { U256::ZERO };
            same(
                "SKILL-3",
                || format!("the level of wallet {id} in skill {skill}"),
                level,
                should,
            )?;
        }
        let state = ask(machine, world.wallets, IWallets::recoveryOfCall { wallet: number })?;
        let pending = wallet
            .recovery
            .map_or(Address::ZERO, |recovery| world.accounts[recovery.to]);
        let seen = (state.to, state.vetoUsed, state.final_);
        let is_final = wallet.recovery.is_some_and(|recovery| recovery.is_final);
        same(
            "SKILL-9",
            || format!("the recovery of wallet {id}"),
            seen,
            (pending, wallet.veto_used, is_final),
        )?;
        same(
            "SKILL-12",
            || format!("what guardians of wallet {id} sign next"),
            state.nonce,
            U256::from(model.guardians_nonce(*id)),
        )?;
        judge_guardians(machine, world, *id, wallet, now)?;
    }
    for (by, validator) in world.validators.into_iter().enumerate() {
        for skill in 1..=SKILLS as u16 {
            let epoch = ask(
                machine,
                world.wallets,
                IWallets::validatorEpochCall { validator, skill },
            )?;
            same(
                "SKILL-6",
                || format!("the epoch of validator {by} in skill {skill}"),
                epoch,
                model.epoch(by, skill),
            )?;
        }
    }
    for badge in 0..BADGES {
        let rules = BadgeRules::of(badge);
        let id = U256::from(rules.id);
        let supply = ask(machine, world.badges, IBadges::totalSupplyCall { id })?;
        same(
            "BADGE-3",
            || format!("the supply of badge {}", rules.id),
            supply,
            U256::from(model.supply[badge]),
        )?;
        if supply > U256::from(rules.cap) {
            return Err(Violation::new(
                "BADGE-3",
                format!("{supply} of badge {}, its cap is {}", rules.id, rules.cap),
            ));
        }
        let mut sum = U256::ZERO;
        for number in 0..ACCOUNTS {
            let account = world.accounts[number];
            let balance = ask(machine, world.badges, IBadges::balanceOfCall { account, id })?;
            let should = U256::from(model.balance(number, badge));
            let promise = if rules.soulbound { "BADGE-4" } else { "BADGE-1" };
            same(
                promise,
                || format!("badge {} of account {number}", rules.id),
                balance,
                should,
            )?;
            sum += balance;
            // Who has none has none that counts: asked for where there is one.
            if !balance.is_zero() {
                let active = ask(machine, world.badges, IBadges::isActiveCall { account, id })?;
                let should = model.is_active(number, badge, now);
                same(
                    "BADGE-5",
                    || format!("whether badge {} of account {number} counts", rules.id),
                    active,
                    should,
                )?;
            }
        }
        // Badges of burned wallets are counted until somebody calls `follow`.
        let burned = model.held_by_burned(badge);
        same(
            "BADGE-3",
            || format!("the sum of balances of badge {}", rules.id),
            supply,
            sum + U256::from(burned),
        )?;
    }
    for number in 0..ACCOUNTS {
        let account = world.accounts[number];
        for kind in [1, 4] {
            let found = ask(
                machine,
                world.badges,
                IBadges::activeTierCall {
                    account,
                    kind: U256::from(kind),
                },
            )?;
            let tiers = (0..BADGES).filter(|badge| BadgeRules::of(*badge).id >> 8 == kind);
            let highest = tiers.filter(|badge| model.is_active(number, *badge, now)).max();
            let should = highest.map_or(U256::ZERO, |badge| U256::from(BadgeRules::of(badge).id & 0xff));
            same(
                "BADGE-5",
                || format!("the highest tier of kind {kind} of account {number}"),
                (found.active, found.tier),
                (highest.is_some(), should),
            )?;
        }
    }
    let seen = ask(
        machine,
        world.accounts[GREEDY],
        IGreedyReceiver::highestSupplySeenCall {},
    )?;
    if seen > U256::from(8) {
        return Err(Violation::new(
            "BADGE-3",
            format!("a supply of {seen} was seen from inside a callback"),
        ));
    }
    Ok(())
}
