// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Vm} from "forge-std/Vm.sol";
import {IPoolEvents} from "../../contracts/pools/IPoolEvents.sol";
import {IPoolManager} from "../../contracts/pools/IPoolManager.sol";
import {Plan, PlanLists, Setting} from "../Plan.sol";
import {Roles} from "../Roles.sol";

/// @title PoolsPlan
/// @notice The pool manager with its modules, and the tokens for its shares.
library PoolsPlan {
    using PlanLists for Plan;
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    /// @dev For the selectors of what it inherits.
    IPoolManager private constant POOLS = IPoolManager(address(0));
    string private constant NAME = "PoolManager";

    /// @notice What the manager delegates to, in the order of its constructor's arguments.
    function modules() internal pure returns (string[6] memory) {
        return ["PoolTrade", "PoolLiquidity", "PoolAdmin", "PoolQuotes", "PoolViews", "PoolLedger"];
    }

    function contracts(Plan memory plan) internal view {
        bytes memory terms = abi.encode(revenueReceiverOf(plan), plan.network.wrappedNative);
        string[6] memory names = modules();
        address[6] memory targets;
        for (uint256 i = 0; i < names.length; ++i) {
            plan.create3(names[i], names[i], terms);
            targets[i] = plan.targetOf(names[i]);
        }
        address authority = plan.targetOf("AccessManager");
        plan.create3(NAME, NAME, abi.encode(authority, targets, plan.network.initialProtocolFeeBps));
        address manager = plan.targetOf(NAME);
        plan.create2("PoolShareToken", abi.encode(manager));
        plan.create2("PoolShareTokenFactory", abi.encode(manager, plan.targetOf("PoolShareToken")));
    }

    function access(Plan memory plan) internal pure {
        address timelock = plan.targetOf("TimelockController");
        plan.member(Roles.POOL_MANAGER, timelock, "the Timelock");
        plan.guardRole(Roles.POOL_MANAGER);
        plan.member(Roles.POOL_CREATOR, timelock, "the Timelock");
        for (uint256 i = 0; i < plan.network.poolCreators.length; ++i) {
            plan.member(Roles.POOL_CREATOR, plan.network.poolCreators[i], "a creator of pools");
        }
        string[6] memory names = modules();
        string[] memory artifacts = new string[](names.length + 1);
        artifacts[names.length] = NAME;
        for (uint256 i = 0; i < names.length; ++i) {
            artifacts[i] = names[i];
        }
        // Its modules obey nobody: they answer only as parts of it.
        plan.manage(NAME, artifacts);
        _functions(plan);
        _events(plan);
    }

    function _functions(Plan memory plan) private pure {
        uint64 creator = plan.network.anyoneCreatesPools ? Roles.ANYONE : Roles.POOL_CREATOR;
        plan.guard(NAME, "createPool", POOLS.createPool.selector, creator);
        plan.guard(NAME, "setProtocolFee", POOLS.setProtocolFee.selector, Roles.POOL_MANAGER);
        plan.guard(NAME, "setInitialProtocolFee", POOLS.setInitialProtocolFee.selector, Roles.POOL_MANAGER);
        plan.guard(NAME, "pause", POOLS.pause.selector, Roles.GUARDIAN);
        plan.guard(NAME, "setPause", POOLS.setPause.selector, Roles.POOL_MANAGER);
        plan.guard(NAME, "pauseManager", POOLS.pauseManager.selector, Roles.GUARDIAN);
        plan.guard(NAME, "setManagerPause", POOLS.setManagerPause.selector, Roles.POOL_MANAGER);
        plan.guard(NAME, "rampAmplification", POOLS.rampAmplification.selector, Roles.POOL_MANAGER);
        plan.guard(NAME, "setFlashFee", POOLS.setFlashFee.selector, Roles.POOL_MANAGER);
    }

    /// @dev Pauses are the guardian's or the Timelock's: the stricter role covers both, since the Timelock's acts
    /// always count.
    function _events(Plan memory plan) private pure {
        uint64 creator = plan.network.anyoneCreatesPools ? Roles.ANYONE : Roles.POOL_CREATOR;
        bytes4 create = POOLS.createPool.selector;
        plan.governOpenable(NAME, "PoolCreated", IPoolEvents.PoolCreated.selector, creator, 0, create);
        plan.govern(NAME, "ProtocolFeeSet", IPoolEvents.ProtocolFeeSet.selector, Roles.POOL_MANAGER, 0);
        plan.govern(NAME, "PauseSet", IPoolEvents.PauseSet.selector, Roles.GUARDIAN, 0);
        plan.govern(NAME, "ManagerPauseSet", IPoolEvents.ManagerPauseSet.selector, Roles.GUARDIAN, 0);
        plan.govern(NAME, "AmplificationRamped", IPoolEvents.AmplificationRamped.selector, Roles.POOL_MANAGER, 0);
    }

    function settings(Plan memory plan) internal view {
        address target = plan.targetOf(NAME);
        IPoolManager pools = IPoolManager(target);
        uint256 fee = plan.network.initialProtocolFeeBps;
        plan.compare(
            Setting(
                NAME,
                "initialProtocolFeeBps",
                vm.toString(fee),
                vm.toString(pools.initialProtocolFeeBps()),
                target,
                abi.encodeCall(pools.setInitialProtocolFee, (fee)),
                "PoolManager.setInitialProtocolFee"
            )
        );
        plan.compare(
            Setting(
                NAME,
                "flashFee",
                vm.toString(plan.network.flashFee),
                vm.toString(pools.flashFee()),
                target,
                abi.encodeCall(pools.setFlashFee, (plan.network.flashFee)),
                "PoolManager.setFlashFee"
            )
        );
    }

    /// @notice Where protocol fees go: the Timelock unless the network file names another account.
    function revenueReceiverOf(Plan memory plan) internal pure returns (address) {
        address named = plan.network.revenueReceiver;
        return named == address(0) ? plan.targetOf("TimelockController") : named;
    }
}
