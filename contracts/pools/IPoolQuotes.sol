// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IPoolErrors} from "./IPoolErrors.sol";
import {IPoolTrade} from "./IPoolTrade.sol";

/// @title IPoolQuotes
/// @notice What calls would give and take now. See {IPoolManager}.
///
/// Quotes run the code of the calls that they quote. They revert while a call is under way, and where the call would.
interface IPoolQuotes is IPoolErrors {
    /// @notice What {IPoolTrade-swapExactIn} called by `trader` would return now.
    /// @param trader Whose fee counts.
    /// @param key The pool, as the words of {PoolKey}.
    /// @param tokenIn Index of the token that goes in, from 0.
    /// @param tokenOut Index of the token that comes out, from 0.
    /// @param amountIn In token units.
    /// @return amountOut In token units.
    function quoteExactIn(address trader, uint256[] calldata key, uint256 tokenIn, uint256 tokenOut, uint256 amountIn)
        external
        view
        returns (uint256 amountOut);

    /// @notice What {IPoolTrade-swapExactOut} called by `trader` would take now.
    /// @param trader Whose fee counts.
    /// @param key The pool, as the words of {PoolKey}.
    /// @param tokenIn Index of the token that goes in, from 0.
    /// @param tokenOut Index of the token that comes out, from 0.
    /// @param amountOut In token units.
    /// @return amountIn In token units.
    function quoteExactOut(address trader, uint256[] calldata key, uint256 tokenIn, uint256 tokenOut, uint256 amountOut)
        external
        view
        returns (uint256 amountIn);

    /// @notice What {IPoolTrade-swapPathExactIn} called by `trader` would return now. No pool may occur more than once.
    /// @param trader Whose fee counts.
    /// @param hops The path.
    /// @param amountIn Of the first token, in its units.
    /// @return amountOut Of the last token, in its units.
    function quotePathExactIn(address trader, IPoolTrade.Hop[] calldata hops, uint256 amountIn)
        external
        view
        returns (uint256 amountOut);

    /// @notice What {IPoolTrade-swapPathExactOut} called by `trader` would take now. No pool may occur more than once.
    /// @param trader Whose fee counts.
    /// @param hops The path.
    /// @param amountOut Of the last token, in its units.
    /// @return amountIn Of the first token, in its units.
    function quotePathExactOut(address trader, IPoolTrade.Hop[] calldata hops, uint256 amountOut)
        external
        view
        returns (uint256 amountIn);

    /// @notice What {IPoolLiquidity-addProportional} would take now.
    /// @param key The pool, as the words of {PoolKey}.
    /// @param shares To be minted.
    /// @return amounts By the order of the key, in token units, rounded up.
    function quoteAddProportional(uint256[] calldata key, uint256 shares)
        external
        view
        returns (uint256[] memory amounts);

    /// @notice What {IPoolLiquidity-removeProportional} would send now.
    /// @param key The pool, as the words of {PoolKey}.
    /// @param shares To be burned.
    /// @return amounts By the order of the key, in token units, rounded down.
    function quoteRemoveProportional(uint256[] calldata key, uint256 shares)
        external
        view
        returns (uint256[] memory amounts);

    /// @notice What {IPoolLiquidity-addUnbalanced} called by `trader` would mint now.
    /// @param trader Whose fee counts.
    /// @param key The pool, as the words of {PoolKey}.
    /// @param amounts By the order of the key, in token units.
    /// @return shares Rounded down.
    function quoteAddUnbalanced(address trader, uint256[] calldata key, uint256[] calldata amounts)
        external
        view
        returns (uint256 shares);

    /// @notice What {IPoolLiquidity-addSingle} called by `trader` would take now.
    /// @param trader Whose fee counts.
    /// @param key The pool, as the words of {PoolKey}.
    /// @param tokenIn Index of the token, from 0.
    /// @param shares To be minted.
    /// @return amountIn In token units, rounded up.
    function quoteAddSingle(address trader, uint256[] calldata key, uint256 tokenIn, uint256 shares)
        external
        view
        returns (uint256 amountIn);

    /// @notice What {IPoolLiquidity-removeSingle} called by `trader` would send now.
    /// @param trader Whose fee counts.
    /// @param key The pool, as the words of {PoolKey}.
    /// @param tokenOut Index of the token, from 0.
    /// @param shares To be burned.
    /// @return amountOut In token units, rounded down.
    function quoteRemoveSingle(address trader, uint256[] calldata key, uint256 tokenOut, uint256 shares)
        external
        view
        returns (uint256 amountOut);
}
