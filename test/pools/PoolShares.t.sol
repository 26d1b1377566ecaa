// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {PoolLateShares} from "../../contracts/pools/state/PoolLateShares.sol";
import {PoolShares} from "../../contracts/pools/state/PoolShares.sol";

/// @notice What packing a pool's shares into one word does to them.
contract PoolSharesTest is Test {
    /// POOL-10: the checkpoint is never rounded in the protocol's favour, and by no more than 2^-64 of itself.
    function testFuzz_PackRoundsTheCheckpointUp(uint256 checkpoint, uint256 total, uint256 fee) external pure {
        checkpoint >>= 8 + checkpoint % 240;
        total = bound(total, 0, type(uint112).max);
        fee = bound(fee, 0, 5_000);
        (uint256 total_, uint256 owed, uint256 fee_, uint256 checkpoint_) =
            PoolShares.unpack(PoolShares.withCheckpoint(PoolShares.pack(total, 0, fee, 0), checkpoint));
        assertEq(checkpoint_, PoolShares.withCheckpoint(0, checkpoint) >> 183, "as packed");
        checkpoint_ = PoolShares.checkpointOf(PoolShares.withCheckpoint(0, checkpoint));
        assertEq(total_, total, "total");
        assertEq(owed, 0, "owed");
        assertEq(fee_, fee, "fee");
        assertGe(checkpoint_, checkpoint, "POOL-10: rounded down");
        assertLe(checkpoint_ - checkpoint, checkpoint >> 64, "POOL-10: rounded up by too much");
    }

    /// POOL-10: nor is that of late shares.
    function testFuzz_PackRoundsTheCheckpointOfLateSharesUp(uint256 checkpoint, uint256 supply) external pure {
        checkpoint >>= 8 + checkpoint % 240;
        supply = bound(supply, 0, type(uint112).max);
        (uint256 supply_, uint256 checkpoint_) = PoolLateShares.unpack(PoolLateShares.pack(supply, checkpoint));
        assertEq(supply_, supply, "supply");
        assertGe(checkpoint_, checkpoint, "POOL-10: rounded down");
        assertLe(checkpoint_ - checkpoint, checkpoint >> 64, "POOL-10: rounded up by too much");
    }

    /// POOL-10: what is owed is never rounded in the protocol's favour, and what was rounded once stays as it is.
    function testFuzz_PackRoundsWhatIsOwedDown(uint256 owed) external pure {
        owed = bound(owed, 0, type(uint112).max) >> (owed % 112);
        (, uint256 once,,) = PoolShares.unpack(PoolShares.pack(0, owed, 0, 0));
        assertLe(once, owed, "POOL-10: rounded up");
        assertLe(owed - once, owed >> 49, "POOL-10: rounded down by too much");
        (, uint256 twice,,) = PoolShares.unpack(PoolShares.pack(0, once, 0, 0));
        assertEq(twice, once, "representable");
    }
}
