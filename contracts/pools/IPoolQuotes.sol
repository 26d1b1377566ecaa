// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IPoolErrors} from "./IPoolErrors.sol";
import {IPoolTrade} from "./IPoolTrade.sol";

/// @title IPoolQuotes
/// @notice What calls would give and take now. See {IPoolManager}.
///
/// Quotes run the code of the calls that they quote. They revert while a call is under way, and where the call would.
interface IPoolQuotes is IPoolErrors {
    /// @notice What {IPoolTrade-swapExactIn} called by `trader` would return now, by the same code. Reverts while a call is under
    /// way.
    function quoteExactIn(address trader, uint256[] calldata key, uint256 tokenIn, uint256 tokenOut, uint256 amountIn)
        external
        view
        returns (uint256 amountOut);

    /// @notice What {IPoolTrade-swapExactOut} called by `trader` would take now, by the same code. Reverts while a call is under
    /// way.
    function quoteExactOut(address trader, uint256[] calldata key, uint256 tokenIn, uint256 tokenOut, uint256 amountOut)
        external
        view
        returns (uint256 amountIn);

    /// @notice What {IPoolTrade-swapPathExactIn} called by `trader` would return now. No pool may occur more than once.
    function quotePathExactIn(address trader, IPoolTrade.Hop[] calldata hops, uint256 amountIn)
        external
        view
        returns (uint256 amountOut);

    /// @notice What {IPoolTrade-swapPathExactOut} called by `trader` would take now. No pool may occur more than once.
    function quotePathExactOut(address trader, IPoolTrade.Hop[] calldata hops, uint256 amountOut)
        external
        view
        returns (uint256 amountIn);

    /// @notice What {IPoolLiquidity-addProportional} would take now, by the same code. As all quotes it reverts while a call is under way,
    /// and where the call would.
    function quoteAddProportional(uint256[] calldata key, uint256 shares)
        external
        view
        returns (uint256[] memory amounts);

    /// @notice What {IPoolLiquidity-removeProportional} would send now, by the same code.
    function quoteRemoveProportional(uint256[] calldata key, uint256 shares)
        external
        view
        returns (uint256[] memory amounts);

    /// @notice What {IPoolLiquidity-addUnbalanced} called by `trader` would mint now, by the same code.
    function quoteAddUnbalanced(address trader, uint256[] calldata key, uint256[] calldata amounts)
        external
        view
        returns (uint256 shares);

    /// @notice What {IPoolLiquidity-addSingle} called by `trader` would take now, by the same code.
    function quoteAddSingle(address trader, uint256[] calldata key, uint256 tokenIn, uint256 shares)
        external
        view
        returns (uint256 amountIn);

    /// @notice What {IPoolLiquidity-removeSingle} called by `trader` would send now, by the same code.
    function quoteRemoveSingle(address trader, uint256[] calldata key, uint256 tokenOut, uint256 shares)
        external
        view
        returns (uint256 amountOut);
}
