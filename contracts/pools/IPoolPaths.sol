// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IPoolEvents} from "./IPoolEvents.sol";
import {IPoolTrading} from "./IPoolTrading.sol";

/// @title IPoolPaths
/// @notice Quotes of swaps, and paths for an exact output. See {IPoolManager}.
///
/// Quotes run the code of the swaps. They revert while a call is under way, and where the swap would.
interface IPoolPaths is IPoolEvents {
    /// @notice Swaps for exactly `amountOut` through several pools; only the first and the last token move. The result is that of the
    /// single swaps for an exact output from the last to the first. A pool may occur more than once.
    function swapPathExactOut(
        IPoolTrading.Hop[] calldata hops,
        uint256 amountOut,
        uint256 maxAmountIn,
        address recipient,
        uint256 deadline
    ) external payable returns (uint256 amountIn);

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

    /// @notice What {IPoolTrading-swapPathExactIn} called by `trader` would return now. No pool may occur more than once.
    function quotePathExactIn(address trader, IPoolTrading.Hop[] calldata hops, uint256 amountIn)
        external
        view
        returns (uint256 amountOut);

    /// @notice What {swapPathExactOut} called by `trader` would take now. No pool may occur more than once.
    function quotePathExactOut(address trader, IPoolTrading.Hop[] calldata hops, uint256 amountOut)
        external
        view
        returns (uint256 amountIn);
}
