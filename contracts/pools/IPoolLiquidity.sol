// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IPoolErrors} from "./IPoolErrors.sol";
import {IPoolEvents} from "./IPoolEvents.sol";

/// @title IPoolLiquidity
/// @notice Liquidity, and batches of calls: what a provider calls. See {IPoolManager}.
interface IPoolLiquidity is IPoolErrors, IPoolEvents {
    /// @notice Adds liquidity in the proportion of the pool's balances, for exactly `shares`.
    /// @param maxAmounts Most that may be taken of each token, by the order of the key.
    /// @return amounts What was taken, rounded up.
    function addProportional(
        uint256[] calldata key,
        uint256 shares,
        uint256[] calldata maxAmounts,
        address recipient,
        uint256 deadline
    ) external payable returns (uint256[] memory amounts);

    /// @notice Burns `shares` of the caller for their part of every balance, in whatever state the pool is.
    /// @param minAmounts Least of each token, by the order of the key.
    /// @return amounts What was sent, rounded down.
    function removeProportional(
        uint256[] calldata key,
        uint256 shares,
        uint256[] calldata minAmounts,
        address recipient,
        uint256 deadline
    ) external returns (uint256[] memory amounts);

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

    /// @notice Makes several calls of the caller in one, all or none.
    /// @param calls As they would be sent to this contract.
    /// @param unwrap Whether wrapped native coin that comes out goes to its recipient as native coin.
    /// @return results What each returned.
    function multicall(bytes[] calldata calls, bool unwrap) external payable returns (bytes[] memory results);

    /// @notice Uses an ERC-2612 signature of the caller for the manager; the step before an entry in a {multicall}. That it fails is no
    /// error: whoever saw the signature may have used it already, and then the allowance is there.
    function permitToken(address token, uint256 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
        external
        payable;
}
