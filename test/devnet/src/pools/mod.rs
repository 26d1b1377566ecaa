//! The pools of the local world: which there are, how they come onto a chain, who uses them, and how what happened is
//! counted and checked.
//!
//! Every local chain has the same two: a weighted one of a coin and a dollar, and a stable one of three dollars with 6,
//! 18 and 8 decimals. They share the first dollar, so that a path leads through both.

mod audit;
mod ledger;
mod provider;
mod setup;
mod state;
mod trader;
mod traffic;

use std::{fs, path::Path};

use alloy::{
    primitives::{Address, B256, Bytes, U256, keccak256},
    sol_types::SolValue,
};
use eyre::{OptionExt, WrapErr};
use serde::{Deserialize, Serialize};

pub use audit::{PoolAudit, audit};
pub use ledger::{Ledger, PoolFigures};
pub(crate) use setup::{SOURCES, set_up};
pub(crate) use traffic::Actor;
pub use traffic::{PoolCounts, PoolTraffic};

/// Unit of fees and weights in a key.
pub const MILLION: u64 = 1_000_000;

/// A token of the local world.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// Symbol.
    pub symbol: String,
    /// Where it is.
    pub address: Address,
    /// Decimals.
    pub decimals: u8,
    /// Whether a unit is meant to be worth a dollar.
    pub dollar: bool,
}

/// A pool of the local world.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocalPool {
    /// What people call it, e.g. `COIN/USDA`.
    pub name: String,
    /// The key that names it on chain.
    pub key: Vec<U256>,
    /// Its tokens by the order of the key: indexes into [`LocalPools::tokens`].
    pub tokens: Vec<usize>,
}

impl LocalPool {
    /// Its id: the hash of the key.
    pub fn id(&self) -> B256 {
        keccak256(Bytes::from(self.key.abi_encode_packed()))
    }

    /// Share of an input that is the fee, in millionths.
    pub fn fee_millionths(&self) -> u64 {
        self.key.first().map_or(0, |word| word.as_limbs()[0] & 0xff_ffff)
    }

    /// The least fee that a policy may grant, in millionths.
    pub fn least_fee_millionths(&self) -> u64 {
        let word = self.key.first().copied().unwrap_or_default();
        (word >> 48_usize).as_limbs()[0] & 0xff_ffff
    }

    /// The fee policy that the key names; zero: none.
    pub fn policy(&self) -> Address {
        let word = self.key.first().copied().unwrap_or_default();
        Address::from_word((word >> 72_usize).into())
    }

    /// Place of a token in the key.
    ///
    /// # Errors
    /// When the pool does not have it.
    pub fn index_of(&self, token: usize) -> eyre::Result<usize> {
        let place = self.tokens.iter().position(|one| *one == token);
        place.ok_or_eyre("the pool has no such token")
    }
}

/// What the set-up left on a chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocalPools {
    /// The pool manager.
    pub manager: Address,
    /// The tokens.
    pub tokens: Vec<Token>,
    /// The pools.
    pub pools: Vec<LocalPool>,
}

impl LocalPools {
    /// Reads what [`Self::store`] wrote.
    ///
    /// # Errors
    /// When the file is missing or another's.
    pub fn load(path: &Path) -> eyre::Result<Self> {
        let text = fs::read_to_string(path).wrap_err_with(|| format!("cannot read {}", path.display()))?;
        serde_json::from_str(&text).wrap_err_with(|| format!("{} does not list the local pools", path.display()))
    }

    pub(crate) fn store(&self, path: &Path) -> eyre::Result<()> {
        let text = serde_json::to_string_pretty(self)? + "\n";
        fs::write(path, text).wrap_err_with(|| format!("cannot write {}", path.display()))
    }

    /// A token of a pool by its place in the key.
    ///
    /// # Errors
    /// When the pool has fewer.
    pub fn token(&self, pool: &LocalPool, index: usize) -> eyre::Result<&Token> {
        let token = pool.tokens.get(index).and_then(|token| self.tokens.get(*token));
        token.ok_or_eyre("the pool has no such token")
    }
}
