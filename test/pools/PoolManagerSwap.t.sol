// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPoolErrors} from "../../contracts/pools/IPoolErrors.sol";
import {IPoolEvents} from "../../contracts/pools/IPoolEvents.sol";
import {IPoolTrade} from "../../contracts/pools/IPoolTrade.sol";
import {StableMath} from "../../contracts/pools/math/StableMath.sol";
import {PoolTrio} from "./PoolFixture.sol";
import {CallbackToken, FeeToken, PlainToken, SilentToken} from "./PoolTokens.sol";

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

    /// POOL-9: from a token's callback every entry and every view of state reverts.
    function test_SwapExactIn_WhenATokenCallsBack() external {
        CallbackToken token = new CallbackToken();
        uint256[] memory key = _pairWith(address(token));
        uint256 index = key[1] == wordOf(address(token), 18, 500_000) ? 0 : 1;
        // The token itself is a provider and an admin, so that only the lock stops it.
        PlainToken(address(_tokens[0])).mint(address(token), 1e30);
        _tokens[1].mint(address(token), 1e30);
        token.mint(address(token), 1e30);
        vm.startPrank(address(token));
        _tokens[0].approve(address(manager), type(uint256).max);
        _tokens[1].approve(address(manager), type(uint256).max);
        token.approve(address(manager), type(uint256).max);
        vm.stopPrank();
        manager.transfer(address(token), uint256(keccak256(abi.encodePacked(key))), 1e18);
        access.grantRole(access.ADMIN_ROLE(), address(token), 0);
        bytes[] memory calls = _everything(key);
        token.setCalls(address(manager), calls);
        manager.swapExactIn(key, index, 1 - index, 1e18, 0, ALICE, SOON);
        manager.swapExactIn(key, 1 - index, index, 1e18, 0, ALICE, SOON);
        manager.addProportional(key, 1e18, largest(2), ALICE, SOON);
        manager.removeProportional(key, 1e18, new uint256[](2), ALICE, SOON);
        manager.addUnbalanced(key, list(1e18, 1e18), 0, ALICE, SOON);
        manager.addSingle(key, index, 1e17, 1e30, ALICE, SOON);
        manager.removeSingle(key, index, 1e17, 0, ALICE, SOON);
        IPoolTrade.Hop[] memory hops = new IPoolTrade.Hop[](1);
        hops[0] = IPoolTrade.Hop(key, index, 1 - index);
        manager.swapPathExactOut(hops, 1e17, 1e30, ALICE, SOON);
        assertEq(token.attempts(), 8 * calls.length, "each was tried in each transfer");
        assertEq(token.successes(), 0, "POOL-9: nothing got through");
        // Outside a call each of them works: it was the lock.
        token.setCalls(address(manager), new bytes[](0));
        vm.startPrank(address(token));
        for (uint256 i = 0; i < calls.length; ++i) {
            (bool success,) = address(manager).call(calls[i]);
            assertTrue(success, "not refused for another reason");
        }
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
        emit IPoolEvents.Swap(keccak256(abi.encodePacked(_equal)), address(this), 0, 1, amountIn, exact);
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
        uint256 expected = StableMath.outGivenInDown(x, 600, 2, 1, afterFee * 1e10) / 1e12;
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

    /// @dev Every entry and every view of a pool's state, as the pool's own token may call them.
    function _everything(uint256[] memory key) private view returns (bytes[] memory calls) {
        IPoolTrade.Hop[] memory hops = new IPoolTrade.Hop[](1);
        hops[0] = IPoolTrade.Hop(key, 0, 1);
        bytes32[] memory ids = new bytes32[](1);
        ids[0] = idOf(key);
        uint256[] memory other = weightedKey(_two(), list(400_000, 600_000));
        uint256[] memory none = new uint256[](2);
        calls = new bytes[](28);
        calls[0] = abi.encodeCall(manager.swapExactIn, (key, 0, 1, 0, 0, ALICE, SOON));
        calls[1] = abi.encodeCall(manager.swapExactOut, (key, 0, 1, 0, 10, ALICE, SOON));
        calls[2] = abi.encodeCall(manager.swapPathExactIn, (hops, 0, 0, ALICE, SOON));
        calls[3] = abi.encodeCall(manager.swapPathExactOut, (hops, 0, 10, ALICE, SOON));
        calls[4] = abi.encodeCall(manager.addProportional, (key, 1, largest(2), ALICE, SOON));
        calls[5] = abi.encodeCall(manager.removeProportional, (key, 1e9, none, ALICE, SOON));
        calls[6] = abi.encodeCall(manager.addUnbalanced, (key, list(1e9, 1e9), 0, ALICE, SOON));
        calls[7] = abi.encodeCall(manager.addSingle, (key, 0, 1e9, 1e30, ALICE, SOON));
        calls[8] = abi.encodeCall(manager.removeSingle, (key, 0, 1e9, 0, ALICE, SOON));
        calls[9] = abi.encodeCall(manager.createPool, (other, list(1e18, 1e6), 0, ALICE, SOON));
        calls[10] = abi.encodeCall(manager.collectProtocolFee, (key));
        calls[11] = abi.encodeCall(manager.setProtocolFee, (key, 1));
        calls[12] = abi.encodeCall(manager.pause, (ids, 4, 1));
        calls[13] = abi.encodeCall(manager.setPause, (ids, 4, 1));
        calls[14] = abi.encodeCall(manager.clearExpiredPauses, (ids));
        calls[15] = abi.encodeCall(manager.rampAmplification, (_stable, 210, vm.getBlockTimestamp() + 2 days));
        calls[16] = abi.encodeCall(manager.permitToken, (address(_tokens[0]), 1, SOON, 27, 0, 0));
        calls[17] = abi.encodeCall(manager.multicall, (new bytes[](0), false));
        calls[18] = abi.encodeCall(manager.quoteExactIn, (ALICE, key, 0, 1, 1e18));
        calls[19] = abi.encodeCall(manager.quoteExactOut, (ALICE, key, 0, 1, 1));
        calls[20] = abi.encodeCall(manager.quotePathExactIn, (ALICE, hops, 1));
        calls[21] = abi.encodeCall(manager.quotePathExactOut, (ALICE, hops, 1));
        calls[22] = abi.encodeCall(manager.quoteAddProportional, (key, 1e9));
        calls[23] = abi.encodeCall(manager.quoteRemoveProportional, (key, 1e9));
        calls[24] = abi.encodeCall(manager.quoteAddUnbalanced, (ALICE, key, list(1e9, 1e9)));
        calls[25] = abi.encodeCall(manager.quoteAddSingle, (ALICE, key, 0, 1e9));
        calls[26] = abi.encodeCall(manager.quoteRemoveSingle, (ALICE, key, 0, 1e9));
        calls[27] = abi.encodeCall(manager.poolState, (key));
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
