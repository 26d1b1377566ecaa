// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {DiscountFixture} from "./DiscountFixture.sol";

/// @notice Whole-transaction gas of a swap in the steady state (run with --isolate) by a trader with an active badge of
/// tier 1, whose level decays, and a fresh score.
contract SkillDiscountGasTest is DiscountFixture {
    function test_SwapWithDiscount() external {
        deployDiscount();
        uint256 wallet = mintFor(alice);
        attest(wallet, DECAYING, 1_200);
        badges.mint(alice, idOf(BOUND, 0), 1, "");
        badges.mint(alice, idOf(BOUND, 1), 1, "");
        setScore(wallet, 8_000);
        for (uint256 i = 0; i < 3; ++i) {
            vm.warp(vm.getBlockTimestamp() + 12);
            vm.prank(alice);
            manager.swapExactIn(key, 0, 1, 7e18, 1, alice, type(uint256).max);
        }
        vm.snapshotValue("skills", "swap_with_discount", vm.lastCallGas().gasTotalUsed);
    }
}
