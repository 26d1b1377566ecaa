//! Compares the contracts with the model after every action: every account, wallet, skill and badge, in one call.

use alloy_primitives::{Address, U256};

use super::{
    abi::{IBadges, IGreedyReceiver, IWallets},
    fixture::{ACCOUNTS, BADGES, BadgeRules, Fixture, GREEDY, SKILLS},
    history::RULES,
    message::{members_of, numbers_of},
    model::{Guardians, Model, Wallet, alive},
};
use crate::{
    engine::{Questions, Violation},
    world::Machine,
};

/// Everything that the model says.
///
/// # Errors
/// The promise that broke.
pub(crate) fn judge(machine: &mut Machine, world: &Fixture, model: &Model, now: u64) -> Result<(), Violation> {
    let mut questions = Questions::default();
    ask_accounts(&mut questions, world, model);
    for (id, wallet) in &model.wallets {
        ask_skills(&mut questions, world, *id, wallet, now);
        ask_recovery(&mut questions, world, model, *id, wallet);
        ask_guardians(&mut questions, world, *id, wallet, now);
    }
    ask_validators(&mut questions, world, model);
    for badge in 0..BADGES {
        ask_badge(&mut questions, world, model, badge, now)?;
    }
    ask_tiers(&mut questions, world, model, now);
    questions.equals(
        "BADGE-3",
        world.accounts[GREEDY],
        &IGreedyReceiver::highestSupplySeenCall {},
        true,
        |seen| seen <= U256::from(8),
        || "whether no supply above 8 was seen from inside a callback".to_owned(),
    );
    questions.judge(machine, world.lens)
}

fn ask_accounts<'a>(questions: &mut Questions<'a>, world: &Fixture, model: &'a Model) {
    for (number, account) in world.accounts.into_iter().enumerate() {
        // Who should have none and has one kept it through a recovery or a burn.
        let promise = if model.barred[number] { "SKILL-8" } else { "SKILL-1" };
        questions.equals(
            promise,
            world.wallets,
            &IWallets::walletOfCall { account },
            U256::from(model.wallet_of[number]),
            |wallet| wallet,
            move || format!("the wallet of account {number}"),
        );
        questions.equals(
            "SKILL-8",
            world.wallets,
            &IWallets::isBarredCall { account },
            model.barred[number],
            |barred| barred,
            move || format!("whether account {number} is barred"),
        );
    }
}

/// Who holds a wallet, and what it is worth.
fn ask_skills(questions: &mut Questions<'_>, world: &Fixture, id: u64, wallet: &Wallet, now: u64) {
    let number = U256::from(id);
    questions.equals(
        "SKILL-1",
        world.wallets,
        &IWallets::holderOfCall { wallet: number },
        wallet.owner.map_or(Address::ZERO, |owner| world.accounts[owner]),
        |holder| holder,
        move || format!("the holder of wallet {id}"),
    );
    for (place, rules) in RULES.iter().enumerate().take(SKILLS) {
        let skill = place as u16 + 1;
        let history = &wallet.skills[place];
        let level = U256::from(history.level(rules, now));
        questions.equals(
            "SKILL-3",
            world.wallets,
            &IWallets::skillOfCall { wallet: number, skill },
            (
                U256::from(history.xp(rules, now)),
                level,
                U256::from(history.attestations),
                U256::from(history.revocations),
            ),
            |state| (state.xp, state.level, state.attestations, state.revocations),
            move || format!("skill {skill} of wallet {id}"),
        );
        questions.equals(
            "SKILL-3",
            world.wallets,
            &IWallets::levelOfCall { wallet: number, skill },
            if wallet.owner.is_some() { level } else { U256::ZERO },
            |level| level,
            move || format!("the level of wallet {id} in skill {skill}"),
        );
    }
}

fn ask_recovery(questions: &mut Questions<'_>, world: &Fixture, model: &Model, id: u64, wallet: &Wallet) {
    let call = IWallets::recoveryOfCall {
        wallet: U256::from(id),
    };
    let pending = wallet
        .recovery
        .map_or(Address::ZERO, |recovery| world.accounts[recovery.to]);
    let is_final = wallet.recovery.is_some_and(|recovery| recovery.is_final);
    questions.equals(
        "SKILL-9",
        world.wallets,
        &call,
        (pending, wallet.veto_used, is_final),
        |state| (state.to, state.vetoUsed, state.final_),
        move || format!("the recovery of wallet {id}"),
    );
    questions.equals(
        "SKILL-12",
        world.wallets,
        &call,
        U256::from(model.guardians_nonce(id)),
        |state| state.nonce,
        move || format!("what guardians of wallet {id} sign next"),
    );
}

