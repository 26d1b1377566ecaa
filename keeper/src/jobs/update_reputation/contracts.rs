//! The contracts that scores are computed from, and the one where they are reported.

use super::events::{BADGES, REPUTATION, WALLETS};
use crate::jobs::{Contract, Record};
use crate::store::SkillContracts;

/// All of them.
pub(super) fn contracts() -> Vec<Contract> {
    [("SkillWallet", &WALLETS), ("Badges", &BADGES), ("ReputationOracle", &REPUTATION)]
        .map(|(name, watch)| Contract {
            name: name.to_owned(),
            watch,
        })
        .into()
}

/// Where they are, on a chain whose scores are configured.
pub(super) fn found(record: &Record) -> Option<SkillContracts> {
    Some(SkillContracts {
        wallets: record.get("SkillWallet")?,
        badges: record.get("Badges")?,
        reputation: record.get("ReputationOracle")?,
    })
}
