// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPoolErrors} from "../../contracts/pools/IPoolErrors.sol";
import {IPoolEvents} from "../../contracts/pools/IPoolEvents.sol";
import {IPoolTrade} from "../../contracts/pools/IPoolTrade.sol";
import {Oracle} from "./PoolContracts.sol";
import {PoolTrio} from "./PoolFixture.sol";

/// @notice Fee policies and rate providers. Specified by PoolManagerTerms.tree.
contract PoolManagerTermsTest is PoolTrio {
    Oracle private _policy;
    Oracle private _first;
    Oracle private _second;
    uint256[] private _discounted;
    uint256[] private _rated;

    function setUp() public override {
        super.setUp();
        provide(_tokens[0], ALICE);
        _policy = new Oracle(1_000);
        _discounted = withPolicy(_equal, address(_policy), 500);
        create(_discounted, list(1_000e18, 2_000e6));
        _first = new Oracle(1.25e18);
        _second = new Oracle(0.8e18);
        address[] memory providers = new address[](3);
        (providers[0], providers[2]) = (address(_first), address(_second));
        _rated = withProviders(_stable, providers);
        create(_rated, list(4_000e18, 5_000e6, 6_250e8));
    }

    /// POOL-14: the discount is that of the caller, everywhere.
    function test_GivenAPolicyThatGrantsADiscount() external {
        _policy.favour(ALICE);
        uint256[] memory cheap = copyOf(_equal, 0);
        cheap[0] = 1_000;
        create(cheap, list(1_000e18, 2_000e6));
        uint256[2] memory expected =
            [manager.quoteExactIn(ALICE, cheap, 0, 1, 1e18), manager.quoteExactOut(ALICE, cheap, 0, 1, 1e6)];
        assertEq(manager.quoteExactIn(ALICE, _discounted, 0, 1, 1e18), expected[0], "POOL-14: quote");
        assertEq(manager.quoteExactOut(ALICE, _discounted, 0, 1, 1e6), expected[1], "POOL-14: quote");
        assertEq(
            manager.quoteExactIn(address(this), _discounted, 0, 1, 1e18),
            manager.quoteExactIn(ALICE, _equal, 0, 1, 1e18),
            "POOL-14: not for others"
        );
        assertEq(
            manager.quoteAddUnbalanced(ALICE, _discounted, list(1e18, 0)),
            manager.quoteAddUnbalanced(ALICE, cheap, list(1e18, 0)),
            "POOL-14: liquidity"
        );
        assertEq(
            manager.quoteAddSingle(ALICE, _discounted, 0, 1e12),
            manager.quoteAddSingle(ALICE, cheap, 0, 1e12),
            "POOL-14"
        );
        assertEq(
            manager.quoteRemoveSingle(ALICE, _discounted, 0, 1e12),
            manager.quoteRemoveSingle(ALICE, cheap, 0, 1e12),
            "POOL-14"
        );
        vm.prank(ALICE);
        assertEq(manager.swapExactIn(_discounted, 0, 1, 1e18, 0, ALICE, SOON), expected[0], "POOL-14: swap");
    }

    /// POOL-14: the event names the fee that was paid, in swaps and in every step of a path.
    function test_GivenADiscountAndAnEvent() external {
        _policy.favour(ALICE);
        vm.startPrank(ALICE);
        uint256 out = manager.quoteExactIn(ALICE, _discounted, 0, 1, 1e18);
        vm.expectEmit(address(manager));
        emit IPoolEvents.Swap(idOf(_discounted), ALICE, 0, 1, 1e18, out, 1_000);
        manager.swapExactIn(_discounted, 0, 1, 1e18, 0, ALICE, SOON);
        uint256 cost = manager.quoteExactOut(ALICE, _discounted, 0, 1, 1e6);
        vm.expectEmit(address(manager));
        emit IPoolEvents.Swap(idOf(_discounted), ALICE, 0, 1, cost, 1e6, 1_000);
        manager.swapExactOut(_discounted, 0, 1, 1e6, 1e30, ALICE, SOON);
        IPoolTrade.Hop[] memory hops = new IPoolTrade.Hop[](2);
        (hops[0], hops[1]) = (IPoolTrade.Hop(_discounted, 0, 1), IPoolTrade.Hop(_stable, 1, 2));
        out = manager.quoteExactIn(ALICE, _discounted, 0, 1, 1e18);
        uint256 end = manager.quoteExactIn(ALICE, _stable, 1, 2, out);
        vm.expectEmit(address(manager));
        emit IPoolEvents.Swap(idOf(_discounted), ALICE, 0, 1, 1e18, out, 1_000);
        vm.expectEmit(address(manager));
        emit IPoolEvents.Swap(idOf(_stable), ALICE, 1, 2, out, end, FEE / 10);
        manager.swapPathExactIn(hops, 1e18, 0, ALICE, SOON);
        _pathForExactOutput(hops);
    }

    function _pathForExactOutput(IPoolTrade.Hop[] memory hops) private {
        uint256 between = manager.quoteExactOut(ALICE, _stable, 1, 2, 1e6);
        uint256 cost = manager.quoteExactOut(ALICE, _discounted, 0, 1, between);
        vm.expectEmit(address(manager));
        emit IPoolEvents.Swap(idOf(_stable), ALICE, 1, 2, between, 1e6, FEE / 10);
        vm.expectEmit(address(manager));
        emit IPoolEvents.Swap(idOf(_discounted), ALICE, 0, 1, cost, between, 1_000);
        manager.swapPathExactOut(hops, 1e6, 1e30, ALICE, SOON);
    }

    function test_GivenAPolicyThatGrantsTooMuch() external {
        uint256[] memory least = copyOf(_equal, 0);
        least[0] = 500;
        create(least, list(1_000e18, 2_000e6));
        _policy.set(Oracle.Mode.Answer, 499);
        assertEq(_quote(_discounted), _quote(least), "POOL-14: clamped");
        _policy.set(Oracle.Mode.Answer, 0);
        assertEq(_quote(_discounted), _quote(least), "POOL-14: clamped");
    }

    function test_GivenAPolicyThatAsksForMore() external {
        _policy.set(Oracle.Mode.Answer, FEE + 1);
        assertEq(_quote(_discounted), _quote(_equal), "POOL-14: clamped");
        _policy.set(Oracle.Mode.Answer, type(uint256).max);
        assertEq(_quote(_discounted), _quote(_equal), "POOL-14: clamped");
    }

    /// POOL-14: a policy can never block a swap.
    function test_GivenAPolicyThatFails() external {
        uint256 full = _quote(_equal);
        for (uint256 mode = 1; mode < 5; ++mode) {
            if (mode == uint256(Oracle.Mode.Megabyte)) continue;
            _policy.set(Oracle.Mode(mode), 0);
            assertEq(_quote(_discounted), full, "POOL-14: the full fee");
            uint256 state = vm.snapshotState();
            uint256 gas = gasleft();
            assertEq(
                manager.swapExactIn(_discounted, 0, 1, 1e18, 0, ALICE, SOON), full, "POOL-14: and the swap goes on"
            );
            assertLt(gas - gasleft(), 350_000, "POOL-14: at bounded cost");
            vm.revertToState(state);
        }
        // A megabyte costs its sender too much gas; were it shorter, 32 bytes of it would count.
        _policy.set(Oracle.Mode.Megabyte, 0);
        assertEq(_quote(_discounted), full, "POOL-14: a megabyte");
    }

    function test_GivenAPolicyWithoutCode() external {
        uint256[] memory key = withPolicy(_equal, makeAddr("nobody"), 0);
        create(key, list(1_000e18, 2_000e6));
        assertEq(_quote(key), _quote(_equal), "POOL-14: the full fee");
    }

    /// POOL-9: what a policy asks the manager meanwhile reverts; that of every function does is in
    /// PoolManagerLock.t.sol.
    function test_GivenAPolicyThatReenters() external {
        _policy.set(Oracle.Mode.Answer, 1_000);
        uint256 expected = _quote(_discounted);
        _policy.setCall(address(manager), abi.encodeCall(manager.poolState, (_equal)));
        _policy.set(Oracle.Mode.Reenter, 1_000);
        assertEq(manager.swapExactIn(_discounted, 0, 1, 1e18, 0, ALICE, SOON), expected, "POOL-9: a view got through");
        // In a quote nothing is locked: what is not refused by the lock shows.
        uint256 out = _quote(_discounted);
        _policy.set(Oracle.Mode.Answer, 1_000);
        assertGt(out, _quote(_discounted), "POOL-9: what got through would show");
    }

    /// POOL-1: the rates are part of the balances: with rates that are exact, a pool without rates at scaled balances.
    function test_GivenRates() external {
        uint256[] memory plain = copyOf(_stable, 0);
        plain[0] += 1;
        _rated[0] += 1;
        create(_rated, list(4_000e18, 5_000e6, 6_250e8));
        create(plain, list(5_000e18, 5_000e6, 5_000e8));
        // 8 of the first are worth 10; what comes out of the second is plain.
        uint256 expected = manager.quoteExactIn(ALICE, plain, 0, 1, 10e18);
        uint256 out = manager.swapExactIn(_rated, 0, 1, 8e18, 0, ALICE, SOON);
        assertLe(out, expected, "POOL-1: not more");
        assertApproxEqAbs(out, expected, 1, "POOL-1: nor less");
        manager.swapExactIn(plain, 0, 1, 10e18, 0, ALICE, SOON);
        // 12.5 of the third are worth 10 and cost what 8 cost.
        expected = manager.quoteExactOut(ALICE, plain, 0, 2, 10e8) * 8 / 10;
        uint256 paid = manager.swapExactOut(_rated, 0, 2, 12.5e8, 1e30, ALICE, SOON);
        assertGe(paid + 1, expected, "POOL-1: not less");
        assertApproxEqRel(paid, expected, 1e6, "POOL-1: nor more");
        uint256 shares = manager.addUnbalanced(_rated, list(8e18, 0, 0), 0, ALICE, SOON);
        assertApproxEqRel(shares, manager.quoteAddUnbalanced(ALICE, plain, list(10e18, 0, 0)), 1e15, "liquidity");
        uint256 left = manager.removeSingle(_rated, 0, 1e18, 0, ALICE, SOON);
        assertApproxEqRel(left, manager.quoteRemoveSingle(ALICE, plain, 0, 1e18) * 8 / 10, 1e15, "exit");
    }

    function test_GivenARateThatRises() external {
        uint256 supply = supplyOf(_rated);
        _first.set(Oracle.Mode.Answer, 1.375e18);
        assertEq(manager.collectProtocolFee(_rated), 0, "POOL-24: not yet");
        vm.warp(vm.getBlockTimestamp() + 1 hours);
        // A third of the pool gained a tenth; the protocol has a tenth of that.
        assertApproxEqRel(manager.collectProtocolFee(_rated), supply / 300, 0.05e18, "POOL-10: yield is growth");
        _first.set(Oracle.Mode.Answer, 1.25e18);
        assertEq(manager.collectProtocolFee(_rated), 0, "POOL-10: a loss is none");
        _first.set(Oracle.Mode.Answer, 1.375e18);
        manager.collectProtocolFee(_rated);
        vm.warp(vm.getBlockTimestamp() + 1 hours);
        assertLe(manager.collectProtocolFee(_rated), 1e9, "POOL-10: nor is what only makes up for it");
    }

    /// POOL-15: whatever a provider does, whoever holds shares can leave in proportion.
    function test_GivenARateProviderThatFails() external {
        for (uint256 mode = 1; mode < 5; ++mode) {
            _second.set(Oracle.Mode(mode), 0);
            uint256 state = vm.snapshotState();
            bytes memory reason = abi.encodeWithSelector(IPoolErrors.RateUnavailable.selector, address(_second), 0);
            vm.expectRevert(reason);
            manager.swapExactIn(_rated, 0, 1, 1e18, 0, ALICE, SOON);
            vm.expectRevert(reason);
            manager.swapExactOut(_rated, 0, 1, 1e6, 1e30, ALICE, SOON);
            vm.expectRevert(reason);
            manager.addProportional(_rated, 1e18, largest(3), ALICE, SOON);
            vm.expectRevert(reason);
            manager.addUnbalanced(_rated, list(1e18, 0, 0), 0, ALICE, SOON);
            vm.expectRevert(reason);
            manager.removeSingle(_rated, 0, 1e18, 0, ALICE, SOON);
            uint256 supply = supplyOf(_rated);
            uint256[] memory amounts = manager.removeProportional(_rated, supply / 10, new uint256[](3), ALICE, SOON);
            assertEq(amounts[2], 6_250e8 * (supply / 10) / supply, "POOL-15: the proportion");
            manager.collectProtocolFee(_rated);
            manager.removeProportional(_rated, sharesOf(_rated, address(this)), new uint256[](3), ALICE, SOON);
            vm.revertToState(state);
        }
    }

    function test_GivenARateOutOfRange() external {
        uint256[4] memory bad = [uint256(0), 1e12 - 1, 1e24 + 1, type(uint256).max];
        for (uint256 i = 0; i < 4; ++i) {
            _first.set(Oracle.Mode.Answer, bad[i]);
            vm.expectRevert(abi.encodeWithSelector(IPoolErrors.RateUnavailable.selector, address(_first), bad[i]));
            manager.swapExactIn(_rated, 0, 1, 1e18, 0, ALICE, SOON);
            manager.removeProportional(_rated, 1e18, new uint256[](3), ALICE, SOON);
        }
        // A rate in range that puts the balances too far apart stops swaps and no exit either.
        _first.set(Oracle.Mode.Answer, 1e24);
        _second.set(Oracle.Mode.Answer, 1e15);
        vm.expectRevert();
        manager.swapExactIn(_rated, 0, 1, 1e18, 0, ALICE, SOON);
        manager.removeProportional(_rated, 1e18, new uint256[](3), ALICE, SOON);
    }

    /// POOL-2: with rates of many digits and balances of a few units, where every rounding shows: there and back never
    /// pays, and many small trades take nothing.
    function testFuzz_RoundTripsAtRatesNeverPay(uint256 seed, uint256 amount) external {
        (uint256[] memory key, uint256[2] memory indices) = _small(seed);
        amount = bound(amount, 1, 60);
        uint256 paid;
        uint256 received;
        for (uint256 k = 0; k < 24; ++k) {
            uint256 out = manager.swapExactIn(key, indices[0], indices[1], amount, 0, address(this), SOON);
            paid += amount;
            received += manager.swapExactIn(key, indices[1], indices[0], out, 0, address(this), SOON);
        }
        assertLe(received, paid, "POOL-2: round trips pay");
        uint256 cost;
        try manager.swapExactOut(key, indices[0], indices[1], amount % 7 + 1, 1e30, address(this), SOON) returns (
            uint256 needed
        ) {
            cost = needed;
        } catch {
            return;
        }
        assertGt(cost, 0, "POOL-2: something for nothing");
        assertLe(
            manager.swapExactIn(key, indices[1], indices[0], amount % 7 + 1, 0, address(this), SOON),
            cost,
            "POOL-2: buying and selling pays"
        );
    }

    /// POOL-5: with the same rates and sizes, one token in and out again never pays.
    function testFuzz_LiquidityAtRatesNeverPays(uint256 seed, uint256 shares) external {
        (uint256[] memory key, uint256[2] memory indices) = _small(seed);
        shares = bound(shares, 1, 500);
        uint256 cost;
        try manager.addSingle(key, indices[0], shares, 1e30, address(this), SOON) returns (uint256 amount) {
            cost = amount;
        } catch {
            return;
        }
        assertLe(manager.removeSingle(key, indices[0], shares, 0, address(this), SOON), cost, "POOL-5: pays");
    }

    /// @dev A pool of two tokens of 18 decimals with a few thousand units each and crooked rates, and a direction.
    function _small(uint256 seed) private returns (uint256[] memory key, uint256[2] memory indices) {
        _first.set(Oracle.Mode.Answer, 0.5e18 + (seed >> 8) % 1e18);
        _second.set(Oracle.Mode.Answer, 0.5e18 + (seed >> 96) % 1e18);
        key = stableKey(deployTokens(decimalsOf(18, 18)), 1 + (seed >> 200) % 300);
        address[] memory providers = new address[](2);
        (providers[0], providers[1]) = (address(_first), address(_second));
        key[0] &= ~uint256(0xffffff);
        key = withProviders(key, providers);
        create(key, list(4_000 + (seed >> 32) % 4_000, 4_000 + (seed >> 64) % 4_000));
        indices = seed & 1 == 0 ? [uint256(0), 1] : [uint256(1), 0];
    }

    function _quote(uint256[] memory key) private view returns (uint256) {
        return manager.quoteExactIn(ALICE, key, 0, 1, 1e18);
    }
}
