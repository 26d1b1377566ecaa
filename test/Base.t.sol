// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {Test} from "forge-std/Test.sol";
import {PriceFeed} from "../contracts/oracles/PriceFeed.sol";
import {QuorumVerifier} from "../contracts/oracles/QuorumVerifier.sol";
import {IPoolManager} from "../contracts/pools/IPoolManager.sol";
import {Configure} from "../script/Configure.s.sol";
import {Deploy} from "../script/Deploy.s.sol";
import {DeploymentPlan} from "../script/DeploymentPlan.sol";
import {Planned} from "../script/Plan.sol";
import {Network, NetworkFile} from "../script/NetworkFile.sol";

/// @notice Deploys script/networks/local-a.json through the deploy scripts, so that tests run what is deployed.
abstract contract Base is Test {
    /// @dev Runtime code of the deterministic deployment proxy, as it is on public chains.
    bytes private constant PROXY_CODE =
        hex"7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f58015156039578182fd5b8082525050506014600cf3";

    address internal immutable DEPLOYER = makeAddr("deployer");

    Deploy internal deployScript;
    Configure internal configureScript;

    AccessManager internal access;
    TimelockController internal timelock;
    QuorumVerifier internal verifier;
    IPoolManager internal pools;

    function setUp() public virtual {
        deployScript = Deploy(deployCode("Deploy.s.sol:Deploy"));
        configureScript = Configure(deployCode("Configure.s.sol:Configure"));
        startChain("local-a");
        vm.warp(1_800_000_000);
    }

    /// @dev A chain with that network's id and nothing of ours on it.
    function startChain(string memory name) internal returns (Network memory network) {
        network = NetworkFile.read(name);
        vm.chainId(network.chainId);
        vm.etch(DeploymentPlan.PROXY, PROXY_CODE);
    }

    function deployAndConfigure(Network memory network) internal returns (Planned[] memory plan) {
        plan = deployScript.deploy(network, DEPLOYER);
        configureScript.configure(network, DEPLOYER);
        takeContracts(plan);
    }

    function takeContracts(Planned[] memory plan) internal {
        access = AccessManager(DeploymentPlan.find(plan, "AccessManager").target);
        timelock = TimelockController(payable(DeploymentPlan.find(plan, "TimelockController").target));
        verifier = QuorumVerifier(DeploymentPlan.find(plan, "QuorumVerifier").target);
        pools = IPoolManager(DeploymentPlan.find(plan, "PoolManager").target);
    }

    function feedOf(Planned[] memory plan, uint256 index) internal pure returns (PriceFeed) {
        uint256 seen;
        for (uint256 i = 0; i < plan.length; ++i) {
            if (vm.indexOf(plan[i].name, "PriceFeed:") == 0 && seen++ == index) return PriceFeed(plan[i].target);
        }
        revert("no such feed");
    }

    function assertContains(string memory text, string memory part, string memory what) internal {
        assertTrue(vm.contains(text, part), string.concat(what, ": expected \"", part, "\" in: ", text));
    }
}
