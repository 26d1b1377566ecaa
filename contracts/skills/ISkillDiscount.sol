// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IReputationOracle} from "../oracles/IReputationOracle.sol";
import {IFeePolicy} from "../pools/external/IFeePolicy.sol";
import {IBadges} from "./IBadges.sol";

/// @title ISkillDiscount
/// @notice Swap fees for people: the pool's fee less a share for the trader's highest active soulbound badge of one
/// kind, and less a share for reputation. Both belong to a wallet and follow it through a recovery.
/// @dev Warning: a holder can trade for others, and so can a contract that has a wallet, for anybody who asks. What a
/// pool then gives up is bounded by its least fee.
interface ISkillDiscount is IFeePolicy {
    /// @notice What is granted, in basis points of the pool's fee. The sum is at most 10,000.
    /// @param badgeKind Kind of the badges that count.
    /// @param badgeBps Discount for tier 0, and for each tier above it the same again, up to `maxBadgeBps`.
    /// @param maxBadgeBps Largest discount for badges.
    /// @param maxReputationBps Discount for the highest score (10,000); less in proportion, rounded down.
    /// @param maxAge Oldest score that counts, in seconds.
    struct Terms {
        uint64 badgeKind;
        uint16 badgeBps;
        uint16 maxBadgeBps;
        uint16 maxReputationBps;
        uint32 maxAge;
    }

    /// @notice The terms changed.
    event TermsSet(Terms terms);

    /// @notice More than the whole fee.
    error TermsOutOfRange(Terms terms);

    /// @notice Sets what is granted. Restricted by the AccessManager.
    /// @param terms The terms.
    function setTerms(Terms calldata terms) external;

    /// @notice The discount of an account now.
    /// @param account The account.
    /// @return bps Basis points of the fee, 0 to 10,000.
    function discountOf(address account) external view returns (uint256 bps);

    /// @notice The terms in force.
    /// @return The terms.
    function terms() external view returns (Terms memory);

    /// @notice Where badges are.
    /// @return The contract.
    function badges() external view returns (IBadges);

    /// @notice Where scores are.
    /// @return The contract.
    function reputation() external view returns (IReputationOracle);
}
