// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC1155} from "@openzeppelin/contracts/interfaces/IERC1155.sol";
import {IERC1155Receiver} from "@openzeppelin/contracts/interfaces/IERC1155Receiver.sol";
import {IERC1155Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IBadges} from "../../contracts/skills/IBadges.sol";
import {IWalletRegistry} from "../../contracts/skills/IWalletRegistry.sol";
import {BadgeFixture} from "./BadgeFixture.sol";

/// @notice BADGE-1 to BADGE-7, for badges that somebody has; BadgesHeld.tree is the specification.
contract BadgesHeldTest is BadgeFixture {
    uint256 private _wallet;

    function setUp() external {
        deployBadges();
        _wallet = mintFor(alice);
    }

    function _reason(bytes4 selector, uint256 id) private pure returns (bytes memory) {
        return abi.encodeWithSelector(selector, id);
    }

    // transfer

    function _expectMoveRevert(uint256 first, uint256 second, bytes memory reason) private {
        vm.prank(alice);
        vm.expectRevert(reason);
        badges.safeTransferFrom(alice, bob, second, 1, "");
        vm.prank(alice);
        vm.expectRevert(reason);
        badges.safeTransferFrom(alice, bob, second, 0, "");
        uint256[] memory ids = new uint256[](2);
        uint256[] memory values = new uint256[](2);
        (ids[0], ids[1], values[0], values[1]) = (first, second, 1, 1);
        vm.prank(alice);
        vm.expectRevert(reason);
        badges.safeBatchTransferFrom(alice, bob, ids, values, "");
        (ids[0], ids[1]) = (second, first);
        vm.prank(alice);
        vm.expectRevert(reason);
        badges.safeBatchTransferFrom(alice, bob, ids, values, "");
    }

    function test_Transfer_RevertWhen_ASoulboundBadgeIsMovedAloneOrInABatch() external {
        badges.mint(alice, idOf(BOUND, 0), 1, "");
        badges.mint(alice, idOf(PLAIN, 0), 1, "");
        _expectMoveRevert(idOf(PLAIN, 0), idOf(BOUND, 0), _reason(IBadges.BadgeSoulbound.selector, idOf(BOUND, 0)));
        // An operator neither.
        vm.prank(alice);
        badges.setApprovalForAll(address(this), true);
        vm.expectRevert(_reason(IBadges.BadgeSoulbound.selector, idOf(BOUND, 0)));
        badges.safeTransferFrom(alice, bob, idOf(BOUND, 0), 1, "");
    }

    function test_Transfer_RevertWhen_ASuspendedBadgeIsMoved() external {
        badges.mint(alice, idOf(TRADED, 0), 1, "");
        badges.mint(alice, idOf(PLAIN, 0), 1, "");
        badges.setAccountFrozen(alice, idOf(TRADED, 0), true);
        _expectMoveRevert(idOf(PLAIN, 0), idOf(TRADED, 0), _reason(IBadges.BadgeIsFrozen.selector, idOf(TRADED, 0)));
        assertTrue(badges.isFrozen(alice, idOf(TRADED, 0)), "frozen");
        badges.setAccountFrozen(alice, idOf(TRADED, 0), false);
        vm.prank(alice);
        badges.safeTransferFrom(alice, bob, idOf(TRADED, 0), 1, "");
    }

    function test_Transfer_RevertWhen_AnUnknownBadgeIsMoved() external {
        badges.mint(alice, idOf(PLAIN, 0), 1, "");
        _expectMoveRevert(idOf(PLAIN, 0), idOf(PLAIN, 9), _reason(IBadges.BadgeUnknown.selector, idOf(PLAIN, 9)));
    }

    function test_Transfer_WhenATradeableBadgeIsMoved() external {
        badges.mint(alice, idOf(TRADED, 0), 3, "");
        vm.prank(alice);
        badges.safeTransferFrom(alice, bob, idOf(TRADED, 0), 2, "");
        assertEq(badges.balanceOf(alice, idOf(TRADED, 0)), 1, "sender");
        assertEq(badges.balanceOf(bob, idOf(TRADED, 0)), 2, "receiver");
        // Its royalty goes with a sale; a soulbound badge is not sold.
        badges.setRoyalty(idOf(TRADED, 0), address(this), 250);
        (address receiver, uint256 amount) = badges.royaltyInfo(idOf(TRADED, 0), 10_039);
        assertEq(receiver, address(this), "receiver of the royalty");
        assertEq(amount, 250, "2.5 %, rounded down");
        vm.expectRevert(_reason(IBadges.BadgeSoulbound.selector, idOf(BOUND, 0)));
        badges.setRoyalty(idOf(BOUND, 0), address(this), 250);
        (receiver, amount) = badges.royaltyInfo(idOf(BOUND, 0), 1 ether);
        assertEq(amount, 0, "none on a soulbound badge");
    }

    // burn

    function test_Burn_RevertWhen_ASoulboundBadgeIsBurned() external {
        badges.mint(alice, idOf(BOUND, 0), 1, "");
        vm.prank(alice);
        vm.expectRevert(_reason(IBadges.BadgeSoulbound.selector, idOf(BOUND, 0)));
        badges.burn(idOf(BOUND, 0), 1);
    }

    function test_Burn_RevertWhen_ASuspendedBadgeIsBurned() external {
        badges.mint(alice, idOf(TRADED, 0), 1, "");
        badges.setAccountFrozen(alice, idOf(TRADED, 0), true);
        vm.prank(alice);
        vm.expectRevert(_reason(IBadges.BadgeIsFrozen.selector, idOf(TRADED, 0)));
        badges.burn(idOf(TRADED, 0), 1);
    }

    function test_Burn_WhenATradeableBadgeIsBurned() external {
        badges.mint(alice, idOf(TRADED, 0), CAP, "");
        vm.startPrank(alice);
        badges.burn(idOf(TRADED, 0), 2);
        vm.expectRevert(
            abi.encodeWithSelector(IERC1155Errors.ERC1155InsufficientBalance.selector, alice, 3, 4, idOf(TRADED, 0))
        );
        badges.burn(idOf(TRADED, 0), 4);
        vm.stopPrank();
        assertEq(badges.totalSupply(idOf(TRADED, 0)), 3, "supply");
        badges.mint(alice, idOf(TRADED, 0), 2, "");
    }

    // setFrozen

    function test_SetFrozen_RevertWhen_TheBadgeIsOfTheOtherNature() external {
        vm.expectRevert(_reason(IBadges.BadgeNotSoulbound.selector, idOf(TRADED, 0)));
        badges.setFrozen(_wallet, idOf(TRADED, 0), true);
        vm.expectRevert(_reason(IBadges.BadgeSoulbound.selector, idOf(BOUND, 0)));
        badges.setAccountFrozen(alice, idOf(BOUND, 0), true);
    }

    function test_SetFrozen_RevertWhen_TheWalletDoesNotExist() external {
        uint256 other = mintFor(bob);
        vm.prank(bob);
        skillWallet.burn();
        uint256[3] memory unknown = [uint256(0), other, other + 1];
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IWalletRegistry.WalletUnknown.selector, unknown[i]));
            badges.setFrozen(unknown[i], idOf(BOUND, 0), true);
        }
    }

    /// @dev A recovery that completes before the suspension does not make it hit anybody else, nor miss.
    function test_SetFrozen_WhenASoulboundBadgeIsSuspended() external {
        badges.mint(alice, idOf(BOUND, 0), 1, "");
        recoverTo(alice, bob);
        vm.expectEmit(address(badges));
        emit IBadges.BadgeFrozen(bob, _wallet, idOf(BOUND, 0), true);
        badges.setFrozen(_wallet, idOf(BOUND, 0), true);
        assertTrue(badges.isFrozen(bob, idOf(BOUND, 0)), "BADGE-2: the wallet that was meant");
        assertFalse(badges.isFrozen(alice, idOf(BOUND, 0)), "BADGE-2: alice has none");
        // Before the badge is given as well.
        badges.setFrozen(_wallet, idOf(BOUND, 1), true);
        badges.mint(bob, idOf(BOUND, 1), 1, "");
        attest(_wallet, DECAYING, 450);
        assertFalse(badges.isActive(bob, idOf(BOUND, 1)), "BADGE-2: suspended ahead");
    }

    function test_SetFrozen_WhenATradeableBadgeIsSuspended() external {
        badges.mint(alice, idOf(TRADED, 0), 2, "");
        vm.expectEmit(address(badges));
        emit IBadges.BadgeFrozen(alice, 0, idOf(TRADED, 0), true);
        badges.setAccountFrozen(alice, idOf(TRADED, 0), true);
        assertTrue(badges.isFrozen(alice, idOf(TRADED, 0)), "alice's");
        assertFalse(badges.isFrozen(bob, idOf(TRADED, 0)), "nobody else's");
    }

    // isActive

    function test_IsActive_GivenALevelThatDecays() external {
        attest(_wallet, DECAYING, 100);
        badges.mint(alice, idOf(BOUND, 0), 1, "");
        badges.mint(alice, idOf(TRADED, 0), 1, "");
        assertTrue(badges.isActive(alice, idOf(BOUND, 0)), "soulbound");
        assertTrue(badges.isActive(alice, idOf(TRADED, 0)), "tradeable");
        assertFalse(badges.isActive(bob, idOf(BOUND, 0)), "nobody else's");
        vm.prank(alice);
        badges.safeTransferFrom(alice, bob, idOf(TRADED, 0), 1, "");
        assertFalse(badges.isActive(bob, idOf(TRADED, 0)), "a buyer without the level");
        vm.warp(START + 30 days + 1);
        assertFalse(badges.isActive(alice, idOf(BOUND, 0)), "BADGE-5: below the level");
        attest(_wallet, DECAYING, 1);
        assertTrue(badges.isActive(alice, idOf(BOUND, 0)), "and at it again");
        revoke(_wallet, DECAYING, 1);
        assertFalse(badges.isActive(alice, idOf(BOUND, 0)), "BADGE-5: revoked");
    }

    function test_IsActive_GivenASuspendedBadge() external {
        attest(_wallet, DECAYING, 100);
        badges.mint(alice, idOf(BOUND, 0), 1, "");
        vm.expectEmit(address(badges));
        emit IBadges.BadgeFrozen(alice, _wallet, idOf(BOUND, 0), true);
        badges.setFrozen(_wallet, idOf(BOUND, 0), true);
        assertFalse(badges.isActive(alice, idOf(BOUND, 0)), "suspended");
        // It follows the wallet.
        recoverTo(alice, bob);
        assertTrue(badges.isFrozen(bob, idOf(BOUND, 0)), "for the new account as well");
        badges.setFrozen(_wallet, idOf(BOUND, 0), false);
        assertTrue(badges.isActive(bob, idOf(BOUND, 0)), "no longer");
        badges.mint(bob, idOf(PLAIN, 0), 1, "");
        assertTrue(badges.isActive(bob, idOf(PLAIN, 0)), "tradeable");
        badges.setAccountFrozen(bob, idOf(PLAIN, 0), true);
        assertFalse(badges.isActive(bob, idOf(PLAIN, 0)), "tradeable, suspended");
        IBadges.BadgePolicy memory p = policy(true, 1, 0);
        p.freezable = false;
        badges.createBadge(idOf(9, 0), p);
        vm.expectRevert(_reason(IBadges.BadgeNotFreezable.selector, idOf(9, 0)));
        badges.setFrozen(_wallet, idOf(9, 0), true);
    }

    function test_IsActive_GivenAnExpiredBadge() external {
        IBadges.BadgePolicy memory p = policy(true, 1, 0);
        p.expiresAt = uint40(START + 10);
        badges.createBadge(idOf(BOUND, 5), p);
        attest(_wallet, DECAYING, 100);
        badges.mint(alice, idOf(BOUND, 5), 1, "");
        vm.warp(START + 9);
        assertTrue(badges.isActive(alice, idOf(BOUND, 5)), "before");
        vm.warp(START + 10);
        assertFalse(badges.isActive(alice, idOf(BOUND, 5)), "after");
        assertEq(badges.balanceOf(alice, idOf(BOUND, 5)), 1, "held all the same");
    }

    function test_IsActive_GivenTwoTiers() external {
        attest(_wallet, DECAYING, 450);
        _assertTier(alice, false, 0);
        badges.mint(alice, idOf(BOUND, 0), 1, "");
        _assertTier(alice, true, 0);
        badges.mint(alice, idOf(BOUND, 1), 1, "");
        _assertTier(alice, true, 1);
        badges.setFrozen(_wallet, idOf(BOUND, 1), true);
        _assertTier(alice, true, 0);
        badges.setFrozen(_wallet, idOf(BOUND, 1), false);
        revoke(_wallet, DECAYING, 1);
        _assertTier(alice, true, 0);
        revoke(_wallet, DECAYING, 400);
        _assertTier(alice, false, 0);
        _assertTier(bob, false, 0);
    }

    function _assertTier(address account, bool active, uint256 tier) private view {
        (bool isActive, uint256 highest) = badges.activeTier(account, BOUND);
        assertEq(isActive, active, "active");
        assertEq(highest, tier, "tier");
    }

    // follow

    function test_Follow_GivenARecovery() external {
        badges.mint(alice, idOf(BOUND, 0), 1, "");
        badges.mint(alice, idOf(BOUND, 1), 1, "");
        recoverTo(alice, bob);
        assertEq(badges.balanceOf(alice, idOf(BOUND, 0)), 0, "BADGE-4: the old account has nothing, at once");
        assertEq(badges.balanceOf(bob, idOf(BOUND, 0)), 1, "BADGE-4: the new one everything");
        uint256[] memory ids = new uint256[](2);
        uint256[] memory values = new uint256[](2);
        (ids[0], ids[1], values[0], values[1]) = (idOf(BOUND, 0), idOf(BOUND, 1), 1, 1);
        vm.expectEmit(address(badges));
        emit IERC1155.TransferBatch(address(this), alice, bob, ids, values);
        badges.follow(_wallet, one(BOUND));
        vm.recordLogs();
        badges.follow(_wallet, one(BOUND));
        assertEq(vm.getRecordedLogs().length, 0, "told once");
        assertEq(badges.totalSupply(idOf(BOUND, 0)), 1, "supply stays");
    }

    function test_Follow_GivenAMintAfterARecovery() external {
        badges.mint(alice, idOf(BOUND, 0), 1, "");
        recoverTo(alice, bob);
        vm.expectEmit(address(badges));
        emit IERC1155.TransferBatch(address(this), alice, bob, one(idOf(BOUND, 0)), one(1));
        vm.expectEmit(address(badges));
        emit IERC1155.TransferSingle(address(this), address(0), bob, idOf(BOUND, 1), 1);
        badges.mint(bob, idOf(BOUND, 1), 1, "");
    }

    function test_Follow_GivenABurnedWallet() external {
        badges.mint(alice, idOf(BOUND, 0), 1, "");
        skillWallet.burnByIssuer(_wallet);
        assertEq(badges.balanceOf(alice, idOf(BOUND, 0)), 0, "no wallet, no badges");
        vm.expectEmit(address(badges));
        emit IERC1155.TransferBatch(address(this), alice, address(0), one(idOf(BOUND, 0)), one(1));
        badges.follow(_wallet, one(BOUND));
        assertEq(badges.totalSupply(idOf(BOUND, 0)), 0, "burned");
        badges.follow(_wallet, one(BOUND));
        assertEq(badges.totalSupply(idOf(BOUND, 0)), 0, "once");
        mintFor(alice);
        assertEq(badges.balanceOf(alice, idOf(BOUND, 0)), 0, "another wallet, nothing");
    }

    function test_Follow_GivenNothingToTell() external {
        badges.mint(alice, idOf(BOUND, 0), 1, "");
        vm.recordLogs();
        badges.follow(_wallet, one(BOUND));
        badges.follow(_wallet, one(7));
        badges.follow(99, one(BOUND));
        assertEq(vm.getRecordedLogs().length, 0, "no events");
        assertEq(badges.balanceOf(alice, idOf(BOUND, 0)), 1, "and nothing lost");
    }

    // ERC-165

    function test_SupportsTheInterfaces() external view {
        bytes4[4] memory ids = [bytes4(0x01ffc9a7), bytes4(0xd9b67a26), 0x0e89341c, 0x2a55205a];
        for (uint256 i = 0; i < 4; ++i) {
            assertTrue(badges.supportsInterface(ids[i]), vm.toString(ids[i]));
        }
        assertFalse(badges.supportsInterface(0xffffffff), "ERC-165: never this one");
        assertEq(type(IERC1155Receiver).interfaceId, bytes4(0x4e2312e0), "ERC-1155 receiver");
    }
}
