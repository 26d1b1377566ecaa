// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPoolErrors} from "../../contracts/pools/IPoolErrors.sol";
import {IPoolEvents} from "../../contracts/pools/IPoolEvents.sol";
import {StableMath} from "../../contracts/pools/math/StableMath.sol";
import {Oracle} from "./PoolContracts.sol";
import {PoolTrio} from "./PoolFixture.sol";

/// @notice Specified by PoolManagerDonate.tree. POOL-38: a gift is everybody's who has shares, and nobody's profit.
contract PoolManagerDonateTest is PoolTrio {
    function setUp() public override {
        super.setUp();
        for (uint256 i = 0; i < 3; ++i) {
            provide(_tokens[i], ALICE);
        }
    }

    function test_WhenAnybodyGives() external {
        uint256[] memory amounts = list(3e18, 0, 2e8);
        uint256[] memory before = balancesOf(_weighted);
        uint256 supply = supplyOf(_weighted);
        uint256 had = _tokens[0].balanceOf(ALICE);
        vm.expectEmit(address(manager));
        emit IPoolEvents.Donated(idOf(_weighted), ALICE, amounts);
        vm.prank(ALICE);
        manager.donate(_weighted, amounts, SOON);
        uint256[] memory afterwards = balancesOf(_weighted);
        for (uint256 i = 0; i < 3; ++i) {
            assertEq(afterwards[i], before[i] + amounts[i], "POOL-38: booked");
        }
        assertEq(had - _tokens[0].balanceOf(ALICE), 3e18, "POOL-38: paid");
        assertEq(supplyOf(_weighted), supply, "POOL-38: nothing is minted");
        assertEq(sharesOf(_weighted, ALICE), 0, "POOL-38: nothing for the donor");
    }

    /// POOL-10, POOL-38: in proportion a gift of a tenth is growth of a tenth, of which the protocol has a tenth.
    function test_WhenTheNextEventCharges() external {
        uint256[][3] memory keys = [_equal, _weighted, _stable];
        for (uint256 k = 0; k < 3; ++k) {
            uint256[] memory amounts = balancesOf(keys[k]);
            for (uint256 i = 0; i < amounts.length; ++i) {
                amounts[i] /= 10;
            }
            uint256 rate = manager.virtualPrice(keys[k]);
            manager.donate(keys[k], amounts, SOON);
            assertApproxEqRel(manager.virtualPrice(keys[k]), rate * 109 / 100, 1e7, "POOL-35: less what it owes");
            uint256 owed = manager.collectProtocolFee(keys[k]);
            // A hundredth of 1.1.
            assertApproxEqRel(owed * 110, supplyOf(keys[k]), 1e7, "POOL-10: the protocol's part of a gift");
        }
    }

    /// POOL-38: growth from before a gift is charged before it.
    function test_WhenSomethingGrewBefore() external {
        manager.swapExactIn(_stable, 0, 1, 2_000e18, 0, address(this), SOON);
        uint256 state = vm.snapshotState();
        uint256 due = manager.collectProtocolFee(_stable);
        vm.revertToState(state);
        manager.donate(_stable, new uint256[](3), SOON);
        (,, uint256 owed,,) = manager.poolState(_stable);
        assertEq(owed, due, "POOL-10: as by any event");
    }

    /// POOL-38, POOL-35: whoever gives, trades, adds and leaves around it, at par, in a pool that starts in balance.
    function test_WhenTheDonorTradesAroundIt(uint256 seed) external {
        uint256[] memory key = _stable;
        key[0] += 1;
        create(key, list(5_000e18, 5_000e6, 5_000e8));
        vm.startPrank(ALICE);
        uint256 before = _purse();
        for (uint256 k = 0; k < 8; ++k) {
            uint256 draw = uint256(keccak256(abi.encode(seed, k)));
            uint256 i = draw % 3;
            uint256 amount = (draw >> 16) % (balancesOf(key)[i] * 2) >> (draw >> 200) % 40;
            if (draw >> 250 < 16) {
                uint256[] memory amounts = new uint256[](3);
                amounts[i] = amount;
                try manager.donate(key, amounts, SOON) {} catch {}
            } else if (draw >> 250 < 32) {
                try manager.swapExactIn(key, i, (i + 1 + (draw >> 8) % 2) % 3, amount, 0, ALICE, SOON) {} catch {}
            } else if (draw >> 250 < 48) {
                manager.addProportional(key, 1 + (draw >> 16) % 50_000e18, largest(3), ALICE, SOON);
            } else {
                uint256 part = sharesOf(key, ALICE) >> draw % 2;
                manager.removeProportional(key, part, new uint256[](3), ALICE, SOON);
            }
        }
        manager.removeProportional(key, sharesOf(key, ALICE), new uint256[](3), ALICE, SOON);
        assertLe(_purse(), before, "POOL-38: a gift pays its donor");
    }

    function test_RevertGiven_AStablePoolThatItWouldTakeOutOfRange() external {
        vm.expectRevert(StableMath.StableInputOutOfRange.selector);
        manager.donate(_stable, list(5_000e24, 0, 0), SOON);
    }

    function test_GivenARateProvider() external {
        Oracle rate = new Oracle(1.1e18);
        address[] memory providers = new address[](3);
        providers[0] = address(rate);
        uint256[] memory key = withProviders(_stable, providers);
        create(key, list(5_000e18, 5_300e6, 4_800e8));
        uint256 before = manager.virtualPrice(key);
        manager.donate(key, list(100e18, 0, 0), SOON);
        uint256 rise = (manager.virtualPrice(key) - before) * supplyOf(key) / 1e18;
        // At most what it is worth at its rate and near par, less the protocol's tenth.
        assertLe(rise, 100e18 * 1.1 * 0.9 * 1.01, "POOL-35: by no more than it is worth");
        assertGe(rise, 100e18 * 1.1 * 0.9 * 0.97, "POOL-38: and by no less");
        rate.set(Oracle.Mode.Revert, 0);
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.RateUnavailable.selector, address(rate), 0));
        manager.donate(key, list(100e18, 0, 0), SOON);
    }

    function test_RevertWhen_AddsOrPricesArePaused() external {
        bytes32[] memory ids = new bytes32[](1);
        ids[0] = idOf(_equal);
        for (uint256 flag = 1; flag <= 2; ++flag) {
            uint256 state = vm.snapshotState();
            manager.setPause(ids, flag, SOON);
            vm.expectRevert(abi.encodeWithSelector(IPoolErrors.PoolPaused.selector, ids[0], flag, SOON));
            manager.donate(_equal, list(1, 1), SOON);
            vm.revertToState(state);
        }
    }

    function test_RevertWhen_TheCallIsWrong() external {
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.DeadlinePassed.selector, 1, vm.getBlockTimestamp()));
        manager.donate(_equal, list(1, 1), 1);
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.AmountCountInvalid.selector, 3, 2));
        manager.donate(_equal, list(1, 1, 1), SOON);
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.BalanceTooLarge.selector, uint256(1) << 112));
        manager.donate(_equal, list(1 << 112, 1), SOON);
        uint256[] memory key = _equal;
        key[0] += 1;
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.PoolNotFound.selector, idOf(key)));
        manager.donate(key, list(1, 1), SOON);
    }

    /// @dev At par, in 10^-18.
    function _purse() private view returns (uint256) {
        return _tokens[0].balanceOf(ALICE) + _tokens[1].balanceOf(ALICE) * 1e12 + _tokens[2].balanceOf(ALICE) * 1e10;
    }
}
