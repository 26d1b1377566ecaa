// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ERC6909} from "@openzeppelin/contracts/token/ERC6909/ERC6909.sol";
import {SafeTransferLib} from "solady/utils/SafeTransferLib.sol";
import {IPoolEvents} from "./IPoolEvents.sol";
import {Pool} from "./Pool.sol";
import {PoolKey} from "./PoolKey.sol";

/// @title PoolStorage
/// @notice The storage that {PoolManager} shares with the extensions it delegates to, one lock for all of them, and how tokens move.
/// @dev Everything that has a storage slot is declared here or in the bases, so that the layout is the same in every part.
abstract contract PoolStorage is ERC6909, AccessManaged, IPoolEvents {
    using Pool for Pool.State;
    using PoolKey for uint256;
    using PoolKey for uint256[];

    /// @dev Highest protocol fee, in basis points.
    uint256 internal constant MAX_PROTOCOL_FEE = 5_000;

    /// @dev The protocol's share of growth that new pools start with, in basis points.
    uint256 internal _initialProtocolFeeBps;
    mapping(bytes32 poolId => Pool.State) internal _pools;

    uint256 private transient _locked;

    /// @notice ReentrancyGuardReentrantCall() of OpenZeppelin's guard.
    error ReentrancyGuardReentrantCall();

    modifier before(uint256 deadline) {
        if (block.timestamp > deadline) revert DeadlinePassed(deadline, block.timestamp);
        _;
    }

    /// @dev From here on every entry and every view of a pool's state reverts, in all parts.
    modifier nonReentrant() {
        if (_locked != 0) revert ReentrancyGuardReentrantCall();
        _locked = 1;
        _;
        _locked = 0;
    }

    modifier nonReentrantView() {
        if (_locked != 0) revert ReentrancyGuardReentrantCall();
        _;
    }

    /// @dev Takes `amount` from the caller and refuses tokens that deliver less.
    function _pull(address token, uint256 amount) internal {
        uint256 balanceBefore = SafeTransferLib.balanceOf(token, address(this));
        SafeTransferLib.safeTransferFrom(token, msg.sender, address(this), amount);
        uint256 balanceAfter = SafeTransferLib.balanceOf(token, address(this));
        unchecked {
            // Below zero when the token took from the manager: as large a difference as can be reported.
            uint256 received = balanceAfter < balanceBefore ? 0 : balanceAfter - balanceBefore;
            if (received < amount) revert TransferIncomplete(token, received, amount);
        }
    }

    function _pullAll(uint256[] calldata key, uint256[] memory amounts) internal {
        for (uint256 i = 0; i < amounts.length; ++i) {
            _pull(key[i + 1].token(), amounts[i]);
        }
    }

    function _setInitialProtocolFee(uint256 protocolFeeBps) internal {
        if (protocolFeeBps > MAX_PROTOCOL_FEE) revert ProtocolFeeTooHigh(protocolFeeBps);
        _initialProtocolFeeBps = protocolFeeBps;
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

    /// @dev Hands the call on to `target` with this contract's storage, and its answer back.
    function _delegate(address target) internal {
        assembly {
            calldatacopy(0, 0, calldatasize())
            let success := delegatecall(gas(), target, 0, calldatasize(), 0, 0)
            returndatacopy(0, 0, returndatasize())
            if iszero(success) { revert(0, returndatasize()) }
            return(0, returndatasize())
        }
    }
}
