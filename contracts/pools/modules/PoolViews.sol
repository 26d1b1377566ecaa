// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {GuardianPause} from "../../access/GuardianPause.sol";
import {IPoolViews} from "../IPoolViews.sol";
import {PoolPause} from "../state/PoolPause.sol";
import {PoolShares} from "../state/PoolShares.sol";
import {Pool} from "../state/Pool.sol";
import {PoolModule} from "./PoolModule.sol";
import {PoolKey} from "../state/PoolKey.sol";
import {PoolStorage} from "../state/PoolStorage.sol";

/// @title PoolViews
/// @notice The module of {PoolManager} of what is read: the state of pools, settings and limits.
contract PoolViews is PoolModule, IPoolViews {
    using Pool for Pool.State;
    using PoolKey for uint256;
    using PoolKey for uint256[];

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
}
