// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title IWalletRecovery
/// @notice Guardians bring a wallet whose key was lost or stolen to another account of the same person. The limits keep
/// a thief with the key from blocking that for ever, and holder and guardians from selling a wallet whenever they like.
/// What a key alone can do against guardians (naming others, burning the wallet) waits for 14 days, in which the
/// threshold of them can cancel it at any time, and lapses after 14 more.
/// @dev Recoveries: one proposal at a time, and one whose recipient cannot be given a wallet any more makes room for
/// the next at once. The first that a holder faces can be vetoed by the holder, once; from then on, until a recovery or
/// a change of guardians completes, only all guardians together can propose, and only governance can veto. Times, in
/// seconds: 7 days to veto, then 14 days in which the new account must complete; 180 days from one recovery to the
/// proposal of the next. Cancellations: whenever something is announced (after a veto, in the 180 days after a
/// recovery, until the very call that would have made it count). They take nothing else from the holder, who may
/// announce again at once. Warning: a threshold of guardians who mean ill can cancel for as long as they like; they
/// cannot move the wallet by that.
interface IWalletRecovery {
    /// @notice A guardian's signature, over RecoveryApproval (see {proposeRecovery}) or AnnouncementCancellation (see
    /// {cancelAnnouncement}).
    /// @param guardian Who signs.
    /// @param signature 65 bytes (r, s, v), or whatever the guardian's contract approves by EIP-1271.
    struct GuardianApproval {
        address guardian;
        bytes signature;
    }

    /// @notice A proposal that is, or was, before a wallet.
    /// @param to The account that shall have the wallet; zero: there is none.
    /// @param completableAt From when `to` may complete it, in seconds.
    /// @param lapsesAt From when it no longer can, in seconds.
    /// @param final_ Only governance can veto it.
    /// @param vetoUsed The holder has used the veto: the next proposal takes all guardians.
    /// @param nonce What guardians sign next: the proposals there were, plus 2^32 for each set of guardians that was
    /// replaced.
    struct RecoveryState {
        address to;
        uint256 completableAt;
        uint256 lapsesAt;
        bool final_;
        bool vetoUsed;
        uint256 nonce;
    }

    /// @notice These guardians count from now on. What earlier ones signed no longer does.
    event GuardiansSet(uint256 indexed wallet, address[] guardians, uint256 threshold);
    /// @notice These guardians can count from `acceptableAt`, in seconds, for 14 days.
    event GuardiansProposed(uint256 indexed wallet, address[] guardians, uint256 threshold, uint256 acceptableAt);
    /// @notice A change of guardians that was announced will not happen.
    event GuardianChangeCancelled(uint256 indexed wallet);
    /// @notice The holder announced to burn the wallet, which can be done from `burnableAt`, in seconds, for 14 days.
    event BurnAnnounced(uint256 indexed wallet, uint256 burnableAt);
    /// @notice A burn that was announced will not happen.
    event BurnCancelled(uint256 indexed wallet);
    /// @notice A guardian takes back what it signed under this digest.
    event ApprovalWithdrawn(address indexed guardian, bytes32 indexed digest);
    /// @notice Guardians propose to give the wallet to another account. It ends an announced burn and a change of
    /// guardians.
    event RecoveryProposed(
        uint256 indexed wallet, address indexed to, uint256 nonce, bool final_, uint256 completableAt
    );
    /// @notice The proposal is off.
    event RecoveryVetoed(uint256 indexed wallet, bool byGovernance);
    /// @notice The wallet, and all that goes with it, belongs to `to`; `from` may never have a wallet again.
    event WalletRecovered(uint256 indexed wallet, address indexed from, address indexed to);

    /// @notice Not 2 to 10 guardians (or none) strictly ascending, not a majority as threshold, or the holder among
    /// them.
    error GuardiansInvalid(uint256 count, uint256 threshold);
    /// @notice No change of guardians is announced, or it has lapsed.
    error NoGuardianChange(uint256 wallet);
    /// @notice No burn is announced, or it has lapsed.
    error NoBurnAnnounced(uint256 wallet);
    /// @notice Nothing that was announced can count from that time on.
    error NothingAnnounced(uint256 wallet, uint256 ripensAt);
    /// @notice Not yet.
    error TooEarly(uint256 earliest, uint256 blockTime);
    /// @notice A recovery is before the wallet: its guardians cannot be changed and it cannot be burned by its holder.
    error RecoveryPending(uint256 wallet);
    /// @notice Fewer guardians approved than it takes.
    error ApprovalsMissing(uint256 approvals, uint256 needed);
    /// @notice The approval at `index` is not by a guardian behind the one before, its signature is wrong, or it was
    /// taken back.
    error ApprovalInvalid(uint256 index);
    /// @notice No recovery is before the wallet.
    error NoRecovery(uint256 wallet);
    /// @notice A guardian cannot be given the wallet.
    error RecipientIsGuardian(address to);
    /// @notice The caller is not the account that the recovery is for.
    error NotTheRecipient(address caller, address to);
    /// @notice The holder's veto was used before, or the time to veto is over.
    error VetoNotPossible(uint256 wallet);

