// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IWalletRecovery} from "./IWalletRecovery.sol";
import {SignedMessages} from "./SignedMessages.sol";
import {WalletHolders} from "./WalletHolders.sol";

/// @title WalletGuardians
/// @notice Who guards a wallet, and what its holder announced against them. {IWalletRecovery} documents it.
/// @dev Nobody else writes its words. The holder begins ({setGuardians}, {_burnIsRipe}), time and anyone end
/// ({acceptGuardians}), and holder or guardians stop; none of these asks when the wallet was recovered, nor whether a
/// veto was used.
abstract contract WalletGuardians is IWalletRecovery, WalletHolders, SignedMessages {
    /// @param members Ascending.
    /// @param threshold How many approve a first proposal or a cancellation; zero: there are none.
    struct GuardianSet {
        address[] members;
        uint256 threshold;
    }

    /// @param current Guardians that count.
    /// @param announced Guardians that can count from `acceptableAt`.
    /// @param acceptableAt In seconds; zero: none were announced.
    /// @param burnableAt From when the holder may burn, in seconds; zero: no burn was announced.
    /// @param replaced Sets of guardians that another one took the place of.
    struct Guardianship {
        GuardianSet current;
        GuardianSet announced;
        uint40 acceptableAt;
        uint40 burnableAt;
        uint32 replaced;
    }

    bytes32 private constant CANCELLATION_TYPEHASH =
        keccak256("AnnouncementCancellation(uint256 wallet,uint256 ripensAt,uint256 nonce,uint256 deadline)");

    /// @dev Time for guardians to stop what a thief announced, by one call of their threshold.
    uint256 private constant ANNOUNCEMENT_DELAY = 14 days;
    /// @dev Then it counts if somebody comes for it, and lapses: what was forgotten is no gift to a later thief.
    uint256 private constant ANNOUNCEMENT_LIFE = 14 days;
    uint256 private constant MIN_GUARDIANS = 2;
    uint256 private constant MAX_GUARDIANS = 10;

    mapping(uint256 wallet => Guardianship) private _guardianships;
    mapping(address guardian => mapping(bytes32 digest => bool)) private _withdrawn;

    /// @inheritdoc IWalletRecovery
    function setGuardians(address[] calldata guardians, uint256 threshold) external override {
        uint256 wallet = _callersWallet();
        _checkGuardians(guardians, threshold);
        _requireNoRecovery(wallet);
        Guardianship storage g = _guardianships[wallet];
        if (g.current.threshold == 0) {
            g.current = GuardianSet(guardians, threshold);
            emit GuardiansSet(wallet, guardians, threshold);
        } else {
            uint256 acceptableAt = block.timestamp + ANNOUNCEMENT_DELAY;
            (g.announced, g.acceptableAt) = (GuardianSet(guardians, threshold), uint40(acceptableAt));
            emit GuardiansProposed(wallet, guardians, threshold, acceptableAt);
        }
    }

    /// @inheritdoc IWalletRecovery
    function acceptGuardians(uint256 wallet) external override {
        Guardianship storage g = _guardianships[wallet];
        // A recovery before the wallet has ended what was announced, and nothing is while it lasts.
        if (!_isAlive(g.acceptableAt) || _holder(wallet) == address(0)) revert NoGuardianChange(wallet);
        if (block.timestamp < g.acceptableAt) revert TooEarly(g.acceptableAt, block.timestamp);
        g.current = g.announced;
        ++g.replaced;
        _endGuardianChange(g);
        emit GuardiansSet(wallet, g.current.members, g.current.threshold);
    }

    /// @inheritdoc IWalletRecovery
    function cancelGuardianChange() external override {
        uint256 wallet = _callersWallet();
        if (!_cancelGuardianChange(wallet)) revert NoGuardianChange(wallet);
    }

    /// @inheritdoc IWalletRecovery
    function cancelBurn() external override {
        uint256 wallet = _callersWallet();
        if (!_cancelBurn(wallet)) revert NoBurnAnnounced(wallet);
    }

    /// @inheritdoc IWalletRecovery
    function cancelAnnouncement(
        uint256 wallet,
        uint256 ripensAt,
        uint256 deadline,
        GuardianApproval[] calldata approvals
    ) external override {
        Guardianship storage g = _guardianships[wallet];
        bytes32 structHash =
            keccak256(abi.encode(CANCELLATION_TYPEHASH, wallet, ripensAt, _guardiansNonce(wallet), deadline));
        _checkApprovals(wallet, g.current.threshold, _digestUntil(deadline, structHash), approvals);
        bool change = g.acceptableAt == ripensAt && _cancelGuardianChange(wallet);
        bool burn = g.burnableAt == ripensAt && _cancelBurn(wallet);
        if (!change && !burn) revert NothingAnnounced(wallet, ripensAt);
    }

    /// @inheritdoc IWalletRecovery
    function withdrawApproval(bytes32 digest) external override {
        _withdrawn[msg.sender][digest] = true;
        emit ApprovalWithdrawn(msg.sender, digest);
    }

    /// @inheritdoc IWalletRecovery
    function guardiansOf(uint256 wallet) external view override returns (address[] memory, uint256) {
        GuardianSet memory current = _guardianships[wallet].current;
        return (current.members, current.threshold);
    }

    /// @inheritdoc IWalletRecovery
    function proposedGuardiansOf(uint256 wallet) external view override returns (address[] memory, uint256, uint256) {
        Guardianship storage g = _guardianships[wallet];
        if (!_isAlive(g.acceptableAt)) return (new address[](0), 0, 0);
        return (g.announced.members, g.announced.threshold, g.acceptableAt);
    }

    /// @inheritdoc IWalletRecovery
    function burnableAt(uint256 wallet) external view override returns (uint256) {
        uint256 time = _guardianships[wallet].burnableAt;
        return _isAlive(time) ? time : 0;
    }

    /// @inheritdoc IWalletRecovery
    function isApprovalWithdrawn(address guardian, bytes32 digest) external view override returns (bool) {
        return _withdrawn[guardian][digest];
    }

    /// @dev Reverts where a recovery is before the wallet.
    function _requireNoRecovery(uint256 wallet) internal view virtual;

    /// @dev What the guardians of a wallet sign next.
    function _guardiansNonce(uint256 wallet) internal view virtual returns (uint256);

    /// @dev Whether the holder may burn now: there are no guardians, or it announced it in time. Announces it
    /// otherwise.
    function _burnIsRipe(uint256 wallet) internal returns (bool) {
        Guardianship storage g = _guardianships[wallet];
        if (g.current.threshold == 0) return true;
        uint256 ripensAt = g.burnableAt;
        if (_isAlive(ripensAt)) {
            if (block.timestamp < ripensAt) revert TooEarly(ripensAt, block.timestamp);
            g.burnableAt = 0;
            return true;
        }
        ripensAt = block.timestamp + ANNOUNCEMENT_DELAY;
        g.burnableAt = uint40(ripensAt);
        emit BurnAnnounced(wallet, ripensAt);
        return false;
    }

    /// @dev Ends whatever the holder announced.
    function _cancelAnnouncements(uint256 wallet) internal {
        _cancelGuardianChange(wallet);
        _cancelBurn(wallet);
    }

    /// @dev Sets of guardians of a wallet that another one took the place of.
    function _replacedGuardians(uint256 wallet) internal view returns (uint256) {
        return _guardianships[wallet].replaced;
    }

    /// @dev Reverts unless as many guardians as it takes approved of `to`, which is none of them.
    function _checkRecovery(
        uint256 wallet,
        address to,
        bool byAll,
        bytes32 digest,
        GuardianApproval[] calldata approvals
    ) internal view {
        GuardianSet memory current = _guardianships[wallet].current;
        _checkApprovals(wallet, byAll ? current.members.length : current.threshold, digest, approvals);
        for (uint256 i = 0; i < current.members.length; ++i) {
            if (current.members[i] == to) revert RecipientIsGuardian(to);
        }
    }

    /// @dev Both lists ascend, so one walk over the guardians finds every approval, and none twice.
    function _checkApprovals(uint256 wallet, uint256 needed, bytes32 digest, GuardianApproval[] calldata approvals)
        private
        view
    {
        // Without guardians nothing is ever enough.
        if (needed == 0 || approvals.length < needed) revert ApprovalsMissing(approvals.length, needed);
        address[] memory guardians = _guardianships[wallet].current.members;
        uint256 next;
        for (uint256 i = 0; i < approvals.length; ++i) {
            address guardian = approvals[i].guardian;
            while (next < guardians.length && guardians[next] != guardian) ++next;
            if (
                next == guardians.length || _withdrawn[guardian][digest]
                    || !_isSigned(guardian, digest, approvals[i].signature)
            ) revert ApprovalInvalid(i);
            ++next;
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

    /// @dev Whether there was a change of guardians to end. One that lapsed is cleared, but was none any more.
    function _cancelGuardianChange(uint256 wallet) private returns (bool alive) {
        Guardianship storage g = _guardianships[wallet];
        alive = _isAlive(g.acceptableAt);
        if (alive) emit GuardianChangeCancelled(wallet);
        _endGuardianChange(g);
    }

    /// @dev As {_cancelGuardianChange}, for a burn.
    function _cancelBurn(uint256 wallet) private returns (bool alive) {
        Guardianship storage g = _guardianships[wallet];
        alive = _isAlive(g.burnableAt);
        if (alive) emit BurnCancelled(wallet);
        g.burnableAt = 0;
    }

    function _endGuardianChange(Guardianship storage g) private {
        delete g.announced;
        g.acceptableAt = 0;
    }

    /// @dev Whether what ripens at a time was announced and has not lapsed.
    function _isAlive(uint256 ripensAt) private view returns (bool) {
        return ripensAt != 0 && block.timestamp < ripensAt + ANNOUNCEMENT_LIFE;
    }
}
