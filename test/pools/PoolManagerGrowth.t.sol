// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPoolTrade} from "../../contracts/pools/IPoolTrade.sol";
import {PoolFixture} from "./PoolFixture.sol";
import {PlainToken} from "./PoolTokens.sol";

/// @notice POOL-10 and POOL-16: what the protocol gets of a ramping pool, judged by the swap fees that traders paid,
/// counted here at par from what they put in. Two tokens of 18 decimals worth the same, a million each, fee 0.03 %, the
/// protocol's part a tenth.
contract PoolManagerGrowthTest is PoolFixture {
    uint256 private constant LATER = type(uint256).max;
    uint256 private constant SIZE = 1_000_000e18;

    PlainToken[] private _tokens;
    uint256[] private _key;
    uint256 private _fees;

    function setUp() external {
        deployManager();
        _tokens = deployTokens(decimalsOf(18, 18));
        _open(200);
    }

    /// POOL-16: at half the amplification the same balances are worth less when they are apart. A flash swap around a
    /// collection must not make growth of the way back.
    function test_POOL16_ATradeAndItsReturnInAFallingRampOweNoMoreThanTheirFees() external {
        uint256[4] memory amounts = [uint256(500_000e18), 1_000_000e18, 1_500_000e18, 3_000_000e18];
        for (uint256 i = 0; i < amounts.length; ++i) {
            uint256 state = vm.snapshotState();
            _ramp(100, 1 days);
            _thereCollectAndBack(amounts[i]);
            manager.collectProtocolFee(_key);
            _assertNoMoreThanFees("POOL-16: flash");
            vm.revertToState(state);
        }
    }

    /// POOL-16: nor where the pool is left out of balance, by whoever needs it.
    function test_POOL16_ASwapInAFallingRampOwesNoMoreThanItsFee() external {
        _ramp(100, 1 days);
        _swap(0, 1, 900_000e18);
        manager.collectProtocolFee(_key);
        _assertNoMoreThanFees("POOL-16: one swap");
    }

    /// POOL-16: upwards the same trick would raise the checkpoint above what the pool is worth, and hide what it earns
    /// for a year.
    function test_POOL16_ATradeInARisingRampHidesNoGrowth() external {
        _ramp(400, 1 days);
        _thereCollectAndBack(1_500_000e18);
        manager.collectProtocolFee(_key);
        uint256 before = sharesOf(_key, TREASURY);
        _fees = 0;
        for (uint256 i = 0; i < 100; ++i) {
            _swap(1, 0, _swap(0, 1, 400_000e18));
        }
        manager.collectProtocolFee(_key);
        // Of a token that came in at 1.4 to 0.6 the invariant grows by a hundredth less than at par, for one that went
        // back by none.
        uint256 value = _worth(sharesOf(_key, TREASURY) - before);
        assertGe(value, _fees / 10 * 98 / 100, "POOL-16: growth was hidden");
        assertLe(value, _fees / 10 * 101 / 100, "POOL-10: no more than the fees");
    }

    /// POOL-10, POOL-16: a ramp either way with swaps of every kind inside it, between them seconds to hours.
    function testFuzz_POOL16_SwapsInARampOweTheirFees(uint256 seed, bool up) external {
        uint256 start = vm.getBlockTimestamp();
        manager.rampAmplification(_key, up ? 400 : 100, start + 1 days);
        for (uint256 i = 0; i < 24; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, i)));
            vm.warp(vm.getBlockTimestamp() + (random & 1 == 0 ? random % 20 : random % 2 hours));
            uint256[] memory balances = balancesOf(_key);
            uint256 from = balances[0] < balances[1] ? 0 : 1;
            _swapSomehow(random >> 16, from, (random >> 32) % (balances[1 - from] / 3));
            if (random >> 250 == 0) manager.collectProtocolFee(_key);
        }
        _balance();
        manager.collectProtocolFee(_key);
        uint256 value = _worth(sharesOf(_key, TREASURY));
        assertGe(value, _fees / 10 * 97 / 100, "POOL-16: growth was hidden");
        assertLe(value, _fees / 10 * 101 / 100, "POOL-16: the ramp was charged");
    }

    /// POOL-16: the mark of a ramp goes at its end, with the first swap or event, and then swaps cost what they cost in
    /// a pool without one.
    function test_POOL16_TheMarkOfARampGoesAfterItsEnd() external {
        uint256 start = vm.getBlockTimestamp();
        manager.rampAmplification(_key, 300, start + 2 days);
        uint256 state = vm.snapshotState();
        for (uint256 i = 0; i < 3; ++i) {
            vm.warp(start + 1 days);
            _swap(0, 1, 1e18);
            assertEq(_status() & 0x20, 0x20, "under way");
            vm.warp(start + 2 days);
            if (i == 0) _swap(0, 1, 1e18);
            else if (i == 1) manager.collectProtocolFee(_key);
            else manager.addProportional(_key, 1e18, largest(2), address(this), LATER);
            assertEq(_status() & 0x20, 0, "POOL-16: over");
            assertEq(uint256(vm.load(address(manager), bytes32(_slot() + 5))), 0, "POOL-16: nothing is left of it");
            assertEq(manager.amplificationTimesTokens(_key), 600, "and stays where it went");
            (uint256 now_, uint256 measured,,,, uint256 end) = manager.rampState(_key);
            assertEq(now_, 600 << 32, "exactly");
            assertEq(measured, 600 << 32, "and so does the checkpoint");
            assertEq(end, 0, "no ramp");
            vm.record();
            _swap(1, 0, 1e18);
            (bytes32[] memory reads,) = vm.accesses(address(manager));
            for (uint256 k = 0; k < reads.length; ++k) {
                assertEq(uint256(reads[k]), _slot(), "POOL-16: a swap reads its balances and nothing else");
            }
            vm.revertToState(state);
        }
        // And the next one starts from there.
        vm.warp(start + 3 days);
        manager.rampAmplification(_key, 600, start + 5 days);
        vm.warp(start + 6 days);
        _swap(0, 1, 1e18);
        assertEq(manager.amplificationTimesTokens(_key), 1_200, "another");
    }

    /// POOL-16, POOL-17: what a ramp needs beside a swap or an event is done in another part of the manager, also when
    /// coin pays for the call.
    function test_POOL16_CoinPaysInARampAndWithAPolicy() external {
        PlainToken other = _tokens[0];
        bool first = address(weth) < address(other);
        uint256[] memory key = new uint256[](3);
        key[0] = 300 | (200 << 24);
        key[first ? 1 : 2] = wordOf(address(weth), 18, 0);
        key[first ? 2 : 1] = wordOf(address(other), 18, 0);
        key = withPolicy(key, makeAddr("policy"), 300);
        vm.deal(address(this), 300 ether);
        weth.deposit{value: 100 ether}();
        weth.approve(address(manager), LATER);
        create(key, list(100e18, 100e18));
        manager.addProportional{value: 10 ether}(key, 1e18, largest(2), address(this), LATER);
        manager.rampAmplification(key, 300, vm.getBlockTimestamp() + 1 days);
        vm.warp(vm.getBlockTimestamp() + 1 hours);
        (uint256 i, uint256 j) = first ? (0, 1) : (1, 0);
        assertGt(manager.swapExactIn{value: 1 ether}(key, i, j, 1e18, 0, address(this), LATER), 0, "POOL-17: in");
        vm.warp(vm.getBlockTimestamp() + 1 hours);
        assertGt(manager.swapExactOut{value: 2 ether}(key, i, j, 1e18, 2e18, address(this), LATER), 0, "POOL-17: out");
        vm.warp(vm.getBlockTimestamp() + 1 hours);
        manager.addProportional{value: 10 ether}(key, 1e18, largest(2), address(this), LATER);
        IPoolTrade.Hop[] memory hops = new IPoolTrade.Hop[](1);
        hops[0] = IPoolTrade.Hop(key, i, j);
        vm.warp(vm.getBlockTimestamp() + 1 hours);
        manager.swapPathExactOut{value: 2 ether}(hops, 1e18, 2e18, address(this), LATER);
    }

    /// @dev The beginning of a ramp is no other amplification, in whatever unit the ramp counts.
    function test_POOL10_TheBeginningOfARampMovesNoCheckpoint() external {
        uint256[] memory key = stableKey(deployTokens(decimalsOf(18, 18)), 200);
        create(key, list(100e18, 100e18));
        (,,,, uint256 before) = manager.poolState(key);
        manager.rampAmplification(key, 300, vm.getBlockTimestamp() + 30 days);
        manager.addProportional(key, 1e18, largest(2), address(this), LATER);
        (,,,, uint256 afterwards) = manager.poolState(key);
        assertEq(afterwards, before, "POOL-10: nothing grew and nothing moved");
    }

    /// @dev Nor is it after a ramp that counted in smaller units than the next one can.
    function test_POOL10_TheBeginningOfARampAfterARampMovesNoCheckpoint() external {
        uint256[] memory key = stableKey(deployTokens(decimalsOf(18, 18)), 10);
        create(key, list(300e18, 1e15));
        manager.rampAmplification(key, 20, vm.getBlockTimestamp() + 30 days);
        vm.warp(vm.getBlockTimestamp() + 31 days);
        manager.rampAmplification(key, 34, vm.getBlockTimestamp() + 365 days);
        (,,,, uint256 before) = manager.poolState(key);
        manager.addProportional(key, 1e18, largest(2), address(this), LATER);
        (,,,, uint256 afterwards) = manager.poolState(key);
        assertEq(afterwards, before, "POOL-10: nothing grew and nothing moved");
    }

    receive() external payable {}

    function _open(uint256 amplification) private {
        _key = stableKey(_tokens, amplification);
        create(_key, list(SIZE, SIZE));
        uint256[] memory other = weightedKey(_tokens, list(500_000, 500_000));
        create(other, list(SIZE, SIZE));
    }

    function _ramp(uint256 amplification, uint256 duration) private {
        manager.rampAmplification(_key, amplification, vm.getBlockTimestamp() + duration);
        vm.warp(vm.getBlockTimestamp() + duration);
    }

    function _thereCollectAndBack(uint256 amount) private {
        uint256 out = _swap(0, 1, amount);
        manager.collectProtocolFee(_key);
        _swap(1, 0, out);
    }

    function _swap(uint256 from, uint256 to, uint256 amount) private returns (uint256) {
        _fees += amount * 300 / 1e6;
        return manager.swapExactIn(_key, from, to, amount, 0, address(this), LATER);
    }

    /// @dev By each of the four functions.
    function _swapSomehow(uint256 kind, uint256 from, uint256 amount) private {
        if (amount == 0) return;
        IPoolTrade.Hop[] memory hops = new IPoolTrade.Hop[](1);
        hops[0] = IPoolTrade.Hop(_key, from, 1 - from);
        kind %= 4;
        if (kind == 0) {
            _swap(from, 1 - from, amount);
        } else if (kind == 1) {
            _fees += manager.swapExactOut(_key, from, 1 - from, amount, LATER, address(this), LATER) * 300 / 1e6;
        } else if (kind == 2) {
            _fees += amount * 300 / 1e6;
            manager.swapPathExactIn(hops, amount, 0, address(this), LATER);
        } else {
            _fees += manager.swapPathExactOut(hops, amount, LATER, address(this), LATER) * 300 / 1e6;
        }
    }

    /// @dev Brings the balances together, so that a share is worth its part of their sum.
    function _balance() private {
        uint256[] memory balances = balancesOf(_key);
        uint256 from = balances[0] < balances[1] ? 0 : 1;
        _swap(from, 1 - from, (balances[1 - from] - balances[from]) / 2 + 1);
    }

    /// @dev What shares are worth at par.
    function _worth(uint256 shares) private view returns (uint256) {
        (uint256[] memory balances, uint256 supply,,,) = manager.poolState(_key);
        return (balances[0] + balances[1]) * shares / supply;
    }

    function _assertNoMoreThanFees(string memory message) private view {
        assertLe(_worth(sharesOf(_key, TREASURY)), _fees / 10 * 101 / 100, message);
    }

    function _status() private view returns (uint256) {
        return uint256(vm.load(address(manager), bytes32(_slot()))) >> 224;
    }

    /// @dev Where the pool lies: {PoolStorage-_pools} is the first mapping after the packed word that follows ERC-6909
    /// and AccessManaged.
    function _slot() private view returns (uint256) {
        for (uint256 base = 0; base < 12; ++base) {
            uint256 slot = uint256(keccak256(abi.encode(idOf(_key), base)));
            if (uint256(vm.load(address(manager), bytes32(slot))) != 0) return slot;
        }
        revert("no pool");
    }
}
