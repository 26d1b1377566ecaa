// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IPoolEvents} from "./IPoolEvents.sol";

/// @title IPoolControl
/// @notice Quotes, and what governance and the guardian set. See {IPoolManager}.
interface IPoolControl is IPoolEvents {
    /// @notice Sets the protocol's share of growth from now on; growth until now is charged at the old one. Restricted.
    function setProtocolFee(uint256[] calldata key, uint256 protocolFeeBps) external;

    /// @notice Sets the share of growth that new pools start with. Restricted.
    function setInitialProtocolFee(uint256 protocolFeeBps) external;

    /// @notice What {IPoolTrading-swapExactIn} called by `trader` would return now, by the same code. Reverts while a call is under
    /// way.
    function quoteExactIn(address trader, uint256[] calldata key, uint256 tokenIn, uint256 tokenOut, uint256 amountIn)
        external
        view
        returns (uint256 amountOut);

    /// @notice What {IPoolTrading-swapExactOut} called by `trader` would take now, by the same code. Reverts while a call is under
    /// way.
    function quoteExactOut(address trader, uint256[] calldata key, uint256 tokenIn, uint256 tokenOut, uint256 amountOut)
        external
        view
        returns (uint256 amountIn);

    /// @notice The share of growth that new pools start with, in basis points.
    function initialProtocolFeeBps() external view returns (uint256);

    /// @notice Highest protocol fee, in basis points.
    function MAX_PROTOCOL_FEE_BPS() external view returns (uint256);
}
