//! Skills in the local world: which there are, who attests them, who earns them, and how what happened is checked.
//!
//! Every local chain has two skills and three soulbound badges, and the weighted pool gives discounts for the first
//! kind of them. Two validators sign; the traders carry the signatures to the chain, like anybody could.

mod audit;
mod earn;
mod setup;

use alloy::{
    primitives::{Address, B256, U256, keccak256},
    signers::local::PrivateKeySigner,
    sol_types::SolValue as _,
};
use eyre::OptionExt as _;
use fluxion_abi::{Deployment, IBadges, IReputationOracle, ISkillDiscount, ISkillWallet};
use serde::{Deserialize, Serialize};

pub use audit::{SkillAudit, audit};
pub(crate) use earn::Learner;
pub use earn::attest;
pub(crate) use setup::{SOURCE, set_up};

use crate::world::Chain;

/// Decays after a month; a level takes more than the one before.
pub const TRADING: u16 = 1;
/// Never decays; a level every thousand.
pub const MODERATION: u16 = 2;
/// The kind of badge that discounts are given for: tier 0 from level 1 of trading, tier 1 from level 3.
pub const TRADER_BADGE: u64 = 1;
/// Another kind, from level 1 of moderation.
pub const MODERATOR_BADGE: u64 = 2;

/// Where the contracts of skills are on a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SkillPlaces {
    /// SkillWallet
    pub wallets: Address,
    /// Badges
    pub badges: Address,
    /// ReputationOracle
    pub reputation: Address,
    /// SkillDiscount
    pub discount: Address,
}

impl SkillPlaces {
    /// The places that a deployment record names.
    ///
    /// # Errors
    /// When it has no skills.
    pub fn of(deployment: &Deployment) -> eyre::Result<Self> {
        let find = |name: &str| {
            let contract = deployment.contracts.get(name).map(|contract| contract.address);
            contract.ok_or_eyre(format!("the deployment has no {name}"))
        };
        Ok(Self {
            wallets: find("SkillWallet")?,
            badges: find("Badges")?,
            reputation: find("ReputationOracle")?,
            discount: find("SkillDiscount")?,
        })
    }
}

/// A validator's key. It only signs, so it needs no money.
///
/// # Errors
/// Never for the two there are.
pub fn validator(number: usize) -> eyre::Result<PrivateKeySigner> {
    let secret = keccak256(format!("fluxion local validator {number}"));
    Ok(PrivateKeySigner::from_bytes(&secret)?)
}

/// What somebody earned, as the chain says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Earned {
    /// Wallet id; zero: none.
    pub wallet: u64,
    /// Experience in trading and in moderation.
    pub xp: [u64; 2],
    /// Levels of both.
    pub levels: [u64; 2],
    /// Active badges: trader tier 0, trader tier 1, moderator.
    pub badges: [bool; 3],
    /// Score that counts now.
    pub score: u64,
    /// Whether a score was ever reported.
    pub reported: bool,
    /// Discount on the fee of the weighted pool, in basis points.
    pub discount_bps: u64,
}

/// What an account earned on a chain, now.
///
/// # Errors
/// When the node does not answer.
pub async fn earned(chain: &Chain, account: Address) -> eyre::Result<Earned> {
    let places = SkillPlaces::of(&chain.deployment)?;
    let provider = chain.anvil.provider();
    let wallets = ISkillWallet::new(places.wallets, provider);
    let wallet = wallets.walletOf(account).call().await?;
    let mut found = Earned {
        wallet: u64::try_from(wallet)?,
        ..Earned::default()
    };
    if found.wallet == 0 {
        return Ok(found);
    }
    for (place, skill) in [TRADING, MODERATION].into_iter().enumerate() {
        let state = wallets.skillOf(wallet, skill).call().await?;
        (found.xp[place], found.levels[place]) = (u64::try_from(state.xp)?, u64::try_from(state.level)?);
    }
    let badges = IBadges::new(places.badges, provider);
    for (place, id) in badge_ids().into_iter().enumerate() {
        found.badges[place] = badges.isActive(account, id).call().await?;
    }
    let oracle = IReputationOracle::new(places.reputation, provider);
    let reputation = oracle.reputationOf(wallet).call().await?;
    found.score = u64::try_from(reputation.score)?;
    found.reported = !reputation.epoch.is_zero();
    let discount = ISkillDiscount::new(places.discount, provider);
    found.discount_bps = u64::try_from(discount.discountOf(account).call().await?)?;
    Ok(found)
}

/// The badges there are.
pub fn badge_ids() -> [U256; 3] {
    [TRADER_BADGE << 8, TRADER_BADGE << 8 | 1, MODERATOR_BADGE << 8].map(U256::from)
}

/// EIP-712 domain separator of the wallets of a chain.
fn domain(wallets: Address, chain_id: u64) -> alloy::sol_types::Eip712Domain {
    alloy::sol_types::eip712_domain! {
        name: "Fluxion SkillWallet",
        version: "1",
        chain_id: chain_id,
        verifying_contract: wallets,
    }
}

/// What a validator signs of an attestation.
const ATTESTATION: &str =
    "Attestation(address validator,uint256 wallet,uint16 skill,uint32 xp,uint32 nonce,uint32 epoch,uint256 deadline)";

/// Digest of an attestation.
fn digest(attestation: &fluxion_abi::ISkillLedger::Attestation, wallets: Address, chain_id: u64) -> B256 {
    let kind = keccak256(ATTESTATION);
    let a = attestation;
    let fields = (
        kind,
        a.validator,
        a.wallet,
        U256::from(a.skill),
        U256::from(a.xp),
        U256::from(a.nonce),
        U256::from(a.epoch),
        a.deadline,
    );
    let body = keccak256(fields.abi_encode());
    let separator = domain(wallets, chain_id).separator();
    keccak256([&[0x19, 0x01], separator.as_slice(), body.as_slice()].concat())
}
