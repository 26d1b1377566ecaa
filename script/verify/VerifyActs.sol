// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {IQuorumVerifier} from "../../contracts/oracles/IQuorumVerifier.sol";
import {Vm} from "forge-std/Vm.sol";
import {GovernedEvent, Plan, PlanLists} from "../Plan.sol";
import {Roles} from "../Roles.sol";
import {ChainLog} from "./ChainLog.sol";
import {Differences} from "./Differences.sol";

/// @title VerifyActs
/// @notice What only a role can do was done by the Timelock, by an account that the network file gives the role, or
/// where everybody may. So nothing that a deployer did before the hand-over stays behind, and nobody can spoil a
/// verification by what everybody may do.
abstract contract VerifyActs is Differences {
    using PlanLists for Plan;
    Vm private constant VM = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    bytes32 private constant TIMELOCK_CALL = TimelockController.CallExecuted.selector;

    /// @dev What is as it should be and worth knowing.
    string[] internal _notes;

    function _verifyActs(Plan memory plan, ChainLog[] memory logs) internal {
        uint256 rotations;
        for (uint256 i = 0; i < logs.length; ++i) {
            for (uint256 j = 0; j < plan.events.length; ++j) {
                GovernedEvent memory governed = plan.events[j];
                if (logs[i].emitter != governed.emitter || logs[i].topics[0] != governed.topic) continue;
                _verifyAct(plan, governed, logs, i);
            }
            bool isRotation = logs[i].emitter == plan.targetOf("QuorumVerifier")
                && logs[i].topics[0] == IQuorumVerifier.SignerSetRotated.selector;
            if (isRotation && !_byTimelock(plan, logs, i)) ++rotations;
        }
        // What another set signed before the hand-over would be taken for the network file's signers' word.
        if (plan.network.deployerStays || rotations < 2) return;
        _equal("QuorumVerifier", "signer sets before the hand-over", 1, rotations, "deploy from another account");
    }

    function _verifyAct(Plan memory plan, GovernedEvent memory governed, ChainLog[] memory logs, uint256 i) private {
        if (_isLawful(plan, governed, logs, i)) {
            _notes.push(_describeAct(governed, logs[i]));
            return;
        }
        if (governed.stillHolds != 0) {
            // Decided by the last event about the same account and the same thing, if the right is still there.
            if (_isRepeated(logs, i) || !_stillHolds(governed, logs[i])) return;
        }
        _differ(
            governed.name,
            string.concat("act of ", Roles.nameOf(governed.role), ", ", _describeAct(governed, logs[i])),
            "by the Timelock or an account of the network file",
            string.concat("by ", VM.toString(logs[i].sender)),
            "let the Timelock revoke or confirm it; what cannot be revoked: deploy from another account"
        );
    }

    function _describeAct(GovernedEvent memory governed, ChainLog memory log) private pure returns (string memory) {
        string memory subject = log.topics.length > 1 ? string.concat(" ", VM.toString(log.topics[1])) : "";
        string memory where = string.concat(" by ", VM.toString(log.sender), " in ", VM.toString(log.transaction));
        return string.concat(governed.name, ".", governed.what, subject, where);
    }

    /// @dev What waits in the Timelock for its delay or its executor.
    function _noteOperations(Plan memory plan, ChainLog[] memory logs) internal {
        TimelockController timelock = TimelockController(payable(plan.targetOf("TimelockController")));
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].emitter != address(timelock)) continue;
            if (logs[i].topics[0] != TimelockController.CallScheduled.selector) continue;
            bytes32 id = logs[i].topics[1];
            if (!timelock.isOperationPending(id)) continue;
            (address target,, bytes memory data,,) =
                abi.decode(logs[i].data, (address, uint256, bytes, bytes32, uint256));
            string memory call = string.concat(VM.toString(target), " ", VM.toString(data));
            string memory ready = VM.toString(timelock.getTimestamp(id));
            _notes.push(
                string.concat("pending in the Timelock: ", call, ", ready at ", ready, ", operation ", VM.toString(id))
            );
        }
    }

    /// @dev A right that one of several may give.
    function _isLawful(Plan memory plan, GovernedEvent memory governed, ChainLog[] memory logs, uint256 i)
        private
        pure
        returns (bool)
    {
        ChainLog memory log = logs[i];
        if (_byTimelock(plan, logs, i)) return true;
        if (plan.network.deployerStays && log.sender == plan.deployer) return true;
        if (governed.role == Roles.ANYONE) return _isOpen(plan, governed, logs, i);
        return plan.isMember(governed.role, log.sender) || plan.isMember(governed.role, log.called);
    }

    /// @dev Whether the Timelock called that contract in the same transaction, to do just that.
    function _byTimelock(Plan memory plan, ChainLog[] memory logs, uint256 i) private pure returns (bool) {
        address timelock = plan.targetOf("TimelockController");
        for (uint256 j = 0; j < logs.length; ++j) {
            bool isCall = logs[j].emitter == timelock && logs[j].topics[0] == TIMELOCK_CALL;
            if (!isCall || logs[j].transaction != logs[i].transaction) continue;
            (address target,, bytes memory data) = abi.decode(logs[j].data, (address, uint256, bytes));
            if (target == logs[i].emitter && _fits(plan, logs[i], data)) return true;
        }
        return false;
    }

    /// @dev Whether the event tells what the call was given: its arguments are the event's, with or without the
    /// subjects, or the two that a badge is frozen by. Somebody with a role for a day may act in the same transaction.
    /// Events of pools tell other things than the calls.
    function _fits(Plan memory plan, ChainLog memory log, bytes memory call) private pure returns (bool) {
        if (log.emitter == plan.targetOf("PoolManager")) return true;
        bytes memory selector = abi.encodePacked(bytes4(call));
        bytes32 given = keccak256(call);
        if (given == keccak256(bytes.concat(selector, log.data))) return true;
        bytes memory subjects;
        for (uint256 i = 1; i < log.topics.length; ++i) {
            subjects = bytes.concat(subjects, log.topics[i]);
        }
        if (given == keccak256(bytes.concat(selector, subjects, log.data))) return true;
        if (log.topics.length != 4) return false;
        for (uint256 i = 1; i < 3; ++i) {
            if (given == keccak256(bytes.concat(selector, log.topics[i], log.topics[3], log.data))) return true;
        }
        return false;
    }

    /// @dev Whether everybody could do it then: what the AccessManager had last said of that very function.
    function _isOpen(Plan memory plan, GovernedEvent memory governed, ChainLog[] memory logs, uint256 i)
        private
        pure
        returns (bool open)
    {
        address access = plan.targetOf("AccessManager");
        for (uint256 j = 0; j < i; ++j) {
            if (logs[j].emitter != access) continue;
            if (logs[j].topics[0] != IAccessManager.TargetFunctionRoleUpdated.selector) continue;
            if (address(uint160(uint256(logs[j].topics[1]))) != governed.emitter) continue;
            if (abi.decode(logs[j].data, (bytes4)) != governed.call) continue;
            open = uint64(uint256(logs[j].topics[2])) == Roles.ANYONE;
        }
    }

    function _stillHolds(GovernedEvent memory governed, ChainLog memory log) private view returns (bool) {
        bytes memory call = abi.encodePacked(governed.stillHolds, log.topics[1], log.topics[2]);
        (bool success, bytes memory answer) = governed.emitter.staticcall(call);
        return !success || abi.decode(answer, (bool));
    }

    function _isRepeated(ChainLog[] memory logs, uint256 i) private pure returns (bool) {
        bytes32 key = keccak256(abi.encode(logs[i].emitter, logs[i].topics));
        for (uint256 j = i + 1; j < logs.length; ++j) {
            if (keccak256(abi.encode(logs[j].emitter, logs[j].topics)) == key) return true;
        }
        return false;
    }
}
