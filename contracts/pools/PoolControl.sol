// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeTransferLib} from "solady/utils/SafeTransferLib.sol";
import {FixedPoint} from "./FixedPoint.sol";
import {IFlashBorrower} from "./IFlashBorrower.sol";
import {IPoolControl} from "./IPoolControl.sol";
import {Pool} from "./Pool.sol";
import {PoolExtension} from "./PoolExtension.sol";
import {PoolKey} from "./PoolKey.sol";
import {PoolPause} from "./PoolPause.sol";
import {PoolShares} from "./PoolShares.sol";
import {PoolTerms} from "./PoolTerms.sol";

/// @title PoolControl
/// @notice The extension of {PoolManager} of creation, of what governance and the guardian set, of flash loans and of batches. {IPoolManager} documents it.
contract PoolControl is PoolExtension, IPoolControl {
    using Pool for Pool.State;
    using PoolKey for uint256;
    using PoolKey for uint256[];
    using PoolPause for Pool.State;
    using PoolShares for Pool.State;

    /// @inheritdoc IPoolControl
    uint256 public constant override MAX_PROTOCOL_FEE_BPS = MAX_PROTOCOL_FEE;
    /// @inheritdoc IPoolControl
    uint256 public constant override MAX_FLASH_FEE = 10_000;
    /// @inheritdoc IPoolControl
    uint256 public constant override MAX_PAUSE = 7 days;
    /// @inheritdoc IPoolControl
    uint256 public constant override PAUSE_COOLDOWN = 14 days;
    bytes32 private constant FLASH_MAGIC = keccak256("IFlashBorrower.onFlashLoan");

    /// @param revenueReceiver_ Where protocol fees and the fees of flash loans go.
    /// @param wrappedNative_ The wrapped native coin, 0 for none.
    constructor(address revenueReceiver_, address wrappedNative_) PoolExtension(revenueReceiver_, wrappedNative_) {}

    /// @inheritdoc IPoolControl
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

    /// @inheritdoc IPoolControl
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
    function pause(bytes32[] calldata poolIds, uint256 flags, uint256 duration)
        external
        override
        onlyManager
        restricted
        nonReentrant
    {
        if (duration == 0 || duration > MAX_PAUSE) revert PauseDurationInvalid(duration);
        for (uint256 i = 0; i < poolIds.length; ++i) {
            _pools[poolIds[i]].pauseByGuardian(poolIds[i], flags, duration, PAUSE_COOLDOWN);
        }
    }

    /// @inheritdoc IPoolControl
    function setPause(bytes32[] calldata poolIds, uint256 flags, uint256 until)
        external
        override
        onlyManager
        restricted
        nonReentrant
    {
        for (uint256 i = 0; i < poolIds.length; ++i) {
            _pools[poolIds[i]].setPause(poolIds[i], flags, until);
        }
    }

    /// @inheritdoc IPoolControl
    function clearExpiredPauses(bytes32[] calldata poolIds) external override onlyManager nonReentrant {
        for (uint256 i = 0; i < poolIds.length; ++i) {
            _pools[poolIds[i]].clearExpired();
        }
    }

    /// @inheritdoc IPoolControl
    function pausedUntil(bytes32 poolId, uint256 flag) external view override onlyManager returns (uint256 until) {
        PoolPause.checkFlags(flag);
        if (flag & (flag - 1) != 0) revert PauseFlagsInvalid(flag);
        until = Pool.pausedUntil(_pools[poolId].pauses, flag << 225);
        if (until <= block.timestamp) until = 0;
    }

    /// @inheritdoc IPoolControl
    function rampAmplification(uint256[] calldata key, uint256 amplification, uint256 end)
        external
        override
        onlyManager
        restricted
        nonReentrant
    {
        (bytes32 poolId, Pool.State storage pool) = _find(key);
        (PoolShares.Book memory book, uint256 accrued) = pool.read(poolId, key, false);
        uint256 first = book.ann;
        if (first == 0) revert NotStable(poolId);
        uint256 last = amplification * key.tokenCount();
        uint256 duration = end > block.timestamp ? end - block.timestamp : 0;
        if (
            amplification == 0 || amplification > PoolKey.MAX_AMPLIFICATION || last > 2 * first || 2 * last < first
                || duration < 1 days || duration > 365 days
        ) {
            revert RampOutOfRange(first, last, duration);
        }
        uint256 measured = book.ramp == 0 ? first : PoolTerms.annOfCheckpoint(book.ramp);
        book.ramp = PoolTerms.packRamp(first, last, measured, block.timestamp, end);
        book.status |= Pool.RAMPING;
        pool.write(book);
        if (accrued != 0) emit ProtocolFeeAccrued(poolId, accrued);
        emit AmplificationRamped(poolId, first, last, block.timestamp, end);
    }

    /// @inheritdoc IPoolControl
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

    /// @inheritdoc IPoolControl
    function flashLoan(address[] calldata tokens, uint256[] calldata amounts, bytes calldata data)
        external
        override
        onlyManager
    {
        uint256 context = _enter();
        if (_lending) revert FlashLoanNested();
        _lending = true;
        if (tokens.length != amounts.length) revert AmountCountInvalid(amounts.length, tokens.length);
        uint256[] memory fees = new uint256[](amounts.length);
        for (uint256 i = 0; i < tokens.length; ++i) {
            fees[i] = FixedPoint.mulDivUp(amounts[i], _flashFee, PoolKey.MILLION);
            SafeTransferLib.safeTransfer(tokens[i], msg.sender, amounts[i]);
        }
        // Pools can be used meanwhile: their balances know nothing of the loan. Around it the lock is held, so that nothing else can
        // bring tokens in between the two readings of {_pullFrom}.
        _leave(context);
        if (IFlashBorrower(msg.sender).onFlashLoan(tokens, amounts, fees, data) != FLASH_MAGIC) {
            revert FlashLoanRefused(msg.sender);
        }
        _enter();
        for (uint256 i = 0; i < tokens.length; ++i) {
            _pullFrom(tokens[i], msg.sender, amounts[i]);
            if (fees[i] != 0) SafeTransferLib.safeTransferFrom(tokens[i], msg.sender, revenueReceiver, fees[i]);
            emit FlashLoan(msg.sender, tokens[i], amounts[i], fees[i]);
        }
        _lending = false;
        _leave(context);
    }

    /// @inheritdoc IPoolControl
    function setFlashFee(uint256 fee) external override onlyManager restricted {
        if (fee > MAX_FLASH_FEE) revert FlashFeeTooHigh(fee);
        _flashFee = fee;
        emit FlashFeeSet(fee);
    }

    /// @inheritdoc IPoolControl
    function flashFee() external view override onlyManager returns (uint256 fee) {
        return _flashFee;
    }

    /// @inheritdoc IPoolControl
    /// @dev The pools are not locked between the calls, so the batch is bound to its caller: whoever else is called meanwhile has its
    /// wrapped native coin as it is, and pays with what it sends itself.
    function multicall(bytes[] calldata calls, bool unwrap)
        external
        payable
        override
        onlyManager
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

    /// @inheritdoc IPoolControl
    function permitToken(address token, uint256 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
        external
        payable
        override
        onlyManager
        nonReentrantPayable
    {
        bytes memory input = abi.encodeCall(IERC20Permit.permit, (msg.sender, address(this), amount, deadline, v, r, s));
        assembly ("memory-safe") {
            pop(call(gas(), token, 0, add(input, 32), mload(input), 0, 0))
        }
    }

    /// @inheritdoc IPoolControl
    function initialProtocolFeeBps() external view override onlyManager returns (uint256) {
        return _initialProtocolFeeBps;
    }
}
