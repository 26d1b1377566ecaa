// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPriceFeed} from "../../contracts/oracles/IPriceFeed.sol";
import {Create3Factory} from "../../script/Create3Factory.sol";
import {DeploymentPlan} from "../../script/DeploymentPlan.sol";
import {Planned} from "../../script/Plan.sol";
import {Network} from "../../script/NetworkFile.sol";
import {Verification} from "./Verification.sol";

/// @dev Code whose constructor can be run elsewhere: it is left as it is.
contract Verbatim {
    constructor(bytes memory code) {
        assembly ("memory-safe") {
            return(add(code, 0x20), mload(code))
        }
    }
}

/// @dev Runs the constructor of another contract on its own storage, writes one word more and ends with the same
/// runtime code.
contract Planted {
    constructor(address genuine, bytes32 slot, bytes32 word) {
        (bool success, bytes memory runtime) = genuine.delegatecall("");
        require(success, "constructor");
        assembly ("memory-safe") {
            sstore(slot, word)
            return(add(runtime, 0x20), mload(runtime))
        }
    }
}

/// @notice What made each contract is proven, not only what runs: DEPLOY-1.
contract VerifyCodeTest is Verification {
    /// @dev Deploys up to `index` and lets the deployer put the contract there with one more word in its storage.
    function plant(Network memory network, string memory name, bytes32 slot)
        private
        returns (Planned[] memory plan, uint256 index)
    {
        plan = deployScript.plan(network, DEPLOYER);
        while (keccak256(bytes(plan[index].name)) != keccak256(bytes(name))) ++index;
        address factory = DeploymentPlan.find(plan, "Create3Factory").target;
        for (uint256 i = 0; i < index; ++i) {
            deployScript.create(plan[i], factory, DEPLOYER);
        }
        address genuine = address(new Verbatim(bytes.concat(plan[index].creationCode, plan[index].constructorArgs)));
        bytes memory args = abi.encode(genuine, slot, bytes32(uint256(1)));
        vm.prank(DEPLOYER);
        Create3Factory(factory).deploy(plan[index].salt, bytes.concat(type(Planted).creationCode, args));
    }

    function assertFound(Network memory network, string memory name, bytes32 slot) private {
        (Planned[] memory plan, uint256 index) = plant(network, name, slot);
        assertEq(
            plan[index].target.codehash, DeploymentPlan.expectedCodeHash(plan[index]), "the code gives nothing away"
        );
        try deployScript.deploy(network, DEPLOYER) {
            revert("DEPLOY-1: Deploy took planted storage for its own contract");
        } catch Error(string memory reason) {
            assertContains(reason, string.concat(plan[index].name, ": made by other creation code"), "Deploy");
        }
        // The deployer does the rest without our script.
        for (uint256 i = index + 1; i < plan.length; ++i) {
            deployScript.create(plan[i], DeploymentPlan.find(plan, "Create3Factory").target, DEPLOYER);
        }
        configureScript.configure(network, DEPLOYER);
        record = recordOf(plan);
        assertDiffers(network, string.concat(plan[index].name, ", initCodeHash: expected "));
    }

    function test_DEPLOY1_AProposerPlantedInTheTimelockIsFound() public {
        Network memory network = handedOver();
        bytes32 members = keccak256(abi.encode(keccak256("PROPOSER_ROLE"), uint256(0)));
        bytes32 slot = keccak256(abi.encode(STRANGER, members));
        assertFound(network, "TimelockController", slot);
    }

    function test_DEPLOY1_AWordPlantedInThePoolsIsFound() public {
        Network memory network = handedOver();
        bytes32 slot = keccak256(abi.encode(STRANGER, uint256(0)));
        assertFound(network, "PoolManager", slot);
    }

    function test_DEPLOY1_AWordPlantedInAFeedIsFound() public {
        Network memory network = handedOver();
        assertFound(network, "PriceFeed:EUR/USD", bytes32(uint256(9)));
    }

    function test_DEPLOY1_EveryContractOfTheFactoryIsCompared() public {
        Planned[] memory plan = deployAndConfigure(handedOver());
        record = recordOf(plan);
        for (uint256 i = 0; i < plan.length; ++i) {
            if (!plan[i].viaFactory) continue;
            bytes memory call = abi.encodeWithSignature("initCodeHashOf(address)", plan[i].target);
            vm.mockCall(DeploymentPlan.find(plan, "Create3Factory").target, call, abi.encode(keccak256("another")));
            assertDiffers(handedOver(), string.concat(plan[i].name, ", initCodeHash: expected "));
            vm.clearMockedCalls();
        }
        assertVerifies(handedOver());
    }

    function test_DEPLOY1_TheRecordMustNameTheArgumentsThatWereUsed() public {
        Network memory network = handedOver();
        Planned[] memory plan = deployAndConfigure(network);
        Planned memory feed = DeploymentPlan.find(plan, "PriceFeed:EUR/USD");
        network.feeds[0].parameters.maxDelay += 1;
        bytes memory others =
            DeploymentPlan.find(deployScript.plan(network, DEPLOYER), "PriceFeed:EUR/USD").constructorArgs;
        record = vm.replace(recordOf(plan), vm.toString(feed.constructorArgs), vm.toString(others));
        assertDiffers(handedOver(), "PriceFeed:EUR/USD, initCodeHash: expected ");
    }

    function test_DEPLOY1_VerifiesAfterGovernanceChangedALimitAndTheFileFollowed() public {
        Network memory network = handedOver();
        Planned[] memory plan = deployAndConfigure(network);
        record = recordOf(plan);
        network.feeds[3].parameters = IPriceFeed.Parameters(600, 4000, 10);
        assertDiffers(network, "PriceFeed:BTC/USD, maxDelay: expected 600, actual 120");
        vm.prank(address(timelock));
        feedOf(plan, 3).setParameters(network.feeds[3].parameters);
        assertVerifies(network);

        network.timelockDelay = 3 days;
        vm.prank(address(timelock));
        timelock.updateDelay(3 days);
        assertVerifies(network);

        uint256 nonce = vm.getNonce(DEPLOYER);
        deployScript.deploy(network, DEPLOYER, record);
        assertEq(vm.getNonce(DEPLOYER), nonce, "a rerun of Deploy sends nothing");
    }

    function test_DEPLOY1_AnArgumentThatIsFixedForGoodMustBeTheFiles() public {
        Network memory network = handedOver();
        record = recordOf(deployAndConfigure(network));
        network.feeds[1].decimals = 9;
        assertDiffers(network, "PriceFeed:SPX/USD, constructorArgs: expected ");
        network = handedOver();
        network.feeds[1].description = "other";
        assertDiffers(network, "PriceFeed:SPX/USD, description: expected other, actual SPX / USD");
        network = handedOver();
        network.wrappedNative = address(0xBEEF);
        assertDiffers(network, "PoolTrade, constructorArgs: expected ");
    }

    function test_RevertWhen_DeployMeetsOtherArguments() public {
        Network memory network = handedOver();
        deployScript.deploy(network, DEPLOYER);
        network.timelockDelay += 1;
        try deployScript.deploy(network, DEPLOYER) {
            revert("DEPLOY-1: Deploy took other arguments for its own");
        } catch Error(string memory reason) {
            assertContains(reason, "TimelockController: made by other creation code or arguments", "fact");
        }
    }
}
