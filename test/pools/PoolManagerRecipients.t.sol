// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPoolErrors} from "../../contracts/pools/IPoolErrors.sol";
import {IPoolTrade} from "../../contracts/pools/IPoolTrade.sol";
import {PoolTrio} from "./PoolFixture.sol";

/// @notice POOL-29: nobody's tokens or shares go to address 0 or to the manager itself, where they would belong to
/// nobody.
contract PoolManagerRecipientsTest is PoolTrio {
    function test_RevertWhen_TheRecipientIsNobody() external {
        _refuse(address(0));
    }

    function test_RevertWhen_TheRecipientIsTheManager() external {
        _refuse(address(manager));
    }

    /// POOL-29: wrapped native coin that is unwrapped and sent to its own contract would be wrapped again, for the
    /// manager.
    function test_RevertWhen_CoinIsUnwrappedForTheWrapper() external {
        vm.deal(address(this), 200 ether);
        weth.deposit{value: 100 ether}();
        weth.approve(address(manager), type(uint256).max);
        uint256 index = address(weth) < address(_tokens[0]) ? 0 : 1;
        uint256[] memory key = new uint256[](3);
        key[0] = FEE;
        key[index + 1] = wordOf(address(weth), 18, 500_000);
        key[2 - index] = wordOf(address(_tokens[0]), 18, 500_000);
        create(key, list(90e18, 90e18));
        bytes[] memory calls = new bytes[](1);
        calls[0] = abi.encodeCall(manager.swapExactIn, (key, 1 - index, index, 1e18, 0, address(weth), SOON));
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.RecipientInvalid.selector, address(weth)));
        manager.multicall(calls, true);
        calls[0] = abi.encodeCall(manager.removeSingle, (key, index, 1e18, 0, address(weth), SOON));
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.RecipientInvalid.selector, address(weth)));
        manager.multicall(calls, true);
        calls[0] = abi.encodeCall(manager.removeProportional, (key, 1e18, new uint256[](2), address(weth), SOON));
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.RecipientInvalid.selector, address(weth)));
        manager.multicall(calls, true);
        assertEq(weth.balanceOf(address(manager)), balancesOf(key)[index], "POOL-7: nothing is nobody's");
    }

    function _refuse(address to) private {
        IPoolTrade.Hop[] memory hops = new IPoolTrade.Hop[](1);
        hops[0] = IPoolTrade.Hop(_equal, 0, 1);
        _try("swapExactIn", abi.encodeCall(manager.swapExactIn, (_equal, 0, 1, 1e18, 0, to, SOON)));
        _try("swapExactIn of nothing", abi.encodeCall(manager.swapExactIn, (_equal, 0, 1, 0, 0, to, SOON)));
        _try("swapExactOut", abi.encodeCall(manager.swapExactOut, (_equal, 0, 1, 1e6, 1e30, to, SOON)));
        _try("swapPathExactIn", abi.encodeCall(manager.swapPathExactIn, (hops, 1e18, 0, to, SOON)));
        _try("swapPathExactOut", abi.encodeCall(manager.swapPathExactOut, (hops, 1e6, 1e30, to, SOON)));
        _try("addProportional", abi.encodeCall(manager.addProportional, (_equal, 1e9, largest(2), to, SOON)));
        _try("addUnbalanced", abi.encodeCall(manager.addUnbalanced, (_equal, list(1e18, 0), 0, to, SOON)));
        _try("addSingle", abi.encodeCall(manager.addSingle, (_equal, 0, 1e9, 1e30, to, SOON)));
        _try(
            "removeProportional", abi.encodeCall(manager.removeProportional, (_equal, 1e9, new uint256[](2), to, SOON))
        );
        _try("removeSingle", abi.encodeCall(manager.removeSingle, (_equal, 0, 1e9, 0, to, SOON)));
        uint256[] memory key = weightedKey(_two(), list(400_000, 600_000));
        _try("createPool", abi.encodeCall(manager.createPool, (key, list(1e18, 1e6), 0, to, SOON)));
        _try("transfer", abi.encodeCall(manager.transfer, (to, uint256(idOf(_equal)), 1)));
        _try("transferFrom", abi.encodeCall(manager.transferFrom, (address(this), to, uint256(idOf(_equal)), 1)));
    }

    function _try(string memory what, bytes memory call) private {
        uint256 state = vm.snapshotState();
        (bool success,) = address(manager).call(call);
        assertFalse(success, string.concat("POOL-29: refused by ", what));
        vm.revertToState(state);
    }
}
