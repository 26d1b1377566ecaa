//! What actors do, with every value in it.

use alloy_primitives::U256;
use serde::{Deserialize, Serialize};

use super::{entry::Entry, loan::Loan, native::Native, terms::Terms, unbalanced::Unbalanced};

/// A pool to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spec {
    /// Numbers of its tokens, rising.
    pub tokens: Vec<usize>,
    /// Weights in millionths; empty in a stable pool.
    pub weights: Vec<u32>,
    /// A; 0 in a weighted pool.
    pub amplification: u32,
    /// Swap fee in millionths.
    pub fee: u32,
    /// Indices of the tokens with a rate provider, rising; none in a weighted pool.
    #[serde(default)]
    pub rated: Vec<usize>,
    /// Least fee that the fee policy may grant, millionths; none in a pool without one.
    #[serde(default)]
    pub policy: Option<u32>,
}

/// A step of a path: pool, token in, token out.
pub type Hop = (usize, usize, usize);

/// One action. `pool` counts the pools in the order of their creation, `i` and `j` are indices of its key, `who` is an
/// actor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum Action {
    Create {
        spec: Spec,
        amounts: Vec<U256>,
        who: usize,
    },
    SwapIn {
        pool: usize,
        i: usize,
        j: usize,
        amount: U256,
        who: usize,
        quoted: bool,
    },
    SwapOut {
        pool: usize,
        i: usize,
        j: usize,
        amount: U256,
        who: usize,
        quoted: bool,
    },
    /// Swap there and back again, so often; `buy` for exact amounts out.
    RoundTrip {
        pool: usize,
        i: usize,
        j: usize,
        amount: U256,
        who: usize,
        times: u8,
        buy: bool,
    },
    /// Quotes for an exact input and for the output that it gives.
    Inverse {
        pool: usize,
        i: usize,
        j: usize,
        amount: U256,
    },
    Path {
        hops: Vec<Hop>,
        amount: U256,
        who: usize,
    },
    Add {
        pool: usize,
        shares: U256,
        who: usize,
    },
    Remove {
        pool: usize,
        shares: U256,
        who: usize,
    },
    AddRemove {
        pool: usize,
        shares: U256,
        who: usize,
    },
    /// Two adds in both orders.
    AddOrder {
        pool: usize,
        first: U256,
        second: U256,
    },
    /// Everybody leaves where `leave` says so, then an add of these amounts restores trading.
    Recover {
        pool: usize,
        amounts: Vec<U256>,
        who: usize,
        leave: bool,
    },
    Collect {
        pool: usize,
    },
    SetFee {
        pool: usize,
        bps: u32,
    },
    Donate {
        pool: usize,
        i: usize,
        amount: U256,
    },
    /// A pool of the attacker, his donation, a victim's add, his exit.
    FirstDeposit {
        spec: Spec,
        amounts: Vec<U256>,
        donation: U256,
        shares: U256,
    },
    /// From the callback of the hostile token in `outer`, everything else is tried.
    Reenter {
        pool: usize,
        outer: u8,
        amount: U256,
        who: usize,
    },
    /// The provider of a token says another rate, 18 decimals, from now on.
    SetRate {
        token: usize,
        rate: U256,
    },
    Wait {
        seconds: u32,
    },
    /// A path for an exact output.
    PathOut {
        hops: Vec<Hop>,
        amount: U256,
        who: usize,
    },
    Unbalanced(Unbalanced),
    Terms(Terms),
    Loan(Loan),
    Entry(Entry),
    Native(Native),
    /// A permit signed by an owner that approved nothing, and a swap; somebody else may have used the permit before.
    Permit {
        pool: usize,
        i: usize,
        j: usize,
        amount: U256,
        used: bool,
    },
    /// A call that is refused; the number says which.
    Wrong {
        pool: usize,
        number: u64,
        who: usize,
    },
}

impl Action {
    /// Its kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Create { .. } => "create",
            Self::SwapIn { .. } => "swap in",
            Self::SwapOut { .. } => "swap out",
            Self::RoundTrip { .. } => "round trip",
            Self::Inverse { .. } => "inverse",
            Self::Path { .. } => "path",
            Self::Add { .. } => "add",
            Self::Remove { .. } => "remove",
            Self::AddRemove { .. } => "add and remove",
            Self::AddOrder { .. } => "add in both orders",
            Self::Recover { .. } => "try to recover",
            Self::Collect { .. } => "collect",
            Self::SetFee { .. } => "set fee",
            Self::Donate { .. } => "donate",
            Self::FirstDeposit { .. } => "first deposit",
            Self::Reenter { .. } => "reenter",
            Self::SetRate { .. } => "set rate",
            Self::Wait { .. } => "wait",
            Self::PathOut { .. } => "path out",
            Self::Unbalanced(action) => action.kind(),
            Self::Terms(action) => action.kind(),
            Self::Loan(action) => action.kind(),
            Self::Entry(action) => action.kind(),
            Self::Native(action) => action.kind(),
            Self::Permit { .. } => "swap by permit",
            Self::Wrong { .. } => "wrong call",
        }
    }

    /// All kinds.
    pub const KINDS: &'static [&'static str] = &[
        "create",
        "swap in",
        "swap out",
        "round trip",
        "inverse",
        "path",
        "add",
        "remove",
        "add and remove",
        "add in both orders",
        "try to recover",
        "collect",
        "set fee",
        "donate",
        "first deposit",
        "reenter",
        "set rate",
        "wait",
        "path out",
        Unbalanced::KINDS[0],
        Unbalanced::KINDS[1],
        Unbalanced::KINDS[2],
        Unbalanced::KINDS[3],
        Terms::KINDS[0],
        Terms::KINDS[1],
        Terms::KINDS[2],
        Terms::KINDS[3],
        Terms::KINDS[4],
        Loan::KINDS[0],
        Loan::KINDS[1],
        Loan::KINDS[2],
        Loan::KINDS[3],
        Entry::KINDS[0],
        Entry::KINDS[1],
        Entry::KINDS[2],
        Native::KINDS[0],
        Native::KINDS[1],
        Native::KINDS[2],
        "swap by permit",
        "wrong call",
    ];
}
