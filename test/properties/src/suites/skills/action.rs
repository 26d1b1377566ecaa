//! What is done, with every value in it.

use serde::{Deserialize, Serialize};

use super::flaw::{Entry, Flaw, Moment};

/// A call, or a story of calls. Accounts, validators, guardians and badges are numbers in the fixture's lists; sets of
/// guardians are bits.
#[allow(
    missing_docs,
    reason = "the names are those of the contracts' functions and parameters"
)]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Action {
    Wait {
        seconds: u64,
    },
    Mint {
        who: usize,
        auth: u8,
    },
    MintFor {
        account: usize,
        auth: u8,
        flaw: Flaw,
    },
    Burn {
        who: usize,
    },
    BurnByIssuer {
        wallet: u64,
    },
    Attest {
        by: usize,
        entry: Entry,
        flaw: Flaw,
    },
    AttestBatch {
        by: usize,
        entries: Vec<Entry>,
        flaw: Flaw,
    },
    Revoke {
        by: usize,
        wallet: u64,
        skill: u16,
        xp: u64,
        flaw: Flaw,
    },
    /// A signed call that was accepted, once more.
    Replay {
        which: usize,
    },
    /// One of the five ways of ERC-721 to move a token, or to let others do so.
    Transfer {
        who: usize,
        wallet: u64,
        to: usize,
        way: u8,
    },
    SetValidator {
        by: usize,
        skill: u16,
        allowed: bool,
    },
    OpenSkill {
        skill: u16,
        open: bool,
    },
    /// The numbers are those of guardians in whatever order and as often as they come; beyond them, nobody.
    SetGuardians {
        who: usize,
        members: Vec<u8>,
        threshold: u8,
    },
    AcceptGuardians {
        wallet: u64,
    },
    /// The approvals are by guardians in whatever order and as often as they come; beyond them, by a stranger.
    Propose {
        wallet: u64,
        to: usize,
        approvals: Vec<u8>,
        flaw: Flaw,
    },
    /// Guardians end what the holder announced.
    Cancel {
        wallet: u64,
        what: Moment,
        approvals: Vec<u8>,
        flaw: Flaw,
    },
    /// The holder drops a burn, or else a change of guardians.
    Drop {
        who: usize,
        burn: bool,
    },
    /// A guardian takes back what it would sign now to recover the wallet to `to`.
    Withdraw {
        guardian: u8,
        wallet: u64,
        to: usize,
    },
    Veto {
        who: usize,
    },
    GovernanceVeto {
        wallet: u64,
    },
    Complete {
        who: usize,
        wallet: u64,
    },
    /// All guardians bring a wallet to another account, in whatever state it is, against a thief who has the holder's
    /// key and does whatever the bits say.
    Rescue {
        wallet: u64,
        to: usize,
        thief: u8,
    },
    GiveBadge {
        to: usize,
        badge: usize,
        amount: u64,
    },
    Claim {
        who: usize,
        badge: usize,
    },
    Upgrade {
        who: usize,
        badge: usize,
    },
    BurnBadge {
        who: usize,
        badge: usize,
        amount: u64,
    },
    /// By their owner, or by somebody else.
    MoveBadges {
        who: usize,
        from: usize,
        to: usize,
        badges: Vec<(usize, u64)>,
        batch: bool,
    },
    /// A soulbound badge of the wallet, a tradeable one of the account.
    Freeze {
        wallet: u64,
        who: usize,
        badge: usize,
        frozen: bool,
    },
    Follow {
        wallet: u64,
    },
}

