// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC6909} from "@openzeppelin/contracts/token/ERC6909/ERC6909.sol";
import {SafeTransferLib} from "solady/utils/SafeTransferLib.sol";
import {IPoolErrors} from "../../contracts/pools/IPoolErrors.sol";
import {IPoolEvents} from "../../contracts/pools/IPoolEvents.sol";
import {OddToken} from "./OddTokens.sol";
import {PoolTrio} from "./PoolFixture.sol";

/// @notice POOL-6 and POOL-32: whoever holds shares can leave, whatever one of the tokens does. Specified by
/// PoolManagerExits.tree.
contract PoolManagerExitsTest is PoolTrio {
    OddToken private _odd;
    /// @dev A pool of the odd token and tokens[0], and the odd token's index in it.
    uint256[] private _key;
    uint256 private _index;

    receive() external payable {}

    function setUp() public override {
        super.setUp();
        _odd = new OddToken(6);
        provide(_odd, address(this));
        (_key, _index) = _pairWith(address(_odd), 6);
        create(_key, _index == 0 ? list(1_000e6, 1_000e18) : list(1_000e18, 1_000e6));
    }

    modifier givenATokenThatCannotBeSent() {
        _odd.stop(true);
        _;
    }

    function test_RevertWhen_AllTokensAreAskedFor() external givenATokenThatCannotBeSent {
        vm.expectRevert(SafeTransferLib.TransferFailed.selector);
        manager.removeProportional(_key, 1e18, new uint256[](2), ALICE, SOON);
    }

    function test_WhenThatOneIsLeftBehind() external givenATokenThatCannotBeSent {
        uint256 shares = sharesOf(_key, address(this));
        uint256[] memory expected = manager.quoteRemoveProportional(_key, shares);
        uint256 before = _tokens[0].balanceOf(ALICE);
        uint256[] memory amounts =
            manager.removeProportionalWithClaims(_key, shares, new uint256[](2), 1 << _index, ALICE, SOON);
        assertEq(amounts, expected, "POOL-8: the exit in proportion");
        assertEq(_tokens[0].balanceOf(ALICE) - before, amounts[1 - _index], "POOL-6: the other one was sent");
        assertEq(manager.balanceOf(ALICE, _claimId()), amounts[_index], "POOL-32: a claim on the one that stays");
        assertEq(manager.totalSupply(_claimId()), amounts[_index], "POOL-32: all claims on it");
        assertEq(sharesOf(_key, address(this)), 0, "burned");
        assertEq(
            _odd.balanceOf(address(manager)),
            balancesOf(_key)[_index] + manager.totalSupply(_claimId()),
            "POOL-7: what the manager has is the pools' and the claimants'"
        );
        // It is no part of the pool any more: nobody's swap, exit or growth reaches it.
        assertEq(balancesOf(_key)[_index], 1_000e6 - amounts[_index], "POOL-32: apart from the pool");
    }

    function test_WhenItCanBeSentAgain() external givenATokenThatCannotBeSent {
        uint256[] memory amounts =
            manager.removeProportionalWithClaims(_key, 1e18, new uint256[](2), 1 << _index, ALICE, SOON);
        vm.startPrank(ALICE);
        vm.expectRevert(SafeTransferLib.TransferFailed.selector);
        manager.claim(address(_odd), amounts[_index], ALICE);
        _odd.stop(false);
        vm.expectEmit();
        emit IPoolEvents.Claimed(ALICE, address(_odd), TREASURY, amounts[_index] - 7);
        manager.claim(address(_odd), amounts[_index] - 7, TREASURY);
        assertEq(_odd.balanceOf(TREASURY), amounts[_index] - 7, "POOL-32: paid, one for one");
        assertEq(manager.balanceOf(ALICE, _claimId()), 7, "POOL-32: the rest");
        assertEq(manager.totalSupply(_claimId()), 7, "POOL-32: the rest");
    }

    function test_GivenARecipientWhomATokenFroze() external {
        _odd.freeze(ALICE, true);
        uint256[] memory amounts =
            manager.removeProportionalWithClaims(_key, 1e18, new uint256[](2), 1 << _index, ALICE, SOON);
        vm.startPrank(ALICE);
        vm.expectRevert(SafeTransferLib.TransferFailed.selector);
        manager.claim(address(_odd), amounts[_index], ALICE);
        manager.claim(address(_odd), amounts[_index], TREASURY);
        assertEq(_odd.balanceOf(TREASURY), amounts[_index], "POOL-32: to another account");
    }

    function test_RevertWhen_TheMaskHasABitBeyondTheTokens() external {
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.TokenMaskInvalid.selector, 4));
        manager.removeProportionalWithClaims(_key, 1, new uint256[](2), 4, ALICE, SOON);
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.TokenMaskInvalid.selector, 1 << 255));
        manager.removeProportionalWithClaims(_key, 1, new uint256[](2), 1 << 255, ALICE, SOON);
    }

    function test_RevertWhen_LessWouldComeOutThanTheMinimum() external {
        uint256[] memory least = manager.quoteRemoveProportional(_key, 1e18);
        for (uint256 mask = 0; mask < 4; ++mask) {
            for (uint256 i = 0; i < 2; ++i) {
                ++least[i];
                vm.expectRevert(
                    abi.encodeWithSelector(IPoolErrors.AmountOutBelowMinimum.selector, least[i] - 1, least[i])
                );
                manager.removeProportionalWithClaims(_key, 1e18, least, mask, ALICE, SOON);
                --least[i];
            }
        }
        manager.removeProportionalWithClaims(_key, 1e18, least, 1, ALICE, SOON);
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.AmountCountInvalid.selector, 1, 2));
        manager.removeProportionalWithClaims(_key, 1e18, new uint256[](1), 0, ALICE, SOON);
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.DeadlinePassed.selector, 1, vm.getBlockTimestamp()));
        manager.removeProportionalWithClaims(_key, 1e18, least, 0, ALICE, 1);
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.RecipientInvalid.selector, address(0)));
        manager.removeProportionalWithClaims(_key, 1e18, new uint256[](2), 3, address(0), SOON);
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.RecipientInvalid.selector, address(manager)));
        manager.removeProportionalWithClaims(_key, 0, new uint256[](2), 3, address(manager), SOON);
        vm.expectPartialRevert(ERC6909.ERC6909InsufficientBalance.selector);
        manager.removeProportionalWithClaims(_key, 1 << 111, new uint256[](2), 3, ALICE, SOON);
    }

    /// Whatever is left behind: state, amounts and the event are those of the exit in proportion, and tokens and claims
    /// together its amounts.
    function test_WhenAnyTokensAreLeftBehind(uint256 part, uint256 mask) external {
        mask = bound(mask, 0, 7);
        uint256 shares = bound(part, 0, sharesOf(_stable, address(this)));
        manager.swapExactIn(_stable, 0, 1, 100e18, 0, address(this), SOON);
        uint256 state = vm.snapshotState();
        uint256[] memory plain = manager.removeProportional(_stable, shares, new uint256[](3), ALICE, SOON);
        bytes32 expected = _stateOf(_stable);
        vm.revertToState(state);
        uint256[] memory amounts =
            manager.removeProportionalWithClaims(_stable, shares, new uint256[](3), mask, ALICE, SOON);
        assertEq(amounts, plain, "POOL-32: the exit in proportion");
        assertEq(_stateOf(_stable), expected, "POOL-32: the exit in proportion");
        for (uint256 i = 0; i < 3; ++i) {
            bool left = (mask >> i) & 1 == 1;
            uint256 id = uint160(address(_tokens[i]));
            assertEq(_tokens[i].balanceOf(ALICE), left ? 0 : amounts[i], "POOL-32: sent, or left behind");
            assertEq(manager.balanceOf(ALICE, id), left ? amounts[i] : 0, "POOL-32: claimed, or sent");
            assertEq(manager.totalSupply(id), left ? amounts[i] : 0, "POOL-32: claimed, or sent");
        }
    }

    function test_WhenAClaimIsMoved() external {
        uint256[] memory amounts = manager.removeProportionalWithClaims(_key, 1e18, new uint256[](2), 3, ALICE, SOON);
        uint256 id = _claimId();
        vm.prank(ALICE);
        manager.transfer(TREASURY, id, amounts[_index]);
        vm.startPrank(TREASURY);
        manager.claim(address(_odd), amounts[_index], TREASURY);
        assertEq(_odd.balanceOf(TREASURY), amounts[_index], "POOL-32: the receiver's");
        // What is nothing is moved by nobody.
        _odd.refuseNothing();
        manager.claim(address(_odd), 0, TREASURY);
    }

    function test_RevertWhen_MoreIsClaimedThanThereAreClaims() external {
        uint256[] memory amounts = manager.removeProportionalWithClaims(_key, 1e18, new uint256[](2), 3, ALICE, SOON);
        vm.expectPartialRevert(ERC6909.ERC6909InsufficientBalance.selector);
        manager.claim(address(_odd), 1, address(this));
        vm.startPrank(ALICE);
        vm.expectPartialRevert(ERC6909.ERC6909InsufficientBalance.selector);
        manager.claim(address(_odd), amounts[_index] + 1, ALICE);
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.RecipientInvalid.selector, address(0)));
        manager.claim(address(_odd), 1, address(0));
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.RecipientInvalid.selector, address(manager)));
        manager.claim(address(_odd), 1, address(manager));
    }

    function test_WhenWrappedCoinIsClaimedInABatchThatAsksForNativeCoin() external {
        vm.deal(address(this), 300 ether);
        weth.deposit{value: 200 ether}();
        weth.approve(address(manager), type(uint256).max);
        (uint256[] memory key, uint256 index) = _pairWith(address(weth), 18);
        create(key, list(100e18, 100e18));
        uint256[] memory amounts =
            manager.removeProportionalWithClaims(key, 1e18, new uint256[](2), 3, address(this), SOON);
        bytes[] memory calls = new bytes[](1);
        calls[0] = abi.encodeCall(manager.claim, (address(weth), amounts[index], ALICE));
        manager.multicall{value: 1 ether}(calls, true);
        assertEq(ALICE.balance, amounts[index], "POOL-32: as native coin");
        assertEq(address(this).balance, 100 ether, "POOL-31: the coin came back");
    }

    /// The documentation says so: nothing is booked for what a token takes from the manager.
    function test_GivenATokenThatShrinks() external {
        uint256[] memory amounts =
            manager.removeProportionalWithClaims(_key, 1e18, new uint256[](2), 1 << _index, ALICE, SOON);
        _odd.shrink(address(manager), balancesOf(_key)[_index] / 2);
        vm.prank(ALICE);
        manager.claim(address(_odd), amounts[_index], ALICE);
        assertEq(_odd.balanceOf(ALICE), amounts[_index], "POOL-7: whoever leaves first is paid in full");
        uint256 shares = sharesOf(_key, address(this));
        vm.expectRevert(SafeTransferLib.TransferFailed.selector);
        manager.removeProportional(_key, shares, new uint256[](2), ALICE, SOON);
        manager.removeProportionalWithClaims(_key, shares, new uint256[](2), 1 << _index, ALICE, SOON);
        assertGt(
            manager.balanceOf(ALICE, _claimId()),
            _odd.balanceOf(address(manager)),
            "POOL-7: the last one finds too little, and still leaves with the other token"
        );
    }

    function _claimId() private view returns (uint256) {
        return uint160(address(_odd));
    }

    function _stateOf(uint256[] memory key) private view returns (bytes32) {
        (uint256[] memory balances, uint256 supply, uint256 owed, uint256 fee, uint256 checkpoint) =
            manager.poolState(key);
        return keccak256(abi.encode(balances, supply, owed, fee, checkpoint));
    }

    /// @dev An equal pool's key of the token and tokens[0], and the token's index.
    function _pairWith(address token, uint256 decimals) private view returns (uint256[] memory key, uint256 index) {
        index = token < address(_tokens[0]) ? 0 : 1;
        key = new uint256[](3);
        key[0] = FEE;
        key[index + 1] = wordOf(token, decimals, 500_000);
        key[2 - index] = wordOf(address(_tokens[0]), 18, 500_000);
    }
}
