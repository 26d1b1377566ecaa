// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {FixedPoint} from "../../contracts/math/FixedPoint.sol";
import {StableMath} from "../../contracts/pools/math/StableMath.sol";
import {WeightedMath} from "../../contracts/pools/math/WeightedMath.sol";
import {artifact} from "../../script/Artifact.sol";
import {MathHarness} from "../mocks/MathHarness.sol";

/// @notice The pool math against exact arithmetic (test/vectors/pool_math.py), its directions, and what it refuses.
contract PoolMathTest is Test {
    MathHarness private immutable MATH = MathHarness(deployCode(artifact("MathHarness")));

    uint256 private constant TOP = type(uint112).max;

    // Golden vectors

    /// POOL-1: never above the exact output, and short of it by no more than the derived bound.
    function test_WeightedOutputsAreTheExactOnesWithinTheBound() external view {
        string memory json = vm.readFile("test/vectors/pool_weighted.json");
        uint256[] memory balanceIn = vm.parseJsonUintArray(json, ".balanceIn");
        uint256[] memory balanceOut = vm.parseJsonUintArray(json, ".balanceOut");
        uint256[] memory amount = vm.parseJsonUintArray(json, ".amount");
        uint256[] memory weightIn = vm.parseJsonUintArray(json, ".weightIn");
        uint256[] memory weightOut = vm.parseJsonUintArray(json, ".weightOut");
        uint256[] memory exact = vm.parseJsonUintArray(json, ".outFloor");
        for (uint256 i = 0; i < exact.length; ++i) {
            uint256 out = MATH.outGivenInDown(balanceIn[i], balanceOut[i], amount[i], weightIn[i], weightOut[i]);
            assertLe(out, exact[i], "POOL-1: more than the exact output");
            uint256 bound =
                (exact[i] >> 68) + 2 + ((balanceOut[i] * (207 * weightIn[i] / weightOut[i] + 101) / 100) >> 128);
            assertLe(exact[i] - out, bound, "POOL-1: short by more than the bound");
        }
    }

    /// POOL-1: never below the exact input, and above it by no more than the derived bound.
    function test_WeightedInputsAreTheExactOnesWithinTheBound() external view {
        string memory json = vm.readFile("test/vectors/pool_weighted.json");
        uint256[] memory balanceIn = vm.parseJsonUintArray(json, ".balanceIn");
        uint256[] memory balanceOut = vm.parseJsonUintArray(json, ".balanceOut");
        uint256[] memory amount = vm.parseJsonUintArray(json, ".amount");
        uint256[] memory weightIn = vm.parseJsonUintArray(json, ".weightIn");
        uint256[] memory weightOut = vm.parseJsonUintArray(json, ".weightOut");
        uint256[] memory exact = vm.parseJsonUintArray(json, ".inCeil");
        uint256 compared;
        for (uint256 i = 0; i < exact.length; ++i) {
            if (exact[i] == 0) continue;
            ++compared;
            uint256 amountIn = MATH.inGivenOutUp(balanceIn[i], balanceOut[i], amount[i], weightIn[i], weightOut[i]);
            assertGe(amountIn, exact[i], "POOL-1: less than the exact input");
            // (k + 2) 2^-70 is taken where up to as much is needed: twice that, for k <= 63, is below 2^-63.
            assertLe(amountIn - exact[i], (exact[i] >> 63) + 3 + (balanceIn[i] >> 118), "POOL-1: above the bound");
        }
        assertGt(compared, 60, "most vectors have an input");
    }

    /// POOL-1: powers lie between their bounds, which lie no further apart than derived.
    function test_PowersBracketTheExactOnes() external view {
        string memory json = vm.readFile("test/vectors/pool_pow.json");
        uint256[] memory a = vm.parseJsonUintArray(json, ".a");
        uint256[] memory b = vm.parseJsonUintArray(json, ".b");
        uint256[] memory n = vm.parseJsonUintArray(json, ".n");
        uint256[] memory d = vm.parseJsonUintArray(json, ".d");
        uint256[] memory exact = vm.parseJsonUintArray(json, ".floorQ96");
        for (uint256 i = 0; i < exact.length; ++i) {
            uint256 lower = MATH.powDown(a[i], b[i], n[i], d[i]);
            uint256 upper = MATH.powUp(a[i], b[i], n[i], d[i]);
            assertLe(lower, exact[i], "POOL-1: the lower bound is above");
            assertGe(upper, exact[i], "POOL-1: the upper bound is below");
            // k + 2 <= 130 and both sides: 130 2^-68 < 2^-60.9.
            assertLe(upper - lower, (exact[i] >> 60) + 3, "POOL-1: further apart than the bound");
        }
    }

    /// POOL-1: the stable invariant and both swaps, against bisection with 300 digits.
    function test_StableResultsAreTheExactOnesWithinTheBound() external view {
        string memory json = vm.readFile("test/vectors/pool_stable.json");
        uint256[] memory all = vm.parseJsonUintArray(json, ".x");
        uint256[] memory size = vm.parseJsonUintArray(json, ".n");
        uint256[] memory ann = vm.parseJsonUintArray(json, ".ann");
        uint256[] memory d = vm.parseJsonUintArray(json, ".dFloorQ12");
        uint256 inputs;
        for (uint256 c = 0; c < size.length; ++c) {
            uint256[] memory x = new uint256[](size[c]);
            for (uint256 k = 0; k < x.length; ++k) {
                x[k] = all[8 * c + k];
            }
            (uint256 lower, uint256 upper) = MATH.boundsOf(x, ann[c]);
            assertLe(lower, d[c], "POOL-1: the lower bound of D is above");
            assertGe(upper, d[c], "POOL-1: the upper bound of D is below");
            assertLe(upper - d[c], 5, "POOL-1: D is further off than 4 units and the floor");
            assertGt(lower, 0, "POOL-1: there is a lower bound");
            inputs += _compareStable(json, c, x, ann[c]);
        }
        assertGt(inputs, 60, "most vectors have an input");
    }

    function _compareStable(string memory json, uint256 c, uint256[] memory x, uint256 ann)
        private
        view
        returns (uint256)
    {
        uint256 i = _at(json, "i", c);
        uint256 j = _at(json, "j", c);
        uint256 amount = _at(json, "amount", c);
        {
            uint256 out = MATH.outGivenInDown(x, ann, i, j, amount);
            uint256 exactOut = _at(json, "outFloor", c);
            assertLe(out, exactOut, "POOL-1: more than the exact output");
            assertLe(exactOut - out, _stableBound(x), "POOL-1: short by more than the bound");
        }
        uint256 exactIn = _at(json, "inCeil", c);
        if (exactIn == 0) return 0;
        uint256 input = MATH.inGivenOutUp(x, ann, i, j, amount);
        assertGe(input, exactIn, "POOL-1: less than the exact input");
        assertLe(input - exactIn, _stableBound(x), "POOL-1: above the bound");
        return 1;
    }

    function _at(string memory json, string memory column, uint256 c) private view returns (uint256) {
        return vm.parseJsonUint(json, string.concat(".", column, "[", vm.toString(c), "]"));
    }

    /// @dev 2 units within a spread of 10; further apart, D's 4 units are worth more by up to (n + 1) S / D < 2^18.
    function _stableBound(uint256[] memory x) private view returns (uint256) {
        (uint256 least, uint256 most) = (x[0], x[0]);
        for (uint256 k = 1; k < x.length; ++k) {
            if (x[k] < least) least = x[k];
            if (x[k] > most) most = x[k];
        }
        return most <= 10 * least ? 2 : 256;
    }

    // Directions

    /// POOL-2: at balances of a few units the invariant, computed exactly in integers, never falls.
    function testFuzz_WeightedInvariantNeverFalls(
        uint256 balanceIn,
        uint256 balanceOut,
        uint256 amount,
        uint256 which,
        bool exactIn
    ) external view {
        uint256[2][7] memory all = [
            [uint256(1), 1],
            [uint256(4), 1],
            [uint256(1), 4],
            [uint256(7), 3],
            [uint256(3), 7],
            [uint256(2), 1],
            [uint256(1), 2]
        ];
        (uint256 wIn, uint256 wOut) = (all[which % 7][0], all[which % 7][1]);
        // Powers of up to 7 of numbers of up to 2^24, two of them, stay below 2^240.
        balanceIn = bound(balanceIn, 1, 2 ** (1 + balanceIn % 23));
        balanceOut = bound(balanceOut, 1, 2 ** (1 + balanceOut % 23));
        uint256 before = balanceIn ** wIn * balanceOut ** wOut;
        if (exactIn) {
            amount = bound(amount, 0, 2 ** 23);
            uint256 out = MATH.outGivenInDown(balanceIn, balanceOut, amount, wIn, wOut);
            assertGe((balanceIn + amount) ** wIn * (balanceOut - out) ** wOut, before, "POOL-2: exact in");
        } else {
            amount = bound(amount, 0, balanceOut - 1);
            uint256 factor = (balanceOut / (balanceOut - amount) + 1) ** wOut;
            vm.assume(factor < 2 ** (8 * wIn));
            uint256 input = MATH.inGivenOutUp(balanceIn, balanceOut, amount, wIn, wOut);
            vm.assume(balanceIn + input < 2 ** 32);
            assertGe((balanceIn + input) ** wIn * (balanceOut - amount) ** wOut, before, "POOL-2: exact out");
        }
    }

    /// POOL-2: no product of trades there and back pays, at any size.
    function testFuzz_WeightedThereAndBackNeverPays(uint256 x, uint256 y, uint256 amount, uint256 share) external view {
        x = bound(x, 1, 2 ** (1 + x % 111));
        y = bound(y, 1, 2 ** (1 + y % 111));
        share = bound(share, 1, 99);
        amount = bound(amount, 0, 2 * x);
        uint256 out = MATH.outGivenInDown(x, y, amount, share, 100 - share);
        vm.assume(out < y);
        uint256 back = MATH.outGivenInDown(y - out, x + amount, out, 100 - share, share);
        assertLe(back, amount, "POOL-2: more came back");
        if (out > 0) {
            uint256 price = MATH.inGivenOutUp(x, y, out, share, 100 - share);
            uint256 bought = MATH.outGivenInDown(x, y, price, share, 100 - share);
            assertGe(amount + (amount >> 60) + (x >> 110) + 3, price, "POOL-3: the inverse, within the bounds");
            assertGe(bought + (out >> 60) + 3 + (y >> 110), out, "POOL-3: and back");
        }
    }

    /// POOL-2: the same for stable pools of any size.
    function testFuzz_StableThereAndBackNeverPays(uint256 seed, uint256 amount, uint256 amplification) external view {
        (uint256[] memory x, uint256 i, uint256 j) = _stableState(seed);
        uint256 ann = x.length * bound(amplification, 1, 50_000);
        amount = bound(amount, 0, x[i] / 2);
        (, uint256 before) = MATH.boundsOf(x, ann);
        uint256 out = MATH.outGivenInDown(x, ann, i, j, amount);
        x[i] += amount;
        x[j] -= out;
        (, uint256 after_) = MATH.boundsOf(x, ann);
        assertGe(after_ + 4, before, "POOL-2: D falls by more than its bound");
        assertLe(MATH.outGivenInDown(x, ann, j, i, out), amount, "POOL-2: more came back");
        if (out != 0) {
            x[i] -= amount;
            x[j] += out;
            assertLe(MATH.inGivenOutUp(x, ann, i, j, out), amount + 1, "POOL-3: the inverse");
        }
    }

    /// POOL-2: F(D) has its exact sign on both sides, computed without the contract's forms: D_lower^(n+1) <= ... for
    /// n = 2.
    function testFuzz_StableInvariantOfTwoBracketsTheRoot(uint256 a, uint256 b, uint256 amplification) external view {
        uint256[] memory x = new uint256[](2);
        x[0] = bound(a, 1, 2 ** 46);
        x[1] = bound(b, (x[0] + 999_999) / 1_000_000, 2 ** 46);
        vm.assume(x[1] <= x[0] * 1_000_000);
        uint256 ann = 2 * bound(amplification, 1, 50_000);
        (uint256 lower, uint256 upper) = MATH.boundsOf(x, ann);
        assertLe(_signOfTwo(x, ann, lower), 0, "POOL-2: lower");
        assertGe(_signOfTwo(x, ann, upper), 0, "POOL-2: upper");
    }

    /// @dev 2^12 4 x y F(d / 2^12), exact: d^3 / 2^24 + 4 x y ((ann - 1) d - ann S 2^12), all times 2^24.
    function _signOfTwo(uint256[] memory x, uint256 ann, uint256 d) private view returns (int256) {
        int256 product = int256(4 * x[0] * x[1]);
        // d < 2^60: d^3 < 2^180; the rest is below 2^94 + 2^24 + 2^77 = 2^195.
        return int256(d ** 3) + ((product * (int256((ann - 1) * d) - int256((ann * (x[0] + x[1])) << 12))) << 24);
    }

    /// POOL-3: more in never gives less, and nothing in gives nothing.
    function testFuzz_OutputsAreMonotone(uint256 x, uint256 y, uint256 a, uint256 b, uint256 share) external view {
        x = bound(x, 1, TOP);
        y = bound(y, 1, TOP);
        share = bound(share, 1, 99);
        a = bound(a, 0, TOP);
        b = bound(b, a, TOP);
        uint256 less = MATH.outGivenInDown(x, y, a, share, 100 - share);
        uint256 more = MATH.outGivenInDown(x, y, b, share, 100 - share);
        // Each lies below its exact value by at most 2^-68 of it and a few units.
        assertGe(more + (less >> 67) + 3 + (y >> 109), less, "POOL-3: monotone within the bound");
        assertEq(MATH.outGivenInDown(x, y, 0, share, 100 - share), 0, "POOL-3: nothing for nothing");
        assertLt(more, y, "POOL-3: never the whole balance");
    }

    /// POOL-2: shares of an add are worth no more than the growth; adding everything in proportion gives the
    /// proportion.
    function testFuzz_WeightedSharesForGrowth(uint256 a, uint256 b, uint256 supply, uint256 percent) external view {
        uint256[] memory before = new uint256[](2);
        uint256[] memory afterwards = new uint256[](2);
        uint256[] memory weights = new uint256[](2);
        before[0] = bound(a, 100, 2 ** 100) / 100 * 100;
        before[1] = bound(b, 100, 2 ** 100) / 100 * 100;
        supply = bound(supply, 100, 2 ** 100);
        percent = bound(percent, 0, 300);
        (weights[0], weights[1]) = (30, 70);
        for (uint256 i = 0; i < 2; ++i) {
            afterwards[i] = before[i] + before[i] / 100 * percent;
        }
        uint256 shares = MATH.sharesForGrowthDown(before, afterwards, weights, supply);
        uint256 exact = supply * percent / 100;
        assertLe(shares, exact, "POOL-2: more than the proportion");
        assertLe(exact - shares, (exact >> 66) + 2, "POOL-1: less than the proportion by more than the bound");
        (uint256 lower, uint256 upper) = MATH.boundsOf(before, weights);
        (uint256 lowerAfter, uint256 upperAfter) = MATH.boundsOf(afterwards, weights);
        assertLe(lower * 100, upperAfter * (100 + percent), "POOL-2: invariant");
        assertGe(upperAfter * 100, lower * (100 + percent), "POOL-2: invariant grows as the balances");
        assertLe(lowerAfter * 100, upper * (100 + percent), "POOL-2: and no more");
    }

    /// POOL-2: the balance at a given invariant is that of the state that has it.
    function testFuzz_StableBalanceUp(uint256 seed, uint256 amplification, uint256 keep) external view {
        (uint256[] memory x, uint256 i,) = _stableState(seed);
        uint256 ann = x.length * bound(amplification, 1, 50_000);
        (, uint256 d) = MATH.boundsOf(x, ann);
        assertGe(MATH.balanceUp(x, ann, i, d), x[i], "POOL-2: not below the balance it has");
        assertLe(MATH.balanceUp(x, ann, i, d) - x[i], 256, "POOL-1: nor above it by more than the bound");
        uint256 lessD = d / 100 * bound(keep, 95, 100);
        uint256 balance = MATH.balanceUp(x, ann, i, lessD);
        x[i] = balance;
        (, uint256 reached) = MATH.boundsOf(x, ann);
        assertGe(reached + 4, lessD, "POOL-2: the balance has at least that invariant");
    }

    /// @dev 2 to 8 balances within 1000 of each other, of any magnitude from 1 unit.
    function _stableState(uint256 seed) private view returns (uint256[] memory x, uint256 i, uint256 j) {
        x = new uint256[](2 + seed % 7);
        uint256 least = 1 << ((seed >> 8) % 88);
        for (uint256 k = 0; k < x.length; ++k) {
            x[k] = least + uint256(keccak256(abi.encode(seed, k))) % (least << ((seed >> 16) % 10));
        }
        i = (seed >> 24) % x.length;
        j = (i + 1 + (seed >> 32) % (x.length - 1)) % x.length;
    }

    function testFuzz_MulDivIsExact(uint256 a, uint256 b, uint256 d) external view {
        d = bound(d, 1, type(uint256).max);
        // Below the divisor the quotient fits.
        a = a % d;
        uint256 down = MATH.mulDivDown(a, b, d);
        uint256 remainder = mulmod(a, b, d);
        unchecked {
            assertEq(down * d + remainder, a * b, "modulo 2^256");
        }
        assertLe(down, b, "a / d < 1");
        assertEq(MATH.mulDivUp(a, b, d), down + (remainder == 0 ? 0 : 1), "up");
    }
}
