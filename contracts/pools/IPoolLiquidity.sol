// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IPoolEvents} from "./IPoolEvents.sol";

/// @title IPoolLiquidity
/// @notice Liquidity out of proportion, quotes of liquidity, and the state of pools. See {IPoolManager}.
interface IPoolLiquidity is IPoolEvents {
    /// @notice Adds `amounts`, in whatever proportion. The swap fee is taken from what is out of proportion and stays in the pool: this and
    /// an exit in proportion give no more than a swap.
    /// @param amounts Taken from the caller, by the order of the key.
    /// @param minShares Least number of shares that `recipient` may get.
    /// @return shares What the invariant grows by, rounded down.
    function addUnbalanced(
        uint256[] calldata key,
        uint256[] calldata amounts,
        uint256 minShares,
        address recipient,
        uint256 deadline
    ) external payable returns (uint256 shares);

    /// @notice Adds one token alone for exactly `shares`. Fees as in {addUnbalanced}.
    /// @param tokenIn Index of the token, from 0.
    /// @param maxAmountIn Most that may be taken.
    /// @return amountIn What was taken, rounded up.
    function addSingle(
        uint256[] calldata key,
        uint256 tokenIn,
        uint256 shares,
        uint256 maxAmountIn,
        address recipient,
        uint256 deadline
    ) external payable returns (uint256 amountIn);

    /// @notice Burns exactly `shares` of the caller for one token alone. The swap fee is taken from what is out of proportion: this gives no
    /// more than an exit in proportion and swaps.
    /// @param tokenOut Index of the token, from 0.
    /// @param minAmountOut Least amount that may come out.
    /// @return amountOut What was sent, rounded down.
    function removeSingle(
        uint256[] calldata key,
        uint256 tokenOut,
        uint256 shares,
        uint256 minAmountOut,
        address recipient,
        uint256 deadline
    ) external returns (uint256 amountOut);

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

    /// @notice What {IPoolTrading-addProportional} would take now, by the same code. As all quotes it reverts while a call is under way,
    /// and where the call would.
    function quoteAddProportional(uint256[] calldata key, uint256 shares)
        external
        view
        returns (uint256[] memory amounts);

    /// @notice What {IPoolTrading-removeProportional} would send now, by the same code.
    function quoteRemoveProportional(uint256[] calldata key, uint256 shares)
        external
        view
        returns (uint256[] memory amounts);

    /// @notice What {addUnbalanced} called by `trader` would mint now, by the same code.
    function quoteAddUnbalanced(address trader, uint256[] calldata key, uint256[] calldata amounts)
        external
        view
        returns (uint256 shares);

    /// @notice What {addSingle} called by `trader` would take now, by the same code.
    function quoteAddSingle(address trader, uint256[] calldata key, uint256 tokenIn, uint256 shares)
        external
        view
        returns (uint256 amountIn);

    /// @notice What {removeSingle} called by `trader` would send now, by the same code.
    function quoteRemoveSingle(address trader, uint256[] calldata key, uint256 tokenOut, uint256 shares)
        external
        view
        returns (uint256 amountOut);

    /// @notice Shares that exist in every pool's supply and nowhere else, so that no share is ever worth nothing.
    function MINIMUM_SHARES() external view returns (uint256);
}
