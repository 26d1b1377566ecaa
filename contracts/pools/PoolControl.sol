// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPoolControl} from "./IPoolControl.sol";
import {Pool} from "./Pool.sol";
import {PoolExtension} from "./PoolExtension.sol";
import {PoolKey} from "./PoolKey.sol";
import {PoolShares} from "./PoolShares.sol";

/// @title PoolControl
/// @notice The extension of {PoolManager} that quotes, and that governance and the guardian use. {IPoolManager} documents it.
contract PoolControl is PoolExtension, IPoolControl {
    using Pool for Pool.State;
    using PoolKey for uint256[];
    using PoolShares for Pool.State;

    /// @inheritdoc IPoolControl
    uint256 public constant override MAX_PROTOCOL_FEE_BPS = MAX_PROTOCOL_FEE;

    /// @inheritdoc IPoolControl
    function setProtocolFee(uint256[] calldata key, uint256 protocolFeeBps)
        external
        override
        onlyManager
        restricted
        nonReentrant
    {
        if (protocolFeeBps > MAX_PROTOCOL_FEE) revert ProtocolFeeTooHigh(protocolFeeBps);
        (bytes32 poolId, Pool.State storage pool) = _find(key);
        (PoolShares.Book memory book, uint256 accrued) = pool.read(poolId, key, false);
        book.protocolFeeBps = protocolFeeBps;
        pool.writeShares(book);
        if (accrued != 0) emit ProtocolFeeAccrued(poolId, accrued);
        emit ProtocolFeeSet(poolId, protocolFeeBps);
    }

    /// @inheritdoc IPoolControl
    function setInitialProtocolFee(uint256 protocolFeeBps) external override onlyManager restricted {
        _setInitialProtocolFee(protocolFeeBps);
    }

    /// @inheritdoc IPoolControl
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

    /// @inheritdoc IPoolControl
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

    /// @inheritdoc IPoolControl
    function initialProtocolFeeBps() external view override onlyManager returns (uint256) {
        return _initialProtocolFeeBps;
    }
}
