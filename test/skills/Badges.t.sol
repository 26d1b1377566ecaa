// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IERC1155} from "@openzeppelin/contracts/interfaces/IERC1155.sol";
import {IERC1155Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IBadges} from "../../contracts/skills/IBadges.sol";
import {artifact} from "../../script/Artifact.sol";
import {ISkillLedger} from "../../contracts/skills/ISkillLedger.sol";
import {BadgeFixture} from "./BadgeFixture.sol";
import {GreedyReceiver} from "./GreedyReceiver.sol";

/// @notice BADGE-1 to BADGE-8, how badges are made and given; Badges.tree is the specification.
contract BadgesTest is BadgeFixture {
    uint256 private _wallet;

    function setUp() external {
        deployBadges();
        _wallet = mintFor(alice);
    }

    function _reason(bytes4 selector, uint256 id) private pure returns (bytes memory) {
        return abi.encodeWithSelector(selector, id);
    }

    function _unauthorized(address caller) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, caller);
    }

    // createBadge and the other settings

    function test_CreateBadge_RevertWhen_TheCallerHasNoRight() external {
        vm.startPrank(alice);
        bytes memory reason = _unauthorized(alice);
        vm.expectRevert(reason);
        badges.createBadge(idOf(4, 0), policy(true, 1, 0));
        vm.expectRevert(reason);
        badges.setMinter(alice, PLAIN, true);
        vm.expectRevert(reason);
        badges.setFrozen(_wallet, idOf(BOUND, 0), true);
        vm.expectRevert(reason);
        badges.setAccountFrozen(alice, idOf(PLAIN, 0), true);
        vm.expectRevert(reason);
        badges.setRoyalty(idOf(PLAIN, 0), alice, 1);
        vm.expectRevert(reason);
        badges.setURI("");
    }

    function test_CreateBadge_RevertWhen_TheBadgeExists() external {
        vm.expectRevert(_reason(IBadges.BadgeExists.selector, idOf(BOUND, 0)));
        badges.createBadge(idOf(BOUND, 0), policy(false, 1, 0));
    }

    function test_CreateBadge_RevertWhen_ThePolicyIsOutOfRange() external {
        for (uint256 i = 0; i < 9; ++i) {
            IBadges.BadgePolicy memory p = policy(true, 1, 0);
            uint256 id = idOf(9, 1);
            if (i == 0) id = idOf(9, 32);
            if (i == 1) p.cap = 0;
            if (i == 2) p.skill = 0;
            if (i == 3) p.level = 0;
            if (i == 4) (p.skill, p.level) = (0, 0);
            if (i == 5) (id, p.upgradeCost) = (idOf(BOUND, 2), 2);
            if (i == 6) (id, p.upgradeCost) = (idOf(9, 0), 1);
            // No tier below; one of the other nature.
            if (i == 7) p.upgradeCost = 1;
            if (i == 8) (id, p.upgradeCost) = (idOf(TRADED, 2), 1);
            vm.expectRevert(_reason(IBadges.BadgePolicyInvalid.selector, id));
            badges.createBadge(id, p);
        }
    }

    /// @dev BADGE-8, and so the next three.
    function test_CreateBadge_RevertWhen_TheSkillIsUnknown() external {
        IBadges.BadgePolicy memory p = policy(true, 1, 0);
        p.skill = 3;
        vm.expectRevert(abi.encodeWithSelector(ISkillLedger.SkillUnknown.selector, 3));
        badges.createBadge(idOf(9, 0), p);
    }

    function test_CreateBadge_RevertWhen_NobodyCanReachTheLevel() external {
        bytes memory reason = _reason(IBadges.BadgePolicyInvalid.selector, idOf(9, 0));
        IBadges.BadgePolicy memory p = policy(true, 21, 0);
        vm.expectRevert(reason);
        badges.createBadge(idOf(9, 0), p);
        p = policy(false, 255, 0);
        vm.expectRevert(reason);
        badges.createBadge(idOf(9, 0), p);
        badges.createBadge(idOf(9, 0), policy(true, 20, 0));
    }

    function test_CreateBadge_RevertWhen_ItHasExpired() external {
        IBadges.BadgePolicy memory p = policy(true, 1, 0);
        uint40[3] memory times = [uint40(1), uint40(START - 1), uint40(START)];
        for (uint256 i = 0; i < 3; ++i) {
            p.expiresAt = times[i];
            vm.expectRevert(_reason(IBadges.BadgePolicyInvalid.selector, idOf(9, 0)));
            badges.createBadge(idOf(9, 0), p);
        }
        p.expiresAt = uint40(START + 1);
        badges.createBadge(idOf(9, 0), p);
    }

    function test_CreateBadge_RevertWhen_TheKindTakesTooManySkills() external {
        for (uint16 i = 0; i < 5; ++i) {
            uint16 skill = skillWallet.defineSkill("Any", decayingPolicy());
            IBadges.BadgePolicy memory p = policy(true, 1, 0);
            p.skill = skill;
            if (i == 4) vm.expectRevert(abi.encodeWithSelector(IBadges.TooManySkills.selector, 9, 4));
            badges.createBadge(idOf(9, 31 - i), p);
            // One more of a skill that is there, one without, and another kind.
            if (i < 4) badges.createBadge(idOf(9, i), p);
            p.soulbound = false;
            badges.createBadge(idOf(10, i), p);
        }
        IBadges.BadgePolicy memory none = policy(true, 1, 0);
        (none.skill, none.level, none.claimable) = (0, 0, false);
        badges.createBadge(idOf(9, 20), none);
    }

    function test_CreateBadge_WhenThePolicyIsInRange() external {
        IBadges.BadgePolicy memory p = IBadges.BadgePolicy({
            soulbound: true,
            freezable: false,
            claimable: true,
            cap: type(uint64).max,
            expiresAt: type(uint40).max,
            skill: STEADY,
            level: 10,
            upgradeCost: 1
        });
        vm.expectEmit(address(badges));
        emit IBadges.BadgeCreated(idOf(BOUND, 2), p);
        badges.createBadge(idOf(BOUND, 2), p);
        assertEq(abi.encode(badges.policyOf(idOf(BOUND, 2))), abi.encode(p), "policy");
        vm.expectRevert(_reason(IBadges.BadgeUnknown.selector, idOf(BOUND, 3)));
        badges.policyOf(idOf(BOUND, 3));
        badges.setURI("https://example.org/{id}");
        assertEq(badges.uri(1), "https://example.org/{id}", "uri");
        assertEq(address(badges.registry()), address(skillWallet), "registry");
    }

    // mint

    function test_Mint_RevertWhen_TheCallerIsNoMinterOfTheKind() external {
        badges.setMinter(bob, PLAIN, true);
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(IBadges.MinterNotAllowed.selector, bob, TRADED));
        badges.mint(alice, idOf(TRADED, 0), 1, "");
        badges.setMinter(bob, PLAIN, false);
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(IBadges.MinterNotAllowed.selector, bob, PLAIN));
        badges.mint(alice, idOf(PLAIN, 0), 1, "");
        assertFalse(badges.isMinter(bob, PLAIN), "no minter");
    }

    function test_Mint_RevertWhen_TheBadgeIsUnknown() external {
        vm.expectRevert(_reason(IBadges.BadgeUnknown.selector, idOf(PLAIN, 1)));
        badges.mint(alice, idOf(PLAIN, 1), 1, "");
    }

    function test_Mint_RevertWhen_TheCapWouldBeExceeded() external {
        uint256 id = idOf(TRADED, 0);
        badges.mint(alice, id, CAP, "");
        vm.expectRevert(abi.encodeWithSelector(IBadges.CapExceeded.selector, id, CAP, CAP));
        badges.mint(alice, id, 1, "");
        vm.expectRevert(abi.encodeWithSelector(IBadges.CapExceeded.selector, idOf(TRADED, 1), 0, CAP));
        badges.mint(alice, idOf(TRADED, 1), type(uint256).max, "");
        assertEq(badges.totalSupply(id), CAP, "supply");
    }

    function test_Mint_RevertWhen_TheBadgeHasExpired() external {
        IBadges.BadgePolicy memory p = policy(false, 1, 0);
        p.expiresAt = uint40(START + 10);
        badges.createBadge(idOf(PLAIN, 1), p);
        vm.warp(START + 9);
        badges.mint(alice, idOf(PLAIN, 1), 1, "");
        vm.warp(START + 10);
        vm.expectRevert(_reason(IBadges.BadgeExpired.selector, idOf(PLAIN, 1)));
        badges.mint(alice, idOf(PLAIN, 1), 1, "");
    }

    function test_Mint_RevertWhen_ASoulboundBadgeGoesToAnAccountWithoutAWallet() external {
        vm.expectRevert(abi.encodeWithSelector(IBadges.AccountHasNoWallet.selector, bob));
        badges.mint(bob, idOf(BOUND, 0), 1, "");
    }

    function test_Mint_RevertWhen_ASoulboundBadgeIsMintedTwiceOrInNumbers() external {
        vm.expectRevert(_reason(IBadges.AmountInvalid.selector, 2));
        badges.mint(alice, idOf(BOUND, 0), 2, "");
        vm.expectRevert(_reason(IBadges.AmountInvalid.selector, 0));
        badges.mint(alice, idOf(BOUND, 0), 0, "");
        badges.mint(alice, idOf(BOUND, 0), 1, "");
        vm.expectRevert(_reason(IBadges.BadgeAlreadyHeld.selector, idOf(BOUND, 0)));
        badges.mint(alice, idOf(BOUND, 0), 1, "");
    }

    function test_Mint_RevertWhen_TheReceiverIsAContractThatRefuses() external {
        GreedyReceiver receiver =
            GreedyReceiver(deployCode(artifact("GreedyReceiver"), abi.encode(skillWallet, badges)));
        receiver.refuse();
        for (uint256 kind = BOUND; kind <= TRADED; ++kind) {
            vm.expectRevert();
            badges.mint(address(receiver), idOf(kind, 0), 1, "");
        }
        assertEq(badges.totalSupply(idOf(BOUND, 0)), 0, "nothing minted");
    }

    function test_Mint_WhenTheReceiverMintsMoreInTheCallback() external {
        for (uint256 kind = BOUND; kind <= TRADED; ++kind) {
            GreedyReceiver receiver =
                GreedyReceiver(deployCode(artifact("GreedyReceiver"), abi.encode(skillWallet, badges)));
            badges.setMinter(address(receiver), kind, true);
            uint256 id = idOf(kind, 0);
            attest(skillWallet.walletOf(address(receiver)), DECAYING, 5_000);
            badges.mint(address(receiver), id, 1, "");
            // 1 of its own accord, minted and claimed more in each callback until the cap or until it has one.
            assertEq(badges.totalSupply(id), kind == BOUND ? 1 : CAP, "BADGE-3: the cap holds inside");
            assertEq(badges.balanceOf(address(receiver), id), badges.totalSupply(id), "BADGE-3: balance");
            assertGt(receiver.refusals(), 0, "BADGE-3: it was refused");
            assertLe(receiver.highestSupplySeen(), CAP, "BADGE-3: at no moment");
        }
    }

    function test_Mint_WhenAllIsWell() external {
        vm.expectEmit(address(badges));
        emit IERC1155.TransferSingle(address(this), address(0), alice, idOf(BOUND, 0), 1);
        badges.mint(alice, idOf(BOUND, 0), 1, "");
        vm.expectEmit(address(badges));
        emit IERC1155.TransferSingle(address(this), address(0), bob, idOf(PLAIN, 0), 7);
        badges.mint(bob, idOf(PLAIN, 0), 7, "");
        assertEq(badges.balanceOf(alice, idOf(BOUND, 0)), 1, "soulbound");
        assertEq(badges.balanceOf(bob, idOf(PLAIN, 0)), 7, "tradeable");
        assertEq(badges.balanceOf(bob, idOf(BOUND, 0)), 0, "nobody else's");
        assertEq(badges.totalSupply(idOf(PLAIN, 0)), 7, "supply");
    }

    // claim

    function test_Claim_RevertGiven_NoWallet() external {
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(IBadges.AccountHasNoWallet.selector, bob));
        badges.claim(idOf(TRADED, 0));
    }

    function test_Claim_RevertGiven_TooLowALevel() external {
        attest(_wallet, DECAYING, 100);
        vm.warp(START + 31 days);
        vm.startPrank(alice);
        bytes memory reason = abi.encodeWithSelector(IBadges.LevelTooLow.selector, DECAYING, 1);
        vm.expectRevert(reason);
        badges.claim(idOf(TRADED, 0));
        vm.expectRevert(reason);
        badges.claim(idOf(BOUND, 0));
    }

    function test_Claim_RevertGiven_ABadgeThatCannotBeClaimed() external {
        attest(_wallet, DECAYING, 5_000);
        vm.startPrank(alice);
        vm.expectRevert(_reason(IBadges.BadgeNotClaimable.selector, idOf(PLAIN, 0)));
        badges.claim(idOf(PLAIN, 0));
        vm.expectRevert(_reason(IBadges.BadgeNotClaimable.selector, idOf(BOUND, 1)));
        badges.claim(idOf(BOUND, 1));
    }

    function test_Claim_RevertGiven_AnEarlierClaim() external {
        attest(_wallet, DECAYING, 5_000);
        vm.startPrank(alice);
        badges.claim(idOf(BOUND, 0));
        // Not even after an upgrade made room.
        badges.upgrade(idOf(BOUND, 1));
        vm.expectRevert(_reason(IBadges.BadgeAlreadyClaimed.selector, idOf(BOUND, 0)));
        badges.claim(idOf(BOUND, 0));
        badges.claim(idOf(TRADED, 0));
        badges.safeTransferFrom(alice, bob, idOf(TRADED, 0), 1, "");
        vm.expectRevert(_reason(IBadges.BadgeAlreadyClaimed.selector, idOf(TRADED, 0)));
        badges.claim(idOf(TRADED, 0));
        vm.stopPrank();
        // Nor by the account that has the wallet now.
        address carol = makeAddr("carol");
        recoverTo(alice, carol);
        vm.startPrank(carol);
        vm.expectRevert(_reason(IBadges.BadgeAlreadyClaimed.selector, idOf(TRADED, 0)));
        badges.claim(idOf(TRADED, 0));
    }

    function test_Claim_GivenTheLevel() external {
        attest(_wallet, DECAYING, 100);
        vm.startPrank(alice);
        vm.expectEmit(address(badges));
        emit IBadges.BadgeClaimed(_wallet, idOf(BOUND, 0));
        badges.claim(idOf(BOUND, 0));
        badges.claim(idOf(TRADED, 0));
        assertEq(badges.balanceOf(alice, idOf(BOUND, 0)), 1, "soulbound");
        assertEq(badges.balanceOf(alice, idOf(TRADED, 0)), 1, "tradeable");
    }

    // upgrade

    function test_Upgrade_RevertGiven_ABadgeThatCannotBeHadSo() external {
        vm.expectRevert(_reason(IBadges.BadgeNotUpgradeable.selector, idOf(BOUND, 0)));
        badges.upgrade(idOf(BOUND, 0));
    }

    function test_Upgrade_RevertGiven_TooLowALevel() external {
        attest(_wallet, DECAYING, 449);
        badges.mint(alice, idOf(BOUND, 0), 1, "");
        badges.mint(alice, idOf(TRADED, 0), 2, "");
        bytes memory reason = abi.encodeWithSelector(IBadges.LevelTooLow.selector, DECAYING, 3);
        vm.startPrank(alice);
        vm.expectRevert(reason);
        badges.upgrade(idOf(BOUND, 1));
        vm.expectRevert(reason);
        badges.upgrade(idOf(TRADED, 1));
    }

    function test_Upgrade_RevertGiven_TooFewOfTheTierBelow() external {
        attest(_wallet, DECAYING, 450);
        badges.mint(alice, idOf(TRADED, 0), 1, "");
        vm.startPrank(alice);
        vm.expectRevert(_reason(IBadges.BadgeNotHeld.selector, idOf(BOUND, 0)));
        badges.upgrade(idOf(BOUND, 1));
        vm.expectRevert(
            abi.encodeWithSelector(IERC1155Errors.ERC1155InsufficientBalance.selector, alice, 1, 2, idOf(TRADED, 0))
        );
        badges.upgrade(idOf(TRADED, 1));
    }

    function test_Upgrade_RevertGiven_ASuspendedBadge() external {
        attest(_wallet, DECAYING, 450);
        badges.mint(alice, idOf(BOUND, 0), 1, "");
        badges.mint(alice, idOf(TRADED, 0), 2, "");
        badges.setFrozen(_wallet, idOf(BOUND, 0), true);
        badges.setAccountFrozen(alice, idOf(TRADED, 0), true);
        vm.startPrank(alice);
        vm.expectRevert(_reason(IBadges.BadgeIsFrozen.selector, idOf(BOUND, 0)));
        badges.upgrade(idOf(BOUND, 1));
        vm.expectRevert(_reason(IBadges.BadgeIsFrozen.selector, idOf(TRADED, 0)));
        badges.upgrade(idOf(TRADED, 1));
    }

    function test_Upgrade_GivenASoulboundBadge() external {
        attest(_wallet, DECAYING, 450);
        badges.mint(alice, idOf(BOUND, 0), 1, "");
        vm.expectEmit(address(badges));
        emit IERC1155.TransferSingle(alice, alice, address(0), idOf(BOUND, 0), 1);
        vm.expectEmit(address(badges));
        emit IERC1155.TransferSingle(alice, address(0), alice, idOf(BOUND, 1), 1);
        vm.prank(alice);
        badges.upgrade(idOf(BOUND, 1));
        assertEq(badges.balanceOf(alice, idOf(BOUND, 0)), 0, "burned");
        assertEq(badges.balanceOf(alice, idOf(BOUND, 1)), 1, "given");
        assertEq(badges.totalSupply(idOf(BOUND, 0)), 0, "supply below");
        assertEq(badges.totalSupply(idOf(BOUND, 1)), 1, "supply");
    }

    function test_Upgrade_GivenTradeableBadges() external {
        attest(_wallet, DECAYING, 450);
        badges.mint(alice, idOf(TRADED, 0), 5, "");
        vm.startPrank(alice);
        badges.upgrade(idOf(TRADED, 1));
        badges.upgrade(idOf(TRADED, 1));
        assertEq(badges.balanceOf(alice, idOf(TRADED, 0)), 1, "burned two each");
        assertEq(badges.balanceOf(alice, idOf(TRADED, 1)), 2, "given");
        assertEq(badges.totalSupply(idOf(TRADED, 0)), 1, "supply below");
    }
}
