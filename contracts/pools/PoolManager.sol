// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC5267} from "@openzeppelin/contracts/interfaces/IERC5267.sol";
import {IERC6909Metadata, IERC6909TokenSupply} from "@openzeppelin/contracts/interfaces/IERC6909.sol";
import {IPoolAdmin} from "./IPoolAdmin.sol";
import {IPoolLedger} from "./IPoolLedger.sol";
import {IPoolLiquidity} from "./IPoolLiquidity.sol";
import {IPoolQuotes} from "./IPoolQuotes.sol";
import {IPoolTrade} from "./IPoolTrade.sol";
import {IPoolGrowth} from "./modules/IPoolGrowth.sol";
import {ModuleCall} from "./modules/ModuleCall.sol";
import {PoolModule} from "./modules/PoolModule.sol";
import {Pool} from "./state/Pool.sol";
import {PoolKey} from "./state/PoolKey.sol";
import {PoolProportional} from "./state/PoolProportional.sol";
import {PoolShares} from "./state/PoolShares.sol";
import {PoolStorage} from "./state/PoolStorage.sol";
import {PublishedKey} from "./state/PublishedKey.sol";

/// @title PoolManager
/// @notice Every pool in one contract. {IPoolManager} documents it: what is called most is here, the rest in the
/// modules that it delegates to.
contract PoolManager is PoolStorage {
    using Pool for Pool.State;
    using PoolKey for uint256;
    using PoolKey for uint256[];
    using PoolShares for Pool.State;
    using PoolProportional for PoolShares.Book;

    address private immutable _trade;
    address private immutable _liquidity;
    address private immutable _admin;
    address private immutable _quotes;
    address private immutable _views;
    address private immutable _ledger;

    /// @param authority The AccessManager that decides who may create pools, set fees, pause and ramp.
    /// @param trade The {PoolTrade}.
    /// @param liquidity The {PoolLiquidity}.
    /// @param admin The {PoolAdmin}.
    /// @param quotes The {PoolQuotes}.
    /// @param views The {PoolViews}.
    /// @param ledger The {PoolLedger}. All six must agree on who gets fees and what wrapped native coin is.
    /// @param initialProtocolFeeBps The protocol's share of growth in new pools, in basis points.
    constructor(
        address authority,
        PoolModule trade,
        PoolModule liquidity,
        PoolModule admin,
        PoolModule quotes,
        PoolModule views,
        PoolModule ledger,
        uint256 initialProtocolFeeBps
    ) AccessManaged(authority) PoolStorage(trade.revenueReceiver(), trade.wrappedNative()) {
        _checkModule(liquidity);
        _checkModule(admin);
        _checkModule(quotes);
        _checkModule(views);
        _checkModule(ledger);
        // What is minted or paid to nobody would be stuck, and collecting it would fail.
        _checkRecipient(revenueReceiver);
        (_trade, _liquidity, _admin) = (address(trade), address(liquidity), address(admin));
        (_quotes, _views, _ledger) = (address(quotes), address(views), address(ledger));
        _setInitialProtocolFee(initialProtocolFeeBps);
    }

    /// @dev What wrapped native coin turns into. All else comes with a call.
    receive() external payable {
        if (msg.sender != wrappedNative) revert NativeNotExpected(msg.sender);
    }

    /// @dev Whatever has no function here. Warning: code of the modules runs on this contract's storage.
    fallback() external payable {
        _delegate(_moduleOf(msg.sig));
    }

    /// @dev See {IPoolTrade-swapExactIn}.
    function swapExactIn(
        uint256[] calldata key,
        uint256 tokenIn,
        uint256 tokenOut,
        uint256 amountIn,
        uint256 minAmountOut,
        address recipient,
        uint256 deadline
    ) external payable checkDeadline(deadline) returns (uint256 amountOut) {
        uint256 context = _enter();
        amountOut = _swap(key, tokenIn, tokenOut, amountIn);
        if (amountOut < minAmountOut) revert AmountOutBelowMinimum(amountOut, minAmountOut);
        _pull(key.wordAt(tokenIn + 1).token(), amountIn, context);
        _push(key.wordAt(tokenOut + 1).token(), recipient, amountOut, context);
        _settle(context);
    }

    /// @dev See {IPoolTrade-swapPathExactIn}.
    function swapPathExactIn(
        IPoolTrade.Hop[] calldata hops,
        uint256 amountIn,
        uint256 minAmountOut,
        address recipient,
        uint256 deadline
    ) external payable checkDeadline(deadline) returns (uint256 amountOut) {
        uint256 context = _enter();
        address first;
        address last;
        amountOut = amountIn;
        for (uint256 i = 0; i < hops.length; ++i) {
            IPoolTrade.Hop calldata hop = hops[i];
            uint256[] calldata key = hop.key;
            amountOut = _swap(key, hop.tokenIn, hop.tokenOut, amountOut);
            address entering = key.wordAt(hop.tokenIn + 1).token();
            if (i == 0) first = entering;
            else if (entering != last) revert PathBroken(i);
            last = key.wordAt(hop.tokenOut + 1).token();
        }
        if (last == address(0)) revert PathBroken(0);
        if (amountOut < minAmountOut) revert AmountOutBelowMinimum(amountOut, minAmountOut);
        _pull(first, amountIn, context);
        _push(last, recipient, amountOut, context);
        _settle(context);
    }

    /// @dev See {IPoolLiquidity-addProportional}.
    function addProportional(
        uint256[] calldata key,
        uint256 shares,
        uint256[] calldata maxAmounts,
        address recipient,
        uint256 deadline
    ) external payable checkDeadline(deadline) returns (uint256[] memory amounts) {
        uint256 context = _enter();
        (bytes32 poolId, Pool.State storage pool) = _find(key);
        PoolShares.Book memory book = pool.readPlain(poolId, key);
        if (book.status & (Pool.SPECIAL | Pool.RAMPING) != 0) _charge(poolId, pool, key, true, book);
        pool.checkNotPaused(poolId, book.status, Pool.PAUSED_ADD);
        _checkCount(key, maxAmounts.length);
        amounts = book.addProportional(shares);
        _write(poolId, pool, key, book);
        if (book.ann != 0) ModuleCall.ask(_trade, abi.encodeCall(IPoolGrowth.checkProportional, (poolId, key)));
        for (uint256 i = 0; i < amounts.length; ++i) {
            if (amounts[i] > maxAmounts[i]) {
                revert AmountInAboveMaximum(key[i + 1].token(), amounts[i], maxAmounts[i]);
            }
        }
        emit LiquidityAdded(poolId, msg.sender, shares, amounts);
        _mint(recipient, uint256(poolId), shares);
        _pullAll(key, amounts, context);
        _settle(context);
    }

    /// @dev See {IPoolLiquidity-removeProportional}.
    function removeProportional(
        uint256[] calldata key,
        uint256 shares,
        uint256[] calldata minAmounts,
        address recipient,
        uint256 deadline
    ) external payable checkDeadline(deadline) returns (uint256[] memory amounts) {
        uint256 context = _enter();
        (bytes32 poolId, Pool.State storage pool) = _find(key);
        PoolShares.Book memory book = pool.readPlain(poolId, key);
        if (book.status & (Pool.SPECIAL | Pool.RAMPING) != 0) _charge(poolId, pool, key, false, book);
        _checkCount(key, minAmounts.length);
        // First, since it checks that the caller holds them.
        _burn(msg.sender, uint256(poolId), shares);
        amounts = book.removeProportional(shares);
        _write(poolId, pool, key, book);
        emit LiquidityRemoved(poolId, msg.sender, shares, amounts);
        for (uint256 i = 0; i < amounts.length; ++i) {
            if (amounts[i] < minAmounts[i]) revert AmountOutBelowMinimum(amounts[i], minAmounts[i]);
            _push(key.wordAt(i + 1).token(), recipient, amounts[i], context);
        }
        _settle(context);
    }

    function _swap(uint256[] calldata key, uint256 tokenIn, uint256 tokenOut, uint256 amountIn)
        private
        returns (uint256 amountOut)
    {
        bytes32 poolId = key.toId();
        uint256 fee;
        (amountOut, fee) = _pools[poolId].swapExactIn(poolId, key, tokenIn, tokenOut, amountIn, _trade);
        emit Swap(poolId, msg.sender, tokenIn, tokenOut, amountIn, amountOut, fee);
    }

    /// @dev Has {PoolTrade} charge the growth of a pool that is not a plain one, and reads it again.
    function _charge(
        bytes32 poolId,
        Pool.State storage pool,
        uint256[] calldata key,
        bool strict,
        PoolShares.Book memory book
    ) private {
        bytes memory lost = ModuleCall.ask(_trade, abi.encodeCall(IPoolGrowth.chargeGrowth, (poolId, key, strict)));
        pool.load(poolId, key, book);
        book.lost = abi.decode(lost, (bool));
    }

    function _write(bytes32 poolId, Pool.State storage pool, uint256[] calldata key, PoolShares.Book memory book)
        private
    {
        pool.writePlain(poolId, book);
        if (book.lost) ModuleCall.ask(_trade, abi.encodeCall(IPoolGrowth.restartCheckpoint, (poolId, key)));
    }

    /// @dev Which module has a function, what moves value first; {PoolViews} has the rest, and refuses what is
    /// nobody's.
    function _moduleOf(bytes4 selector) private view returns (address) {
        if (
            selector == IPoolLiquidity.addUnbalanced.selector || selector == IPoolLiquidity.addSingle.selector
                || selector == IPoolLiquidity.removeSingle.selector
                || selector == IPoolLiquidity.removeProportionalWithClaims.selector
        ) return _liquidity;
        if (
            selector == IPoolLedger.multicall.selector || selector == IPoolLedger.permitToken.selector
                || selector == IPoolLedger.payByPermit2.selector || selector == IPoolLedger.claim.selector
                || selector == IPoolLedger.permit.selector
        ) return _ledger;
        if (
            selector == IPoolTrade.swapExactOut.selector || selector == IPoolTrade.swapPathExactOut.selector
                || selector == IPoolTrade.flashLoan.selector
        ) return _trade;
        if (
            selector == IPoolAdmin.createPool.selector || selector == IPoolAdmin.collectProtocolFee.selector
                || selector == IPoolAdmin.setProtocolFee.selector
                || selector == IPoolAdmin.setInitialProtocolFee.selector || selector == PublishedKey.SELECTOR
                || selector == IPoolAdmin.rampAmplification.selector || selector == IPoolAdmin.setFlashFee.selector
        ) return _admin;
        if (
            selector == IPoolQuotes.quoteExactIn.selector || selector == IPoolQuotes.quoteExactOut.selector
                || selector == IPoolQuotes.quotePathExactIn.selector
                || selector == IPoolQuotes.quotePathExactOut.selector
                || selector == IPoolQuotes.quoteAddUnbalanced.selector
                || selector == IPoolQuotes.quoteAddSingle.selector || selector == IPoolQuotes.quoteRemoveSingle.selector
        ) return _quotes;
        if (
            selector == IERC6909TokenSupply.totalSupply.selector || selector == IERC6909Metadata.name.selector
                || selector == IERC6909Metadata.symbol.selector || selector == IERC6909Metadata.decimals.selector
                || selector == IPoolLedger.nonces.selector || selector == IPoolLedger.DOMAIN_SEPARATOR.selector
                || selector == IERC5267.eip712Domain.selector || selector == IPoolAdmin.pause.selector
                || selector == IPoolAdmin.setPause.selector || selector == IPoolAdmin.clearExpiredPauses.selector
                || selector == IPoolAdmin.pauseManager.selector || selector == IPoolAdmin.setManagerPause.selector
        ) return _ledger;
        if (selector == IPoolLiquidity.donate.selector) return _liquidity;
        return _views;
    }

    function _checkModule(PoolModule module) private view {
        if (module.revenueReceiver() != revenueReceiver || module.wrappedNative() != wrappedNative) {
            revert ModuleDiffers(address(module));
        }
    }
}
