// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title IWrappedNative
/// @notice An ERC-20 token that stands for the native coin, one for one.
interface IWrappedNative {
    /// @notice Mints what is sent to the caller.
    function deposit() external payable;

    /// @notice Burns the caller's `amount` for native coin.
    /// @param amount In wei of native coin, and of the token.
    function withdraw(uint256 amount) external;
}
