// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPoolErrors} from "../IPoolErrors.sol";

/// @title PublishedKey
/// @notice The key of a pool as the code of an address that follows from its id alone: a zero byte, at which every call
/// ends, and the words.
///
/// CREATE2 derives an address from a salt and the creation code. So the creation code is the same for every key: it
/// asks its creator, the manager, for the words, which lie in transient storage meanwhile.
library PublishedKey {
    /// @notice Selector of `keyToPublish()`, which answers {handOver}.
    bytes4 internal constant SELECTOR = bytes4(keccak256("keyToPublish()"));
    /// @dev What follows the selector in the creation code: call the creator, and return a zero byte and its answer.
    /// PUSH1 224 SHL PUSH0 MSTORE, PUSH0 PUSH0 PUSH1 4 PUSH0 CALLER GAS STATICCALL, ISZERO PUSH1 36 JUMPI,
    /// RETURNDATASIZE PUSH0 PUSH1 1 RETURNDATACOPY, PUSH0 PUSH0 MSTORE8, RETURNDATASIZE PUSH1 1 ADD PUSH0 RETURN,
    /// JUMPDEST PUSH0 PUSH0 REVERT.
    bytes private constant CREATION = hex"60e01b5f525f5f60045f335afa156024573d5f60013e5f5f533d6001015ff35b5f5ffd";
    /// @dev Where the number of words lies in transient storage; the words follow.
    uint256 private constant WORDS = uint256(keccak256("fluxion.pools.PublishedKey"));

    /// @notice Creates the contract that holds the key.
    function publish(bytes32 id, uint256[] calldata key) internal {
        bytes memory creation = _creation();
        uint256 words = WORDS;
        address holder;
        assembly ("memory-safe") {
            tstore(words, key.length)
            for { let i := 0 } lt(i, key.length) {} {
                let word := calldataload(add(key.offset, shl(5, i)))
                i := add(i, 1)
                tstore(add(words, i), word)
            }
            holder := create2(0, add(creation, 32), mload(creation), id)
            tstore(words, 0)
        }
        // Only for want of gas: the id is new, so nothing is at the address.
        if (holder == address(0)) revert IPoolErrors.KeyNotPublished(id);
    }

    /// @notice Returns from the call with the bare words of the key that is published now, or with nothing.
    function handOver() internal view {
        uint256 words = WORDS;
        assembly {
            let length := tload(words)
            for { let i := 0 } lt(i, length) {} {
                let to := shl(5, i)
                i := add(i, 1)
                mstore(to, tload(add(words, i)))
            }
            return(0, shl(5, length))
        }
    }

    /// @notice The key of a pool of this contract. Reverts when there is none.
    function read(bytes32 id) internal view returns (uint256[] memory key) {
        address holder =
            address(uint160(uint256(keccak256(abi.encodePacked(hex"ff", address(this), id, keccak256(_creation()))))));
        uint256 size = holder.code.length;
        if (size == 0) revert IPoolErrors.PoolNotFound(id);
        key = new uint256[](size / 32);
        assembly ("memory-safe") {
            extcodecopy(holder, add(key, 32), 1, sub(size, 1))
        }
    }

    function _creation() private pure returns (bytes memory) {
        return abi.encodePacked(hex"63", SELECTOR, CREATION);
    }
}
