// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IPoolErrors} from "./IPoolErrors.sol";
import {IPoolEvents} from "./IPoolEvents.sol";

/// @title IPoolLiquidity
/// @notice Liquidity: what a provider calls. See {IPoolManager}.
///
/// Amounts are in token units, shares in the units of ERC-6909, both by the order of the key. Adds round what is taken
/// up and what is minted down, exits what is sent down. Every function refuses a key without a pool
/// ({IPoolErrors-PoolNotFound}), a deadline that passed ({IPoolErrors-DeadlinePassed}), and address 0 and the manager
/// as the recipient ({IPoolErrors-RecipientInvalid}, of shares ERC6909InvalidReceiver for address 0). Adds refuse a
/// pool whose adds are paused ({IPoolErrors-PoolPaused}) and tokens that deliver less than they were asked for
/// ({IPoolErrors-TransferIncomplete}). Of amounts of 0 nothing is transferred.
///
/// All functions are payable, as those of {IPoolTrade}: coin pays for wrapped native coin that is due, and what is left
/// goes back.
interface IPoolLiquidity is IPoolErrors, IPoolEvents {
    /// @notice Adds liquidity in the proportion of the pool's balances, for exactly `shares`. A stable pool that is out
    /// of the range of its math, or would be, refuses that ({IPoolErrors-PoolOutOfRange}): {addUnbalanced} brings it
    /// back.
    /// @param key The pool, as the words of {PoolKey}.
    /// @param shares What `recipient` gets. 0, or more than keeps the supply in 112 bits, reverts with
    /// {IPoolErrors-ShareAmountInvalid}.
    /// @param maxAmounts Most that may be taken of each token, in its units, else {IPoolErrors-AmountInAboveMaximum}.
    /// @param recipient Gets the shares.
    /// @param deadline Last second at which the call is good, in unix time.
    /// @return amounts What was taken of each token, in its units, rounded up.
    function addProportional(
        uint256[] calldata key,
        uint256 shares,
        uint256[] calldata maxAmounts,
        address recipient,
        uint256 deadline
    ) external payable returns (uint256[] memory amounts);

    /// @notice Burns `shares` of the caller for their part of every balance, in whatever state the pool is. It fails
    /// where one of the tokens cannot be sent: then {removeProportionalWithClaims} leaves that one behind.
    /// @param key The pool, as the words of {PoolKey}.
    /// @param shares What is burned. More than the caller holds reverts with ERC6909InsufficientBalance.
    /// @param minAmounts Least of each token, in its units, else {IPoolErrors-AmountOutBelowMinimum}.
    /// @param recipient Gets the tokens.
    /// @param deadline Last second at which the call is good, in unix time.
    /// @return amounts What was sent of each token, in its units, rounded down.
    function removeProportional(
        uint256[] calldata key,
        uint256 shares,
        uint256[] calldata minAmounts,
        address recipient,
        uint256 deadline
    ) external payable returns (uint256[] memory amounts);

    /// @notice As {removeProportional}, but of the tokens of `claimMask` nothing is sent: `recipient` gets claims on
    /// what they are due, and {IPoolLedger-claim} turns those into tokens whenever the token can be sent again. A token
    /// that is frozen or paused thus keeps nobody in the pool, and calls of such a token are not made at all.
    /// @param key The pool, as the words of {PoolKey}.
    /// @param shares What is burned. More than the caller holds reverts with ERC6909InsufficientBalance.
    /// @param minAmounts Least of each token, sent or claimed, in its units, else {IPoolErrors-AmountOutBelowMinimum}.
    /// @param claimMask Bit i for the token with index i. Bits beyond the pool's tokens revert with
    /// {IPoolErrors-TokenMaskInvalid}.
    /// @param recipient Gets the tokens and the claims.
    /// @param deadline Last second at which the call is good, in unix time.
    /// @return amounts What was sent or can be claimed of each token, in its units, rounded down.
    function removeProportionalWithClaims(
        uint256[] calldata key,
        uint256 shares,
        uint256[] calldata minAmounts,
        uint256 claimMask,
        address recipient,
        uint256 deadline
    ) external payable returns (uint256[] memory amounts);

