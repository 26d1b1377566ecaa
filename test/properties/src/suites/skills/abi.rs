//! What the suite calls and signs.
#![allow(missing_docs, clippy::too_many_arguments)]

use alloy_sol_types::sol;

sol! {
    #[derive(Debug)]
    struct SkillPolicy {
        uint32 firstLevelXp;
        uint32 levelStepXp;
        uint8 maxLevel;
        uint32 graceSeconds;
        uint32 decayXpPerDay;
        uint32 maxXpPerAttestation;
    }

    struct SkillState {
        uint256 xp;
        uint256 level;
        uint256 activeAt;
        uint256 attestations;
        uint256 revocations;
    }

    struct Attestation {
        address validator;
        uint256 wallet;
        uint16 skill;
        uint32 xp;
        uint32 nonce;
        uint32 epoch;
        uint256 deadline;
    }

    struct AttestationEntry {
        uint256 wallet;
        uint16 skill;
        uint32 xp;
        uint32 nonce;
        uint32 epoch;
    }

    /// The message of a batch; its name is part of what is signed.
    struct AttestationBatch {
        address validator;
        AttestationEntry[] entries;
        uint256 deadline;
    }

    struct Revocation {
        address validator;
        uint256 wallet;
        uint16 skill;
        uint64 xp;
        uint32 nonce;
        uint32 epoch;
        uint256 deadline;
    }

    struct MintConsent {
        address account;
        uint8 burnAuth;
        uint256 nonce;
        uint256 deadline;
    }

    struct RecoveryApproval {
        uint256 wallet;
        address to;
        uint256 nonce;
        uint256 deadline;
    }

    struct AnnouncementCancellation {
        uint256 wallet;
        uint256 ripensAt;
        uint256 nonce;
        uint256 deadline;
    }

    struct GuardianApproval {
        address guardian;
        bytes signature;
    }

    struct RecoveryState {
        address to;
        uint256 completableAt;
        uint256 lapsesAt;
        bool final_;
        bool vetoUsed;
        uint256 nonce;
    }

    interface IWallets {
        function mint(uint8 burnAuth) external returns (uint256 wallet);
        function mintFor(address account, uint8 burnAuth, uint256 deadline, bytes signature) external returns (uint256 wallet);
        function burn() external;
        function burnByIssuer(uint256 wallet) external;
        function attest(Attestation attestation, bytes signature) external;
        function attestBatch(address validator, AttestationEntry[] entries, uint256 deadline, bytes signature) external;
        function revokeXp(Revocation revocation, bytes signature) external;
        function defineSkill(string name, SkillPolicy policy) external returns (uint16 skill);
        function openSkill(uint16 skill, bool open) external;
        function setValidator(address validator, uint16 skill, bool allowed) external;
        function setGuardians(address[] guardians, uint256 threshold) external;
        function acceptGuardians(uint256 wallet) external;
        function proposeRecovery(uint256 wallet, address to, uint256 deadline, GuardianApproval[] approvals) external;
        function vetoRecovery() external;
        function vetoRecoveryByGovernance(uint256 wallet) external;
        function completeRecovery(uint256 wallet) external;
        function cancelGuardianChange() external;
        function cancelBurn() external;
        function cancelAnnouncement(uint256 wallet, uint256 ripensAt, uint256 deadline, GuardianApproval[] approvals) external;
        function withdrawApproval(bytes32 digest) external;
        function transferFrom(address from, address to, uint256 wallet) external;
        function approve(address to, uint256 wallet) external;
        function setApprovalForAll(address operator, bool approved) external;
        function walletOf(address account) external view returns (uint256);
        function holderOf(uint256 wallet) external view returns (address);
        function isBarred(address account) external view returns (bool);
        function skillOf(uint256 wallet, uint16 skill) external view returns (SkillState);
        function recoveryOf(uint256 wallet) external view returns (RecoveryState);
        function levelOf(uint256 wallet, uint16 skill) external view returns (uint256);
        function validatorEpoch(address validator, uint16 skill) external view returns (uint32 epoch);
        function guardiansOf(uint256 wallet) external view returns (address[] guardians, uint256 threshold);
        function proposedGuardiansOf(uint256 wallet) external view returns (address[] guardians, uint256 threshold, uint256 acceptableAt);
        function recoveredAt(uint256 wallet) external view returns (uint256);
        function burnableAt(uint256 wallet) external view returns (uint256);
    }

    interface ISafeTransfers {
        function safeTransferFrom(address from, address to, uint256 wallet) external;
    }

    interface ISafeTransfersWithData {
        function safeTransferFrom(address from, address to, uint256 wallet, bytes data) external;
    }

    struct BadgePolicy {
        bool soulbound;
        bool freezable;
        bool claimable;
        uint64 cap;
        uint40 expiresAt;
        uint16 skill;
        uint8 level;
        uint8 upgradeCost;
    }

    interface IBadges {
        function createBadge(uint256 id, BadgePolicy policy) external;
        function setMinter(address minter, uint256 kind, bool allowed) external;
        function setFrozen(uint256 wallet, uint256 id, bool frozen) external;
        function setAccountFrozen(address account, uint256 id, bool frozen) external;
        function mint(address to, uint256 id, uint256 amount, bytes data) external;
        function claim(uint256 id) external;
        function upgrade(uint256 id) external;
        function burn(uint256 id, uint256 amount) external;
        function follow(uint256 wallet, uint256[] kinds) external;
        function safeTransferFrom(address from, address to, uint256 id, uint256 amount, bytes data) external;
        function safeBatchTransferFrom(address from, address to, uint256[] ids, uint256[] amounts, bytes data) external;
        function balanceOf(address account, uint256 id) external view returns (uint256);
        function isActive(address account, uint256 id) external view returns (bool);
        function activeTier(address account, uint256 kind) external view returns (bool active, uint256 tier);
        function totalSupply(uint256 id) external view returns (uint256);
    }

    interface IContractSigner {
        function approve(bytes32 digest, bytes signature) external;
    }

    interface IGreedyReceiver {
        function highestSupplySeen() external view returns (uint256);
    }
}
