// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IStakeInPlace} from "../../contracts/governance/IStakeInPlace.sol";
import {StakeFixture} from "./StakeFixture.sol";

/// @notice STAKE-1 to STAKE-9 on single cases; StakeInPlace.tree is the specification. Rewards are of 6 decimals.
contract StakeInPlaceTest is StakeFixture {
    uint256 private constant STREAM = 604_800e6;

    function setUp() external {
        deployStaking(6);
    }

    // stake

    function test_Stake_RevertWhen_NothingIsStaked() external {
        vm.expectRevert(IStakeInPlace.AmountZero.selector);
        stakeOf(alice, 0);
        vm.expectRevert(IStakeInPlace.AmountZero.selector);
        unstakeOf(alice, 0);
    }

    function test_Stake_RevertWhen_MoreThanTheFreeBalanceIsStaked() external {
        stakeOf(alice, CAP / 10 - 1);
        expectLocked(alice, 2);
        stakeOf(alice, 2);
    }

    function test_Stake_WhenTheBalanceIsFree() external {
        vm.expectEmit(address(token));
        emit IStakeInPlace.Staked(alice, 3e18, 3e18);
        stakeOf(alice, 3e18);
        notify(STREAM);
        pass(100);
        stakeOf(bob, 1e18);
        pass(100);
        assertEq(token.balanceOf(alice), CAP / 10, "GOV-1: the balance stays where it is");
        assertEq(token.totalStaked(), 4e18, "total");
        assertApproxEqAbs(token.earned(alice), 175e6, 1, "STAKE-2: alone, then three quarters");
        assertApproxEqAbs(token.earned(bob), 25e6, 1, "STAKE-2: from when he staked");
    }

    // stakeWithPermit

    function test_StakeWithPermit_RevertWhen_ThereIsNoPermit() external {
        (uint8 v, bytes32 r, bytes32 s) = signPermit(address(token), 5);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, address(token), 0, 6));
        token.stakeWithPermit(alice, 6, type(uint256).max, v, r, s);
    }

    function test_StakeWithPermit_WhenAnyoneSendsThePermit() external {
        (uint8 v, bytes32 r, bytes32 s) = signPermit(address(token), 5);
        vm.prank(bob);
        token.stakeWithPermit(alice, 5, type(uint256).max, v, r, s);
        assertEq(token.stakedOf(alice), 5, "STAKE-8: for the owner");
        assertEq(token.allowance(alice, address(token)), 0, "STAKE-8: used up");
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, address(token), 0, 5));
        token.stakeWithPermit(alice, 5, type(uint256).max, v, r, s);
    }

    function test_StakeWithPermit_WhenSomebodyUsedThePermitBefore() external {
        (uint8 v, bytes32 r, bytes32 s) = signPermit(address(token), 5);
        vm.prank(bob);
        token.permit(alice, address(token), 5, type(uint256).max, v, r, s);
        vm.prank(alice);
        token.stakeWithPermit(alice, 5, type(uint256).max, v, r, s);
        assertEq(token.stakedOf(alice), 5, "STAKE-8: a permit sent before does not stop it");
    }

    // unstake

    function test_Unstake_RevertWhen_MoreThanTheStakeIsUnstaked() external {
        stakeOf(alice, 10);
        vm.expectRevert(abi.encodeWithSelector(IStakeInPlace.StakeTooSmall.selector, 10, 11));
        unstakeOf(alice, 11);
    }

    function test_Unstake_WhenTheRewardTokenFails() external {
        stakeOf(alice, CAP / 10);
        notify(STREAM);
        pass(50);
        vm.mockCallRevert(address(reward), abi.encodeWithSelector(IERC20.transfer.selector), "frozen");
        vm.expectRevert("frozen");
        claimOf(alice);
        vm.expectEmit(address(token));
        emit IStakeInPlace.Unstaked(alice, CAP / 10, 0);
        unstakeOf(alice, CAP / 10);
        vm.prank(alice);
        token.transfer(bob, CAP / 10);
        vm.clearMockedCalls();
        assertApproxEqAbs(claimOf(alice), 50e6, 1, "STAKE-7: free at once, rewards kept");
    }

    // claim

    function test_Claim_RevertWhen_TheReceiverWouldLoseIt() external {
        vm.startPrank(alice);
        vm.expectRevert(abi.encodeWithSelector(IStakeInPlace.ReceiverInvalid.selector, address(0)));
        token.claim(address(0));
        vm.expectRevert(abi.encodeWithSelector(IStakeInPlace.ReceiverInvalid.selector, address(token)));
        token.claim(address(token));
    }

    function test_Claim_RevertWhen_TheCallerIsNotTheClaimer() external {
        vm.startPrank(alice);
        token.setClaimer(bob);
        token.setClaimer(carol);
        vm.stopPrank();
        vm.expectRevert(abi.encodeWithSelector(IStakeInPlace.NotClaimer.selector, alice, bob));
        vm.prank(bob);
        token.claimFor(alice, bob);
    }

    function test_Claim_WhenTheClaimerClaims() external {
        stakeOf(alice, 1e18);
        notify(STREAM);
        pass(10);
        vm.expectEmit(address(token));
        emit IStakeInPlace.ClaimerSet(alice, bob);
        vm.prank(alice);
        token.setClaimer(bob);
        assertEq(token.claimerOf(alice), bob, "named");
        vm.prank(bob);
        token.claimFor(alice, carol);
        assertApproxEqAbs(reward.balanceOf(carol), 10e6, 1, "STAKE-9: to whom the claimer says");
    }

    function test_Claim_GivenRewards() external {
        stakeOf(alice, 1e18);
        notify(STREAM);
        pass(10);
        uint256 due = token.earned(alice);
        vm.expectEmit(address(token));
        emit IStakeInPlace.RewardClaimed(alice, alice, due);
        assertEq(claimOf(alice), due, "as the view says");
        assertEq(reward.balanceOf(alice), due, "paid");
        assertEq(claimOf(alice), 0, "STAKE-1: once");
    }

    // notifyReward

    function test_NotifyReward_RevertWhen_TheCallerIsNotTheRouter() external {
        vm.expectRevert(abi.encodeWithSelector(IStakeInPlace.NotRouter.selector, address(this), router));
        token.notifyReward(MIN_REWARD);
    }

    function test_NotifyReward_RevertWhen_NothingIsBrought() external {
        vm.expectRevert(IStakeInPlace.AmountZero.selector);
        notify(0);
    }

    function test_NotifyReward_RevertWhen_ItIsNotFunded() external {
        stakeOf(alice, 1e18);
        notify(STREAM);
        pass(DURATION);
        // Rewards that nobody claimed yet lie there, and pay for nothing else (UniStaker 59).
        vm.prank(router);
        reward.approve(address(token), STREAM - 1);
        vm.expectRevert();
        notify(STREAM);
        vm.mockCall(address(reward), abi.encodeWithSelector(IERC20.transferFrom.selector), abi.encode(true));
        vm.expectRevert(abi.encodeWithSelector(IStakeInPlace.RewardNotReceived.selector, STREAM, 0));
        notify(STREAM);
    }

    function test_NotifyReward_RevertWhen_AllEverBroughtWouldNotFit() external {
        notify(STREAM);
        uint256 rest = type(uint112).max - STREAM;
        vm.expectRevert(abi.encodeWithSelector(IStakeInPlace.RewardTooLarge.selector, STREAM, rest + 1));
        notify(rest + 1);
        deal(address(reward), router, rest);
        notify(rest);
        assertEq(token.totalNotified(), type(uint112).max, "STAKE-5: the most");
        stakeOf(alice, MIN_STAKED);
        pass(DURATION);
        token.startStream();
        pass(DURATION);
        assertLe(token.earned(alice), type(uint112).max, "STAKE-5: and nothing overflows");
    }

    function test_NotifyReward_GivenNoStream() external {
        vm.expectEmit(address(token));
        emit IStakeInPlace.RewardNotified(STREAM);
        vm.expectEmit(address(token));
        emit IStakeInPlace.StreamStarted(uint256(1e6) << 128, START + DURATION);
        notify(STREAM);
        assertEq(token.rewardRate(), 1e6, "rate");
        assertEq(token.periodFinish(), START + DURATION, "STAKE-4: exactly the duration");
        assertEq(token.queuedReward(), 0, "nothing waits");
    }

    function test_NotifyReward_GivenAStream() external {
        stakeOf(alice, 1e18);
        notify(STREAM);
        pass(DURATION / 2);
        notify(1);
        notify(STREAM);
        assertEq(token.rewardRate(), 1e6, "STAKE-4: the rate stays");
        assertEq(token.periodFinish(), START + DURATION, "STAKE-4: the end stays");
        assertEq(token.queuedReward(), STREAM + 1, "STAKE-4: it waits");
    }

    function test_NotifyReward_GivenTooLittleForAStream() external {
        notify(MIN_REWARD - 1);
        assertEq(token.periodFinish(), 0, "STAKE-4: dust starts no stream");
        notify(1);
        assertEq(token.periodFinish(), START + DURATION, "STAKE-4: both together do");
    }

    // startStream

    function test_StartStream_RevertGiven_AStream() external {
        notify(STREAM);
        notify(STREAM);
        pass(DURATION - 1);
        vm.expectRevert(abi.encodeWithSelector(IStakeInPlace.StreamRunning.selector, START + DURATION));
        token.startStream();
    }

    function test_StartStream_RevertGiven_TooLittleInTheQueue() external {
        notify(MIN_REWARD - 1);
        vm.expectRevert(abi.encodeWithSelector(IStakeInPlace.QueueTooSmall.selector, MIN_REWARD - 1, MIN_REWARD));
        token.startStream();
    }

    function test_StartStream_GivenAQueueAfterTheEnd() external {
        stakeOf(alice, 1e18);
        notify(STREAM);
        notify(STREAM * 2);
        pass(DURATION + 1 days);
        assertEq(token.rewardRate(), 0, "over");
        assertApproxEqAbs(token.earned(alice), STREAM, 1, "STAKE-2: nothing after the end");
        vm.prank(carol);
        token.startStream();
        assertEq(token.periodFinish(), START + 2 * uint256(DURATION) + 1 days, "STAKE-4: exactly the duration");
        pass(DURATION);
        assertApproxEqAbs(token.earned(alice), 3 * STREAM, 1, "STAKE-4: all of it");
    }

    function test_StartStream_GivenIdleTime() external {
        notify(STREAM);
        // One wei is less than counts (minStaked).
        stakeOf(bob, 1);
        pass(1_000);
        stakeOf(alice, 1e18);
        assertEq(token.earned(bob), 0, "STAKE-3: one wei takes no idle stream");
        assertEq(token.queuedReward(), 1_000e6, "STAKE-3: to the queue");
        assertEq(token.periodFinish(), START + DURATION, "STAKE-3: the end does not move");
        pass(DURATION - 1_000);
        assertApproxEqAbs(token.earned(alice), STREAM - 1_000e6, 1, "STAKE-3: the rest is streamed");
        token.startStream();
        pass(DURATION);
        assertApproxEqAbs(token.earned(alice), STREAM, 2, "STAKE-3: and then what was idle");
    }

    function test_StartStream_GivenADonation() external {
        stakeOf(alice, 1e18);
        notify(STREAM);
        pass(10);
        uint256 before = token.earned(alice);
        vm.prank(router);
        reward.transfer(address(token), 7e12);
        token.transfer(address(token), 7e18);
        assertEq(token.earned(alice), before, "STAKE-6: not by a wei");
        assertEq(token.queuedReward(), 0, "STAKE-6: nor what waits");
    }

    /// @dev STAKE-2, however often an account settles: the fraction of a wei is kept.
    function testFuzz_SettlingCostsNothing(uint256 stakeA, uint256 stakeB, uint256 amount, uint256 seed) external {
        stakeA = bound(stakeA, MIN_STAKED, CAP / 10);
        stakeB = bound(stakeB, 1, CAP / 10);
        amount = bound(amount, MIN_REWARD, 1e24);
        stakeOf(alice, stakeA);
        stakeOf(bob, stakeB);
        notify(amount);
        for (uint256 i = 0; i < 40; ++i) {
            pass(uint256(keccak256(abi.encode(seed, i))) % 20_000);
            claimOf(alice);
        }
        pass(DURATION);
        claimOf(alice);
        claimOf(bob);
        uint256 paid = reward.balanceOf(alice) + reward.balanceOf(bob);
        assertLe(paid, amount, "STAKE-1: never more than was brought");
        assertLe(amount - paid - token.queuedReward(), 2, "STAKE-2: two stakers leave at most 2 wei");
        assertApproxEqAbs(reward.balanceOf(bob), amount * stakeB / (stakeA + stakeB), 1, "STAKE-2: the exact share");
    }
}
