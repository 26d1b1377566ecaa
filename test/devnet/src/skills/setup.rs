//! Puts skills, validators and badges on a chain that has the contracts.

use std::path::Path;

use alloy::{network::EthereumWallet, primitives::U256, providers::ProviderBuilder};
use eyre::{WrapErr, ensure};
use fluxion_abi::{AccessManager, Deployment, IBadges, ISkillLedger, ISkillWallet};

use super::{MODERATION, SkillPlaces, TRADING, badge_ids, validator};
use crate::{accounts, anvil::Anvil};

/// What the outcome depends on besides the contracts: part of the name of a kept chain.
pub(crate) const SOURCE: &[u8] = include_bytes!("setup.rs");

/// SKILL_MANAGER in script/Roles.sol.
const SKILL_MANAGER: u64 = 5;

/// Defines skills and badges, names both validators. The deployer does it, who stays admin on local networks.
///
/// # Errors
/// When a transaction fails.
pub(crate) async fn set_up(anvil: &Anvil, record: &Path) -> eyre::Result<()> {
    let deployment = Deployment::load(record)?;
    let places = SkillPlaces::of(&deployment)?;
    let key = accounts::key(accounts::DEPLOYER)?;
    let deployer = key.address();
    let provider = ProviderBuilder::new()
        .wallet(EthereumWallet::from(key))
        .connect_http(anvil.url().parse()?);
    macro_rules! done {
        ($what:expr, $call:expr) => {
            let sent = $call
                .send()
                .await
                .wrap_err_with(|| format!("{} was refused", $what))?;
            ensure!(sent.get_receipt().await?.status(), "{} failed", $what);
        };
    }
    let access = AccessManager::new(deployment.contract("AccessManager", record)?.address, &provider);
    done!("the role of skills", access.grantRole(SKILL_MANAGER, deployer, 0));
    let wallets = ISkillWallet::new(places.wallets, &provider);
    let trading = ISkillLedger::SkillPolicy {
        firstLevelXp: 100,
        levelStepXp: 50,
        maxLevel: 10,
        graceSeconds: 30 * 86_400,
        decayXpPerDay: 5,
        maxXpPerAttestation: 5_000,
    };
    done!("the skill trading", wallets.defineSkill("Trading".into(), trading));
    let moderation = ISkillLedger::SkillPolicy {
        firstLevelXp: 1_000,
        levelStepXp: 0,
        maxLevel: 10,
        graceSeconds: 0,
        decayXpPerDay: 0,
        maxXpPerAttestation: 5_000,
    };
    done!(
        "the skill moderation",
        wallets.defineSkill("Moderation".into(), moderation)
    );
    for number in 0..2 {
        for skill in [TRADING, MODERATION] {
            let address = validator(number)?.address();
            done!("a validator", wallets.setValidator(address, skill, true));
        }
    }
    let badges = IBadges::new(places.badges, &provider);
    let soulbound = |skill: u16, level: u8, upgrade: bool| IBadges::BadgePolicy {
        soulbound: true,
        freezable: true,
        claimable: !upgrade,
        cap: 1_000,
        expiresAt: U256::ZERO.to(),
        skill,
        level,
        upgradeCost: upgrade.into(),
    };
    let policies = [
        soulbound(TRADING, 1, false),
        soulbound(TRADING, 3, true),
        soulbound(MODERATION, 1, false),
    ];
    for (id, policy) in badge_ids().into_iter().zip(policies) {
        done!("a badge", badges.createBadge(id, policy));
    }
    Ok(())
}
