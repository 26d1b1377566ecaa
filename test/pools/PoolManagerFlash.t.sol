// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IPoolErrors} from "../../contracts/pools/IPoolErrors.sol";
import {IPoolEvents} from "../../contracts/pools/IPoolEvents.sol";
import {artifactIn} from "../../script/Artifact.sol";
import {Borrower} from "./PoolContracts.sol";
import {PoolTrio} from "./PoolFixture.sol";
import {CallbackToken, FeeToken} from "./PoolTokens.sol";

/// @notice Specified by PoolManagerFlash.tree. POOL-13: a loan is paid back with its fee, by nothing but a payment.
contract PoolManagerFlashTest is PoolTrio {
    Borrower private _borrower;

    function setUp() public override {
        super.setUp();
        _borrower = Borrower(deployCode(artifactIn("PoolContracts", "Borrower"), abi.encode(manager)));
        manager.setFlashFee(900);
    }

    function test_RevertWhen_TheCallerIsNoBorrower() external {
        vm.prank(ALICE);
        vm.expectRevert();
        manager.flashLoan(_one(address(_tokens[0])), _amount(1e18), "");
    }

    function test_RevertWhen_TheBorrowerDoesNotAgree() external {
        _tokens[0].mint(address(_borrower), 1e18);
        _borrower.setMagic(0);
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.FlashLoanRefused.selector, address(_borrower)));
        _borrower.borrow(_one(address(_tokens[0])), _amount(1e18));
    }

    function test_RevertWhen_ThereAreMoreAmountsThanTokens() external {
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.AmountCountInvalid.selector, 2, 1));
        _borrower.borrow(_one(address(_tokens[0])), list(1, 1));
    }

    function test_RevertWhen_MoreIsAskedForThanThereIs() external {
        uint256 all = _tokens[0].balanceOf(address(manager));
        _tokens[0].mint(address(_borrower), all);
        vm.expectRevert();
        _borrower.borrow(_one(address(_tokens[0])), _amount(all + 1));
        _borrower.borrow(_one(address(_tokens[0])), _amount(all));
    }

    function test_RevertWhen_TheLoanIsNotPaidBack() external {
        // It has the amount, but not the fee.
        vm.expectRevert();
        _borrower.borrow(_one(address(_tokens[0])), _amount(1e18));
        _tokens[0].mint(address(_borrower), 1e18);
        // It has both and approves the amount alone.
        _borrower.setApproval(1e18);
        vm.expectRevert();
        _borrower.borrow(_one(address(_tokens[0])), _amount(1e18));
    }

    /// POOL-13: what comes in through a pool is the pool's, and pays no loan.
    function test_RevertWhen_TheLoanIsPaidBackThroughAnAdd() external {
        // Rich enough for the fee, not for the amount once more.
        _tokens[0].mint(address(_borrower), 10e18);
        _tokens[1].mint(address(_borrower), 1_000e6);
        bytes[] memory calls = new bytes[](1);
        calls[0] = abi.encodeCall(manager.addUnbalanced, (_equal, list(100e18, 0), 0, address(_borrower), SOON));
        _borrower.setCalls(calls, true);
        vm.expectRevert();
        _borrower.borrow(_one(address(_tokens[0])), _amount(100e18));
        calls[0] = abi.encodeCall(manager.swapExactIn, (_equal, 0, 1, 100e18, 0, address(_borrower), SOON));
        _borrower.setCalls(calls, true);
        vm.expectRevert();
        _borrower.borrow(_one(address(_tokens[0])), _amount(100e18));
        // A gift to the manager does not count either.
        _tokens[0].mint(address(manager), 200e18);
        vm.expectRevert();
        _borrower.borrow(_one(address(_tokens[0])), _amount(100e18));
    }

    function test_RevertWhen_TheTokenTakesAFeeOnTransfers() external {
        FeeToken token = new FeeToken();
        token.mint(address(manager), 1e18);
        token.mint(address(_borrower), 1e18);
        token.activate();
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.TransferIncomplete.selector, address(token), 0.99e18, 1e18));
        _borrower.borrow(_one(address(token)), _amount(1e18));
    }

    function test_RevertWhen_ALoanIsTakenWithinALoan() external {
        _tokens[0].mint(address(_borrower), 1e18);
        bytes[] memory calls = new bytes[](1);
        calls[0] = abi.encodeCall(manager.flashLoan, (_one(address(_tokens[0])), _amount(1), "data"));
        _borrower.setCalls(calls, true);
        vm.expectRevert();
        _borrower.borrow(_one(address(_tokens[0])), _amount(1e18));
        _borrower.setCalls(calls, false);
        _borrower.borrow(_one(address(_tokens[0])), _amount(1e18));
        assertEq(_borrower.successes(), 0, "POOL-13: no loan within a loan");
        // And again afterwards, so it was only the lock.
        _borrower.borrow(_one(address(_tokens[0])), _amount(1));
    }

    /// POOL-9: while the loan moves the pools are locked, so nothing else brings the tokens back.
    function test_WhenATokenCallsBackWhileItMoves() external {
        CallbackToken token = new CallbackToken();
        token.mint(address(manager), 1e18);
        token.mint(address(_borrower), 1e18);
        bytes[] memory calls = new bytes[](2);
        calls[0] = abi.encodeCall(manager.collectProtocolFee, (_equal));
        calls[1] = abi.encodeCall(manager.poolState, (_equal));
        token.setCalls(address(manager), calls);
        _borrower.borrow(_one(address(token)), _amount(1e18));
        assertEq(token.attempts(), 6, "out, back, fee");
        assertEq(token.successes(), 0, "POOL-9: nothing got through");
    }

    function test_WhenTheLoanIsPaidBack() external {
        _tokens[0].mint(address(_borrower), 1e18);
        uint256[] memory before = balancesOf(_equal);
        uint256 held = _tokens[0].balanceOf(address(manager));
        vm.expectEmit(address(manager));
        emit IPoolEvents.FlashLoan(address(_borrower), address(_tokens[0]), 1e18 + 1, 0.0009e18 + 1);
        _borrower.borrow(_one(address(_tokens[0])), _amount(1e18 + 1));
        assertEq(_tokens[0].balanceOf(TREASURY), 0.0009e18 + 1, "POOL-13: the fee, rounded up");
        assertEq(_tokens[0].balanceOf(address(manager)), held, "POOL-13: the amount");
        assertEq(keccak256(abi.encode(balancesOf(_equal))), keccak256(abi.encode(before)), "POOL-13: no pool changed");
        manager.setFlashFee(0);
        _borrower.borrow(_one(address(_tokens[0])), _amount(1e18));
        assertEq(_tokens[0].balanceOf(TREASURY), 0.0009e18 + 1, "no fee");
    }

    function test_WhenTheBorrowerTrades() external {
        _tokens[0].mint(address(_borrower), 10e18);
        bytes[] memory calls = new bytes[](3);
        calls[0] = abi.encodeCall(manager.swapExactIn, (_equal, 0, 1, 1e18, 0, ALICE, SOON));
        calls[1] = abi.encodeCall(manager.poolState, (_equal));
        calls[2] = abi.encodeCall(manager.quoteExactIn, (ALICE, _stable, 0, 1, 1e18));
        _borrower.setCalls(calls, true);
        uint256 quote = manager.quoteExactIn(ALICE, _equal, 0, 1, 1e18);
        uint256 had = _tokens[1].balanceOf(ALICE);
        _borrower.borrow(_one(address(_tokens[0])), _amount(100e18));
        assertEq(_tokens[1].balanceOf(ALICE) - had, quote, "the price knows nothing of the loan");
    }

    function test_WhenTheFeeIsSet() external {
        vm.prank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, ALICE));
        manager.setFlashFee(1);
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.FlashFeeTooHigh.selector, 10_001));
        manager.setFlashFee(10_001);
        manager.setFlashFee(10_000);
        assertEq(manager.flashFee(), 10_000, "set");
    }

    function _one(address token) private pure returns (address[] memory tokens) {
        tokens = new address[](1);
        tokens[0] = token;
    }

    function _amount(uint256 amount) private pure returns (uint256[] memory amounts) {
        amounts = new uint256[](1);
        amounts[0] = amount;
    }
}
