// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IPoolErrors} from "../../contracts/pools/IPoolErrors.sol";
import {StableMath} from "../../contracts/pools/math/StableMath.sol";
import {Oracle} from "./PoolContracts.sol";
import {PoolTrio} from "./PoolFixture.sol";
import {PlainToken} from "./PoolTokens.sol";

/// @notice Specified by PoolPrices.tree. POOL-34: the spot price, judged by what swaps give: a pool whose fee is
/// nothing gives no more than its price before the swap, and no less than its price after it.
contract PoolPricesTest is PoolTrio {
    uint256 private constant WAD = 1e18;

    Oracle private _rate;

    function setUp() public override {
        super.setUp();
        _rate = new Oracle(1.25e18);
    }

    function test_GivenAWeightedPool() external view {
        // (3,000 / 30) / (5,000 / 50) and (2,000 / 20) / (3,000 / 30), whatever the decimals.
        assertEq(manager.spotPrice(_weighted, 0, 1), 1e18, "POOL-34: 18 and 6 decimals");
        assertEq(manager.spotPrice(_weighted, 1, 2), 1e18, "POOL-34: 6 and 8 decimals");
        assertEq(manager.spotPrice(_equal, 0, 1), 2e18, "POOL-34: 2 of the second for one of the first");
        assertEq(manager.spotPrice(_equal, 1, 0), 0.5e18, "POOL-34: and the other way");
    }

    /// @dev A unit off the exact quotient shows.
    function test_GivenAWeightedPoolOfAnyBalances(uint112 a, uint112 b, uint256 weight) external {
        // The first supply has to fit 112 bits: up to 10^9 times the invariant where decimals are short of 18.
        bool alike = a & 1 == 0;
        (uint256 x, uint256 y) = (bound(a, 2_000, 1 << (alike ? 100 : 82)), bound(b, 2_000, 1 << (alike ? 100 : 82)));
        weight = bound(weight, 10_000, 990_000);
        uint256[] memory key =
            weightedKey(alike ? deployTokens(decimalsOf(18, 18)) : _two(), list(weight, 1_000_000 - weight));
        key[0] = 7;
        create(key, list(x, y));
        uint256 price = manager.spotPrice(key, 0, 1);
        // Of 18 and 6 decimals: price / 1e18 <= (y / w_y / 1e6) / (x / w_x / 1e18) < (price + 1) / 1e18, by products of
        // 512 bits.
        uint256 numerator = y * weight * (alike ? 1 : 1e12);
        uint256 denominator = x * (1_000_000 - weight);
        assertLe(Math.mulDiv(price, denominator, WAD, Math.Rounding.Ceil), numerator, "POOL-34: never above");
        assertGt(
            Math.mulDiv(price + 1, denominator, WAD, Math.Rounding.Ceil), numerator, "POOL-34: a unit below at most"
        );
    }

    function test_GivenAStablePoolAndASwap(uint256 seed) external {
        (uint256[] memory key, uint256 n) = _stableOf(seed, false);
        (uint256 i, uint256 j) = (seed % n, (seed / n) % n);
        if (i == j) j = (i + 1) % n;
        uint256 before = manager.spotPrice(key, i, j);
        uint256 amount = bound(seed >> 128, 1e18, 1e23);
        uint256 out = manager.swapExactIn(key, i, j, amount, 0, ALICE, SOON);
        uint256 later = manager.spotPrice(key, i, j);
        assertLe(later, before, "POOL-34: it falls by the swap");
        // What the swap gave, rounding included, lies between the prices before and after it.
        assertLe(out * WAD, (before + 2) * amount, "POOL-34: no more than the price before");
        assertGe((out + 2) * WAD, later * amount, "POOL-34: no less than the price after");
    }

    /// @dev An amount so small that the price stays: its swap is the slope.
    function test_GivenAStablePoolAndASmallSwap(uint256 seed) external {
        (uint256[] memory key, uint256 n) = _stableOf(seed, seed & 1 == 0);
        (uint256 i, uint256 j) = (seed % n, (seed % n + 1) % n);
        uint256 price = manager.spotPrice(key, i, j);
        uint256 out = manager.quoteExactIn(ALICE, key, i, j, 1e13);
        assertApproxEqRel(out * WAD / 1e13, price, 1e9, "POOL-34: the slope, to 10^-9");
        assertApproxEqRel(price * manager.spotPrice(key, j, i), 1e36, 1e3, "POOL-34: there and back is one");
        if (n == 2) return;
        uint256 k = (j + 1) % n;
        uint256 through = price * manager.spotPrice(key, j, k) / WAD;
        assertApproxEqRel(through, manager.spotPrice(key, i, k), 1e3, "POOL-34: no arbitrage between three");
    }

    /// @dev In balance the slope is exactly one, whatever the amplification.
    function test_GivenAStablePoolInBalance(uint256 n, uint256 amplification, uint256 amount) external {
        n = bound(n, 2, 8);
        PlainToken[] memory tokens = deployTokens(_eighteen(n));
        uint256[] memory key = stableKey(tokens, bound(amplification, 1, 50_000));
        uint256[] memory amounts = new uint256[](n);
        amount = bound(amount, 1e4, 1e29);
        for (uint256 i = 0; i < n; ++i) {
            amounts[i] = amount;
        }
        create(key, amounts);
        assertEq(manager.spotPrice(key, 0, n - 1), WAD, "POOL-34: par");
    }

    function test_GivenRates() external {
        address[] memory providers = new address[](3);
        providers[0] = address(_rate);
        uint256[] memory key = withProviders(_stable, providers);
        create(key, list(4_000e18, 5_000e6, 5_000e8));
        assertEq(manager.spotPrice(key, 0, 1), 1.25e18, "POOL-34: what the rate says, in balance");
        assertEq(manager.spotPrice(key, 1, 0), 0.8e18, "POOL-34: and the other way");
        _rate.set(Oracle.Mode.Revert, 0);
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.RateUnavailable.selector, address(_rate), 0));
        manager.spotPrice(key, 1, 2);
    }

    /// @dev In a ramp the amplification is a fraction: 200 on its way to 400.
    function test_GivenARamp(uint256 time) external {
        uint256[] memory key = stableKey(deployTokens(_eighteen(2)), 200);
        create(key, list(1e24, 2e23));
        uint256 end = block.timestamp + 30 days;
        uint256 first = manager.spotPrice(key, 0, 1);
        manager.rampAmplification(key, 400, end);
        vm.warp(bound(time, block.timestamp + 1, end - 1));
        uint256 price = manager.spotPrice(key, 0, 1);
        assertGt(price, first, "POOL-34: nearer to one");
        uint256 out = manager.quoteExactIn(ALICE, key, 0, 1, 1e13);
        uint256 fee = key[0] & 0xffffff;
        assertApproxEqRel(out * WAD / 1e13, price * (1e6 - fee) / 1e6, 1e9, "POOL-34: the slope, to 10^-9");
    }

    function test_WhenTheFeeDiffers() external {
        uint256[] memory key = _equal;
        key[0] = 100_000;
        create(key, list(1_000e18, 2_000e6));
        assertEq(manager.spotPrice(key, 0, 1), manager.spotPrice(_equal, 0, 1), "POOL-34: the fee is left out");
    }

    function test_GivenAPause() external {
        bytes32[] memory ids = new bytes32[](1);
        ids[0] = idOf(_equal);
        manager.setPause(ids, 7, SOON);
        assertEq(manager.spotPrice(_equal, 0, 1), 2e18, "POOL-34: what it is is not changed by a pause");
        assertGt(manager.virtualPrice(_equal), 0, "POOL-35: nor what a share is");
    }

    function test_RevertGiven_NoSuchPoolOrToken() external {
        uint256[] memory key = _equal;
        key[0] += 1;
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.PoolNotFound.selector, idOf(key)));
        manager.spotPrice(key, 0, 1);
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.PoolNotFound.selector, idOf(key)));
        manager.virtualPrice(key);
        uint256[2][4] memory wrong = [[uint256(0), 0], [uint256(0), 2], [uint256(2), 0], [type(uint256).max, 0]];
        for (uint256 i = 0; i < 4; ++i) {
            bytes memory reason =
                abi.encodeWithSelector(IPoolErrors.TokenIndexInvalid.selector, wrong[i][0], wrong[i][1]);
            vm.expectRevert(reason);
            manager.spotPrice(_equal, wrong[i][0], wrong[i][1]);
        }
    }

    /// @dev Out of the stable range there is no price, and a weighted pool always has one.
    function test_RevertGiven_APoolOutOfRange() external {
        address[] memory providers = new address[](3);
        providers[0] = address(_rate);
        uint256[] memory key = withProviders(_stable, providers);
        create(key, list(400_000e18, 50_000e6, 50_000e8));
        _rate.set(Oracle.Mode.Answer, 1e24);
        vm.expectRevert(StableMath.StableInputOutOfRange.selector);
        manager.spotPrice(key, 0, 2);
        vm.expectRevert(StableMath.StableInputOutOfRange.selector);
        manager.virtualPrice(key);
    }

    /// @dev A pool without a fee of 2 to 8 tokens with 18 decimals, up to 100 apart, and of any amplification.
    function _stableOf(uint256 seed, bool rated) private returns (uint256[] memory key, uint256 n) {
        n = 2 + (seed >> 8) % 7;
        key = stableKey(deployTokens(_eighteen(n)), 1 + (seed >> 16) % 2_000);
        key[0] &= ~uint256(0xffffff);
        if (rated) {
            address[] memory providers = new address[](n);
            (providers[0], providers[n - 1]) = (address(_rate), address(_rate));
            _rate.set(Oracle.Mode.Answer, 0.5e18 + (seed >> 20) % 1e18);
            key = withProviders(key, providers);
        }
        uint256[] memory amounts = new uint256[](n);
        for (uint256 i = 0; i < n; ++i) {
            amounts[i] = 1e22 + uint256(keccak256(abi.encode(seed, i))) % 1e24;
        }
        create(key, amounts);
    }

    function _eighteen(uint256 n) private pure returns (uint8[] memory decimals) {
        decimals = new uint8[](n);
        for (uint256 i = 0; i < n; ++i) {
            decimals[i] = 18;
        }
    }
}
