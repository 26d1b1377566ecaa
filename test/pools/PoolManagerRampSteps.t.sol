// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPoolErrors} from "../../contracts/pools/IPoolErrors.sol";
import {PoolFixture} from "./PoolFixture.sol";
import {PlainToken} from "./PoolTokens.sol";

/// @notice POOL-23: nobody profits from trading around a step of a ramp, which is what the amplification moves between
/// two blocks 15 s apart. The fastest ramp that the manager accepts, pools of 2 to 8 tokens in and out of balance, both
/// directions; the judge is what the attacker has.
contract PoolManagerRampStepsTest is PoolFixture {
    uint256 private constant LATER = type(uint256).max;
    uint256 private constant BLOCK_TIME = 15;

    uint256[] private _key;

    function setUp() external {
        deployManager();
    }

    function test_POOL23_NoStepPaysInBalance() external {
        for (uint256 n = 2; n < 9; ++n) {
            _everyWay(n, 200, 100, 1, 1);
            _everyWay(n, 10, 30, 1, 1);
        }
    }

    function test_POOL23_NoStepPaysOutOfBalance() external {
        for (uint256 n = 2; n < 9; ++n) {
            _everyWay(n, 200, 100, 30, 1);
            _everyWay(n, 20_000, 60, 300, 1);
            _everyWay(n, 4, 25, 1, 20);
        }
    }

    /// POOL-23: with a discount the step is measured against what a policy may grant, and at a least fee of 0 there is
    /// no ramp.
    function test_POOL23_TheLeastFeeCounts() external {
        PlainToken[] memory tokens = deployTokens(decimalsOf(18, 18));
        uint256 end = vm.getBlockTimestamp() + 365 days;
        uint256[] memory key = withPolicy(stableKey(tokens, 200), makeAddr("policy"), 0);
        create(key, list(1e24, 1e24));
        _expectRefusal(key, 300, end);
        key = withPolicy(stableKey(tokens, 200), makeAddr("policy"), 20);
        create(key, list(1e24, 1e24));
        _expectRefusal(key, 300, vm.getBlockTimestamp() + 4 days);
        manager.rampAmplification(key, 300, vm.getBlockTimestamp() + 5 days);
        key = stableKey(tokens, 200);
        key[0] &= ~uint256(0xffffff);
        create(key, list(1e24, 1e24));
        _expectRefusal(key, 300, end);
        key[0] += 1;
        create(key, list(1e24, 1e24));
        _expectRefusal(key, 300, vm.getBlockTimestamp() + 60 days);
        manager.rampAmplification(key, 300, end);
    }

    /// POOL-23: the line has digits enough: in no 15 s it moves by more than the fee's part of itself, whatever it
    /// starts from.
    function testFuzz_POOL23_NoStepExceedsTheFee(uint256 seed, uint256 n, uint256 amplification, uint256 fee) external {
        n = bound(n, 2, 8);
        amplification = bound(amplification, 1, 25_000);
        fee = bound(fee, 1, 100_000);
        _create(n, amplification, fee, 1, 1);
        uint256 target = seed & 1 == 0 ? 2 * amplification : (amplification + 1) / 2;
        uint256 duration = _fastest(target);
        if (duration == 0) return;
        uint256 start = vm.getBlockTimestamp();
        manager.rampAmplification(_key, target, start + duration);
        vm.warp(start + (seed >> 8) % duration);
        (uint256 before,,,,,) = manager.rampState(_key);
        vm.warp(vm.getBlockTimestamp() + BLOCK_TIME);
        (uint256 afterwards,,,,,) = manager.rampState(_key);
        uint256 step = before < afterwards ? afterwards - before : before - afterwards;
        assertLe(step * 1e6, before * fee, "POOL-23: a step above the least fee");
    }

    function _everyWay(uint256 n, uint256 amplification, uint256 fee, uint256 first, uint256 second) private {
        for (uint256 up = 0; up < 2; ++up) {
            _create(n, amplification, fee, first, second);
            uint256 target = up == 1 ? 2 * amplification : amplification / 2;
            uint256 duration = _fastest(target);
            assertGt(duration, 0, "no ramp at all");
            uint256 start = vm.getBlockTimestamp();
            manager.rampAmplification(_key, target, start + duration);
            // Where a step is the largest part of what it starts from.
            vm.warp(up == 1 ? start + 3 : start + duration - BLOCK_TIME - 3);
            _assertNoneProfits(0, 1);
            _assertNoneProfits(1, 0);
            _assertNoneProfits(n - 1, 0);
            vm.warp(start + duration + 1 days);
        }
    }

    /// @dev Every size from a thousandth of a balance to a thousand balances: there before the step, back after it.
    function _assertNoneProfits(uint256 from, uint256 to) private {
        if (from == to) return;
        uint256 state = vm.snapshotState();
        uint256 time = vm.getBlockTimestamp();
        for (uint256 amount = 1e21; amount < 1e28; amount = amount * 5 / 3) {
            try manager.swapExactIn(_key, from, to, amount, 0, address(this), LATER) returns (uint256 out) {
                vm.warp(time + BLOCK_TIME);
                uint256 back = manager.swapExactIn(_key, to, from, out, 0, address(this), LATER);
                assertLe(back, amount, "POOL-23: trading around a step pays");
            } catch {
                // Out of range, and so is everything larger.
                break;
            }
            vm.revertToState(state);
        }
        vm.revertToState(state);
    }

    /// @dev The shortest duration that is accepted, in seconds; 0 if none is.
    function _fastest(uint256 target) private returns (uint256) {
        uint256 low = 1 days - 1;
        uint256 high = 365 days;
        if (!_isAccepted(target, high)) return 0;
        while (high - low > 1) {
            uint256 middle = (low + high) / 2;
            if (_isAccepted(target, middle)) high = middle;
            else low = middle;
        }
        return high;
    }

    function _isAccepted(uint256 target, uint256 duration) private returns (bool accepted) {
        uint256 state = vm.snapshotState();
        try manager.rampAmplification(_key, target, vm.getBlockTimestamp() + duration) {
            accepted = true;
        } catch {}
        vm.revertToState(state);
    }

    function _expectRefusal(uint256[] memory key, uint256 target, uint256 end) private {
        vm.expectPartialRevert(IPoolErrors.RampOutOfRange.selector);
        manager.rampAmplification(key, target, end);
    }

    /// @dev A pool of 10^24 units of each token, but for the first two, of which it has that times `first` and
    /// `second`.
    function _create(uint256 n, uint256 amplification, uint256 fee, uint256 first, uint256 second) private {
        uint8[] memory decimals = new uint8[](n);
        uint256[] memory amounts = new uint256[](n);
        for (uint256 i = 0; i < n; ++i) {
            decimals[i] = 18;
            amounts[i] = 1e24 * (i == 0 ? first : i == 1 ? second : 1);
        }
        _key = stableKey(deployTokens(decimals), amplification);
        _key[0] = (_key[0] & ~uint256(0xffffff)) | fee;
        create(_key, amounts);
    }
}
