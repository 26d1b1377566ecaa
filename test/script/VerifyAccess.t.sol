// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IPriceFeed} from "../../contracts/oracles/IPriceFeed.sol";
import {IQuorumVerifier} from "../../contracts/oracles/IQuorumVerifier.sol";
import {ISkillLedger} from "../../contracts/skills/ISkillLedger.sol";
import {ISkillWallet} from "../../contracts/skills/ISkillWallet.sol";
import {IPoolAdmin} from "../../contracts/pools/IPoolAdmin.sol";
import {IBadges} from "../../contracts/skills/IBadges.sol";
import {artifact} from "../../script/Artifact.sol";
import {DeploymentPlan} from "../../script/DeploymentPlan.sol";
import {Network} from "../../script/NetworkFile.sol";
import {Planned} from "../../script/Plan.sol";
import {Roles} from "../../script/Roles.sol";
import {Verification} from "./Verification.sol";

/// @notice What a deployer leaves in the AccessManager or in the contracts before the hand-over is found: DEPLOY-2,
/// DEPLOY-6, DEPLOY-7.
contract VerifyAccessTest is Verification {
    /// @dev Deployed, not yet configured: the deployer is the only admin.
    function begin() private returns (Network memory network, Planned[] memory plan) {
        network = handedOver();
        plan = deployScript.deploy(network, DEPLOYER);
        record = recordOf(plan);
        takeContracts(plan);
    }

    function finish(Network memory network, string memory difference) private {
        asSentBy(DEPLOYER);
        configureScript.configure(network, DEPLOYER);
        assertDiffers(network, difference);
    }

    function targetOf(Planned[] memory plan, string memory name) private pure returns (address) {
        return DeploymentPlan.find(plan, name).target;
    }

    function test_DEPLOY6_AFunctionOfAdminGivenToAllIsFound() public {
        (Network memory network, Planned[] memory plan) = begin();
        bytes4[3] memory selectors = [
            ISkillWallet.burnByIssuer.selector,
            ISkillWallet.setRenderer.selector,
            bytes4(keccak256("vetoRecoveryByGovernance(uint256)"))
        ];
        string[3] memory names = ["burnByIssuer", "setRenderer", "vetoRecoveryByGovernance"];
        // Configure would close them again: a deployer that leaves them open does not run it last.
        configureScript.configure(network, DEPLOYER);
        for (uint256 i = 0; i < selectors.length; ++i) {
            open(address(timelock), targetOf(plan, "SkillWallet"), selectors[i]);
            assertDiffers(network, string.concat("role of SkillWallet.", names[i], ": expected ADMIN, actual ANYONE"));
        }
    }

    function test_DEPLOY6_AFunctionOfAModuleGivenToAllIsFound() public {
        (Network memory network, Planned[] memory plan) = begin();
        // Restricted or not: no function has a role that the plan does not give it.
        open(DEPLOYER, targetOf(plan, "PoolManager"), bytes4(keccak256("collectProtocolFee(uint256[])")));
        open(DEPLOYER, targetOf(plan, "PriceFeed:EUR/USD"), 0x12345678);
        finish(network, "role of PriceFeed:EUR/USD.0x12345678: expected ADMIN, actual ANYONE");
        assertDiffers(network, "AccessManager, role of PoolManager.");
    }

    function open(address admin, address target, bytes4 selector) private {
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = selector;
        vm.prank(admin);
        access.setTargetFunctionRole(target, selectors, Roles.ANYONE);
    }

    function test_DEPLOY6_DelaysThatFreezeGovernanceAreFound() public {
        (Network memory network, Planned[] memory plan) = begin();
        vm.startPrank(DEPLOYER);
        access.setTargetAdminDelay(targetOf(plan, "SkillWallet"), type(uint32).max);
        access.setGrantDelay(Roles.GUARDIAN, type(uint32).max);
        vm.stopPrank();
        finish(network, "AccessManager, admin delay of SkillWallet to come: expected 0, actual 4294967295");
        assertDiffers(network, "AccessManager, grant delay of GUARDIAN to come: expected 0, actual 4294967295");
        vm.warp(vm.getBlockTimestamp() + 6 days);
        assertDiffers(network, "AccessManager, admin delay of SkillWallet: expected 0, actual 4294967295");
        assertDiffers(network, "AccessManager, grant delay of GUARDIAN: expected 0, actual 4294967295");
        // Taken back, it still holds for as long as it was.
        vm.startPrank(address(timelock));
        access.setTargetAdminDelay(targetOf(plan, "SkillWallet"), 0);
        vm.stopPrank();
        assertDiffers(network, "AccessManager, admin delay of SkillWallet: expected 0, actual 4294967295");
    }

    function test_DEPLOY6_ADelayThatWasTakenBackInTimeIsNone() public {
        (Network memory network,) = begin();
        vm.startPrank(DEPLOYER);
        access.setGrantDelay(Roles.GUARDIAN, 1 days);
        access.setGrantDelay(Roles.GUARDIAN, 0);
        vm.stopPrank();
        configureScript.configure(network, DEPLOYER);
        assertVerifies(network);
    }

    function test_DEPLOY6_ARoleThatNobodyKnowsIsFound() public {
        (Network memory network, Planned[] memory plan) = begin();
        vm.startPrank(DEPLOYER);
        access.setRoleAdmin(77, 78);
        access.setRoleGuardian(Roles.GUARDIAN, 78);
        access.setTargetClosed(targetOf(plan, "WalletRenderer"), true);
        vm.stopPrank();
        finish(network, "AccessManager, admin of 77: expected ADMIN, actual 78");
        assertDiffers(network, "AccessManager, guardian of GUARDIAN: expected ADMIN, actual 78");
        assertDiffers(network, "AccessManager, WalletRenderer is closed: expected false, actual true");
    }

    function test_DEPLOY6_ADelayOfAMemberIsFound() public {
        (Network memory network,) = begin();
        configureScript.configure(network, DEPLOYER);
        assertVerifies(network);
        vm.prank(address(timelock));
        access.grantRole(Roles.GUARDIAN, network.guardian, 3 days);
        assertDiffers(network, "AccessManager, delay of GUARDIAN of the guardian: expected 0, actual 259200");
        vm.prank(address(timelock));
        access.grantRole(Roles.GUARDIAN, network.guardian, 0);
        assertDiffers(network, "delay of GUARDIAN of the guardian: expected 0, actual 259200");
        vm.warp(vm.getBlockTimestamp() + 3 days);
        assertVerifies(network);
    }

    function test_DEPLOY6_ARestrictedFunctionThatThePlanDoesNotNameIsFound() public {
        (Network memory network, Planned[] memory plan) = begin();
        configureScript.configure(network, DEPLOYER);
        // A function of the artifact that refuses all whom the AccessManager refuses, and that no domain names.
        address verifierTarget = targetOf(plan, "QuorumVerifier");
        vm.mockCallRevert(
            verifierTarget,
            abi.encodeWithSelector(IQuorumVerifier.currentSetId.selector, uint256(0)),
            abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, proberOf())
        );
        assertDiffers(network, "roles of QuorumVerifier.currentSetId(): expected open to all, actual restricted");
    }

    /// @dev Whom the next verification asks in the name of.
    function proberOf() private view returns (address) {
        return vm.computeCreateAddress(address(verifyScript), vm.getNonce(address(verifyScript)));
    }

    function test_DEPLOY6_AFunctionThatIsNotRestrictedIsFound() public {
        (Network memory network, Planned[] memory plan) = begin();
        configureScript.configure(network, DEPLOYER);
        // A wallet contract whose setRenderer answers everybody.
        address wallet = targetOf(plan, "SkillWallet");
        vm.mockCall(wallet, abi.encodeWithSelector(ISkillWallet.setRenderer.selector), "");
        assertDiffers(network, "roles of SkillWallet.setRenderer(address): expected restricted, actual open to all");
    }

    function test_DEPLOY7_RightsThatTheDeployerGaveAreFound() public {
        (Network memory network, Planned[] memory plan) = begin();
        ISkillWallet wallet = ISkillWallet(targetOf(plan, "SkillWallet"));
        IBadges badges = IBadges(targetOf(plan, "Badges"));
        vm.startPrank(DEPLOYER);
        wallet.defineSkill("Solidity", ISkillLedger.SkillPolicy(1, 0, 100, 0, 0, type(uint32).max));
        wallet.setValidator(STRANGER, 1, true);
        badges.createBadge(1 << 8 | 31, IBadges.BadgePolicy(true, false, false, type(uint64).max, 0, 0, 0, 0));
        badges.setMinter(DEPLOYER, 1, true);
        pools.setManagerPause(1, type(uint48).max);
        vm.stopPrank();
        finish(network, "SkillWallet, act of SKILL_MANAGER, ");
        assertCount(network, "act of SKILL_MANAGER", 4);
        assertCount(network, "PoolManager, act of GUARDIAN", 1);
        // Governance takes the rights back; what was defined stays, and is still named.
        vm.startPrank(address(timelock));
        access.grantRole(Roles.SKILL_MANAGER, address(timelock), 0);
        wallet.setValidator(STRANGER, 1, false);
        badges.setMinter(DEPLOYER, 1, false);
        vm.stopPrank();
        assertCount(network, "act of SKILL_MANAGER", 2);
    }

    function test_DEPLOY7_WhatAManagerOfTheFileDoesIsLawful() public {
        Network memory network = handedOver();
        address manager = makeAddr("manager");
        network.skillManagers = new address[](1);
        network.skillManagers[0] = manager;
        Planned[] memory plan = deployAndConfigure(network);
        record = recordOf(plan);
        asSentBy(manager);
        ISkillWallet wallet = ISkillWallet(targetOf(plan, "SkillWallet"));
        vm.startPrank(manager);
        wallet.defineSkill("Solidity", ISkillLedger.SkillPolicy(1, 0, 100, 0, 0, type(uint32).max));
        wallet.setValidator(STRANGER, 1, true);
        vm.stopPrank();
        assertVerifies(network);
        network.skillManagers = new address[](0);
        assertDiffers(network, "members of SKILL_MANAGER: expected those of the network file, actual also ");
    }

    function test_DEPLOY7_WhatTheTimelockExecutesIsLawful() public {
        Network memory network = handedOver();
        Planned[] memory plan = deployAndConfigure(network);
        record = recordOf(plan);
        address wallet = targetOf(plan, "SkillWallet");
        bytes memory call = abi.encodeCall(
            ISkillLedger.defineSkill, ("Solidity", ISkillLedger.SkillPolicy(1, 0, 100, 0, 0, type(uint32).max))
        );
        vm.prank(network.proposers[0]);
        timelock.schedule(wallet, 0, call, 0, 0, network.timelockDelay);
        vm.warp(vm.getBlockTimestamp() + network.timelockDelay);
        asSentBy(network.executors[0]);
        vm.prank(network.executors[0]);
        timelock.execute(wallet, 0, call, 0, 0);
        assertVerifies(network);
    }

    function createPool(address creator) private {
        address[] memory holders = new address[](1);
        holders[0] = creator;
        address a = deployCode(artifact("LocalToken"), abi.encode("A", "A", 18, holders, 1e30));
        address b = deployCode(artifact("LocalToken"), abi.encode("B", "B", 18, holders, 1e30));
        (a, b) = a < b ? (a, b) : (b, a);
        uint256 word = uint256(18) << 160 | uint256(500_000) << 168;
        uint256[] memory key = new uint256[](3);
        (key[0], key[1], key[2]) = (3_000, word | uint160(a), word | uint160(b));
        uint256[] memory first = new uint256[](2);
        (first[0], first[1]) = (1e24, 1e24);
        vm.startPrank(creator);
        IERC20(a).approve(address(pools), type(uint256).max);
        IERC20(b).approve(address(pools), type(uint256).max);
        pools.createPool(key, first, 0, creator, vm.getBlockTimestamp());
        vm.stopPrank();
    }

    function test_DEPLOY7_NobodySpoilsAVerificationByCreatingAPool() public {
        Network memory network = handedOver();
        record = recordOf(deployAndConfigure(network));
        asSentBy(STRANGER);
        createPool(STRANGER);
        assertVerifies(network);
        // The same, where pools are created by named accounts.
        network.anyoneCreatesPools = false;
        assertDiffers(network, "PoolManager, act of POOL_CREATOR, ");
    }

    function test_DEPLOY7_APoolFromBeforeTheOpeningIsFound() public {
        (Network memory network, Planned[] memory plan) = begin();
        // Another role for another function opens nothing.
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = IPoolAdmin.pause.selector;
        vm.prank(DEPLOYER);
        access.setTargetFunctionRole(targetOf(plan, "PoolManager"), selectors, Roles.GUARDIAN);
        createPool(DEPLOYER);
        finish(network, "PoolManager, act of ANYONE, ");
    }

    /// @dev What everybody may do with the manager says nothing about who may create a pool.
    function test_DEPLOY7_APoolIsNotExcusedByTheOpeningOfAnotherFunction() public {
        (Network memory network, Planned[] memory plan) = begin();
        open(DEPLOYER, targetOf(plan, "PoolManager"), IPoolAdmin.pauseManager.selector);
        createPool(DEPLOYER);
        finish(network, "PoolManager, act of ANYONE, ");
    }

    function test_DEPLOY7_APoolFromAfterAClosingIsFound() public {
        (Network memory network, Planned[] memory plan) = begin();
        address manager = targetOf(plan, "PoolManager");
        open(DEPLOYER, manager, IPoolAdmin.createPool.selector);
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = IPoolAdmin.createPool.selector;
        vm.prank(DEPLOYER);
        access.setTargetFunctionRole(manager, selectors, Roles.ADMIN);
        createPool(DEPLOYER);
        finish(network, "PoolManager, act of ANYONE, ");
    }

    function test_DEPLOY7_ASignerSetBeforeTheFilesIsFound() public {
        (Network memory network,) = begin();
        address[] memory own = new address[](3);
        (own[0], own[1], own[2]) = (address(1), address(2), address(3));
        vm.prank(DEPLOYER);
        verifier.rotate(own, 2, 3);
        finish(network, "QuorumVerifier, signer sets before the hand-over: expected 1, actual 2");
    }

    function test_DEPLOY6_EveryRestrictedFunctionIsNamed() public {
        Network memory network = handedOver();
        record = recordOf(deployAndConfigure(network));
        assertVerifies(network);
        // Where the AccessManager lets everybody in, a function is restricted all the same.
        IPriceFeed feed = IPriceFeed(targetOf(deployScript.plan(network, DEPLOYER), "PriceFeed:EUR/USD"));
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = feed.setParameters.selector;
        vm.prank(address(timelock));
        access.setTargetFunctionRole(address(feed), selectors, Roles.ANYONE);
        assertDiffers(network, "role of PriceFeed:EUR/USD.setParameters: expected ORACLE_MANAGER, actual ANYONE");
        assertCount(network, "open to all", 0);
    }
}