/// Who guards a wallet, and what is announced of it.
fn ask_guardians(questions: &mut Questions<'_>, world: &Fixture, id: u64, wallet: &Wallet, now: u64) {
    let number = U256::from(id);
    let of = |set: Guardians| (members_of(world, &numbers_of(set.members)), U256::from(set.threshold));
    questions.equals(
        "SKILL-11",
        world.wallets,
        &IWallets::guardiansOfCall { wallet: number },
        of(wallet.guardians),
        |set| (set.guardians, set.threshold),
        move || format!("the guardians of wallet {id}"),
    );
    let announced = wallet
        .proposed
        .filter(|(_, time)| alive(*time, now))
        .unwrap_or_default();
    let (members, threshold) = of(announced.0);
    questions.equals(
        "SKILL-12",
        world.wallets,
        &IWallets::proposedGuardiansOfCall { wallet: number },
        (members, threshold, U256::from(announced.1)),
        |set| (set.guardians, set.threshold, set.acceptableAt),
        move || format!("the guardians announced for wallet {id}"),
    );
    let burnable = wallet.burnable_at.filter(|time| alive(*time, now)).unwrap_or_default();
    questions.equals(
        "SKILL-12",
        world.wallets,
        &IWallets::burnableAtCall { wallet: number },
        U256::from(burnable),
        |time| time,
        move || format!("the burn announced for wallet {id}"),
    );
}

fn ask_validators(questions: &mut Questions<'_>, world: &Fixture, model: &Model) {
    for (by, validator) in world.validators.into_iter().enumerate() {
        for skill in 1..=SKILLS as u16 {
            questions.equals(
                "SKILL-6",
                world.wallets,
                &IWallets::validatorEpochCall { validator, skill },
                model.epoch(by, skill),
                |epoch| epoch,
                move || format!("the epoch of validator {by} in skill {skill}"),
            );
        }
    }
}

/// A badge: its supply, who has it, and for whom it counts.
fn ask_badge(
    questions: &mut Questions<'_>,
    world: &Fixture,
    model: &Model,
    badge: usize,
    now: u64,
) -> Result<(), Violation> {
    let rules = BadgeRules::of(badge);
    let (id, number_of) = (U256::from(rules.id), rules.id);
    let supply = model.supply[badge];
    questions.equals(
        "BADGE-3",
        world.badges,
        &IBadges::totalSupplyCall { id },
        U256::from(supply),
        |supply| supply,
        move || format!("the supply of badge {number_of}"),
    );
    // Badges of burned wallets are counted until somebody calls `follow`.
    let held: u64 = (0..ACCOUNTS).map(|number| model.balance(number, badge)).sum();
    if supply > rules.cap || supply != held + model.held_by_burned(badge) {
        let detail = format!("{supply} of badge {number_of}, its cap is {}, accounts hold {held}", rules.cap);
        return Err(Violation::new("BADGE-3", detail));
    }
    for number in 0..ACCOUNTS {
        let account = world.accounts[number];
        let balance = model.balance(number, badge);
        questions.equals(
            if rules.soulbound { "BADGE-4" } else { "BADGE-1" },
            world.badges,
            &IBadges::balanceOfCall { account, id },
            U256::from(balance),
            |balance| balance,
            move || format!("badge {number_of} of account {number}"),
        );
        // Who has none has none that counts: asked for where there is one.
        if balance > 0 {
            questions.equals(
                "BADGE-5",
                world.badges,
                &IBadges::isActiveCall { account, id },
                model.is_active(number, badge, now),
                |active| active,
                move || format!("whether badge {number_of} of account {number} counts"),
            );
        }
    }
    Ok(())
}

fn ask_tiers(questions: &mut Questions<'_>, world: &Fixture, model: &Model, now: u64) {
    for number in 0..ACCOUNTS {
        for kind in [1, 4] {
            let tiers = (0..BADGES).filter(|badge| BadgeRules::of(*badge).id >> 8 == kind);
            let highest = tiers.filter(|badge| model.is_active(number, *badge, now)).max();
            let tier = highest.map_or(U256::ZERO, |badge| U256::from(BadgeRules::of(badge).id & 0xff));
            questions.equals(
                "BADGE-5",
                world.badges,
                &IBadges::activeTierCall {
                    account: world.accounts[number],
                    kind: U256::from(kind),
                },
                (highest.is_some(), tier),
                |found| (found.active, found.tier),
                move || format!("the highest tier of kind {kind} of account {number}"),
            );
        }
    }
}
