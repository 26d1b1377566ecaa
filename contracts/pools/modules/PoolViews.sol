// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {GuardianPause} from "../../access/GuardianPause.sol";
import {IPoolViews} from "../IPoolViews.sol";
import {IPoolTrade} from "../IPoolTrade.sol";
import {PoolFee} from "../state/PoolFee.sol";
import {PoolPath} from "../state/PoolPath.sol";
import {PoolPause} from "../state/PoolPause.sol";
import {PoolShares} from "../state/PoolShares.sol";
import {PoolUnbalanced} from "../state/PoolUnbalanced.sol";
import {Pool} from "../state/Pool.sol";
import {PoolModule} from "./PoolModule.sol";
import {PoolKey} from "../state/PoolKey.sol";
import {PoolStorage} from "../state/PoolStorage.sol";

/// @title PoolViews
/// @notice The module of {PoolManager} of quotes and of everything that is read.
contract PoolViews is PoolModule, IPoolViews {
    using Pool for Pool.State;
    using PoolKey for uint256;
    using PoolKey for uint256[];
    using PoolShares for Pool.State;
    using PoolShares for PoolShares.Book;
    using PoolUnbalanced for PoolShares.Book;

    /// @inheritdoc IPoolViews
    uint256 public constant override MINIMUM_SHARES = PoolShares.MINIMUM_SHARES;
    /// @inheritdoc IPoolViews
    uint256 public constant override MAX_PROTOCOL_FEE_BPS = MAX_PROTOCOL_FEE;
    /// @inheritdoc IPoolViews
    uint256 public constant override MAX_FLASH_FEE = HIGHEST_FLASH_FEE;
    /// @inheritdoc IPoolViews
    uint256 public constant override MAX_PAUSE = GuardianPause.MAX_PAUSE;
    /// @inheritdoc IPoolViews
    uint256 public constant override PAUSE_COOLDOWN = GuardianPause.COOLDOWN;

    /// @param revenueReceiver_ Where protocol fees and the fees of flash loans go.
    /// @param wrappedNative_ The wrapped native coin, 0 for none.
    constructor(address revenueReceiver_, address wrappedNative_) PoolModule(revenueReceiver_, wrappedNative_) {}

    /// @inheritdoc IPoolViews
    function quoteExactIn(address trader, uint256[] calldata key, uint256 tokenIn, uint256 tokenOut, uint256 amountIn)
        external
        view
        override
        onlyManager
        nonReentrantView
        returns (uint256 amountOut)
    {
        (bytes32 poolId, Pool.State storage pool) = _find(key);
        (amountOut,,) = pool.quoteExactIn(poolId, key, tokenIn, tokenOut, amountIn, trader);
    }

    /// @inheritdoc IPoolViews
    function quoteExactOut(address trader, uint256[] calldata key, uint256 tokenIn, uint256 tokenOut, uint256 amountOut)
        external
        view
        override
        onlyManager
        nonReentrantView
        returns (uint256 amountIn)
    {
        (bytes32 poolId, Pool.State storage pool) = _find(key);
        (amountIn,,) = pool.quoteExactOut(poolId, key, tokenIn, tokenOut, amountOut, trader);
    }

    /// @inheritdoc IPoolViews
    function quotePathExactIn(address trader, IPoolTrade.Hop[] calldata hops, uint256 amountIn)
        external
        view
        override
        onlyManager
        nonReentrantView
        returns (uint256 amountOut)
    {
        PoolPath.checkDistinct(hops);
        amountOut = amountIn;
        for (uint256 i = 0; i < hops.length; ++i) {
            IPoolTrade.Hop calldata hop = hops[i];
            if (i != 0) PoolPath.checkJoined(hops, i);
            (bytes32 poolId, Pool.State storage pool) = _find(hop.key);
            (amountOut,,) = pool.quoteExactIn(poolId, hop.key, hop.tokenIn, hop.tokenOut, amountOut, trader);
        }
    }

    /// @inheritdoc IPoolViews
    function quotePathExactOut(address trader, IPoolTrade.Hop[] calldata hops, uint256 amountOut)
        external
        view
        override
        onlyManager
        nonReentrantView
        returns (uint256 amountIn)
    {
        PoolPath.checkDistinct(hops);
        amountIn = amountOut;
        for (uint256 i = hops.length; i > 0; --i) {
            IPoolTrade.Hop calldata hop = hops[i - 1];
            if (i < hops.length) PoolPath.checkJoined(hops, i);
            (bytes32 poolId, Pool.State storage pool) = _find(hop.key);
            (amountIn,,) = pool.quoteExactOut(poolId, hop.key, hop.tokenIn, hop.tokenOut, amountIn, trader);
        }
    }

    /// @inheritdoc IPoolViews
    function quoteAddProportional(uint256[] calldata key, uint256 shares)
        external
        view
        override
        onlyManager
        returns (uint256[] memory amounts)
    {
        return _quote(key, true, Pool.PAUSED_ADD).addProportional(shares);
    }

    /// @inheritdoc IPoolViews
    function quoteRemoveProportional(uint256[] calldata key, uint256 shares)
        external
        view
        override
        onlyManager
        returns (uint256[] memory amounts)
    {
        return _quote(key, false, 0).removeProportional(shares);
    }

    /// @inheritdoc IPoolViews
    function quoteAddUnbalanced(address trader, uint256[] calldata key, uint256[] calldata amounts)
        external
        view
        override
        onlyManager
        returns (uint256 shares)
    {
        PoolShares.Book memory book = _quote(key, true, Pool.PAUSED_PRICED | Pool.PAUSED_ADD);
        _checkCount(key, amounts.length);
        return book.addUnbalanced(key, amounts, PoolFee.feeFor(key.toId(), key[0], trader));
    }

    /// @inheritdoc IPoolViews
    function quoteAddSingle(address trader, uint256[] calldata key, uint256 tokenIn, uint256 shares)
        external
        view
        override
        onlyManager
        returns (uint256 amountIn)
    {
        PoolShares.Book memory book = _quote(key, true, Pool.PAUSED_PRICED | Pool.PAUSED_ADD);
        _checkIndex(key, tokenIn);
        return book.addSingle(key, tokenIn, shares, PoolFee.feeFor(key.toId(), key[0], trader));
    }

    /// @inheritdoc IPoolViews
    function quoteRemoveSingle(address trader, uint256[] calldata key, uint256 tokenOut, uint256 shares)
        external
        view
        override
        onlyManager
        returns (uint256 amountOut)
    {
        PoolShares.Book memory book = _quote(key, true, Pool.PAUSED_PRICED | Pool.PAUSED_EXIT);
        _checkIndex(key, tokenOut);
        return book.removeSingle(key, tokenOut, shares, PoolFee.feeFor(key.toId(), key[0], trader));
    }

    /// @inheritdoc IPoolViews
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

    /// @inheritdoc IPoolViews
    function amplificationTimesTokens(uint256[] calldata key)
        external
        view
        override
        onlyManager
        nonReentrantView
        returns (uint256 ann)
    {
        (bytes32 poolId, Pool.State storage pool) = _find(key);
        if (!pool.exists()) revert PoolNotFound(poolId);
        return pool.annNow(key, pool.pair(0));
    }

    /// @inheritdoc IPoolViews
    function pausedUntil(bytes32 poolId, uint256 flag)
        external
        view
        override
        onlyManager
        nonReentrantView
        returns (uint256 until)
    {
        PoolPause.checkFlags(flag);
        if (flag & (flag - 1) != 0) revert PauseFlagsInvalid(flag);
        return PoolPause.pausedUntil(_pools[poolId].pauses, flag);
    }

    /// @inheritdoc IPoolViews
    function managerPausedUntil(uint256 flag)
        external
        view
        override
        onlyManager
        nonReentrantView
        returns (uint256 until)
    {
        PoolPause.checkFlagsOfManager(flag);
        if (flag & (flag - 1) != 0) revert PauseFlagsInvalid(flag);
        return PoolPause.pausedUntil(_managerPauses, flag);
    }

    /// @inheritdoc IPoolViews
    function flashFee() external view override onlyManager nonReentrantView returns (uint256 fee) {
        return _flashFee;
    }

    /// @inheritdoc IPoolViews
    function initialProtocolFeeBps() external view override onlyManager nonReentrantView returns (uint256) {
        return _initialProtocolFeeBps;
    }

    /// @dev The pool as a call would find it.
    function _quote(uint256[] calldata key, bool strict, uint256 flags)
        private
        view
        nonReentrantView
        returns (PoolShares.Book memory book)
    {
        (bytes32 poolId, Pool.State storage pool) = _find(key);
        (book,) = pool.read(poolId, key, strict);
        pool.checkNotPaused(poolId, book.status, flags);
    }
}
