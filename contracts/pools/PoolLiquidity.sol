// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPoolLiquidity} from "./IPoolLiquidity.sol";
import {Pool} from "./Pool.sol";
import {PoolExtension} from "./PoolExtension.sol";
import {PoolKey} from "./PoolKey.sol";
import {PoolShares} from "./PoolShares.sol";
import {PoolStorage} from "./PoolStorage.sol";
import {PoolTerms} from "./PoolTerms.sol";
import {PoolUnbalanced} from "./PoolUnbalanced.sol";

/// @title PoolLiquidity
/// @notice The extension of {PoolManager} that changes liquidity in whatever proportion and quotes it. {IPoolManager} documents it.
contract PoolLiquidity is PoolExtension, IPoolLiquidity {
    using Pool for Pool.State;
    using PoolKey for uint256;
    using PoolKey for uint256[];
    using PoolShares for Pool.State;
    using PoolShares for PoolShares.Book;
    using PoolUnbalanced for PoolShares.Book;

    /// @inheritdoc IPoolLiquidity
    uint256 public constant override MINIMUM_SHARES = PoolShares.MINIMUM_SHARES;
    /// @dev {PoolPaths}: answers what this contract does not.
    address private immutable _extension;

    /// @param extension The {PoolPaths} to delegate to. Who gets fees and what wrapped native coin is, is said there.
    constructor(address extension)
        PoolExtension(
            PoolStorage(payable(extension)).revenueReceiver(), PoolStorage(payable(extension)).wrappedNative()
        )
    {
        _extension = extension;
    }

    fallback() external payable onlyManager {
        _delegate(_extension);
    }

    /// @inheritdoc IPoolLiquidity
    function addUnbalanced(
        uint256[] calldata key,
        uint256[] calldata amounts,
        uint256 minShares,
        address recipient,
        uint256 deadline
    ) external payable override onlyManager before(deadline) nonReentrantPayable returns (uint256 shares) {
        (bytes32 poolId, Pool.State storage pool) = _find(key);
        (PoolShares.Book memory book, uint256 accrued) = pool.read(poolId, key, true);
        pool.checkNotPaused(poolId, book.status, Pool.PAUSED_ADD);
        _checkCount(key, amounts.length);
        shares = book.addUnbalanced(key, amounts, PoolTerms.feeFor(poolId, key[0], msg.sender));
        if (shares < minShares) revert SharesBelowMinimum(shares, minShares);
        pool.write(book);
        _recordAdd(poolId, accrued, shares, amounts, recipient);
        _pullAll(key, amounts);
    }

    /// @inheritdoc IPoolLiquidity
    function addSingle(
        uint256[] calldata key,
        uint256 tokenIn,
        uint256 shares,
        uint256 maxAmountIn,
        address recipient,
        uint256 deadline
    ) external payable override onlyManager before(deadline) nonReentrantPayable returns (uint256 amountIn) {
        (bytes32 poolId, Pool.State storage pool) = _find(key);
        (PoolShares.Book memory book, uint256 accrued) = pool.read(poolId, key, true);
        pool.checkNotPaused(poolId, book.status, Pool.PAUSED_ADD);
        _checkIndex(key, tokenIn);
        amountIn = book.addSingle(key, tokenIn, shares, PoolTerms.feeFor(poolId, key[0], msg.sender));
        address token = key[tokenIn + 1].token();
        if (amountIn > maxAmountIn) revert AmountInAboveMaximum(token, amountIn, maxAmountIn);
        pool.write(book);
        _recordAdd(poolId, accrued, shares, _only(tokenIn, amountIn, key.tokenCount()), recipient);
        _pull(token, amountIn);
    }

    /// @inheritdoc IPoolLiquidity
    function removeSingle(
        uint256[] calldata key,
        uint256 tokenOut,
        uint256 shares,
        uint256 minAmountOut,
        address recipient,
        uint256 deadline
    ) external override onlyManager before(deadline) returns (uint256 amountOut) {
        uint256 context = _enter();
        (bytes32 poolId, Pool.State storage pool) = _find(key);
        (PoolShares.Book memory book, uint256 accrued) = pool.read(poolId, key, true);
        pool.checkNotPaused(poolId, book.status, Pool.PAUSED_EXIT);
        _checkIndex(key, tokenOut);
        // First, since it checks that the caller holds them.
        _burn(msg.sender, uint256(poolId), shares);
        amountOut = book.removeSingle(key, tokenOut, shares, PoolTerms.feeFor(poolId, key[0], msg.sender));
        if (amountOut < minAmountOut) revert AmountOutBelowMinimum(amountOut, minAmountOut);
        pool.write(book);
        if (accrued != 0) emit ProtocolFeeAccrued(poolId, accrued);
        emit LiquidityRemoved(poolId, msg.sender, shares, _only(tokenOut, amountOut, key.tokenCount()));
        _push(key[tokenOut + 1].token(), recipient, amountOut, context);
        _leave(context);
    }

    /// @inheritdoc IPoolLiquidity
    function poolState(uint256[] calldata key)
        external
        view
        override
        onlyManager
        nonReentrantView
        returns (uint256[] memory balances, uint256 supply, uint256 owed, uint256 protocolFeeBps, uint256 checkpoint)
    {
        (bytes32 poolId, Pool.State storage pool) = _find(key);
        if (!pool.exists()) revert PoolNotFound(poolId);
        (, balances) = pool.load(key.tokenCount());
        (supply, owed, protocolFeeBps, checkpoint) = PoolShares.unpack(pool.shares);
    }

    /// @inheritdoc IPoolLiquidity
    function quoteAddProportional(uint256[] calldata key, uint256 shares)
        external
        view
        override
        onlyManager
        returns (uint256[] memory amounts)
    {
        return _quote(key, true, Pool.PAUSED_ADD).addProportional(shares);
    }

    /// @inheritdoc IPoolLiquidity
    function quoteRemoveProportional(uint256[] calldata key, uint256 shares)
        external
        view
        override
        onlyManager
        returns (uint256[] memory amounts)
    {
        return _quote(key, false, 0).removeProportional(shares);
    }

    /// @inheritdoc IPoolLiquidity
    function quoteAddUnbalanced(address trader, uint256[] calldata key, uint256[] calldata amounts)
        external
        view
        override
        onlyManager
        returns (uint256 shares)
    {
        PoolShares.Book memory book = _quote(key, true, Pool.PAUSED_ADD);
        _checkCount(key, amounts.length);
        return book.addUnbalanced(key, amounts, PoolTerms.feeFor(key.toId(), key[0], trader));
    }

    /// @inheritdoc IPoolLiquidity
    function quoteAddSingle(address trader, uint256[] calldata key, uint256 tokenIn, uint256 shares)
        external
        view
        override
        onlyManager
        returns (uint256 amountIn)
    {
        PoolShares.Book memory book = _quote(key, true, Pool.PAUSED_ADD);
        _checkIndex(key, tokenIn);
        return book.addSingle(key, tokenIn, shares, PoolTerms.feeFor(key.toId(), key[0], trader));
    }

    /// @inheritdoc IPoolLiquidity
    function quoteRemoveSingle(address trader, uint256[] calldata key, uint256 tokenOut, uint256 shares)
        external
        view
        override
        onlyManager
        returns (uint256 amountOut)
    {
        PoolShares.Book memory book = _quote(key, true, Pool.PAUSED_EXIT);
        _checkIndex(key, tokenOut);
        return book.removeSingle(key, tokenOut, shares, PoolTerms.feeFor(key.toId(), key[0], trader));
    }

    function _recordAdd(bytes32 poolId, uint256 accrued, uint256 shares, uint256[] memory amounts, address recipient)
        private
    {
        if (accrued != 0) emit ProtocolFeeAccrued(poolId, accrued);
        emit LiquidityAdded(poolId, msg.sender, shares, amounts);
        _mint(recipient, uint256(poolId), shares);
    }

    /// @dev The pool as a call would find it.
    function _quote(uint256[] calldata key, bool strict, uint256 flag)
        private
        view
        nonReentrantView
        returns (PoolShares.Book memory book)
    {
        (bytes32 poolId, Pool.State storage pool) = _find(key);
        (book,) = pool.read(poolId, key, strict);
        pool.checkNotPaused(poolId, book.status, flag);
    }

    function _checkIndex(uint256[] calldata key, uint256 index) private pure {
        if (index >= key.tokenCount()) revert TokenIndexInvalid(index, index);
    }

    function _only(uint256 index, uint256 amount, uint256 n) private pure returns (uint256[] memory amounts) {
        amounts = new uint256[](n);
        amounts[index] = amount;
    }
}
