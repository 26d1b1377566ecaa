// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title IPermit2
/// @notice What the pools use of Permit2: allowances that it keeps, given by signature, and transfers by them.
interface IPermit2 {
    /// @notice An allowance.
    /// @param token The token.
    /// @param amount In token units; 2^160 - 1 does not run down.
    /// @param expiration Last second at which it is good.
    /// @param nonce Next nonce of the owner for this token and spender.
    struct PermitDetails {
        address token;
        uint160 amount;
        uint48 expiration;
        uint48 nonce;
    }

    /// @notice What is signed.
    /// @param details The allowance.
    /// @param spender Who may use it.
    /// @param sigDeadline Last second at which the signature is good.
    struct PermitSingle {
        PermitDetails details;
        address spender;
        uint256 sigDeadline;
    }

    /// @notice Sets an allowance of `owner`, who signed it.
    /// @param owner Whose tokens they are.
    /// @param permitSingle What was signed.
    /// @param signature By `owner`, ECDSA or EIP-1271.
    function permit(address owner, PermitSingle calldata permitSingle, bytes calldata signature) external;

    /// @notice Moves tokens by an allowance of the caller.
    /// @param from Whose allowance is used, and who approved Permit2.
    /// @param to Gets the tokens.
    /// @param amount In token units.
    /// @param token The token.
    function transferFrom(address from, address to, uint160 amount, address token) external;
}
