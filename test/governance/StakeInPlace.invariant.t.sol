// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {StakeFixture} from "./StakeFixture.sol";
import {StakeInPlaceHandler} from "./StakeInPlace.handler.sol";

/// @notice The promises of staking after any sequence of actions, with a reward token of so many decimals.
abstract contract StakeInPlaceInvariant is StakeFixture {
    StakeInPlaceHandler internal handler;

    function begin(uint8 decimals) internal {
        deployStaking(decimals);
        handler = new StakeInPlaceHandler(token, reward);
        bytes4[] memory actions = new bytes4[](9);
        actions[0] = StakeInPlaceHandler.passTime.selector;
        actions[1] = StakeInPlaceHandler.passTime.selector;
        actions[2] = StakeInPlaceHandler.stakeSome.selector;
        actions[3] = StakeInPlaceHandler.unstakeSome.selector;
        actions[4] = StakeInPlaceHandler.claimSome.selector;
        actions[5] = StakeInPlaceHandler.bring.selector;
        actions[6] = StakeInPlaceHandler.start.selector;
        actions[7] = StakeInPlaceHandler.donate.selector;
        actions[8] = StakeInPlaceHandler.passTheLock.selector;
        targetContract(address(handler));
        targetSelector(FuzzSelector(address(handler), actions));
    }

    /// forge-config: default.invariant.runs = 12
    function invariant_STAKE_PromisesHoldAfterEveryAction() external view {
        uint256 staked;
        uint256 owed;
        for (uint256 i = 0; i < 3; ++i) {
            address staker = handler.stakers(i);
            assertEq(token.stakedOf(staker), handler.stakes(staker), "STAKE-6: stake");
            assertGe(token.balanceOf(staker), token.stakedOf(staker), "GOV-1: never below the lock");
            uint256 earned = token.earned(staker);
            assertApproxEqAbs(earned, handler.owed(staker) >> 96, 1, "STAKE-2: the share of the stream");
            staked += token.stakedOf(staker);
            owed += earned;
        }
        assertEq(token.totalStaked(), staked, "STAKE-6: total");
        assertApproxEqAbs(token.queuedReward(), handler.waiting() >> 96, 1, "STAKE-3: what waits");
        uint256 held = reward.balanceOf(address(token)) - handler.donated();
        assertEq(held, handler.brought() - handler.paid(), "STAKE-1: funded");
        assertGe(held + 1, owed + token.queuedReward() + (handler.remaining() >> 96), "STAKE-1: all is covered");
    }

    function afterInvariant() external {
        bytes32[8] memory names =
            [bytes32("passTime"), "stake", "unstake", "claim", "notify", "start", "donate", "lock"];
        uint256 sum;
        uint256 missing;
        for (uint256 i = 0; i < names.length; ++i) {
            uint256 times = handler.calls(names[i]);
            sum += times;
            if (times == 0) ++missing;
        }
        // Not for the short sequences that forge makes while it shrinks a failure.
        if (sum > 60) assertLe(missing, 1, "actions were not tried");
        handler.exit();
        uint256 left = handler.brought() - handler.paid() - token.queuedReward();
        assertLe(left, 3, "STAKE-2: three stakers leave at most 3 wei");
    }
}

/// @notice Rewards of 6 decimals.
contract StakeInPlaceInvariantTest is StakeInPlaceInvariant {
    function setUp() external {
        begin(6);
    }
}

/// @notice Rewards in the stake token itself.
contract StakeInPlaceOwnInvariantTest is StakeInPlaceInvariant {
    function setUp() external {
        begin(0);
    }
}