    /// @notice Adds `amounts`, in whatever proportion. The swap fee is taken from what is out of proportion and stays
    /// in the pool: this and an exit in proportion give no more than a swap.
    ///
    /// In a stable pool that is out of range, since almost everybody left or by a rate, balances that are too low are
    /// first raised to a millionth of the highest one, out of `amounts`: a gift to all who have shares. Where an amount
    /// is less than that, {IPoolErrors-AmountBelowRange} says what it takes.
    /// @param key The pool, as the words of {PoolKey}.
    /// @param amounts Taken from the caller, each in units of its token.
    /// @param minShares Least number of shares that `recipient` may get, else {IPoolErrors-SharesBelowMinimum}.
    /// @param recipient Gets the shares.
    /// @param deadline Last second at which the call is good, in unix time.
    /// @return shares What the invariant grows by, rounded down.
    function addUnbalanced(
        uint256[] calldata key,
        uint256[] calldata amounts,
        uint256 minShares,
        address recipient,
        uint256 deadline
    ) external payable returns (uint256 shares);

    /// @notice Adds one token alone for exactly `shares`. Fees as in {addUnbalanced}.
    /// @param key The pool, as the words of {PoolKey}.
    /// @param tokenIn Index of the token, from 0.
    /// @param shares What `recipient` gets.
    /// @param maxAmountIn Most that may be taken, in token units, else {IPoolErrors-AmountInAboveMaximum}.
    /// @param recipient Gets the shares.
    /// @param deadline Last second at which the call is good, in unix time.
    /// @return amountIn What was taken, in token units, rounded up.
    function addSingle(
        uint256[] calldata key,
        uint256 tokenIn,
        uint256 shares,
        uint256 maxAmountIn,
        address recipient,
        uint256 deadline
    ) external payable returns (uint256 amountIn);

    /// @notice Burns exactly `shares` of the caller for one token alone. The swap fee is taken from what is out of
    /// proportion: this gives no more than an exit in proportion and swaps.
    /// @param key The pool, as the words of {PoolKey}.
    /// @param tokenOut Index of the token, from 0.
    /// @param shares What is burned. More than the caller holds reverts with ERC6909InsufficientBalance.
    /// @param minAmountOut Least amount that may come out, in token units, else {IPoolErrors-AmountOutBelowMinimum}.
    /// @param recipient Gets the token.
    /// @param deadline Last second at which the call is good, in unix time.
    /// @return amountOut What was sent, in token units, rounded down.
    function removeSingle(
        uint256[] calldata key,
        uint256 tokenOut,
        uint256 shares,
        uint256 minAmountOut,
        address recipient,
        uint256 deadline
    ) external payable returns (uint256 amountOut);

    /// @notice Gives `amounts` to all who have shares at that moment, in whatever proportion; nothing is minted. It is
    /// growth: the protocol has its part of it, as of a fee, charged by the next event. It raises the rate of a share
    /// by no more than it is worth ({IPoolViews-virtualPrice}), so whoever gives to move that gives more than all
    /// holders of shares together gain. Stopped by the flags that stop unbalanced adds. In a stable pool balances out
    /// of range afterwards revert with {StableMath-StableInputOutOfRange}, as those of swaps do.
    ///
    /// Warning: what is out of proportion moves the price, which whoever trades next gains from; and who adds before a
    /// gift and leaves after it has a part of it.
    /// @param key The pool, as the words of {PoolKey}.
    /// @param amounts Taken from the caller, each in units of its token; 0 for none.
    /// @param deadline Last second at which the call is good, in unix time.
    function donate(uint256[] calldata key, uint256[] calldata amounts, uint256 deadline) external payable;
}
