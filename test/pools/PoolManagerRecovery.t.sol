// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPoolErrors} from "../../contracts/pools/IPoolErrors.sol";
import {StableMath} from "../../contracts/pools/math/StableMath.sol";
import {Oracle} from "./PoolContracts.sol";
import {PoolFixture} from "./PoolFixture.sol";
import {PlainToken} from "./PoolTokens.sol";

/// @notice POOL-28: every state that calls can reach has a way back. Specified by PoolManagerRecovery.tree.
contract PoolManagerRecoveryTest is PoolFixture {
    uint256 private constant LATER = type(uint256).max;
    /// @dev Quotient of two balances of a stable pool, at most.
    uint256 private constant SPREAD = 1_000_000;

    address private immutable ALICE = makeAddr("alice");

    function setUp() public {
        deployManager();
    }

    function test_GivenEverybodyLeftAStablePoolOfTokensWithUnlikeDecimals() external {
        PlainToken[] memory tokens = deployTokens(decimalsOf(18, 6));
        uint256[] memory key = stableKey(tokens, 200);
        create(key, list(1_000_000e18, 1_000_000e6));
        _leave(key);
        uint256[] memory left = balancesOf(key);
        assertGt(left[1] * 1e12, left[0] * SPREAD, "what is left is out of range");
        uint256 shares = manager.addUnbalanced(key, list(1_000_000e18, 1_000_000e6), 0, address(this), LATER);
        assertGt(manager.swapExactIn(key, 0, 1, 1e18, 0, ALICE, LATER), 0.99e6, "POOL-28: swaps one way");
        assertGt(manager.swapExactIn(key, 1, 0, 1e6, 0, ALICE, LATER), 0.99e18, "POOL-28: swaps the other way");
        uint256[] memory back = manager.removeProportional(key, shares, new uint256[](2), address(this), LATER);
        // A unit of 6 decimals is 10^-12 of the deposit; the protocol has its part of what was earned since, and of
        // nothing else.
        assertApproxEqRel(back[0], 1_000_000e18, 3e12, "POOL-28: nothing is lost of what was added");
        assertApproxEqRel(back[1], 1_000_000e6, 3e12, "POOL-28: nothing is lost of what was added");
    }

    /// All kinds, numbers of tokens, decimals, amplifications and sizes: leave, come again, swap, leave.
    function test_GivenAnyPoolThatEverybodyLeft(uint256 seed) external {
        (uint256[] memory key, uint256[] memory whole) = _anyPool(seed);
        uint256[] memory first = new uint256[](whole.length);
        for (uint256 i = 0; i < first.length; ++i) {
            // From the size that is asked for down to a hundredth of it, apart.
            first[i] = whole[i] / (1 + uint256(keccak256(abi.encode(seed, "first", i))) % 100) + 1;
        }
        create(key, first);
        if (seed & 1 == 0) manager.swapExactIn(key, 0, 1, first[0] / 100, 0, ALICE, LATER);
        _leave(key);
        // One add makes a weighted pool at most 2^63 times as large.
        uint256 shares;
        if (key[0] >> 24 == 0) shares = manager.addUnbalanced(key, _millionth(whole), 0, address(this), LATER);
        shares += manager.addUnbalanced(key, whole, 0, address(this), LATER);
        int256[] memory swapped = new int256[](whole.length);
        for (uint256 i = 0; i < whole.length; ++i) {
            uint256 k = (i + 1) % whole.length;
            uint256 out = manager.swapExactIn(key, i, k, whole[i] / 100, 0, ALICE, LATER);
            (swapped[i], swapped[k]) = (swapped[i] + int256(whole[i] / 100), swapped[k] - int256(out));
            // As much of each, by its weight: the price is par but for the fee and the trade's own part.
            if (key[0] >> 24 == 0) out = out * (key[k + 1] >> 168) / (key[i + 1] >> 168);
            assertGt(out, whole[k] / 200, "POOL-28: swaps, at the price of what was added");
            assertLt(out, whole[k] / 50, "POOL-28: swaps, at the price of what was added");
        }
        uint256[] memory back = manager.removeProportional(key, shares, new uint256[](whole.length), ALICE, LATER);
        for (uint256 i = 0; i < back.length; ++i) {
            // But for what the swaps brought and took.
            uint256 added = uint256(int256(whole[i]) + swapped[i]);
            assertGt(back[i], added * 99 / 100, "POOL-28: whoever comes again keeps what was added");
        }
    }

    /// Whoever may create must not be able to take a key out of use, whatever they leave in it and keep of it.
    function test_GivenSomebodyWhoMayCreateMadeAPoolOfNextToNothing() external {
        PlainToken[] memory tokens = deployTokens(decimalsOf(18, 6));
        uint256[] memory key = stableKey(tokens, 200);
        uint256 held = create(key, list(1e12, 1));
        uint256 state = vm.snapshotState();
        for (uint256 kept = 0; kept < 3; ++kept) {
            manager.removeProportional(key, held - kept, new uint256[](2), address(this), LATER);
            _provide(key, ALICE);
            vm.startPrank(ALICE);
            uint256 shares = manager.addUnbalanced(key, list(1e24, 1e12), 0, ALICE, LATER);
            assertGt(manager.swapExactIn(key, 0, 1, 1e18, 0, ALICE, LATER), 0.99e6, "POOL-28: swaps");
            uint256[] memory back = manager.removeProportional(key, shares, new uint256[](2), ALICE, LATER);
            vm.stopPrank();
            assertApproxEqRel(back[0] + back[1] * 1e12, 2e24, 1e12, "POOL-28: nothing is lost");
            vm.revertToState(state);
        }
    }

    /// Who kept a share gains no more than what lifts the pool, and who comes loses no more.
    function test_GivenSomebodyKeptAShareOfAPoolThatIsOutOfRange() external {
        uint256[] memory key = stableKey(deployTokens(decimalsOf(18, 6)), 200);
        create(key, list(1_000_000e18, 1_000_000e6));
        uint256 kept = 7;
        manager.removeProportional(key, sharesOf(key, address(this)) - kept, new uint256[](2), ALICE, LATER);
        _provide(key, ALICE);
        vm.prank(ALICE);
        uint256 shares = manager.addUnbalanced(key, list(1_000_000e18, 1_000_000e6), 0, ALICE, LATER);
        uint256[] memory mine = manager.quoteRemoveProportional(key, kept);
        // A unit of 6 decimals, the dust that was there, is all that anybody can have of it.
        assertLe(mine[0] + mine[1] * 1e12, 2e12, "POOL-28: the one who stayed gains next to nothing");
        vm.prank(ALICE);
        uint256[] memory back = manager.removeProportional(key, shares, new uint256[](2), ALICE, LATER);
        assertApproxEqRel(back[0] + back[1] * 1e12, 2_000_000e18, 3e12, "POOL-28: the one who comes loses nothing");
    }

    function test_GivenAPoolThatARateTookOutOfRange() external {
        Oracle rate = new Oracle(1e18);
        uint256[] memory key = _ratedKey(address(rate));
        create(key, list(1_000e18, 1e18));
        rate.set(Oracle.Mode.Answer, 0.0005e18);
        vm.expectRevert(StableMath.StableInputOutOfRange.selector);
        manager.swapExactIn(key, 0, 1, 1e15, 0, address(this), LATER);
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.PoolOutOfRange.selector, idOf(key)));
        manager.addProportional(key, 1e18, largest(2), address(this), LATER);
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.PoolOutOfRange.selector, idOf(key)));
        manager.quoteAddProportional(key, 1e18);
        // A millionth of 1,000 is worth 0.001, at this rate 2 tokens, one of which is there.
        bytes memory tooLow = abi.encodeWithSelector(
            IPoolErrors.AmountBelowRange.selector, address(uint160(key[2])), 1e18 - 1, uint256(1e18)
        );
        vm.expectRevert(tooLow);
        manager.addUnbalanced(key, list(1e18, 1e18 - 1), 0, address(this), LATER);
        uint256 quote = manager.quoteAddUnbalanced(address(this), key, list(1e18, 2e18));
        assertEq(manager.addUnbalanced(key, list(1e18, 2e18), 0, address(this), LATER), quote, "POOL-8: as quoted");
        assertGt(manager.swapExactIn(key, 1, 0, 1e15, 0, address(this), LATER), 0, "POOL-28: swaps");
    }

    /// The edge of the range is for what is stored, fee included: whatever takes a pool there leaves it where swaps
    /// back work.
    function test_WhenASwapTakesAStablePoolToTheEdgeOfItsRange() external {
        uint256[] memory key = _dearPool();
        manager.swapExactIn(key, 0, 1, _largest(key, 0), 0, address(this), LATER);
        _checkInRange(key);
        assertGt(manager.swapExactIn(key, 1, 0, 1e18, 0, address(this), LATER), 0, "POOL-28: and back");
        key[0] += 1 << 24;
        create(key, list(1_000e18, 1_000e18));
        manager.swapExactOut(key, 0, 1, _largest(key, 1), type(uint256).max, address(this), LATER);
        _checkInRange(key);
        assertGt(manager.swapExactIn(key, 1, 0, 1e18, 0, address(this), LATER), 0, "POOL-28: and back");
    }

    function test_WhenLiquidityTakesAStablePoolToTheEdgeOfItsRange() external {
        uint256[] memory key = _dearPool();
        manager.addUnbalanced(key, list(_largest(key, 2), 0), 0, address(this), LATER);
        _checkInRange(key);
        assertGt(manager.swapExactIn(key, 1, 0, 1e18, 0, address(this), LATER), 0, "POOL-28: and back");
        key[0] += 1 << 24;
        create(key, list(1_000e18, 1_000e18));
        manager.addSingle(key, 0, _largest(key, 3), type(uint256).max, address(this), LATER);
        _checkInRange(key);
        assertGt(manager.swapExactIn(key, 1, 0, 1e18, 0, address(this), LATER), 0, "POOL-28: and back");
        key[0] += 1 << 24;
        create(key, list(1_000e18, 1_000e18));
        manager.removeSingle(key, 1, _largest(key, 4), 0, address(this), LATER);
        _checkInRange(key);
        assertGt(manager.swapExactIn(key, 1, 0, 1e18, 0, address(this), LATER), 0, "POOL-28: and back");
        key[0] += 1 << 24;
        create(key, list(1_000e18, 1_000e18));
        uint256 added = _largest(key, 5);
        manager.addProportional(key, added, largest(2), address(this), LATER);
        _checkInRange(key);
        // At the largest sum only what leaves makes room.
        manager.removeProportional(key, added / 2, new uint256[](2), address(this), LATER);
        assertGt(manager.swapExactIn(key, 1, 0, 1e14, 0, address(this), LATER), 0, "POOL-28: and back");
    }

    /// POOL-6: what the locked shares keep is at most a unit of each token more than a billionth.
    function test_GivenTokensOfFewDecimals(uint256 seed) external {
        uint8 a = uint8(seed % 19);
        uint8 b = uint8((seed >> 8) % 19);
        PlainToken[] memory tokens = deployTokens(decimalsOf(a, b));
        uint256 weight = 10_000 + (seed >> 16) % 980_001;
        uint256[] memory key = seed >> 255 == 0 ? weightedKey(tokens, list(weight, 1e6 - weight)) : stableKey(tokens, 7);
        // Two thousand whole tokens of each.
        create(key, list(2_000 * 10 ** a, 2_000 * 10 ** b));
        _leave(key);
        uint256[] memory left = balancesOf(key);
        assertLe(left[0], 2_000 * 10 ** a / 1e9 + 1, "POOL-6: dust of the first");
        assertLe(left[1], 2_000 * 10 ** b / 1e9 + 1, "POOL-6: dust of the second");
    }

    /// @dev The largest amount that is accepted: in of token 0 (0), out of token 1 (1), added of token 0 (2); shares
    /// for token 0 alone (3), for token 1 alone (4), in proportion (5).
    function _largest(uint256[] memory key, uint256 kind) private view returns (uint256 low) {
        low = 1e9;
        uint256 high = 1e34;
        while (high - low > 1) {
            uint256 middle = (low + high) / 2;
            bytes memory call;
            if (kind == 0) call = abi.encodeCall(manager.quoteExactIn, (address(this), key, 0, 1, middle));
            if (kind == 1) call = abi.encodeCall(manager.quoteExactOut, (address(this), key, 0, 1, middle));
            if (kind == 2) call = abi.encodeCall(manager.quoteAddUnbalanced, (address(this), key, list(middle, 0)));
            if (kind == 3) call = abi.encodeCall(manager.quoteAddSingle, (address(this), key, 0, middle));
            if (kind == 4) call = abi.encodeCall(manager.quoteRemoveSingle, (address(this), key, 1, middle));
            if (kind == 5) call = abi.encodeCall(manager.quoteAddProportional, (key, middle));
            (bool success,) = address(manager).staticcall(call);
            if (kind == 4 && middle > sharesOf(key, address(this))) success = false;
            if (success) low = middle;
            else high = middle;
        }
    }

    function _checkInRange(uint256[] memory key) private view {
        uint256[] memory balances = balancesOf(key);
        (uint256 high, uint256 low) =
            balances[0] > balances[1] ? (balances[0], balances[1]) : (balances[1], balances[0]);
        assertLe(high, low * SPREAD, "POOL-28: what is stored is in range");
        assertLt(high + low, 1 << 104, "POOL-28: what is stored is in range");
    }

    /// @dev Two tokens of 18 decimals, A = 200, at the highest fee.
    function _dearPool() private returns (uint256[] memory key) {
        key = stableKey(deployTokens(decimalsOf(18, 18)), 200);
        key[0] = (key[0] & ~uint256(0xffffff)) | 100_000;
        create(key, list(1_000e18, 1_000e18));
    }

    /// @dev A pool that was not created, and a million whole tokens of each.
    function _anyPool(uint256 seed) private returns (uint256[] memory key, uint256[] memory whole) {
        uint256 n = 2 + seed % 7;
        uint8[] memory decimals = new uint8[](n);
        uint256[] memory weights = new uint256[](n);
        whole = new uint256[](n);
        uint256 rest = 1e6;
        for (uint256 i = 0; i < n; ++i) {
            decimals[i] = uint8(uint256(keccak256(abi.encode(seed, "decimals", i))) % 19);
            whole[i] = 1e6 * 10 ** decimals[i];
            weights[i] = i + 1 == n ? rest : 50_000 + uint256(keccak256(abi.encode(seed, "weights", i))) % 50_000;
            rest -= weights[i];
        }
        PlainToken[] memory tokens = deployTokens(decimals);
        uint256 amplification = 1 + (seed >> 8) % ((seed >> 64) & 1 == 0 ? 50 : 50_000);
        key = (seed >> 128) & 1 == 0 ? stableKey(tokens, amplification) : weightedKey(tokens, weights);
    }

    function _millionth(uint256[] memory whole) private pure returns (uint256[] memory part) {
        part = new uint256[](whole.length);
        for (uint256 i = 0; i < part.length; ++i) {
            part[i] = whole[i] / 1e6;
        }
    }

    /// @dev Two tokens of 18 decimals, A = 200; the second has this provider.
    function _ratedKey(address provider) private returns (uint256[] memory key) {
        address[] memory providers = new address[](2);
        providers[1] = provider;
        return withProviders(stableKey(deployTokens(decimalsOf(18, 18)), 200), providers);
    }

    function _leave(uint256[] memory key) private {
        uint256[] memory none = new uint256[](key.length - 1);
        manager.removeProportional(key, sharesOf(key, address(this)), none, address(this), LATER);
        if (manager.collectProtocolFee(key) == 0) return;
        uint256 owed = sharesOf(key, TREASURY);
        vm.prank(TREASURY);
        manager.removeProportional(key, owed, none, TREASURY, LATER);
    }

    function _provide(uint256[] memory key, address account) private {
        for (uint256 i = 1; i < key.length; ++i) {
            provide(PlainToken(address(uint160(key[i]))), account);
        }
    }
}
