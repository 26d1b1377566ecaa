// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IStakeInPlace} from "./IStakeInPlace.sol";

/// @title IGovernanceToken
/// @notice The token that votes: ERC-20 with permits, votes by timestamp, burning and a cap, staked in place. The first
/// allocation on the home chain is all that is ever minted; elsewhere the token is plain and begins with none.
interface IGovernanceToken is IStakeInPlace {
    /// @notice What the token is.
    /// @param name Its name, which is part of what permits sign.
    /// @param symbol Its symbol.
    /// @param cap Most that may exist, in wei: at most 2^112 - 1.
    /// @param holder Who gets the first allocation.
    /// @param allocation What is minted on the home chain, in wei: 1 to `cap`.
    struct TokenTerms {
        string name;
        string symbol;
        uint256 cap;
        address holder;
        uint256 allocation;
    }

    /// @notice The cap is larger than what staking counts with.
    /// @param cap The cap, in wei.
    /// @param most Largest cap, in wei.
    error CapTooLarge(uint256 cap, uint256 most);
    /// @notice The first allocation is nothing or more than the cap.
    /// @param allocation The allocation, in wei.
    /// @param cap The cap, in wei.
    error AllocationInvalid(uint256 allocation, uint256 cap);
}
