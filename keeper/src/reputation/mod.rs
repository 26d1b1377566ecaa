//! Reputation of skill wallets: what the chain says ([`Ledger`]), made a score by a formula with a version ([`score`]).
//!
//! A score is a function of the events up to a moment and of nothing else: no clock, no floating point, no order of a
//! hash map. Whoever has the chain's events computes the same one, so signers check what they sign, and `fluxion-keeper
//! verify update_reputation` what was reported. docs/reputation.md has the formula in words.

mod formula;
mod ledger;

pub use formula::{MAX_SCORE, Score, VERSION, score};
pub use ledger::{Incomplete, Ledger, Reported, reported};

use alloy::primitives::U256;

/// An update as the oracle takes it: wallet x 65,536 + score. `None` for a wallet id that leaves no room for the score.
#[must_use]
pub fn update(wallet: U256, score: u16) -> Option<U256> {
    (wallet.bit_len() <= 240).then(|| wallet.wrapping_shl(16) | U256::from(score))
}

/// Wallet and score of an update.
#[must_use]
pub fn split(update: U256) -> (U256, u16) {
    let [.., high, low] = update.to_be_bytes::<32>();
    (update.wrapping_shr(16), u16::from_be_bytes([high, low]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn updates_hold_a_wallet_and_a_score() {
        let wallet = (U256::ONE << 240_usize) - U256::ONE;
        assert_eq!(update(wallet, 10_000).map(split), Some((wallet, 10_000)));
        assert_eq!(update(U256::from(7), 3), Some(U256::from(7 * 65_536 + 3)));
        assert_eq!(update(U256::ONE << 240_usize, 0), None);
    }
}
