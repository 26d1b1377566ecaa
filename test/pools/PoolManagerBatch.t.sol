// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeTransferLib} from "solady/utils/SafeTransferLib.sol";
import {IPoolErrors} from "../../contracts/pools/IPoolErrors.sol";
import {Bystander} from "./PoolContracts.sol";
import {PoolTrio} from "./PoolFixture.sol";
import {PermitToken} from "./PoolTokens.sol";

/// @notice Native coin, batches, permits, and the parts of the manager. Specified by PoolManagerBatch.tree.
contract PoolManagerBatchTest is PoolTrio {
    uint256[] private _native;
    uint256 private _index;
    uint256[] private _permitted;
    PermitToken private _permit;
    uint256 private _signer;
    address private _owner;

    receive() external payable {}

    function setUp() public override {
        super.setUp();
        provide(_tokens[0], ALICE);
        vm.deal(address(this), 1_000 ether);
        vm.deal(ALICE, 100 ether);
        weth.deposit{value: 500 ether}();
        weth.approve(address(manager), type(uint256).max);
        (_native, _index) = _pairWith(address(weth));
        create(_native, list(100e18, 100e18));
        _permit = new PermitToken();
        provide(_permit, address(this));
        uint256 index;
        (_permitted, index) = _pairWith(address(_permit));
        create(_permitted, list(100e18, 100e18));
        (_owner, _signer) = makeAddrAndKey("owner");
        _permit.mint(_owner, 100e18);
    }

    function test_WhenNativeCoinPaysForWrappedCoin() external {
        uint256 quote = manager.quoteExactIn(ALICE, _native, _index, 1 - _index, 3e18);
        uint256 wrapped = weth.balanceOf(address(manager));
        vm.startPrank(ALICE);
        uint256 out = manager.swapExactIn{value: 5 ether}(_native, _index, 1 - _index, 3e18, 0, ALICE, SOON);
        assertEq(out, quote, "swapped");
        assertEq(ALICE.balance, 97 ether, "POOL-17: the rest came back");
        assertEq(weth.balanceOf(address(manager)) - wrapped, 3e18, "wrapped");
        uint256 paid = manager.swapExactOut{value: 5 ether}(_native, _index, 1 - _index, 1e18, 5e18, ALICE, SOON);
        assertEq(ALICE.balance, 97 ether - paid, "POOL-17: exact out");
        uint256[] memory amounts = manager.addProportional{value: 5 ether}(_native, 1e18, largest(2), ALICE, SOON);
        assertEq(ALICE.balance, 97 ether - paid - amounts[_index], "POOL-17: beside another token");
        manager.addUnbalanced{value: 1 ether}(_native, _index == 0 ? list(1e18, 0) : list(0, 1e18), 0, ALICE, SOON);
        uint256 single = manager.addSingle{value: 5 ether}(_native, _index, 1e18, 5e18, ALICE, SOON);
        assertEq(ALICE.balance, 96 ether - paid - amounts[_index] - single, "POOL-17: liquidity");
        assertEq(address(manager).balance, 0, "POOL-17: nothing stays");
    }

    /// The rest is due in wrapped coin, which ALICE neither has nor approved.
    function test_RevertWhen_LessNativeCoinComesAlongThanIsDue() external {
        vm.prank(ALICE);
        vm.expectRevert(SafeTransferLib.TransferFromFailed.selector);
        manager.swapExactIn{value: 1 ether}(_native, _index, 1 - _index, 1 ether + 1, 0, ALICE, SOON);
    }

    function test_WhenNativeCoinComesAlongThatIsNotDue() external {
        vm.prank(ALICE);
        manager.swapExactIn{value: 5 ether}(_equal, 0, 1, 1e18, 0, ALICE, SOON);
        assertEq(ALICE.balance, 100 ether, "POOL-17: all of it came back");
    }

    function test_RevertWhen_NativeCoinIsSentWithoutACall() external {
        vm.prank(ALICE);
        (bool success, bytes memory reason) = address(manager).call{value: 1}("");
        assertFalse(success, "refused");
        assertEq(reason, abi.encodeWithSelector(IPoolErrors.NativeNotExpected.selector, ALICE), "why");
    }

    function test_WhenABatchAsksForNativeCoin() external {
        bytes[] memory calls = new bytes[](2);
        calls[0] = abi.encodeCall(manager.swapExactIn, (_native, 1 - _index, _index, 1e18, 0, ALICE, SOON));
        calls[1] = abi.encodeCall(manager.removeProportional, (_native, 1e18, new uint256[](2), ALICE, SOON));
        bytes[] memory results = manager.multicall(calls, true);
        uint256 out = abi.decode(results[0], (uint256));
        uint256[] memory amounts = abi.decode(results[1], (uint256[]));
        assertEq(ALICE.balance, 100 ether + out + amounts[_index], "POOL-17: as native coin");
        assertEq(weth.balanceOf(ALICE), 0, "POOL-17: and not wrapped");
        // Without it the same goes out wrapped, afterwards too.
        manager.multicall(calls, false);
        assertGt(weth.balanceOf(ALICE), 0, "wrapped");
        manager.swapExactIn(_native, 1 - _index, _index, 1e18, 0, ALICE, SOON);
        assertEq(ALICE.balance, 100 ether + out + amounts[_index], "no more native coin");
    }

    function test_RevertWhen_ABatchUsesTheSameNativeCoinTwice() external {
        bytes[] memory calls = new bytes[](2);
        calls[0] = abi.encodeCall(manager.swapExactIn, (_native, _index, 1 - _index, 1e18, 0, ALICE, SOON));
        calls[1] = calls[0];
        vm.startPrank(ALICE);
        vm.expectRevert();
        manager.multicall{value: 1 ether}(calls, false);
        manager.multicall{value: 3 ether}(calls, false);
        assertEq(ALICE.balance, 98 ether, "POOL-17: twice the amount, and the rest came back");
    }

    function test_RevertWhen_ACallOfABatchFails() external {
        bytes[] memory calls = new bytes[](2);
        calls[0] = abi.encodeCall(manager.swapExactIn, (_equal, 0, 1, 1e18, 0, ALICE, SOON));
        calls[1] = abi.encodeCall(manager.swapExactIn, (_equal, 0, 0, 1e18, 0, ALICE, SOON));
        uint256[] memory before = balancesOf(_equal);
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.TokenIndexInvalid.selector, 0, 0));
        manager.multicall(calls, false);
        assertEq(balancesOf(_equal)[0], before[0], "all or none");
    }

    function test_RevertWhen_ABatchIsWithinABatch() external {
        bytes[] memory calls = new bytes[](1);
        calls[0] = abi.encodeCall(manager.multicall, (new bytes[](0), false));
        vm.expectRevert(IPoolErrors.BatchNested.selector);
        manager.multicall(calls, true);
        manager.multicall(new bytes[](0), true);
    }

    function test_WhenAPermitComesBeforeASwap() external {
        bytes[] memory calls = _permitAndSwap();
        vm.prank(_owner);
        manager.multicall(calls, false);
        assertEq(_permit.balanceOf(_owner), 99e18, "POOL-18: swapped without an approval");
    }

    /// POOL-18: whoever sees a permit may use it first; that must not block its owner.
    function test_WhenThePermitWasUsedBySomeoneElse() external {
        bytes[] memory calls = _permitAndSwap();
        (uint8 v, bytes32 r, bytes32 s) = _sign();
        vm.prank(ALICE);
        _permit.permit(_owner, address(manager), 1e18, SOON, v, r, s);
        vm.prank(_owner);
        manager.multicall(calls, false);
        assertEq(_permit.balanceOf(_owner), 99e18, "POOL-18: swapped all the same");
    }

    function test_WhenThePermitIsOfAContractWithoutOne() external {
        manager.permitToken(address(_tokens[0]), 1, SOON, 27, 0, 0);
        manager.permitToken(makeAddr("nothing"), 1, SOON, 27, 0, 0);
        vm.prank(ALICE);
        manager.permitToken{value: 1 ether}(address(_permit), 1, SOON, 27, 0, 0);
        assertEq(ALICE.balance, 100 ether, "POOL-17: came back");
    }

    /// POOL-17: whoever is called while someone else's batch is under way has its wrapped coin as it is, and pays with
    /// its own.
    function test_GivenALoanWithinABatch() external {
        Bystander bystander = new Bystander(manager);
        weth.transfer(address(bystander), 5e18);
        _tokens[0].mint(address(bystander), 5e18);
        vm.startPrank(address(bystander));
        _tokens[0].approve(address(manager), type(uint256).max);
        vm.stopPrank();
        _during = abi.encodeCall(
            bystander.act,
            (abi.encodeCall(manager.swapExactIn, (_native, 1 - _index, _index, 1e18, 0, address(bystander), SOON)))
        );
        _target = address(bystander);
        address[] memory tokens = new address[](1);
        tokens[0] = address(_tokens[0]);
        bytes[] memory calls = new bytes[](1);
        calls[0] = abi.encodeCall(manager.flashLoan, (tokens, new uint256[](1), ""));
        manager.multicall(calls, true);
        assertGt(weth.balanceOf(address(bystander)), 5e18, "POOL-17: wrapped");
        assertEq(address(bystander).balance, 0, "POOL-17: not native");
        // And one that pays with native coin gets back its own rest only, while the batch's lies in the manager.
        _value = 2 ether;
        _during = abi.encodeCall(
            bystander.act,
            (abi.encodeCall(manager.swapExactIn, (_native, _index, 1 - _index, 1e18, 0, address(bystander), SOON)))
        );
        calls = new bytes[](1);
        calls[0] = abi.encodeCall(manager.permitToken, (address(_permit), 1, SOON, 27, 0, 0));
        uint256 had = address(this).balance;
        manager.multicall{value: 10 ether}(calls, false);
        assertEq(address(this).balance, had, "POOL-17: all of it");
        calls[0] = abi.encodeCall(manager.flashLoan, (tokens, new uint256[](1), ""));
        manager.multicall(calls, false);
        assertEq(address(bystander).balance, 1 ether, "POOL-17: its own rest");
    }

    bytes private _during;
    address private _target;
    uint256 private _value;

    /// @dev This contract borrows too.
    function onFlashLoan(address[] calldata, uint256[] calldata, uint256[] calldata, bytes calldata)
        external
        returns (bytes32)
    {
        (bool success, bytes memory reason) = _target.call{value: _value}(_during);
        require(success, string(reason));
        return keccak256("IFlashBorrower.onFlashLoan");
    }

    function _permitAndSwap() private view returns (bytes[] memory calls) {
        (uint8 v, bytes32 r, bytes32 s) = _sign();
        uint256 index = address(uint160(_permitted[1])) == address(_permit) ? 0 : 1;
        calls = new bytes[](2);
        calls[0] = abi.encodeCall(manager.permitToken, (address(_permit), 1e18, SOON, v, r, s));
        calls[1] = abi.encodeCall(manager.swapExactIn, (_permitted, index, 1 - index, 1e18, 0, ALICE, SOON));
    }

    function _sign() private view returns (uint8 v, bytes32 r, bytes32 s) {
        bytes32 hash = keccak256(
            abi.encode(
                keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"),
                _owner,
                address(manager),
                1e18,
                0,
                SOON
            )
        );
        return vm.sign(
            _signer, keccak256(abi.encodePacked("\x19\x01", IERC20Permit(address(_permit)).DOMAIN_SEPARATOR(), hash))
        );
    }

    /// @dev An equal pool's key of an 18-decimal token and tokens[0], and the token's index.
    function _pairWith(address token) private view returns (uint256[] memory key, uint256 index) {
        index = token < address(_tokens[0]) ? 0 : 1;
        key = new uint256[](3);
        key[0] = FEE;
        key[index + 1] = wordOf(token, 18, 500_000);
        key[2 - index] = wordOf(address(_tokens[0]), 18, 500_000);
    }
}
