// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {artifact} from "../../script/Artifact.sol";
import {MathGas} from "../mocks/MathGas.sol";

/// @notice What one inlined call costs. External functions keep the optimizer from folding the arguments.
contract PoolMathGasTest is Test {
    function test_Gas() external {
        MathGas math = MathGas(deployCode(artifact("MathGas")));
        (, uint256 gas) = math.weightedIn(700e18, 300e18, 7e18, 700_000, 300_000);
        vm.snapshotValue("pools", "math_weighted_in", gas);
        (, gas) = math.weightedOut(700e18, 300e18, 3e18, 700_000, 300_000);
        vm.snapshotValue("pools", "math_weighted_out", gas);
        (, gas) = math.pow(1_234e18, 1_000e18, 7, 3);
        vm.snapshotValue("pools", "pow", gas);
        (, gas) = math.stableIn(_three(1_000e18, 1_300e18, 800e18), 600, 0, 1, 10e18);
        vm.snapshotValue("pools", "math_stable3_in", gas);
    }

    function _three(uint256 a, uint256 b, uint256 c) private pure returns (uint256[] memory x) {
        x = new uint256[](3);
        (x[0], x[1], x[2]) = (a, b, c);
    }
}