    /// @notice Names the guardians of the caller's wallet. Counts at once if it has none; else it is announced and
    /// counts once accepted, from 14 days on and before 28. A later call replaces an announced change and its time.
    /// @param guardians 2 to 10, strictly ascending, none zero, without the holder; or none at all.
    /// @param threshold How many approve a first proposal or a cancellation: a majority; zero if there are none.
    function setGuardians(address[] calldata guardians, uint256 threshold) external;

    /// @notice Lets an announced change of guardians count, once its time has come and before it lapses. Anyone may
    /// call it.
    /// @param wallet Token id.
    function acceptGuardians(uint256 wallet) external;

    /// @notice The holder drops a change of guardians that it announced.
    function cancelGuardianChange() external;

    /// @notice The holder drops a burn that it announced.
    function cancelBurn() external;

    /// @notice The threshold of guardians ends an announced burn or change of guardians. Anyone may transmit it.
    /// @dev Guardians sign AnnouncementCancellation(uint256 wallet,uint256 ripensAt,uint256 nonce,uint256 deadline)
    /// with {recoveryOf}'s nonce. It names one moment, so it stops no later announcement of an honest holder.
    /// @param wallet Token id.
    /// @param ripensAt `burnableAt` or `acceptableAt` of what shall end, in seconds; both, if both were announced in
    /// one second.
    /// @param deadline Last second in which the approvals count, Unix time.
    /// @param approvals Ascending by guardian: the threshold, also where a recovery would take all of them.
    function cancelAnnouncement(
        uint256 wallet,
        uint256 ripensAt,
        uint256 deadline,
        GuardianApproval[] calldata approvals
    ) external;

    /// @notice The caller takes back its approval of one message; it may sign another with another deadline.
    /// @dev A proposal that was made with it stands.
    /// @param digest The EIP-712 digest that it signed.
    function withdrawApproval(bytes32 digest) external;

    /// @notice Guardians that count.
    /// @param wallet Token id.
    /// @return guardians Ascending.
    /// @return threshold How many must approve a first proposal or a cancellation; zero: there are none.
    function guardiansOf(uint256 wallet) external view returns (address[] memory guardians, uint256 threshold);

    /// @notice Guardians that were announced and have not lapsed.
    /// @param wallet Token id.
    /// @return guardians Ascending.
    /// @return threshold How many would have to approve.
    /// @return acceptableAt From when they can be accepted, in seconds, for 14 days; zero: none were announced.
    function proposedGuardiansOf(uint256 wallet)
        external
        view
        returns (address[] memory guardians, uint256 threshold, uint256 acceptableAt);

    /// @notice From when the holder may burn.
    /// @param wallet Token id.
    /// @return In seconds, for 14 days; zero: no burn is announced, or it has lapsed.
    function burnableAt(uint256 wallet) external view returns (uint256);

    /// @notice Whether an account took back its approval of a message.
    /// @param guardian Who signed.
    /// @param digest The EIP-712 digest.
    /// @return withdrawn True: it does not count.
    function isApprovalWithdrawn(address guardian, bytes32 digest) external view returns (bool withdrawn);

    /// @notice Proposes to give a wallet to another account. Anyone may transmit it.
    /// @dev Guardians sign RecoveryApproval(uint256 wallet,address to,uint256 nonce,uint256 deadline) with
    /// {recoveryOf}'s nonce, so that an approval ends with the proposal it was used for and with the set of guardians
    /// it was given in.
    /// @param wallet Token id.
    /// @param to An account without a wallet that is no guardian and was never recovered from. It consents by
    /// completing. Warning: whoever holds a mint consent of it that is open can give it a wallet meanwhile; then the
    /// guardians can propose another account at once.
    /// @param deadline Last second in which the approvals count, Unix time.
    /// @param approvals Ascending by guardian: the threshold, or all of them once the holder's veto is used.
    function proposeRecovery(uint256 wallet, address to, uint256 deadline, GuardianApproval[] calldata approvals)
        external;

    /// @notice The holder refuses a recovery, once.
    function vetoRecovery() external;

    /// @notice Governance refuses a recovery, until it completes. Restricted by the AccessManager.
    /// @dev Warning: governance can keep a wallet where it is, but never move it.
    /// @param wallet Token id.
    function vetoRecoveryByGovernance(uint256 wallet) external;

    /// @notice Takes the wallet. Only by the account that the recovery is for, from `completableAt` and before
    /// `lapsesAt`.
    /// @param wallet Token id.
    function completeRecovery(uint256 wallet) external;

    /// @notice The recovery before a wallet, and what guardians sign next.
    /// @param wallet Token id.
    /// @return The state; a proposal that lapsed is still named until the next.
    function recoveryOf(uint256 wallet) external view returns (RecoveryState memory);

    /// @notice When the wallet was last recovered.
    /// @param wallet Token id.
    /// @return In seconds; zero: never.
    function recoveredAt(uint256 wallet) external view returns (uint256);
}
