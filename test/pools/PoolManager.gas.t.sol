// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPoolTrading} from "../../contracts/pools/IPoolTrading.sol";
import {PoolFixture} from "./PoolFixture.sol";
import {PlainToken} from "./PoolTokens.sol";

/// @notice Whole transactions with calldata, net of refunds, as a user's account sends them: isolated, in the steady state,
/// protocol fee on, the third of their kind.
/// forge-config: default.isolate = true
contract PoolManagerGasTest is PoolFixture {
    address private immutable USER = makeAddr("user");

    PlainToken[] private _tokens;
    uint256[] private _pair;
    uint256[] private _otherPair;
    uint256[] private _three;
    uint256[] private _stable;

    function setUp() external {
        deployManager();
        _tokens = deployTokens(decimalsOf(18, 18, 18));
        for (uint256 i = 0; i < 3; ++i) {
            provide(_tokens[i], USER);
        }
        PlainToken[] memory two = new PlainToken[](2);
        (two[0], two[1]) = (_tokens[0], _tokens[1]);
        _pair = weightedKey(two, list(700_000, 300_000));
        (two[0], two[1]) = (_tokens[1], _tokens[2]);
        _otherPair = weightedKey(two, list(700_000, 300_000));
        _three = weightedKey(_tokens, list(500_000, 300_000, 200_000));
        _stable = stableKey(_tokens, 200);
        manager.createPool(_pair, list(7_000e18, 3_000e18), 0, address(this), type(uint256).max);
        manager.createPool(_otherPair, list(7_000e18, 3_000e18), 0, address(this), type(uint256).max);
        manager.createPool(_three, list(5_000e18, 3_000e18, 2_000e18), 0, address(this), type(uint256).max);
        manager.createPool(_stable, list(5_000e18, 5_300e18, 4_800e18), 0, address(this), type(uint256).max);
    }

    function test_Gas_SwapWeighted2() external {
        _snapshot("swap_weighted2", abi.encodeCall(manager.swapExactIn, (_pair, 0, 1, 7e18, 1, USER, _soon())));
    }

    function test_Gas_SwapWeighted3() external {
        _snapshot("swap_weighted3", abi.encodeCall(manager.swapExactIn, (_three, 0, 1, 7e18, 1, USER, _soon())));
    }

    function test_Gas_SwapStable3() external {
        _snapshot("swap_stable3", abi.encodeCall(manager.swapExactIn, (_stable, 0, 1, 7e18, 1, USER, _soon())));
    }

    function test_Gas_Swap2Hops() external {
        IPoolTrading.Hop[] memory hops = new IPoolTrading.Hop[](2);
        hops[0] = IPoolTrading.Hop(_pair, 0, 1);
        hops[1] = IPoolTrading.Hop(_otherPair, 0, 1);
        _snapshot("swap_2hops", abi.encodeCall(manager.swapPathExactIn, (hops, 7e18, 1, USER, _soon())));
    }

    function test_Gas_AddProportional2() external {
        _snapshot(
            "add_proportional2",
            abi.encodeCall(manager.addProportional, (_pair, 50e18, list(100e18, 100e18), USER, _soon()))
        );
    }

    function test_Gas_RemoveProportional2() external {
        vm.prank(USER);
        manager.addProportional(_pair, 500e18, largest(2), USER, _soon());
        _snapshot(
            "remove_proportional2",
            abi.encodeCall(manager.removeProportional, (_pair, 50e18, list(1e18, 1e18), USER, _soon()))
        );
    }

    function test_Gas_CreateWithDeposit2() external {
        PlainToken[] memory two = new PlainToken[](2);
        (two[0], two[1]) = (_tokens[0], _tokens[2]);
        // Two hold-outs were made in setUp; this is another pool, so it is created once.
        uint256[] memory key = weightedKey(two, list(700_000, 300_000));
        _send(
            abi.encodeCall(manager.createPool, (key, list(7_000e18, 3_000e18), 0, address(this), type(uint256).max)),
            address(this)
        );
        vm.snapshotValue("pools", "create_with_deposit2", vm.lastCallGas().gasTotalUsed);
    }

    function _snapshot(string memory name, bytes memory call) private {
        for (uint256 i = 0; i < 3; ++i) {
            vm.warp(vm.getBlockTimestamp() + 12);
            // A swap before each, so that liquidity events find growth to charge.
            vm.prank(USER);
            manager.swapExactIn(_pair, 1, 0, 3e18, 0, USER, _soon());
            _send(call, USER);
        }
        vm.snapshotValue("pools", name, vm.lastCallGas().gasTotalUsed);
    }

    function _send(bytes memory call, address from) private {
        vm.prank(from);
        (bool success, bytes memory reason) = address(manager).call(call);
        assertTrue(success, vm.toString(reason));
    }

    function _soon() private view returns (uint256) {
        return 1_800_001_000;
    }
}
