// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPoolErrors} from "../../contracts/pools/IPoolErrors.sol";
import {PoolShareToken} from "../../contracts/pools/shares/PoolShareToken.sol";
import {PoolShareTokenFactory} from "../../contracts/pools/shares/PoolShareTokenFactory.sol";
import {artifact} from "../../script/Artifact.sol";
import {Oracle} from "./PoolContracts.sol";
import {PoolFixture} from "./PoolFixture.sol";
import {PlainToken} from "./PoolTokens.sol";

/// @notice POOL-35: pools of shares of other pools, whose rate is that of the share, and how deep that goes. What a
/// rate costs is measured with the manager, the token and all storage cold, as the first call of a transaction finds
/// them.
contract PoolOfSharesTest is PoolFixture {
    uint256 private constant LATER = type(uint256).max;
    /// @dev {PoolRates-RATE_GAS}.
    uint256 private constant RATE_GAS = 500_000;

    PoolShareTokenFactory private _factory;

    function setUp() external {
        deployManager();
        address token = deployCode(artifact("PoolShareToken"), abi.encode(manager));
        _factory = PoolShareTokenFactory(deployCode(artifact("PoolShareTokenFactory"), abi.encode(manager, token)));
    }

    /// POOL-35: a stable pool of a share of a weighted pool, one of a share of that one, and so on.
    function test_POOL35_PoolsOfSharesFiveDeep() external {
        uint256[] memory first = weightedKey(_tokens(2), list(500_000, 500_000));
        create(first, list(1_000_000e18, 1_000_000e18));
        uint256[] memory key = first;
        for (uint256 depth = 1; depth <= 5; ++depth) {
            uint256[] memory outer = _poolOf(key, 1_000e18 >> depth);
            assertEq(
                _shareOf(key).getRate(), manager.virtualPrice(key), "POOL-35: the provider says what the view says"
            );
            _useEverything(outer);
            uint256 rate = manager.virtualPrice(outer);
            manager.swapExactIn(first, 0, 1, 90_000e18, 0, address(this), LATER);
            assertGt(manager.virtualPrice(outer), rate, "POOL-35: what the first pool earns is earned by all");
            key = outer;
        }
        assertLt(_gasOf(key), RATE_GAS, "POOL-35: 246,000 fit");
    }

    /// POOL-35: a share of any stable pool without providers is good, up to 8 tokens a millionth apart in a ramp.
    function test_POOL35_TheRateOfAnyStableShareFits() external {
        uint256 worst;
        for (uint256 n = 2; n <= 8; n += 3) {
            PlainToken[] memory tokens = _tokens(n);
            for (uint256 k = 0; k < 20; ++k) {
                uint256[] memory key = stableKey(tokens, [uint256(1), 10, 2_000, 25_000][k % 4]);
                key[0] += 1 + k / 4;
                create(key, _spread(n, k / 4));
                uint256 gas = _gasOf(key);
                if (gas > worst) worst = gas;
                manager.rampAmplification(key, [uint256(2), 20, 4_000, 50_000][k % 4], vm.getBlockTimestamp() + 9 days);
                skip(4 days);
                gas = _gasOf(key);
                if (gas > worst) worst = gas;
                rewind(4 days);
            }
        }
        assertLt(worst, RATE_GAS * 3 / 4, "POOL-35: a quarter to spare");
        assertGt(worst, RATE_GAS / 2, "these are the hard ones: 200,000 did not do");
    }

    /// POOL-35: the same of shares of a pool of 8 tokens of which one is a share of a pool of 8.
    function test_POOL35_APoolOfEightOfAShareOfAPoolOfEight() external {
        uint256[] memory inner = stableKey(_tokens(8), 2_000);
        create(inner, _spread(8, 3));
        PoolShareToken share = _wrap(inner, 1e22);
        uint256[] memory middle = _keyOf(_tokens(7), share);
        uint256[] memory amounts = _spread(8, 3);
        for (uint256 i = 0; i < 8; ++i) {
            amounts[i] /= 200;
        }
        create(middle, amounts);
        assertLt(_gasOf(middle), RATE_GAS, "POOL-35: 404,000 fit");
        _useEverything(_poolOf(middle, 1e19));
    }

    /// POOL-15: where a provider further down fails, or takes more gas than there is, swaps say so, and exits go on.
    function test_POOL15_AProviderBelowThatFailsLeavesExits() external {
        uint256[] memory key = weightedKey(_tokens(2), list(500_000, 500_000));
        create(key, list(1_000_000e18, 1_000_000e18));
        Oracle burner = new Oracle(1e18);
        address[] memory providers = new address[](2);
        providers[0] = address(burner);
        uint256[] memory middle = withProviders(stableKey(_tokens(2), 200), providers);
        create(middle, list(1_000e18, 1_000e18));
        uint256[] memory outer = _poolOf(middle, 100e18);
        burner.set(Oracle.Mode.BurnGas, 0);
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.RateUnavailable.selector, address(_shareOf(middle)), 0));
        manager.swapExactIn(outer, 0, 1, 1e18, 0, address(this), LATER);
        manager.removeProportional(outer, 1e18, new uint256[](2), address(this), LATER);
    }

    /// @dev A stable pool of a plain token and the share of a pool, of which `amount` is wrapped.
    function _poolOf(uint256[] memory inner, uint256 amount) private returns (uint256[] memory key) {
        PoolShareToken share = _wrap(inner, amount);
        key = _keyOf(_tokens(1), share);
        create(key, list(amount / 2, amount / 2));
    }

    function _wrap(uint256[] memory inner, uint256 amount) private returns (PoolShareToken share) {
        share = _shareOf(inner);
        if (address(share).code.length == 0) _factory.create(inner);
        manager.approve(address(share), uint256(idOf(inner)), amount);
        share.deposit(amount, address(this));
        share.approve(address(manager), LATER);
    }

    /// @dev A stable key of these and a share, which has itself as its provider.
    function _keyOf(PlainToken[] memory tokens, PoolShareToken share) private view returns (uint256[] memory key) {
        key = new uint256[](tokens.length + 3);
        key[0] = FEE / 10 | (200 << 24) | (1 << 232);
        uint256 at;
        bool placed;
        for (uint256 i = 0; i < tokens.length; ++i) {
            if (!placed && address(share) < address(tokens[i])) {
                (key[++at], placed) = (wordOf(address(share), 18, 0) | (1 << 200), true);
            }
            key[++at] = wordOf(address(tokens[i]), 18, 0);
        }
        if (!placed) key[++at] = wordOf(address(share), 18, 0) | (1 << 200);
        key[++at] = uint160(address(share));
    }

    function _shareOf(uint256[] memory key) private view returns (PoolShareToken) {
        return PoolShareToken(_factory.tokenOf(idOf(key)));
    }

    /// @dev Swaps both ways, adds and exits, in proportion and not.
    function _useEverything(uint256[] memory key) private {
        uint256 out = manager.swapExactIn(key, 0, 1, 1e18, 0, address(this), LATER);
        manager.swapExactOut(key, 1, 0, out / 2, LATER, address(this), LATER);
        manager.addProportional(key, 1e15, largest(key.length - 2), address(this), LATER);
        manager.removeSingle(key, 0, 1e15, 0, address(this), LATER);
        manager.removeProportional(key, 1e15, new uint256[](key.length - 2), address(this), LATER);
        manager.collectProtocolFee(key);
    }

    function _gasOf(uint256[] memory key) private returns (uint256 gas) {
        PoolShareToken share = _shareOf(key);
        if (address(share).code.length == 0) _factory.create(key);
        vm.cool(address(manager));
        vm.cool(address(share));
        gas = gasleft();
        share.getRate();
        gas -= gasleft();
    }

    function _tokens(uint256 n) private returns (PlainToken[] memory) {
        uint8[] memory decimals = new uint8[](n);
        for (uint256 i = 0; i < n; ++i) {
            decimals[i] = 18;
        }
        return deployTokens(decimals);
    }

    /// @dev Balances almost a million apart: one high, one low, half and half, a ladder, or all the same.
    function _spread(uint256 n, uint256 shape) private pure returns (uint256[] memory amounts) {
        amounts = _equal(n);
        for (uint256 i = 0; i < n; ++i) {
            bool low = shape == 0 ? i != 0 : shape == 1 ? i == 0 : shape == 2 && i >= n / 2;
            if (low) amounts[i] = 1.01e18 + i * 1e15;
            if (shape == 3 && i != n - 1) amounts[i] = 1.01e18 * 10 ** (6 * i / (n - 1));
        }
    }

    function _equal(uint256 n) private pure returns (uint256[] memory amounts) {
        amounts = new uint256[](n);
        for (uint256 i = 0; i < n; ++i) {
            amounts[i] = 1e24;
        }
    }
}
