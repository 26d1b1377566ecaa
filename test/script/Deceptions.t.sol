// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Verification} from "./Verification.sol";
import {IPriceFeed} from "../../contracts/oracles/IPriceFeed.sol";
import {IQuorumVerifier} from "../../contracts/oracles/IQuorumVerifier.sol";
import {IReputationOracle} from "../../contracts/oracles/IReputationOracle.sol";
import {IBadges} from "../../contracts/skills/IBadges.sol";
import {ISkillDiscount} from "../../contracts/skills/ISkillDiscount.sol";
import {ISkillLedger} from "../../contracts/skills/ISkillLedger.sol";
import {ISkillWallet} from "../../contracts/skills/ISkillWallet.sol";
import {IWalletRenderer} from "../../contracts/skills/IWalletRenderer.sol";
import {DeploymentPlan} from "../../script/DeploymentPlan.sol";
import {Network} from "../../script/NetworkFile.sol";
import {Planned} from "../../script/Plan.sol";
import {Roles} from "../../script/Roles.sol";

/// @notice Tables of ways to deceive whoever reads a verification: what the deployer leaves behind before the
/// hand-over, what anybody who governs does after it without the network file. Each ends in a difference: DEPLOY-1,
/// DEPLOY-2, DEPLOY-6, DEPLOY-7.
contract DeceptionsTest is Verification {
    /// @dev One way: what is done, and the difference that names it.
    struct Deception {
        function() internal act;
        string found;
    }

    uint64 private constant UNKNOWN = 77;
    bytes4 private constant NO_FUNCTION = 0x12345678;

    Deception[] private _table;
    Planned[] private _plan;

    function named(string memory name) private view returns (address) {
        return DeploymentPlan.find(_plan, name).target;
    }

    function keep(Planned[] memory plan) private {
        for (uint256 i = 0; i < plan.length; ++i) {
            _plan.push(plan[i]);
        }
        record = recordOf(plan);
        takeContracts(plan);
    }

    function add(function() internal act, string memory found) private {
        _table.push(Deception(act, found));
    }

    /// @dev DECEPTIONS=all tries every row, else every fourth: each is a verification of its own.
    function step() private view returns (uint256) {
        return keccak256(bytes(vm.envOr("DECEPTIONS", string("")))) == keccak256("all") ? 1 : 4;
    }

    /// @dev What a deployer does between Deploy and Configure.
    function test_DEPLOY2_NothingThatADeployerLeavesBehindPasses() public {
        vm.pauseGasMetering();
        Network memory network = handedOver();
        keep(deployScript.deploy(network, DEPLOYER));
        beforeTheHandOver();
        readLogs();
        for (uint256 i = 0; i < _table.length; i += step()) {
            uint256 state = vm.snapshotState();
            vm.startPrank(DEPLOYER);
            _table[i].act();
            vm.stopPrank();
            asSentBy(DEPLOYER);
            configureScript.configure(network, DEPLOYER);
            assertDiffers(network, _table[i].found);
            vm.revertToState(state);
        }
        configureScript.configure(network, DEPLOYER);
        assertVerifies(network);
    }

    function beforeTheHandOver() private {
        add(adminForAStranger, "AccessManager, members of ADMIN: expected those of the network file, actual also ");
        add(managerForAStranger, "AccessManager, members of ORACLE_MANAGER: ");
        add(roleOfNobodyKnown, "AccessManager, members of 77: ");
        add(functionOfNobodyKnown, "AccessManager, role of PoolManager.0x12345678: expected ADMIN, actual 77");
        add(functionOfAViewGivenAway, "AccessManager, role of QuorumVerifier.currentSet");
        add(adminOfARole, "AccessManager, admin of POOL_MANAGER: expected ADMIN, actual 77");
        add(guardianOfARole, "AccessManager, guardian of GUARDIAN: expected ADMIN, actual 77");
        add(grantDelay, "AccessManager, grant delay of SKILL_MANAGER to come: expected 0, actual 4294967295");
        add(adminDelay, "AccessManager, admin delay of Badges to come: expected 0, actual 4294967295");
        add(closed, "AccessManager, WalletRenderer is closed: expected false, actual true");
        add(delayedGuardian, "AccessManager, delay of GUARDIAN of the guardian: expected 0, actual 259200");
        add(roleToCome, "AccessManager, members of POOL_MANAGER: ");
        add(scheduled, "AccessManager, scheduled operation 0x");
        add(ownSigners, "QuorumVerifier, signer sets before the hand-over: expected 1, actual 2");
        add(ownSkill, "SkillWallet, act of SKILL_MANAGER, SkillWallet.SkillDefined");
        add(ownValidator, "SkillWallet, act of SKILL_MANAGER, SkillWallet.ValidatorSet");
        add(ownBadge, "Badges, act of SKILL_MANAGER, Badges.BadgeCreated");
        add(ownMinter, "Badges, act of SKILL_MANAGER, Badges.MinterSet");
        add(ownRoyalty, "Badges, act of SKILL_MANAGER, Badges.RoyaltySet");
        add(pauseForGood, "PoolManager, act of GUARDIAN, PoolManager.ManagerPauseSet");
    }

    function adminForAStranger() private {
        access.grantRole(Roles.ADMIN, STRANGER, 0);
    }

    function managerForAStranger() private {
        access.grantRole(Roles.ORACLE_MANAGER, STRANGER, 0);
    }

    function roleOfNobodyKnown() private {
        access.grantRole(UNKNOWN, STRANGER, 0);
    }

    function functionOfNobodyKnown() private {
        give(named("PoolManager"), NO_FUNCTION, UNKNOWN);
    }

    function functionOfAViewGivenAway() private {
        give(named("QuorumVerifier"), IQuorumVerifier.currentSet.selector, UNKNOWN);
    }

    function give(address target, bytes4 selector, uint64 role) private {
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = selector;
        access.setTargetFunctionRole(target, selectors, role);
    }

    function adminOfARole() private {
        access.grantRole(UNKNOWN, DEPLOYER, 0);
        access.setRoleAdmin(Roles.POOL_MANAGER, UNKNOWN);
    }

    function guardianOfARole() private {
        access.setRoleGuardian(Roles.GUARDIAN, UNKNOWN);
    }

    function grantDelay() private {
        access.setGrantDelay(Roles.SKILL_MANAGER, type(uint32).max);
    }

    function adminDelay() private {
        access.setTargetAdminDelay(named("Badges"), type(uint32).max);
    }

    function closed() private {
        access.setTargetClosed(named("WalletRenderer"), true);
    }

    /// @dev Configure makes it 0 again, from three days on.
    function delayedGuardian() private {
        access.grantRole(Roles.GUARDIAN, handedOver().guardian, 3 days);
    }

    /// @dev Nobody has it on the day of the verification.
    function roleToCome() private {
        access.setGrantDelay(Roles.POOL_MANAGER, 30 days);
        vm.warp(vm.getBlockTimestamp() + 6 days);
        access.grantRole(Roles.POOL_MANAGER, STRANGER, 0);
        access.setGrantDelay(Roles.POOL_MANAGER, 0);
    }

    function scheduled() private {
        access.grantRole(UNKNOWN, DEPLOYER, 1 days);
        give(named("SkillWallet"), ISkillWallet.setRenderer.selector, UNKNOWN);
        bytes memory call = abi.encodeCall(ISkillWallet.setRenderer, (IWalletRenderer(STRANGER)));
        access.schedule(named("SkillWallet"), call, uint48(vm.getBlockTimestamp() + 2 days));
        give(named("SkillWallet"), ISkillWallet.setRenderer.selector, Roles.ADMIN);
        access.revokeRole(UNKNOWN, DEPLOYER);
    }

    function ownSigners() private {
        (address[] memory own, uint8 two) = (new address[](3), 2);
        (own[0], own[1], own[2]) = (address(1), address(2), address(3));
        verifier.rotate(own, two, 3);
    }

    function ownSkill() private {
        ISkillLedger(named("SkillWallet"))
            .defineSkill("Own", ISkillLedger.SkillPolicy(1, 0, 100, 0, 0, type(uint32).max));
    }

    function ownValidator() private {
        ownSkill();
        ISkillLedger(named("SkillWallet")).setValidator(STRANGER, 1, true);
    }

    function ownBadge() private {
        IBadges(named("Badges"))
            .createBadge(1 << 8 | 31, IBadges.BadgePolicy(true, false, false, type(uint64).max, 0, 0, 0, 0));
    }

    function ownMinter() private {
        ownBadge();
        IBadges(named("Badges")).setMinter(STRANGER, 1, true);
    }

    function ownRoyalty() private {
        IBadges(named("Badges"))
            .createBadge(2 << 8, IBadges.BadgePolicy(false, false, false, type(uint64).max, 0, 0, 0, 0));
        IBadges(named("Badges")).setRoyalty(2 << 8, STRANGER, 100);
    }

    function pauseForGood() private {
        pools.setManagerPause(3, type(uint40).max);
    }

    /// @dev What whoever governs does without the network file, and what a stranger does with a right that it had for a
    /// while.
    function test_DEPLOY2_NoCallByGovernancePassesUnlessTheFileFollows() public {
        vm.pauseGasMetering();
        Network memory network = handedOver();
        keep(deployAndConfigure(network));
        afterTheHandOver();
        assertVerifies(network);
        for (uint256 i = 0; i < _table.length; i += step()) {
            uint256 state = vm.snapshotState();
            asSentBy(STRANGER);
            vm.startPrank(address(timelock));
            _table[i].act();
            vm.stopPrank();
            assertDiffers(network, _table[i].found);
            vm.revertToState(state);
        }
        assertVerifies(network);
    }

    function afterTheHandOver() private {
        add(adminForAStranger, "AccessManager, members of ADMIN: ");
        add(adminWithADelay, "AccessManager, delay of ADMIN of the Timelock: expected 0, actual 5");
        add(guardianGone, "AccessManager, GUARDIAN of the guardian: expected true, actual false");
        add(functionForEverybody, "AccessManager, role of SkillWallet.burnByIssuer: expected ADMIN, actual ANYONE");
        add(functionTakenAway, "AccessManager, role of PoolManager.pause: expected GUARDIAN, actual 77");
        add(otherAuthority, "Badges, authority: expected ");
        add(proposerForAStranger, "TimelockController, members of PROPOSER: ");
        add(executorForAll, "TimelockController, members of EXECUTOR: ");
        add(adminOfTheTimelock, "TimelockController, members of ADMIN: ");
        add(proposerGone, "TimelockController, proposer ");
        add(cancellerGone, "TimelockController, canceller ");
        add(noDelay, "TimelockController, minDelay: expected 5, actual 0");
        add(ownSigners, "QuorumVerifier, signers: expected ");
        add(feedLimits, "PriceFeed:BTC/USD, breakerBps: expected 4000, actual 9999");
        add(scoreLimits, "ReputationOracle, maxMove: expected 2500, actual 10000");
        add(loansForNothing, "PoolManager, flashFee: expected 500, actual 0");
        add(shareOfNewPools, "PoolManager, initialProtocolFeeBps: expected 1000, actual 5000");
        add(freeForAll, "SkillDiscount, maxBadgeBps: expected 3000, actual 10000");
        add(otherPictures, "SkillWallet, renderer: expected ");
        add(otherMetadata, "Badges, uri: expected ipfs://badges/{id}.json, actual https://example.org");
        add(managerForADay, "SkillWallet, act of SKILL_MANAGER, SkillWallet.ValidatorSet");
        add(closedPools, "AccessManager, PoolManager is closed: expected false, actual true");
    }

    function adminWithADelay() private {
        access.grantRole(Roles.ADMIN, address(timelock), 5);
    }

    function guardianGone() private {
        access.revokeRole(Roles.GUARDIAN, handedOver().guardian);
    }

    function functionForEverybody() private {
        give(named("SkillWallet"), ISkillWallet.burnByIssuer.selector, Roles.ANYONE);
    }

    function functionTakenAway() private {
        give(named("PoolManager"), pools.pause.selector, UNKNOWN);
    }

    /// @dev Any contract will do for an authority.
    function otherAuthority() private {
        access.updateAuthority(named("Badges"), named("WalletRenderer"));
    }

    function proposerForAStranger() private {
        timelock.grantRole(timelock.PROPOSER_ROLE(), STRANGER);
    }

    function executorForAll() private {
        timelock.grantRole(timelock.EXECUTOR_ROLE(), address(0));
    }

    function adminOfTheTimelock() private {
        timelock.grantRole(timelock.DEFAULT_ADMIN_ROLE(), STRANGER);
    }

    function proposerGone() private {
        timelock.revokeRole(timelock.PROPOSER_ROLE(), handedOver().proposers[0]);
    }

    function cancellerGone() private {
        timelock.revokeRole(timelock.CANCELLER_ROLE(), handedOver().proposers[0]);
    }

    function noDelay() private {
        timelock.updateDelay(0);
    }

    function feedLimits() private {
        IPriceFeed(named("PriceFeed:BTC/USD")).setParameters(IPriceFeed.Parameters(120, 9_999, 10));
    }

    function scoreLimits() private {
        IReputationOracle(named("ReputationOracle")).setParameters(IReputationOracle.Parameters(120, 5, 20, 10_000));
    }

    function loansForNothing() private {
        pools.setFlashFee(0);
    }

    function shareOfNewPools() private {
        pools.setInitialProtocolFee(5_000);
    }

    function freeForAll() private {
        ISkillDiscount(named("SkillDiscount")).setTerms(ISkillDiscount.Terms(1, 1_000, 10_000, 0, 604_800));
    }

    function otherPictures() private {
        ISkillWallet(named("SkillWallet")).setRenderer(IWalletRenderer(named("Badges")));
    }

    function otherMetadata() private {
        IBadges(named("Badges")).setURI("https://example.org");
    }

    /// @dev The role is gone when the verification asks; the right that it gave is not.
    function managerForADay() private {
        ISkillLedger wallet = ISkillLedger(named("SkillWallet"));
        wallet.defineSkill("Solidity", ISkillLedger.SkillPolicy(1, 0, 100, 0, 0, type(uint32).max));
        access.grantRole(Roles.SKILL_MANAGER, STRANGER, 0);
        vm.stopPrank();
        vm.prank(STRANGER);
        wallet.setValidator(STRANGER, 1, true);
        vm.prank(address(timelock));
        access.revokeRole(Roles.SKILL_MANAGER, STRANGER);
    }

    function closedPools() private {
        access.setTargetClosed(named("PoolManager"), true);
    }
}
