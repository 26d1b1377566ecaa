// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPoolTrade} from "../../contracts/pools/IPoolTrade.sol";
import {artifactIn} from "../../script/Artifact.sol";
import {AbiCalls} from "./AbiCalls.sol";
import {Borrower, Oracle} from "./PoolContracts.sol";
import {PoolTrio} from "./PoolFixture.sol";
import {CallbackToken} from "./PoolTokens.sol";

/// @notice POOL-9: while a call is under way every function of the ABI reverts, and by the lock, whoever was called
/// back: a token in any transfer of any entry, a fee policy, a rate provider. What answers is fixed for good, or whole
/// at any time. The functions are those of the artifact.
contract PoolManagerLockTest is PoolTrio {
    /// @dev Functions whose answer no call can change.
    string[10] private FIXED = [
        "revenueReceiver()",
        "wrappedNative()",
        "authority()",
        // What the AccessManager asks about a call that it makes itself.
        "isConsumingScheduledOp()",
        "supportsInterface(bytes4)",
        "MINIMUM_SHARES()",
        "MAX_PROTOCOL_FEE_BPS()",
        "MAX_FLASH_FEE()",
        "MAX_PAUSE()",
        "PAUSE_COOLDOWN()"
    ];
    /// @dev Functions that answer with what is before or after a call, never in between: PoolShareRate.t.sol and
    /// PoolKeys.t.sol judge them.
    string[2] private WHOLE = ["virtualPrice(uint256[])", "keyOf(bytes32)"];
    /// @dev Far in the future as a deadline.
    uint256 private constant NUMBER = 1 << 39;

    CallbackToken private _token;
    /// @dev A pool of the token and another one, and the token's index in it.
    uint256[] private _key;
    uint256 private _index;
    Oracle private _oracle;
    string[] private _signatures;
    bytes[] private _calls;

    function setUp() public override {
        super.setUp();
        _token = new CallbackToken();
        provide(_token, address(this));
        _key = _pairOf();
        create(_key, list(100e18, 100e18));
        _oracle = new Oracle(1e18);
        // The lock alone is to stop them.
        access.grantRole(access.ADMIN_ROLE(), address(_token), 0);
        access.grantRole(access.ADMIN_ROLE(), address(_oracle), 0);
        string[] memory signatures = AbiCalls.signaturesOf("IPoolManager");
        for (uint256 i = 0; i < signatures.length; ++i) {
            if (_isFixed(signatures[i]) || _isWhole(signatures[i])) continue;
            _signatures.push(signatures[i]);
            _calls.push(AbiCalls.callOf(signatures[i], NUMBER, ALICE));
        }
        assertGt(_calls.length, 40, "the ABI was read");
    }

    function test_FromATokenInEveryTransferOfEveryEntry() external {
        _token.setCalls(address(manager), _calls);
        uint256 transfers;
        manager.swapExactIn(_key, _index, 1 - _index, 1e18, 0, ALICE, SOON);
        _check(++transfers, "swapExactIn pulls");
        manager.swapExactIn(_key, 1 - _index, _index, 1e18, 0, ALICE, SOON);
        _check(++transfers, "swapExactIn pushes");
        manager.swapExactOut(_key, _index, 1 - _index, 1e18, 1e30, ALICE, SOON);
        _check(++transfers, "swapExactOut pulls");
        manager.swapExactOut(_key, 1 - _index, _index, 1e18, 1e30, ALICE, SOON);
        _check(++transfers, "swapExactOut pushes");
        IPoolTrade.Hop[] memory hops = new IPoolTrade.Hop[](1);
        hops[0] = IPoolTrade.Hop(_key, _index, 1 - _index);
        manager.swapPathExactIn(hops, 1e18, 0, ALICE, SOON);
        _check(++transfers, "swapPathExactIn");
        manager.swapPathExactOut(hops, 1e17, 1e30, ALICE, SOON);
        _check(++transfers, "swapPathExactOut");
        _liquidity(transfers);
    }

    function _liquidity(uint256 transfers) private {
        manager.addProportional(_key, 1e18, largest(2), ALICE, SOON);
        _check(++transfers, "addProportional");
        manager.removeProportional(_key, 1e18, new uint256[](2), ALICE, SOON);
        _check(++transfers, "removeProportional");
        manager.addUnbalanced(_key, list(1e18, 1e18), 0, ALICE, SOON);
        _check(++transfers, "addUnbalanced");
        manager.addSingle(_key, _index, 1e17, 1e30, ALICE, SOON);
        _check(++transfers, "addSingle");
        manager.removeSingle(_key, _index, 1e17, 0, ALICE, SOON);
        _check(++transfers, "removeSingle");
        uint256[] memory other = _key;
        other[0] += 1;
        create(other, list(1e18, 1e18));
        _check(++transfers, "createPool");
    }

    /// The lock is free in the borrower's callback, and held in the transfers before and after it.
    function test_FromATokenThatIsLent() external {
        Borrower borrower = Borrower(deployCode(artifactIn("PoolContracts", "Borrower"), abi.encode(manager)));
        address[] memory tokens = new address[](1);
        tokens[0] = address(_token);
        uint256[] memory amounts = new uint256[](1);
        amounts[0] = 1e18;
        _token.setCalls(address(manager), _calls);
        borrower.borrow(tokens, amounts);
        _check(2, "flashLoan");
    }

    function test_FromAFeePolicy() external {
        uint256[] memory key = withPolicy(_equal, address(_oracle), 500);
        create(key, list(1_000e18, 2_000e6));
        _oracle.set(Oracle.Mode.Answer, 1_000);
        uint256 expected = manager.quoteExactIn(ALICE, key, 0, 1, 1e18);
        _oracle.set(Oracle.Mode.Answer, 500);
        assertGt(manager.quoteExactIn(ALICE, key, 0, 1, 1e18), expected, "POOL-9: what got through would show");
        _oracle.set(Oracle.Mode.Reenter, 1_000);
        uint256 state = vm.snapshotState();
        for (uint256 i = 0; i < _calls.length; ++i) {
            _oracle.setCall(address(manager), _calls[i]);
            assertEq(manager.swapExactIn(key, 0, 1, 1e18, 0, ALICE, SOON), expected, _because(_signatures[i]));
            vm.revertToState(state);
        }
    }

    /// A rate of nothing would stop the swap.
    function test_FromARateProvider() external {
        address[] memory providers = new address[](3);
        providers[1] = address(_oracle);
        uint256[] memory key = withProviders(_stable, providers);
        create(key, list(5_000e18, 5_300e6, 4_800e8));
        _oracle.set(Oracle.Mode.Reenter, 1e18);
        for (uint256 i = 0; i < _calls.length; ++i) {
            _oracle.setCall(address(manager), _calls[i]);
            try manager.swapExactIn(key, 0, 1, 1e18, 0, ALICE, SOON) {}
            catch {
                assertTrue(false, _because(_signatures[i]));
            }
        }
        _oracle.setCall(address(manager), abi.encodeCall(manager.revenueReceiver, ()));
        vm.expectRevert();
        manager.swapExactIn(key, 0, 1, 1e18, 0, ALICE, SOON);
    }

    /// What answers under the lock answers the same outside of it.
    function test_WhatIsFixedAnswers() external {
        bytes[] memory calls = new bytes[](FIXED.length);
        for (uint256 i = 0; i < FIXED.length; ++i) {
            calls[i] = AbiCalls.callOf(FIXED[i], NUMBER, ALICE);
        }
        _token.setCalls(address(manager), calls);
        manager.swapExactIn(_key, _index, 1 - _index, 1e18, 0, ALICE, SOON);
        assertEq(_token.successes(), FIXED.length, "POOL-9: what is fixed answers");
    }

    function _check(uint256 transfers, string memory entry) private view {
        assertEq(_token.attempts(), transfers * _calls.length, string.concat(entry, ": each was tried"));
        assertEq(_token.successes(), 0, string.concat("POOL-9: something got through in ", entry));
        assertEq(_token.otherwise(), bytes4(0), string.concat("POOL-9: refused, but not by the lock, in ", entry));
    }

    function _because(string memory signature) private pure returns (string memory) {
        return string.concat("POOL-9: not refused by the lock: ", signature);
    }

    function _isFixed(string memory signature) private view returns (bool) {
        for (uint256 i = 0; i < FIXED.length; ++i) {
            if (keccak256(bytes(FIXED[i])) == keccak256(bytes(signature))) return true;
        }
        return false;
    }

    function _isWhole(string memory signature) private view returns (bool) {
        bytes32 hash = keccak256(bytes(signature));
        return hash == keccak256(bytes(WHOLE[0])) || hash == keccak256(bytes(WHOLE[1]));
    }

    /// @dev An equal pool of the token and tokens[0].
    function _pairOf() private returns (uint256[] memory key) {
        bool first = address(_token) < address(_tokens[0]);
        _index = first ? 0 : 1;
        key = new uint256[](3);
        key[0] = FEE;
        key[_index + 1] = wordOf(address(_token), 18, 500_000);
        key[2 - _index] = wordOf(address(_tokens[0]), 18, 500_000);
    }
}
