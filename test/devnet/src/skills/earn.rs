//! Somebody who earns skills: a wallet, attestations by both validators, badges; one thing at a time.

use alloy::{
    primitives::{Bytes, U256},
    signers::SignerSync as _,
};
use eyre::OptionExt as _;
use fluxion_abi::{IBadges, ISkillLedger, ISkillWallet};

use super::{MODERATION, SkillPlaces, TRADING, badge_ids, digest, validator};
use crate::pools::Actor;

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
        let wallets = ISkillWallet::new(self.places.wallets, actor.provider.clone());
        let wallet = wallets.walletOf(actor.account).call().await?;
        let state = wallets.skillOf(wallet, self.skill).call().await?;
        let key = validator(number)?;
        let attestation = ISkillLedger::Attestation {
            validator: key.address(),
            wallet,
            skill: self.skill,
            xp,
            nonce: u32::try_from(state.attestations)
                .ok()
                .ok_or_eyre("too many attestations")?,
            deadline: U256::from(u64::MAX),
        };
        let signature = key.sign_hash_sync(&digest(&attestation, self.places.wallets, self.chain_id))?;
        let signature = Bytes::from(signature.as_bytes().to_vec());
        actor.send(wallets.attest(attestation, signature)).await?;
        Ok("attestation")
    }
}
