// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {GuardianPause} from "../../contracts/access/GuardianPause.sol";
import {IPoolErrors} from "../../contracts/pools/IPoolErrors.sol";
import {IPoolTrade} from "../../contracts/pools/IPoolTrade.sol";
import {PoolTrio} from "./PoolFixture.sol";

/// @notice Specified by PoolManagerPause.tree. POOL-11: a pause stops entries, for a time, and never an exit in
/// proportion.
contract PoolManagerPauseTest is PoolTrio {
    uint256 private constant PRICED = 1;
    uint256 private constant ADDS = 2;
    uint256 private constant EXITS = 4;

    address private immutable GUARDIAN = makeAddr("guardian");

    function setUp() public override {
        super.setUp();
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = manager.pause.selector;
        access.setTargetFunctionRole(address(manager), selectors, 1);
        access.grantRole(1, GUARDIAN, 0);
    }

    function test_RevertWhen_TheCallerIsNotTheGuardian() external {
        vm.prank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, ALICE));
        manager.pause(_ids(_equal), PRICED, 1 days);
        vm.prank(GUARDIAN);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, GUARDIAN));
        manager.setPause(_ids(_equal), PRICED, SOON);
    }

    function test_RevertWhen_TheFlagsMeanNothing() external {
        vm.prank(GUARDIAN);
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.PauseFlagsInvalid.selector, 0));
        manager.pause(_ids(_equal), 0, 1 days);
        bytes32 id = idOf(_equal);
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.PauseFlagsInvalid.selector, 3));
        manager.pausedUntil(id, 3);
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.PauseFlagsInvalid.selector, 8));
        manager.setPause(_ids(_equal), 8, SOON);
    }

    function test_RevertWhen_TheDurationIsNothingOrTooLong() external {
        vm.startPrank(GUARDIAN);
        vm.expectRevert(abi.encodeWithSelector(GuardianPause.PauseDurationInvalid.selector, 0));
        manager.pause(_ids(_equal), PRICED, 0);
        vm.expectRevert(abi.encodeWithSelector(GuardianPause.PauseDurationInvalid.selector, 7 days + 1));
        manager.pause(_ids(_equal), PRICED, 7 days + 1);
    }

    function test_RevertGiven_NoPoolToPause() external {
        vm.prank(GUARDIAN);
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.PoolNotFound.selector, bytes32(uint256(1))));
        bytes32[] memory ids = new bytes32[](1);
        ids[0] = bytes32(uint256(1));
        manager.pause(ids, PRICED, 1 days);
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.PoolNotFound.selector, bytes32(uint256(1))));
        manager.setPause(ids, PRICED, SOON);
    }

    /// POOL-11: a list does what can be done: a pool in its cooldown is left out with an event.
    function test_WhenTheGuardianSetsAFlagAgainTooSoon() external {
        uint256 start = vm.getBlockTimestamp();
        vm.startPrank(GUARDIAN);
        manager.pause(_ids(_equal), PRICED | EXITS, 7 days);
        vm.warp(start + 14 days - 1);
        (bytes32 id, bytes32 other) = (idOf(_equal), idOf(_stable));
        bytes32[] memory both = new bytes32[](2);
        (both[0], both[1]) = (id, other);
        manager.pause(both, EXITS, 1 days);
        assertEq(manager.pausedUntil(id, EXITS), 0, "POOL-11: not again before 14 days");
        assertEq(manager.pausedUntil(other, EXITS), start + 15 days - 1, "POOL-11: another pool is not concerned");
        // Another flag is not concerned.
        manager.pause(_ids(_equal), ADDS, 1);
        assertEq(manager.pausedUntil(id, ADDS), start + 14 days, "POOL-11: another flag is not concerned");
        vm.warp(start + 14 days);
        manager.pause(_ids(_equal), PRICED | EXITS, 7 days);
        assertEq(manager.pausedUntil(id, EXITS), start + 21 days, "POOL-11: again");
    }

    /// POOL-11: within its pause the guardian lengthens it, to 7 days after it began at most.
    function test_WhenTheGuardianLengthensItsPause() external {
        uint256 start = vm.getBlockTimestamp();
        bytes32 id = idOf(_equal);
        vm.startPrank(GUARDIAN);
        manager.pause(_ids(_equal), PRICED, 1 days);
        vm.warp(start + 1 days - 1);
        manager.pause(_ids(_equal), PRICED, 3 days);
        assertEq(manager.pausedUntil(id, PRICED), start + 4 days - 1, "POOL-11: longer");
        vm.warp(start + 4 days - 2);
        manager.pause(_ids(_equal), PRICED, 7 days);
        assertEq(manager.pausedUntil(id, PRICED), start + 7 days, "POOL-11: 7 days after it began");
        vm.warp(start + 7 days - 1);
        manager.pause(_ids(_equal), PRICED, 7 days);
        assertEq(manager.pausedUntil(id, PRICED), start + 7 days, "POOL-11: and not more");
        vm.warp(start + 14 days - 1);
        manager.pause(_ids(_equal), PRICED, 7 days);
        assertEq(manager.pausedUntil(id, PRICED), 0, "POOL-11: nor again before 14 days");
    }

    /// POOL-11: whoever adds out of proportion and leaves, or adds and leaves in one token, swaps; so flag 1 stops that
    /// as well.
    function test_GivenWhatIsPricedIsPaused() external {
        _pause(PRICED);
        bytes memory reason = abi.encodeWithSelector(
            IPoolErrors.PoolPaused.selector, idOf(_stable), PRICED, vm.getBlockTimestamp() + 7 days
        );
        vm.expectRevert(reason);
        manager.addUnbalanced(_stable, list(1e18, 0, 1e8), 0, ALICE, SOON);
        vm.expectRevert(reason);
        manager.addSingle(_stable, 2, 1e18, 1e30, ALICE, SOON);
        vm.expectRevert(reason);
        manager.removeSingle(_stable, 1, 1e18, 0, ALICE, SOON);
        vm.expectRevert(reason);
        manager.quoteAddUnbalanced(ALICE, _stable, list(1e18, 0, 1e8));
        vm.expectRevert(reason);
        manager.quoteAddSingle(ALICE, _stable, 2, 1e18);
        vm.expectRevert(reason);
        manager.quoteRemoveSingle(ALICE, _stable, 1, 1e18);
        manager.addProportional(_stable, 1e18, largest(3), ALICE, SOON);
        manager.quoteAddProportional(_stable, 1e18);
        _leave();
    }

    function test_GivenSwapsArePaused() external {
        _pause(PRICED);
        bytes memory reason = abi.encodeWithSelector(
            IPoolErrors.PoolPaused.selector, idOf(_stable), PRICED, vm.getBlockTimestamp() + 7 days
        );
        // Whichever pair of balances a token is in.
        vm.expectRevert(reason);
        manager.swapExactIn(_stable, 0, 1, 1e18, 0, ALICE, SOON);
        vm.expectRevert(reason);
        manager.swapExactIn(_stable, 2, 1, 1e8, 0, ALICE, SOON);
        vm.expectRevert(reason);
        manager.swapExactOut(_stable, 0, 1, 1e6, 1e30, ALICE, SOON);
        vm.expectRevert(reason);
        manager.quoteExactIn(ALICE, _stable, 0, 1, 1e18);
        IPoolTrade.Hop[] memory hops = new IPoolTrade.Hop[](1);
        hops[0] = IPoolTrade.Hop(_stable, 0, 1);
        vm.expectRevert(reason);
        manager.swapPathExactIn(hops, 1e18, 0, ALICE, SOON);
        vm.expectRevert(reason);
        manager.swapPathExactOut(hops, 1e6, 1e30, ALICE, SOON);
        _leave();
        manager.swapExactIn(_equal, 0, 1, 1e18, 0, ALICE, SOON);
    }

    function test_GivenAddsArePaused() external {
        _pause(ADDS);
        bytes memory reason = abi.encodeWithSelector(
            IPoolErrors.PoolPaused.selector, idOf(_stable), ADDS, vm.getBlockTimestamp() + 7 days
        );
        vm.expectRevert(reason);
        manager.addProportional(_stable, 1e18, largest(3), ALICE, SOON);
        vm.expectRevert(reason);
        manager.addUnbalanced(_stable, list(1e18, 0, 0), 0, ALICE, SOON);
        vm.expectRevert(reason);
        manager.addSingle(_stable, 2, 1e18, 1e30, ALICE, SOON);
        vm.expectRevert(reason);
        manager.quoteAddSingle(ALICE, _stable, 2, 1e18);
        manager.swapExactIn(_stable, 0, 1, 1e18, 0, ALICE, SOON);
        _exit();
        _leave();
    }

    function test_GivenSingleTokenExitsArePaused() external {
        _pause(EXITS);
        vm.expectRevert(
            abi.encodeWithSelector(
                IPoolErrors.PoolPaused.selector, idOf(_stable), EXITS, vm.getBlockTimestamp() + 7 days
            )
        );
        manager.removeSingle(_stable, 1, 1e18, 0, ALICE, SOON);
        manager.swapExactIn(_stable, 0, 1, 1e18, 0, ALICE, SOON);
        _add();
        _leave();
    }

    function test_GivenEverythingIsPaused() external {
        manager.swapExactIn(_stable, 0, 1, 100e18, 0, ALICE, SOON);
        _pause(PRICED | ADDS | EXITS);
        // Writing the balances keeps the marks.
        _leave();
        _leave();
        assertGt(manager.collectProtocolFee(_stable), 0, "POOL-11: fees are collected");
        manager.removeProportional(_stable, sharesOf(_stable, address(this)), new uint256[](3), ALICE, SOON);
        vm.expectPartialRevert(IPoolErrors.PoolPaused.selector);
        manager.swapExactIn(_stable, 2, 1, 1, 0, ALICE, SOON);
    }

    function test_GivenThePauseIsOver() external {
        _pause(PRICED | ADDS | EXITS);
        vm.warp(vm.getBlockTimestamp() + 7 days - 1);
        vm.expectPartialRevert(IPoolErrors.PoolPaused.selector);
        manager.swapExactIn(_stable, 0, 1, 1e18, 0, ALICE, type(uint256).max);
        vm.warp(vm.getBlockTimestamp() + 1);
        manager.swapExactIn(_stable, 0, 1, 1e18, 0, ALICE, type(uint256).max);
        manager.addProportional(_stable, 1e18, largest(3), ALICE, type(uint256).max);
        manager.removeSingle(_stable, 1, 1e18, 0, ALICE, type(uint256).max);
    }

    function test_GivenTheMarksOfAnOldPauseAreCleared() external {
        _pause(PRICED | ADDS);
        bytes32[] memory ids = _ids(_stable);
        manager.clearExpiredPauses(ids);
        vm.expectPartialRevert(IPoolErrors.PoolPaused.selector);
        manager.swapExactIn(_stable, 0, 1, 1e18, 0, ALICE, SOON);
        vm.warp(vm.getBlockTimestamp() + 7 days);
        assertEq(_readsOfASwap(), 5, "the lock apart: balances twice, and until when");
        manager.clearExpiredPauses(ids);
        assertEq(_readsOfASwap(), 4, "POOL-11: no pause is read");
    }

    function test_WhenGovernanceExtendsAPause() external {
        bytes32 id = idOf(_stable);
        uint256 start = vm.getBlockTimestamp();
        manager.setPause(_ids(_stable), PRICED, start + 60 days);
        vm.prank(GUARDIAN);
        manager.pause(_ids(_stable), PRICED, 1 days);
        assertEq(manager.pausedUntil(id, PRICED), start + 60 days, "the guardian shortens nothing");
        vm.warp(start + 60 days - 1);
        vm.expectPartialRevert(IPoolErrors.PoolPaused.selector);
        manager.swapExactIn(_stable, 0, 1, 1e18, 0, ALICE, type(uint256).max);
    }

    function test_WhenGovernanceEndsAPause() external {
        _pause(PRICED | ADDS);
        manager.setPause(_ids(_stable), PRICED, 0);
        manager.swapExactIn(_stable, 0, 1, 1e18, 0, ALICE, SOON);
        assertEq(manager.pausedUntil(idOf(_stable), PRICED), 0, "ended");
        vm.expectPartialRevert(IPoolErrors.PoolPaused.selector);
        manager.addProportional(_stable, 1e18, largest(3), ALICE, SOON);
    }

    /// @dev Reads of the pool's own slots.
    function _readsOfASwap() private returns (uint256 count) {
        vm.record();
        manager.swapExactIn(_stable, 0, 1, 1e18, 0, ALICE, type(uint256).max);
        (bytes32[] memory reads,) = vm.accesses(address(manager));
        // The pools are the third slot that is declared after the access manager's and the ledger's.
        for (uint256 slot = 0; slot < 16; ++slot) {
            uint256 base = uint256(keccak256(abi.encode(idOf(_stable), slot)));
            for (uint256 i = 0; i < reads.length; ++i) {
                if (uint256(reads[i]) >= base && uint256(reads[i]) < base + 7) ++count;
            }
        }
    }

    function _pause(uint256 flags) private {
        vm.prank(GUARDIAN);
        manager.pause(_ids(_stable), flags, 7 days);
    }

    function _add() private {
        manager.addProportional(_stable, 1e18, largest(3), ALICE, SOON);
        manager.addUnbalanced(_stable, list(1e18, 0, 1e8), 0, ALICE, SOON);
        manager.addSingle(_stable, 2, 1e18, 1e30, ALICE, SOON);
    }

    function _exit() private {
        manager.removeSingle(_stable, 1, 1e18, 0, ALICE, SOON);
    }

    function _leave() private {
        manager.removeProportional(_stable, 1e18, new uint256[](3), ALICE, SOON);
    }

    function _ids(uint256[] memory key) private pure returns (bytes32[] memory ids) {
        ids = new bytes32[](1);
        ids[0] = idOf(key);
    }
}
