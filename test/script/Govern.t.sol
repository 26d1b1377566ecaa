// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Govern, Operation} from "../../script/Govern.s.sol";
import {FeedConfig, Network} from "../../script/NetworkFile.sol";
import {Planned} from "../../script/Plan.sol";
import {Roles} from "../../script/Roles.sol";
import {Difference} from "../../script/verify/Differences.sol";
import {Verification} from "./Verification.sol";

/// @notice The way from a changed network file to the chain, after the hand-over: DEPLOY-10.
contract GovernTest is Verification {
    Govern private governScript;

    function setUp() public override {
        super.setUp();
        governScript = Govern(deployCode("Govern.s.sol:Govern"));
    }

    function operation(Network memory network) private returns (Operation memory) {
        Difference[] memory differences = governScript.compare(network, record, readLogs());
        return governScript.operationOf(network, record, differences);
    }

    function govern(Network memory network, Network memory before) private {
        governScript.schedule(operation(network), before.proposers[0]);
        vm.warp(vm.getBlockTimestamp() + before.timelockDelay);
        asSentBy(before.executors[0]);
        governScript.execute(operation(network), before.executors[0]);
    }

    function test_DEPLOY10_EveryKindOfChangeOfTheFileReachesTheChain() public {
        vm.pauseGasMetering();
        Network memory before = handedOver();
        Planned[] memory plan = deployAndConfigure(before);
        record = recordOf(plan);
        Network memory network = changed();
        assertGt(operation(network).targets.length, 12, "calls");
        govern(network, before);
        assertVerifies(network);
        assertEq(operation(network).targets.length, 0, "nothing is left to do");
        // And back: the same calls as before the change, under another salt.
        govern(before, network);
        assertVerifies(before);
        govern(network, before);
        assertVerifies(network);
    }

    function changed() private returns (Network memory network) {
        network = handedOver();
        network.guardian = makeAddr("another guardian");
        (network.threshold, network.strictThreshold) = (3, 3);
        network.timelockDelay += 60;
        network.feeds[2].parameters.breakerBps = 77;
        (network.initialProtocolFeeBps, network.flashFee) = (0, 0);
        (network.anyoneCreatesPools, network.poolCreators) = (false, new address[](1));
        network.poolCreators[0] = makeAddr("creator");
        network.skillManagers = new address[](1);
        network.skillManagers[0] = makeAddr("manager");
        network.badgeUri = "ipfs://other/{id}";
        network.renderer = makeAddr("renderer");
        network.reputation.maxMove = 7;
        network.discount.maxAge = 0;
        network.proposers[0] = makeAddr("another proposer");
        network.executors[0] = makeAddr("another executor");
    }

    function test_DEPLOY10_AFeedIsAddedAfterTheHandOver() public {
        Network memory before = handedOver();
        deployAndConfigure(before);
        Network memory network = handedOver();
        network.feeds = withFeed(before, "XAU/USD");
        Planned[] memory plan = deployScript.deploy(network, DEPLOYER, "");
        record = recordOf(plan);
        assertDiffers(network, "AccessManager, role of PriceFeed:XAU/USD.setParameters: expected ORACLE_MANAGER");
        govern(network, before);
        assertVerifies(network);
    }

    function withFeed(Network memory network, string memory pair) private pure returns (FeedConfig[] memory feeds) {
        feeds = new FeedConfig[](network.feeds.length + 1);
        for (uint256 i = 0; i < network.feeds.length; ++i) {
            feeds[i] = network.feeds[i];
        }
        FeedConfig memory first = network.feeds[0];
        feeds[network.feeds.length] = FeedConfig(pair, first.decimals, "XAU / USD", first.parameters);
    }

    function test_DEPLOY10_AStrangerIsRevoked() public {
        Network memory network = handedOver();
        record = recordOf(deployAndConfigure(network));
        bytes32 proposer = timelock.PROPOSER_ROLE();
        vm.startPrank(address(timelock));
        access.grantRole(Roles.ADMIN, STRANGER, 0);
        timelock.grantRole(proposer, STRANGER);
        access.setGrantDelay(Roles.GUARDIAN, 1);
        vm.stopPrank();
        govern(network, network);
        (bool isAdmin,) = access.hasRole(Roles.ADMIN, STRANGER);
        assertFalse(isAdmin, "DEPLOY-10: admin");
        assertFalse(timelock.hasRole(proposer, STRANGER), "DEPLOY-10: proposer");
        assertVerifies(network);
    }

    function test_RevertWhen_TheKeyMayNot() public {
        Network memory before = handedOver();
        record = recordOf(deployAndConfigure(before));
        Network memory network = changed();
        Operation memory one = operation(network);
        try governScript.schedule(one, STRANGER) {
            revert("DEPLOY-10: scheduled by a stranger");
        } catch Error(string memory reason) {
            assertContains(
                reason, "is no proposer of the Timelock; use the key of an account of .timelock.proposers", ""
            );
        }
        try governScript.execute(one, before.executors[0]) {
            revert("DEPLOY-10: executed what was not scheduled");
        } catch Error(string memory reason) {
            assertContains(reason, "is not ready: schedule it first", "");
        }
        governScript.schedule(one, before.proposers[0]);
        try governScript.execute(one, before.executors[0]) {
            revert("DEPLOY-10: executed too early");
        } catch Error(string memory reason) {
            assertContains(reason, "is not ready: it is ready at", "");
        }
    }
}
