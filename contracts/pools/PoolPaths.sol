// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPoolPaths} from "./IPoolPaths.sol";
import {IPoolTrading} from "./IPoolTrading.sol";
import {Pool} from "./Pool.sol";
import {PoolExtension} from "./PoolExtension.sol";
import {PoolKey} from "./PoolKey.sol";
import {PoolStorage} from "./PoolStorage.sol";

/// @title PoolPaths
/// @notice The extension of {PoolManager} that quotes swaps and makes paths for an exact output. {IPoolManager} documents it.
contract PoolPaths is PoolExtension, IPoolPaths {
    using Pool for Pool.State;
    using PoolKey for uint256;
    using PoolKey for uint256[];

    /// @dev {PoolControl}: answers what this contract does not.
    address private immutable _extension;

    /// @param extension The {PoolControl} to delegate to. Who gets fees and what wrapped native coin is, is said there.
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

    /// @inheritdoc IPoolPaths
    function swapPathExactOut(
        IPoolTrading.Hop[] calldata hops,
        uint256 amountOut,
        uint256 maxAmountIn,
        address recipient,
        uint256 deadline
    ) external payable override onlyManager before(deadline) returns (uint256 amountIn) {
        uint256 context = _enter();
        if (hops.length == 0) revert PathBroken(0);
        amountIn = amountOut;
        for (uint256 i = hops.length; i > 0; --i) {
            IPoolTrading.Hop calldata hop = hops[i - 1];
            bytes32 poolId = hop.key.toId();
            if (i < hops.length) _checkJoined(hops, i);
            uint256 needed = amountIn;
            amountIn = _pools[poolId].swapExactOut(poolId, hop.key, hop.tokenIn, hop.tokenOut, needed);
            emit Swap(poolId, msg.sender, hop.tokenIn, hop.tokenOut, amountIn, needed);
        }
        address first = _entering(hops[0]);
        if (amountIn > maxAmountIn) revert AmountInAboveMaximum(first, amountIn, maxAmountIn);
        _pull(first, amountIn);
        _push(_leaving(hops[hops.length - 1]), recipient, amountOut, context);
        _settle(context);
    }

    /// @inheritdoc IPoolPaths
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

    /// @inheritdoc IPoolPaths
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

    /// @inheritdoc IPoolPaths
    function quotePathExactIn(address trader, IPoolTrading.Hop[] calldata hops, uint256 amountIn)
        external
        view
        override
        onlyManager
        nonReentrantView
        returns (uint256 amountOut)
    {
        _checkPath(hops);
        amountOut = amountIn;
        for (uint256 i = 0; i < hops.length; ++i) {
            IPoolTrading.Hop calldata hop = hops[i];
            if (i != 0) _checkJoined(hops, i);
            (bytes32 poolId, Pool.State storage pool) = _find(hop.key);
            (amountOut,,) = pool.quoteExactIn(poolId, hop.key, hop.tokenIn, hop.tokenOut, amountOut, trader);
        }
    }

    /// @inheritdoc IPoolPaths
    function quotePathExactOut(address trader, IPoolTrading.Hop[] calldata hops, uint256 amountOut)
        external
        view
        override
        onlyManager
        nonReentrantView
        returns (uint256 amountIn)
    {
        _checkPath(hops);
        amountIn = amountOut;
        for (uint256 i = hops.length; i > 0; --i) {
            IPoolTrading.Hop calldata hop = hops[i - 1];
            if (i < hops.length) _checkJoined(hops, i);
            (bytes32 poolId, Pool.State storage pool) = _find(hop.key);
            (amountIn,,) = pool.quoteExactOut(poolId, hop.key, hop.tokenIn, hop.tokenOut, amountIn, trader);
        }
    }

    /// @dev A quote writes nothing, so a second step through a pool would not see the first.
    function _checkPath(IPoolTrading.Hop[] calldata hops) private pure {
        if (hops.length == 0) revert PathBroken(0);
        for (uint256 i = 1; i < hops.length; ++i) {
            bytes32 poolId = hops[i].key.toId();
            for (uint256 k = 0; k < i; ++k) {
                if (hops[k].key.toId() == poolId) revert PoolRepeated(i);
            }
        }
    }

    /// @dev Hop i goes on with the token of the one before. An index out of range reads anything here, and is refused by its swap.
    function _checkJoined(IPoolTrading.Hop[] calldata hops, uint256 i) private pure {
        if (_leaving(hops[i - 1]) != _entering(hops[i])) revert PathBroken(i);
    }

    function _entering(IPoolTrading.Hop calldata hop) private pure returns (address) {
        return hop.key.wordAt(hop.tokenIn + 1).token();
    }

    function _leaving(IPoolTrading.Hop calldata hop) private pure returns (address) {
        return hop.key.wordAt(hop.tokenOut + 1).token();
    }
}
