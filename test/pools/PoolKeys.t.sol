// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPoolErrors} from "../../contracts/pools/IPoolErrors.sol";
import {PoolFixture} from "./PoolFixture.sol";
import {Oracle} from "./PoolContracts.sol";

/// @notice POOL-37: the key of every pool is on chain under its id, from its creation on.
contract PoolKeysTest is PoolFixture {
    function setUp() public {
        deployManager();
    }

    function test_EveryShapeOfKey() external {
        Oracle oracle = new Oracle(1e18);
        for (uint256 n = 2; n <= 8; ++n) {
            uint8[] memory decimals = new uint8[](n);
            uint256[] memory amounts = new uint256[](n);
            address[] memory providers = new address[](n);
            for (uint256 i = 0; i < n; ++i) {
                (decimals[i], amounts[i], providers[i]) = (18, 1e20, address(oracle));
            }
            uint256[] memory key = stableKey(deployTokens(decimals), 200);
            _check(key, amounts);
            _check(withProviders(key, providers), amounts);
            _check(withPolicy(key, address(oracle), 100), amounts);
        }
    }

    function test_RevertGiven_NoSuchPool() external {
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.PoolNotFound.selector, bytes32(uint256(1))));
        manager.keyOf(bytes32(uint256(1)));
    }

    /// @dev Whoever asks for the key that is published, at any other time, gets nothing; and only the manager
    /// publishes.
    function test_NothingIsPublishedAtAnyOtherTime() external {
        (bool success, bytes memory answer) = address(manager).call(abi.encodeWithSignature("keyToPublish()"));
        assertTrue(success && answer.length == 0, "POOL-37: nothing");
        uint256[] memory key = stableKey(deployTokens(decimalsOf(18, 18)), 200);
        create(key, list(1e18, 1e18));
        (success, answer) = address(manager).call(abi.encodeWithSignature("keyToPublish()"));
        assertTrue(success && answer.length == 0, "POOL-37: nothing, afterwards too");
    }

    /// @dev With little gas either the whole key is published or there is no pool.
    function test_NoGasPublishesHalfAKey() external {
        uint256[] memory key = stableKey(deployTokens(decimalsOf(18, 18)), 200);
        uint256[] memory amounts = list(1e18, 1e18);
        uint256 state = vm.snapshotState();
        uint256 refused;
        for (uint256 gas = 120_000; gas < 400_000; gas += 1_000) {
            try manager.createPool{gas: gas}(key, amounts, 0, address(this), type(uint256).max) {
                assertEq(abi.encode(manager.keyOf(idOf(key))), abi.encode(key), "POOL-37: the whole key");
            } catch {
                ++refused;
                vm.expectRevert();
                manager.keyOf(idOf(key));
            }
            vm.revertToState(state);
        }
        assertGt(refused, 10, "some were refused");
        assertLt(refused, 270, "and some were not");
    }

    function _check(uint256[] memory key, uint256[] memory amounts) private {
        create(key, amounts);
        bytes32 id = idOf(key);
        assertEq(abi.encode(manager.keyOf(id)), abi.encode(key), "POOL-37: the key");
        // By whoever knows the id, without a call: the code of an address that follows from it.
        assertEq(_holderOf(id).code, abi.encodePacked(bytes1(0), key), "POOL-37: a zero byte and the words");
    }

    function _holderOf(bytes32 id) private view returns (address) {
        bytes memory creation = abi.encodePacked(
            hex"63",
            bytes4(keccak256("keyToPublish()")),
            hex"60e01b5f525f5f60045f335afa156024573d5f60013e5f5f533d6001015ff35b5f5ffd"
        );
        return vm.computeCreate2Address(id, keccak256(creation), address(manager));
    }
}
