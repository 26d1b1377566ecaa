// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title GasCappedCall
/// @notice Questions to contracts that the pools do not trust.
library GasCappedCall {
    /// @dev One word of the answer, whatever its length. No code at the target, or less than a word, is no success.
    function ask(address target, uint256 gasLimit, bytes memory input)
        internal
        view
        returns (bool success, uint256 word)
    {
        assembly ("memory-safe") {
            mstore(0, 0)
            success := staticcall(gasLimit, target, add(input, 32), mload(input), 0, 32)
            success := and(success, gt(returndatasize(), 31))
            if success { word := mload(0) }
        }
    }
}
