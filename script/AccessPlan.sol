// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPoolManager} from "../contracts/pools/IPoolManager.sol";
import {IPriceFeed} from "../contracts/oracles/IPriceFeed.sol";
import {IQuorumVerifier} from "../contracts/oracles/IQuorumVerifier.sol";
import {IReputationOracle} from "../contracts/oracles/IReputationOracle.sol";
import {IBadges} from "../contracts/skills/IBadges.sol";
import {ISkillDiscount} from "../contracts/skills/ISkillDiscount.sol";
import {ISkillLedger} from "../contracts/skills/ISkillLedger.sol";
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
        guarded = new GuardedFunction[](21 + feeds);
        address verifier = plan[DeploymentPlan.QUORUM_VERIFIER].target;
        guarded[0] =
            GuardedFunction("QuorumVerifier.rotate", verifier, IQuorumVerifier.rotate.selector, Roles.ORACLE_MANAGER);
        _pools(network, plan[DeploymentPlan.POOL_MANAGER].target, guarded);
        _skills(plan, guarded);
        for (uint256 i = 0; i < feeds; ++i) {
            Planned memory feed = plan[DeploymentPlan.FIRST_FEED + i];
            guarded[21 + i] = GuardedFunction(
                string.concat(feed.name, ".setParameters"),
                feed.target,
                IPriceFeed.setParameters.selector,
                Roles.ORACLE_MANAGER
            );
        }
    }

    function _pools(Network memory network, address pools, GuardedFunction[] memory guarded) private pure {
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
        guarded[19] = GuardedFunction("PoolManager.pauseManager", pools, POOLS.pauseManager.selector, Roles.GUARDIAN);
        guarded[20] =
            GuardedFunction("PoolManager.setManagerPause", pools, POOLS.setManagerPause.selector, Roles.POOL_MANAGER);
    }

    /// @dev Left to ADMIN, and so to the Timelock alone: burning as the issuer, vetoing recoveries, replacing the renderer.
    function _skills(Planned[] memory plan, GuardedFunction[] memory guarded) private pure {
        address wallet = plan[DeploymentPlan.SKILL_WALLET].target;
        address badges = plan[DeploymentPlan.BADGES].target;
        address reputation = plan[DeploymentPlan.REPUTATION_ORACLE].target;
        uint64 manager = Roles.SKILL_MANAGER;
        guarded[8] = GuardedFunction("SkillWallet.defineSkill", wallet, ISkillLedger.defineSkill.selector, manager);
        guarded[9] = GuardedFunction("SkillWallet.openSkill", wallet, ISkillLedger.openSkill.selector, manager);
        guarded[10] = GuardedFunction("SkillWallet.setValidator", wallet, ISkillLedger.setValidator.selector, manager);
        guarded[11] = GuardedFunction("Badges.createBadge", badges, IBadges.createBadge.selector, manager);
        guarded[12] = GuardedFunction("Badges.setMinter", badges, IBadges.setMinter.selector, manager);
        guarded[13] = GuardedFunction("Badges.setFrozen", badges, IBadges.setFrozen.selector, manager);
        guarded[14] = GuardedFunction("Badges.setRoyalty", badges, IBadges.setRoyalty.selector, manager);
        guarded[15] = GuardedFunction("Badges.setURI", badges, IBadges.setURI.selector, manager);
        guarded[16] =
            GuardedFunction("ReputationOracle.veto", reputation, IReputationOracle.veto.selector, Roles.GUARDIAN);
        guarded[17] = GuardedFunction(
            "ReputationOracle.setParameters", reputation, IReputationOracle.setParameters.selector, Roles.ORACLE_MANAGER
        );
        guarded[18] = GuardedFunction(
            "SkillDiscount.setTerms",
            plan[DeploymentPlan.SKILL_DISCOUNT].target,
            ISkillDiscount.setTerms.selector,
            Roles.POOL_MANAGER
        );
    }

    /// @notice Every member of a role but ADMIN.
    function members(Network memory network, Planned[] memory plan) internal pure returns (Member[] memory list) {
        address timelock = plan[DeploymentPlan.TIMELOCK].target;
        uint256 creators = network.poolCreators.length;
        list = new Member[](5 + creators + network.skillManagers.length);
        list[0] = Member(Roles.GUARDIAN, network.guardian, "the guardian");
        list[1] = Member(Roles.ORACLE_MANAGER, timelock, "the Timelock");
        list[2] = Member(Roles.POOL_MANAGER, timelock, "the Timelock");
        list[3] = Member(Roles.POOL_CREATOR, timelock, "the Timelock");
        for (uint256 i = 0; i < creators; ++i) {
            list[4 + i] = Member(Roles.POOL_CREATOR, network.poolCreators[i], "a creator of pools");
        }
        list[4 + creators] = Member(Roles.SKILL_MANAGER, timelock, "the Timelock");
        for (uint256 i = 0; i < network.skillManagers.length; ++i) {
            list[5 + creators + i] = Member(Roles.SKILL_MANAGER, network.skillManagers[i], "a manager of skills");
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
        roles = new uint64[](3);
        (roles[0], roles[1], roles[2]) = (Roles.ORACLE_MANAGER, Roles.POOL_MANAGER, Roles.SKILL_MANAGER);
    }

    /// @notice The role's name, by which the AccessManager labels it.
    function labelOf(uint64 role) internal pure returns (string memory) {
        if (role == Roles.ADMIN) return "ADMIN";
        if (role == Roles.GUARDIAN) return "GUARDIAN";
        if (role == Roles.ORACLE_MANAGER) return "ORACLE_MANAGER";
        if (role == Roles.POOL_MANAGER) return "POOL_MANAGER";
        return role == Roles.POOL_CREATOR ? "POOL_CREATOR" : "SKILL_MANAGER";
    }

    /// @notice The contracts that obey the AccessManager.
    function managed(Planned[] memory plan) internal pure returns (Planned[] memory list) {
        uint256 feeds = plan.length - DeploymentPlan.FIRST_FEED;
        list = new Planned[](6 + feeds);
        list[0] = plan[DeploymentPlan.QUORUM_VERIFIER];
        // Its extensions obey nobody: they answer only as parts of it.
        list[1] = plan[DeploymentPlan.POOL_MANAGER];
        list[2] = plan[DeploymentPlan.SKILL_WALLET];
        list[3] = plan[DeploymentPlan.BADGES];
        list[4] = plan[DeploymentPlan.REPUTATION_ORACLE];
        list[5] = plan[DeploymentPlan.SKILL_DISCOUNT];
        for (uint256 i = 0; i < feeds; ++i) {
            list[6 + i] = plan[DeploymentPlan.FIRST_FEED + i];
        }
    }
}
