// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AbiCalls} from "./AbiCalls.sol";
import {CoinToken} from "./OddTokens.sol";
import {RestReceiver} from "./PoolContracts.sol";
import {PoolTrio} from "./PoolFixture.sol";

/// @notice POOL-31: whatever can be called can be called in a batch that carries coin, and coin is counted by what was
/// sent, spent and unwrapped. Specified by PoolManagerCoin.tree.
contract PoolManagerCoinTest is PoolTrio {
    bytes4 private constant _REENTERED = bytes4(keccak256("ReentrancyGuardReentrantCall()"));
    /// @dev A pool of wrapped coin and tokens[0], and the index of wrapped coin in it.
    uint256[] private _native;
    uint256 private _index;

    receive() external payable {}

    function setUp() public override {
        super.setUp();
        vm.deal(address(this), 1_000 ether);
        weth.deposit{value: 500 ether}();
        weth.approve(address(manager), type(uint256).max);
        (_native, _index) = _pairWith(address(weth));
        create(_native, list(100e18, 100e18));
    }

    /// The functions are those of the artifact. A call that Solidity refuses for its coin says nothing; what the
    /// manager refuses has a reason.
    function test_WhenAnyFunctionIsCalledInABatchThatCarriesCoin() external {
        string[] memory signatures = AbiCalls.signaturesOf("IPoolManager");
        bytes[] memory calls = new bytes[](1);
        uint256 state = vm.snapshotState();
        for (uint256 i = 0; i < signatures.length; ++i) {
            calls[0] = AbiCalls.callOf(signatures[i], 1 << 39, ALICE);
            (bool without, bytes memory expected) = _batch(0, calls);
            vm.revertToState(state);
            (bool success, bytes memory answer) = _batch(1, calls);
            vm.revertToState(state);
            assertEq(success, without, string.concat("POOL-31: coin matters to ", signatures[i]));
            if (!success) assertEq(answer, expected, string.concat("POOL-31: coin is the reason of ", signatures[i]));
        }
        assertGt(signatures.length, 40, "the ABI was read");
    }

    function test_WhenAnExitFollowsASwapThatCoinPaysFor() external {
        bytes[] memory calls =
            _swapAnd(abi.encodeCall(manager.removeProportional, (_native, 1e18, new uint256[](2), ALICE, SOON)));
        uint256 state = vm.snapshotState();
        (, bytes memory expected) = _batch(0, calls);
        vm.revertToState(state);
        uint256 had = address(this).balance;
        (bool success, bytes memory answer) = _batch(5 ether, calls);
        assertTrue(success, "POOL-31: an exit");
        assertEq(answer, expected, "POOL-31: the same as with wrapped coin");
        assertEq(address(this).balance, had - 1 ether, "POOL-31: what is left came back");
        calls = _swapAnd(abi.encodeCall(manager.removeSingle, (_native, _index, 1e18, 0, ALICE, SOON)));
        (success,) = _batch(1 ether, calls);
        assertTrue(success, "POOL-31: an exit in one token");
        assertEq(address(manager).balance, 0, "POOL-31: nothing stays");
    }

    function test_WhenAQuoteFollowsASwapThatCoinPaysFor() external {
        bytes[] memory calls =
            _swapAnd(abi.encodeCall(manager.quoteExactIn, (address(this), _native, _index, 1 - _index, 1e18)));
        (bool success, bytes memory answer) = _batch(1 ether, calls);
        assertTrue(success, "POOL-31: a quote");
        bytes[] memory results = abi.decode(answer, (bytes[]));
        assertEq(
            abi.decode(results[1], (uint256)),
            manager.quoteExactIn(address(this), _native, _index, 1 - _index, 1e18),
            "POOL-31: of the moment"
        );
    }

    function test_WhenAnOperatorIsSetInABatchThatCarriesCoin() external {
        (bool success,) = _batch(1 ether, _swapAnd(abi.encodeCall(manager.setOperator, (ALICE, true))));
        assertTrue(success, "POOL-31: an operator");
        assertTrue(manager.isOperator(address(this), ALICE), "POOL-31: the caller's");
        (success,) = _batch(1 ether, _swapAnd(abi.encodeCall(manager.approve, (ALICE, 7, 9))));
        assertTrue(success, "POOL-31: an approval");
        assertEq(manager.allowance(address(this), ALICE, 7), 9, "POOL-31: the caller's");
    }

    function test_WhenSharesMoveInABatchThatCarriesCoin() external {
        uint256 id = uint256(idOf(_native));
        (bool success,) = _batch(1 ether, _swapAnd(abi.encodeCall(manager.transfer, (ALICE, id, 5))));
        assertTrue(success, "POOL-31: a transfer");
        assertEq(manager.balanceOf(ALICE, id), 5, "POOL-31: the caller's shares");
        // Nobody else's: the call comes from the manager, which has no right to them.
        bytes[] memory calls = new bytes[](1);
        calls[0] = abi.encodeCall(manager.transferFrom, (address(this), ALICE, id, 5));
        vm.deal(ALICE, 1 ether);
        vm.prank(ALICE);
        (success,) = address(manager).call{value: 1}(abi.encodeCall(manager.multicall, (calls, false)));
        assertFalse(success, "POOL-31: not another's");
    }

    function test_WhenCoinPaysForTheFirstLiquidityOfAPool() external {
        uint256[] memory key = _native;
        key[0] += 1;
        bytes memory call = abi.encodeCall(manager.createPool, (key, list(3e18, 3e18), 0, ALICE, SOON));
        uint256 had = address(this).balance;
        (bool success,) = address(manager).call{value: 5 ether}(call);
        assertTrue(success, "POOL-31: by itself");
        assertEq(address(this).balance, had - 3 ether, "POOL-31: the rest came back");
        key[0] += 1;
        bytes[] memory calls = new bytes[](1);
        calls[0] = abi.encodeCall(manager.createPool, (key, list(3e18, 3e18), 0, ALICE, SOON));
        (success,) = _batch(5 ether, calls);
        assertTrue(success, "POOL-31: in a batch");
        assertEq(address(this).balance, had - 6 ether, "POOL-31: the rest came back");
    }

    function test_WhenCoinComesAlongWithAnExit() external {
        uint256 had = address(this).balance;
        bytes memory call = abi.encodeCall(manager.removeProportional, (_native, 1e18, new uint256[](2), ALICE, SOON));
        (bool success,) = address(manager).call{value: 1 ether}(call);
        assertTrue(success, "POOL-31: left");
        call = abi.encodeCall(manager.removeSingle, (_native, _index, 1e18, 0, ALICE, SOON));
        (success,) = address(manager).call{value: 1 ether}(call);
        assertTrue(success, "POOL-31: left in one token");
        assertEq(address(this).balance, had, "POOL-31: all of it came back");
    }

    /// A unit of coin along must not forbid wrapped coin.
    function test_WhenTheCoinDoesNotReach() external {
        uint256 wrapped = weth.balanceOf(address(this));
        uint256 had = address(this).balance;
        (bool success,) = _batch(1.5 ether, _swapAnd(_swap()));
        assertTrue(success, "POOL-31: paid in both");
        assertEq(address(this).balance, had - 1.5 ether, "POOL-31: coin first");
        assertEq(weth.balanceOf(address(this)), wrapped - 0.5 ether, "POOL-31: then wrapped coin");
    }

    /// Where coin is a token as well, a batch that is paid in the token must not give the payment back as coin.
    function test_GivenCoinThatIsATokenAsWell() external {
        CoinToken coin = new CoinToken();
        deployManagerFor(address(0));
        coin.approve(address(manager), type(uint256).max);
        _tokens[0].approve(address(manager), type(uint256).max);
        (uint256[] memory key, uint256 index) = _pairWith(address(coin));
        create(key, list(100e18, 100e18));
        bytes[] memory calls = new bytes[](1);
        calls[0] = abi.encodeCall(manager.swapExactIn, (key, index, 1 - index, 100e18, 0, ALICE, SOON));
        uint256 had = address(this).balance;
        manager.multicall(calls, false);
        assertEq(address(this).balance, had - 100e18, "POOL-31: paid");
        assertEq(address(manager).balance, balancesOf(key)[index], "POOL-7: the manager has what its books say");
        (bool success,) = _batch(3 ether, calls);
        assertTrue(success, "with coin along");
        assertEq(address(this).balance, had - 200e18, "POOL-31: paid again, and the coin came back");
        assertEq(address(manager).balance, balancesOf(key)[index], "POOL-7: the manager has what its books say");
    }

    function test_GivenCoinThatSomebodyLeftInTheManager() external {
        vm.deal(address(manager), 7 ether);
        uint256 had = address(this).balance;
        bytes[] memory calls = _swapAnd(_swap());
        (bool success,) = _batch(2 ether, calls);
        assertTrue(success, "swapped");
        (success,) = _batch(0, calls);
        assertTrue(success, "swapped");
        assertEq(address(this).balance, had - 2 ether, "POOL-31: nobody's coin stays nobody's");
        assertEq(address(manager).balance, 7 ether, "POOL-31: and pays for nothing");
    }

    /// Whoever was called there would act under the wishes of the batch, and what it spent would be missing in the next
    /// call of the transaction, whosever that is.
    function test_WhenTheRestOfABatchComesBack() external {
        RestReceiver receiver = new RestReceiver{value: 10 ether}(address(manager));
        bytes[] memory calls = new bytes[](2);
        calls[0] = abi.encodeCall(manager.swapExactIn, (_native, _index, 1 - _index, 5e18, 0, ALICE, SOON));
        calls[1] = abi.encodeCall(manager.balanceOf, (ALICE, uint256(idOf(_native))));
        for (uint256 wish = 0; wish < 2; ++wish) {
            for (uint256 i = 0; i < calls.length; ++i) {
                bytes memory batch = abi.encodeCall(manager.multicall, (new bytes[](0), wish == 1));
                receiver.open(batch, calls[i], i == 0 ? 5 ether : 0);
                assertTrue(receiver.called(), "the rest came back");
                assertFalse(receiver.entered(), "POOL-9: locked while it does");
                assertEq(bytes4(receiver.answer()), _REENTERED, "POOL-9: by the lock");
            }
        }
        vm.deal(ALICE, 10 ether);
        vm.prank(ALICE);
        manager.swapExactIn{value: 10 ether}(_native, _index, 1 - _index, 1e18, 0, ALICE, SOON);
        assertEq(ALICE.balance, 9 ether, "POOL-17: another's call of the same transaction gets its rest");
        assertEq(address(manager).balance, 0, "POOL-31: nobody's coin stays");
    }

    function _swap() private view returns (bytes memory) {
        return abi.encodeCall(manager.swapExactIn, (_native, _index, 1 - _index, 1e18, 0, ALICE, SOON));
    }

    function _swapAnd(bytes memory call) private view returns (bytes[] memory calls) {
        calls = new bytes[](2);
        (calls[0], calls[1]) = (_swap(), call);
    }

    function _batch(uint256 value, bytes[] memory calls) private returns (bool success, bytes memory answer) {
        return address(manager).call{value: value}(abi.encodeCall(manager.multicall, (calls, false)));
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
