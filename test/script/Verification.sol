// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Vm} from "forge-std/Vm.sol";
import {Planned} from "../../script/Plan.sol";
import {Network, NetworkFile} from "../../script/NetworkFile.sol";
import {VerifyDeployment} from "../../script/VerifyDeployment.s.sol";
import {ChainLog} from "../../script/verify/ChainLog.sol";
import {Difference} from "../../script/verify/Differences.sol";
import {Base} from "../Base.t.sol";

/// @notice A deployment, its record and its events, given to VerifyDeployment.
abstract contract Verification is Base {
    VerifyDeployment internal verifyScript;
    string internal record;
    ChainLog[] internal chainLogs;
    /// @dev Who sent what is read next.
    address internal sender = DEPLOYER;
    uint256 private _transactions;
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
        verifyScript.verify(network, record, readLogs());
    }

    /// @dev What happens from now on is of one transaction of that account; what happened before is of those before.
    function asSentBy(address account) internal {
        readLogs();
        sender = account;
    }

    /// @dev Adds what happened since the last call.
    function readLogs() internal returns (ChainLog[] memory) {
        Vm.Log[] memory recorded = vm.getRecordedLogs();
        bytes32 transaction = bytes32(++_transactions);
        for (uint256 i = 0; i < recorded.length; ++i) {
            ChainLog storage log = chainLogs.push();
            (log.emitter, log.topics, log.data) = (recorded[i].emitter, recorded[i].topics, recorded[i].data);
            (log.transaction, log.sender) = (transaction, sender);
        }
        return chainLogs;
    }

    function assertDiffers(string memory difference) internal {
        assertDiffers(NetworkFile.read("local-a"), difference);
    }

    function assertDiffers(Network memory network, string memory difference) internal {
        try verifyScript.verify(network, record, readLogs()) {
            revert(string.concat("verified in spite of: ", difference));
        } catch Error(string memory reason) {
            assertContains(reason, difference, "difference");
        }
    }

    /// @dev How many differences contain that text.
    function assertCount(Network memory network, string memory part, uint256 expected) internal {
        uint256 count;
        Difference[] memory differences = verifyScript.compare(network, record, readLogs());
        for (uint256 i = 0; i < differences.length; ++i) {
            Difference memory one = differences[i];
            if (vm.contains(string.concat(one.name, ", ", one.field, " ", one.actual), part)) ++count;
        }
        assertEq(count, expected, part);
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
