// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IWalletRecovery} from "./IWalletRecovery.sol";
import {SkillLedger} from "./SkillLedger.sol";

/// @title WalletRecovery
/// @notice Recovery of wallets by guardians. {IWalletRecovery} documents it.
abstract contract WalletRecovery is SkillLedger, IWalletRecovery {
    struct GuardianSet {
        address[] members;
        uint64 threshold;
        /// @dev Of a proposed set only: from when it can be accepted.
        uint64 acceptableAt;
    }

    /// @param to Zero: none is pending.
    /// @param completableAt From when `to` may complete it.
    /// @param nonce Proposals there were.
    /// @param isFinal Only governance can veto it.
    /// @param vetoUsed The holder used the veto since the last recovery or change of guardians.
    struct Recovery {
        address to;
        uint40 completableAt;
        uint32 nonce;
        bool isFinal;
        bool vetoUsed;
    }

    bytes32 private constant APPROVAL_TYPEHASH =
        keccak256("RecoveryApproval(uint256 wallet,address to,uint256 nonce,uint256 deadline)");

    uint256 internal constant VETO_WINDOW = 7 days;
    uint256 internal constant COMPLETION_WINDOW = 14 days;
    /// @dev Longer than VETO_WINDOW: guardians who notice a thief's change in time can still propose, be vetoed, and propose again.
    uint256 internal constant GUARDIAN_DELAY = 14 days;
    uint256 internal constant BURN_DELAY = 14 days;
    uint256 internal constant RECOVERY_COOLDOWN = 180 days;
    uint256 private constant MIN_GUARDIANS = 2;
    uint256 private constant MAX_GUARDIANS = 10;

    mapping(uint256 wallet => GuardianSet) private _guardians;
    mapping(uint256 wallet => GuardianSet) private _proposedGuardians;
    mapping(uint256 wallet => Recovery) private _recoveries;

    /// @inheritdoc IWalletRecovery
    function setGuardians(address[] calldata guardians, uint256 threshold) external override {
        uint256 wallet = _callersWallet();
        _checkGuardians(guardians, threshold);
        _requireNoRecovery(wallet);
        if (!_isGuarded(wallet)) {
            _guardians[wallet] = GuardianSet(guardians, uint64(threshold), 0);
            emit GuardiansSet(wallet, guardians, threshold);
        } else {
            uint256 acceptableAt = block.timestamp + GUARDIAN_DELAY;
            _proposedGuardians[wallet] = GuardianSet(guardians, uint64(threshold), uint64(acceptableAt));
            emit GuardiansProposed(wallet, guardians, threshold, acceptableAt);
        }
    }

    /// @inheritdoc IWalletRecovery
    function acceptGuardians(uint256 wallet) external override {
        GuardianSet memory proposed = _proposedGuardians[wallet];
        if (proposed.acceptableAt == 0 || _ownerOf(wallet) == address(0)) revert NoGuardianChange(wallet);
        if (block.timestamp < proposed.acceptableAt) revert TooEarly(proposed.acceptableAt, block.timestamp);
        _requireNoRecovery(wallet);
        delete _proposedGuardians[wallet];
        _recoveries[wallet].vetoUsed = false;
        _guardians[wallet] = GuardianSet(proposed.members, proposed.threshold, 0);
        emit GuardiansSet(wallet, proposed.members, proposed.threshold);
    }

    /// @inheritdoc IWalletRecovery
    function proposeRecovery(uint256 wallet, address to, uint256 deadline, GuardianApproval[] calldata approvals)
        external
        override
    {
        _requireOwned(wallet);
        _requireNoRecovery(wallet);
        _requireFree(to);
        Recovery memory recovery = _recoveries[wallet];
        uint256 recoveredAt = _wallets[wallet].recoveredAt;
        if (recoveredAt != 0 && block.timestamp < recoveredAt + RECOVERY_COOLDOWN) {
            revert TooEarly(recoveredAt + RECOVERY_COOLDOWN, block.timestamp);
        }
        _checkApprovals(wallet, to, recovery, deadline, approvals);

        // What a thief may have begun meanwhile.
        _cancelGuardianChange(wallet);
        _wallets[wallet].burnableAt = 0;

        recovery.to = to;
        recovery.completableAt = uint40(block.timestamp + VETO_WINDOW);
        recovery.isFinal = recovery.vetoUsed;
        uint256 nonce = recovery.nonce++;
        _recoveries[wallet] = recovery;
        emit RecoveryProposed(wallet, to, nonce, recovery.isFinal, recovery.completableAt);
    }

    /// @inheritdoc IWalletRecovery
    function vetoRecovery() external override {
        uint256 wallet = _callersWallet();
        Recovery memory recovery = _pendingRecovery(wallet);
        if (recovery.isFinal || block.timestamp >= recovery.completableAt) revert VetoNotPossible(wallet);
        _recoveries[wallet].vetoUsed = true;
        _endRecovery(wallet);
        emit RecoveryVetoed(wallet, false);
    }

    /// @inheritdoc IWalletRecovery
    function vetoRecoveryByGovernance(uint256 wallet) external override restricted {
        _pendingRecovery(wallet);
        _endRecovery(wallet);
        emit RecoveryVetoed(wallet, true);
    }

    /// @inheritdoc IWalletRecovery
    function completeRecovery(uint256 wallet) external override {
        Recovery memory recovery = _pendingRecovery(wallet);
        if (msg.sender != recovery.to) revert NotTheRecipient(msg.sender, recovery.to);
        if (block.timestamp < recovery.completableAt) revert TooEarly(recovery.completableAt, block.timestamp);
        // It may have taken a wallet since the proposal, or lost one to a recovery.
        _requireFree(msg.sender);
        _recoveries[wallet].vetoUsed = false;
        _endRecovery(wallet);
        address from = _recover(wallet, msg.sender);
        emit WalletRecovered(wallet, from, msg.sender);
        emit MetadataUpdate(wallet);
    }

    /// @inheritdoc IWalletRecovery
    function guardiansOf(uint256 wallet) external view override returns (address[] memory, uint256) {
        return (_guardians[wallet].members, _guardians[wallet].threshold);
    }

    /// @inheritdoc IWalletRecovery
    function proposedGuardiansOf(uint256 wallet) external view override returns (address[] memory, uint256, uint256) {
        GuardianSet memory proposed = _proposedGuardians[wallet];
        return (proposed.members, proposed.threshold, proposed.acceptableAt);
    }

    /// @inheritdoc IWalletRecovery
    function recoveryOf(uint256 wallet) external view override returns (RecoveryState memory) {
        Recovery memory r = _recoveries[wallet];
        uint256 lapsesAt = r.to == address(0) ? 0 : r.completableAt + COMPLETION_WINDOW;
        return RecoveryState(r.to, r.completableAt, lapsesAt, r.isFinal, r.vetoUsed, r.nonce);
    }

    /// @dev Whether a wallet has guardians that count.
    function _isGuarded(uint256 wallet) internal view returns (bool) {
        return _guardians[wallet].threshold != 0;
    }

    function _requireNoRecovery(uint256 wallet) internal view {
        if (_isPending(_recoveries[wallet])) revert RecoveryPending(wallet);
    }

    function _pendingRecovery(uint256 wallet) private view returns (Recovery memory recovery) {
        recovery = _recoveries[wallet];
        if (!_isPending(recovery) || _ownerOf(wallet) == address(0)) revert NoRecovery(wallet);
    }

    function _isPending(Recovery memory recovery) private view returns (bool) {
        return recovery.to != address(0) && block.timestamp < recovery.completableAt + COMPLETION_WINDOW;
    }

    function _endRecovery(uint256 wallet) private {
        Recovery storage recovery = _recoveries[wallet];
        (recovery.to, recovery.completableAt, recovery.isFinal) = (address(0), 0, false);
    }

    function _cancelGuardianChange(uint256 wallet) private {
        if (_proposedGuardians[wallet].acceptableAt == 0) return;
        delete _proposedGuardians[wallet];
        emit GuardianChangeCancelled(wallet);
    }

    /// @dev Both lists ascend, so one walk over the guardians finds every approval, and none twice.
    function _checkApprovals(
        uint256 wallet,
        address to,
        Recovery memory recovery,
        uint256 deadline,
        GuardianApproval[] calldata approvals
    ) private view {
        address[] memory guardians = _guardians[wallet].members;
        uint256 needed = recovery.vetoUsed ? guardians.length : _guardians[wallet].threshold;
        // Without guardians nothing is ever enough.
        if (needed == 0 || approvals.length < needed) revert ApprovalsMissing(approvals.length, needed);
        bytes32 structHash = keccak256(abi.encode(APPROVAL_TYPEHASH, wallet, to, uint256(recovery.nonce), deadline));
        uint256 next;
        for (uint256 i = 0; i < approvals.length; ++i) {
            address guardian = approvals[i].guardian;
            while (next < guardians.length && guardians[next] != guardian) ++next;
            if (next == guardians.length || !_isSigned(guardian, structHash, deadline, approvals[i].signature)) {
                revert ApprovalInvalid(i);
            }
            ++next;
        }
        for (uint256 i = 0; i < guardians.length; ++i) {
            if (guardians[i] == to) revert RecipientIsGuardian(to);
        }
    }

    function _checkGuardians(address[] calldata guardians, uint256 threshold) private view {
        uint256 count = guardians.length;
        bool valid = count == 0
            ? threshold == 0
            : count >= MIN_GUARDIANS && count <= MAX_GUARDIANS && threshold * 2 > count && threshold <= count;
        for (uint256 i = 0; i < count && valid; ++i) {
            address last = i == 0 ? address(0) : guardians[i - 1];
            valid = guardians[i] > last && guardians[i] != msg.sender;
        }
        if (!valid) revert GuardiansInvalid(count, threshold);
    }
}
