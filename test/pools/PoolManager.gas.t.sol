// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPoolTrade} from "../../contracts/pools/IPoolTrade.sol";
import {artifactIn} from "../../script/Artifact.sol";
import {Borrower} from "./PoolContracts.sol";
import {PoolFixture} from "./PoolFixture.sol";
import {PlainToken} from "./PoolTokens.sol";

/// @notice Whole transactions with calldata, net of refunds, as a user's account sends them: isolated, in the steady
/// state, protocol fee on, the third of their kind.
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
        IPoolTrade.Hop[] memory hops = new IPoolTrade.Hop[](2);
        hops[0] = IPoolTrade.Hop(_pair, 0, 1);
        hops[1] = IPoolTrade.Hop(_otherPair, 0, 1);
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

    function test_Gas_SwapOutWeighted2() external {
        _snapshot("swap_out_weighted2", abi.encodeCall(manager.swapExactOut, (_pair, 0, 1, 3e18, 8e18, USER, _soon())));
    }

    function test_Gas_SwapOutStable3() external {
        _snapshot("swap_out_stable3", abi.encodeCall(manager.swapExactOut, (_stable, 0, 1, 7e18, 8e18, USER, _soon())));
    }

    function test_Gas_SwapOut2Hops() external {
        IPoolTrade.Hop[] memory hops = new IPoolTrade.Hop[](2);
        hops[0] = IPoolTrade.Hop(_pair, 0, 1);
        hops[1] = IPoolTrade.Hop(_otherPair, 0, 1);
        _snapshot("swap_out_2hops", abi.encodeCall(manager.swapPathExactOut, (hops, 3e18, 20e18, USER, _soon())));
    }

    function test_Gas_AddUnbalanced2() external {
        _snapshot(
            "add_unbalanced2", abi.encodeCall(manager.addUnbalanced, (_pair, list(70e18, 1e18), 1, USER, _soon()))
        );
    }

    function test_Gas_AddUnbalancedStable3() external {
        _snapshot(
            "add_unbalanced_stable3",
            abi.encodeCall(manager.addUnbalanced, (_stable, list(70e18, 1e18, 1e18), 1, USER, _soon()))
        );
    }

    function test_Gas_AddSingle2() external {
        _snapshot("add_single2", abi.encodeCall(manager.addSingle, (_pair, 0, 50e18, 100e18, USER, _soon())));
    }

    function test_Gas_RemoveSingle2() external {
        vm.prank(USER);
        manager.addProportional(_pair, 500e18, largest(2), USER, _soon());
        _snapshot("remove_single2", abi.encodeCall(manager.removeSingle, (_pair, 0, 50e18, 1e18, USER, _soon())));
    }

    function test_Gas_RemoveSingleStable3() external {
        vm.prank(USER);
        manager.addProportional(_stable, 500e18, largest(3), USER, _soon());
        _snapshot(
            "remove_single_stable3", abi.encodeCall(manager.removeSingle, (_stable, 0, 50e18, 1e18, USER, _soon()))
        );
    }

    function test_Gas_QuoteWeighted2() external {
        _snapshot("quote_weighted2", abi.encodeCall(manager.quoteExactIn, (USER, _pair, 0, 1, 7e18)));
    }

    /// @dev The borrower's own calls in it: a token approved and nothing else.
    function test_Gas_FlashLoan() external {
        Borrower borrower = Borrower(deployCode(artifactIn("PoolContracts", "Borrower"), abi.encode(manager)));
        manager.setFlashFee(900);
        provide(_tokens[0], address(borrower));
        _tokens[0].mint(TREASURY, 1);
        address[] memory tokens = new address[](1);
        tokens[0] = address(_tokens[0]);
        uint256[] memory amounts = new uint256[](1);
        amounts[0] = 1_000e18;
        for (uint256 i = 0; i < 3; ++i) {
            vm.prank(USER);
            borrower.borrow(tokens, amounts);
        }
        vm.snapshotValue("pools", "flash_loan", vm.lastCallGas().gasTotalUsed);
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
