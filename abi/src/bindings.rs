//! Bindings made from the JSON ABIs. The macro cannot carry documentation over: it stands in the Solidity interfaces.
#![allow(missing_docs, clippy::too_many_arguments)]

use alloy::sol;

sol!(
    #[sol(rpc, extra_derives(Debug, PartialEq, Eq))]
    IPriceFeed,
    "json/PriceFeed.json"
);

sol!(
    #[sol(rpc, extra_derives(Debug, PartialEq, Eq))]
    IQuorumVerifier,
    "json/QuorumVerifier.json"
);

sol!(
    #[sol(rpc, extra_derives(Debug, PartialEq, Eq))]
    AccessManager,
    "json/AccessManager.json"
);

sol!(
    #[sol(rpc, extra_derives(Debug, PartialEq, Eq))]
    TimelockController,
    "json/TimelockController.json"
);

sol!(
    #[sol(rpc, extra_derives(Debug, PartialEq, Eq))]
    IPoolManager,
    "json/PoolManager.json"
);

sol!(
    #[sol(rpc, extra_derives(Debug, PartialEq, Eq))]
    IERC20Metadata,
    "json/IERC20Metadata.json"
);

sol!(
    #[sol(rpc, extra_derives(Debug, PartialEq, Eq))]
    IReputationOracle,
    "json/ReputationOracle.json"
);

sol!(
    #[sol(rpc, extra_derives(Debug, PartialEq, Eq))]
    ISkillWallet,
    "json/SkillWallet.json"
);

pub use badges::IBadges;

/// Apart, since its ABI has errors of the wallet with types that the wallet's bindings define as well.
mod badges {
    alloy::sol!(
        #[sol(rpc, extra_derives(Debug, PartialEq, Eq))]
        IBadges,
        "json/Badges.json"
    );
}

sol!(
    #[sol(rpc, extra_derives(Debug, PartialEq, Eq))]
    ISkillDiscount,
    "json/SkillDiscount.json"
);
