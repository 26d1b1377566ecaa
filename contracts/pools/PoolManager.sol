// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {ERC6909} from "@openzeppelin/contracts/token/ERC6909/ERC6909.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {SafeTransferLib} from "solady/utils/SafeTransferLib.sol";
import {IPoolManager} from "./IPoolManager.sol";
import {Pool} from "./Pool.sol";
import {PoolKey} from "./PoolKey.sol";

/// @title PoolManager
/// @notice Every pool in one contract. {IPoolManager} documents it.
contract PoolManager is IPoolManager, ERC6909, AccessManaged, ReentrancyGuardTransient {
    using Pool for Pool.State;
    using PoolKey for uint256;
    using PoolKey for uint256[];

    /// @inheritdoc IPoolManager
    uint256 public constant override MINIMUM_SHARES = Pool.MINIMUM_SHARES;
    /// @inheritdoc IPoolManager
    uint256 public constant override MAX_PROTOCOL_FEE_BPS = 5_000;
    /// @inheritdoc IPoolManager
    address public immutable override revenueReceiver;

    mapping(bytes32 poolId => Pool.State) private _pools;
    uint256 private _initialProtocolFeeBps;

    modifier before(uint256 deadline) {
        if (block.timestamp > deadline) revert DeadlinePassed(deadline, block.timestamp);
        _;
    }

    /// @param authority The AccessManager that decides who may create pools and set protocol fees.
    /// @param revenueReceiver_ Where protocol fees go.
    /// @param initialProtocolFeeBps The protocol's share of growth in new pools, in basis points.
    constructor(address authority, address revenueReceiver_, uint256 initialProtocolFeeBps) AccessManaged(authority) {
        revenueReceiver = revenueReceiver_;
        _setInitialProtocolFee(initialProtocolFeeBps);
    }

    /// @inheritdoc IPoolManager
    function createPool(uint256[] calldata key, uint256[] calldata amounts, address recipient)
        external
        override
        restricted
        nonReentrant
        returns (bytes32 poolId, uint256 shares)
    {
        key.validate();
        poolId = key.toId();
        Pool.State storage pool = _pools[poolId];
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
        emit PoolCreated(poolId, key, fee);
        emit LiquidityAdded(poolId, msg.sender, shares, amounts);
        _mint(recipient, uint256(poolId), shares);
        _pullAll(key, amounts);
    }

    /// @inheritdoc IPoolManager
    function swapExactIn(
        uint256[] calldata key,
        uint256 tokenIn,
        uint256 tokenOut,
        uint256 amountIn,
        uint256 minAmountOut,
        address recipient,
        uint256 deadline
    ) external override before(deadline) nonReentrant returns (uint256 amountOut) {
        amountOut = _swap(key, tokenIn, tokenOut, amountIn);
        if (amountOut < minAmountOut) revert AmountOutBelowMinimum(amountOut, minAmountOut);
        _pull(key[tokenIn + 1].token(), amountIn);
        SafeTransferLib.safeTransfer(key[tokenOut + 1].token(), recipient, amountOut);
    }

    /// @inheritdoc IPoolManager
    function swapExactOut(
        uint256[] calldata key,
        uint256 tokenIn,
        uint256 tokenOut,
        uint256 amountOut,
        uint256 maxAmountIn,
        address recipient,
        uint256 deadline
    ) external override before(deadline) nonReentrant returns (uint256 amountIn) {
        bytes32 poolId = key.toId();
        amountIn = _pools[poolId].swapExactOut(poolId, key, tokenIn, tokenOut, amountOut);
        address token = key[tokenIn + 1].token();
        if (amountIn > maxAmountIn) revert AmountInAboveMaximum(token, amountIn, maxAmountIn);
        emit Swap(poolId, msg.sender, tokenIn, tokenOut, amountIn, amountOut);
        _pull(token, amountIn);
        SafeTransferLib.safeTransfer(key[tokenOut + 1].token(), recipient, amountOut);
    }

    /// @inheritdoc IPoolManager
    function swapPathExactIn(
        Hop[] calldata hops,
        uint256 amountIn,
        uint256 minAmountOut,
        address recipient,
        uint256 deadline
    ) external override before(deadline) nonReentrant returns (uint256 amountOut) {
        address first;
        address last;
        amountOut = amountIn;
        for (uint256 i = 0; i < hops.length; ++i) {
            Hop calldata hop = hops[i];
            uint256[] calldata key = hop.key;
            amountOut = _swap(key, hop.tokenIn, hop.tokenOut, amountOut);
            address entering = key[hop.tokenIn + 1].token();
            if (i == 0) first = entering;
            else if (entering != last) revert PathBroken(i);
            last = key[hop.tokenOut + 1].token();
        }
        if (last == address(0)) revert PathBroken(0);
        if (amountOut < minAmountOut) revert AmountOutBelowMinimum(amountOut, minAmountOut);
        _pull(first, amountIn);
        SafeTransferLib.safeTransfer(last, recipient, amountOut);
    }

    /// @inheritdoc IPoolManager
    function addProportional(
        uint256[] calldata key,
        uint256 shares,
        uint256[] calldata maxAmounts,
        address recipient,
        uint256 deadline
    ) external override before(deadline) nonReentrant returns (uint256[] memory amounts) {
        (bytes32 poolId, Pool.State storage pool) = _find(key);
        _checkCount(key, maxAmounts.length);
        uint256 accrued;
        (amounts, accrued) = pool.addProportional(key, shares);
        for (uint256 i = 0; i < amounts.length; ++i) {
            if (amounts[i] > maxAmounts[i]) {
                revert AmountInAboveMaximum(key[i + 1].token(), amounts[i], maxAmounts[i]);
            }
        }
        if (accrued != 0) emit ProtocolFeeAccrued(poolId, accrued);
        emit LiquidityAdded(poolId, msg.sender, shares, amounts);
        _mint(recipient, uint256(poolId), shares);
        _pullAll(key, amounts);
    }

    /// @inheritdoc IPoolManager
    function removeProportional(
        uint256[] calldata key,
        uint256 shares,
        uint256[] calldata minAmounts,
        address recipient,
        uint256 deadline
    ) external override before(deadline) nonReentrant returns (uint256[] memory amounts) {
        (bytes32 poolId, Pool.State storage pool) = _find(key);
        _checkCount(key, minAmounts.length);
        // First, since it checks that the caller holds them.
        _burn(msg.sender, uint256(poolId), shares);
        uint256 accrued;
        (amounts, accrued) = pool.removeProportional(key, shares);
        if (accrued != 0) emit ProtocolFeeAccrued(poolId, accrued);
        emit LiquidityRemoved(poolId, msg.sender, shares, amounts);
        for (uint256 i = 0; i < amounts.length; ++i) {
            if (amounts[i] < minAmounts[i]) revert AmountOutBelowMinimum(amounts[i], minAmounts[i]);
            SafeTransferLib.safeTransfer(key[i + 1].token(), recipient, amounts[i]);
        }
    }

    /// @inheritdoc IPoolManager
    function collectProtocolFee(uint256[] calldata key) external override nonReentrant returns (uint256 shares) {
        (bytes32 poolId, Pool.State storage pool) = _find(key);
        _accrue(poolId, pool, key);
        shares = pool.collect();
        emit ProtocolFeeCollected(poolId, shares);
        _mint(revenueReceiver, uint256(poolId), shares);
    }

    /// @inheritdoc IPoolManager
    function setProtocolFee(uint256[] calldata key, uint256 protocolFeeBps) external override restricted nonReentrant {
        if (protocolFeeBps > MAX_PROTOCOL_FEE_BPS) revert ProtocolFeeTooHigh(protocolFeeBps);
        (bytes32 poolId, Pool.State storage pool) = _find(key);
        _accrue(poolId, pool, key);
        pool.setProtocolFee(protocolFeeBps);
        emit ProtocolFeeSet(poolId, protocolFeeBps);
    }

    /// @inheritdoc IPoolManager
    function setInitialProtocolFee(uint256 protocolFeeBps) external override restricted {
        _setInitialProtocolFee(protocolFeeBps);
    }

    /// @inheritdoc IPoolManager
    function quoteExactIn(uint256[] calldata key, uint256 tokenIn, uint256 tokenOut, uint256 amountIn)
        external
        view
        override
        nonReentrantView
        returns (uint256 amountOut)
    {
        (bytes32 poolId, Pool.State storage pool) = _find(key);
        (amountOut,,) = pool.quoteExactIn(poolId, key, tokenIn, tokenOut, amountIn);
    }

    /// @inheritdoc IPoolManager
    function quoteExactOut(uint256[] calldata key, uint256 tokenIn, uint256 tokenOut, uint256 amountOut)
        external
        view
        override
        nonReentrantView
        returns (uint256 amountIn)
    {
        (bytes32 poolId, Pool.State storage pool) = _find(key);
        (amountIn,,) = pool.quoteExactOut(poolId, key, tokenIn, tokenOut, amountOut);
    }

    /// @inheritdoc IPoolManager
    function poolState(uint256[] calldata key)
        external
        view
        override
        nonReentrantView
        returns (uint256[] memory balances, uint256 supply, uint256 owed, uint256 protocolFeeBps, uint256 checkpoint)
    {
        (, Pool.State storage pool) = _find(key);
        balances = pool.balances(key.length - 1);
        Pool.Shares memory shares = pool.unpackShares();
        return (balances, shares.total, shares.owed, shares.protocolFeeBps, shares.checkpoint);
    }

    function _swap(uint256[] calldata key, uint256 tokenIn, uint256 tokenOut, uint256 amountIn)
        private
        returns (uint256 amountOut)
    {
        bytes32 poolId = key.toId();
        amountOut = _pools[poolId].swapExactIn(poolId, key, tokenIn, tokenOut, amountIn);
        emit Swap(poolId, msg.sender, tokenIn, tokenOut, amountIn, amountOut);
    }

    function _accrue(bytes32 poolId, Pool.State storage pool, uint256[] calldata key) private {
        uint256 accrued = pool.accrue(key);
        if (accrued != 0) emit ProtocolFeeAccrued(poolId, accrued);
    }

    function _setInitialProtocolFee(uint256 protocolFeeBps) private {
        if (protocolFeeBps > MAX_PROTOCOL_FEE_BPS) revert ProtocolFeeTooHigh(protocolFeeBps);
        _initialProtocolFeeBps = protocolFeeBps;
        emit InitialProtocolFeeSet(protocolFeeBps);
    }

    function _pullAll(uint256[] calldata key, uint256[] memory amounts) private {
        for (uint256 i = 0; i < amounts.length; ++i) {
            _pull(key[i + 1].token(), amounts[i]);
        }
    }

    /// @dev Takes `amount` from the caller and refuses tokens that deliver less.
    function _pull(address token, uint256 amount) private {
        uint256 balanceBefore = SafeTransferLib.balanceOf(token, address(this));
        SafeTransferLib.safeTransferFrom(token, msg.sender, address(this), amount);
        uint256 balanceAfter = SafeTransferLib.balanceOf(token, address(this));
        unchecked {
            // Below zero when the token took from the manager: as large a difference as can be reported.
            uint256 received = balanceAfter < balanceBefore ? 0 : balanceAfter - balanceBefore;
            if (received < amount) revert TransferIncomplete(token, received, amount);
        }
    }

    function _find(uint256[] calldata key) private view returns (bytes32 poolId, Pool.State storage pool) {
        poolId = key.toId();
        pool = _pools[poolId];
        if (!pool.exists()) revert PoolNotFound(poolId);
    }

    function _checkCount(uint256[] calldata key, uint256 count) private pure {
        if (count + 1 != key.length) revert AmountCountInvalid(count, key.length - 1);
    }
}
