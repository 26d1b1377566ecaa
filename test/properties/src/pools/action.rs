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

/// One action. `pool` counts the pools in the order of their creation, `i` and `j` are indices of its key, `who` is an actor.
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

    /// Simpler ones to try, simplest first.
    pub fn simpler(&self) -> Vec<Self> {
        let mut list = Vec::new();
        match self {
            Self::RoundTrip {
                pool,
                i,
                j,
                amount,
                who,
                times,
                buy,
            } => {
                if *buy {
                    list.push(Self::SwapOut {
                        pool: *pool,
                        i: *i,
                        j: *j,
                        amount: *amount,
                        who: *who,
                        quoted: false,
                    });
                } else {
                    list.push(Self::SwapIn {
                        pool: *pool,
                        i: *i,
                        j: *j,
                        amount: *amount,
                        who: *who,
                        quoted: false,
                    });
                }
                if *times > 1 {
                    list.push(Self::RoundTrip {
                        pool: *pool,
                        i: *i,
                        j: *j,
                        amount: *amount,
                        who: *who,
                        times: 1,
                        buy: *buy,
                    });
                }
            }
            Self::FirstDeposit { spec, amounts, .. } => {
                list.push(Self::Create {
                    spec: spec.clone(),
                    amounts: amounts.clone(),
                    who: 0,
                });
            }
            Self::AddRemove { pool, shares, who } => list.push(Self::Add {
                pool: *pool,
                shares: *shares,
                who: *who,
            }),
            Self::Path { hops, .. } | Self::PathOut { hops, .. } if hops.len() > 1 => {
                for skipped in 0..hops.len() {
                    let mut fewer = self.clone();
                    if let Self::Path { hops, .. } | Self::PathOut { hops, .. } = &mut fewer {
                        hops.remove(skipped);
                    }
                    list.push(fewer);
                }
            }
            Self::Unbalanced(action) => list.extend(action.simpler().map(Self::Unbalanced)),
            _ => {}
        }
        let numbers = self.clone().numbers().len();
        for index in 0..numbers {
            for simpler in simpler_numbers(*self.clone().numbers()[index]) {
                let mut other = self.clone();
                *other.numbers()[index] = simpler;
                list.push(other);
            }
        }
        if let Self::Create { spec, amounts, who } = self
            && (spec.fee != 0 || spec.policy.is_some())
        {
            list.push(Self::Create {
                spec: Spec {
                    fee: 0,
                    policy: None,
                    ..spec.clone()
                },
                amounts: amounts.clone(),
                who: *who,
            });
        }
        if let Self::SwapIn { quoted, .. } | Self::SwapOut { quoted, .. } = self
            && *quoted
        {
            let mut other = self.clone();
            if let Self::SwapIn { quoted, .. } | Self::SwapOut { quoted, .. } = &mut other {
                *quoted = false;
            }
            list.push(other);
        }
        list
    }

    /// The sequence without a range of it: pools that it created are gone with everything that names them, later ones move up.
    pub fn without(actions: &[Self], range: std::ops::Range<usize>) -> Vec<Self> {
        let mut places = Vec::new();
        let mut kept = 0;
        for (index, action) in actions.iter().enumerate() {
            if matches!(action, Self::Create { .. } | Self::FirstDeposit { .. }) {
                places.push((!range.contains(&index)).then_some(kept));
                kept += usize::from(!range.contains(&index));
            }
        }
        let renumbered = |action: &Self| {
            let mut action = action.clone();
            for pool in action.pools() {
                *pool = places.get(*pool).copied().flatten()?;
            }
            Some(action)
        };
        let rest = actions.iter().enumerate().filter(|(index, _)| !range.contains(index));
        rest.filter_map(|(_, action)| renumbered(action)).collect()
    }

    /// Numbers of the pools that it names.
    fn pools(&mut self) -> Vec<&mut usize> {
        match self {
            Self::SwapIn { pool, .. }
            | Self::SwapOut { pool, .. }
            | Self::RoundTrip { pool, .. }
            | Self::Inverse { pool, .. }
            | Self::Add { pool, .. }
            | Self::Remove { pool, .. }
            | Self::AddRemove { pool, .. }
            | Self::AddOrder { pool, .. }
            | Self::Collect { pool }
            | Self::SetFee { pool, .. }
            | Self::Donate { pool, .. }
            | Self::Reenter { pool, .. }
            | Self::Permit { pool, .. }
            | Self::Wrong { pool, .. } => vec![pool],
            Self::Path { hops, .. } | Self::PathOut { hops, .. } => hops.iter_mut().map(|(pool, _, _)| pool).collect(),
            Self::Unbalanced(action) => vec![action.pool()],
            Self::Terms(action) => action.pool().into_iter().collect(),
            Self::Loan(action) => action.pool().into_iter().collect(),
            Self::Entry(action) => vec![action.pool()],
            Self::Native(action) => vec![action.pool()],
            Self::Create { .. } | Self::FirstDeposit { .. } | Self::SetRate { .. } | Self::Wait { .. } => Vec::new(),
        }
    }

    /// Amounts that may be made smaller.
    fn numbers(&mut self) -> Vec<&mut U256> {
        match self {
            Self::Create { amounts, .. } => amounts.iter_mut().collect(),
            Self::SwapIn { amount, .. }
            | Self::SwapOut { amount, .. }
            | Self::RoundTrip { amount, .. }
            | Self::Inverse { amount, .. }
            | Self::Path { amount, .. }
            | Self::PathOut { amount, .. }
            | Self::Donate { amount, .. }
            | Self::Permit { amount, .. }
            | Self::Reenter { amount, .. } => vec![amount],
            Self::SetRate { rate, .. } => vec![rate],
            Self::Add { shares, .. } | Self::Remove { shares, .. } | Self::AddRemove { shares, .. } => vec![shares],
            Self::AddOrder { first, second, .. } => vec![first, second],
            Self::FirstDeposit {
                amounts,
                donation,
                shares,
                ..
            } => amounts.iter_mut().chain([donation, shares]).collect(),
            Self::Unbalanced(action) => action.numbers(),
            Self::Loan(action) => action.numbers(),
            Self::Entry(action) => action.numbers(),
            Self::Native(action) => action.numbers(),
            Self::Collect { .. } | Self::SetFee { .. } | Self::Wait { .. } | Self::Terms(_) | Self::Wrong { .. } => {
                Vec::new()
            }
        }
    }
}

/// Zero, one, the half, the power of ten below, the leading digit.
fn simpler_numbers(value: U256) -> Vec<U256> {
    if value.is_zero() {
        return Vec::new();
    }
    let mut list = vec![U256::ZERO, U256::ONE, value >> 1];
    let mut ten = U256::ONE;
    while ten <= value / U256::from(10) {
        ten *= U256::from(10);
    }
    list.extend([ten, value - value % ten.max(U256::ONE)]);
    list.retain(|other| *other < value);
    list.dedup();
    list
}
