//! What the indexed chain says about wallets, skills, badges and scores: the rows from which scores are computed.

use alloy::primitives::{Address, U256};
use async_trait::async_trait;

use super::StoreError;
use crate::model::{ChainId, Height};

/// The contracts that rows are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SkillContracts {
    /// The `SkillWallet`.
    pub wallets: Address,
    /// The `Badges`.
    pub badges: Address,
    /// The `ReputationOracle`.
    pub reputation: Address,
}

/// An event of one of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SkillEvent {
    /// A skill exists from now on.
    SkillDefined {
        /// Skill id.
        skill: u16,
        /// Experience from level 0 to 1.
        first_level_xp: u32,
        /// How much more each further level takes.
        level_step_xp: u32,
        /// Highest level.
        max_level: u8,
        /// Seconds without decay after an attestation.
        grace_seconds: u32,
        /// Experience lost per day after that.
        decay_xp_per_day: u32,
    },
    /// Experience was attested or revoked.
    SkillChanged {
        /// Wallet id.
        wallet: U256,
        /// Skill id.
        skill: u16,
        /// Who signed.
        validator: Address,
        /// Experience attested; zero for a revocation.
        added: u64,
        /// Experience revoked; zero for an attestation.
        taken: u64,
        /// Experience afterwards, decay until then taken off.
        xp: u64,
    },
    /// A wallet was minted (from zero), burned (to zero) or recovered.
    WalletMoved {
        /// Wallet id.
        wallet: U256,
        /// Who had it.
        from: Address,
        /// Who has it.
        to: Address,
    },
    /// A badge exists from now on.
    BadgeCreated {
        /// kind x 256 + tier
        badge: U256,
        /// Belongs to a wallet.
        soulbound: bool,
        /// From when it does not count; zero: never.
        expires_at: u64,
        /// Skill that it takes; zero: none.
        skill: u16,
        /// Level of it.
        level: u8,
    },
    /// Badges were minted, burned or moved.
    BadgesMoved {
        /// Who had them; zero: minted.
        from: Address,
        /// Who has them; zero: burned.
        to: Address,
        /// Ids.
        badges: Vec<U256>,
        /// How many of each.
        amounts: Vec<U256>,
        /// `TransferBatch`. Of soulbound badges it only tells of a wallet that has moved or was burned.
        batch: bool,
    },
    /// A soulbound badge of a wallet was suspended, or no longer is. `wallet` is zero for a tradeable one.
    BadgeFrozen {
        /// Wallet id.
        wallet: U256,
        /// Badge id.
        badge: U256,
        /// Whether it is suspended.
        frozen: bool,
    },
    /// A batch of scores was accepted.
    ScoresReported {
        /// Epoch, in seconds.
        observed_at: u64,
        /// wallet x 65,536 + score each.
        updates: Vec<U256>,
    },
    /// A large move waits since a time (`Some`), or was vetoed.
    ScoreHeld {
        /// Wallet id.
        wallet: U256,
        /// The score that waits or was vetoed.
        score: u16,
        /// Since when, in seconds.
        since: Option<u64>,
    },
}

/// An event with its place and the time of its block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkillRow {
    /// Block.
    pub height: Height,
    /// Index of the log in its block.
    pub log_index: u64,
    /// Time of the block, in seconds.
    pub time: u64,
    /// The event.
    pub event: SkillEvent,
}

/// Reads the rows.
#[async_trait]
pub trait SkillStore: Send + Sync {
    /// Every row of these contracts in the order of the chain, all of one state of the database.
    async fn skill_rows(&self, chain: ChainId, contracts: &SkillContracts) -> Result<Vec<SkillRow>, StoreError>;
}
