// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title IWalletRecovery
/// @notice Guardians bring a wallet whose key was lost or stolen to another account of the same person. The limits keep a thief
/// with the key from blocking that for ever, and holder and guardians from selling a wallet whenever they like.
/// @dev One proposal at a time. The first that a holder faces can be vetoed by the holder, once; from then on, until a recovery or
/// a change of guardians completes, only all guardians together can propose, and only governance can veto. Times, in seconds:
/// 7 days to veto, then 14 days in which the new account must complete; 14 days until changed guardians count or a holder
/// with guardians may burn; 180 days from one recovery to the proposal of the next.
interface IWalletRecovery {
    /// @notice A guardian's signature over RecoveryApproval(uint256 wallet,address to,uint256 nonce,uint256 deadline).
    struct GuardianApproval {
        address guardian;
        bytes signature;
    }

    /// @notice A proposal that is, or was, before a wallet.
    /// @param to The account that shall have the wallet; zero: there is none.
    /// @param completableAt From when `to` may complete it.
    /// @param lapsesAt From when it no longer can.
    /// @param final_ Only governance can veto it.
    /// @param vetoUsed The holder has used the veto: the next proposal takes all guardians.
    /// @param nonce Proposals there were: the nonce of the next one.
    struct RecoveryState {
        address to;
        uint256 completableAt;
        uint256 lapsesAt;
        bool final_;
        bool vetoUsed;
        uint256 nonce;
    }

    /// @notice These guardians count from now on.
    event GuardiansSet(uint256 indexed wallet, address[] guardians, uint256 threshold);
    /// @notice These guardians can count from `acceptableAt`.
    event GuardiansProposed(uint256 indexed wallet, address[] guardians, uint256 threshold, uint256 acceptableAt);
    /// @notice A change of guardians that was proposed will not happen.
    event GuardianChangeCancelled(uint256 indexed wallet);
    /// @notice Guardians propose to give the wallet to another account. It ends an announced burn and a change of guardians.
    event RecoveryProposed(
        uint256 indexed wallet, address indexed to, uint256 nonce, bool final_, uint256 completableAt
    );
    /// @notice The proposal is off.
    event RecoveryVetoed(uint256 indexed wallet, bool byGovernance);
    /// @notice The wallet, and all that goes with it, belongs to `to`; `from` may never have a wallet again.
    event WalletRecovered(uint256 indexed wallet, address indexed from, address indexed to);

    /// @notice Not 2 to 10 guardians (or none) strictly ascending, not a majority as threshold, or the holder among them.
    error GuardiansInvalid(uint256 count, uint256 threshold);
    /// @notice No change of guardians was proposed.
    error NoGuardianChange(uint256 wallet);
    /// @notice Not yet.
    error TooEarly(uint256 earliest, uint256 blockTime);
    /// @notice A recovery is before the wallet: its guardians cannot be changed and it cannot be burned by its holder.
    error RecoveryPending(uint256 wallet);
    /// @notice No recovery is before the wallet.
    error NoRecovery(uint256 wallet);
    /// @notice Fewer guardians approved than it takes.
    error ApprovalsMissing(uint256 approvals, uint256 needed);
    /// @notice The approval at `index` is not by a guardian behind the one before, or its signature is wrong.
    error ApprovalInvalid(uint256 index);
    /// @notice A guardian cannot be given the wallet.
    error RecipientIsGuardian(address to);
    /// @notice The caller is not the account that the recovery is for.
    error NotTheRecipient(address caller, address to);
    /// @notice The holder's veto was used before, or the time to veto is over.
    error VetoNotPossible(uint256 wallet);

    /// @notice Names the guardians of the caller's wallet. Counts at once if it has none, else once accepted, in 14 days; a later
    /// call replaces an earlier one and its time.
    /// @param guardians 2 to 10, strictly ascending, none zero, without the holder; or none at all.
    /// @param threshold How many must approve the first proposal: a majority; zero if there are none.
    function setGuardians(address[] calldata guardians, uint256 threshold) external;

    /// @notice Lets a change of guardians count once its time has come. Anyone may call it.
    function acceptGuardians(uint256 wallet) external;

    /// @notice Proposes to give a wallet to another account. Anyone may transmit it.
    /// @param to An account without a wallet that is no guardian and was never recovered from. It consents by completing.
    /// @param deadline Last second in which the approvals count.
    /// @param approvals Ascending by guardian: the threshold, or all of them once the holder's veto is used.
    function proposeRecovery(uint256 wallet, address to, uint256 deadline, GuardianApproval[] calldata approvals)
        external;

    /// @notice The holder refuses a recovery, once.
    function vetoRecovery() external;

    /// @notice Governance refuses a recovery, until it completes. Restricted by the AccessManager.
    /// @dev Warning: governance can keep a wallet where it is, but never move it.
    function vetoRecoveryByGovernance(uint256 wallet) external;

    /// @notice Takes the wallet. Only by the account that the recovery is for, from `completableAt` and before `lapsesAt`.
    function completeRecovery(uint256 wallet) external;

    /// @notice Guardians that count, ascending, and how many must approve the first proposal.
    function guardiansOf(uint256 wallet) external view returns (address[] memory guardians, uint256 threshold);
    /// @notice Guardians that were proposed, and from when they can be accepted; zero: none were.
    function proposedGuardiansOf(uint256 wallet)
        external
        view
        returns (address[] memory guardians, uint256 threshold, uint256 acceptableAt);
    /// @notice The recovery before a wallet.
    function recoveryOf(uint256 wallet) external view returns (RecoveryState memory);
}
