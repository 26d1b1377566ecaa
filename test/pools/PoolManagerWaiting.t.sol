// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPoolErrors} from "../../contracts/pools/IPoolErrors.sol";
import {Oracle} from "./PoolContracts.sol";
import {PoolFixture} from "./PoolFixture.sol";

/// @notice POOL-10 and POOL-35 while a rise of a rate waits for its confirmation: who comes, who goes, what governance
/// sets and what a share is worth meanwhile. A million of a token with a rate and a million of one without, the
/// protocol's part a tenth. The judge is what the protocol's shares are worth at the balances of the end, each token at
/// its rate.
contract PoolManagerWaitingTest is PoolFixture {
    uint256 private constant LATER = type(uint256).max;
    uint256 private constant SIZE = 1_000_000e18;
    /// @dev What is owed keeps its 50 leading bits: of less than a fiftieth of all shares, 2^-49 that a rate of 1.3 may
    /// lose, in 10^-18; and a unit of each reading.
    uint256 private constant ROUNDING = 50;

    Oracle private _rate;
    uint256[] private _key;
    uint256 private _supply;
    /// @dev The protocol's part of the fee that unbalanced adds pay: of the fee on their amounts, once more the fee,
    /// since their proportional part is counted at the shares after the whole fee.
    uint256 private _paid;

    function setUp() external {
        deployManager();
        _rate = new Oracle(1e18);
        address[] memory providers = new address[](2);
        providers[0] = address(_rate);
        _key = withProviders(stableKey(deployTokens(decimalsOf(18, 18)), 200), providers);
        create(_key, list(SIZE, SIZE));
        _supply = supplyOf(_key);
        vm.warp(vm.getBlockTimestamp() + 30 days);
    }

    /// POOL-10: from a millionth of the pool to a hundred times it.
    function testFuzz_POOL10_WhoAddsWhileARiseWaitsRaisesNoCharge(uint256 seed, bool seen) external {
        _set(1.1e18);
        uint256 due = _dueWithout();
        if (seen) manager.collectProtocolFee(_key);
        for (uint256 i = 0; i < 3; ++i) {
            uint256 draw = uint256(keccak256(abi.encode(seed, i)));
            _add(draw, 1 + (draw >> 8) % (_supply * 100 >> (draw >> 200) % 27));
            vm.warp(vm.getBlockTimestamp() + 10 minutes);
        }
        assertApproxEqAbs(_confirmed(), due, due / 1e7 + _paid, "POOL-10: growth from before is charged once");
    }

    /// POOL-10: a checkpoint that follows whoever comes must not stay when they go.
    function testFuzz_POOL10_ComingAndGoingWhileARiseWaitsChangesNoCharge(uint256 seed) external {
        _set(1.1e18);
        uint256 due = _dueWithout();
        for (uint256 i = 0; i < 4; ++i) {
            uint256 draw = uint256(keccak256(abi.encode(seed, i)));
            uint256 shares = 1 + (draw >> 8) % (_supply * 20);
            uint256 mine = sharesOf(_key, address(this));
            if (draw & 1 == 0) {
                _add(draw >> 1, shares);
                _leave(sharesOf(_key, address(this)) - mine);
            } else {
                _leave(shares % mine);
                _add(draw >> 1, shares % mine);
            }
        }
        uint256 confirmed = _confirmed();
        assertApproxEqAbs(confirmed, due, due / 1e7 + _paid, "POOL-10: nobody gets round the charge or adds to it");
    }

    /// POOL-10: of what was there before, whoever is left bears no more than what grew.
    function testFuzz_POOL10_WhoStaysIsNotChargedForMoreThanWhatGrew(uint256 seed) external {
        _set(1.1e18);
        uint256 due = _dueWithout();
        for (uint256 i = 0; i < 6; ++i) {
            uint256 draw = uint256(keccak256(abi.encode(seed, i)));
            if (draw & 1 == 0) _add(draw >> 1, 1 + (draw >> 8) % (_supply * 20));
            else _leave((draw >> 8) % sharesOf(_key, address(this)));
        }
        assertLe(_confirmed(), due + due / 1e7 + _paid, "POOL-10: more than its part of all growth");
    }

    /// POOL-10: what late shares earn themselves is growth.
    function test_POOL10_FeesOfWhoCameWhileARiseWaitsAreCharged() external {
        _set(1.1e18);
        uint256 due = _dueWithout();
        _add(0, _supply * 9);
        uint256 fees;
        for (uint256 i = 0; i < 20; ++i) {
            fees += 700_000e18 * 300 / 1e6;
            uint256 out = manager.swapExactIn(_key, 1, 0, 700_000e18, 0, address(this), LATER);
            fees += out * 1.1e18 / 1e18 * 300 / 1e6;
            manager.swapExactIn(_key, 0, 1, out, 0, address(this), LATER);
        }
        assertApproxEqRel(_confirmed(), due + fees / 10, 0.02e18, "POOL-10: growth from before, and fees");
    }

    /// POOL-10: a blip whose late shares have a checkpoint at the wrong rate hides nothing that is earned afterwards.
    function test_POOL10_AnAddDuringABlipHidesNoGrowth() external {
        _set(1.1e18);
        _add(0, _supply * 9);
        _set(1e18);
        assertLe(_collected(), 1e9, "POOL-24: a blip is no growth");
        uint256 fees;
        for (uint256 i = 0; i < 20; ++i) {
            fees += 700_000e18 * 300 / 1e6;
            uint256 out = manager.swapExactIn(_key, 1, 0, 700_000e18, 0, address(this), LATER);
            fees += out * 300 / 1e6;
            manager.swapExactIn(_key, 0, 1, out, 0, address(this), LATER);
        }
        assertApproxEqRel(_collected(), fees / 10, 0.02e18, "POOL-10: fees after a blip");
    }

    /// POOL-10: governance's new share is not that of a rise from before, whatever it tries.
    function test_POOL10_ARaisedShareIsNotChargedOnARiseThatWaits() external {
        for (uint256 i = 0; i < 3; ++i) {
            uint256 state = vm.snapshotState();
            if (i != 2) _set(1.1e18);
            uint256 due = i == 2 ? 0 : _dueWithout();
            if (i == 0) manager.collectProtocolFee(_key);
            if (i == 2) {
                // Growth that cannot be measured, for want of the rate: of 30 days, a tenth of 0.1 % of half the pool.
                _set(1.001e18);
                due = _dueWithout();
                _rate.set(Oracle.Mode.Revert, 0);
            }
            try manager.setProtocolFee(_key, 5_000) {} catch {}
            _set(i == 2 ? 1.001e18 : 1.1e18);
            assertLe(_confirmed(), due * 1_001 / 1_000, "POOL-10: a changed share holds from then on");
            vm.revertToState(state);
        }
    }

    /// POOL-35: the charge of a rise that waits is taken off from the first second on.
    function testFuzz_POOL35_NoConfirmationLowersTheRateOfAShare(uint256 seed) external {
        _set(1e18 + seed % 0.3e18);
        uint256 before = manager.virtualPrice(_key);
        for (uint256 i = 0; i < 6; ++i) {
            uint256 draw = uint256(keccak256(abi.encode(seed, i)));
            if (draw & 3 == 0) manager.collectProtocolFee(_key);
            else if (draw & 3 == 1) _add(draw >> 2, 1 + (draw >> 8) % (_supply * 20));
            else if (draw & 3 == 2) _leave((draw >> 8) % sharesOf(_key, address(this)));
            else _swap(draw >> 8);
            uint256 afterwards = manager.virtualPrice(_key);
            assertGe(afterwards + ROUNDING, before, "POOL-35: the rate of a share falls");
            vm.warp(vm.getBlockTimestamp() + (draw >> 100) % 40 minutes);
            before = manager.virtualPrice(_key);
            assertGe(before + ROUNDING, afterwards, "POOL-35: a confirmation to come lowers it");
        }
    }

    /// POOL-35: nobody moves the rate of a share by coming and going while a rise waits.
    function test_POOL35_AnAddWhileARiseWaitsMovesNoRate() external {
        _set(1.1e18);
        uint256 before = manager.virtualPrice(_key);
        _add(0, _supply * 100);
        assertApproxEqAbs(manager.virtualPrice(_key), before, ROUNDING, "POOL-35: by an add");
        _leave(_supply * 100);
        assertApproxEqAbs(manager.virtualPrice(_key), before, ROUNDING, "POOL-35: by an exit");
        // Nor does the confirmation, where nobody stayed.
        _confirmed();
        assertApproxEqAbs(manager.virtualPrice(_key), before, ROUNDING, "POOL-35: by the confirmation");
    }

    /// POOL-35: what late shares bear of the charge is all that a confirmation adds.
    function test_POOL35_AConfirmationRaisesTheRateByWhatLateSharesBear() external {
        _set(1.1e18);
        uint256 before = manager.virtualPrice(_key);
        uint256 due = _dueWithout();
        _add(0, _supply);
        _confirmed();
        // Of the charge late shares bear a half, which is the others' gain.
        uint256 most = due * 1e18 / 2 / _supply;
        uint256 rise = manager.virtualPrice(_key) - before;
        assertApproxEqRel(rise, most, 0.01e18, "POOL-35: a half of the charge");
    }

    /// POOL-10: a raise waits until growth can be charged, and says so; governance can bring that about.
    function test_POOL10_ARaiseIsRefusedUntilGrowthIsCharged() external {
        _set(1.1e18);
        bytes memory refused =
            abi.encodeWithSelector(IPoolErrors.GrowthNotCharged.selector, idOf(_key), PROTOCOL_FEE_BPS, 1_001);
        vm.expectRevert(refused);
        manager.setProtocolFee(_key, 1_001);
        _rate.set(Oracle.Mode.Revert, 0);
        vm.expectRevert(refused);
        manager.setProtocolFee(_key, 1_001);
        // A lower one holds at once.
        manager.setProtocolFee(_key, 999);
        refused = abi.encodeWithSelector(IPoolErrors.GrowthNotCharged.selector, idOf(_key), 999, 1_000);
        _set(1.1e18);
        manager.collectProtocolFee(_key);
        vm.warp(vm.getBlockTimestamp() + 1 hours - 1);
        vm.expectRevert(refused);
        manager.setProtocolFee(_key, 1_000);
        vm.warp(vm.getBlockTimestamp() + 1);
        // The rate rises all the time: what is confirmed leaves another rise to wait.
        _set(1.10002e18);
        vm.expectRevert(refused);
        manager.setProtocolFee(_key, 1_000);
        manager.collectProtocolFee(_key);
        vm.expectRevert(refused);
        manager.setProtocolFee(_key, 1_000);
        // A rise of 0.05 % a day for two hours is less than one of 0.1 % a day for one.
        vm.warp(vm.getBlockTimestamp() + 1 hours);
        _set(1.10004e18);
        manager.setProtocolFee(_key, 5_000);
        uint256 collected = _collected();
        manager.collectProtocolFee(_key);
        assertEq(_collected(), collected, "POOL-10: nothing was left to be charged at the new share");
    }

    /// POOL-10: where a pool of a provider is out of range, growth cannot be charged either.
    function test_POOL10_ARaiseIsRefusedOutOfRange() external {
        _leave(sharesOf(_key, address(this)));
        _set(1e24);
        vm.expectPartialRevert(IPoolErrors.GrowthNotCharged.selector);
        manager.setProtocolFee(_key, 1_001);
        manager.setProtocolFee(_key, 1_000);
    }

    function _set(uint256 rate) private {
        _rate.set(Oracle.Mode.Answer, rate);
    }

    function _swap(uint256 draw) private {
        uint256 i = draw & 1;
        manager.swapExactIn(_key, i, 1 - i, (draw >> 1) % (balancesOf(_key)[i] / 4), 0, address(this), LATER);
    }

    /// @dev In proportion, by either entry: all that comes is worth the same part of each balance.
    function _add(uint256 kind, uint256 shares) private {
        if (kind & 1 == 0) {
            manager.addProportional(_key, shares, largest(2), address(this), LATER);
            return;
        }
        uint256[] memory amounts = balancesOf(_key);
        uint256 supply = supplyOf(_key);
        for (uint256 i = 0; i < 2; ++i) {
            amounts[i] = amounts[i] * shares / supply + 1e6;
            _paid += amounts[i] * 300 / 1e6 * 300 / 1e6 / 10 * 11 / 10;
        }
        manager.addUnbalanced(_key, amounts, 0, address(this), LATER);
    }

    function _leave(uint256 shares) private {
        manager.removeProportional(_key, shares, new uint256[](2), address(this), LATER);
    }

    /// @dev What the rise owes when nobody comes or goes.
    function _dueWithout() private returns (uint256 due) {
        uint256 state = vm.snapshotState();
        due = _confirmed();
        vm.revertToState(state);
    }

    /// @dev What all the protocol got is worth once the rise is confirmed.
    function _confirmed() private returns (uint256) {
        manager.collectProtocolFee(_key);
        vm.warp(vm.getBlockTimestamp() + 1 hours);
        return _collected();
    }

    function _collected() private returns (uint256) {
        manager.collectProtocolFee(_key);
        uint256[] memory balances = balancesOf(_key);
        uint256 value = balances[0] * _rate.value() / 1e18 + balances[1];
        return value * sharesOf(_key, TREASURY) / supplyOf(_key);
    }
}
