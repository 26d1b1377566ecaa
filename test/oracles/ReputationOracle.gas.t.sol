// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ReputationFixture} from "./ReputationFixture.sol";

/// @notice Whole-transaction gas of a batch (run with --isolate, or every access is warm and the transaction is
/// missing). Steady state: every wallet was reported before. 13 of 14 signers report, all but the lowest.
contract ReputationOracleGasTest is ReputationFixture {
    function test_Batch20Quorum13() external {
        deployOracle();
        keys = makeKeys(14, "gas");
        quorum = slice(keys, 1, 14);
        verifier.rotate(addressesOf(keys), 13, 14);
        uint256[] memory updates = new uint256[](20);
        for (uint256 round = 1; round <= 3; ++round) {
            for (uint256 i = 0; i < 20; ++i) {
                updates[i] = (1_000 + 37 * i) << 16 | (400 + 10 * i + 20 * round);
            }
            uint256 observedAt = START + INTERVAL * round;
            vm.warp(observedAt + 5);
            report(updates, observedAt);
        }
        vm.snapshotValue("skills", "reputation_batch20_quorum13", vm.lastCallGas().gasTotalUsed);
    }
}
