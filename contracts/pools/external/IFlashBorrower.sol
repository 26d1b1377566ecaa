// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title IFlashBorrower
/// @notice What a contract that calls {IPoolAdmin-flashLoan} implements.
interface IFlashBorrower {
    /// @notice Called by the manager when the amounts have arrived. On return it must hold amounts and fees, and have
    /// approved the manager.
    /// @param tokens What was lent.
    /// @param amounts Of each token, in its units.
    /// @param fees On top of `amounts`, in token units.
    /// @param data What the caller of the loan handed on.
    /// @return magic keccak256("IFlashBorrower.onFlashLoan").
    function onFlashLoan(
        address[] calldata tokens,
        uint256[] calldata amounts,
        uint256[] calldata fees,
        bytes calldata data
    ) external returns (bytes32 magic);
}
