// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {Vm} from "forge-std/Vm.sol";
import {GuardedFunction, Managed, Member, Plan, PlanLists} from "../Plan.sol";
import {Roles} from "../Roles.sol";
import {ChainLog} from "./ChainLog.sol";
import {Differences} from "./Differences.sol";

/// @title VerifyAccess
/// @notice The AccessManager as its events say what to ask about: members, delays, admins, guardians, functions, closed
/// contracts. What no event names is as the AccessManager's constructor left it, which VerifyCode proves.
abstract contract VerifyAccess is Differences {
    using PlanLists for Plan;
    Vm private constant VM = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    string private constant NAME = "AccessManager";

    function _verifyAccess(Plan memory plan, ChainLog[] memory logs) internal {
        AccessManager access = AccessManager(plan.targetOf(NAME));
        _verifyMembers(plan, access);
        for (uint256 i = 0; i < plan.guardedRoles.length; ++i) {
            _verifyGuardian(access, plan, plan.guardedRoles[i]);
        }
        for (uint64 role = Roles.GUARDIAN; role <= Roles.LAST; ++role) {
            _verifyRoleAdmin(access, role);
        }
        for (uint256 i = 0; i < plan.functions.length; ++i) {
            _verifyFunction(access, plan, plan.functions[i].target, plan.functions[i].selector, plan.functions[i].name);
        }
        for (uint256 i = 0; i < plan.managed.length; ++i) {
            address authority = IAccessManaged(plan.managed[i].target).authority();
            _equal(plan.managed[i].name, "authority", address(access), authority, "redeploy the contract");
            _verifyOpen(access, plan.managed[i].target, plan.managed[i].name);
        }
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].emitter == address(access)) _verifyLog(plan, access, logs, i);
        }
    }

    function _verifyMembers(Plan memory plan, AccessManager access) private {
        address timelock = plan.targetOf("TimelockController");
        _verifyMember(access, Member(Roles.ADMIN, timelock, "the Timelock"));
        (bool deployerIsAdmin,) = access.hasRole(Roles.ADMIN, plan.deployer);
        _equal(NAME, "ADMIN of the deployer", plan.network.deployerStays, deployerIsAdmin, RECONFIGURE);
        for (uint256 i = 0; i < plan.members.length; ++i) {
            _verifyMember(access, plan.members[i]);
        }
        if (plan.network.deployerStays) return;
        for (uint64 role = Roles.GUARDIAN; role <= Roles.LAST; ++role) {
            (bool isMember,) = access.hasRole(role, plan.deployer);
            if (plan.isMember(role, plan.deployer)) continue;
            string memory field = string.concat(Roles.nameOf(role), " of the deployer");
            uint256 before = _differences.length;
            _equal(NAME, field, false, isMember, REVOKE);
            _endedBy(before, address(access), abi.encodeCall(access.revokeRole, (role, plan.deployer)));
        }
    }

    function _verifyMember(AccessManager access, Member memory member) private {
        (bool isMember, uint32 delay) = access.hasRole(member.role, member.account);
        string memory field = string.concat(Roles.nameOf(member.role), " of ", member.who);
        bytes memory call = abi.encodeCall(access.grantRole, (member.role, member.account, 0));
        uint256 before = _differences.length;
        _equal(NAME, field, true, isMember, RECONFIGURE);
        _endedBy(before, address(access), call);
        before = _differences.length;
        _equal(NAME, string.concat("delay of ", field), 0, delay, RECONFIGURE);
        _endedBy(before, address(access), call);
        (,, uint32 pendingDelay,) = access.getAccess(member.role, member.account);
        before = _differences.length;
        _equal(NAME, string.concat("delay to come of ", field), 0, pendingDelay, RECONFIGURE);
        _endedBy(before, address(access), call);
    }

    function _verifyGuardian(AccessManager access, Plan memory plan, uint64 role) private {
        uint64 expected = plan.isGuarded(role) ? Roles.GUARDIAN : Roles.ADMIN;
        string memory field = string.concat("guardian of ", Roles.nameOf(role));
        uint256 before = _differences.length;
        _equal(NAME, field, Roles.nameOf(expected), Roles.nameOf(access.getRoleGuardian(role)), RECONFIGURE);
        _endedBy(before, address(access), abi.encodeCall(access.setRoleGuardian, (role, expected)));
    }

    /// @dev Whoever has a role's admin role can grant it.
    function _verifyRoleAdmin(AccessManager access, uint64 role) private {
        string memory field = string.concat("admin of ", Roles.nameOf(role));
        string memory actual = Roles.nameOf(access.getRoleAdmin(role));
        uint256 before = _differences.length;
        _equal(NAME, field, Roles.nameOf(Roles.ADMIN), actual, RECONFIGURE);
        _endedBy(before, address(access), abi.encodeCall(access.setRoleAdmin, (role, Roles.ADMIN)));
    }

    function _verifyFunction(
        AccessManager access,
        Plan memory plan,
        address target,
        bytes4 selector,
        string memory call
    ) internal {
        (uint64 expected,) = plan.roleOf(target, selector);
        uint64 actual = access.getTargetFunctionRole(target, selector);
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = selector;
        uint256 before = _differences.length;
        string memory field = string.concat("role of ", call);
        _equal(NAME, field, Roles.nameOf(expected), Roles.nameOf(actual), RECONFIGURE);
        _endedBy(before, address(access), abi.encodeCall(access.setTargetFunctionRole, (target, selectors, expected)));
    }

    function _verifyOpen(AccessManager access, address target, string memory name) private {
        uint256 before = _differences.length;
        _equal(NAME, string.concat(name, " is closed"), false, access.isTargetClosed(target), RECONFIGURE);
        _endedBy(before, address(access), abi.encodeCall(access.setTargetClosed, (target, false)));
    }

    /// @dev What an event changed is asked for as it is now, and as it will be where a change is on its way.
    function _verifyLog(Plan memory plan, AccessManager access, ChainLog[] memory logs, uint256 i) private {
        ChainLog memory log = logs[i];
        bytes32 kind = log.topics[0];
        bytes32 subject = log.topics.length > 1 ? log.topics[1] : bytes32(0);
        if (kind == IAccessManager.TargetAdminDelayUpdated.selector) {
            address target = address(uint160(uint256(subject)));
            if (_comesAgain(logs, i)) return;
            string memory field = string.concat("admin delay of ", _nameOf(plan, target));
            bytes memory call = abi.encodeCall(access.setTargetAdminDelay, (target, 0));
            _verifyDelay(address(access), field, access.getTargetAdminDelay(target), log.data, call);
        } else if (kind == IAccessManager.RoleGrantDelayChanged.selector) {
            uint64 role = uint64(uint256(subject));
            if (_comesAgain(logs, i)) return;
            string memory field = string.concat("grant delay of ", Roles.nameOf(role));
            bytes memory call = abi.encodeCall(access.setGrantDelay, (role, 0));
            _verifyDelay(address(access), field, access.getRoleGrantDelay(role), log.data, call);
        } else if (kind == IAccessManager.RoleAdminChanged.selector) {
            uint64 role = uint64(uint256(subject));
            if (role > Roles.LAST && !_comesAgain(logs, i)) _verifyRoleAdmin(access, role);
        } else if (kind == IAccessManager.RoleGuardianChanged.selector) {
            uint64 role = uint64(uint256(subject));
            if (!plan.isGuarded(role) && !_comesAgain(logs, i)) _verifyGuardian(access, plan, role);
        } else if (kind == IAccessManager.TargetClosed.selector) {
            address target = address(uint160(uint256(subject)));
            if (!_isManaged(plan, target) && !_comesAgain(logs, i)) _verifyOpen(access, target, _nameOf(plan, target));
        } else if (kind == IAccessManager.TargetFunctionRoleUpdated.selector) {
            address target = address(uint160(uint256(subject)));
            bytes4 selector = abi.decode(log.data, (bytes4));
            (, bool isNamed) = plan.roleOf(target, selector);
            if (isNamed) return;
            string memory call = string.concat(_nameOf(plan, target), ".", VM.toString(abi.encodePacked(selector)));
            _verifyFunction(access, plan, target, selector, call);
        } else if (kind == IAccessManager.OperationScheduled.selector) {
            uint48 due = access.getSchedule(subject);
            string memory field = string.concat("scheduled operation ", VM.toString(subject));
            _equal(NAME, field, 0, due, "let the guardian or the Timelock cancel it");
        }
    }

    function _verifyDelay(address access, string memory field, uint32 delay, bytes memory data, bytes memory call)
        private
    {
        (uint32 coming,) = abi.decode(data, (uint32, uint48));
        uint256 before = _differences.length;
        _equal(NAME, field, 0, delay, RECONFIGURE);
        _endedBy(before, access, call);
        before = _differences.length;
        _equal(NAME, string.concat(field, " to come"), 0, coming, RECONFIGURE);
        _endedBy(before, access, call);
    }

    /// @dev Whether a later event is about the same.
    function _comesAgain(ChainLog[] memory logs, uint256 i) private pure returns (bool) {
        for (uint256 j = i + 1; j < logs.length; ++j) {
            bool same = logs[j].emitter == logs[i].emitter && logs[j].topics.length > 1;
            if (same && logs[j].topics[0] == logs[i].topics[0] && logs[j].topics[1] == logs[i].topics[1]) return true;
        }
        return false;
    }

    function _isManaged(Plan memory plan, address target) private pure returns (bool) {
        for (uint256 i = 0; i < plan.managed.length; ++i) {
            if (plan.managed[i].target == target) return true;
        }
        return false;
    }

    function _nameOf(Plan memory plan, address target) internal pure returns (string memory) {
        for (uint256 i = 0; i < plan.contracts.length; ++i) {
            if (plan.contracts[i].target == target) return plan.contracts[i].name;
        }
        return VM.toString(target);
    }
}
