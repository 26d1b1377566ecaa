// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Vm} from "forge-std/Vm.sol";
import {IERC6909} from "@openzeppelin/contracts/interfaces/IERC6909.sol";
import {artifactIn} from "../../script/Artifact.sol";
import {OddToken} from "./OddTokens.sol";
import {Borrower} from "./PoolContracts.sol";
import {PoolTrio} from "./PoolFixture.sol";
import {PlainToken} from "./PoolTokens.sol";

/// @notice POOL-29: amounts of nothing are never transferred, pulled, lent or minted. Specified by
/// PoolManagerZero.tree.
contract PoolManagerZeroTest is PoolTrio {
    uint256 private constant DECIMALS = 6;

    OddToken private _odd;
    /// @dev A pool of the odd token and tokens[0], and the odd token's index in it.
    uint256[] private _key;
    uint256 private _index;

    function setUp() public override {
        super.setUp();
        _odd = new OddToken(uint8(DECIMALS));
        provide(_odd, address(this));
        _index = address(_odd) < address(_tokens[0]) ? 0 : 1;
        _key = new uint256[](3);
        _key[0] = FEE;
        _key[_index + 1] = wordOf(address(_odd), DECIMALS, 500_000);
        _key[2 - _index] = wordOf(address(_tokens[0]), 18, 500_000);
        create(_key, _amounts(1_000e6, 1_000e18));
        _odd.refuseNothing();
    }

    modifier givenATokenThatRefusesTransfersOfNothing() {
        _;
    }

    function test_WhenThePartOfASmallHolderIsNothing() external givenATokenThatRefusesTransfersOfNothing {
        uint256 shares = supplyOf(_key) / 3e9;
        uint256 before = _tokens[0].balanceOf(ALICE);
        uint256[] memory amounts = manager.removeProportional(_key, shares, new uint256[](2), ALICE, SOON);
        assertEq(amounts[_index], 0, "nothing of it");
        assertGt(amounts[1 - _index], 0, "something of the other");
        assertEq(_tokens[0].balanceOf(ALICE) - before, amounts[1 - _index], "POOL-29: sent");
        manager.removeProportional(_key, 0, new uint256[](2), ALICE, SOON);
        manager.removeSingle(_key, _index, 1, 0, ALICE, SOON);
    }

    function test_WhenNothingIsAddedOfIt() external givenATokenThatRefusesTransfersOfNothing {
        assertGt(manager.addUnbalanced(_key, _amounts(0, 10e18), 0, ALICE, SOON), 0, "POOL-29: added");
    }

    function test_WhenASwapGivesNothing() external givenATokenThatRefusesTransfersOfNothing {
        assertEq(manager.swapExactIn(_key, 1 - _index, _index, 1e5, 0, ALICE, SOON), 0, "POOL-29: nothing for it");
    }

    function test_WhenASwapOfNothingIsAskedFor() external givenATokenThatRefusesTransfersOfNothing {
        assertEq(manager.swapExactIn(_key, _index, 1 - _index, 0, 0, ALICE, SOON), 0, "POOL-29: exact in");
        assertEq(manager.swapExactOut(_key, 1 - _index, _index, 0, 1e30, ALICE, SOON) >> 64, 0, "POOL-29: exact out");
    }

    function test_WhenNothingIsLentOfIt() external givenATokenThatRefusesTransfersOfNothing {
        Borrower borrower = Borrower(deployCode(artifactIn("PoolContracts", "Borrower"), abi.encode(manager)));
        address[] memory tokens = new address[](2);
        (tokens[0], tokens[1]) = (address(_odd), address(_tokens[0]));
        borrower.borrow(tokens, list(0, 1e18));
    }

    function test_WhenNoSharesAreOwedToTheProtocol() external {
        vm.recordLogs();
        assertEq(manager.collectProtocolFee(_key), 0, "none are");
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; ++i) {
            assertTrue(logs[i].topics[0] != IERC6909.Transfer.selector, "POOL-29: nothing was minted");
        }
    }

    function _amounts(uint256 odd, uint256 plain) private view returns (uint256[] memory) {
        return _index == 0 ? list(odd, plain) : list(plain, odd);
    }
}
