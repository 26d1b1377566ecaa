//! What shrinking tries in the place of an action, and sequences with some left out.

use alloy_primitives::U256;

use super::action::{Action, Spec};

impl Action {
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

    /// The sequence without a range of it: pools that it created are gone with everything that names them, later ones
    /// move up.
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
            | Self::Recover { pool, .. }
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
            Self::Recover { .. }
            | Self::Collect { .. }
            | Self::SetFee { .. }
            | Self::Wait { .. }
            | Self::Terms(_)
            | Self::Wrong { .. } => Vec::new(),
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
