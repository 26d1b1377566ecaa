// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {Vm} from "forge-std/Vm.sol";
import {Planned} from "../../script/DeploymentPlan.sol";
import {Network, NetworkFile} from "../../script/NetworkFile.sol";
import {Grant, VerifyDeployment} from "../../script/VerifyDeployment.s.sol";
import {Base} from "../Base.t.sol";

/// @notice A deployment, its record and its events, given to VerifyDeployment.
abstract contract Verification is Base {
    VerifyDeployment internal verifyScript;
    string internal record;
    Grant[] internal grants;
    address internal immutable STRANGER = makeAddr("stranger");

    function setUp() public virtual override {
        super.setUp();
        verifyScript = VerifyDeployment(deployCode("VerifyDeployment.s.sol:VerifyDeployment"));
        vm.recordLogs();
    }

    /// @dev As every public network: the deployer keeps nothing.
    function handedOver() internal view returns (Network memory network) {
        network = NetworkFile.read("local-a");
        network.deployerStays = false;
    }

    function assertVerifies(Network memory network) internal {
        readGrants();
        verifyScript.verify(network, record, grants);
    }

    /// @dev Adds what was granted since the last call.
    function readGrants() internal {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; ++i) {
            bytes32 kind = logs[i].topics[0];
            if (kind == IAccessManager.RoleGranted.selector || kind == IAccessControl.RoleGranted.selector) {
                grants.push(Grant(logs[i].emitter, logs[i].topics[1], address(uint160(uint256(logs[i].topics[2])))));
            }
        }
    }

    function assertDiffers(string memory difference) internal {
        assertDiffers(NetworkFile.read("local-a"), difference);
    }

    function assertDiffers(Network memory network, string memory difference) internal {
        readGrants();
        try verifyScript.verify(network, record, grants) {
            revert(string.concat("verified in spite of: ", difference));
        } catch Error(string memory reason) {
            assertContains(reason, difference, "difference");
        }
    }

    function recordOf(Planned[] memory plan) internal view returns (string memory text) {
        text = string.concat(
            "{\"chainId\":31337,\"network\":\"local-a\",\"deployer\":\"", vm.toString(DEPLOYER), "\",\"contracts\":{"
        );
        for (uint256 i = 0; i < plan.length; ++i) {
            text = string.concat(
                text,
                i == 0 ? "\"" : ",\"",
                plan[i].name,
                "\":{\"address\":\"",
                vm.toString(plan[i].target),
                "\",\"constructorArgs\":\"",
                vm.toString(plan[i].constructorArgs),
                "\",\"codeHash\":\"",
                vm.toString(plan[i].target.codehash),
                "\"}"
            );
        }
        text = string.concat(text, "}}");
    }
}
