// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {ERC6909} from "@openzeppelin/contracts/token/ERC6909/ERC6909.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IPoolErrors} from "../../contracts/pools/IPoolErrors.sol";
import {PoolKey} from "../../contracts/pools/state/PoolKey.sol";
import {PoolTrio} from "./PoolFixture.sol";
import {FeeToken} from "./PoolTokens.sol";

/// @notice Specified by PoolManagerLiquidity.tree.
contract PoolManagerLiquidityTest is PoolTrio {
    function setUp() public override {
        super.setUp();
        provide(_tokens[0], ALICE);
        provide(_tokens[1], ALICE);
    }

    function test_CreatePool_RevertWhen_TheCallerHasNoRightToCreate() external {
        uint256[] memory key = weightedKey(_two(), list(400_000, 600_000));
        vm.prank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, ALICE));
        manager.createPool(key, list(1e18, 1e6), 0, ALICE, type(uint256).max);
    }

    function test_CreatePool_RevertWhen_TheKeyBreaksARule() external {
        _refuse(new uint256[](2), abi.encodeWithSelector(PoolKey.KeyLengthOutOfRange.selector, 2));
        _refuse(new uint256[](10), abi.encodeWithSelector(PoolKey.KeyLengthOutOfRange.selector, 10));
        uint256[] memory good = weightedKey(_two(), list(400_000, 600_000));
        // Fee, amplification and unknown bits of the first word.
        _refuseWord(good, 0, 100_001);
        _refuseWord(good, 0, 50_001 << 24);
        _refuseWord(good, 0, 1 << 48);
        // A least fee without a policy or above the fee, providers in a weighted pool, bits above them.
        _refuseWord(good, 0, good[0] | (1 << 48));
        _refuseWord(good, 0, good[0] | ((FEE + 1) << 48) | (uint256(uint160(ALICE)) << 72));
        _refuseWord(good, 0, good[0] | (1 << 232));
        _refuseWord(good, 0, good[0] | (1 << 236));
        // A weight of a token in a stable pool, order, decimals, weight and unknown bits of a token's word.
        uint256[] memory stable = stableKey(_two(), 7);
        _refuseWord(stable, 1, stable[1] | (1 << 168));
        _refuseWord(good, 2, good[1]);
        _refuseWord(good, 1, good[1] & ~uint256(type(uint160).max));
        _refuseWord(good, 1, good[1] | (19 << 160));
        _refuseWord(good, 1, wordOf(address(_tokens[0]), 18, 9_999));
        _refuseWord(good, 1, good[1] | (1 << 200));
        // Providers: fewer or more than flags, no address, more than one, too many words.
        _refuseWord(stable, 1, stable[1] | (1 << 201));
        uint256[] memory rated = copyOf(stable, 1);
        rated[0] |= 1 << 232;
        rated[3] = uint160(ALICE);
        _refuse(rated, abi.encodeWithSelector(PoolKey.KeyWordInvalid.selector, 0, rated[0]));
        rated[1] |= 1 << 200;
        _refuseWord(rated, 3, 0);
        _refuseWord(rated, 3, 1 << 160);
        uint256[] memory long = copyOf(stable, 8);
        long[0] |= 1 << 232;
        _refuse(long, abi.encodeWithSelector(PoolKey.KeyLengthOutOfRange.selector, 11));
        uint256[] memory key = weightedKey(_two(), list(400_000, 599_999));
        _refuse(key, abi.encodeWithSelector(PoolKey.WeightSumInvalid.selector, 999_999));
    }

    function test_CreatePool_RevertGiven_ThePoolExists() external {
        bytes32 id = keccak256(abi.encodePacked(_equal));
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.PoolExists.selector, id));
        manager.createPool(_equal, list(1e18, 1e6), 0, address(this), type(uint256).max);
    }

    function test_CreatePool_RevertWhen_TheDecimalsAreNotTheTokens() external {
        uint256[] memory key = weightedKey(_two(), list(400_000, 600_000));
        key[2] = wordOf(address(_tokens[1]), 7, 600_000);
        _refuse(key, abi.encodeWithSelector(IPoolErrors.DecimalsDiffer.selector, address(_tokens[1]), 6, 7));
    }

    function test_CreatePool_RevertWhen_TheNumberOfAmountsIsNotThatOfTheTokens() external {
        uint256[] memory key = weightedKey(_two(), list(400_000, 600_000));
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.AmountCountInvalid.selector, 3, 2));
        manager.createPool(key, list(1e18, 1e6, 1), 0, address(this), type(uint256).max);
    }

    function test_CreatePool_RevertWhen_AnAmountDoesNotFit() external {
        uint256[] memory key = weightedKey(_two(), list(400_000, 600_000));
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.BalanceTooLarge.selector, 1 << 112));
        manager.createPool(key, list(1e18, 1 << 112), 0, address(this), type(uint256).max);
    }

    function test_CreatePool_RevertWhen_TheFirstLiquidityIsTooSmall() external {
        uint256[] memory key = weightedKey(deployTokens(decimalsOf(18, 18)), list(400_000, 600_000));
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.SharesBelowMinimum.selector, 1, 2));
        manager.createPool(key, list(1_002, 1_002), 2, address(this), type(uint256).max);
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.DeadlinePassed.selector, 1, vm.getBlockTimestamp()));
        manager.createPool(key, list(1_002, 1_002), 0, address(this), 1);
        vm.expectPartialRevert(IPoolErrors.ShareAmountInvalid.selector);
        manager.createPool(key, list(1_000, 1_000), 0, address(this), type(uint256).max);
        (, uint256 shares) = manager.createPool(key, list(1_002, 1_002), 0, address(this), type(uint256).max);
        assertEq(shares, 1, "the least that can be held");
    }

    function test_CreatePool_WhenAllIsInOrder() external {
        uint256[] memory key = weightedKey(_two(), list(400_000, 600_000));
        (bytes32 id, uint256 shares) = manager.createPool(key, list(1 << 60, 1 << 50), 0, ALICE, type(uint256).max);
        assertEq(id, keccak256(abi.encodePacked(key)), "id");
        // 2^(60 0.4 + 50 0.6) = 2^54, times 10^7 for 7.2 decimals that are missing, less the margin and the locked
        // shares.
        assertApproxEqAbs(shares, (1e7 << 54) - 1_000, 1e5, "the invariant");
        assertLt(shares, (1e7 << 54) - 1_000 + 1, "rounded down");
        assertEq(manager.balanceOf(ALICE, uint256(id)), shares, "minted");
        (uint256[] memory balances, uint256 supply, uint256 owed, uint256 fee,) = manager.poolState(key);
        assertEq(balances[0], 1 << 60, "first balance");
        assertEq(balances[1], 1 << 50, "second balance");
        assertEq(supply, shares + 1_000, "the first shares exist in the supply only");
        assertEq(owed, 0, "nothing owed");
        assertEq(fee, PROTOCOL_FEE_BPS, "initial protocol fee");
    }

    function test_AddProportional_RevertWhen_TheDeadlinePassed() external {
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.DeadlinePassed.selector, 1, vm.getBlockTimestamp()));
        manager.addProportional(_equal, 1e9, largest(2), ALICE, 1);
    }

    function test_AddProportional_RevertGiven_NoPoolToAddTo() external {
        uint256[] memory key = weightedKey(_two(), list(400_000, 600_000));
        vm.expectPartialRevert(IPoolErrors.PoolNotFound.selector);
        manager.addProportional(key, 1e9, largest(2), ALICE, SOON);
    }

    function test_AddProportional_RevertWhen_NoSharesAreAskedFor() external {
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.ShareAmountInvalid.selector, 0));
        manager.addProportional(_equal, 0, largest(2), ALICE, SOON);
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.ShareAmountInvalid.selector, 1 << 112));
        manager.addProportional(_equal, 1 << 112, largest(2), ALICE, SOON);
    }

    function test_AddProportional_RevertWhen_MoreWouldBeTakenThanTheMaximum() external {
        (, uint256 supply,,,) = manager.poolState(_equal);
        uint256 exact = (2_000e6 * 1e12 + supply - 1) / supply;
        address token = address(_tokens[1]);
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.AmountInAboveMaximum.selector, token, exact, exact - 1));
        manager.addProportional(_equal, 1e12, list(1e30, exact - 1), ALICE, SOON);
        manager.addProportional(_equal, 1e12, list(1e30, exact), ALICE, SOON);
    }

    function test_AddProportional_RevertWhen_TheTokenTakesAFee() external {
        FeeToken token = new FeeToken();
        provide(token, address(this));
        bool first = address(token) < address(_tokens[0]);
        uint256[] memory key = new uint256[](3);
        key[first ? 1 : 2] = wordOf(address(token), 18, 500_000);
        key[first ? 2 : 1] = wordOf(address(_tokens[0]), 18, 500_000);
        manager.createPool(key, list(1e18, 1e18), 0, address(this), type(uint256).max);
        token.activate();
        vm.expectPartialRevert(IPoolErrors.TransferIncomplete.selector);
        manager.addProportional(key, 1e17, largest(2), ALICE, SOON);
    }

    /// POOL-5: an add takes at least the proportion, and an exit gives at most that.
    function test_AddProportional_WhenTheSharesAreAffordable() external {
        (, uint256 supply,,,) = manager.poolState(_equal);
        uint256 shares = supply / 7 + 1;
        vm.prank(ALICE);
        uint256[] memory amounts = manager.addProportional(_equal, shares, largest(2), ALICE, SOON);
        assertEq(amounts[0], (1_000e18 * shares + supply - 1) / supply, "POOL-5: rounded up");
        assertEq(amounts[1], (2_000e6 * shares + supply - 1) / supply, "POOL-5: rounded up");
        assertEq(balancesOf(_equal)[0], 1_000e18 + amounts[0], "booked");
        assertEq(sharesOf(_equal, ALICE), shares, "minted");
        vm.prank(ALICE);
        uint256[] memory back = manager.removeProportional(_equal, shares, new uint256[](2), ALICE, SOON);
        assertLe(back[0], amounts[0], "POOL-5: no profit");
        assertLe(back[1], amounts[1], "POOL-5: no profit");
        // A unit of the token of 6 decimals is 2^-28 of the amount; that rounding is growth, of which the protocol has
        // its share.
        assertApproxEqRel(back[0], amounts[0], 1e10, "and no loss beyond rounding");
    }

    function test_RemoveProportional_RevertWhen_TheCallerHoldsFewerShares() external {
        uint256 held = sharesOf(_equal, address(this));
        uint256 id = uint256(keccak256(abi.encodePacked(_equal)));
        vm.expectRevert(
            abi.encodeWithSelector(ERC6909.ERC6909InsufficientBalance.selector, address(this), held, held + 1, id)
        );
        manager.removeProportional(_equal, held + 1, new uint256[](2), ALICE, SOON);
        vm.prank(ALICE);
        vm.expectRevert();
        manager.removeProportional(_equal, 1, new uint256[](2), ALICE, SOON);
    }

    function test_RemoveProportional_RevertWhen_TheExitHasADeadlineThatPassed() external {
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.DeadlinePassed.selector, 1, vm.getBlockTimestamp()));
        manager.removeProportional(_equal, 1, new uint256[](2), ALICE, 1);
    }

    function test_RemoveProportional_RevertWhen_LessWouldComeOutThanTheMinimum() external {
        vm.expectPartialRevert(IPoolErrors.AmountOutBelowMinimum.selector);
        manager.removeProportional(_equal, 1e12, list(0, 1e12), ALICE, SOON);
    }

    function test_RemoveProportional_WhenTheSharesAreHeld() external {
        (, uint256 supply,,,) = manager.poolState(_stable);
        uint256 shares = supply / 3;
        uint256 before = _tokens[2].balanceOf(ALICE);
        uint256[] memory amounts = manager.removeProportional(_stable, shares, new uint256[](3), ALICE, SOON);
        assertEq(amounts[0], 5_000e18 * shares / supply, "POOL-5: rounded down");
        assertEq(amounts[2], 4_800e8 * shares / supply, "POOL-5: rounded down");
        assertEq(_tokens[2].balanceOf(ALICE) - before, amounts[2], "sent");
        assertEq(balancesOf(_stable)[1], 5_300e6 - amounts[1], "booked");
    }

    /// POOL-6: the last holder can leave, what the locked shares are worth stays, and the pool goes on.
    function test_RemoveProportional_GivenEverybodyLeaves() external {
        manager.swapExactIn(_equal, 0, 1, 10e18, 0, ALICE, SOON);
        manager.removeProportional(_equal, sharesOf(_equal, address(this)), new uint256[](2), ALICE, SOON);
        manager.removeProportional(_stable, sharesOf(_stable, address(this)), new uint256[](3), ALICE, SOON);
        manager.collectProtocolFee(_equal);
        vm.startPrank(TREASURY);
        manager.removeProportional(_equal, sharesOf(_equal, TREASURY), new uint256[](2), TREASURY, SOON);
        vm.stopPrank();
        (uint256[] memory balances, uint256 supply,,,) = manager.poolState(_equal);
        assertEq(supply, 1_000, "POOL-6: the locked shares");
        assertGt(balances[0], 0, "POOL-6: and what they are worth");
        assertGt(balances[1], 0, "POOL-6: of each");
        uint256[] memory again = manager.addProportional(_equal, 1e12, largest(2), ALICE, SOON);
        (, supply,,,) = manager.poolState(_equal);
        assertGe(again[0] * (supply - 1e12), balances[0] * 1e12, "POOL-5: at the price of those that stayed");
        // Of unlike decimals, what stayed is out of range: see PoolManagerRecovery.t.sol.
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.PoolOutOfRange.selector, idOf(_stable)));
        manager.addProportional(_stable, 1e12, largest(3), ALICE, SOON);
    }

    function test_CollectProtocolFee_GivenNoGrowth() external {
        assertEq(manager.collectProtocolFee(_equal), 0, "POOL-10: nothing");
        manager.addProportional(_equal, 1e18, largest(2), ALICE, SOON);
        manager.removeProportional(_equal, 1e17, new uint256[](2), ALICE, SOON);
        // Rounding in favour of the pool is growth: a few units of the second token's 6 decimals.
        assertLe(manager.collectProtocolFee(_equal), 1e13, "POOL-10: adds and exits are none but for their rounding");
    }

    /// POOL-10: exactly the configured share of growth, never more. V = sqrt(x y) is computed from integer roots.
    function test_CollectProtocolFee_GivenGrowthBySwaps() external {
        (, uint256 supply,,,) = manager.poolState(_equal);
        uint256 before = Math.sqrt(1_000e18 * uint256(2_000e6) * 1e24);
        for (uint256 i = 0; i < 10; ++i) {
            manager.swapExactIn(_equal, 0, 1, 50e18, 0, address(this), SOON);
            manager.swapExactIn(_equal, 1, 0, 100e6, 0, address(this), SOON);
        }
        uint256[] memory balances = balancesOf(_equal);
        uint256 afterwards = Math.sqrt(balances[0] * balances[1] * 1e24);
        uint256 shares = manager.collectProtocolFee(_equal);
        assertEq(sharesOf(_equal, TREASURY), shares, "minted");
        // What the treasury's shares are worth of the invariant, against a tenth of its growth.
        uint256 worth = shares * afterwards / (supply + shares);
        uint256 tenth = (afterwards - before) / 10;
        assertLe(worth, tenth + 1e10, "POOL-10: not more, but for the roots");
        assertApproxEqRel(worth, tenth, 1e6, "POOL-10: and not less");
    }

    /// POOL-10: charging often and charging once come to the same for who holds shares, up to compounding.
    function test_CollectProtocolFee_GivenGrowthInParts() external {
        uint256 state = vm.snapshotState();
        uint256[2] memory totals;
        for (uint256 run = 0; run < 2; ++run) {
            for (uint256 i = 0; i < 10; ++i) {
                manager.swapExactIn(_stable, 0, 1, 50e18, 0, address(this), SOON);
                manager.swapExactIn(_stable, 1, 0, 50e6, 0, address(this), SOON);
                if (run == 1) manager.collectProtocolFee(_stable);
            }
            manager.collectProtocolFee(_stable);
            totals[run] = sharesOf(_stable, TREASURY);
            vm.revertToState(state);
        }
        assertGt(totals[0], 0, "something");
        assertApproxEqRel(totals[0], totals[1], 0.001e18, "POOL-10: the same");
    }

    function test_SetProtocolFee_RevertWhen_TheCallerHasNoRightToSetIt() external {
        vm.startPrank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, ALICE));
        manager.setProtocolFee(_equal, 1);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, ALICE));
        manager.setInitialProtocolFee(1);
    }

    function test_SetProtocolFee_RevertWhen_TheFeeIsTooHigh() external {
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.ProtocolFeeTooHigh.selector, 5_001));
        manager.setProtocolFee(_equal, 5_001);
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.ProtocolFeeTooHigh.selector, 5_001));
        manager.setInitialProtocolFee(5_001);
    }

    function test_SetProtocolFee_WhenTheFeeChanges() external {
        manager.swapExactIn(_equal, 0, 1, 500e18, 0, address(this), SOON);
        uint256 state = vm.snapshotState();
        uint256 due = manager.collectProtocolFee(_equal);
        vm.revertToState(state);
        manager.setProtocolFee(_equal, 0);
        (,, uint256 owed, uint256 fee,) = manager.poolState(_equal);
        assertEq(owed, due, "POOL-10: the past at the old fee");
        assertEq(fee, 0, "set");
        manager.swapExactIn(_equal, 0, 1, 500e18, 0, address(this), SOON);
        assertEq(manager.collectProtocolFee(_equal), due, "POOL-10: nothing for the time without a fee");
        manager.setProtocolFee(_equal, 5_000);
        assertEq(manager.collectProtocolFee(_equal), 0, "POOL-10: nor afterwards");
    }

    function _refuseWord(uint256[] memory key, uint256 index, uint256 word) private {
        uint256[] memory bad = new uint256[](key.length);
        for (uint256 i = 0; i < key.length; ++i) {
            bad[i] = i == index ? word : key[i];
        }
        _refuse(bad, abi.encodeWithSelector(PoolKey.KeyWordInvalid.selector, index, word));
    }

    function _refuse(uint256[] memory key, bytes memory reason) private {
        vm.expectRevert(reason);
        manager.createPool(key, list(1e18, 1e6), 0, address(this), type(uint256).max);
    }
}
