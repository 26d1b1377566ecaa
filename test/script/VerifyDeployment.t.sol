// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPriceFeed} from "../../contracts/oracles/IPriceFeed.sol";
import {DeploymentPlan, Planned} from "../../script/DeploymentPlan.sol";
import {Network, NetworkFile} from "../../script/NetworkFile.sol";
import {Roles} from "../../script/Roles.sol";
import {VerifyDeployment} from "../../script/VerifyDeployment.s.sol";
import {Base} from "../Base.t.sol";

contract VerifyDeploymentTest is Base {
    VerifyDeployment private verifyScript;
    string private record;

    function setUp() public override {
        super.setUp();
        verifyScript = VerifyDeployment(deployCode("VerifyDeployment.s.sol:VerifyDeployment"));
        Planned[] memory plan = deployAndConfigure(NetworkFile.read("local-a"));
        record = recordOf(plan);
    }

    function test_AcceptsWhatWasDeployed() public {
        verifyScript.verify(NetworkFile.read("local-a"), record);
    }

    function test_RevertWhen_RecordIsOfAnotherChain() public {
        record = vm.replace(record, "\"chainId\":31337", "\"chainId\":1");
        assertDiffers("record, chainId: expected 31337, actual 1");
    }

    function test_RevertWhen_EntryIsMissing() public {
        record = vm.replace(record, "PriceFeed:WTI/USD", "PriceFeed:XXX/USD");
        assertDiffers("PriceFeed:WTI/USD, record: expected an entry, actual none");
    }

    function test_RevertWhen_RecordedAddressDiffers() public {
        record = vm.replace(record, vm.toString(address(verifier)), vm.toString(address(0xBEEF)));
        assertDiffers(string.concat("QuorumVerifier, address: expected ", vm.toString(address(verifier))));
    }

    function test_RevertWhen_RecordedArgumentsDiffer() public {
        bytes memory args = abi.encode(DEPLOYER);
        record = vm.replace(record, vm.toString(args), vm.toString(abi.encode(address(0xBEEF))));
        assertDiffers("AccessManager, constructorArgs: expected ");
    }

    function test_RevertWhen_RecordedCodeHashDiffers() public {
        record = vm.replace(record, vm.toString(address(timelock).codehash), vm.toString(keccak256("other")));
        assertDiffers("TimelockController, codeHash: expected ");
        assertDiffers("TimelockController, codeHash of this build: expected ");
    }

    function test_RevertWhen_CodeOnChainDiffers() public {
        vm.etch(address(verifier), hex"00");
        assertDiffers("QuorumVerifier, codeHash: expected ");
    }

    function test_RevertWhen_TimelockIsNoAdmin() public {
        vm.prank(DEPLOYER);
        access.revokeRole(Roles.ADMIN, address(timelock));
        assertDiffers("AccessManager, ADMIN of the Timelock: expected true, actual false");
    }

    function test_RevertWhen_DeployerIsStillAdmin() public {
        Network memory network = NetworkFile.read("local-a");
        network.deployerStays = false;
        assertDiffers(network, "AccessManager, ADMIN of the deployer: expected false, actual true");
    }

    function test_RevertWhen_GuardianLacksItsRole() public {
        Network memory network = NetworkFile.read("local-a");
        vm.prank(DEPLOYER);
        access.revokeRole(Roles.GUARDIAN, network.guardian);
        assertDiffers("AccessManager, GUARDIAN of the guardian: expected true, actual false");
    }

    function test_RevertWhen_FunctionHasAnotherRole() public {
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = verifier.rotate.selector;
        vm.prank(DEPLOYER);
        access.setTargetFunctionRole(address(verifier), selectors, Roles.GUARDIAN);
        assertDiffers("AccessManager, role of QuorumVerifier.rotate: expected 2, actual 1");
    }

    function test_RevertWhen_SignerSetDiffers() public {
        Network memory network = NetworkFile.read("local-a");
        network.signers[0] = address(1);
        assertDiffers(network, "QuorumVerifier, signers: expected 0x0000000000000000000000000000000000000001,");
    }

    function test_RevertWhen_ThresholdDiffers() public {
        Network memory network = NetworkFile.read("local-a");
        network.threshold = 3;
        assertDiffers(network, "QuorumVerifier, threshold: expected 3, actual 2");
    }

    function test_RevertWhen_FeedLimitDiffers() public {
        Planned[] memory plan = deployScript.plan(NetworkFile.read("local-a"), DEPLOYER);
        IPriceFeed feed = feedOf(plan, 3);
        vm.startPrank(DEPLOYER);
        access.grantRole(Roles.ORACLE_MANAGER, DEPLOYER, 0);
        feed.setParameters(IPriceFeed.Parameters(7, 1000, 30));
        vm.stopPrank();
        assertDiffers("PriceFeed:BTC/USD, maxDelay: expected 120, actual 7");
    }

    function test_RevertWhen_TimelockDelayDiffers() public {
        vm.prank(address(timelock));
        timelock.updateDelay(1);
        assertDiffers("TimelockController, minDelay: expected 5, actual 1");
    }

    function test_RevertWhen_ProposerLostItsRole() public {
        Network memory network = NetworkFile.read("local-a");
        bytes32 role = timelock.PROPOSER_ROLE();
        vm.prank(address(timelock));
        timelock.revokeRole(role, network.proposers[0]);
        assertDiffers(string.concat("TimelockController, proposer ", vm.toString(network.proposers[0])));
    }

    function assertDiffers(string memory difference) private {
        assertDiffers(NetworkFile.read("local-a"), difference);
    }

    function assertDiffers(Network memory network, string memory difference) private {
        try verifyScript.verify(network, record) {
            revert(string.concat("verified in spite of: ", difference));
        } catch Error(string memory reason) {
            assertContains(reason, difference, "difference");
        }
    }

    function recordOf(Planned[] memory plan) private view returns (string memory text) {
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
