// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {FixedPoint} from "../../contracts/pools/FixedPoint.sol";
import {StableMath} from "../../contracts/pools/StableMath.sol";
import {WeightedMath} from "../../contracts/pools/WeightedMath.sol";

/// @notice What the pool math refuses. External functions, so that reverts can be expected.
contract PoolMathLimitsTest is Test {
    function pow(uint256 a, uint256 b, uint256 n, uint256 d) external pure returns (uint256 result) {
        result = FixedPoint.powDown(a, b, n, d);
    }

    function mulDiv(uint256 a, uint256 b, uint256 d) external pure returns (uint256) {
        return FixedPoint.mulDivDown(a, b, d);
    }

    function weightedIn(uint256 x, uint256 y, uint256 amount, uint256 wIn, uint256 wOut)
        external
        pure
        returns (uint256 result)
    {
        result = WeightedMath.outGivenInDown(x, y, amount, wIn, wOut);
    }

    function weightedOut(uint256 x, uint256 y, uint256 amount, uint256 wIn, uint256 wOut)
        external
        pure
        returns (uint256 result)
    {
        result = WeightedMath.inGivenOutUp(x, y, amount, wIn, wOut);
    }

    function stableIn(uint256[] memory x, uint256 ann, uint256 i, uint256 j, uint256 amount)
        external
        pure
        returns (uint256 result)
    {
        result = StableMath.outGivenInDown(x, ann, i, j, amount);
    }

    function stableOut(uint256[] memory x, uint256 ann, uint256 i, uint256 j, uint256 amount)
        external
        pure
        returns (uint256)
    {
        return StableMath.inGivenOutUp(x, ann, i, j, amount);
    }

    function test_RevertWhen_WeightedInputsAreOutOfRange() external {
        bytes4 outOfRange = WeightedMath.WeightedInputOutOfRange.selector;
        vm.expectRevert(outOfRange);
        this.weightedIn(0, 1, 1, 1, 1);
        vm.expectRevert(outOfRange);
        this.weightedIn(1 << 119, 1, 1, 1, 1);
        vm.expectRevert(outOfRange);
        this.weightedIn(1, 1, 1 << 119, 1, 1);
        vm.expectRevert(outOfRange);
        this.weightedIn(1, 1, 1, 1 << 32, 1);
        vm.expectRevert(outOfRange);
        this.weightedIn(1, 1, 1, 1, 0);
        vm.expectRevert(outOfRange);
        this.weightedOut(1, 10, 10, 1, 1);
        vm.expectRevert(outOfRange);
        this.weightedOut(1 << 119, 10, 1, 1, 1);
        vm.expectRevert(outOfRange);
        this.weightedOut(1, 10, 1, 0, 1);
    }

    function test_RevertWhen_AWeightedTradeIsTooLarge() external {
        vm.expectRevert(WeightedMath.WeightedTradeTooLarge.selector);
        this.weightedOut(1, 2, 1, 1, 64);
    }

    function test_RevertWhen_APowerIsOutOfRange() external {
        vm.expectRevert(abi.encodeWithSelector(FixedPoint.RatioOutOfRange.selector, 0, 1));
        this.pow(0, 1, 1, 1);
        vm.expectRevert(abi.encodeWithSelector(FixedPoint.RatioOutOfRange.selector, 1, 1 << 127));
        this.pow(1, 1 << 127, 1, 1);
        vm.expectRevert(abi.encodeWithSelector(FixedPoint.ExponentOutOfRange.selector, 1, 0));
        this.pow(1, 1, 1, 0);
        vm.expectRevert(FixedPoint.ResultOutOfRange.selector);
        this.pow(1 << 122, 1, 1, 1);
    }

    function test_RevertWhen_AQuotientDoesNotFit() external {
        vm.expectRevert(FixedPoint.ResultOutOfRange.selector);
        this.mulDiv(1, 1, 0);
        vm.expectRevert(FixedPoint.ResultOutOfRange.selector);
        this.mulDiv(1 << 128, 1 << 128, 1);
    }

    function test_RevertWhen_StableInputsAreOutOfRange() external {
        bytes4 outOfRange = StableMath.StableInputOutOfRange.selector;
        vm.expectRevert(outOfRange);
        this.stableIn(_three(1, 1, 0), 600, 0, 1, 1);
        vm.expectRevert(outOfRange);
        this.stableIn(_three(1, 1, 1_000_001), 600, 0, 1, 1);
        vm.expectRevert(outOfRange);
        this.stableIn(_three(1, 1, 1), 1, 0, 1, 1);
        vm.expectRevert(outOfRange);
        this.stableIn(_three(1, 1, 1), 1 << 19, 0, 1, 1);
        vm.expectRevert(outOfRange);
        this.stableIn(_three(1 << 103, 1 << 103, 1), 600, 0, 1, 1);
        vm.expectRevert(outOfRange);
        this.stableIn(_three(type(uint256).max, 2, 1), 600, 0, 1, 1);
        vm.expectRevert(outOfRange);
        this.stableIn(new uint256[](9), 600, 0, 1, 1);
        vm.expectRevert(outOfRange);
        this.stableIn(new uint256[](1), 600, 0, 0, 1);
    }

    function test_RevertWhen_AStableTradeLeavesTheRange() external {
        vm.expectRevert(StableMath.StableInputOutOfRange.selector);
        this.stableIn(_three(1e6, 1e6, 1e6), 600, 0, 1, 2e12);
        vm.expectRevert(StableMath.StableInputOutOfRange.selector);
        this.stableIn(_three(1 << 102, 1 << 102, 1 << 102), 600, 0, 1, 1 << 102);
        vm.expectRevert(StableMath.StableInputOutOfRange.selector);
        this.stableOut(_three(1e12, 1e12, 1e12), 600, 0, 1, 1e12 - 1);
        vm.expectRevert(StableMath.StableAmountTooLarge.selector);
        this.stableOut(_three(1e12, 1e12, 1e12), 600, 0, 1, 1e12);
    }

    /// POOL-4: from one end of the range to the other, 2 to 8 tokens, amplification 1 to 50,000, both solvers settle.
    function testFuzz_StableSettlesAnywhereInRange(uint256 seed, uint256 amplification, uint256 amount) external view {
        uint256 n = 2 + seed % 7;
        uint256[] memory x = new uint256[](n);
        uint256 least = 1 << ((seed >> 8) % 80);
        for (uint256 k = 0; k < n; ++k) {
            uint256 r = uint256(keccak256(abi.encode(seed, k)));
            // Mostly the ends: far more often than a uniform choice would find them.
            x[k] = r % 3 == 0 ? least : r % 3 == 1 ? least * 999_999 : least * (1 << (r >> 8) % 20);
            if (x[k] > least * 999_999) x[k] = least * 999_999;
        }
        uint256 ann = n * ((seed >> 16) % 2 == 0 ? (amplification % 2 == 0 ? 1 : 50_000) : 1 + amplification % 50_000);
        amount = bound(amount, 0, least);
        (uint256 lower, uint256 upper) = StableMath.invariant(x, ann);
        assertGt(lower, 0, "POOL-4: both bounds");
        assertGe(upper, lower, "POOL-4: in order");
        try this.stableIn(x, ann, seed % n, (seed % n + 1) % n, amount) {}
        catch (bytes memory reason) {
            assertEq(bytes4(reason), StableMath.StableInputOutOfRange.selector, "POOL-4: refused for its result only");
        }
    }

    function _three(uint256 a, uint256 b, uint256 c) private pure returns (uint256[] memory x) {
        x = new uint256[](3);
        (x[0], x[1], x[2]) = (a, b, c);
    }
}
