// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {Vm} from "forge-std/Vm.sol";
import {Plan, PlanLists} from "../Plan.sol";
import {Roles} from "../Roles.sol";
import {ChainLog} from "./ChainLog.sol";
import {Differences} from "./Differences.sol";

/// @title VerifyMembers
/// @notice Who has a role of the AccessManager or the Timelock. Neither keeps a list: the events name everybody who
/// ever got one, and the contracts are asked who still has it, or will.
abstract contract VerifyMembers is Differences {
    using PlanLists for Plan;
    Vm private constant VM = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    string private constant INCOMPLETE =
        "the events do not reach back to the creation: use another endpoint, or the right record";

    /// @dev The grants of the two constructors are the first of all: a list without them is not whole.
    function _verifyGrants(Plan memory plan, ChainLog[] memory logs) internal {
        AccessManager access = AccessManager(plan.targetOf("AccessManager"));
        TimelockController timelock = TimelockController(payable(plan.targetOf("TimelockController")));
        bool accessFromCreation;
        bool timelockFromCreation;
        for (uint256 i = 0; i < logs.length; ++i) {
            ChainLog memory log = logs[i];
            if (log.emitter == address(access) && log.topics[0] == IAccessManager.RoleGranted.selector) {
                (uint64 role, address account) = (uint64(uint256(log.topics[1])), _account(log.topics[2]));
                accessFromCreation = accessFromCreation || (role == Roles.ADMIN && account == plan.deployer);
                _verifyGrant(plan, access, role, account);
            } else if (log.emitter == address(timelock) && log.topics[0] == IAccessControl.RoleGranted.selector) {
                (bytes32 role, address account) = (log.topics[1], _account(log.topics[2]));
                timelockFromCreation = timelockFromCreation || (role == 0 && account == address(timelock));
                _verifyTimelockGrant(plan, timelock, role, account);
            }
        }
        _equal("AccessManager", "grant of its constructor", true, accessFromCreation, INCOMPLETE);
        _equal("TimelockController", "grant of its constructor", true, timelockFromCreation, INCOMPLETE);
    }

    function _verifyGrant(Plan memory plan, AccessManager access, uint64 role, address account) private {
        (uint48 since,,,) = access.getAccess(role, account);
        if (since == 0 || _belongs(plan, role, account)) return;
        bytes memory call = abi.encodeCall(access.revokeRole, (role, account));
        _stranger("AccessManager", Roles.nameOf(role), account, address(access), call);
    }

    function _verifyTimelockGrant(Plan memory plan, TimelockController timelock, bytes32 role, address account)
        private
    {
        if (!timelock.hasRole(role, account) || _belongsToTimelock(plan, timelock, role, account)) return;
        bytes memory call = abi.encodeCall(timelock.revokeRole, (role, account));
        _stranger("TimelockController", _timelockRole(timelock, role), account, address(timelock), call);
    }

    function _timelockRole(TimelockController timelock, bytes32 role) private view returns (string memory) {
        if (role == timelock.PROPOSER_ROLE()) return "PROPOSER";
        if (role == timelock.EXECUTOR_ROLE()) return "EXECUTOR";
        if (role == timelock.CANCELLER_ROLE()) return "CANCELLER";
        return role == timelock.DEFAULT_ADMIN_ROLE() ? "ADMIN" : VM.toString(role);
    }

    function _stranger(string memory name, string memory role, address account, address target, bytes memory call)
        private
    {
        string memory field = string.concat("members of ", role);
        uint256 before = _differences.length;
        _differ(name, field, "those of the network file", string.concat("also ", VM.toString(account)), REVOKE);
        _endedBy(before, target, call);
    }

    function _belongs(Plan memory plan, uint64 role, address account) private pure returns (bool) {
        if (plan.isMember(role, account)) return true;
        // To configure, a deployer that stays grants itself what the Timelock has.
        if (role == Roles.GUARDIAN || role > Roles.LAST) return false;
        if (role == Roles.ADMIN && account == plan.targetOf("TimelockController")) return true;
        return plan.network.deployerStays && account == plan.deployer;
    }

    /// @dev Every event of the two contracts but those of operations of the AccessManager, which its schedule is asked
    /// for.
    function _accessTopics() internal pure returns (bytes32[] memory topics) {
        topics = new bytes32[](13);
        topics[0] = IAccessManager.RoleGranted.selector;
        topics[1] = IAccessManager.RoleRevoked.selector;
        topics[2] = IAccessManager.RoleAdminChanged.selector;
        topics[3] = IAccessManager.RoleGuardianChanged.selector;
        topics[4] = IAccessManager.RoleGrantDelayChanged.selector;
        topics[5] = IAccessManager.TargetClosed.selector;
        topics[6] = IAccessManager.TargetFunctionRoleUpdated.selector;
        topics[7] = IAccessManager.TargetAdminDelayUpdated.selector;
        topics[8] = IAccessManager.OperationScheduled.selector;
        topics[9] = IAccessControl.RoleGranted.selector;
        topics[10] = TimelockController.CallScheduled.selector;
        topics[11] = TimelockController.CallExecuted.selector;
        topics[12] = TimelockController.Cancelled.selector;
    }

    function _verifyTimelock(Plan memory plan) internal {
        TimelockController timelock = TimelockController(payable(plan.targetOf("TimelockController")));
        uint256 delay = plan.network.timelockDelay;
        uint256 before = _differences.length;
        _equal("TimelockController", "minDelay", delay, timelock.getMinDelay(), RECONFIGURE);
        _endedBy(before, address(timelock), abi.encodeCall(timelock.updateDelay, (delay)));
        address[] memory proposers = plan.network.proposers;
        for (uint256 i = 0; i < proposers.length; ++i) {
            _verifyTimelockRole(timelock, timelock.PROPOSER_ROLE(), "proposer", proposers[i]);
            _verifyTimelockRole(timelock, timelock.CANCELLER_ROLE(), "canceller", proposers[i]);
        }
        address[] memory executors = plan.network.executors;
        for (uint256 i = 0; i < executors.length; ++i) {
            _verifyTimelockRole(timelock, timelock.EXECUTOR_ROLE(), "executor", executors[i]);
        }
        bytes32 admin = timelock.DEFAULT_ADMIN_ROLE();
        bool isItsOwn = timelock.hasRole(admin, address(timelock));
        _equal("TimelockController", "admin is itself", true, isItsOwn, "deploy anew: nobody can grant it again");
        bool isDeployers = timelock.hasRole(admin, plan.deployer);
        _equal("TimelockController", "admin is the deployer", false, isDeployers, REVOKE);
        bytes32[3] memory roles = [timelock.PROPOSER_ROLE(), timelock.EXECUTOR_ROLE(), timelock.CANCELLER_ROLE()];
        for (uint256 i = 0; i < roles.length; ++i) {
            string memory field = string.concat("admin of ", _timelockRole(timelock, roles[i]));
            _equal("TimelockController", field, admin, timelock.getRoleAdmin(roles[i]), "deploy anew");
        }
    }

    function _verifyTimelockRole(TimelockController timelock, bytes32 role, string memory what, address account)
        private
    {
        string memory field = string.concat(what, " ", VM.toString(account));
        uint256 before = _differences.length;
        _equal("TimelockController", field, true, timelock.hasRole(role, account), RECONFIGURE);
        _endedBy(before, address(timelock), abi.encodeCall(timelock.grantRole, (role, account)));
    }

    function _belongsToTimelock(Plan memory plan, TimelockController timelock, bytes32 role, address account)
        private
        view
        returns (bool)
    {
        if (role == timelock.DEFAULT_ADMIN_ROLE()) return account == address(timelock);
        if (role == timelock.EXECUTOR_ROLE()) return _contains(plan.network.executors, account);
        bool ofProposers = role == timelock.PROPOSER_ROLE() || role == timelock.CANCELLER_ROLE();
        return ofProposers && _contains(plan.network.proposers, account);
    }

    function _contains(address[] memory accounts, address account) private pure returns (bool) {
        for (uint256 i = 0; i < accounts.length; ++i) {
            if (accounts[i] == account) return true;
        }
        return false;
    }

    function _account(bytes32 topic) private pure returns (address) {
        return address(uint160(uint256(topic)));
    }
}
