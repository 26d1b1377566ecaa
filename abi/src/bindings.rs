//! Bindings made from the JSON ABIs. The macro cannot carry documentation over: it stands in the Solidity interfaces.
#![allow(missing_docs, clippy::too_many_arguments)]

use alloy::sol;

sol!(
    #[sol(rpc, extra_derives(Debug, PartialEq, Eq))]
    IPriceFeed,
    "json/IPriceFeed.json"
);

sol!(
    #[sol(rpc, extra_derives(Debug, PartialEq, Eq))]
    IQuorumVerifier,
    "json/IQuorumVerifier.json"
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
    "json/IPoolManager.json"
);

sol!(
    #[sol(rpc, extra_derives(Debug, PartialEq, Eq))]
    IERC20Metadata,
    "json/IERC20Metadata.json"
);

sol!(
    #[sol(rpc, extra_derives(Debug, PartialEq, Eq))]
    IReputationOracle,
    "json/IReputationOracle.json"
);

sol!(
    #[sol(rpc, extra_derives(Debug, PartialEq, Eq))]
    ISkillWallet,
    "json/ISkillWallet.json"
);

sol!(
    #[sol(rpc, extra_derives(Debug, PartialEq, Eq))]
    IBadges,
    "json/IBadges.json"
);

sol!(
    #[sol(rpc, extra_derives(Debug, PartialEq, Eq))]
    ISkillDiscount,
    "json/ISkillDiscount.json"
);
