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
import {DeploymentPlan} from "../../script/DeploymentPlan.sol";
import {Planned} from "../../script/Plan.sol";
import {Network, NetworkFile} from "../../script/NetworkFile.sol";
import {Base} from "../Base.t.sol";

contract DeployTest is Base {
    function test_PutsEveryContractInPlace() public {
        Network memory network = NetworkFile.read("local-a");
        Planned[] memory plan = deployScript.deploy(network, DEPLOYER);
        assertGe(plan.length, 16 + network.feeds.length, "contracts");
        assertEq(vm.getNonce(DEPLOYER), plan.length, "one transaction each");
        PriceFeed feed = feedOf(plan, 0);
        assertEq(feed.description(), network.feeds[0].description, "description");
        assertEq(feed.decimals(), network.feeds[0].decimals, "decimals");
        assertEq(feed.feedId(), bytes32("EUR/USD"), "feed id");
        assertEq(address(feed.verifier()), DeploymentPlan.find(plan, "QuorumVerifier").target, "verifier");
        assertEq(feed.authority(), DeploymentPlan.find(plan, "AccessManager").target, "authority");
        pools = IPoolManager(DeploymentPlan.find(plan, "PoolManager").target);
        assertEq(pools.revenueReceiver(), network.revenueReceiver, "revenue receiver");
        assertEq(pools.initialProtocolFeeBps(), network.initialProtocolFeeBps, "initial protocol fee");
        assertEq(pools.authority(), feed.authority(), "authority of the pools");
        assertEq(pools.wrappedNative(), network.wrappedNative, "wrapped native coin");
        PoolShareTokenFactory tokens = PoolShareTokenFactory(DeploymentPlan.find(plan, "PoolShareTokenFactory").target);
        assertEq(address(tokens.manager()), address(pools), "manager of the share tokens");
    }

    function test_PutsTheSkillsInPlace() public {
        Network memory network = NetworkFile.read("local-a");
        Planned[] memory plan = deployScript.deploy(network, DEPLOYER);
        SkillWallet wallet = SkillWallet(DeploymentPlan.find(plan, "SkillWallet").target);
        Badges badges = Badges(DeploymentPlan.find(plan, "Badges").target);
        ReputationOracle reputation = ReputationOracle(DeploymentPlan.find(plan, "ReputationOracle").target);
        SkillDiscount discount = SkillDiscount(DeploymentPlan.find(plan, "SkillDiscount").target);
        address authority = DeploymentPlan.find(plan, "AccessManager").target;
        assertEq(wallet.authority(), authority, "authority of wallets");
        assertEq(badges.authority(), authority, "authority of badges");
        assertEq(reputation.authority(), authority, "authority of scores");
        assertEq(discount.authority(), authority, "authority of discounts");
        assertEq(address(wallet.renderer()), DeploymentPlan.find(plan, "WalletRenderer").target, "renderer");
        assertEq(address(badges.registry()), address(wallet), "wallets of the badges");
        assertEq(badges.uri(1), network.badgeUri, "metadata of badges");
        assertEq(address(reputation.verifier()), DeploymentPlan.find(plan, "QuorumVerifier").target, "verifier");
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
        for (uint256 i = 0; i < ours.length; ++i) {
            // What obeys nobody is the same for everybody.
            bytes32 name = keccak256(bytes(ours[i].name));
            if (name == keccak256("Create3Factory") || name == keccak256("WalletRenderer")) continue;
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
                assertTrue(
                    deployScript.create(plan[i], DeploymentPlan.find(plan, "Create3Factory").target, DEPLOYER),
                    "created"
                );
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
        Planned memory factory = DeploymentPlan.find(plan, "Create3Factory");
        vm.prank(makeAddr("stranger"));
        (bool success,) = DeploymentPlan.PROXY.call(bytes.concat(factory.salt, factory.creationCode));
        assertTrue(success, "created by a stranger");
        deployScript.deploy(network, DEPLOYER);
        assertEq(vm.getNonce(DEPLOYER), plan.length - 1, "the factory was skipped");
    }

    function test_StrangerCannotTakeOurAddress() public {
        Planned[] memory plan = deployScript.plan(NetworkFile.read("local-a"), DEPLOYER);
        Planned memory timelock_ = DeploymentPlan.find(plan, "TimelockController");
        address factory = DeploymentPlan.find(plan, "Create3Factory").target;
        deployScript.create(DeploymentPlan.find(plan, "Create3Factory"), factory, DEPLOYER);
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
        pools = IPoolManager(DeploymentPlan.find(plan, "PoolManager").target);
        assertEq(pools.revenueReceiver(), DeploymentPlan.find(plan, "TimelockController").target, "revenue receiver");
    }

    function test_RevertWhen_OtherCodeIsThere() public {
        Network memory network = NetworkFile.read("local-a");
        Planned[] memory plan = deployScript.deploy(network, DEPLOYER);
        vm.etch(DeploymentPlan.find(plan, "PriceFeed:EUR/USD").target, hex"00");
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
