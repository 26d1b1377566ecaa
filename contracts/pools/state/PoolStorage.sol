// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC6909Metadata, IERC6909TokenSupply} from "@openzeppelin/contracts/interfaces/IERC6909.sol";
import {ERC6909} from "@openzeppelin/contracts/token/ERC6909/ERC6909.sol";
import {Context} from "@openzeppelin/contracts/utils/Context.sol";
import {SafeTransferLib} from "solady/utils/SafeTransferLib.sol";
import {IPoolErrors} from "../IPoolErrors.sol";
import {IPoolEvents} from "../IPoolEvents.sol";
import {IPermit2} from "../external/IPermit2.sol";
import {IWrappedNative} from "../external/IWrappedNative.sol";
import {Pool} from "./Pool.sol";
import {PoolKey} from "./PoolKey.sol";

/// @title PoolStorage
/// @notice The storage that {PoolManager} shares with the modules that it delegates to, one lock for all of them, and
/// how tokens move.
/// @dev Everything that has a storage slot is declared here or in the bases, so that the layout is the same in every
/// part.
abstract contract PoolStorage is ERC6909, AccessManaged, IPoolErrors, IPoolEvents {
    using Pool for Pool.State;
    using PoolKey for uint256;
    using PoolKey for uint256[];

    /// @dev Highest protocol fee, in basis points.
    uint256 internal constant MAX_PROTOCOL_FEE = 5_000;
    /// @dev Highest fee of flash loans, in millionths.
    uint256 internal constant HIGHEST_FLASH_FEE = 10_000;
    /// @dev Bits of the context, see {_context}.
    uint256 internal constant ENTERED = 1;
    uint256 internal constant UNWRAP = 2;
    uint256 internal constant BY_PERMIT2 = 1 << 162;
    /// @dev Permit2 is here on every chain that has it.
    IPermit2 internal constant PERMIT2 = IPermit2(0x000000000022D473030F116dDEE9F6B43aC78BA3);

    /// @dev See {IPoolManager-revenueReceiver}.
    address public immutable revenueReceiver;
    /// @dev See {IPoolManager-wrappedNative}.
    address public immutable wrappedNative;

    /// @dev Until when there are no flash loans and no new pools, see {PoolPause}. One word with the two below, which
    /// flash loans and the creation of pools read and nothing else does.
    uint160 internal _managerPauses;
    /// @dev The protocol's share of growth that new pools start with, in basis points.
    uint32 internal _initialProtocolFeeBps;
    /// @dev Fee of flash loans, in millionths.
    uint32 internal _flashFee;
    mapping(bytes32 poolId => Pool.State) internal _pools;
    /// @dev What is claimed of each token, in token units. The claims themselves are ERC-6909 tokens, see {_claimId}.
    mapping(address token => uint256) internal _claimed;
    /// @dev Next nonce of the signed approvals of each account.
    mapping(address owner => uint256) internal _nonces;

    /// @dev The lock (bit 0: something is under way) and, in the calls of a {PoolLedger-multicall}, whose batch it is
    /// (bits 2 to 161), whether wrapped native coin is to leave as native coin (bit 1), and whether Permit2 moves what
    /// the caller pays (bit 162). One word, since every entry reads and writes it.
    uint256 internal transient _context;
    /// @dev Native coin that was wrapped, of what came along with the call or the batch that is under way.
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

    /// @dev For what calls nobody.
    modifier nonReentrantView() {
        if (_context & ENTERED != 0) revert ReentrancyGuardReentrantCall();
        _;
    }

    constructor(address revenueReceiver_, address wrappedNative_) {
        revenueReceiver = revenueReceiver_;
        wrappedNative = wrappedNative_;
    }

    /// @inheritdoc ERC6909
    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return interfaceId == type(IERC6909TokenSupply).interfaceId || interfaceId == type(IERC6909Metadata).interfaceId
            || super.supportsInterface(interfaceId);
    }

    /// @dev As the others, the functions that are inherited wait for the end of a call: shares are minted before they
    /// are paid.
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

    /// @dev Frees the lock for a call to somebody else, whose calls are not of this batch and spend nothing of its
    /// coin.
    /// @return spent For {_resume}.
    function _suspend() internal returns (uint256 spent) {
        spent = _nativeSpent;
        (_context, _nativeSpent) = (0, 0);
    }

    /// @dev Ends {_suspend}.
    function _resume(uint256 context, uint256 spent) internal {
        (_context, _nativeSpent) = (context | ENTERED, spent);
    }

    /// @dev {_leave} for functions that take native coin. Within a batch the batch gives back what is left, at its end.
    function _settle(uint256 context) internal {
        if (msg.value != 0 && context == 0) _giveBack();
        _context = context;
    }

    /// @dev Gives back what came along and was not spent. The balance says nothing of it: coin may be a token as well.
    function _giveBack() internal {
        uint256 rest = msg.value - _nativeSpent;
        _nativeSpent = 0;
        if (rest != 0) SafeTransferLib.safeTransferETH(msg.sender, rest);
    }

    /// @dev The account that a call of the manager to itself is made for: the caller of the batch, see
    /// {PoolLedger-multicall}. It makes no other calls to itself that get past the lock.
    function _msgSender() internal view override(Context) returns (address) {
        return msg.sender == address(this) ? address(uint160(_context >> 2)) : msg.sender;
    }

    /// @dev Shares and claims of the manager itself would be nobody's.
    function _update(address from, address to, uint256 id, uint256 amount) internal override {
        if (to == address(this)) revert RecipientInvalid(to);
        super._update(from, to, id, amount);
    }

    /// @dev What goes to these would be nobody's.
    function _checkRecipient(address recipient) internal view {
        if (recipient == address(0) || recipient == address(this)) revert RecipientInvalid(recipient);
    }

    /// @dev Takes `amount` from the caller, in native coin first where that is due and came along, and refuses tokens
    /// that deliver less.
    /// @param context What {_enter} gave.
    function _pull(address token, uint256 amount, uint256 context) internal {
        bool otherwise;
        assembly ("memory-safe") {
            // One jump for what is rare.
            otherwise := or(or(callvalue(), shr(162, context)), iszero(amount))
        }
        if (otherwise) _pullOtherwise(token, amount, context);
        else _pullFrom(token, msg.sender, amount, false);
    }

    /// @dev {_pull} where native coin came along, Permit2 moves what is paid, or nothing is due.
    function _pullOtherwise(address token, uint256 amount, uint256 context) private {
        if (token == wrappedNative) {
            uint256 coin = msg.value - _nativeSpent;
            if (coin > amount) coin = amount;
            if (coin != 0) {
                _nativeSpent += coin;
                amount -= coin;
                IWrappedNative(token).deposit{value: coin}();
            }
        }
        if (amount != 0) _pullFrom(token, msg.sender, amount, context & BY_PERMIT2 != 0);
    }

    /// @dev Takes `amount`, which is not 0, from an account: a transfer of nothing is refused by some tokens.
    function _pullFrom(address token, address from, uint256 amount, bool byPermit2) internal {
        uint256 balanceBefore = SafeTransferLib.balanceOf(token, address(this));
        // Amounts are below 2^112, or the transfer fails.
        if (byPermit2) PERMIT2.transferFrom(from, address(this), uint160(amount), token);
        else SafeTransferLib.safeTransferFrom(token, from, address(this), amount);
        uint256 balanceAfter = SafeTransferLib.balanceOf(token, address(this));
        unchecked {
            // Below zero when the token took from the manager: as large a difference as can be reported.
            uint256 received = balanceAfter < balanceBefore ? 0 : balanceAfter - balanceBefore;
            if (received < amount) revert TransferIncomplete(token, received, amount);
        }
    }

    /// @dev Sends `amount`, as native coin when the batch asked for that.
    /// @param context What {_enter} gave.
    function _push(address token, address to, uint256 amount, uint256 context) internal {
        bool otherwise;
        assembly ("memory-safe") {
            // One jump for what is rare.
            otherwise := or(or(and(context, UNWRAP), iszero(amount)), or(iszero(shl(96, to)), eq(to, address())))
        }
        if (otherwise) _pushOtherwise(token, to, amount, context);
        else SafeTransferLib.safeTransfer(token, to, amount);
    }

    /// @dev {_push} where native coin is asked for, nothing is due, or nobody is to have it.
    function _pushOtherwise(address token, address to, uint256 amount, uint256 context) private {
        _checkRecipient(to);
        if (amount == 0) return;
        if (context & UNWRAP != 0 && token == wrappedNative) {
            // It would wrap what it gets, for the manager.
            if (to == token) revert RecipientInvalid(to);
            IWrappedNative(token).withdraw(amount);
            SafeTransferLib.safeTransferETH(to, amount);
        } else {
            SafeTransferLib.safeTransfer(token, to, amount);
        }
    }

    function _pullAll(uint256[] calldata key, uint256[] memory amounts, uint256 context) internal {
        unchecked {
            for (uint256 i = 0; i < amounts.length; ++i) {
                _pull(key.wordAt(i + 1).token(), amounts[i], context);
            }
        }
    }

    /// @dev Id of the claims on a token. Ids of pools are hashes: that one of them is below 2^160, and of a token
    /// besides that somebody has claims on, would take a preimage.
    function _claimId(address token) internal pure returns (uint256) {
        return uint160(token);
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
