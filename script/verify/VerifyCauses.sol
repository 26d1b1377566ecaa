// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {Vm} from "forge-std/Vm.sol";
import {Plan, PlanLists} from "../Plan.sol";
import {ChainLog} from "./ChainLog.sol";
import {Difference, Differences} from "./Differences.sol";

/// @title VerifyCauses
/// @notice Where the Timelock made what differs from the network file, the difference names the call: governance
/// decided, and the file did not follow.
abstract contract VerifyCauses is Differences {
    using PlanLists for Plan;
    Vm private constant VM = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    function _nameCauses(Plan memory plan, ChainLog[] memory logs) internal {
        address timelock = plan.targetOf("TimelockController");
        for (uint256 i = 0; i < _differences.length; ++i) {
            Difference storage difference = _differences[i];
            if (difference.target == address(0)) continue;
            for (uint256 j = logs.length; j > 0; --j) {
                ChainLog memory log = logs[j - 1];
                if (log.emitter != timelock) continue;
                if (log.topics[0] != TimelockController.CallExecuted.selector) continue;
                (address target,, bytes memory data) = abi.decode(log.data, (address, uint256, bytes));
                if (target != difference.target || !_isAbout(data, difference.call)) continue;
                string memory call = string.concat(VM.toString(data), " in ", VM.toString(log.transaction));
                difference.fix = string.concat(difference.fix, "; the Timelock made it so by ", call);
                break;
            }
        }
    }

    /// @dev Whether a call sets the same as the one that would end the difference: of roles the same role and account,
    /// of functions the same contract, else all that the function sets.
    function _isAbout(bytes memory made, bytes memory mend) private pure returns (bool) {
        bytes4 selector = bytes4(mend);
        if (_isMembership(bytes4(made)) && _isMembership(selector)) {
            return _word(made, 0) == _word(mend, 0) && _word(made, 1) == _word(mend, 1);
        }
        if (bytes4(made) != selector) return false;
        if (selector == AccessManager.setTargetFunctionRole.selector) {
            return _word(made, 0) == _word(mend, 0)
                && VM.indexOf(VM.toString(made), _hex(_word(mend, 4))) != type(uint256).max;
        }
        bool hasSubject = selector == AccessManager.setRoleAdmin.selector
            || selector == AccessManager.setRoleGuardian.selector || selector == AccessManager.setGrantDelay.selector
            || selector == AccessManager.setTargetAdminDelay.selector
            || selector == AccessManager.setTargetClosed.selector;
        return !hasSubject || _word(made, 0) == _word(mend, 0);
    }

    function _isMembership(bytes4 selector) private pure returns (bool) {
        return selector == AccessManager.grantRole.selector || selector == AccessManager.revokeRole.selector
            || selector == IAccessControl.grantRole.selector || selector == IAccessControl.revokeRole.selector;
    }

    /// @dev The first four bytes, as a text of hex digits.
    function _hex(bytes32 word) private pure returns (string memory) {
        return VM.replace(VM.toString(abi.encodePacked(bytes4(word))), "0x", "");
    }

    /// @dev An argument of a call.
    function _word(bytes memory data, uint256 index) private pure returns (bytes32 word) {
        if (data.length < 36 + 32 * index) return 0;
        assembly ("memory-safe") {
            word := mload(add(add(data, 0x24), mul(index, 0x20)))
        }
    }
}
