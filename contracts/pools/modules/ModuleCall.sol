// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title ModuleCall
/// @notice What one part of the manager asks of another.
library ModuleCall {
    /// @notice Has `module` work on the storage of this contract, and reverts as it does.
    /// @param module A module of the manager. Warning: its code can do anything to this storage.
    /// @param input Calldata of one of its functions.
    /// @return result What it returns, encoded.
    function ask(address module, bytes memory input) internal returns (bytes memory result) {
        bool success;
        (success, result) = module.delegatecall(input);
        if (success) return result;
        assembly ("memory-safe") {
            revert(add(result, 32), mload(result))
        }
    }
}
