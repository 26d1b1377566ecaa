// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {GuardianPause} from "../../access/GuardianPause.sol";
import {IPoolViews} from "../IPoolViews.sol";
import {FixedPoint} from "../../math/FixedPoint.sol";
import {PoolInvariant} from "../math/PoolInvariant.sol";
import {PoolPrice} from "../math/PoolPrice.sol";
import {PoolRamp} from "../state/PoolRamp.sol";
import {PoolLateShares} from "../state/PoolLateShares.sol";
import {PoolPause} from "../state/PoolPause.sol";
import {PoolProportional} from "../state/PoolProportional.sol";
import {PoolRates} from "../state/PoolRates.sol";
import {PoolShares} from "../state/PoolShares.sol";
import {Pool} from "../state/Pool.sol";
import {PoolModule} from "./PoolModule.sol";
import {PoolKey} from "../state/PoolKey.sol";
import {PoolStorage} from "../state/PoolStorage.sol";
import {PublishedKey} from "../state/PublishedKey.sol";

/// @title PoolViews
/// @notice The module of {PoolManager} of what is read: prices, quotes of liquidity in proportion, keys, the state of
/// pools, settings and limits.
contract PoolViews is PoolModule, IPoolViews {
    using Pool for Pool.State;
    using PoolKey for uint256;
    using PoolKey for uint256[];
    using PoolProportional for PoolShares.Book;
    using PoolShares for Pool.State;
    using PoolShares for PoolShares.Book;

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
    function spotPrice(uint256[] calldata key, uint256 tokenIn, uint256 tokenOut)
        external
        view
        override
        onlyManager
        nonReentrantView
        returns (uint256 price)
    {
        (bytes32 poolId, Pool.State storage pool) = _find(key);
        if (!pool.exists()) revert PoolNotFound(poolId);
        uint256 n = key.tokenCount();
        if (tokenIn >= n || tokenOut >= n || tokenIn == tokenOut) revert TokenIndexInvalid(tokenIn, tokenOut);
        (uint256 status, uint256[] memory balances) = pool.load(n);
        return PoolPrice.spotDown(key, balances, pool.annNow(key, status), PoolRates.rates(key), tokenIn, tokenOut);
    }

    /// @inheritdoc IPoolViews
    /// @dev Without the lock, so that a rate provider may ask: see the interface for why nothing half-written is ever
    /// read.
    function virtualPrice(uint256[] calldata key) external view override onlyManager returns (uint256 rate) {
        (bytes32 poolId, Pool.State storage pool) = _find(key);
        PoolShares.Book memory book = pool.readInChain(poolId, key);
        (uint256 lower,) = PoolInvariant.bounds(key, book.balances, book.ann, book.rates);
        book.chargeWaiting(lower);
        // The supply is below 2^112, the factors together below 2^90.
        return FixedPoint.mulDivDown(lower, PoolInvariant.WAD * PoolInvariant.sharesPerUnit(key), book.total << 96);
    }

    /// @dev See {IPoolQuotes-quoteAddProportional}.
    function quoteAddProportional(uint256[] calldata key, uint256 shares)
        external
        view
        onlyManager
        nonReentrantView
        returns (uint256[] memory amounts)
    {
        (bytes32 poolId, Pool.State storage pool) = _find(key);
        PoolShares.Book memory book = pool.read(poolId, key, true);
        pool.checkNotPaused(poolId, book.status, Pool.PAUSED_ADD);
        amounts = book.addProportional(shares);
        book.checkProportional(poolId, key);
    }

    /// @dev See {IPoolQuotes-quoteRemoveProportional}.
    function quoteRemoveProportional(uint256[] calldata key, uint256 shares)
        external
        view
        onlyManager
        nonReentrantView
        returns (uint256[] memory amounts)
    {
        (bytes32 poolId, Pool.State storage pool) = _find(key);
        return pool.read(poolId, key, false).removeProportional(shares);
    }

    /// @inheritdoc IPoolViews
    function keyOf(bytes32 poolId) external view override onlyManager returns (uint256[] memory key) {
        return PublishedKey.read(poolId);
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
        (supply, owed, protocolFeeBps,) = PoolShares.unpack(pool.shares);
        checkpoint = PoolShares.checkpointOf(pool.shares);
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
        return PoolRamp.wholeOf(pool.annNow(key, pool.pair(0)));
    }

    /// @inheritdoc IPoolViews
    function rampState(uint256[] calldata key)
        external
        view
        override
        onlyManager
        nonReentrantView
        returns (uint256 annX32, uint256 measuredX32, uint256 firstX32, uint256 lastX32, uint256 start, uint256 end)
    {
        (bytes32 poolId, Pool.State storage pool) = _find(key);
        if (!pool.exists()) revert PoolNotFound(poolId);
        annX32 = PoolRamp.toX32(pool.annNow(key, pool.pair(0)));
        if (pool.pair(0) & Pool.RAMPING == 0) return (annX32, annX32, annX32, annX32, 0, 0);
        (firstX32, lastX32, measuredX32, start, end) = PoolRamp.unpack(pool.ramp);
        (firstX32, lastX32) = (PoolRamp.toX32(firstX32), PoolRamp.toX32(lastX32));
        measuredX32 = PoolRamp.toX32(measuredX32);
    }

    /// @inheritdoc IPoolViews
    function rateState(bytes32 poolId, uint256 token)
        external
        view
        override
        onlyManager
        nonReentrantView
        returns (uint256 accepted, uint256 since, uint256 candidate, uint256 seen)
    {
        return PoolRates.unpack(_pools[poolId].rates[token]);
    }

    /// @inheritdoc IPoolViews
    function lateShares(bytes32 poolId)
        external
        view
        override
        onlyManager
        nonReentrantView
        returns (uint256 supply, uint256 checkpoint)
    {
        return PoolLateShares.unpack(_pools[poolId].late);
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
}
