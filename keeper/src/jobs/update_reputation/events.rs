//! The events of wallets, badges and scores: what is watched, and what each means.

use alloy::primitives::U256;
use alloy::rpc::types::Log;
use alloy::sol_types::SolEvent as _;
use fluxion_abi::{IBadges, IReputationOracle, ISkillWallet};

use crate::indexer::{Watch, number, read};
use crate::store::{DecodedEvent, SkillEvent};

/// A `SkillWallet`.
pub static WALLETS: Watch = Watch {
    topics: &[
        ISkillWallet::SkillDefined::SIGNATURE_HASH,
        ISkillWallet::SkillAttested::SIGNATURE_HASH,
        ISkillWallet::SkillRevoked::SIGNATURE_HASH,
        ISkillWallet::Transfer::SIGNATURE_HASH,
    ],
    numbered: None,
    decode: |log, time| dated(wallets(log), time),
};

/// A `Badges`.
pub static BADGES: Watch = Watch {
    topics: &[
        IBadges::BadgeCreated::SIGNATURE_HASH,
        IBadges::TransferSingle::SIGNATURE_HASH,
        IBadges::TransferBatch::SIGNATURE_HASH,
        IBadges::BadgeFrozen::SIGNATURE_HASH,
    ],
    numbered: None,
    decode: |log, time| dated(badges(log), time),
};

/// A `ReputationOracle`.
pub static REPUTATION: Watch = Watch {
    topics: &[
        IReputationOracle::ScoresReported::SIGNATURE_HASH,
        IReputationOracle::ScoreHeld::SIGNATURE_HASH,
        IReputationOracle::ScoreVetoed::SIGNATURE_HASH,
    ],
    numbered: None,
    decode: |log, time| dated(reputation(log), time),
};

/// An event with the time of its block.
fn dated(event: Result<Option<SkillEvent>, String>, time: u64) -> Result<Option<DecodedEvent>, String> {
    Ok(event?.map(|event| DecodedEvent::Skill { time, event }))
}

fn wallets(log: &Log) -> Result<Option<SkillEvent>, String> {
    Ok(Some(match log.topic0() {
        Some(&ISkillWallet::SkillDefined::SIGNATURE_HASH) => {
            let e: ISkillWallet::SkillDefined = read(log)?;
            SkillEvent::SkillDefined {
                skill: e.skill,
                first_level_xp: e.policy.firstLevelXp,
                level_step_xp: e.policy.levelStepXp,
                max_level: e.policy.maxLevel,
                grace_seconds: e.policy.graceSeconds,
                decay_xp_per_day: e.policy.decayXpPerDay,
            }
        }
        Some(&ISkillWallet::SkillAttested::SIGNATURE_HASH) => {
            let e: ISkillWallet::SkillAttested = read(log)?;
            SkillEvent::SkillChanged {
                wallet: e.wallet,
                skill: e.skill,
                validator: e.validator,
                added: number("added", e.added)?,
                taken: 0,
                xp: number("xp", e.xp)?,
            }
        }
        Some(&ISkillWallet::SkillRevoked::SIGNATURE_HASH) => {
            let e: ISkillWallet::SkillRevoked = read(log)?;
            SkillEvent::SkillChanged {
                wallet: e.wallet,
                skill: e.skill,
                validator: e.validator,
                added: 0,
                taken: number("taken", e.taken)?,
                xp: number("xp", e.xp)?,
            }
        }
        Some(&ISkillWallet::Transfer::SIGNATURE_HASH) => {
            let e: ISkillWallet::Transfer = read(log)?;
            SkillEvent::WalletMoved {
                wallet: e.tokenId,
                from: e.from,
                to: e.to,
            }
        }
        _ => return Ok(None),
    }))
}

fn badges(log: &Log) -> Result<Option<SkillEvent>, String> {
    Ok(Some(match log.topic0() {
        Some(&IBadges::BadgeCreated::SIGNATURE_HASH) => {
            let e: IBadges::BadgeCreated = read(log)?;
            SkillEvent::BadgeCreated {
                badge: e.id,
                soulbound: e.policy.soulbound,
                expires_at: number("expiresAt", U256::from(e.policy.expiresAt))?,
                skill: e.policy.skill,
                level: e.policy.level,
            }
        }
        Some(&IBadges::TransferSingle::SIGNATURE_HASH) => {
            let e: IBadges::TransferSingle = read(log)?;
            SkillEvent::BadgesMoved {
                from: e.from,
                to: e.to,
                badges: vec![e.id],
                amounts: vec![e.value],
                batch: false,
            }
        }
        Some(&IBadges::TransferBatch::SIGNATURE_HASH) => {
            let e: IBadges::TransferBatch = read(log)?;
            SkillEvent::BadgesMoved {
                from: e.from,
                to: e.to,
                badges: e.ids,
                amounts: e.values,
                batch: true,
            }
        }
        Some(&IBadges::BadgeFrozen::SIGNATURE_HASH) => {
            let e: IBadges::BadgeFrozen = read(log)?;
            SkillEvent::BadgeFrozen {
                wallet: e.wallet,
                badge: e.id,
                frozen: e.frozen,
            }
        }
        _ => return Ok(None),
    }))
}

fn reputation(log: &Log) -> Result<Option<SkillEvent>, String> {
    let score = |value: U256| u16::try_from(value).map_err(|_| format!("score {value} is out of range"));
    Ok(Some(match log.topic0() {
        Some(&IReputationOracle::ScoresReported::SIGNATURE_HASH) => {
            let e: IReputationOracle::ScoresReported = read(log)?;
            SkillEvent::ScoresReported {
                observed_at: number("observedAt", e.observedAt)?,
                updates: e.updates,
            }
        }
        Some(&IReputationOracle::ScoreHeld::SIGNATURE_HASH) => {
            let e: IReputationOracle::ScoreHeld = read(log)?;
            SkillEvent::ScoreHeld {
                wallet: e.wallet,
                score: score(e.heldScore)?,
                since: Some(number("since", e.since)?),
            }
        }
        Some(&IReputationOracle::ScoreVetoed::SIGNATURE_HASH) => {
            let e: IReputationOracle::ScoreVetoed = read(log)?;
            SkillEvent::ScoreHeld {
                wallet: e.wallet,
                score: score(e.vetoedScore)?,
                since: None,
            }
        }
        _ => return Ok(None),
    }))
}
