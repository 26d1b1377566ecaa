// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IPoolErrors} from "./IPoolErrors.sol";
import {IPoolEvents} from "./IPoolEvents.sol";

/// @title IPoolTrade
/// @notice Swaps, paths and flash loans: what a trader calls. See {IPoolManager}.
///
/// Amounts are in token units. Every swap refuses a key without a pool ({IPoolErrors-PoolNotFound}), a pool in which
/// what is priced is paused ({IPoolErrors-PoolPaused}), a deadline that passed ({IPoolErrors-DeadlinePassed}), address
/// 0 and the manager as the recipient ({IPoolErrors-RecipientInvalid}), and tokens that deliver less than they were
/// asked for ({IPoolErrors-TransferIncomplete}).
///
/// All functions are payable: native coin that comes along pays for the wrapped native coin that is due, until it is
/// spent; then wrapped coin is taken, and what is left goes back to the caller.
interface IPoolTrade is IPoolErrors, IPoolEvents {
    /// @notice One step of a path.
    /// @param key The pool, as the words of {PoolKey}.
    /// @param tokenIn Index of the token that goes in, from 0.
    /// @param tokenOut Index of the token that comes out, from 0.
    struct Hop {
        uint256[] key;
        uint256 tokenIn;
        uint256 tokenOut;
    }

    /// @notice Swaps exactly `amountIn`.
    /// @param key The pool, as the words of {PoolKey}.
    /// @param tokenIn Index of the token that goes in, from 0.
    /// @param tokenOut Index of the token that comes out, from 0.
    /// @param amountIn Taken from the caller, who approved the manager; in units of the token that goes in.
    /// @param minAmountOut Least amount that may come out, in units of that token, else
    /// {IPoolErrors-AmountOutBelowMinimum}.
    /// @param recipient Gets what comes out.
    /// @param deadline Last second at which the call is good, in unix time.
    /// @return amountOut In token units: at most the exact value of the formula, and below it by no more than the bound
    /// of {WeightedMath-outGivenInDown} or {StableMath-outGivenInDown}.
    function swapExactIn(
        uint256[] calldata key,
        uint256 tokenIn,
        uint256 tokenOut,
        uint256 amountIn,
        uint256 minAmountOut,
        address recipient,
        uint256 deadline
    ) external payable returns (uint256 amountOut);

    /// @notice Swaps for exactly `amountOut`. As {swapExactIn}, but the input is computed.
    /// @param key The pool, as the words of {PoolKey}.
    /// @param tokenIn Index of the token that goes in, from 0.
    /// @param tokenOut Index of the token that comes out, from 0.
    /// @param amountOut What comes out, in token units. As much as the pool has, or more, reverts with
    /// {IPoolErrors-AmountOutTooLarge}.
    /// @param maxAmountIn Most that may be taken, in token units, else {IPoolErrors-AmountInAboveMaximum}.
    /// @param recipient Gets what comes out.
    /// @param deadline Last second at which the call is good, in unix time.
    /// @return amountIn In token units: at least the exact value of the formula, and above it by no more than the bound
    /// of {WeightedMath-inGivenOutUp} or {StableMath-inGivenOutUp}, with the fee on top.
    function swapExactOut(
        uint256[] calldata key,
        uint256 tokenIn,
        uint256 tokenOut,
        uint256 amountOut,
        uint256 maxAmountIn,
        address recipient,
        uint256 deadline
    ) external payable returns (uint256 amountIn);

    /// @notice Swaps exactly `amountIn` through several pools; only the first and the last token move. The result is
    /// that of the single swaps in order. A pool may occur more than once.
    /// @param hops The steps. None, or one that does not begin with the token of the one before, reverts with
    /// {IPoolErrors-PathBroken}.
    /// @param amountIn Taken from the caller, in units of the first token.
    /// @param minAmountOut Least amount of the last token that may come out, in its units, else
    /// {IPoolErrors-AmountOutBelowMinimum}.
    /// @param recipient Gets what comes out.
    /// @param deadline Last second at which the call is good, in unix time.
    /// @return amountOut What came out, in units of the last token, rounded down in every step.
    function swapPathExactIn(
        Hop[] calldata hops,
        uint256 amountIn,
        uint256 minAmountOut,
        address recipient,
        uint256 deadline
    ) external payable returns (uint256 amountOut);

    /// @notice Swaps for exactly `amountOut` through several pools; only the first and the last token move. The result
    /// is that of the single swaps for an exact output from the last to the first. A pool may occur more than once.
    /// @param hops The steps. None, or one that does not begin with the token of the one before, reverts with
    /// {IPoolErrors-PathBroken}.
    /// @param amountOut What comes out, in units of the last token.
    /// @param maxAmountIn Most that may be taken of the first token, in its units, else
    /// {IPoolErrors-AmountInAboveMaximum}.
    /// @param recipient Gets what comes out.
    /// @param deadline Last second at which the call is good, in unix time.
    /// @return amountIn What was taken, in units of the first token, rounded up in every step.
    function swapPathExactOut(
        Hop[] calldata hops,
        uint256 amountOut,
        uint256 maxAmountIn,
        address recipient,
        uint256 deadline
    ) external payable returns (uint256 amountIn);

    /// @notice Lends `amounts` of `tokens` to the caller, a contract, for the time of {IFlashBorrower-onFlashLoan}.
    /// Afterwards the amounts and the fee are taken from the caller by its allowances: what it paid into pools
    /// meanwhile does not count. Pools can be used in the callback, flash loans cannot ({IPoolErrors-FlashLoanNested}).
    /// What the callback calls is not of the batch that the loan may be in.
    /// @param tokens What is lent. More than the manager has of one reverts by the token.
    /// @param amounts Of each token, in its units. As many as tokens, else {IPoolErrors-AmountCountInvalid}.
    /// @param data Handed on to the callback.
    function flashLoan(address[] calldata tokens, uint256[] calldata amounts, bytes calldata data) external payable;
}
