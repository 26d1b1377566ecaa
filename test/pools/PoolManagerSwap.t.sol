// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPoolErrors} from "../../contracts/pools/IPoolErrors.sol";
import {IPoolEvents} from "../../contracts/pools/IPoolEvents.sol";
import {IPoolTrade} from "../../contracts/pools/IPoolTrade.sol";
import {StableMath} from "../../contracts/pools/math/StableMath.sol";
import {PoolTrio} from "./PoolFixture.sol";
import {FeeToken, PlainToken, SilentToken} from "./PoolTokens.sol";

/// @notice Specified by PoolManagerSwap.tree.
contract PoolManagerSwapTest is PoolTrio {
    function test_SwapExactIn_RevertWhen_TheDeadlinePassed() external {
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.DeadlinePassed.selector, 1, vm.getBlockTimestamp()));
        manager.swapExactIn(_equal, 0, 1, 1e18, 0, ALICE, 1);
        // Its last second is good.
        manager.swapExactIn(_equal, 0, 1, 1e18, 0, ALICE, vm.getBlockTimestamp());
    }

    function test_SwapExactIn_RevertGiven_NoPoolWithTheKey() external {
        // Any other word makes another key.
        for (uint256 i = 0; i < _equal.length; ++i) {
            uint256[] memory key = _equal;
            key[i] ^= 1 << 7;
            bytes32 id = keccak256(abi.encodePacked(key));
            vm.expectRevert(abi.encodeWithSelector(IPoolErrors.PoolNotFound.selector, id));
            manager.swapExactIn(key, 0, 1, 1e18, 0, ALICE, SOON);
        }
    }

    function test_SwapExactIn_RevertWhen_AnIndexIsOutOfRange() external {
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.TokenIndexInvalid.selector, 0, 2));
        manager.swapExactIn(_equal, 0, 2, 1e18, 0, ALICE, SOON);
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.TokenIndexInvalid.selector, type(uint256).max, 0));
        manager.swapExactIn(_equal, type(uint256).max, 0, 1e18, 0, ALICE, SOON);
    }

    function test_SwapExactIn_RevertWhen_BothIndicesAreTheSame() external {
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.TokenIndexInvalid.selector, 1, 1));
        manager.swapExactIn(_equal, 1, 1, 1e6, 0, ALICE, SOON);
    }

    function test_SwapExactIn_RevertWhen_TheBalanceWouldNotFit() external {
        uint256 most = type(uint112).max - 1_000e18;
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.BalanceTooLarge.selector, most + 1));
        manager.swapExactIn(_equal, 0, 1, most + 1, 0, ALICE, SOON);
        manager.swapExactIn(_equal, 0, 1, most, 0, ALICE, SOON);
        assertEq(balancesOf(_equal)[0], type(uint112).max, "the largest balance");
        assertLe(balancesOf(_equal)[1], 2_000e6, "and its neighbour in the slot is whole");
    }

    function test_SwapExactIn_RevertWhen_LessComesOutThanTheMinimum() external {
        uint256 quote = manager.quoteExactIn(address(this), _equal, 0, 1, 1e18);
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.AmountOutBelowMinimum.selector, quote, quote + 1));
        manager.swapExactIn(_equal, 0, 1, 1e18, quote + 1, ALICE, SOON);
        assertEq(manager.swapExactIn(_equal, 0, 1, 1e18, quote, ALICE, SOON), quote, "exactly the minimum");
    }

    function test_SwapExactIn_RevertWhen_TheTokenTakesAFeeOnTransfers() external {
        FeeToken token = new FeeToken();
        uint256[] memory key = _pairWith(address(token));
        uint256 index = key[1] == wordOf(address(token), 18, 500_000) ? 0 : 1;
        token.activate();
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.TransferIncomplete.selector, address(token), 0.99e18, 1e18));
        manager.swapExactIn(key, index, 1 - index, 1e18, 0, ALICE, SOON);
        // As the token that comes out it only shortens what the recipient gets.
        manager.swapExactIn(key, 1 - index, index, 1e18, 0, ALICE, SOON);
    }

    function test_SwapExactIn_WhenTheTokensReturnNothing() external {
        SilentToken token = new SilentToken();
        uint256[] memory key = _pairWith(address(token));
        uint256 index = key[1] == wordOf(address(token), 18, 500_000) ? 0 : 1;
        uint256 out = manager.swapExactIn(key, 1 - index, index, 1e18, 0, ALICE, SOON);
        assertEq(token.balanceOf(ALICE), out, "sent");
        manager.swapExactIn(key, index, 1 - index, 1e18, 0, ALICE, SOON);
    }

    /// POOL-1: the formula of an equal pool, exact in integers, to within a unit.
    function test_SwapExactIn_WhenThePoolIsEquallyWeighted() external {
        uint256 amountIn = 17e18 + 3;
        uint256 afterFee = amountIn - (amountIn * FEE + 999_999) / 1e6;
        uint256 exact = uint256(2_000e6) * afterFee / (1_000e18 + afterFee);
        uint256 before = _tokens[0].balanceOf(address(this));
        vm.expectEmit(address(manager));
        emit IPoolEvents.Swap(keccak256(abi.encodePacked(_equal)), address(this), 0, 1, amountIn, exact, FEE);
        uint256 out = manager.swapExactIn(_equal, 0, 1, amountIn, 0, ALICE, SOON);
        assertEq(out, exact, "POOL-1: the exact output");
        assertEq(_tokens[1].balanceOf(ALICE), out, "all of it to the recipient");
        assertEq(before - _tokens[0].balanceOf(address(this)), amountIn, "and no more than the amount from the caller");
        assertEq(balancesOf(_equal)[0], 1_000e18 + amountIn, "the fee stays");
        assertEq(balancesOf(_equal)[1], 2_000e6 - out, "what left");
    }

    /// POOL-1: the fee is rounded up to a unit, however small the trade.
    function test_SwapExactIn_ASingleUnitIsAllFee() external {
        assertEq(manager.swapExactIn(_equal, 1, 0, 1, 0, ALICE, SOON), 0, "POOL-1: one unit in, nothing out");
        // 2 units less 1 of 2,000,000,001.
        uint256 exact = uint256(1_000e18) / (2_000e6 + 2);
        assertApproxEqAbs(manager.swapExactIn(_equal, 1, 0, 2, 0, ALICE, SOON), exact, 1, "POOL-1: the second unit");
    }

    function test_SwapExactIn_WhenThePoolIsStableAndDecimalsDiffer() external {
        uint256[] memory x = list(5_000e18, 5_300e18, 4_800e18);
        uint256 amountIn = 7e8 + 1;
        uint256 afterFee = amountIn - (amountIn * (FEE / 10) + 999_999) / 1e6;
        uint256 expected = StableMath.outGivenInDown(x, 600, 2, 1, afterFee * 1e10, afterFee * 1e10) / 1e12;
        assertEq(manager.swapExactIn(_stable, 2, 1, amountIn, 0, ALICE, SOON), expected, "scaled up exactly, down down");
        assertApproxEqRel(expected, 7e6, 0.01e18, "near par");
        assertEq(balancesOf(_stable)[0], 5_000e18, "the third token is not touched");
        assertEq(balancesOf(_stable)[2], 4_800e8 + amountIn, "what came");
    }

    /// POOL-7: what is sent to the manager directly changes nothing.
    function test_SwapExactIn_GivenADonation() external {
        uint256 quote = manager.quoteExactIn(address(this), _equal, 0, 1, 1e18);
        _tokens[0].transfer(address(manager), 500e18);
        _tokens[1].transfer(address(manager), 500e6);
        assertEq(manager.swapExactIn(_equal, 0, 1, 1e18, 0, ALICE, SOON), quote, "POOL-7: the same");
    }

    function test_SwapPathExactIn_RevertWhen_ThereIsNoHop() external {
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.PathBroken.selector, 0));
        manager.swapPathExactIn(new IPoolTrade.Hop[](0), 1e18, 0, ALICE, SOON);
    }

    function test_SwapPathExactIn_RevertWhen_AHopDoesNotGoOnWithTheLastToken() external {
        IPoolTrade.Hop[] memory hops = _path();
        hops[1].tokenIn = 0;
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.PathBroken.selector, 1));
        manager.swapPathExactIn(hops, 1e18, 0, ALICE, SOON);
    }

    function test_SwapPathExactIn_RevertWhen_TheDeadlineHasPassed() external {
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.DeadlinePassed.selector, 1, vm.getBlockTimestamp()));
        manager.swapPathExactIn(_path(), 1e18, 0, ALICE, 1);
    }

    function test_SwapPathExactIn_RevertWhen_TheEndIsBelowTheMinimum() external {
        vm.expectPartialRevert(IPoolErrors.AmountOutBelowMinimum.selector);
        manager.swapPathExactIn(_path(), 1e18, 10e18, ALICE, SOON);
    }

    /// POOL-8: a path is the chain of its swaps; only the end tokens move.
    function test_SwapPathExactIn_WhenThePathIsWhole() external {
        uint256 state = vm.snapshotState();
        uint256 first = manager.swapExactIn(_equal, 0, 1, 3e18, 0, address(this), SOON);
        uint256 second = manager.swapExactIn(_stable, 1, 2, first, 0, address(this), SOON);
        uint256 third = manager.swapExactIn(_weighted, 2, 0, second, 0, address(this), SOON);
        uint256[] memory balances = balancesOf(_weighted);
        vm.revertToState(state);

        uint256 between = _tokens[1].balanceOf(address(manager));
        uint256 out = manager.swapPathExactIn(_path(), 3e18, third, ALICE, SOON);
        assertEq(out, third, "POOL-8: the same output");
        assertEq(_tokens[0].balanceOf(ALICE), out, "to the recipient");
        assertEq(keccak256(abi.encode(balancesOf(_weighted))), keccak256(abi.encode(balances)), "POOL-8: same state");
        assertEq(_tokens[1].balanceOf(address(manager)), between, "POOL-8: nothing moves in between");
    }

    function test_QuoteExactIn_RevertGiven_NoSuchPool() external {
        uint256[] memory key = _equal;
        key[0] += 1;
        vm.expectPartialRevert(IPoolErrors.PoolNotFound.selector);
        manager.quoteExactIn(address(this), key, 0, 1, 1);
    }

    /// POOL-8: quote = execution, in every pool and direction.
    function test_QuoteExactIn_GivenAPool() external {
        for (uint256 i = 0; i < 3; ++i) {
            uint256 j = (i + 1) % 3;
            uint256 amount = 10 ** _tokens[i].decimals();
            uint256 quote = manager.quoteExactIn(address(this), _weighted, i, j, amount);
            assertGt(quote, 0, "something");
            assertEq(manager.swapExactIn(_weighted, i, j, amount, 0, ALICE, SOON), quote, "POOL-8: weighted");
            quote = manager.quoteExactIn(address(this), _stable, j, i, 10 ** _tokens[j].decimals());
            assertGt(quote, 0, "something");
            uint256 out = manager.swapExactIn(_stable, j, i, 10 ** _tokens[j].decimals(), 0, ALICE, SOON);
            assertEq(out, quote, "POOL-8: stable");
        }
    }

    /// @dev 0 -> 1 -> 2 -> 0 through three kinds of pools.
    function _path() private view returns (IPoolTrade.Hop[] memory hops) {
        hops = new IPoolTrade.Hop[](3);
        hops[0] = IPoolTrade.Hop(_equal, 0, 1);
        hops[1] = IPoolTrade.Hop(_stable, 1, 2);
        hops[2] = IPoolTrade.Hop(_weighted, 2, 0);
    }

    /// @dev An equal pool of 18-decimal `token` and tokens[0].
    function _pairWith(address token) private returns (uint256[] memory key) {
        PlainToken(token).mint(address(this), 1e30);
        (bool success,) = token.call(abi.encodeCall(_tokens[0].approve, (address(manager), type(uint256).max)));
        assertTrue(success, "approved");
        key = new uint256[](3);
        key[0] = FEE;
        bool first = token < address(_tokens[0]);
        key[first ? 1 : 2] = wordOf(token, 18, 500_000);
        key[first ? 2 : 1] = wordOf(address(_tokens[0]), 18, 500_000);
        manager.createPool(key, list(100e18, 100e18), 0, address(this), type(uint256).max);
    }
}
