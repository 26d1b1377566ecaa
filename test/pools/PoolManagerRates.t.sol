// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Oracle} from "./PoolContracts.sol";
import {PoolFixture} from "./PoolFixture.sol";

/// @notice POOL-24: a rate that was wrong for less than an hour charges nobody. A million of a token with a rate and a
/// million of one without.
contract PoolManagerRatesTest is PoolFixture {
    uint256 private constant LATER = type(uint256).max;
    uint256 private constant SIZE = 1_000_000e18;

    Oracle private _rate;
    Oracle private _other;
    uint256[] private _key;
    uint256 private _supply;

    function setUp() external {
        deployManager();
        _rate = new Oracle(1e18);
        _other = new Oracle(1e18);
        address[] memory providers = new address[](2);
        (providers[0], providers[1]) = (address(_rate), address(_other));
        _key = withProviders(stableKey(deployTokens(decimalsOf(18, 18)), 200), providers);
        create(_key, list(SIZE, SIZE));
        _supply = supplyOf(_key);
        vm.warp(vm.getBlockTimestamp() + 30 days);
    }

    function test_POOL24_TwoEventsInOneTransactionChargeNothing() external {
        _set(1.01e18);
        for (uint256 i = 0; i < 5; ++i) {
            _event(i);
        }
        _set(1e18);
        _assertNothing();
        vm.warp(vm.getBlockTimestamp() + 2 hours);
        _assertNothing();
    }

    function test_POOL24_ABlipHeldFor59MinutesChargesNothing() external {
        uint256 start = vm.getBlockTimestamp();
        _set(1.01e18);
        for (uint256 i = 0; i < 60; ++i) {
            vm.warp(start + i * 1 minutes);
            _event(i);
        }
        _set(1e18);
        vm.warp(start + 60 minutes);
        _assertNothing();
        // Nor does another like it, when the first one is forgotten.
        _set(1.01e18);
        _assertNothing();
        vm.warp(start + 119 minutes);
        _assertNothing();
        _set(1e18);
        vm.warp(start + 120 minutes);
        _assertNothing();
    }

    /// POOL-24: two providers that are wrong at different times never agree.
    function test_POOL24_TwoBlipsOfDifferentTokensChargeNothing() external {
        _set(1.01e18);
        _event(0);
        _set(1e18);
        _other.set(Oracle.Mode.Answer, 1.01e18);
        vm.warp(vm.getBlockTimestamp() + 1 hours);
        _assertNothing();
    }

    /// POOL-24: during a blip the pool trades at the wrong rate. What such a trade makes of the balances is not growth.
    function test_POOL24_ATradeDuringABlipChargesNoMoreThanItsFees() external {
        _set(1.01e18);
        uint256 out = manager.swapExactIn(_key, 1, 0, 900_000e18, 0, address(this), LATER);
        manager.collectProtocolFee(_key);
        manager.swapExactIn(_key, 0, 1, out, 0, address(this), LATER);
        manager.collectProtocolFee(_key);
        _set(1e18);
        manager.collectProtocolFee(_key);
        uint256 fees = uint256(900_000e18) * 2 * 300 / 1e6;
        assertLe(sharesOf(_key, TREASURY) * 2 * SIZE / _supply, fees / 10 * 102 / 100, "POOL-24: a trade in a blip");
    }

    /// POOL-24: a rise that holds is charged in full by the first event an hour after one saw it, at the lesser of both
    /// rates.
    function test_POOL24_ARiseThatHoldsIsChargedAtTheLesserRate() external {
        uint256[3] memory later = [uint256(1.1e18), 1.05e18, 1.2e18];
        for (uint256 i = 0; i < 3; ++i) {
            uint256 state = vm.snapshotState();
            _set(1.1e18);
            _assertNothing();
            vm.warp(vm.getBlockTimestamp() + 1 hours - 1);
            _assertNothing();
            vm.warp(vm.getBlockTimestamp() + 1);
            _set(later[i]);
            uint256 lesser = later[i] < 1.1e18 ? later[i] : 1.1e18;
            // A tenth of what half the pool gained.
            uint256 due = _supply * (lesser - 1e18) / 20e18;
            assertApproxEqRel(manager.collectProtocolFee(_key), due, 0.06e18, "POOL-10: yield is growth");
            vm.revertToState(state);
        }
    }

    /// POOL-10: what a token yields at up to a thousandth a day is charged at once.
    function test_POOL24_AnOrdinaryYieldIsChargedAtOnce() external {
        vm.warp(vm.getBlockTimestamp() + 1 days);
        _set(1.0008e18);
        assertApproxEqRel(manager.collectProtocolFee(_key), _supply * 4 / 100_000, 0.01e18, "POOL-10: a day's yield");
        vm.warp(vm.getBlockTimestamp() + 12 hours);
        _set(1.0008e18 + 0.00051e18);
        assertLe(manager.collectProtocolFee(_key), 1e9, "POOL-24: too much for half a day");
        _set(1.0008e18 + 0.0005e18);
        assertApproxEqRel(manager.collectProtocolFee(_key), _supply * 25 / 1_000_000, 0.01e18, "POOL-10: half a day's");
    }

    /// POOL-24: time alone allows no more than a day does.
    function test_POOL24_AQuietYearAllowsNoMoreThanADay() external {
        vm.warp(vm.getBlockTimestamp() + 365 days);
        _set(1.0011e18);
        _assertNothing();
    }

    /// POOL-10: swap fees are charged whether or not a rate waits for its confirmation, if not at once.
    function test_POOL24_FeesAreNotLostWhileARateWaits() external {
        _set(1.1e18);
        _event(0);
        manager.swapExactIn(_key, 0, 1, 300_000e18, 0, address(this), LATER);
        manager.swapExactIn(_key, 1, 0, 330_000e18, 0, address(this), LATER);
        vm.warp(vm.getBlockTimestamp() + 1 hours);
        uint256 due = _supply / 200 + _supply * (330_000e18 + 330_000e18) * 300 / 1e6 / 10 / (2.1e18 * SIZE / 1e18);
        assertApproxEqRel(manager.collectProtocolFee(_key), due, 0.06e18, "POOL-10: fees and yield");
    }

    function _set(uint256 rate) private {
        _rate.set(Oracle.Mode.Answer, rate);
    }

    /// @dev An event of some kind that charges growth.
    function _event(uint256 kind) private {
        kind %= 5;
        if (kind == 0) manager.collectProtocolFee(_key);
        else if (kind == 1) manager.addProportional(_key, 1e18, largest(2), address(this), LATER);
        else if (kind == 2) manager.removeProportional(_key, 1e18, new uint256[](2), address(this), LATER);
        else if (kind == 3) manager.addUnbalanced(_key, list(1e18, 1e18), 0, address(this), LATER);
        else manager.removeSingle(_key, 1, 1e18, 0, address(this), LATER);
    }

    /// @dev Rounding and the fees of the small events above apart.
    function _assertNothing() private {
        manager.collectProtocolFee(_key);
        assertLe(sharesOf(_key, TREASURY), 1e16, "POOL-24: a blip was charged");
    }
}
