// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {Vm} from "forge-std/Vm.sol";
import {artifact} from "../Artifact.sol";
import {Managed, Plan, PlanLists} from "../Plan.sol";
import {VerifyAccess} from "./VerifyAccess.sol";

/// @notice Calls functions as somebody who may not: itself.
contract Prober {
    /// @dev Enough for every check that comes before the work.
    uint256 private constant GAS = 3_000_000;

    error Probed(bool isRestricted);

    /// @notice Whether the AccessManager is asked before the function does anything.
    /// @param target A managed contract.
    /// @param selector One of its functions.
    function isRestricted(address target, bytes4 selector) external returns (bool) {
        try this.call(target, selector) {
            return false;
        } catch (bytes memory reason) {
            return keccak256(reason) == keccak256(abi.encodeWithSelector(Probed.selector, true));
        }
    }

    /// @notice Calls it with zeros, and takes every effect back by reverting.
    function call(address target, bytes4 selector) external {
        (, bytes memory reason) = target.call{gas: GAS}(bytes.concat(selector, new bytes(2048)));
        bytes memory refusal = abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, this);
        revert Probed(keccak256(reason) == keccak256(refusal));
    }
}

/// @title VerifyFunctions
/// @notice Every function that a managed contract answers, by the artifacts, against the plan: which ones are
/// `restricted` is found out by calling each as somebody whom the AccessManager refuses.
abstract contract VerifyFunctions is VerifyAccess {
    using PlanLists for Plan;
    Vm private constant VM = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    function _verifyFunctions(Plan memory plan) internal {
        AccessManager access = AccessManager(plan.targetOf("AccessManager"));
        // Refuses whoever asks, also where everybody is let in.
        VM.mockCall(address(access), abi.encodeWithSelector(access.canCall.selector), abi.encode(false, uint32(0)));
        Prober prober = new Prober();
        for (uint256 i = 0; i < plan.managed.length; ++i) {
            Managed memory managed = plan.managed[i];
            for (uint256 j = 0; j < managed.artifacts.length; ++j) {
                _verifyFunctions(plan, access, prober, managed, managed.artifacts[j]);
            }
        }
        VM.clearMockedCalls();
    }

    function _verifyFunctions(
        Plan memory plan,
        AccessManager access,
        Prober prober,
        Managed memory managed,
        string memory name
    ) private {
        string memory json = VM.readFile(artifact(name));
        string[] memory signatures = VM.parseJsonKeys(json, ".methodIdentifiers");
        for (uint256 i = 0; i < signatures.length; ++i) {
            bytes4 selector = bytes4(keccak256(bytes(signatures[i])));
            // Refuses all but the AccessManager itself, which calls it for ADMIN (updateAuthority).
            if (selector == IAccessManaged.setAuthority.selector) continue;
            string memory call = string.concat(managed.name, ".", signatures[i]);
            (, bool isNamed) = plan.roleOf(managed.target, selector);
            bool isRestricted = prober.isRestricted(managed.target, selector);
            if (isRestricted != isNamed) {
                string memory field = string.concat("roles of ", call);
                string memory fix = "name it in the domain's file of script/domains";
                if (isNamed) fix = "it is not restricted in the contract: deploy anew";
                _differ(
                    "plan", field, isNamed ? "restricted" : "open to all", isNamed ? "open to all" : "restricted", fix
                );
            }
            if (!isNamed) _verifyFunction(access, plan, managed.target, selector, call);
        }
    }
}
