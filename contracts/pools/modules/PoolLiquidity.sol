// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeTransferLib} from "solady/utils/SafeTransferLib.sol";
import {Pool} from "../state/Pool.sol";
import {PoolModule} from "./PoolModule.sol";
import {PoolKey} from "../state/PoolKey.sol";
import {PoolShares} from "../state/PoolShares.sol";
import {PoolFee} from "../state/PoolFee.sol";
import {PoolUnbalanced} from "../state/PoolUnbalanced.sol";

/// @title PoolLiquidity
/// @notice The module of {PoolManager} of liquidity in whatever proportion, and of batches of calls.
contract PoolLiquidity is PoolModule {
    using Pool for Pool.State;
    using PoolKey for uint256;
    using PoolKey for uint256[];
    using PoolShares for Pool.State;
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
    ) external payable onlyManager checkDeadline(deadline) nonReentrantPayable returns (uint256 shares) {
        (bytes32 poolId, Pool.State storage pool) = _find(key);
        PoolShares.Book memory book = pool.read(poolId, key, true);
        pool.checkNotPaused(poolId, book.status, Pool.PAUSED_PRICED | Pool.PAUSED_ADD);
        _checkCount(key, amounts.length);
        shares = book.addUnbalanced(key, amounts, PoolFee.feeFor(poolId, key[0], msg.sender));
        if (shares < minShares) revert SharesBelowMinimum(shares, minShares);
        pool.write(poolId, key, book);
        _recordAdd(poolId, shares, amounts, recipient);
        _pullAll(key, amounts);
    }

    /// @dev See {IPoolLiquidity-addSingle}.
    function addSingle(
        uint256[] calldata key,
        uint256 tokenIn,
        uint256 shares,
        uint256 maxAmountIn,
        address recipient,
        uint256 deadline
    ) external payable onlyManager checkDeadline(deadline) nonReentrantPayable returns (uint256 amountIn) {
        (bytes32 poolId, Pool.State storage pool) = _find(key);
        PoolShares.Book memory book = pool.read(poolId, key, true);
        pool.checkNotPaused(poolId, book.status, Pool.PAUSED_PRICED | Pool.PAUSED_ADD);
        _checkIndex(key, tokenIn);
        amountIn = book.addSingle(key, tokenIn, shares, PoolFee.feeFor(poolId, key[0], msg.sender));
        address token = key[tokenIn + 1].token();
        if (amountIn > maxAmountIn) revert AmountInAboveMaximum(token, amountIn, maxAmountIn);
        pool.write(poolId, key, book);
        _recordAdd(poolId, shares, _only(tokenIn, amountIn, key.tokenCount()), recipient);
        _pull(token, amountIn);
    }

    /// @dev See {IPoolLiquidity-removeSingle}.
    function removeSingle(
        uint256[] calldata key,
        uint256 tokenOut,
        uint256 shares,
        uint256 minAmountOut,
        address recipient,
        uint256 deadline
    ) external onlyManager checkDeadline(deadline) returns (uint256 amountOut) {
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
        _leave(context);
    }

    /// @dev See {IPoolLiquidity-multicall}.
    /// @dev The pools are not locked between the calls, so the batch is bound to its caller: whoever else is called meanwhile has its
    /// wrapped native coin as it is, and pays with what it sends itself.
    function multicall(bytes[] calldata calls, bool unwrap)
        external
        payable
        onlyManager
        nonReentrantView
        returns (bytes[] memory results)
    {
        if (_context != 0) revert BatchNested();
        uint256 others = address(this).balance - msg.value;
        _context = (uint256(uint160(msg.sender)) << 2) | (unwrap ? UNWRAP : 0);
        results = new bytes[](calls.length);
        for (uint256 i = 0; i < calls.length; ++i) {
            bool success;
            (success, results[i]) = address(this).delegatecall(calls[i]);
            if (!success) {
                bytes memory reason = results[i];
                assembly ("memory-safe") {
                    revert(add(reason, 32), mload(reason))
                }
            }
        }
        _context = 0;
        uint256 rest = address(this).balance - others;
        if (rest != 0) SafeTransferLib.safeTransferETH(msg.sender, rest);
    }

    /// @dev See {IPoolLiquidity-permitToken}.
    function permitToken(address token, uint256 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
        external
        payable
        onlyManager
        nonReentrantPayable
    {
        bytes memory input = abi.encodeCall(IERC20Permit.permit, (msg.sender, address(this), amount, deadline, v, r, s));
        assembly ("memory-safe") {
            pop(call(gas(), token, 0, add(input, 32), mload(input), 0, 0))
        }
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
