// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {IPoolAdmin} from "../IPoolAdmin.sol";
import {Pool} from "../state/Pool.sol";
import {PoolModule} from "./PoolModule.sol";
import {PoolKey} from "../state/PoolKey.sol";
import {PoolPause} from "../state/PoolPause.sol";
import {PublishedKey} from "../state/PublishedKey.sol";
import {PoolShares} from "../state/PoolShares.sol";
import {PoolRamp} from "../state/PoolRamp.sol";

/// @title PoolAdmin
/// @notice The module of {PoolManager} of creation, fees and ramps. {IPoolManager} documents it.
contract PoolAdmin is PoolModule {
    using Pool for Pool.State;
    using PoolKey for uint256;
    using PoolKey for uint256[];
    using PoolShares for Pool.State;

    /// @param revenueReceiver_ Where protocol fees and the fees of flash loans go.
    /// @param wrappedNative_ The wrapped native coin, 0 for none.
    constructor(address revenueReceiver_, address wrappedNative_) PoolModule(revenueReceiver_, wrappedNative_) {}

    /// @dev See {IPoolAdmin-createPool}.
    function createPool(
        uint256[] calldata key,
        uint256[] calldata amounts,
        uint256 minShares,
        address recipient,
        uint256 deadline
    ) external payable onlyManager restricted checkDeadline(deadline) returns (bytes32 poolId, uint256 shares) {
        uint256 context = _enter();
        PoolPause.checkManagerNotPaused(_managerPauses, PoolPause.CREATION);
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
        shares = pool.create(poolId, key, amounts, fee);
        if (shares < minShares) revert SharesBelowMinimum(shares, minShares);
        PublishedKey.publish(poolId, key);
        emit LiquidityAdded(poolId, msg.sender, shares, amounts);
        _mint(recipient, uint256(poolId), shares);
        _pullAll(key, amounts, context);
        _settle(context);
    }

    /// @dev The contract that is to hold a key asks for it, and nobody else has a use for it. See {PublishedKey}.
    function keyToPublish() external view onlyManager {
        PublishedKey.handOver();
    }

    /// @dev See {IPoolAdmin-collectProtocolFee}.
    function collectProtocolFee(uint256[] calldata key) external onlyManager nonReentrant returns (uint256 shares) {
        (bytes32 poolId, Pool.State storage pool) = _find(key);
        PoolShares.Book memory book = pool.read(poolId, key, false);
        shares = book.owed;
        book.owed = 0;
        pool.writeShares(poolId, book);
        emit ProtocolFeeCollected(poolId, shares);
        if (shares != 0) _mint(revenueReceiver, uint256(poolId), shares);
    }

    /// @dev See {IPoolAdmin-setProtocolFee}.
    function setProtocolFee(uint256[] calldata key, uint256 protocolFeeBps)
        external
        onlyManager
        restricted
        nonReentrant
    {
        if (protocolFeeBps > MAX_PROTOCOL_FEE) revert ProtocolFeeTooHigh(protocolFeeBps);
        (bytes32 poolId, Pool.State storage pool) = _find(key);
        PoolShares.Book memory book = pool.read(poolId, key, false);
        // What grew until now is charged, or the new share would be taken of it later.
        if (protocolFeeBps > book.protocolFeeBps && (!book.measurable || book.late != 0)) {
            revert GrowthNotCharged(poolId, book.protocolFeeBps, protocolFeeBps);
        }
        book.protocolFeeBps = protocolFeeBps;
        pool.writeShares(poolId, book);
        emit ProtocolFeeSet(poolId, protocolFeeBps);
    }

    /// @dev See {IPoolAdmin-setInitialProtocolFee}.
    function setInitialProtocolFee(uint256 protocolFeeBps) external onlyManager restricted nonReentrant {
        _setInitialProtocolFee(protocolFeeBps);
    }

    /// @dev See {IPoolAdmin-rampAmplification}.
    function rampAmplification(uint256[] calldata key, uint256 amplification, uint256 end)
        external
        onlyManager
        restricted
        nonReentrant
    {
        (bytes32 poolId, Pool.State storage pool) = _find(key);
        PoolShares.Book memory book = pool.read(poolId, key, false);
        if (book.ann == 0) revert NotStable(poolId);
        uint256 measured = book.ramp == 0 ? book.ann : PoolRamp.measuredAt(book.ramp);
        book.ramp = PoolRamp.begin(key, book.ann, measured, amplification, end);
        book.status |= Pool.RAMPING;
        pool.ramp = book.ramp;
        // Without {PoolShares-restart}: no balance changes, so a pool that is out of range stays so.
        pool.store(book.status, book.balances);
        pool.writeShares(poolId, book);
        (uint256 first, uint256 last,, uint256 start,) = PoolRamp.unpack(book.ramp);
        emit AmplificationRamped(poolId, PoolRamp.toX32(first), PoolRamp.toX32(last), start, end);
    }

    /// @dev See {IPoolAdmin-setFlashFee}.
    function setFlashFee(uint256 fee) external onlyManager restricted nonReentrant {
        if (fee > HIGHEST_FLASH_FEE) revert FlashFeeTooHigh(fee);
        _flashFee = uint32(fee);
        emit FlashFeeSet(fee);
    }
}
