//! Somebody who earns skills: a wallet, attestations by both validators, badges; one thing at a time.

use alloy::{
    network::EthereumWallet,
    primitives::{Address, B256, Bytes, U256},
    providers::{Provider, ProviderBuilder},
    signers::SignerSync as _,
};
use eyre::OptionExt as _;
use fluxion_abi::{IBadges, ISkillLedger, ISkillWallet};

use super::{MODERATION, SkillPlaces, TRADING, badge_ids, digest, validator};
use crate::{accounts, pools::Actor, world::Chain};

/// What one attestation adds, once the badges are there.
const PRACTICE: u32 = 20;

/// How far somebody is.
#[derive(Debug, Clone)]
pub(crate) struct Learner {
    places: SkillPlaces,
    chain_id: u64,
    skill: u16,
    step: usize,
}

impl Learner {
    /// A learner of trading, or of moderation.
    pub(crate) fn new(places: SkillPlaces, chain_id: u64, trades: bool) -> Self {
        Self {
            places,
            chain_id,
            skill: if trades { TRADING } else { MODERATION },
            step: 0,
        }
    }

    /// Whether there is something left to earn before practice.
    pub(crate) const fn hungry(&self) -> bool {
        self.step < 5
    }

    /// Does the next thing and says which.
    pub(crate) async fn act(&mut self, actor: &Actor) -> eyre::Result<&'static str> {
        let badges = IBadges::new(self.places.badges, actor.provider.clone());
        let [novice, senior, moderator] = badge_ids();
        let trades = self.skill == TRADING;
        let done = match self.step {
            0 => {
                let wallets = ISkillWallet::new(self.places.wallets, actor.provider.clone());
                // The owner alone may burn it.
                actor.send(wallets.mint(1)).await?;
                "skill_wallet"
            }
            1 => self.attest(actor, 0, if trades { 600 } else { 1_500 }).await?,
            2 => {
                actor
                    .send(badges.claim(if trades { novice } else { moderator }))
                    .await?;
                "badge_claim"
            }
            3 => self.attest(actor, 1, 400).await?,
            4 if trades => {
                actor.send(badges.upgrade(senior)).await?;
                "badge_upgrade"
            }
            step => self.attest(actor, step % 2, PRACTICE).await?,
        };
        self.step += 1;
        Ok(done)
    }

    /// Has a validator sign, and carries the signature to the chain.
    async fn attest(&self, actor: &Actor, number: usize, xp: u32) -> eyre::Result<&'static str> {
        let signed = sign(
            &actor.provider,
            self.places,
            self.chain_id,
            actor.account,
            (self.skill, xp),
            number,
        );
        let (attestation, signature) = signed.await?;
        let wallets = ISkillWallet::new(self.places.wallets, actor.provider.clone());
        actor.send(wallets.attest(attestation, signature)).await?;
        Ok("attestation")
    }
}

/// What a validator signs for the wallet of an account: so much experience in a skill, with the next nonce.
async fn sign(
    provider: &impl Provider,
    places: SkillPlaces,
    chain_id: u64,
    account: Address,
    (skill, xp): (u16, u32),
    number: usize,
) -> eyre::Result<(ISkillLedger::Attestation, Bytes)> {
    let wallets = ISkillWallet::new(places.wallets, provider);
    let wallet = wallets.walletOf(account).call().await?;
    let state = wallets.skillOf(wallet, skill).call().await?;
    let key = validator(number)?;
    let attestation = ISkillLedger::Attestation {
        validator: key.address(),
        wallet,
        skill,
        xp,
        nonce: u32::try_from(state.attestations)
            .ok()
            .ok_or_eyre("too many attestations")?,
        epoch: wallets.validatorEpoch(key.address(), skill).call().await?,
        deadline: U256::from(u64::MAX),
    };
    let signature = key.sign_hash_sync(&digest(&attestation, places.wallets, chain_id))?;
    Ok((attestation, signature.as_bytes().to_vec().into()))
}

/// Has the first validator attest experience to somebody's wallet; a stranger sends it. Does not wait for a block.
///
/// # Errors
/// When the node refuses it.
pub async fn attest(chain: &Chain, account: Address, skill: u16, xp: u32) -> eyre::Result<B256> {
    let places = SkillPlaces::of(&chain.deployment)?;
    let provider = ProviderBuilder::new()
        .wallet(EthereumWallet::from(accounts::key(accounts::FOREIGN)?))
        .connect_http(chain.anvil.url().parse()?);
    let (attestation, signature) = sign(&provider, places, chain.anvil.chain_id(), account, (skill, xp), 0).await?;
    let wallets = ISkillWallet::new(places.wallets, &provider);
    // A limit of its own, not an estimate: the state of the estimate is not that of the block.
    let sent = wallets.attest(attestation, signature).gas(500_000).send().await?;
    Ok(*sent.tx_hash())
}