impl Action {
    /// Every kind.
    pub const KINDS: &'static [&'static str] = &[
        "wait",
        "mint",
        "mint for",
        "burn",
        "burn by issuer",
        "attest",
        "attest batch",
        "revoke",
        "replay",
        "transfer",
        "set validator",
        "open skill",
        "set guardians",
        "accept guardians",
        "propose",
        "veto",
        "governance veto",
        "complete",
        "rescue",
        "give badge",
        "claim",
        "upgrade",
        "burn badge",
        "move badges",
        "freeze",
        "follow",
        "cancel",
        "drop",
        "withdraw",
    ];

    /// Its kind.
    pub fn kind(&self) -> &'static str {
        let place = match self {
            Self::Wait { .. } => 0,
            Self::Mint { .. } => 1,
            Self::MintFor { .. } => 2,
            Self::Burn { .. } => 3,
            Self::BurnByIssuer { .. } => 4,
            Self::Attest { .. } => 5,
            Self::AttestBatch { .. } => 6,
            Self::Revoke { .. } => 7,
            Self::Replay { .. } => 8,
            Self::Transfer { .. } => 9,
            Self::SetValidator { .. } => 10,
            Self::OpenSkill { .. } => 11,
            Self::SetGuardians { .. } => 12,
            Self::AcceptGuardians { .. } => 13,
            Self::Propose { .. } => 14,
            Self::Veto { .. } => 15,
            Self::GovernanceVeto { .. } => 16,
            Self::Complete { .. } => 17,
            Self::Rescue { .. } => 18,
            Self::GiveBadge { .. } => 19,
            Self::Claim { .. } => 20,
            Self::Upgrade { .. } => 21,
            Self::BurnBadge { .. } => 22,
            Self::MoveBadges { .. } => 23,
            Self::Freeze { .. } => 24,
            Self::Follow { .. } => 25,
            Self::Cancel { .. } => 26,
            Self::Drop { .. } => 27,
            Self::Withdraw { .. } => 28,
        };
        Self::KINDS[place]
    }

    /// Simpler ones to try in its place.
    pub fn simpler(&self) -> Vec<Self> {
        match self {
            Self::Wait { seconds } if *seconds > 0 => [0, seconds / 2, seconds - 1]
                .map(|seconds| Self::Wait { seconds })
                .into(),
            Self::Attest { by, entry, flaw } if entry.xp > 1 => [1, entry.xp / 2, entry.xp - 1]
                .map(|xp| Self::Attest {
                    by: *by,
                    entry: Entry { xp, ..entry.clone() },
                    flaw: *flaw,
                })
                .into(),
            Self::AttestBatch { by, entries, flaw } if entries.len() > 1 => (0..entries.len())
                .map(|left_out| {
                    let mut entries = entries.clone();
                    entries.remove(left_out);
                    Self::AttestBatch {
                        by: *by,
                        entries,
                        flaw: *flaw,
                    }
                })
                .collect(),
            Self::Revoke {
                by,
                wallet,
                skill,
                xp,
                flaw,
            } if *xp > 1 => [1, xp / 2, xp - 1]
                .map(|xp| Self::Revoke {
                    by: *by,
                    wallet: *wallet,
                    skill: *skill,
                    xp,
                    flaw: *flaw,
                })
                .into(),
            Self::GiveBadge { to, badge, amount } if *amount > 1 => {
                vec![Self::GiveBadge {
                    to: *to,
                    badge: *badge,
                    amount: amount - 1,
                }]
            }
            Self::MoveBadges {
                who,
                from,
                to,
                badges,
                batch,
            } if badges.len() > 1 => (0..badges.len())
                .map(|left_out| {
                    let mut badges = badges.clone();
                    badges.remove(left_out);
                    Self::MoveBadges {
                        who: *who,
                        from: *from,
                        to: *to,
                        badges,
                        batch: *batch,
                    }
                })
                .collect(),
            Self::Propose {
                wallet,
                to,
                approvals,
                flaw,
            } if approvals.len() > 1 => shorter(approvals)
                .map(|approvals| Self::Propose {
                    wallet: *wallet,
                    to: *to,
                    approvals,
                    flaw: *flaw,
                })
                .collect(),
            Self::Cancel {
                wallet,
                what,
                approvals,
                flaw,
            } if approvals.len() > 1 => shorter(approvals)
                .map(|approvals| Self::Cancel {
                    wallet: *wallet,
                    what: *what,
                    approvals,
                    flaw: *flaw,
                })
                .collect(),
            Self::Rescue { wallet, to, thief } if *thief != 0 => vec![Self::Rescue {
                wallet: *wallet,
                to: *to,
                thief: thief & (thief - 1),
            }],
            _ => Vec::new(),
        }
    }
}

/// The list without each of its elements.
fn shorter(list: &[u8]) -> impl Iterator<Item = Vec<u8>> + '_ {
    (0..list.len()).map(|left_out| {
        let mut list = list.to_vec();
        list.remove(left_out);
        list
    })
}
