//! What is done, with every value in it.

use serde::{Deserialize, Serialize};

/// What is wrong with a signed report, if anything is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Flaw {
    /// Nothing.
    #[default]
    None,
    /// Signed for another chain.
    OtherChain,
    /// Signed for another contract: the other feed, or a feed in place of the scores.
    OtherContract,
    /// Signed for another price or score.
    OtherValue,
    /// Signed for the second after.
    OtherTime,
    /// Signed for the set before, and sent for the current one.
    OtherSet,
    /// Signed and sent for the set before.
    OldSet,
    /// Signed and sent for the set to come.
    NextSet,
    /// The first signature is the other one that its key's holder did not make.
    Malleable,
    /// The first two signatures are in the wrong order.
    Swapped,
    /// The first signature is there twice.
    Twice,
    /// The last byte is missing.
    Truncated,
    /// There is a byte more.
    Surplus,
    /// It says that there is one signature more.
    CountedUp,
    /// It says that there is one signature less.
    CountedDown,
}

impl Flaw {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::None,
        Self::OtherChain,
        Self::OtherContract,
        Self::OtherValue,
        Self::OtherTime,
        Self::OtherSet,
        Self::OldSet,
        Self::NextSet,
        Self::Malleable,
        Self::Swapped,
        Self::Twice,
        Self::Truncated,
        Self::Surplus,
        Self::CountedUp,
        Self::CountedDown,
    ];
}

/// A call, or a story of calls. Signers are numbers by rising address, the last one being nobody's: address zero.
/// Times are seconds before the block, so that what is left out of a sequence moves nothing else.
#[allow(
    missing_docs,
    reason = "the names are those of the contracts' functions and parameters"
)]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Action {
    Wait {
        seconds: u64,
    },
    /// The signers sign in whatever order and as often as they come; those of the set and strangers.
    Report {
        feed: usize,
        price: i128,
        ago: i64,
        signers: Vec<usize>,
        flaw: Flaw,
    },
    /// A report that was accepted, once more, byte by byte.
    Replay {
        which: usize,
    },
    Rotate {
        signers: Vec<usize>,
        threshold: u8,
        strict: u8,
        by_admin: bool,
    },
    SetFeed {
        feed: usize,
        max_delay: u16,
        breaker: u16,
        confirmation: u16,
        by_admin: bool,
    },
    /// Pairs of a wallet and its score.
    ReportScores {
        updates: Vec<(u64, u16)>,
        ago: i64,
        signers: Vec<usize>,
        flaw: Flaw,
    },
    Veto {
        wallets: Vec<u64>,
        by_admin: bool,
    },
    SetScores {
        max_delay: u32,
        min_interval: u32,
        veto_window: u32,
        max_move: u16,
        by_admin: bool,
    },
    /// From whatever state, all signers of the set, or no more of them than an ordinary quorum, bring a feed to a
    /// price.
    Settle {
        feed: usize,
        price: i128,
        strictly: bool,
    },
    /// A strict quorum makes so many rounds, 16 s apart, whatever there is: a ring is written over.
    Fill {
        feed: usize,
        price: i128,
        rounds: u8,
    },
}

impl Action {
    /// Names of all kinds.
    pub const KINDS: &'static [&'static str] = &[
        "wait",
        "report a price",
        "replay",
        "rotate",
        "set a feed's limits",
        "report scores",
        "veto",
        "set the scores' limits",
        "settle strictly",
        "settle ordinarily",
        "fill the ring",
    ];

    /// Its kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Wait { .. } => "wait",
            Self::Report { .. } => "report a price",
            Self::Replay { .. } => "replay",
            Self::Rotate { .. } => "rotate",
            Self::SetFeed { .. } => "set a feed's limits",
            Self::ReportScores { .. } => "report scores",
            Self::Veto { .. } => "veto",
            Self::SetScores { .. } => "set the scores' limits",
            Self::Settle { strictly: true, .. } => "settle strictly",
            Self::Settle { .. } => "settle ordinarily",
            Self::Fill { .. } => "fill the ring",
        }
    }
}
