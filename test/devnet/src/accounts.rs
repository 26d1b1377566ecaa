//! Keys of anvil's well-known mnemonic. They are public and belong on local networks only.

use alloy::{
    primitives::{B256, b256},
    signers::local::PrivateKeySigner,
};
use eyre::eyre;

/// Deploys.
pub const DEPLOYER: usize = 0;
/// The first attestation key; the keeper holds it, the signer processes hold those after it.
pub const FIRST_SIGNER: usize = 1;
/// Sends the keeper's price reports.
pub const PRICES_LANE: usize = 4;
/// Sends the keeper's liquidations.
pub const LIQUIDATIONS_LANE: usize = 5;
/// Sends what cannot be taken back.
pub const IRREVERSIBLE_LANE: usize = 6;
/// Somebody who has nothing to do with the keeper.
pub const FOREIGN: usize = 9;

/// Swap in the pools.
pub const TRADERS: [usize; 2] = [10, 11];
/// Opens the pools; network file local-b names it.
pub const POOL_CREATOR: usize = 12;
/// Provide liquidity to the pools.
pub const PROVIDERS: [usize; 2] = [12, 13];
/// Everyone who has tokens and lets the pool manager take them.
pub const POOL_USERS: [usize; 5] = [10, 11, 12, 13, VISITOR];
/// Gets the protocol's fees; the local network files name it.
pub const REVENUE_RECEIVER: usize = 14;
/// For whoever watches the demo: has coin and tokens, and nothing in the world uses it.
pub const VISITOR: usize = 15;
/// How many accounts a local chain holds.
pub const COUNT: usize = 16;

/// The first private keys of "test test test test test test test test test test test junk".
const KEYS: [B256; COUNT] = [
    b256!("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"),
    b256!("59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d"),
    b256!("5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a"),
    b256!("7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6"),
    b256!("47e179ec197488593b187f80a00eb0da91f1b9d0b13f8733639f19c30a34926a"),
    b256!("8b3a350cf5c34c9194ca85829a2df0ec3153be0318b5e2d3348e872092edffba"),
    b256!("92db14e403b83dfe3df233f83dfa3a0d7096f21ca9b0d6d6b8d88b2b4ec1564e"),
    b256!("4bbbf85ce3377467afe5d46f804f221813b2bb87f24d81f60f1fcdbf7cbf4356"),
    b256!("dbda1821b80551c9d65939329250298aa3472ba22feea921c0cf5d620ea67b97"),
    b256!("2a871d0798f97d79848a013d4936a73bf4cc922c825d33c1cf7073dff6d409c6"),
    b256!("f214f2b2cd398c806f84e317254e0f0b801d0643303237d97a22a48e01628897"),
    b256!("701b615bbdfb9de65240bc28bd21bbc0d996645a3dd57e7b12bc2bdf6f192c82"),
    b256!("a267530f49f8280200edf313ee7af6b827f2a8bce2897751d06a843f644967b1"),
    b256!("47c99abed3324a2707c28affff1267e45918ec8c3f20b8aa892e8b065d2942dd"),
    b256!("c526ee95bf44d8fc405a158bb884d9d1238d99f0612e9f33d006bb0789009aaa"),
    b256!("8166f546bab6da521a8369cab06c5d2b9e46670292d85c875ee9ec20e84ffb61"),
];

/// The private key of an account.
///
/// # Errors
/// Past the last account.
pub fn secret(account: usize) -> eyre::Result<B256> {
    KEYS.get(account)
        .copied()
        .ok_or_else(|| eyre!("the local chains have {COUNT} accounts, there is no account {account}"))
}

/// The signer of an account.
///
/// # Errors
/// Past the last account.
pub fn key(account: usize) -> eyre::Result<PrivateKeySigner> {
    Ok(PrivateKeySigner::from_bytes(&secret(account)?)?)
}

#[cfg(test)]
mod tests {
    use alloy::primitives::address;

    #[test]
    fn the_keys_are_anvils() {
        let address = |account| super::key(account).unwrap().address();
        assert_eq!(address(0), address!("f39Fd6e51aad88F6F4ce6aB8827279cffFb92266"));
        assert_eq!(address(4), address!("15d34AAf54267DB7D7c367839AAf71A00a2C6A65"));
        assert_eq!(address(6), address!("976EA74026E726554dB657fA54763abd0C3a0aa9"));
        assert_eq!(address(9), address!("a0Ee7A142d267C1f36714E4a8F75612F20a79720"));
        assert_eq!(address(12), address!("FABB0ac9d68B0B445fB7357272Ff202C5651694a"));
        assert_eq!(address(14), address!("dF3e18d64BC6A983f673Ab319CCaE4f1a57C7097"));
        assert_eq!(address(15), address!("cd3B766CCDd6AE721141F452C550Ca635964ce71"));
        assert!(super::key(16).is_err());
    }
}
