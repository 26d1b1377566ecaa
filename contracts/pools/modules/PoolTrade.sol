// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SafeTransferLib} from "solady/utils/SafeTransferLib.sol";
import {FixedPoint} from "../../math/FixedPoint.sol";
import {IFlashBorrower} from "../external/IFlashBorrower.sol";
import {IPoolTrade} from "../IPoolTrade.sol";
import {Pool} from "../state/Pool.sol";
import {PoolKey} from "../state/PoolKey.sol";
import {PoolPause} from "../state/PoolPause.sol";
import {PoolPath} from "../state/PoolPath.sol";
import {PoolProportional} from "../state/PoolProportional.sol";
import {PoolRamp} from "../state/PoolRamp.sol";
import {PoolRates} from "../state/PoolRates.sol";
import {PoolShares} from "../state/PoolShares.sol";
import {IPoolGrowth} from "./IPoolGrowth.sol";
import {PoolModule} from "./PoolModule.sol";

/// @title PoolTrade
/// @notice The module of {PoolManager} of what a trader calls less often than swaps of an exact input: exact outputs,
/// and flash loans; and of what swaps of ramping pools need beside.
contract PoolTrade is PoolModule, IPoolGrowth {
    using Pool for Pool.State;
    using PoolKey for uint256;
    using PoolKey for uint256[];
    using PoolShares for Pool.State;
    using PoolProportional for PoolShares.Book;
    using PoolShares for PoolShares.Book;

    bytes32 private constant FLASH_MAGIC = keccak256("IFlashBorrower.onFlashLoan");

    /// @param revenueReceiver_ Where protocol fees and the fees of flash loans go.
    /// @param wrappedNative_ The wrapped native coin, 0 for none.
    constructor(address revenueReceiver_, address wrappedNative_) PoolModule(revenueReceiver_, wrappedNative_) {}

    /// @dev See {IPoolTrade-swapExactOut}.
    function swapExactOut(
        uint256[] calldata key,
        uint256 tokenIn,
        uint256 tokenOut,
        uint256 amountOut,
        uint256 maxAmountIn,
        address recipient,
        uint256 deadline
    ) external payable onlyManager checkDeadline(deadline) returns (uint256 amountIn) {
        uint256 context = _enter();
        amountIn = _swapOut(key, tokenIn, tokenOut, amountOut);
        address token = key.wordAt(tokenIn + 1).token();
        if (amountIn > maxAmountIn) revert AmountInAboveMaximum(token, amountIn, maxAmountIn);
        _pull(token, amountIn, context);
        _push(key.wordAt(tokenOut + 1).token(), recipient, amountOut, context);
        _settle(context);
    }

    /// @dev See {IPoolTrade-swapPathExactOut}.
    function swapPathExactOut(
        IPoolTrade.Hop[] calldata hops,
        uint256 amountOut,
        uint256 maxAmountIn,
        address recipient,
        uint256 deadline
    ) external payable onlyManager checkDeadline(deadline) returns (uint256 amountIn) {
        uint256 context = _enter();
        if (hops.length == 0) revert PathBroken(0);
        amountIn = amountOut;
        for (uint256 i = hops.length; i > 0; --i) {
            IPoolTrade.Hop calldata hop = hops[i - 1];
            if (i < hops.length) PoolPath.checkJoined(hops, i);
            amountIn = _swapOut(hop.key, hop.tokenIn, hop.tokenOut, amountIn);
        }
        address first = PoolPath.entering(hops[0]);
        if (amountIn > maxAmountIn) revert AmountInAboveMaximum(first, amountIn, maxAmountIn);
        _pull(first, amountIn, context);
        _push(PoolPath.leaving(hops[hops.length - 1]), recipient, amountOut, context);
        _settle(context);
    }

    /// @inheritdoc IPoolGrowth
    /// @dev Under the lock of the swap. Nobody else finds it: it is not in the switch of the manager.
    function carryCheckpoint(bytes32 poolId, uint256[] calldata key)
        external
        payable
        onlyManager
        returns (uint256 flip)
    {
        return PoolRamp.beforeSwap(_pools[poolId], poolId, key);
    }

    /// @inheritdoc IPoolGrowth
    function chargeGrowth(bytes32 poolId, uint256[] calldata key, bool strict)
        external
        payable
        onlyManager
        returns (bool lost)
    {
        Pool.State storage pool = _pools[poolId];
        PoolShares.Book memory book = pool.read(poolId, key, strict);
        if (strict) book.admit(key);
        pool.writeShares(poolId, book);
        return book.lost;
    }

    /// @inheritdoc IPoolGrowth
    function checkProportional(bytes32 poolId, uint256[] calldata key) external payable onlyManager {
        PoolShares.Book memory book;
        Pool.State storage pool = _pools[poolId];
        pool.load(poolId, key, book);
        book.ann = pool.annNow(key, book.status);
        book.rates = PoolRates.rates(key);
        book.checkProportional(poolId, key);
    }

    /// @inheritdoc IPoolGrowth
    function restartCheckpoint(bytes32 poolId, uint256[] calldata key) external payable onlyManager {
        _pools[poolId].restart(poolId, key);
    }

    /// @dev See {IPoolTrade-flashLoan}.
    function flashLoan(address[] calldata tokens, uint256[] calldata amounts, bytes calldata data)
        external
        payable
        onlyManager
    {
        uint256 context = _enter();
        if (_lending) revert FlashLoanNested();
        PoolPause.checkManagerNotPaused(_managerPauses, PoolPause.LOANS);
        _lending = true;
        if (tokens.length != amounts.length) revert AmountCountInvalid(amounts.length, tokens.length);
        uint256[] memory fees = new uint256[](amounts.length);
        for (uint256 i = 0; i < tokens.length; ++i) {
            if (amounts[i] == 0) continue;
            fees[i] = FixedPoint.mulDivUp(amounts[i], _flashFee, PoolKey.MILLION);
            SafeTransferLib.safeTransfer(tokens[i], msg.sender, amounts[i]);
        }
        // Pools can be used meanwhile: their balances know nothing of the loan. Around it the lock is held, so that
        // nothing else can bring tokens in between the two readings of {_pullFrom}.
        uint256 spent = _suspend();
        if (IFlashBorrower(msg.sender).onFlashLoan(tokens, amounts, fees, data) != FLASH_MAGIC) {
            revert FlashLoanRefused(msg.sender);
        }
        _resume(context, spent);
        bool byPermit2 = context & BY_PERMIT2 != 0;
        for (uint256 i = 0; i < tokens.length; ++i) {
            if (amounts[i] != 0) _pullFrom(tokens[i], msg.sender, amounts[i], byPermit2);
            if (fees[i] != 0) {
                // Below the amount, which did not fit 160 bits if this does not.
                if (byPermit2) PERMIT2.transferFrom(msg.sender, revenueReceiver, uint160(fees[i]), tokens[i]);
                else SafeTransferLib.safeTransferFrom(tokens[i], msg.sender, revenueReceiver, fees[i]);
            }
            emit FlashLoan(msg.sender, tokens[i], amounts[i], fees[i]);
        }
        _lending = false;
        _settle(context);
    }

    function _swapOut(uint256[] calldata key, uint256 tokenIn, uint256 tokenOut, uint256 amountOut)
        private
        returns (uint256 amountIn)
    {
        bytes32 poolId = key.toId();
        uint256 fee;
        (amountIn, fee) = _pools[poolId].swapExactOut(poolId, key, tokenIn, tokenOut, amountOut, _self);
        emit Swap(poolId, msg.sender, tokenIn, tokenOut, amountIn, amountOut, fee);
    }
}
