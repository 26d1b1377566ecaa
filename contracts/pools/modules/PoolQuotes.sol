// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPoolTrade} from "../IPoolTrade.sol";
import {Pool} from "../state/Pool.sol";
import {PoolFee} from "../state/PoolFee.sol";
import {PoolKey} from "../state/PoolKey.sol";
import {PoolModule} from "./PoolModule.sol";
import {PoolPath} from "../state/PoolPath.sol";
import {PoolShares} from "../state/PoolShares.sol";
import {PoolUnbalanced} from "../state/PoolUnbalanced.sol";

/// @title PoolQuotes
/// @notice The module of {PoolManager} of quotes: the code of the calls, without writing. {IPoolQuotes} documents it;
/// {PoolViews} has those of liquidity in proportion.
contract PoolQuotes is PoolModule {
    using Pool for Pool.State;
    using PoolKey for uint256[];
    using PoolShares for Pool.State;
    using PoolUnbalanced for PoolShares.Book;

    /// @param revenueReceiver_ Where protocol fees and the fees of flash loans go.
    /// @param wrappedNative_ The wrapped native coin, 0 for none.
    constructor(address revenueReceiver_, address wrappedNative_) PoolModule(revenueReceiver_, wrappedNative_) {}

    /// @dev See {IPoolQuotes-quoteExactIn}.
    function quoteExactIn(address trader, uint256[] calldata key, uint256 tokenIn, uint256 tokenOut, uint256 amountIn)
        external
        view
        onlyManager
        nonReentrantView
        returns (uint256 amountOut)
    {
        (bytes32 poolId, Pool.State storage pool) = _find(key);
        (amountOut,,,) = pool.quoteExactIn(poolId, key, tokenIn, tokenOut, amountIn, trader);
    }

    /// @dev See {IPoolQuotes-quoteExactOut}.
    function quoteExactOut(address trader, uint256[] calldata key, uint256 tokenIn, uint256 tokenOut, uint256 amountOut)
        external
        view
        onlyManager
        nonReentrantView
        returns (uint256 amountIn)
    {
        (bytes32 poolId, Pool.State storage pool) = _find(key);
        (amountIn,,,) = pool.quoteExactOut(poolId, key, tokenIn, tokenOut, amountOut, trader);
    }

    /// @dev See {IPoolQuotes-quotePathExactIn}.
    function quotePathExactIn(address trader, IPoolTrade.Hop[] calldata hops, uint256 amountIn)
        external
        view
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
            (amountOut,,,) = pool.quoteExactIn(poolId, hop.key, hop.tokenIn, hop.tokenOut, amountOut, trader);
        }
    }

    /// @dev See {IPoolQuotes-quotePathExactOut}.
    function quotePathExactOut(address trader, IPoolTrade.Hop[] calldata hops, uint256 amountOut)
        external
        view
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
            (amountIn,,,) = pool.quoteExactOut(poolId, hop.key, hop.tokenIn, hop.tokenOut, amountIn, trader);
        }
    }

    /// @dev See {IPoolQuotes-quoteAddUnbalanced}.
    function quoteAddUnbalanced(address trader, uint256[] calldata key, uint256[] calldata amounts)
        external
        view
        onlyManager
        returns (uint256 shares)
    {
        PoolShares.Book memory book = _quote(key, true, Pool.PAUSED_PRICED | Pool.PAUSED_ADD);
        _checkCount(key, amounts.length);
        return book.addUnbalanced(key, amounts, PoolFee.feeFor(key.toId(), key[0], trader));
    }

    /// @dev See {IPoolQuotes-quoteAddSingle}.
    function quoteAddSingle(address trader, uint256[] calldata key, uint256 tokenIn, uint256 shares)
        external
        view
        onlyManager
        returns (uint256 amountIn)
    {
        PoolShares.Book memory book = _quote(key, true, Pool.PAUSED_PRICED | Pool.PAUSED_ADD);
        _checkIndex(key, tokenIn);
        return book.addSingle(key, tokenIn, shares, PoolFee.feeFor(key.toId(), key[0], trader));
    }

    /// @dev See {IPoolQuotes-quoteRemoveSingle}.
    function quoteRemoveSingle(address trader, uint256[] calldata key, uint256 tokenOut, uint256 shares)
        external
        view
        onlyManager
        returns (uint256 amountOut)
    {
        PoolShares.Book memory book = _quote(key, true, Pool.PAUSED_PRICED | Pool.PAUSED_EXIT);
        _checkIndex(key, tokenOut);
        return book.removeSingle(key, tokenOut, shares, PoolFee.feeFor(key.toId(), key[0], trader));
    }

    /// @dev The pool as a call would find it.
    function _quote(uint256[] calldata key, bool strict, uint256 flags)
        private
        view
        nonReentrantView
        returns (PoolShares.Book memory book)
    {
        (bytes32 poolId, Pool.State storage pool) = _find(key);
        book = pool.read(poolId, key, strict);
        pool.checkNotPaused(poolId, book.status, flags);
    }
}
