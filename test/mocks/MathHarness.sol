// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {FixedPoint} from "../../contracts/math/FixedPoint.sol";
import {StableMath} from "../../contracts/pools/math/StableMath.sol";
import {WeightedMath} from "../../contracts/pools/math/WeightedMath.sol";

/// @notice The pool math as external calls, so that tests run it as the optimizer made it.
contract MathHarness {
    function powDown(uint256 a, uint256 b, uint256 n, uint256 d) external pure returns (uint256) {
        return FixedPoint.powDown(a, b, n, d);
    }

    function powUp(uint256 a, uint256 b, uint256 n, uint256 d) external pure returns (uint256) {
        return FixedPoint.powUp(a, b, n, d);
    }

    function mulDivDown(uint256 a, uint256 b, uint256 d) external pure returns (uint256) {
        return FixedPoint.mulDivDown(a, b, d);
    }

    function mulDivUp(uint256 a, uint256 b, uint256 d) external pure returns (uint256) {
        return FixedPoint.mulDivUp(a, b, d);
    }

    function outGivenInDown(uint256 x, uint256 y, uint256 amount, uint256 wIn, uint256 wOut)
        external
        pure
        returns (uint256)
    {
        return WeightedMath.outGivenInDown(x, y, amount, wIn, wOut);
    }

    function inGivenOutUp(uint256 x, uint256 y, uint256 amount, uint256 wIn, uint256 wOut)
        external
        pure
        returns (uint256)
    {
        return WeightedMath.inGivenOutUp(x, y, amount, wIn, wOut);
    }

    function sharesForGrowthDown(
        uint256[] memory before,
        uint256[] memory afterwards,
        uint256[] memory weights,
        uint256 supply
    ) external pure returns (uint256) {
        return WeightedMath.sharesForGrowthDown(before, afterwards, weights, supply);
    }

    function boundsOf(uint256[] memory balances, uint256[] memory weights) external pure returns (uint256, uint256) {
        return WeightedMath.invariant(balances, weights);
    }

    function boundsOf(uint256[] memory x, uint256 ann) external pure returns (uint256, uint256) {
        return StableMath.invariant(x, ann);
    }

    function outGivenInDown(uint256[] memory x, uint256 ann, uint256 i, uint256 j, uint256 amount)
        external
        pure
        returns (uint256)
    {
        return StableMath.outGivenInDown(x, ann, i, j, amount, amount);
    }

    function inGivenOutUp(uint256[] memory x, uint256 ann, uint256 i, uint256 j, uint256 amount)
        external
        pure
        returns (uint256)
    {
        return StableMath.inGivenOutUp(x, ann, i, j, amount);
    }

    function balanceUp(uint256[] memory x, uint256 ann, uint256 i, uint256 d) external pure returns (uint256) {
        return StableMath.balanceUp(x, ann, i, d);
    }
}
