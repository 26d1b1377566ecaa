// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Pool} from "../state/Pool.sol";
import {PoolModule} from "./PoolModule.sol";
import {PoolKey} from "../state/PoolKey.sol";
import {PoolProportional} from "../state/PoolProportional.sol";
import {PoolShares} from "../state/PoolShares.sol";
import {PoolFee} from "../state/PoolFee.sol";
import {PoolUnbalanced} from "../state/PoolUnbalanced.sol";

/// @title PoolLiquidity
/// @notice The module of {PoolManager} of liquidity in whatever proportion, of exits that leave claims,
/// and of gifts.
contract PoolLiquidity is PoolModule {
    using Pool for Pool.State;
    using PoolKey for uint256;
    using PoolKey for uint256[];
    using PoolShares for Pool.State;
    using PoolProportional for PoolShares.Book;
    using PoolShares for PoolShares.Book;
    using PoolUnbalanced for PoolShares.Book;

    /// @param revenueReceiver_ Where protocol fees and the fees of flash loans go.
    /// @param wrappedNative_ The wrapped native coin, 0 for none.
    constructor(address revenueReceiver_, address wrappedNative_) PoolModule(revenueReceiver_, wrappedNative_) {}

    /// @dev See {IPoolLiquidity-addUnbalanced}.
    function addUnbalanced(
        uint256[] calldata key,
        uint256[] calldata amounts,
        uint256 minShares,
        address recipient,
        uint256 deadline
    ) external payable onlyManager checkDeadline(deadline) returns (uint256 shares) {
        uint256 context = _enter();
        (bytes32 poolId, Pool.State storage pool) = _find(key);
        PoolShares.Book memory book = pool.read(poolId, key, true);
        pool.checkNotPaused(poolId, book.status, Pool.PAUSED_PRICED | Pool.PAUSED_ADD);
        _checkCount(key, amounts.length);
        book.admit(key);
        shares = book.addUnbalanced(key, amounts, PoolFee.feeFor(poolId, key[0], msg.sender));
        if (shares < minShares) revert SharesBelowMinimum(shares, minShares);
        pool.write(poolId, key, book);
        _recordAdd(poolId, shares, amounts, recipient);
        _pullAll(key, amounts, context);
        _settle(context);
    }

    /// @dev See {IPoolLiquidity-addSingle}.
    function addSingle(
        uint256[] calldata key,
        uint256 tokenIn,
        uint256 shares,
        uint256 maxAmountIn,
        address recipient,
        uint256 deadline
    ) external payable onlyManager checkDeadline(deadline) returns (uint256 amountIn) {
        uint256 context = _enter();
        (bytes32 poolId, Pool.State storage pool) = _find(key);
        PoolShares.Book memory book = pool.read(poolId, key, true);
        pool.checkNotPaused(poolId, book.status, Pool.PAUSED_PRICED | Pool.PAUSED_ADD);
        _checkIndex(key, tokenIn);
        book.admit(key);
        amountIn = book.addSingle(key, tokenIn, shares, PoolFee.feeFor(poolId, key[0], msg.sender));
        address token = key[tokenIn + 1].token();
        if (amountIn > maxAmountIn) revert AmountInAboveMaximum(token, amountIn, maxAmountIn);
        pool.write(poolId, key, book);
        _recordAdd(poolId, shares, _only(tokenIn, amountIn, key.tokenCount()), recipient);
        _pull(token, amountIn, context);
        _settle(context);
    }

    /// @dev See {IPoolLiquidity-removeSingle}.
    function removeSingle(
        uint256[] calldata key,
        uint256 tokenOut,
        uint256 shares,
        uint256 minAmountOut,
        address recipient,
        uint256 deadline
    ) external payable onlyManager checkDeadline(deadline) returns (uint256 amountOut) {
        uint256 context = _enter();
        (bytes32 poolId, Pool.State storage pool) = _find(key);
        PoolShares.Book memory book = pool.read(poolId, key, true);
        pool.checkNotPaused(poolId, book.status, Pool.PAUSED_PRICED | Pool.PAUSED_EXIT);
        _checkIndex(key, tokenOut);
        // First, since it checks that the caller holds them.
        _burn(msg.sender, uint256(poolId), shares);
        amountOut = book.removeSingle(key, tokenOut, shares, PoolFee.feeFor(poolId, key[0], msg.sender));
        if (amountOut < minAmountOut) revert AmountOutBelowMinimum(amountOut, minAmountOut);
        pool.write(poolId, key, book);
        emit LiquidityRemoved(poolId, msg.sender, shares, _only(tokenOut, amountOut, key.tokenCount()));
        _push(key[tokenOut + 1].token(), recipient, amountOut, context);
        _settle(context);
    }

    /// @dev See {IPoolLiquidity-removeProportionalWithClaims}.
    function removeProportionalWithClaims(
        uint256[] calldata key,
        uint256 shares,
        uint256[] calldata minAmounts,
        uint256 claimMask,
        address recipient,
        uint256 deadline
    ) external payable onlyManager checkDeadline(deadline) returns (uint256[] memory amounts) {
        uint256 context = _enter();
        (bytes32 poolId, Pool.State storage pool) = _find(key);
        PoolShares.Book memory book = pool.read(poolId, key, false);
        _checkCount(key, minAmounts.length);
        if (claimMask >> minAmounts.length != 0) revert TokenMaskInvalid(claimMask);
        _checkRecipient(recipient);
        // First, since it checks that the caller holds them.
        _burn(msg.sender, uint256(poolId), shares);
        amounts = book.removeProportional(shares);
        pool.write(poolId, key, book);
        emit LiquidityRemoved(poolId, msg.sender, shares, amounts);
        for (uint256 i = 0; i < amounts.length; ++i) {
            uint256 amount = amounts[i];
            if (amount < minAmounts[i]) revert AmountOutBelowMinimum(amount, minAmounts[i]);
            address token = key.wordAt(i + 1).token();
            if ((claimMask >> i) & 1 == 0) {
                _push(token, recipient, amount, context);
            } else if (amount != 0) {
                _claimed[token] += amount;
                _mint(recipient, _claimId(token), amount);
            }
        }
        _settle(context);
    }

    /// @dev See {IPoolLiquidity-donate}.
    function donate(uint256[] calldata key, uint256[] calldata amounts, uint256 deadline)
        external
        payable
        onlyManager
        checkDeadline(deadline)
    {
        uint256 context = _enter();
        (bytes32 poolId, Pool.State storage pool) = _find(key);
        // What grew before is charged before: the gift is growth of the next event.
        PoolShares.Book memory book = pool.read(poolId, key, true);
        pool.checkNotPaused(poolId, book.status, Pool.PAUSED_PRICED | Pool.PAUSED_ADD);
        _checkCount(key, amounts.length);
        book.donate(key, amounts);
        pool.write(poolId, key, book);
        emit Donated(poolId, msg.sender, amounts);
        _pullAll(key, amounts, context);
        _settle(context);
    }

    function _recordAdd(bytes32 poolId, uint256 shares, uint256[] memory amounts, address recipient) private {
        emit LiquidityAdded(poolId, msg.sender, shares, amounts);
        _mint(recipient, uint256(poolId), shares);
    }

    function _only(uint256 index, uint256 amount, uint256 n) private pure returns (uint256[] memory amounts) {
        amounts = new uint256[](n);
        amounts[index] = amount;
    }
}
