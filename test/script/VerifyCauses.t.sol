// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPriceFeed} from "../../contracts/oracles/IPriceFeed.sol";
import {IBadges} from "../../contracts/skills/IBadges.sol";
import {ISkillLedger} from "../../contracts/skills/ISkillLedger.sol";
import {ISkillWallet} from "../../contracts/skills/ISkillWallet.sol";
import {DeploymentPlan} from "../../script/DeploymentPlan.sol";
import {Network} from "../../script/NetworkFile.sol";
import {Planned} from "../../script/Plan.sol";
import {Roles} from "../../script/Roles.sol";
import {Difference} from "../../script/verify/Differences.sol";
import {Verification} from "./Verification.sol";

/// @notice What the Timelock did is named where the file did not follow, and covers nothing besides: DEPLOY-7,
/// DEPLOY-13.
contract VerifyCausesTest is Verification {
    Planned[] private plan;

    function setUp() public override {
        super.setUp();
        Planned[] memory made = deployAndConfigure(handedOver());
        for (uint256 i = 0; i < made.length; ++i) {
            plan.push(made[i]);
        }
        record = recordOf(made);
        asSentBy(handedOver().executors[0]);
    }

    function targetOf(string memory name) private view returns (address) {
        return DeploymentPlan.find(plan, name).target;
    }

    /// @dev As proposers and executors do it.
    function govern(address target, bytes memory call) private {
        schedule(target, call);
        execute(target, call);
    }

    function schedule(address target, bytes memory call) private {
        Network memory network = handedOver();
        vm.prank(network.proposers[0]);
        timelock.schedule(target, 0, call, 0, 0, network.timelockDelay);
        vm.warp(vm.getBlockTimestamp() + network.timelockDelay);
    }

    function execute(address target, bytes memory call) private {
        address executor = handedOver().executors[0];
        vm.prank(executor);
        timelock.execute(target, 0, call, 0, 0);
    }

    function assertNamed(string memory difference, bytes memory call) private {
        assertDiffers(handedOver(), string.concat("; the Timelock made it so by ", vm.toString(call), " in 0x"));
        assertDiffers(handedOver(), difference);
    }

    function test_DEPLOY13_TheCallThatChangedAValueIsNamed() public {
        address feed = targetOf("PriceFeed:BTC/USD");
        bytes memory first = abi.encodeCall(IPriceFeed.setParameters, (IPriceFeed.Parameters(60, 4000, 10)));
        bytes memory last = abi.encodeCall(IPriceFeed.setParameters, (IPriceFeed.Parameters(90, 4000, 10)));
        govern(feed, first);
        govern(feed, last);
        assertNamed("PriceFeed:BTC/USD, maxDelay: expected 120, actual 90", last);
        // The file follows: nothing differs.
        Network memory network = handedOver();
        network.feeds[3].parameters.maxDelay = 90;
        assertVerifies(network);
    }

    function test_DEPLOY13_TheCallThatGaveARoleIsNamed() public {
        bytes memory other = abi.encodeCall(access.grantRole, (Roles.POOL_CREATOR, STRANGER, 0));
        bytes memory call = abi.encodeCall(access.grantRole, (Roles.ADMIN, STRANGER, 0));
        govern(address(access), call);
        assertNamed("members of ADMIN: expected those of the network file", call);
        govern(address(access), abi.encodeCall(access.revokeRole, (Roles.ADMIN, STRANGER)));
        assertVerifies(handedOver());
        govern(address(access), other);
        assertNamed("members of POOL_CREATOR", other);
    }

    function test_DEPLOY13_TheCallThatOpenedAFunctionIsNamed() public {
        bytes4[] memory selectors = new bytes4[](2);
        (selectors[0], selectors[1]) = (ISkillWallet.setRenderer.selector, ISkillWallet.burnByIssuer.selector);
        address wallet = targetOf("SkillWallet");
        bytes memory call = abi.encodeCall(access.setTargetFunctionRole, (wallet, selectors, Roles.ANYONE));
        govern(address(access), call);
        assertNamed("role of SkillWallet.burnByIssuer: expected ADMIN, actual ANYONE", call);
    }

    function test_DEPLOY13_WhatTheTimelockDidNotDoIsNotSaidToBeIts() public {
        govern(address(access), abi.encodeCall(access.labelRole, (Roles.GUARDIAN, "GUARDIANS")));
        vm.prank(address(timelock));
        access.grantRole(Roles.ADMIN, STRANGER, 0);
        Difference[] memory differences = verifyScript.compare(handedOver(), record, readLogs());
        assertEq(differences.length, 1, "DEPLOY-13: one difference");
        assertFalse(vm.contains(differences[0].fix, "the Timelock made it so"), "DEPLOY-13: no call did it");
    }

    function test_DEPLOY7_EveryCallOfTheTimelockIsLawful() public {
        address wallet = targetOf("SkillWallet");
        address badges = targetOf("Badges");
        ISkillLedger.SkillPolicy memory policy = ISkillLedger.SkillPolicy(1, 0, 100, 0, 0, type(uint32).max);
        govern(wallet, abi.encodeCall(ISkillLedger.defineSkill, ("Solidity", policy)));
        govern(wallet, abi.encodeCall(ISkillLedger.openSkill, (1, false)));
        govern(wallet, abi.encodeCall(ISkillLedger.setValidator, (STRANGER, 1, true)));
        IBadges.BadgePolicy memory rules = IBadges.BadgePolicy(false, true, false, 9, 0, 0, 0, 0);
        govern(badges, abi.encodeCall(IBadges.createBadge, (2 << 8, rules)));
        govern(badges, abi.encodeCall(IBadges.setMinter, (STRANGER, 2, true)));
        govern(badges, abi.encodeCall(IBadges.setRoyalty, (2 << 8, STRANGER, 100)));
        govern(badges, abi.encodeCall(IBadges.setAccountFrozen, (STRANGER, 2 << 8, true)));
        govern(address(pools), abi.encodeCall(pools.setManagerPause, (1, vm.getBlockTimestamp() + 1 days)));
        assertVerifies(handedOver());
    }

    /// @dev Somebody with a role for a day acts in the transaction of a lawful call to the same contract.
    function test_DEPLOY7_ACallOfTheTimelockCoversItsOwnEffectAlone() public {
        ISkillLedger wallet = ISkillLedger(targetOf("SkillWallet"));
        IBadges badges = IBadges(targetOf("Badges"));
        ISkillLedger.SkillPolicy memory policy = ISkillLedger.SkillPolicy(1, 0, 100, 0, 0, type(uint32).max);
        govern(address(wallet), abi.encodeCall(wallet.defineSkill, ("Solidity", policy)));
        vm.prank(address(timelock));
        access.grantRole(Roles.SKILL_MANAGER, STRANGER, 0);
        bytes memory lawful = abi.encodeCall(wallet.setValidator, (address(7), 1, true));
        bytes memory badge = abi.encodeCall(badges.setURI, (handedOver().badgeUri));
        schedule(address(wallet), lawful);
        schedule(address(badges), badge);
        asSentBy(STRANGER);
        vm.startPrank(STRANGER);
        wallet.setValidator(STRANGER, 1, true);
        badges.createBadge(1 << 8 | 31, IBadges.BadgePolicy(true, false, false, type(uint64).max, 0, 0, 0, 0));
        badges.setMinter(STRANGER, 1, true);
        vm.stopPrank();
        execute(address(wallet), lawful);
        execute(address(badges), badge);
        vm.prank(address(timelock));
        access.revokeRole(Roles.SKILL_MANAGER, STRANGER);
        assertCount(handedOver(), "act of SKILL_MANAGER", 3);
        assertCount(handedOver(), "SkillWallet, act of SKILL_MANAGER", 1);
    }
}
