// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {FixedPoint} from "../../contracts/math/FixedPoint.sol";
import {StableMath} from "../../contracts/pools/math/StableMath.sol";
import {WeightedMath} from "../../contracts/pools/math/WeightedMath.sol";
import {artifact} from "../../script/Artifact.sol";
import {MathHarness} from "../mocks/MathHarness.sol";

/// @notice What the pool math refuses. External functions, so that reverts can be expected.
contract PoolMathLimitsTest is Test {
    MathHarness private immutable MATH = MathHarness(deployCode(artifact("MathHarness")));

    function pow(uint256 a, uint256 b, uint256 n, uint256 d) external view returns (uint256 result) {
        result = MATH.powDown(a, b, n, d);
    }

    function mulDiv(uint256 a, uint256 b, uint256 d) external view returns (uint256) {
        return MATH.mulDivDown(a, b, d);
    }

    function weightedIn(uint256 x, uint256 y, uint256 amount, uint256 wIn, uint256 wOut)
        external
        view
        returns (uint256 result)
    {
        result = MATH.outGivenInDown(x, y, amount, wIn, wOut);
    }

    function weightedOut(uint256 x, uint256 y, uint256 amount, uint256 wIn, uint256 wOut)
        external
        view
        returns (uint256 result)
    {
        result = MATH.inGivenOutUp(x, y, amount, wIn, wOut);
    }

    function stableIn(uint256[] memory x, uint256 ann, uint256 i, uint256 j, uint256 amount)
        external
        view
        returns (uint256 result)
    {
        result = MATH.outGivenInDown(x, ann, i, j, amount);
    }

    function stableOut(uint256[] memory x, uint256 ann, uint256 i, uint256 j, uint256 amount)
        external
        view
        returns (uint256)
    {
        return MATH.inGivenOutUp(x, ann, i, j, amount);
    }

    function stableBalance(uint256[] memory x, uint256 ann, uint256 i, uint256 d) external view returns (uint256) {
        return MATH.balanceUp(x, ann, i, d);
    }

    function weightedInvariant(uint256[] memory balances, uint256[] memory weights)
        external
        view
        returns (uint256, uint256)
    {
        return MATH.boundsOf(balances, weights);
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

    function test_RevertWhen_TheWeightsOfAnInvariantAreTooLarge() external {
        uint256[] memory weights = new uint256[](2);
        (weights[0], weights[1]) = (1 << 31, 1 << 31);
        uint256[] memory balances = new uint256[](2);
        (balances[0], balances[1]) = (1, 1);
        vm.expectRevert(WeightedMath.WeightedInputOutOfRange.selector);
        this.weightedInvariant(balances, weights);
    }

    /// The square in the iteration would wrap: 8 tokens, the two of the trade large, what is left of one as little as
    /// the others.
    function test_RevertWhen_AnAmountComesTooCloseToABalance() external {
        uint256[] memory x = new uint256[](8);
        (x[0], x[1]) = (1 << 102, 1 << 102);
        for (uint256 k = 2; k < 8; ++k) {
            x[k] = 1 << 83;
        }
        vm.expectRevert(StableMath.StableAmountTooLarge.selector);
        this.stableOut(x, (1 << 19) - 1, 0, 1, (1 << 102) - (1 << 83));
    }

    /// POOL-2: the balance that an invariant asks for is in range of the others, or there is none.
    function test_RevertWhen_ABalanceWouldLeaveTheRange() external {
        uint256[] memory x = new uint256[](2);
        (x[0], x[1]) = (1e12, 5e17);
        vm.expectRevert(StableMath.StableInputOutOfRange.selector);
        this.stableBalance(x, 2, 1, 4e16 << 12);
        assertLe(this.stableBalance(x, 2, 1, 1e16 << 12), 1e18, "POOL-4: in range");
    }

    /// POOL-2: where the divisor has few bits left, the shares of an add are still no more than its growth is worth.
    function test_SharesOfTheLargestGrowths() external view {
        uint256[] memory before = new uint256[](1);
        uint256[] memory afterwards = new uint256[](1);
        uint256[] memory weights = new uint256[](1);
        (before[0], weights[0]) = (1 << 50, 1);
        uint256 supply = 1 << 118;
        for (uint256 k = 0; k < 64; ++k) {
            uint256 growth = (1 << 62) + uint256(keccak256(abi.encode(k))) % (1 << 60);
            afterwards[0] = before[0] * growth;
            uint256 shares = MATH.sharesForGrowthDown(before, afterwards, weights, supply);
            uint256 exact = supply * (growth - 1);
            assertLe(shares, exact, "POOL-2: more than the growth");
            assertGe(shares, exact - (exact >> 57), "POOL-1: less by more than the bound");
        }
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
        _assertSettles(x, ann, seed % n, amount);
    }

    function _three(uint256 a, uint256 b, uint256 c) private view returns (uint256[] memory x) {
        x = new uint256[](3);
        (x[0], x[1], x[2]) = (a, b, c);
    }

    function _assertSettles(uint256[] memory x, uint256 ann, uint256 i, uint256 amount) private view {
        (uint256 lower, uint256 upper) = MATH.boundsOf(x, ann);
        assertGt(lower, 0, "POOL-4: both bounds");
        assertGe(upper, lower, "POOL-4: in order");
        try this.stableIn(x, ann, i, (i + 1) % x.length, amount) {}
        catch (bytes memory reason) {
            assertEq(bytes4(reason), StableMath.StableInputOutOfRange.selector, "POOL-4: refused for its result only");
        }
    }
}
