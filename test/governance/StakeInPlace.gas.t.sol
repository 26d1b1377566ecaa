// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {StakeFixture} from "./StakeFixture.sol";

/// @notice Whole-transaction gas of staking while a stream runs (run with --isolate).
contract StakeInPlaceGasTest is StakeFixture {
    function _snapshot(string memory name) private {
        vm.snapshotValue("governance", name, vm.lastCallGas().gasTotalUsed);
    }

    function _running(uint8 decimals) private {
        deployStaking(decimals);
        stakeOf(bob, 1e24);
        notify(1e24);
        pass(12);
        unstakeOf(bob, 1e20);
        pass(12);
    }

    function test_Stake() external {
        _running(18);
        stakeOf(alice, 1e24);
        _snapshot("stake_first");
        pass(12);
        stakeOf(alice, 1e22);
        pass(12);
        stakeOf(alice, 1e22);
        _snapshot("stake_again");
        pass(12);
        unstakeOf(alice, 1e22);
        _snapshot("unstake_partial");
    }

    function test_ClaimOther() external {
        _running(18);
        _claims();
        _snapshot("claim_later_other");
    }

    function test_ClaimOwn() external {
        _running(0);
        vm.prank(alice);
        token.delegate(carol);
        pass(12);
        _claims();
        _snapshot("claim_later_own");
    }

    function _claims() private {
        stakeOf(alice, 1e24);
        for (uint256 i = 0; i < 3; ++i) {
            pass(12);
            claimOf(alice);
        }
    }

    function test_TransferDelegated() external {
        deployStaking(18);
        vm.prank(alice);
        token.delegate(alice);
        vm.prank(bob);
        token.delegate(bob);
        for (uint256 i = 0; i < 3; ++i) {
            pass(12);
            vm.prank(alice);
            token.transfer(bob, 1e20);
        }
        _snapshot("transfer_delegated");
    }
}
