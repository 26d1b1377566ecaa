// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {FixedPoint} from "../../contracts/pools/FixedPoint.sol";
import {StableMath} from "../../contracts/pools/StableMath.sol";
import {WeightedMath} from "../../contracts/pools/WeightedMath.sol";

/// @notice What one inlined call costs. External functions keep the optimizer from folding the arguments.
contract MathGas {
    function pow(uint256 a, uint256 b, uint256 n, uint256 d) external view returns (uint256 result, uint256 gas) {
        gas = gasleft();
        result = FixedPoint.powDown(a, b, n, d);
        gas -= gasleft();
    }

    function weightedIn(uint256 x, uint256 y, uint256 amount, uint256 wIn, uint256 wOut)
        external
        view
        returns (uint256 result, uint256 gas)
    {
        gas = gasleft();
        result = WeightedMath.outGivenInDown(x, y, amount, wIn, wOut);
        gas -= gasleft();
    }

    function weightedOut(uint256 x, uint256 y, uint256 amount, uint256 wIn, uint256 wOut)
        external
        view
        returns (uint256 result, uint256 gas)
    {
        gas = gasleft();
        result = WeightedMath.inGivenOutUp(x, y, amount, wIn, wOut);
        gas -= gasleft();
    }

    function stableIn(uint256[] memory x, uint256 ann, uint256 i, uint256 j, uint256 amount)
        external
        view
        returns (uint256 result, uint256 gas)
    {
        gas = gasleft();
        result = StableMath.outGivenInDown(x, ann, i, j, amount);
        gas -= gasleft();
    }
}
