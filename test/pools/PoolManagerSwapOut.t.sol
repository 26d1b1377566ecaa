// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPoolErrors} from "../../contracts/pools/IPoolErrors.sol";
import {PoolTrio} from "./PoolFixture.sol";
import {FeeToken} from "./PoolTokens.sol";

/// @notice Specified by PoolManagerSwapOut.tree.
contract PoolManagerSwapOutTest is PoolTrio {
    function test_RevertWhen_TheDeadlinePassed() external {
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.DeadlinePassed.selector, 1, vm.getBlockTimestamp()));
        manager.swapExactOut(_equal, 0, 1, 1e6, 1e30, ALICE, 1);
    }

    function test_RevertGiven_NoPoolWithTheKey() external {
        uint256[] memory key = _equal;
        key[0] += 1;
        bytes32 id = keccak256(abi.encodePacked(key));
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.PoolNotFound.selector, id));
        manager.swapExactOut(key, 0, 1, 1e6, 1e30, ALICE, SOON);
    }

    function test_RevertWhen_AnIndexIsOutOfRange() external {
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.TokenIndexInvalid.selector, 2, 1));
        manager.swapExactOut(_equal, 2, 1, 1e6, 1e30, ALICE, SOON);
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.TokenIndexInvalid.selector, 1, 1));
        manager.swapExactOut(_equal, 1, 1, 1e6, 1e30, ALICE, SOON);
    }

    function test_RevertWhen_TheWholeBalanceOrMoreIsAskedFor() external {
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.AmountOutTooLarge.selector, 2_000e6, 2_000e6));
        manager.swapExactOut(_equal, 0, 1, 2_000e6, 1e38, ALICE, SOON);
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.AmountOutTooLarge.selector, 1 << 255, 5_300e6));
        manager.swapExactOut(_stable, 0, 1, 1 << 255, 1e38, ALICE, SOON);
        manager.swapExactOut(_equal, 0, 1, 2_000e6 - 1, 1e38, ALICE, SOON);
    }

    function test_RevertWhen_MoreWouldBeTakenThanTheMaximum() external {
        uint256 quote = manager.quoteExactOut(address(this), _equal, 0, 1, 1e6);
        address token = address(_tokens[0]);
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.AmountInAboveMaximum.selector, token, quote, quote - 1));
        manager.swapExactOut(_equal, 0, 1, 1e6, quote - 1, ALICE, SOON);
        assertEq(manager.swapExactOut(_equal, 0, 1, 1e6, quote, ALICE, SOON), quote, "exactly the maximum");
    }

    function test_RevertWhen_TheInputDoesNotFit() external {
        uint256[] memory key = copyOf(_equal, 0);
        key[0] = FEE + 1;
        manager.createPool(key, list(1e33, 1e12), 0, address(this), type(uint256).max);
        vm.expectPartialRevert(IPoolErrors.BalanceTooLarge.selector);
        manager.swapExactOut(key, 0, 1, 1e12 - 1, type(uint256).max, ALICE, SOON);
    }

    function test_RevertWhen_TheTokenTakesAFeeOnTransfers() external {
        FeeToken token = new FeeToken();
        provide(token, address(this));
        bool first = address(token) < address(_tokens[0]);
        uint256[] memory key = new uint256[](3);
        key[0] = FEE;
        key[first ? 1 : 2] = wordOf(address(token), 18, 500_000);
        key[first ? 2 : 1] = wordOf(address(_tokens[0]), 18, 500_000);
        manager.createPool(key, list(1e18, 1e18), 0, address(this), type(uint256).max);
        token.activate();
        vm.expectPartialRevert(IPoolErrors.TransferIncomplete.selector);
        manager.swapExactOut(key, first ? 0 : 1, first ? 1 : 0, 1e15, 1e30, ALICE, SOON);
    }

    /// POOL-1: the formula of an equal pool, exact in integers, to within a unit and the margin of 2^-68.
    function test_WhenThePoolIsEquallyWeighted() external {
        uint256 amountOut = 17e6 + 3;
        uint256 exact = (1_000e18 * amountOut + 2_000e6 - amountOut - 1) / (2_000e6 - amountOut);
        uint256 gross = (exact * 1e6 + 997_000 - 1) / 997_000;
        uint256 before = _tokens[0].balanceOf(address(this));
        uint256 amountIn = manager.swapExactOut(_equal, 0, 1, amountOut, 1e30, ALICE, SOON);
        assertGe(amountIn, gross, "POOL-1: not below the exact input");
        assertLe(amountIn, gross + (gross >> 67) + 3, "POOL-1: nor above the bound");
        assertEq(_tokens[1].balanceOf(ALICE), amountOut, "exactly that");
        assertEq(before - _tokens[0].balanceOf(address(this)), amountIn, "taken");
        assertEq(balancesOf(_equal)[0], 1_000e18 + amountIn, "booked");
        assertEq(balancesOf(_equal)[1], 2_000e6 - amountOut, "booked");
    }

    /// POOL-2: a unit of the coarsest token is never had for nothing, nor for less than it is worth.
    function test_WhenASingleUnitIsBought() external {
        for (uint256 i = 0; i < 3; ++i) {
            uint256 j = (i + 1) % 3;
            assertGe(manager.swapExactOut(_weighted, i, j, 1, 1e30, ALICE, SOON), 1, "POOL-2: weighted");
            uint256 paid = manager.swapExactOut(_stable, i, j, 1, 1e30, ALICE, SOON);
            assertGe(paid, 1, "POOL-2: stable");
            assertLe(manager.swapExactIn(_stable, j, i, 1, 0, ALICE, SOON), paid, "POOL-2: back");
        }
    }

    /// POOL-3: exact in of what exact out takes gives that output, up to the bounds of both: never much less.
    function test_WhenTheInputIsSwappedExactlyIn() external {
        for (uint256 i = 0; i < 3; ++i) {
            uint256 j = (i + 2) % 3;
            uint256 amountOut = 10 ** _tokens[j].decimals() * 7;
            uint256 amountIn = manager.quoteExactOut(address(this), _weighted, i, j, amountOut);
            assertGe(manager.quoteExactIn(address(this), _weighted, i, j, amountIn) + 1, amountOut, "POOL-3: weighted");
            assertLe(
                manager.quoteExactOut(
                    address(this), _weighted, i, j, manager.quoteExactIn(address(this), _weighted, i, j, amountIn)
                ),
                amountIn + (amountIn >> 60) + 2,
                "POOL-3: and back"
            );
            amountIn = manager.quoteExactOut(address(this), _stable, i, j, amountOut);
            assertGe(manager.quoteExactIn(address(this), _stable, i, j, amountIn) + 2, amountOut, "POOL-3: stable");
        }
    }

    /// POOL-8: quote = execution.
    function test_GivenAQuote() external {
        for (uint256 i = 0; i < 3; ++i) {
            uint256 j = (i + 1) % 3;
            uint256 amountOut = 10 ** _tokens[j].decimals() * 3;
            uint256 quote = manager.quoteExactOut(address(this), _weighted, i, j, amountOut);
            assertEq(manager.swapExactOut(_weighted, i, j, amountOut, quote, ALICE, SOON), quote, "POOL-8: weighted");
            quote = manager.quoteExactOut(address(this), _stable, i, j, amountOut);
            assertEq(manager.swapExactOut(_stable, i, j, amountOut, quote, ALICE, SOON), quote, "POOL-8: stable");
        }
    }
}
