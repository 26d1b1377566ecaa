// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {PriceFeed} from "../../contracts/oracles/PriceFeed.sol";
import {IPoolManager} from "../../contracts/pools/IPoolManager.sol";
import {PoolShareTokenFactory} from "../../contracts/pools/shares/PoolShareTokenFactory.sol";
import {Badges} from "../../contracts/skills/Badges.sol";
import {SkillDiscount} from "../../contracts/skills/SkillDiscount.sol";
import {SkillWallet} from "../../contracts/skills/SkillWallet.sol";
import {ReputationOracle} from "../../contracts/oracles/ReputationOracle.sol";
import {Create3Factory} from "../../script/Create3Factory.sol";
import {DeploymentPlan, Planned} from "../../script/DeploymentPlan.sol";
import {Network, NetworkFile} from "../../script/NetworkFile.sol";
import {Base} from "../Base.t.sol";

contract DeployTest is Base {
    function test_PutsEveryContractInPlace() public {
        Network memory network = NetworkFile.read("local-a");
        Planned[] memory plan = deployScript.deploy(network, DEPLOYER);
        assertEq(plan.length, DeploymentPlan.FIRST_FEED + network.feeds.length, "contracts");
        assertEq(vm.getNonce(DEPLOYER), plan.length, "one transaction each");
        PriceFeed feed = feedOf(plan, 0);
        assertEq(feed.description(), network.feeds[0].description, "description");
        assertEq(feed.decimals(), network.feeds[0].decimals, "decimals");
        assertEq(feed.feedId(), bytes32("EUR/USD"), "feed id");
        assertEq(address(feed.verifier()), plan[DeploymentPlan.QUORUM_VERIFIER].target, "verifier");
        assertEq(feed.authority(), plan[DeploymentPlan.ACCESS_MANAGER].target, "authority");
        pools = IPoolManager(plan[DeploymentPlan.POOL_MANAGER].target);
        assertEq(pools.revenueReceiver(), network.revenueReceiver, "revenue receiver");
        assertEq(pools.initialProtocolFeeBps(), network.initialProtocolFeeBps, "initial protocol fee");
        assertEq(pools.authority(), feed.authority(), "authority of the pools");
        assertEq(pools.wrappedNative(), network.wrappedNative, "wrapped native coin");
        PoolShareTokenFactory tokens = PoolShareTokenFactory(plan[DeploymentPlan.POOL_SHARE_TOKEN_FACTORY].target);
        assertEq(address(tokens.manager()), address(pools), "manager of the share tokens");
    }

    function test_PutsTheSkillsInPlace() public {
        Network memory network = NetworkFile.read("local-a");
        Planned[] memory plan = deployScript.deploy(network, DEPLOYER);
        SkillWallet wallet = SkillWallet(plan[DeploymentPlan.SKILL_WALLET].target);
        Badges badges = Badges(plan[DeploymentPlan.BADGES].target);
        ReputationOracle reputation = ReputationOracle(plan[DeploymentPlan.REPUTATION_ORACLE].target);
        SkillDiscount discount = SkillDiscount(plan[DeploymentPlan.SKILL_DISCOUNT].target);
        address authority = plan[DeploymentPlan.ACCESS_MANAGER].target;
        assertEq(wallet.authority(), authority, "authority of wallets");
        assertEq(badges.authority(), authority, "authority of badges");
        assertEq(reputation.authority(), authority, "authority of scores");
        assertEq(discount.authority(), authority, "authority of discounts");
        assertEq(address(wallet.renderer()), plan[DeploymentPlan.WALLET_RENDERER].target, "renderer");
        assertEq(address(badges.registry()), address(wallet), "wallets of the badges");
        assertEq(badges.uri(1), network.badgeUri, "metadata of badges");
        assertEq(address(reputation.verifier()), plan[DeploymentPlan.QUORUM_VERIFIER].target, "verifier");
        assertEq(abi.encode(reputation.parameters()), abi.encode(network.reputation), "limits of scores");
        assertEq(address(discount.badges()), address(badges), "badges that count");
        assertEq(address(discount.reputation()), address(reputation), "scores that count");
        assertEq(abi.encode(discount.terms()), abi.encode(network.discount), "terms");
    }

    function test_AddressesAreEqualOnTwoChains() public {
        uint256 empty = vm.snapshotState();
        Planned[] memory first = deployScript.deploy(NetworkFile.read("local-a"), DEPLOYER);
        vm.revertToState(empty);
        Network memory other = startChain("local-b");
        // Other arguments, the same addresses.
        other.timelockDelay += 1;
        other.feeds[0].parameters.maxDelay += 1;
        other.revenueReceiver = address(0);
        (other.badgeUri, other.reputation.maxMove, other.discount.badgeBps) = ("ipfs://other/{id}", 1, 1);
        Planned[] memory second = deployScript.deploy(other, DEPLOYER);
        for (uint256 i = 0; i < first.length; ++i) {
            assertEq(first[i].target, second[i].target, first[i].name);
            assertGt(second[i].target.code.length, 0, second[i].name);
        }
    }

    function test_AddressesDependOnTheDeployer() public {
        Network memory network = NetworkFile.read("local-a");
        Planned[] memory ours = deployScript.plan(network, DEPLOYER);
        Planned[] memory theirs = deployScript.plan(network, address(0xBEEF));
        for (uint256 i = DeploymentPlan.ACCESS_MANAGER; i < ours.length; ++i) {
            // What obeys nobody is the same for everybody.
            if (i == DeploymentPlan.WALLET_RENDERER) continue;
            assertNotEq(ours[i].target, theirs[i].target, ours[i].name);
        }
    }

    function test_RerunSendsNothing() public {
        Network memory network = NetworkFile.read("local-a");
        deployScript.deploy(network, DEPLOYER);
        uint256 nonce = vm.getNonce(DEPLOYER);
        deployScript.deploy(network, DEPLOYER);
        assertEq(vm.getNonce(DEPLOYER), nonce, "transactions of the rerun");
    }

    function test_ResumesAfterAnyNumberOfContracts() public {
        // Nineteen contracts, twenty times over: more than the gas of a test.
        vm.pauseGasMetering();
        Network memory network = NetworkFile.read("local-a");
        Planned[] memory plan = deployScript.plan(network, DEPLOYER);
        uint256 empty = vm.snapshotState();
        for (uint256 done = 0; done <= plan.length; ++done) {
            for (uint256 i = 0; i < done; ++i) {
                assertTrue(deployScript.create(plan[i], plan[DeploymentPlan.FACTORY].target, DEPLOYER), "created");
            }
            assertEq(vm.getNonce(DEPLOYER), done, "transactions before the interruption");
            deployScript.deploy(network, DEPLOYER);
            assertEq(vm.getNonce(DEPLOYER), plan.length, "each contract was created once");
            vm.revertToState(empty);
        }
    }

    function test_SkipsWhatSomebodyElseCreatedForUs() public {
        Network memory network = NetworkFile.read("local-a");
        Planned[] memory plan = deployScript.plan(network, DEPLOYER);
        Planned memory factory = plan[DeploymentPlan.FACTORY];
        vm.prank(makeAddr("stranger"));
        (bool success,) = DeploymentPlan.PROXY.call(bytes.concat(factory.salt, factory.creationCode));
        assertTrue(success, "created by a stranger");
        deployScript.deploy(network, DEPLOYER);
        assertEq(vm.getNonce(DEPLOYER), plan.length - 1, "the factory was skipped");
    }

    function test_StrangerCannotTakeOurAddress() public {
        Planned[] memory plan = deployScript.plan(NetworkFile.read("local-a"), DEPLOYER);
        Planned memory timelock_ = plan[DeploymentPlan.TIMELOCK];
        address factory = plan[DeploymentPlan.FACTORY].target;
        deployScript.create(plan[DeploymentPlan.FACTORY], factory, DEPLOYER);
        vm.prank(makeAddr("stranger"));
        address taken = Create3Factory(factory).deploy(timelock_.salt, hex"600160005360016000f3");
        assertNotEq(taken, timelock_.target, "the stranger's address");
        assertEq(Create3Factory(factory).addressOf(DEPLOYER, timelock_.salt), timelock_.target, "ours");
        assertTrue(deployScript.create(timelock_, factory, DEPLOYER), "still free for us");
    }

    function test_PaysRevenueToTheTimelockUnlessAnotherIsNamed() public {
        Network memory network = NetworkFile.read("local-a");
        network.revenueReceiver = address(0);
        Planned[] memory plan = deployScript.deploy(network, DEPLOYER);
        pools = IPoolManager(plan[DeploymentPlan.POOL_MANAGER].target);
        assertEq(pools.revenueReceiver(), plan[DeploymentPlan.TIMELOCK].target, "revenue receiver");
    }

    function test_RevertWhen_OtherCodeIsThere() public {
        Network memory network = NetworkFile.read("local-a");
        Planned[] memory plan = deployScript.deploy(network, DEPLOYER);
        vm.etch(plan[DeploymentPlan.FIRST_FEED].target, hex"00");
        try deployScript.deploy(network, DEPLOYER) {
            revert("other code was accepted");
        } catch Error(string memory reason) {
            assertContains(reason, "PriceFeed:EUR/USD: other code at", "contract");
            assertContains(reason, vm.toString(keccak256(hex"00")), "actual hash");
            assertContains(reason, "RELEASE", "mend");
        }
    }

    function test_RevertWhen_ChainIsAnother() public {
        Network memory network = NetworkFile.read("local-b");
        vm.expectRevert("network local-b has chain id 31338, but the endpoint serves 31337; correct NETWORK or RPC_URL");
        deployScript.deploy(network, DEPLOYER);
    }

    function test_RevertWhen_ProxyIsMissing() public {
        Network memory network = NetworkFile.read("local-a");
        vm.etch(DeploymentPlan.PROXY, "");
        try deployScript.deploy(network, DEPLOYER) {
            revert("deployed without the proxy");
        } catch Error(string memory reason) {
            assertContains(reason, "docs/deployment.md", "mend");
        }
    }

    function test_RevertWhen_ConstructorRefuses() public {
        Network memory network = NetworkFile.read("local-a");
        network.feeds[1].parameters.maxDelay = type(uint16).max;
        try deployScript.deploy(network, DEPLOYER) {
            revert("deployed with limits out of range");
        } catch Error(string memory reason) {
            assertContains(reason, "PriceFeed:SPX/USD: its constructor refuses", "contract");
        }
    }
}
