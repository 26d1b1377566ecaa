//! What off-chain code knows of the contracts: their bindings, and where they are deployed.
//!
//! The bindings are made by `alloy::sol!` from `json/<Contract>.json`, which `make abi` writes from forge's build and
//! `make test` compares with it. No other crate declares a signature of its own. [`Deployment`] is the record that the
//! deploy scripts write for each chain; it fails with the file and the key when it cannot be read.

mod bindings;
mod deployment;

pub use bindings::{
    AccessManager, IBadges, IERC20Metadata, IERC5484, IPoolManager, IPoolTrade, IPriceFeed, IQuorumVerifier,
    IReputationOracle, ISkillDiscount, ISkillLedger, ISkillWallet, IWalletRecovery, TimelockController,
};
pub use deployment::{DeployedContract, Deployment, DeploymentError};
