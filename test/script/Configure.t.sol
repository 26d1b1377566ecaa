// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IReputationOracle} from "../../contracts/oracles/IReputationOracle.sol";
import {IBadges} from "../../contracts/skills/IBadges.sol";
import {ISkillDiscount} from "../../contracts/skills/ISkillDiscount.sol";
import {ISkillWallet} from "../../contracts/skills/ISkillWallet.sol";
import {IWalletRenderer} from "../../contracts/skills/IWalletRenderer.sol";
import {IPriceFeed} from "../../contracts/oracles/IPriceFeed.sol";
import {DeploymentPlan} from "../../script/DeploymentPlan.sol";
import {Planned} from "../../script/Plan.sol";
import {Network, NetworkFile} from "../../script/NetworkFile.sol";
import {Roles} from "../../script/Roles.sol";
import {Base} from "../Base.t.sol";

contract ConfigureTest is Base {
    /// @dev local-a with the hand-over of a public network.
    function handedOver() private view returns (Network memory network) {
        network = NetworkFile.read("local-a");
        network.deployerStays = false;
    }

    function test_SetsSignersLimitsAndRoles() public {
        Network memory network = NetworkFile.read("local-a");
        Planned[] memory plan = deployAndConfigure(network);
        (uint32 setId, address[] memory signers, uint8 threshold, uint8 strictThreshold) = verifier.currentSet();
        assertEq(setId, 1, "set id");
        assertEq(abi.encode(signers), abi.encode(network.signers), "signers");
        assertEq(threshold, 2, "threshold");
        assertEq(strictThreshold, 3, "strict threshold");
        assertTrue(hasRole(Roles.ADMIN, address(timelock)), "the Timelock is admin");
        assertTrue(hasRole(Roles.GUARDIAN, network.guardian), "guardian");
        assertTrue(hasRole(Roles.ADMIN, DEPLOYER), "the deployer stays on a local network");
        assertEq(
            access.getTargetFunctionRole(address(feedOf(plan, 0)), IPriceFeed.setParameters.selector),
            Roles.ORACLE_MANAGER,
            "role of setParameters"
        );
        assertTrue(hasRole(Roles.POOL_MANAGER, address(timelock)), "the Timelock sets protocol fees");
        assertEq(roleOf(pools.setProtocolFee.selector), Roles.POOL_MANAGER, "role of setProtocolFee");
        assertEq(roleOf(pools.setInitialProtocolFee.selector), Roles.POOL_MANAGER, "role of setInitialProtocolFee");
        assertEq(roleOf(pools.pause.selector), Roles.GUARDIAN, "role of pause");
        assertEq(roleOf(pools.setPause.selector), Roles.POOL_MANAGER, "role of setPause");
        assertEq(roleOf(pools.pauseManager.selector), Roles.GUARDIAN, "role of pauseManager");
        assertEq(roleOf(pools.setManagerPause.selector), Roles.POOL_MANAGER, "role of setManagerPause");
        assertEq(roleOf(pools.rampAmplification.selector), Roles.POOL_MANAGER, "role of rampAmplification");
        assertEq(roleOf(pools.setFlashFee.selector), Roles.POOL_MANAGER, "role of setFlashFee");
        assertEq(roleOf(pools.createPool.selector), Roles.ANYONE, "everyone creates pools");
        assertEq(pools.flashFee(), network.flashFee, "fee of flash loans");
        assertEq(access.getRoleGuardian(Roles.POOL_MANAGER), Roles.GUARDIAN, "guardian of POOL_MANAGER");
    }

    function test_GivesTheRolesOfSkills() public {
        Network memory network = NetworkFile.read("local-a");
        network.skillManagers = new address[](1);
        network.skillManagers[0] = makeAddr("manager of skills");
        Planned[] memory plan = deployAndConfigure(network);
        assertTrue(hasRole(Roles.SKILL_MANAGER, address(timelock)), "the Timelock");
        assertTrue(hasRole(Roles.SKILL_MANAGER, network.skillManagers[0]), "the named account");
        assertEq(access.getRoleGuardian(Roles.SKILL_MANAGER), Roles.GUARDIAN, "guardian of SKILL_MANAGER");
        address wallet = DeploymentPlan.find(plan, "SkillWallet").target;
        address badges = DeploymentPlan.find(plan, "Badges").target;
        address reputation = DeploymentPlan.find(plan, "ReputationOracle").target;
        ISkillWallet w = ISkillWallet(wallet);
        assertEq(roleAt(wallet, w.defineSkill.selector), Roles.SKILL_MANAGER, "defineSkill");
        assertEq(roleAt(wallet, w.openSkill.selector), Roles.SKILL_MANAGER, "openSkill");
        assertEq(roleAt(wallet, w.setValidator.selector), Roles.SKILL_MANAGER, "setValidator");
        assertEq(roleAt(wallet, w.burnByIssuer.selector), Roles.ADMIN, "burnByIssuer");
        assertEq(roleAt(wallet, w.vetoRecoveryByGovernance.selector), Roles.ADMIN, "vetoRecoveryByGovernance");
        assertEq(roleAt(wallet, w.setRenderer.selector), Roles.ADMIN, "setRenderer");
        assertEq(roleAt(badges, IBadges.createBadge.selector), Roles.SKILL_MANAGER, "createBadge");
        assertEq(roleAt(badges, IBadges.setMinter.selector), Roles.SKILL_MANAGER, "setMinter");
        assertEq(roleAt(badges, IBadges.setFrozen.selector), Roles.SKILL_MANAGER, "setFrozen");
        assertEq(roleAt(badges, IBadges.setRoyalty.selector), Roles.SKILL_MANAGER, "setRoyalty");
        assertEq(roleAt(badges, IBadges.setURI.selector), Roles.SKILL_MANAGER, "setURI");
        assertEq(roleAt(reputation, IReputationOracle.veto.selector), Roles.GUARDIAN, "veto");
        assertEq(roleAt(reputation, IReputationOracle.setParameters.selector), Roles.ORACLE_MANAGER, "limits");
        address discount = DeploymentPlan.find(plan, "SkillDiscount").target;
        assertEq(roleAt(discount, ISkillDiscount.setTerms.selector), Roles.POOL_MANAGER, "setTerms");
    }

    function test_RerunAppliesWhatChangedOfSkills() public {
        Network memory network = NetworkFile.read("local-a");
        Planned[] memory plan = deployAndConfigure(network);
        ISkillWallet wallet = ISkillWallet(DeploymentPlan.find(plan, "SkillWallet").target);
        vm.prank(DEPLOYER);
        wallet.setRenderer(IWalletRenderer(address(0xBEEF)));
        network.reputation.maxMove = 77;
        network.discount.maxAge = 99;
        network.badgeUri = "ipfs://other/{id}";
        configureScript.configure(network, DEPLOYER);
        assertEq(address(wallet.renderer()), DeploymentPlan.find(plan, "WalletRenderer").target, "renderer");
        IReputationOracle reputation = IReputationOracle(DeploymentPlan.find(plan, "ReputationOracle").target);
        assertEq(reputation.parameters().maxMove, 77, "limits of scores");
        assertEq(ISkillDiscount(DeploymentPlan.find(plan, "SkillDiscount").target).terms().maxAge, 99, "terms");
        assertEq(IBadges(DeploymentPlan.find(plan, "Badges").target).uri(0), "ipfs://other/{id}", "metadata of badges");
    }

    function test_OnlyNamedAccountsCreatePoolsWhereTheFileSaysSo() public {
        Network memory network = startChain("local-b");
        deployAndConfigure(network);
        assertEq(roleOf(pools.createPool.selector), Roles.POOL_CREATOR, "role of createPool");
        assertTrue(hasRole(Roles.POOL_CREATOR, network.poolCreators[0]), "the named account");
        assertTrue(hasRole(Roles.POOL_CREATOR, address(timelock)), "the Timelock");
        assertFalse(hasRole(Roles.POOL_CREATOR, DEPLOYER), "nobody else");
    }

    function test_RerunSendsNothing() public {
        Network memory network = handedOver();
        deployAndConfigure(network);
        uint256 nonce = vm.getNonce(DEPLOYER);
        configureScript.configure(network, DEPLOYER);
        assertEq(vm.getNonce(DEPLOYER), nonce, "transactions of the rerun");
    }

    function test_RerunAppliesWhatChangedInTheFile() public {
        Network memory network = NetworkFile.read("local-a");
        Planned[] memory plan = deployAndConfigure(network);
        network.feeds[2].parameters.breakerBps = 77;
        network.threshold = 3;
        (network.initialProtocolFeeBps, network.flashFee) = (750, 90);
        (network.anyoneCreatesPools, network.poolCreators) = (false, new address[](1));
        network.poolCreators[0] = makeAddr("creator");
        configureScript.configure(network, DEPLOYER);
        assertEq(pools.initialProtocolFeeBps(), 750, "initial protocol fee");
        assertEq(pools.flashFee(), 90, "fee of flash loans");
        assertEq(roleOf(pools.createPool.selector), Roles.POOL_CREATOR, "closed");
        assertTrue(hasRole(Roles.POOL_CREATOR, network.poolCreators[0]), "creator");
        assertEq(feedOf(plan, 2).parameters().breakerBps, 77, "breaker");
        assertEq(verifier.currentSetId(), 2, "rotated");
    }

    function test_HandOverLeavesTheDeployerNothing() public {
        Planned[] memory plan = deployAndConfigure(handedOver());
        for (uint64 role = 0; role <= Roles.LAST; ++role) {
            assertFalse(hasRole(role, DEPLOYER), "role of the deployer");
        }
        IPriceFeed feed = feedOf(plan, 0);
        IPriceFeed.Parameters memory parameters = feed.parameters();
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, DEPLOYER));
        vm.prank(DEPLOYER);
        feed.setParameters(parameters);
    }

    function test_HandOverKeepsWhatTheFileGivesTheDeployer() public {
        Network memory network = handedOver();
        (network.anyoneCreatesPools, network.poolCreators) = (false, new address[](1));
        network.poolCreators[0] = DEPLOYER;
        deployAndConfigure(network);
        assertTrue(hasRole(Roles.POOL_CREATOR, DEPLOYER), "the file names it");
        assertFalse(hasRole(Roles.ADMIN, DEPLOYER), "handed over");
    }

    function test_ResumesFromBetweenGrantAndRenounce() public {
        Network memory network = NetworkFile.read("local-a");
        deployAndConfigure(network);
        network.deployerStays = false;
        configureScript.configure(network, DEPLOYER);
        assertFalse(hasRole(Roles.ADMIN, DEPLOYER), "handed over by the second run");
        assertTrue(hasRole(Roles.ADMIN, address(timelock)), "to the Timelock");
    }

    function test_TimelockGovernsAfterTheHandOver() public {
        Network memory network = handedOver();
        Planned[] memory plan = deployAndConfigure(network);
        address feed = address(feedOf(plan, 0));
        bytes memory call = abi.encodeCall(IPriceFeed.setParameters, (IPriceFeed.Parameters(60, 250, 90)));
        vm.prank(network.proposers[0]);
        timelock.schedule(feed, 0, call, bytes32(0), bytes32(0), network.timelockDelay);
        vm.warp(block.timestamp + network.timelockDelay);
        vm.prank(network.executors[0]);
        timelock.execute(feed, 0, call, bytes32(0), bytes32(0));
        assertEq(IPriceFeed(feed).parameters().breakerBps, 250, "set by the Timelock");
    }

    function test_RevertWhen_FileChangesAfterTheHandOver() public {
        Network memory network = handedOver();
        deployAndConfigure(network);
        network.threshold = 3;
        try configureScript.configure(network, DEPLOYER) {
            revert("configured without being admin");
        } catch Error(string memory reason) {
            assertContains(reason, "QuorumVerifier.rotate", "call");
            assertContains(reason, "let the Timelock schedule the call", "mend");
        }
    }

    function test_RevertWhen_NothingIsDeployed() public {
        Network memory network = NetworkFile.read("local-a");
        try configureScript.configure(network, DEPLOYER) {
            revert("configured nothing");
        } catch Error(string memory reason) {
            assertContains(reason, "run Deploy first", "mend");
        }
    }

    function roleOf(bytes4 selector) private view returns (uint64) {
        return access.getTargetFunctionRole(address(pools), selector);
    }

    function roleAt(address target, bytes4 selector) private view returns (uint64) {
        return access.getTargetFunctionRole(target, selector);
    }

    function hasRole(uint64 role, address account) private view returns (bool isMember) {
        (isMember,) = access.hasRole(role, account);
    }
}
