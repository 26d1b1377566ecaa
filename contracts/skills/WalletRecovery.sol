// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IWalletRecovery} from "./IWalletRecovery.sol";
import {WalletGuardians} from "./WalletGuardians.sol";

/// @title WalletRecovery
/// @notice Proposals of guardians to give a wallet to another account. {IWalletRecovery} documents it.
/// @dev Nobody else writes its words. Guardians begin, holder and governance stop, the new account ends.
abstract contract WalletRecovery is WalletGuardians, AccessManaged {
    /// @param to Zero: none is pending.
    /// @param completableAt From when `to` may complete it, in seconds.
    /// @param proposals Proposals there were.
    /// @param isFinal Only governance can veto it.
    /// @param recoveredAt Time of the last recovery, in seconds.
    /// @param vetoedIn One more than the number of guardian sets that were replaced when the holder used the veto;
    /// zero: not since the last recovery. The veto comes back with another set.
    struct Recovery {
        address to;
        uint40 completableAt;
        uint32 proposals;
        bool isFinal;
        uint40 recoveredAt;
        uint32 vetoedIn;
    }

    bytes32 private constant APPROVAL_TYPEHASH =
        keccak256("RecoveryApproval(uint256 wallet,address to,uint256 nonce,uint256 deadline)");

    uint256 private constant VETO_WINDOW = 7 days;
    uint256 private constant COMPLETION_WINDOW = 14 days;
    uint256 private constant RECOVERY_COOLDOWN = 180 days;

    mapping(uint256 wallet => Recovery) private _recoveries;

    /// @inheritdoc IWalletRecovery
    function proposeRecovery(uint256 wallet, address to, uint256 deadline, GuardianApproval[] calldata approvals)
        external
        override
    {
        _requireOwned(wallet);
        Recovery storage recovery = _recoveries[wallet];
        // One whose recipient has been given a wallet meanwhile, or has been barred, holds up no other.
        if (_isPending(recovery) && _isFree(recovery.to)) revert RecoveryPending(wallet);
        _requireFree(to);
        uint256 earliest = recovery.recoveredAt + RECOVERY_COOLDOWN;
        if (recovery.recoveredAt != 0 && block.timestamp < earliest) revert TooEarly(earliest, block.timestamp);
        uint256 nonce = _guardiansNonce(wallet);
        bool isFinal = _isVetoUsed(wallet);
        bytes32 structHash = keccak256(abi.encode(APPROVAL_TYPEHASH, wallet, to, nonce, deadline));
        _checkRecovery(wallet, to, isFinal, _digestUntil(deadline, structHash), approvals);

        // What a thief may have begun meanwhile.
        _cancelAnnouncements(wallet);
        uint256 completableAt = block.timestamp + VETO_WINDOW;
        (recovery.to, recovery.completableAt, recovery.isFinal) = (to, uint40(completableAt), isFinal);
        ++recovery.proposals;
        emit RecoveryProposed(wallet, to, nonce, isFinal, completableAt);
    }

    /// @inheritdoc IWalletRecovery
    function vetoRecovery() external override {
        uint256 wallet = _callersWallet();
        Recovery storage recovery = _pendingRecovery(wallet);
        if (recovery.isFinal || block.timestamp >= recovery.completableAt) revert VetoNotPossible(wallet);
        recovery.vetoedIn = uint32(_replacedGuardians(wallet) + 1);
        _endRecovery(recovery);
        emit RecoveryVetoed(wallet, false);
    }

    /// @inheritdoc IWalletRecovery
    function vetoRecoveryByGovernance(uint256 wallet) external override restricted {
        _endRecovery(_pendingRecovery(wallet));
        emit RecoveryVetoed(wallet, true);
    }

    /// @inheritdoc IWalletRecovery
    function completeRecovery(uint256 wallet) external override {
        Recovery storage recovery = _pendingRecovery(wallet);
        if (msg.sender != recovery.to) revert NotTheRecipient(msg.sender, recovery.to);
        if (block.timestamp < recovery.completableAt) revert TooEarly(recovery.completableAt, block.timestamp);
        // It may have taken a wallet since the proposal, or lost one to a recovery.
        _requireFree(msg.sender);
        _endRecovery(recovery);
        (recovery.recoveredAt, recovery.vetoedIn) = (uint40(block.timestamp), 0);
        address from = _giveTo(wallet, msg.sender);
        emit WalletRecovered(wallet, from, msg.sender);
    }

    /// @inheritdoc IWalletRecovery
    function recoveryOf(uint256 wallet) external view override returns (RecoveryState memory) {
        Recovery memory r = _recoveries[wallet];
        uint256 lapsesAt = r.to == address(0) ? 0 : r.completableAt + COMPLETION_WINDOW;
        return RecoveryState(r.to, r.completableAt, lapsesAt, r.isFinal, _isVetoUsed(wallet), _guardiansNonce(wallet));
    }

    /// @inheritdoc IWalletRecovery
    function recoveredAt(uint256 wallet) external view override returns (uint256) {
        return _recoveries[wallet].recoveredAt;
    }

    /// @dev Moves a wallet to an account that can have it.
    function _giveTo(uint256 wallet, address to) internal virtual returns (address from);

    function _requireNoRecovery(uint256 wallet) internal view override {
        if (_isPending(_recoveries[wallet])) revert RecoveryPending(wallet);
    }

    /// @dev What was signed for one set of guardians counts for no other, signed ahead or not.
    function _guardiansNonce(uint256 wallet) internal view override returns (uint256) {
        return _replacedGuardians(wallet) << 32 | _recoveries[wallet].proposals;
    }

    function _isVetoUsed(uint256 wallet) private view returns (bool) {
        return _recoveries[wallet].vetoedIn == _replacedGuardians(wallet) + 1;
    }

    function _pendingRecovery(uint256 wallet) private view returns (Recovery storage recovery) {
        recovery = _recoveries[wallet];
        if (!_isPending(recovery) || _holder(wallet) == address(0)) revert NoRecovery(wallet);
    }

    function _isPending(Recovery storage recovery) private view returns (bool) {
        return recovery.to != address(0) && block.timestamp < recovery.completableAt + COMPLETION_WINDOW;
    }

    function _endRecovery(Recovery storage recovery) private {
        (recovery.to, recovery.completableAt, recovery.isFinal) = (address(0), 0, false);
    }
}
