// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {IPoolLiquidity} from "./IPoolLiquidity.sol";
import {Pool} from "./Pool.sol";
import {PoolExtension} from "./PoolExtension.sol";
import {PoolKey} from "./PoolKey.sol";
import {PoolShares} from "./PoolShares.sol";

/// @title PoolLiquidity
/// @notice The extension of {PoolManager} that creates pools and changes their liquidity. {IPoolManager} documents it.
contract PoolLiquidity is PoolExtension, IPoolLiquidity {
    using Pool for Pool.State;
    using PoolKey for uint256;
    using PoolKey for uint256[];
    using PoolShares for Pool.State;
    using PoolShares for PoolShares.Book;

    /// @inheritdoc IPoolLiquidity
    uint256 public constant override MINIMUM_SHARES = PoolShares.MINIMUM_SHARES;
    /// @inheritdoc IPoolLiquidity
    address public immutable override revenueReceiver;
    /// @dev {PoolControl}: answers what this contract does not.
    address private immutable _extension;

    /// @param extension The {PoolControl} to delegate to.
    /// @param revenueReceiver_ Where protocol fees go.
    constructor(address extension, address revenueReceiver_) {
        _extension = extension;
        revenueReceiver = revenueReceiver_;
    }

    fallback() external payable onlyManager {
        _delegate(_extension);
    }

    /// @inheritdoc IPoolLiquidity
    function createPool(
        uint256[] calldata key,
        uint256[] calldata amounts,
        uint256 minShares,
        address recipient,
        uint256 deadline
    ) external override onlyManager restricted before(deadline) nonReentrant returns (bytes32 poolId, uint256 shares) {
        key.validate();
        Pool.State storage pool;
        (poolId, pool) = _find(key);
        if (pool.exists()) revert PoolExists(poolId);
        _checkCount(key, amounts.length);
        for (uint256 i = 0; i < amounts.length; ++i) {
            uint256 word = key[i + 1];
            uint256 decimals = IERC20Metadata(word.token()).decimals();
            if (decimals != word.decimals()) revert DecimalsDiffer(word.token(), decimals, word.decimals());
            if (amounts[i] > Pool.MASK) revert BalanceTooLarge(amounts[i]);
        }
        uint256 fee = _initialProtocolFeeBps;
        shares = pool.create(key, amounts, fee);
        if (shares < minShares) revert SharesBelowMinimum(shares, minShares);
        emit PoolCreated(poolId, key, fee);
        emit LiquidityAdded(poolId, msg.sender, shares, amounts);
        _mint(recipient, uint256(poolId), shares);
        _pullAll(key, amounts);
    }

    /// @inheritdoc IPoolLiquidity
    function collectProtocolFee(uint256[] calldata key)
        external
        override
        onlyManager
        nonReentrant
        returns (uint256 shares)
    {
        (bytes32 poolId, Pool.State storage pool) = _find(key);
        (PoolShares.Book memory book, uint256 accrued) = pool.read(poolId, key, false);
        shares = book.owed;
        book.owed = 0;
        pool.writeShares(book);
        if (accrued != 0) emit ProtocolFeeAccrued(poolId, accrued);
        emit ProtocolFeeCollected(poolId, shares);
        _mint(revenueReceiver, uint256(poolId), shares);
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
}
