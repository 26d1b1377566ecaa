// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IPoolErrors} from "../../contracts/pools/IPoolErrors.sol";
import {IPoolEvents} from "../../contracts/pools/IPoolEvents.sol";
import {PoolTrio} from "./PoolFixture.sol";

/// @notice Specified by PoolManagerRamp.tree. POOL-16: amplification moves slowly, and its moving is no growth.
contract PoolManagerRampTest is PoolTrio {
    uint256 private constant LATER = type(uint256).max;

    function test_RevertWhen_TheCallerMayNotRamp() external {
        vm.prank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, ALICE));
        manager.rampAmplification(_stable, 300, SOON);
    }

    function test_RevertWhen_ThePoolIsWeighted() external {
        uint256 end = vm.getBlockTimestamp() + 2 days;
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.NotStable.selector, idOf(_equal)));
        manager.rampAmplification(_equal, 300, end);
        assertEq(manager.amplificationTimesTokens(_equal), 0, "none");
    }

    function test_RevertWhen_TheRampIsTooSteepOrTooShortOrTooLong() external {
        _refuse(401, 2 days);
        _refuse(99, 2 days);
        _refuse(0, 2 days);
        _refuse(300, 1 days - 1);
        _refuse(300, 365 days + 1);
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.RampOutOfRange.selector, 600, 900, 0));
        manager.rampAmplification(_stable, 300, 1);
        manager.rampAmplification(_stable, 400, vm.getBlockTimestamp() + 1 days);
        // To the limit and no further.
        uint256[] memory key = stableKey(_tokens, 50_000);
        create(key, list(5_000e18, 5_300e6, 4_800e8));
        uint256 end = vm.getBlockTimestamp() + 2 days;
        vm.expectPartialRevert(IPoolErrors.RampOutOfRange.selector);
        manager.rampAmplification(key, 50_001, end);
    }

    function test_GivenARampUnderWay() external {
        uint256 start = vm.getBlockTimestamp();
        vm.expectEmit(address(manager));
        emit IPoolEvents.AmplificationRamped(idOf(_stable), 600 << 32, 900 << 32, start, start + 10 days);
        manager.rampAmplification(_stable, 300, start + 10 days);
        assertEq(_quote(_stable), _quote(_at(200)), "at its start");
        vm.warp(start + 5 days);
        assertEq(manager.amplificationTimesTokens(_stable), 750, "half way");
        uint256[] memory half = _at(250);
        assertEq(_quote(_stable), _quote(half), "exact in");
        assertEq(
            manager.quoteExactOut(ALICE, _stable, 2, 0, 1e18),
            manager.quoteExactOut(ALICE, half, 2, 0, 1e18),
            "exact out"
        );
        uint256 expected = manager.swapExactIn(half, 0, 1, 1e18, 0, ALICE, LATER);
        assertEq(manager.swapExactIn(_stable, 0, 1, 1e18, 0, ALICE, LATER), expected, "swap");
        assertApproxEqRel(
            manager.quoteAddUnbalanced(ALICE, _stable, list(10e18, 0, 0)) * 1e18 / supplyOf(_stable),
            manager.quoteAddUnbalanced(ALICE, half, list(10e18, 0, 0)) * 1e18 / supplyOf(half),
            1e9,
            "liquidity"
        );
        vm.warp(start + 7.5 days);
        assertEq(manager.amplificationTimesTokens(_stable), 825, "three quarters");
    }

    function test_GivenARampThatEnded() external {
        uint256 start = vm.getBlockTimestamp();
        manager.rampAmplification(_stable, 100, start + 3 days);
        vm.warp(start + 1 days);
        assertEq(manager.amplificationTimesTokens(_stable), 500, "a third of the way down");
        vm.warp(start + 3 days);
        assertEq(_quote(_stable), _quote(_at(100)), "at its end");
        vm.warp(start + 300 days);
        assertEq(_quote(_stable), _quote(_atPlus(100, 1)), "and ever after");
        manager.removeProportional(_stable, sharesOf(_stable, address(this)), new uint256[](3), ALICE, LATER);
    }

    function test_GivenARampThatBeginsWithinAnother() external {
        uint256 start = vm.getBlockTimestamp();
        manager.rampAmplification(_stable, 400, start + 10 days);
        vm.warp(start + 5 days);
        // 300 now, so 601 is too much and 600 is not.
        vm.expectPartialRevert(IPoolErrors.RampOutOfRange.selector);
        manager.rampAmplification(_stable, 601, start + 7 days);
        manager.rampAmplification(_stable, 600, start + 7 days);
        assertEq(manager.amplificationTimesTokens(_stable), 900, "from there");
        vm.warp(start + 6 days);
        assertEq(manager.amplificationTimesTokens(_stable), 1_350, "by its own line");
    }

    /// POOL-16: the invariant of an unbalanced pool moves with the amplification by far more than rounding; none of it
    /// is charged.
    function test_GivenARampAndNoSwaps() external {
        uint256[] memory key = _lopsided();
        uint256 start = vm.getBlockTimestamp();
        manager.rampAmplification(key, 400, start + 10 days);
        (,,,, uint256 checkpoint) = manager.poolState(key);
        for (uint256 i = 1; i < 12; ++i) {
            vm.warp(start + i * 1 days);
            manager.addProportional(key, 1e18, largest(3), ALICE, LATER);
        }
        (,,,, uint256 afterwards) = manager.poolState(key);
        assertGt(afterwards, checkpoint + checkpoint / 1_000, "the invariant did move");
        // Each add rounds up to a millionth of the second token, worth up to 18 times that here; a tenth is the
        // protocol's.
        assertLe(manager.collectProtocolFee(key), 11 * 18e12 / 10, "POOL-16: and nothing is owed but for rounding");
        manager.rampAmplification(key, 200, start + 20 days);
        for (uint256 i = 11; i < 22; ++i) {
            vm.warp(start + i * 1 days);
            manager.removeProportional(key, 1e15, new uint256[](3), ALICE, LATER);
        }
        assertLe(manager.collectProtocolFee(key), 11 * 18e12 / 10, "POOL-16: nor on the way back");
    }

    /// POOL-16: growth is measured where the checkpoint was, so what was earned before a ramp is charged in full and no
    /// more.
    function test_GivenGrowthBeforeARamp() external {
        uint256[] memory key = _lopsided();
        manager.swapExactIn(key, 0, 1, 100e18, 0, address(this), SOON);
        manager.swapExactIn(key, 1, 0, 100e6, 0, address(this), SOON);
        uint256 state = vm.snapshotState();
        uint256 due = manager.collectProtocolFee(key);
        assertGt(due, 1e15, "something is due");
        vm.revertToState(state);
        uint256 start = vm.getBlockTimestamp();
        manager.rampAmplification(key, 400, start + 10 days);
        vm.warp(start + 10 days);
        assertApproxEqAbs(manager.collectProtocolFee(key), due, 1e10, "POOL-16: the same after it");
        // Uncharged growth goes through a rebase too: what is too little to charge is not lost.
        manager.swapExactIn(key, 0, 1, 100e18, 0, address(this), LATER);
        manager.swapExactIn(key, 1, 0, 100e6, 0, address(this), LATER);
        assertGt(manager.collectProtocolFee(key), due / 2, "POOL-10: and growth afterwards is");
    }

    function _quote(uint256[] memory key) private view returns (uint256) {
        return manager.quoteExactIn(ALICE, key, 0, 1, 100e18);
    }

    /// @dev A new pool with the balances of the stable one.
    function _at(uint256 amplification) private returns (uint256[] memory key) {
        return _atPlus(amplification, 2);
    }

    /// @dev The least fee has no meaning without a policy, so the fee tells pools apart: the same one would exist
    /// already.
    function _atPlus(uint256 amplification, uint256 salt) private returns (uint256[] memory key) {
        key = stableKey(_tokens, amplification);
        // A policy without code charges the full fee.
        key = withPolicy(key, address(uint160(salt)), 0);
        create(key, balancesOf(_stable));
    }

    function _lopsided() private returns (uint256[] memory key) {
        key = stableKey(_tokens, 200);
        key[0] += 1;
        create(key, list(5_000e18, 50e6, 9_000e8));
    }

    function _refuse(uint256 amplification, uint256 duration) private {
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.RampOutOfRange.selector, 600, amplification * 3, duration));
        manager.rampAmplification(_stable, amplification, vm.getBlockTimestamp() + duration);
    }
}
