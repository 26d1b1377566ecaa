// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC6909} from "@openzeppelin/contracts/token/ERC6909/ERC6909.sol";
import {IPoolErrors} from "../../contracts/pools/IPoolErrors.sol";
import {PoolTrio} from "./PoolFixture.sol";
import {FeeToken} from "./PoolTokens.sol";

/// @notice Specified by PoolManagerUnbalanced.tree. POOL-12: liquidity out of proportion never beats swaps.
contract PoolManagerUnbalancedTest is PoolTrio {
    /// @dev The first two tokens at A = 50, for comparisons with a single swap.
    uint256[] private _stablePair;
    uint256[] private _lopsided;

    function setUp() public override {
        super.setUp();
        _stablePair = stableKey(_two(), 50);
        _lopsided = weightedKey(_two(), list(930_000, 70_000));
        create(_stablePair, list(1_000e18, 700e6));
        create(_lopsided, list(1_000e18, 2_000e6));
    }

    function test_RevertWhen_TheDeadlinePassed() external {
        bytes memory reason = abi.encodeWithSelector(IPoolErrors.DeadlinePassed.selector, 1, vm.getBlockTimestamp());
        vm.expectRevert(reason);
        manager.addUnbalanced(_equal, list(1e18, 1), 0, ALICE, 1);
        vm.expectRevert(reason);
        manager.addSingle(_equal, 0, 1e9, 1e30, ALICE, 1);
        vm.expectRevert(reason);
        manager.removeSingle(_equal, 0, 1e9, 0, ALICE, 1);
    }

    function test_RevertGiven_NoPoolWithTheKey() external {
        uint256[] memory key = _equal;
        key[0] += 1;
        bytes memory reason = abi.encodeWithSelector(IPoolErrors.PoolNotFound.selector, idOf(key));
        vm.expectRevert(reason);
        manager.addUnbalanced(key, list(1e18, 1), 0, ALICE, SOON);
        vm.expectRevert(reason);
        manager.addSingle(key, 0, 1e9, 1e30, ALICE, SOON);
        vm.expectRevert(reason);
        manager.removeSingle(key, 0, 1e9, 0, ALICE, SOON);
    }

    function test_RevertWhen_TheNumberOfAmountsOrTheIndexIsWrong() external {
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.AmountCountInvalid.selector, 3, 2));
        manager.addUnbalanced(_equal, list(1e18, 1, 1), 0, ALICE, SOON);
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.TokenIndexInvalid.selector, 2, 2));
        manager.addSingle(_equal, 2, 1e9, 1e30, ALICE, SOON);
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.TokenIndexInvalid.selector, 2, 2));
        manager.removeSingle(_equal, 2, 1e9, 0, ALICE, SOON);
    }

    function test_RevertWhen_NoSharesComeOfIt() external {
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.ShareAmountInvalid.selector, 0));
        manager.addUnbalanced(_equal, list(0, 0), 0, ALICE, SOON);
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.ShareAmountInvalid.selector, 0));
        manager.addUnbalanced(_stable, list(0, 0, 0), 0, ALICE, SOON);
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.ShareAmountInvalid.selector, 0));
        manager.addSingle(_equal, 0, 0, 1e30, ALICE, SOON);
    }

    function test_RevertWhen_FewerSharesComeOfItThanTheMinimum() external {
        uint256 quote = manager.quoteAddUnbalanced(address(this), _equal, list(1e18, 1e6));
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.SharesBelowMinimum.selector, quote, quote + 1));
        manager.addUnbalanced(_equal, list(1e18, 1e6), quote + 1, ALICE, SOON);
        assertEq(manager.addUnbalanced(_equal, list(1e18, 1e6), quote, ALICE, SOON), quote, "exactly the minimum");
    }

    function test_RevertWhen_AnAmountDoesNotFit() external {
        uint256 most = type(uint112).max - 1_000e18;
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.BalanceTooLarge.selector, most + 1));
        manager.addUnbalanced(_equal, list(most + 1, 0), 0, ALICE, SOON);
        vm.expectPartialRevert(IPoolErrors.ShareAmountInvalid.selector);
        manager.addSingle(_equal, 0, 1 << 112, 1e30, ALICE, SOON);
        uint256 supply = supplyOf(_equal);
        vm.expectPartialRevert(IPoolErrors.BalanceTooLarge.selector);
        manager.addSingle(_equal, 0, 3_000_000 * supply, type(uint256).max, ALICE, SOON);
    }

    function test_RevertWhen_MoreWouldBeTakenThanTheMaximum() external {
        uint256 quote = manager.quoteAddSingle(address(this), _equal, 1, 1e9);
        address token = address(_tokens[1]);
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.AmountInAboveMaximum.selector, token, quote, quote - 1));
        manager.addSingle(_equal, 1, 1e9, quote - 1, ALICE, SOON);
        assertEq(manager.addSingle(_equal, 1, 1e9, quote, ALICE, SOON), quote, "exactly the maximum");
    }

    function test_RevertWhen_LessWouldComeOutThanTheMinimum() external {
        uint256 quote = manager.quoteRemoveSingle(address(this), _equal, 1, 1e12);
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.AmountOutBelowMinimum.selector, quote, quote + 1));
        manager.removeSingle(_equal, 1, 1e12, quote + 1, ALICE, SOON);
        assertEq(manager.removeSingle(_equal, 1, 1e12, quote, ALICE, SOON), quote, "exactly the minimum");
    }

    function test_RevertWhen_TheCallerHoldsTooFewShares() external {
        vm.prank(ALICE);
        vm.expectRevert(
            abi.encodeWithSelector(ERC6909.ERC6909InsufficientBalance.selector, ALICE, 0, 1, uint256(idOf(_equal)))
        );
        manager.removeSingle(_equal, 0, 1, 0, ALICE, SOON);
        uint256 supply = supplyOf(_equal);
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.ShareAmountInvalid.selector, supply - 999));
        manager.quoteRemoveSingle(ALICE, _equal, 0, supply - 999);
    }

    function test_RevertWhen_TheTokenTakesAFee() external {
        FeeToken token = new FeeToken();
        provide(token, address(this));
        bool first = address(token) < address(_tokens[0]);
        uint256[] memory key = new uint256[](3);
        key[first ? 1 : 2] = wordOf(address(token), 18, 500_000);
        key[first ? 2 : 1] = wordOf(address(_tokens[0]), 18, 500_000);
        create(key, list(1e18, 1e18));
        token.activate();
        vm.expectPartialRevert(IPoolErrors.TransferIncomplete.selector);
        manager.addUnbalanced(key, list(1e17, 1e17), 0, ALICE, SOON);
        vm.expectPartialRevert(IPoolErrors.TransferIncomplete.selector);
        manager.addSingle(key, first ? 0 : 1, 1e15, 1e30, ALICE, SOON);
    }

    /// POOL-12: the fee on what is in proportion is at most the fee squared.
    function test_WhenAllAmountsAreInProportion() external {
        uint256 supply = supplyOf(_equal);
        uint256 shares = manager.addUnbalanced(_equal, list(100e18, 200e6), 0, ALICE, SOON);
        assertLe(shares, supply / 10, "not above the proportion");
        assertApproxEqRel(shares, supply / 10, 0.00001e18, "0.3 % of 0.3 %");
        supply = supplyOf(_stable);
        shares = manager.addUnbalanced(_stable, list(500e18, 530e6, 480e8), 0, ALICE, SOON);
        assertLe(shares, supply / 10, "not above the proportion");
        assertApproxEqRel(shares, supply / 10, 0.00001e18, "stable");
    }

    function test_WhenOneTokenAloneIsAdded() external {
        uint256[][3] memory keys = [_equal, _weighted, _stable];
        for (uint256 k = 0; k < 3; ++k) {
            uint256 i = keys[k].length - 2;
            uint256 supply = supplyOf(keys[k]);
            uint256[] memory before = balancesOf(keys[k]);
            uint256 held = sharesOf(keys[k], ALICE);
            uint256 paid = _tokens[i].balanceOf(address(this));
            // The amount, given as an amount, is worth those shares but for the fee squared.
            uint256[] memory amounts = new uint256[](before.length);
            amounts[i] = manager.quoteAddSingle(ALICE, keys[k], i, supply / 50);
            uint256 shares = manager.quoteAddUnbalanced(ALICE, keys[k], amounts);
            assertApproxEqRel(shares, supply / 50, 0.00002e18, "either way");
            uint256 amount = manager.addSingle(keys[k], i, supply / 50, 1e30, ALICE, SOON);
            assertEq(paid - _tokens[i].balanceOf(address(this)), amount, "taken");
            assertEq(balancesOf(keys[k])[i], before[i] + amount, "booked");
            assertEq(balancesOf(keys[k])[0], before[0], "the others stay");
            assertEq(sharesOf(keys[k], ALICE) - held, supply / 50, "minted");
        }
    }

    function test_WhenOneTokenAloneLeaves() external {
        uint256[][3] memory keys = [_equal, _weighted, _stable];
        for (uint256 k = 0; k < 3; ++k) {
            uint256 i = keys[k].length - 2;
            uint256 supply = supplyOf(keys[k]);
            uint256[] memory before = balancesOf(keys[k]);
            uint256 had = _tokens[i].balanceOf(ALICE);
            uint256 amount = manager.removeSingle(keys[k], i, supply / 50, 0, ALICE, SOON);
            assertEq(_tokens[i].balanceOf(ALICE) - had, amount, "sent");
            assertEq(balancesOf(keys[k])[i], before[i] - amount, "booked");
            assertEq(balancesOf(keys[k])[0], before[0], "the others stay");
            assertGt(amount, before[i] / 50, "more than the proportion of this token");
            assertEq(supplyOf(keys[k]), supply - supply / 50, "burned");
        }
    }

    /// POOL-10: fees on unbalanced liquidity are growth like those of swaps.
    function test_GivenTheFeeOfAnUnbalancedAdd() external {
        uint256[][2] memory keys = [_equal, _stablePair];
        for (uint256 k = 0; k < 2; ++k) {
            manager.addUnbalanced(keys[k], list(100e18, 0), 0, ALICE, SOON);
            uint256 shares = manager.collectProtocolFee(keys[k]);
            uint256 supply = supplyOf(keys[k]);
            // About half of the 100 is out of proportion; 0.3 % (0.03 %) of it is the fee, a tenth of that the
            // protocol's, in a pool of about 2,100 (1,800) in that token.
            uint256 expected = k == 0 ? supply * 15 / 2_100_000 : supply * 13 / 18_000_000;
            assertApproxEqRel(shares, expected, 0.2e18, "POOL-10: a tenth of the fee");
            manager.removeSingle(keys[k], 1, supply / 20, 0, ALICE, SOON);
            assertGt(manager.collectProtocolFee(keys[k]), shares / 2, "POOL-10: of exits as well");
        }
    }

    /// POOL-8: quote = execution.
    function test_GivenAQuote() external {
        uint256[][3] memory keys = [_equal, _weighted, _stable];
        for (uint256 k = 0; k < 3; ++k) {
            uint256 n = keys[k].length - 1;
            manager.swapExactIn(keys[k], 0, 1, 10e18, 0, ALICE, SOON);
            uint256[] memory amounts = new uint256[](n);
            (amounts[0], amounts[1]) = (3e18, 7e6);
            uint256 quote = manager.quoteAddUnbalanced(address(this), keys[k], amounts);
            assertEq(manager.addUnbalanced(keys[k], amounts, 0, address(this), SOON), quote, "POOL-8: unbalanced");
            quote = manager.quoteAddSingle(address(this), keys[k], 1, 1e9);
            assertEq(manager.addSingle(keys[k], 1, 1e9, quote, address(this), SOON), quote, "POOL-8: single");
            quote = manager.quoteRemoveSingle(address(this), keys[k], 1, 1e9);
            assertEq(manager.removeSingle(keys[k], 1, 1e9, 0, address(this), SOON), quote, "POOL-8: exit");
            uint256[] memory quotes = manager.quoteAddProportional(keys[k], 1e9);
            amounts = manager.addProportional(keys[k], 1e9, quotes, address(this), SOON);
            assertEq(keccak256(abi.encode(amounts)), keccak256(abi.encode(quotes)), "POOL-8: proportional");
            quotes = manager.quoteRemoveProportional(keys[k], 1e9);
            amounts = manager.removeProportional(keys[k], 1e9, quotes, address(this), SOON);
            assertEq(keccak256(abi.encode(amounts)), keccak256(abi.encode(quotes)), "POOL-8: proportional exit");
        }
    }

    /// POOL-12: adding out of proportion and leaving in proportion gives no more than a swap of what it cost.
    function testFuzz_AddingAndLeavingIsNoCheaperThanSwapping(uint256 amount, uint256 which, bool second) external {
        uint256[] memory key = which % 3 == 0 ? _equal : which % 3 == 1 ? _lopsided : _stablePair;
        manager.collectProtocolFee(key);
        manager.setProtocolFee(key, 0);
        uint256 i = second ? 1 : 0;
        amount = bound(amount, 1e3, 4 * balancesOf(key)[i]);
        uint256 state = vm.snapshotState();
        uint256 shares;
        try manager.addUnbalanced(key, second ? list(0, amount) : list(amount, 0), 0, address(this), SOON) returns (
            uint256 minted
        ) {
            shares = minted;
        } catch {
            return;
        }
        uint256[] memory back = manager.removeProportional(key, shares, new uint256[](2), address(this), SOON);
        vm.revertToState(state);
        if (amount <= back[i]) return assertEq(back[1 - i], 0, "POOL-12: something for nothing");
        // A unit more: a swap rounds its fee up to a unit of what goes in, an add only to a share.
        uint256 out = manager.swapExactIn(key, i, 1 - i, amount - back[i] + 1, 0, address(this), SOON);
        assertLe(back[1 - i], out + 3 + (out >> 60), "POOL-12: cheaper than a swap");
    }

    /// POOL-12: leaving in one token gives no more than leaving in proportion and swapping.
    function testFuzz_LeavingInOneTokenIsNoBetterThanSwapping(uint256 shares, uint256 which, bool second) external {
        uint256[] memory key = which % 3 == 0 ? _equal : which % 3 == 1 ? _lopsided : _stablePair;
        uint256 i = second ? 1 : 0;
        shares = bound(shares, 1, sharesOf(key, address(this)) * 9 / 10);
        uint256 state = vm.snapshotState();
        uint256 alone;
        try manager.removeSingle(key, i, shares, 0, address(this), SOON) returns (uint256 amount) {
            alone = amount;
        } catch {
            return;
        }
        vm.revertToState(state);
        uint256[] memory back = manager.removeProportional(key, shares, new uint256[](2), address(this), SOON);
        uint256 swapped = manager.swapExactIn(key, 1 - i, i, back[1 - i], 0, address(this), SOON);
        // What rounding to units of the other token can cost the one who swaps.
        uint256 unit = i == 0 ? 1e18 * 2 / 1e6 * 20 : 2;
        assertLe(alone, back[i] + swapped + unit, "POOL-12: better than swapping");
    }

    /// POOL-2, POOL-5: one token in and out again never pays, nor does it take from a share.
    function testFuzz_OneTokenInAndOutNeverPays(uint256 shares, uint256 which, bool second) external {
        uint256[] memory key = which % 3 == 0 ? _equal : which % 3 == 1 ? _lopsided : _stablePair;
        uint256 i = second ? 1 : 0;
        shares = bound(shares, 1, supplyOf(key) * 2);
        (,,,, uint256 checkpoint) = manager.poolState(key);
        uint256 quote;
        try manager.quoteAddSingle(address(this), key, i, shares) returns (uint256 amount) {
            quote = amount;
        } catch {
            return;
        }
        vm.assume(quote < 1e30);
        manager.addSingle(key, i, shares, quote, address(this), SOON);
        assertLe(manager.removeSingle(key, i, shares, 0, address(this), SOON), quote, "POOL-5: pays");
        manager.collectProtocolFee(key);
        (,,,, uint256 afterwards) = manager.poolState(key);
        assertGe(afterwards + (afterwards >> 60), checkpoint, "POOL-2: a share lost value");
    }
}
