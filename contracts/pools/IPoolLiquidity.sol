// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IPoolEvents} from "./IPoolEvents.sol";

/// @title IPoolLiquidity
/// @notice Creation of pools, and the protocol's part of them. See {IPoolManager}.
interface IPoolLiquidity is IPoolEvents {
    /// @notice Creates a pool and adds its first liquidity. Restricted by the AccessManager, which may open it to everyone.
    /// @param key See {PoolKey}.
    /// @param amounts First balances, by the order of the key. Their ratio is the first price.
    /// @param minShares Least number of shares that `recipient` may get.
    /// @param recipient Gets the shares: the invariant in token units, rounded down, less {MINIMUM_SHARES}.
    /// @param deadline Last second at which the call is good.
    /// @return poolId Hash of the key.
    /// @return shares What `recipient` got.
    function createPool(
        uint256[] calldata key,
        uint256[] calldata amounts,
        uint256 minShares,
        address recipient,
        uint256 deadline
    ) external returns (bytes32 poolId, uint256 shares);

    /// @notice Mints the shares that are owed to the protocol to {revenueReceiver}. Anyone may call.
    /// @return shares What was minted.
    function collectProtocolFee(uint256[] calldata key) external returns (uint256 shares);

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

    /// @notice Where protocol fees go.
    function revenueReceiver() external view returns (address);
    /// @notice Shares that exist in every pool's supply and nowhere else, so that no share is ever worth nothing.
    function MINIMUM_SHARES() external view returns (uint256);
}
