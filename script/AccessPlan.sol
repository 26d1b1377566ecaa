// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPoolManager} from "../contracts/pools/IPoolManager.sol";
import {IPriceFeed} from "../contracts/oracles/IPriceFeed.sol";
import {IQuorumVerifier} from "../contracts/oracles/IQuorumVerifier.sol";
import {DeploymentPlan, Planned} from "./DeploymentPlan.sol";
import {Network} from "./NetworkFile.sol";
import {Roles} from "./Roles.sol";

/// @notice A function that the AccessManager guards, and the role that may call it.
struct GuardedFunction {
    string name;
    address target;
    bytes4 selector;
    uint64 role;
}

/// @notice An account and the role that it has, without delay.
struct Member {
    uint64 role;
    address account;
    /// Who it is, e.g. "the Timelock".
    string who;
}

/// @title AccessPlan
/// @notice Who may do what on a network: the one list that Configure sets and VerifyDeployment compares. The Timelock has
/// ADMIN besides, which Configure gives last.
library AccessPlan {
    /// @dev For the selectors of what it inherits.
    IPoolManager private constant POOLS = IPoolManager(address(0));

    /// @notice Every function that is not left to ADMIN.
    function functions(Network memory network, Planned[] memory plan)
        internal
        pure
        returns (GuardedFunction[] memory guarded)
    {
        uint256 feeds = plan.length - DeploymentPlan.FIRST_FEED;
        guarded = new GuardedFunction[](8 + feeds);
        guarded[0] = GuardedFunction(
            "QuorumVerifier.rotate",
            plan[DeploymentPlan.QUORUM_VERIFIER].target,
            IQuorumVerifier.rotate.selector,
            Roles.ORACLE_MANAGER
        );
        address pools = plan[DeploymentPlan.POOL_MANAGER].target;
        guarded[1] = GuardedFunction(
            "PoolManager.createPool",
            pools,
            POOLS.createPool.selector,
            network.anyoneCreatesPools ? Roles.ANYONE : Roles.POOL_CREATOR
        );
        guarded[2] =
            GuardedFunction("PoolManager.setProtocolFee", pools, POOLS.setProtocolFee.selector, Roles.POOL_MANAGER);
        guarded[3] = GuardedFunction(
            "PoolManager.setInitialProtocolFee", pools, POOLS.setInitialProtocolFee.selector, Roles.POOL_MANAGER
        );
        guarded[4] = GuardedFunction("PoolManager.pause", pools, POOLS.pause.selector, Roles.GUARDIAN);
        guarded[5] = GuardedFunction("PoolManager.setPause", pools, POOLS.setPause.selector, Roles.POOL_MANAGER);
        guarded[6] = GuardedFunction(
            "PoolManager.rampAmplification", pools, POOLS.rampAmplification.selector, Roles.POOL_MANAGER
        );
        guarded[7] = GuardedFunction("PoolManager.setFlashFee", pools, POOLS.setFlashFee.selector, Roles.POOL_MANAGER);
        for (uint256 i = 0; i < feeds; ++i) {
            Planned memory feed = plan[DeploymentPlan.FIRST_FEED + i];
            guarded[8 + i] = GuardedFunction(
                string.concat(feed.name, ".setParameters"),
                feed.target,
                IPriceFeed.setParameters.selector,
                Roles.ORACLE_MANAGER
            );
        }
    }

    /// @notice Every member of a role but ADMIN.
    function members(Network memory network, Planned[] memory plan) internal pure returns (Member[] memory list) {
        address timelock = plan[DeploymentPlan.TIMELOCK].target;
        uint256 creators = network.poolCreators.length;
        list = new Member[](4 + creators);
        list[0] = Member(Roles.GUARDIAN, network.guardian, "the guardian");
        list[1] = Member(Roles.ORACLE_MANAGER, timelock, "the Timelock");
        list[2] = Member(Roles.POOL_MANAGER, timelock, "the Timelock");
        list[3] = Member(Roles.POOL_CREATOR, timelock, "the Timelock");
        for (uint256 i = 0; i < creators; ++i) {
            list[4 + i] = Member(Roles.POOL_CREATOR, network.poolCreators[i], "a creator of pools");
        }
    }

    /// @notice Whether the network's file gives that account the role.
    function isMember(Network memory network, Planned[] memory plan, uint64 role, address account)
        internal
        pure
        returns (bool)
    {
        Member[] memory list = members(network, plan);
        for (uint256 i = 0; i < list.length; ++i) {
            if (list[i].role == role && list[i].account == account) return true;
        }
        return false;
    }

    /// @notice The roles whose delayed operations the guardian cancels.
    function guardedRoles() internal pure returns (uint64[] memory roles) {
        roles = new uint64[](2);
        (roles[0], roles[1]) = (Roles.ORACLE_MANAGER, Roles.POOL_MANAGER);
    }

    /// @notice The role's name, by which the AccessManager labels it.
    function labelOf(uint64 role) internal pure returns (string memory) {
        if (role == Roles.ADMIN) return "ADMIN";
        if (role == Roles.GUARDIAN) return "GUARDIAN";
        if (role == Roles.ORACLE_MANAGER) return "ORACLE_MANAGER";
        return role == Roles.POOL_MANAGER ? "POOL_MANAGER" : "POOL_CREATOR";
    }

    /// @notice The contracts that obey the AccessManager.
    function managed(Planned[] memory plan) internal pure returns (Planned[] memory list) {
        uint256 feeds = plan.length - DeploymentPlan.FIRST_FEED;
        list = new Planned[](2 + feeds);
        list[0] = plan[DeploymentPlan.QUORUM_VERIFIER];
        // Its extensions obey nobody: they answer only as parts of it.
        list[1] = plan[DeploymentPlan.POOL_MANAGER];
        for (uint256 i = 0; i < feeds; ++i) {
            list[2 + i] = plan[DeploymentPlan.FIRST_FEED + i];
        }
    }
}
