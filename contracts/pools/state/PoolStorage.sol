// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ERC6909} from "@openzeppelin/contracts/token/ERC6909/ERC6909.sol";
import {SafeTransferLib} from "solady/utils/SafeTransferLib.sol";
import {IPoolErrors} from "../IPoolErrors.sol";
import {IPoolEvents} from "../IPoolEvents.sol";
import {IWrappedNative} from "../external/IWrappedNative.sol";
import {Pool} from "./Pool.sol";
import {PoolKey} from "./PoolKey.sol";

/// @title PoolStorage
/// @notice The storage that {PoolManager} shares with the modules that it delegates to, one lock for all of them, and how tokens move.
/// @dev Everything that has a storage slot is declared here or in the bases, so that the layout is the same in every part.
abstract contract PoolStorage is ERC6909, AccessManaged, IPoolErrors, IPoolEvents {
    using Pool for Pool.State;
    using PoolKey for uint256;
    using PoolKey for uint256[];

    /// @dev Highest protocol fee, in basis points.
    uint256 internal constant MAX_PROTOCOL_FEE = 5_000;
    /// @dev Highest fee of flash loans, in millionths.
    uint256 internal constant HIGHEST_FLASH_FEE = 10_000;
    /// @dev Bits of the context, see {_context}.
    uint256 private constant ENTERED = 1;
    uint256 internal constant UNWRAP = 2;

    /// @dev See {IPoolManager-revenueReceiver}.
    address public immutable revenueReceiver;
    /// @dev See {IPoolManager-wrappedNative}.
    address public immutable wrappedNative;

    /// @dev Until when there are no flash loans and no new pools, see {PoolPause}. One word with the two below, which flash loans and the
    /// creation of pools read and nothing else does.
    uint160 internal _managerPauses;
    /// @dev The protocol's share of growth that new pools start with, in basis points.
    uint32 internal _initialProtocolFeeBps;
    /// @dev Fee of flash loans, in millionths.
    uint32 internal _flashFee;
    mapping(bytes32 poolId => Pool.State) internal _pools;

    /// @dev The lock (bit 0: something is under way) and, during {PoolLiquidity-multicall}, whose batch it is (bits 2 to 161) and whether
    /// wrapped native coin is to leave as native coin (bit 1). One word, since every entry reads and writes it.
    uint256 internal transient _context;
    /// @dev Native coin that was wrapped since the call began.
    uint256 private transient _nativeSpent;
    /// @dev Whether a flash loan is under way.
    bool internal transient _lending;

    /// @notice A call is under way.
    error ReentrancyGuardReentrantCall();

    modifier checkDeadline(uint256 deadline) {
        if (block.timestamp > deadline) revert DeadlinePassed(deadline, block.timestamp);
        _;
    }

    /// @dev From here on every entry and every view of a pool's state reverts, in all parts.
    modifier nonReentrant() {
        uint256 context = _enter();
        _;
        _leave(context);
    }

    /// @dev As {nonReentrant}, for functions that take native coin; what they do not use goes back.
    modifier nonReentrantPayable() {
        uint256 context = _enter();
        _;
        _settle(context);
    }

    /// @dev For what calls nobody.
    modifier nonReentrantView() {
        if (_context & ENTERED != 0) revert ReentrancyGuardReentrantCall();
        _;
    }

    constructor(address revenueReceiver_, address wrappedNative_) {
        revenueReceiver = revenueReceiver_;
        wrappedNative = wrappedNative_;
    }

    /// @dev As the others, the functions that are inherited wait for the end of a call: shares are minted before they are paid.
    function balanceOf(address owner, uint256 id) public view override nonReentrantView returns (uint256) {
        return super.balanceOf(owner, id);
    }

    function allowance(address owner, address spender, uint256 id)
        public
        view
        override
        nonReentrantView
        returns (uint256)
    {
        return super.allowance(owner, spender, id);
    }

    function isOperator(address owner, address spender) public view override nonReentrantView returns (bool) {
        return super.isOperator(owner, spender);
    }

    function approve(address spender, uint256 id, uint256 amount) public override nonReentrantView returns (bool) {
        return super.approve(spender, id, amount);
    }

    function setOperator(address spender, bool approved) public override nonReentrantView returns (bool) {
        return super.setOperator(spender, approved);
    }

    function transfer(address receiver, uint256 id, uint256 amount) public override nonReentrantView returns (bool) {
        return super.transfer(receiver, id, amount);
    }

    function transferFrom(address sender, address receiver, uint256 id, uint256 amount)
        public
        override
        nonReentrantView
        returns (bool)
    {
        return super.transferFrom(sender, receiver, id, amount);
    }

    function setAuthority(address newAuthority) public override nonReentrantView {
        super.setAuthority(newAuthority);
    }

    function _enter() internal returns (uint256 context) {
        context = _context;
        if (context & ENTERED != 0) revert ReentrancyGuardReentrantCall();
        _context = context | ENTERED;
    }

    function _leave(uint256 context) internal {
        _context = context;
    }

    /// @dev {_leave} for functions that take native coin. Within a batch the batch gives back what is left, at its end.
    function _settle(uint256 context) internal {
        if (msg.value != 0) {
            uint256 spent = _nativeSpent;
            _nativeSpent = 0;
            if (context >> 2 != uint160(msg.sender) && msg.value != spent) {
                SafeTransferLib.safeTransferETH(msg.sender, msg.value - spent);
            }
        }
        _context = context;
    }

    /// @dev Takes `amount` from the caller and refuses tokens that deliver less.
    function _pull(address token, uint256 amount) internal {
        if (msg.value != 0 && token == wrappedNative) return _wrap(amount);
        _pullFrom(token, msg.sender, amount);
    }

    function _pullFrom(address token, address from, uint256 amount) internal {
        uint256 balanceBefore = SafeTransferLib.balanceOf(token, address(this));
        SafeTransferLib.safeTransferFrom(token, from, address(this), amount);
        uint256 balanceAfter = SafeTransferLib.balanceOf(token, address(this));
        unchecked {
            // Below zero when the token took from the manager: as large a difference as can be reported.
            uint256 received = balanceAfter < balanceBefore ? 0 : balanceAfter - balanceBefore;
            if (received < amount) revert TransferIncomplete(token, received, amount);
        }
    }

    /// @dev Sends `amount`, as native coin when the caller's batch asked for that.
    function _push(address token, address to, uint256 amount, uint256 context) internal {
        if (context & UNWRAP != 0 && token == wrappedNative && context >> 2 == uint160(msg.sender)) {
            IWrappedNative(token).withdraw(amount);
            SafeTransferLib.safeTransferETH(to, amount);
        } else {
            SafeTransferLib.safeTransfer(token, to, amount);
        }
    }

    /// @dev A batch may come here more than once with the same value: then the manager has none left, and the deposit fails.
    function _wrap(uint256 amount) private {
        if (amount > msg.value) revert NativeAmountTooLow(msg.value, amount);
        _nativeSpent += amount;
        IWrappedNative(wrappedNative).deposit{value: amount}();
    }

    function _pullAll(uint256[] calldata key, uint256[] memory amounts) internal {
        unchecked {
            for (uint256 i = 0; i < amounts.length; ++i) {
                _pull(key.wordAt(i + 1).token(), amounts[i]);
            }
        }
    }

    function _setInitialProtocolFee(uint256 protocolFeeBps) internal {
        if (protocolFeeBps > MAX_PROTOCOL_FEE) revert ProtocolFeeTooHigh(protocolFeeBps);
        _initialProtocolFeeBps = uint32(protocolFeeBps);
        emit InitialProtocolFeeSet(protocolFeeBps);
    }

    /// @dev Where the pool of this key lies, whether there is one or not.
    function _find(uint256[] calldata key) internal view returns (bytes32 poolId, Pool.State storage pool) {
        poolId = key.toId();
        pool = _pools[poolId];
    }

    /// @dev Only of a pool that exists.
    function _checkCount(uint256[] calldata key, uint256 count) internal pure {
        if (count != key.tokenCount()) revert AmountCountInvalid(count, key.tokenCount());
    }

    function _checkIndex(uint256[] calldata key, uint256 index) internal pure {
        if (index >= key.tokenCount()) revert TokenIndexInvalid(index, index);
    }

    /// @dev Hands the call on to `target` with this contract's storage, and its answer back.
    function _delegate(address target) internal {
        assembly ("memory-safe") {
            let free := mload(0x40)
            calldatacopy(free, 0, calldatasize())
            let success := delegatecall(gas(), target, free, calldatasize(), 0, 0)
            returndatacopy(free, 0, returndatasize())
            if iszero(success) { revert(free, returndatasize()) }
            return(free, returndatasize())
        }
    }
}
