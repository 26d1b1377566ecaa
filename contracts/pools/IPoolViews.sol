// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IPoolErrors} from "./IPoolErrors.sol";

/// @title IPoolViews
/// @notice What pools and the manager's settings are. See {IPoolManager}. Views revert while a call is under way.
interface IPoolViews is IPoolErrors {
    /// @notice The pool's state. Reverts while a call is under way, so no half-updated value is ever read.
    /// @return balances By the order of the key, in token units.
    /// @return supply All shares: those minted, {MINIMUM_SHARES}, and those owed to the protocol.
    /// @return owed Shares owed to the protocol by growth up to the last liquidity event.
    /// @return protocolFeeBps The protocol's share of growth, in basis points.
    /// @return checkpoint Invariant per share at the last liquidity event, Q96, rounded up.
    function poolState(uint256[] calldata key)
        external
        view
        returns (uint256[] memory balances, uint256 supply, uint256 owed, uint256 protocolFeeBps, uint256 checkpoint);

    /// @notice Amplification times the number of tokens now; 0 in a weighted pool.
    function amplificationTimesTokens(uint256[] calldata key) external view returns (uint256 ann);

    /// @notice Until when a flag of a pool is set. An add that is not in proportion is stopped by flag 1 and by flag 2, an exit in one token by
    /// flag 1 and by flag 4.
    /// @param poolId Id of a pool; one without a pool is not paused.
    /// @param flag One flag, see {IPoolAdmin-pause}.
    /// @return until First second at which the flag does not count any more; 0 when it does not count now.
    function pausedUntil(bytes32 poolId, uint256 flag) external view returns (uint256 until);

    /// @notice Until when there are no flash loans (flag 1) or no new pools (flag 2).
    /// @param flag One flag.
    /// @return until First second at which the flag does not count any more; 0 when it does not count now.
    function managerPausedUntil(uint256 flag) external view returns (uint256 until);

    /// @notice Fee of flash loans, in millionths, rounded up to a unit.
    function flashFee() external view returns (uint256 fee);

    /// @notice The share of growth that new pools start with, in basis points.
    function initialProtocolFeeBps() external view returns (uint256);

    /// @notice Shares that exist in every pool's supply and nowhere else, so that no share is ever worth nothing.
    function MINIMUM_SHARES() external view returns (uint256);

    /// @notice Highest protocol fee, in basis points.
    function MAX_PROTOCOL_FEE_BPS() external view returns (uint256);
    /// @notice Highest fee of flash loans, in millionths.
    function MAX_FLASH_FEE() external view returns (uint256);
    /// @notice Longest pause by the guardian, in seconds.
    function MAX_PAUSE() external view returns (uint256);
    /// @notice Time between two pauses by the guardian of the same flag of a pool, in seconds.
    function PAUSE_COOLDOWN() external view returns (uint256);
}
