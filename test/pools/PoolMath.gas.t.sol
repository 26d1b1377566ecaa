// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {artifact} from "../../script/Artifact.sol";
import {MathGas} from "../mocks/MathGas.sol";

/// @notice What one inlined call of the pool math costs, measured where the optimizer inlines it.
contract PoolMathGasTest is Test {
    function test_Gas() external {
        MathGas(deployCode(artifact("MathGas"))).figures();
    }
}
