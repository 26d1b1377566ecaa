// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {FixedPoint} from "../../contracts/math/FixedPoint.sol";
import {StableMath} from "../../contracts/pools/math/StableMath.sol";
import {WeightedMath} from "../../contracts/pools/math/WeightedMath.sol";

/// @notice What one inlined call costs. External functions keep the optimizer from folding the arguments.
/// @dev It records its figures itself: how the optimizer inlines depends on the whole contract, so what measures is
/// part of what is measured.
contract MathGas is Test {
    function figures() external {
        (, uint256 gas) = this.weightedIn(700e18, 300e18, 7e18, 700_000, 300_000);
        vm.snapshotValue("pools", "math_weighted_in", gas);
        (, gas) = this.weightedOut(700e18, 300e18, 3e18, 700_000, 300_000);
        vm.snapshotValue("pools", "math_weighted_out", gas);
        (, gas) = this.pow(1_234e18, 1_000e18, 7, 3);
        vm.snapshotValue("pools", "pow", gas);
        (, gas) = this.stableIn(_three(1_000e18, 1_300e18, 800e18), 600, 0, 1, 10e18);
        vm.snapshotValue("pools", "math_stable3_in", gas);
    }

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
        result = StableMath.outGivenInDown(x, ann, i, j, amount, amount);
        gas -= gasleft();
    }

    function _three(uint256 a, uint256 b, uint256 c) private pure returns (uint256[] memory x) {
        x = new uint256[](3);
        (x[0], x[1], x[2]) = (a, b, c);
    }
}
