// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {FixedPoint} from "../../../contracts/math/FixedPoint.sol";
import {StableMath} from "../../../contracts/pools/math/StableMath.sol";
import {WeightedMath} from "../../../contracts/pools/math/WeightedMath.sol";

/// @notice The pool math as the pools call it, one function each, for the property harness to measure.
contract MathProbe {
    function weightedIn(uint256 balanceIn, uint256 balanceOut, uint256 amountIn, uint256 weightIn, uint256 weightOut)
        external
        pure
        returns (uint256)
    {
        return WeightedMath.outGivenInDown(balanceIn, balanceOut, amountIn, weightIn, weightOut);
    }

    function weightedOut(uint256 balanceIn, uint256 balanceOut, uint256 amountOut, uint256 weightIn, uint256 weightOut)
        external
        pure
        returns (uint256)
    {
        return WeightedMath.inGivenOutUp(balanceIn, balanceOut, amountOut, weightIn, weightOut);
    }

    function powDown(uint256 a, uint256 b, uint256 n, uint256 d) external pure returns (uint256) {
        return FixedPoint.powDown(a, b, n, d);
    }

    function powUp(uint256 a, uint256 b, uint256 n, uint256 d) external pure returns (uint256) {
        return FixedPoint.powUp(a, b, n, d);
    }

    function stableIn(uint256[] calldata x, uint256 ann, uint256 i, uint256 j, uint256 amountIn)
        external
        pure
        returns (uint256)
    {
        return StableMath.outGivenInDown(x, ann, i, j, amountIn, amountIn);
    }

    function stableOut(uint256[] calldata x, uint256 ann, uint256 i, uint256 j, uint256 amountOut)
        external
        pure
        returns (uint256)
    {
        return StableMath.inGivenOutUp(x, ann, i, j, amountOut);
    }
}
