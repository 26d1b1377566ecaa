// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {GovernanceToken} from "../../contracts/governance/GovernanceToken.sol";
import {StakeFixture} from "./StakeFixture.sol";

/// @notice Stakers, router and thieves, and a model of what each staker is owed: it goes through time action by action
/// with shares of the stream, and has neither index nor settlement. Amounts of the model are in wei times 2^96.
contract StakeInPlaceHandler is StakeFixture {
    uint256 private constant ONE = 1 << 96;

    mapping(bytes32 action => uint256 times) public calls;
    mapping(address staker => uint256) public owed;
    mapping(address staker => uint256) public stakes;
    address[] public stakers;
    uint256 public brought;
    uint256 public paid;
    uint256 public donated;
    uint256 public waiting;
    uint256 public remaining;
    uint256 public total;
    uint256 private _finish;
    uint256 private _last;

    constructor(GovernanceToken token_, IERC20 reward_) {
        (token, reward) = (token_, reward_);
        stakers.push(alice);
        stakers.push(bob);
        stakers.push(carol);
    }

    function _pick(uint256 seed) private view returns (address) {
        return stakers[seed % stakers.length];
    }

    /// @dev The model's time.
    function _accrue() private {
        uint256 time = vm.getBlockTimestamp();
        if (time > _finish) time = _finish;
        if (time > _last) {
            uint256 streamed = Math.mulDiv(remaining, time - _last, _finish - _last);
            remaining -= streamed;
            if (total < MIN_STAKED) {
                waiting += streamed;
            } else {
                for (uint256 i = 0; i < stakers.length; ++i) {
                    owed[stakers[i]] += Math.mulDiv(streamed, stakes[stakers[i]], total);
                }
            }
        }
        _last = vm.getBlockTimestamp();
    }

    function _modelStart() private {
        (remaining, waiting) = (waiting, 0);
        _finish = vm.getBlockTimestamp() + DURATION;
    }

    function passTime(uint256 time) public {
        pass(bound(time, 1, time % 5 == 0 ? 9 days : 6 hours));
        _accrue();
        ++calls["passTime"];
    }

    function stakeSome(uint256 who, uint256 amount) external {
        address staker = _pick(who);
        uint256 free = token.unlockedBalanceOf(staker);
        if (free == 0) return;
        amount = bound(amount, 1, amount % 3 == 0 && free > 200 ? 200 : free);
        _accrue();
        stakeOf(staker, amount);
        stakes[staker] += amount;
        total += amount;
        ++calls["stake"];
    }

    function unstakeSome(uint256 who, uint256 amount) external {
        address staker = _pick(who);
        if (stakes[staker] == 0) return;
        amount = amount % 2 == 0 ? stakes[staker] : bound(amount, 1, stakes[staker]);
        _accrue();
        unstakeOf(staker, amount);
        stakes[staker] -= amount;
        total -= amount;
        ++calls["unstake"];
    }

    function claimSome(uint256 who) public {
        address staker = _pick(who);
        _accrue();
        uint256 before = reward.balanceOf(staker);
        uint256 got = claimOf(staker);
        assertEq(reward.balanceOf(staker) - before, got, "STAKE-1: paid what it says");
        assertLe(got * ONE, owed[staker] + ONE / 1_000, "STAKE-2: never more than the share");
        owed[staker] -= got * ONE < owed[staker] ? got * ONE : owed[staker];
        paid += got;
        ++calls["claim"];
    }

    function bring(uint256 amount) external {
        amount = bound(amount, 1, amount % 2 == 0 ? 2 * uint256(MIN_REWARD) : 1e20);
        if (token.unlockedBalanceOf(router) < amount || reward.balanceOf(router) < amount) return;
        _accrue();
        notify(amount);
        brought += amount;
        waiting += amount * ONE;
        if (vm.getBlockTimestamp() >= _finish && token.periodFinish() > vm.getBlockTimestamp()) _modelStart();
        ++calls["notify"];
    }

    function start() public {
        _accrue();
        (bool started,) = address(token).call(abi.encodeCall(token.startStream, ()));
        assertTrue(!started || vm.getBlockTimestamp() >= _finish, "STAKE-4: none while one runs");
        if (!started) return;
        _modelStart();
        ++calls["start"];
    }

    function donate(uint256 amount) external {
        amount = bound(amount, 1, 1e20);
        if (reward.balanceOf(router) < amount) return;
        vm.prank(router);
        reward.transfer(address(token), amount);
        donated += amount;
        ++calls["donate"];
    }

    /// @dev Every path out of an account, for one wei more than is free.
    function passTheLock(uint256 who, uint256 path) external {
        address staker = _pick(who);
        uint256 wanted = token.unlockedBalanceOf(staker) + 1;
        if (stakes[staker] == 0) return;
        bool success;
        if (path % 4 >= 2) {
            vm.prank(staker);
            token.approve(router, wanted);
        }
        vm.prank(path % 4 < 2 ? staker : router);
        if (path % 4 == 0) (success,) = address(token).call(abi.encodeCall(token.transfer, (router, wanted)));
        if (path % 4 == 1) (success,) = address(token).call(abi.encodeCall(token.burn, (wanted)));
        if (path % 4 == 2) {
            (success,) = address(token).call(abi.encodeCall(token.transferFrom, (staker, router, wanted)));
        }
        if (path % 4 == 3) (success,) = address(token).call(abi.encodeCall(token.burnFrom, (staker, wanted)));
        assertFalse(success, "GOV-1: the lock was passed");
        ++calls["lock"];
    }

    /// @dev All leave: what is left of what was streamed is at most one wei a staker.
    function exit() external {
        pass(DURATION);
        _accrue();
        for (uint256 i = 0; i < stakers.length; ++i) {
            if (stakes[stakers[i]] != 0) unstakeOf(stakers[i], stakes[stakers[i]]);
            paid += claimOf(stakers[i]);
        }
    }
}
