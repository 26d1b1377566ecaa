// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPoolErrors} from "../../contracts/pools/IPoolErrors.sol";
import {IPoolTrade} from "../../contracts/pools/IPoolTrade.sol";
import {PoolTrio} from "./PoolFixture.sol";

/// @notice Paths for an exact output, and quotes of paths. Specified by PoolManagerPaths.tree.
contract PoolManagerPathsTest is PoolTrio {
    function test_RevertWhen_TheDeadlinePassed() external {
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.DeadlinePassed.selector, 1, vm.getBlockTimestamp()));
        manager.swapPathExactOut(_path(), 1e18, 1e30, ALICE, 1);
    }

    function test_RevertWhen_ThereIsNoHop() external {
        IPoolTrade.Hop[] memory none = new IPoolTrade.Hop[](0);
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.PathBroken.selector, 0));
        manager.swapPathExactOut(none, 1e18, 1e30, ALICE, SOON);
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.PathBroken.selector, 0));
        manager.quotePathExactIn(ALICE, none, 1);
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.PathBroken.selector, 0));
        manager.quotePathExactOut(ALICE, none, 1);
    }

    function test_RevertWhen_AHopDoesNotGoOnWithTheLastToken() external {
        IPoolTrade.Hop[] memory hops = _path();
        hops[1].tokenIn = 0;
        bytes memory reason = abi.encodeWithSelector(IPoolErrors.PathBroken.selector, 1);
        vm.expectRevert(reason);
        manager.swapPathExactOut(hops, 1e15, 1e30, ALICE, SOON);
        vm.expectRevert(reason);
        manager.quotePathExactOut(ALICE, hops, 1e15);
        vm.expectRevert(reason);
        manager.quotePathExactIn(ALICE, hops, 1e15);
    }

    function test_RevertWhen_MoreWouldBeTakenThanTheMaximum() external {
        uint256 quote = manager.quotePathExactOut(address(this), _path(), 1e18);
        address token = address(_tokens[0]);
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.AmountInAboveMaximum.selector, token, quote, quote - 1));
        manager.swapPathExactOut(_path(), 1e18, quote - 1, ALICE, SOON);
        manager.swapPathExactOut(_path(), 1e18, quote, ALICE, SOON);
    }

    /// POOL-8: a path for an exact output is the chain of its swaps from the last; only the end tokens move.
    function test_WhenThePathIsWhole() external {
        uint256 state = vm.snapshotState();
        uint256 third = manager.swapExactOut(_weighted, 2, 0, 1e18, 1e30, address(this), SOON);
        uint256 second = manager.swapExactOut(_stable, 1, 2, third, 1e30, address(this), SOON);
        uint256 first = manager.swapExactOut(_equal, 0, 1, second, 1e30, address(this), SOON);
        uint256[] memory balances = balancesOf(_equal);
        vm.revertToState(state);

        uint256 between = _tokens[1].balanceOf(address(manager));
        uint256 had = _tokens[0].balanceOf(ALICE);
        uint256 amountIn = manager.swapPathExactOut(_path(), 1e18, first, ALICE, SOON);
        assertEq(amountIn, first, "POOL-8: the same input");
        assertEq(_tokens[0].balanceOf(ALICE) - had, 1e18, "exactly that, to the recipient");
        assertEq(keccak256(abi.encode(balancesOf(_equal))), keccak256(abi.encode(balances)), "POOL-8: same state");
        assertEq(_tokens[1].balanceOf(address(manager)), between, "POOL-8: nothing moves in between");
    }

    function test_GivenAQuotedPath() external {
        uint256 quote = manager.quotePathExactIn(address(this), _path(), 2e18);
        assertEq(manager.swapPathExactIn(_path(), 2e18, 0, ALICE, SOON), quote, "POOL-8: exact in");
        quote = manager.quotePathExactOut(address(this), _path(), 2e18);
        assertEq(manager.swapPathExactOut(_path(), 2e18, quote, ALICE, SOON), quote, "POOL-8: exact out");
    }

    function test_GivenAPathThroughAPoolTwice() external {
        IPoolTrade.Hop[] memory hops = new IPoolTrade.Hop[](2);
        hops[0] = IPoolTrade.Hop(_stable, 0, 1);
        hops[1] = IPoolTrade.Hop(_stable, 1, 2);
        bytes memory reason = abi.encodeWithSelector(IPoolErrors.PoolRepeated.selector, 1);
        vm.expectRevert(reason);
        manager.quotePathExactIn(ALICE, hops, 1e18);
        vm.expectRevert(reason);
        manager.quotePathExactOut(ALICE, hops, 1e8);
        uint256 out = manager.swapPathExactIn(hops, 1e18, 0, ALICE, SOON);
        assertGe(manager.swapPathExactOut(hops, out, 1e30, ALICE, SOON), 1e18, "POOL-2: no less than before");
    }

    /// @dev 0 -> 1 -> 2 -> 0 through three kinds of pools.
    function _path() private view returns (IPoolTrade.Hop[] memory hops) {
        hops = new IPoolTrade.Hop[](3);
        hops[0] = IPoolTrade.Hop(_equal, 0, 1);
        hops[1] = IPoolTrade.Hop(_stable, 1, 2);
        hops[2] = IPoolTrade.Hop(_weighted, 2, 0);
    }
}
