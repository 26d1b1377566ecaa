// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title ISkillLedger
/// @notice Experience per wallet and skill: validators attest and revoke it by EIP-712 signatures, anyone transmits
/// them. Wallets are meant by token id, never by account, so that attestations follow a recovery and die with a burned
/// wallet.
/// @dev Every message is bound to the chain and this contract by its domain ("Fluxion SkillWallet", "1"), to a place in
/// an order by its nonce, to a time by its deadline, and to the validator's right by its epoch: what was signed before
/// a right was lost stays void when it returns.
interface ISkillLedger {
    /// @notice The rules of a skill, fixed when it is defined: nobody's experience changes by decree.
    /// @param firstLevelXp Experience from level 0 to level 1, at least 1.
    /// @param levelStepXp How much more each further level takes than the one before: level L begins at
    /// L x firstLevelXp + L x (L - 1) / 2 x levelStepXp.
    /// @param maxLevel Highest level, 1 to 100.
    /// @param graceSeconds Time after the last attestation during which nothing decays.
    /// @param decayXpPerDay Experience lost per day (86,400 s) after that, by the second, rounded up. Zero: none.
    /// @param maxXpPerAttestation Most that one attestation may add, at least 1.
    struct SkillPolicy {
        uint32 firstLevelXp;
        uint32 levelStepXp;
        uint8 maxLevel;
        uint32 graceSeconds;
        uint32 decayXpPerDay;
        uint32 maxXpPerAttestation;
    }

    /// @notice What a wallet has of a skill.
    /// @param xp Experience now, decay taken off.
    /// @param level Level now.
    /// @param activeAt Time of the last attestation, in seconds; zero if there was none.
    /// @param attestations Attestations accepted so far: the nonce of the next one.
    /// @param revocations Revocations accepted so far: the nonce of the next one.
    struct SkillState {
        uint256 xp;
        uint256 level;
        uint256 activeAt;
        uint256 attestations;
        uint256 revocations;
    }

    /// @notice One attestation: Attestation(address validator,uint256 wallet,uint16 skill,uint32 xp,uint32 nonce,uint32
    /// epoch,uint256 deadline).
    /// @param validator Who signs.
    /// @param wallet Token id.
    /// @param skill Skill id.
    /// @param xp Experience added.
    /// @param nonce Attestations that this wallet had of this skill before.
    /// @param epoch {validatorEpoch} of the validator in this skill.
    /// @param deadline Last second in which it is accepted.
    struct Attestation {
        address validator;
        uint256 wallet;
        uint16 skill;
        uint32 xp;
        uint32 nonce;
        uint32 epoch;
        uint256 deadline;
    }

    /// @notice One of several attestations under one signature:
    /// AttestationBatch(address validator,AttestationEntry[] entries,uint256 deadline)
    /// AttestationEntry(uint256 wallet,uint16 skill,uint32 xp,uint32 nonce,uint32 epoch).
    /// @param wallet Token id.
    /// @param skill Skill id.
    /// @param xp Experience added.
    /// @param nonce Attestations that this wallet had of this skill before, those of earlier entries counted.
    /// @param epoch {validatorEpoch} of the validator in this skill.
    struct AttestationEntry {
        uint256 wallet;
        uint16 skill;
        uint32 xp;
        uint32 nonce;
        uint32 epoch;
    }

    /// @notice Takes experience off: Revocation(address validator,uint256 wallet,uint16 skill,uint64 xp,uint32
    /// nonce,uint32 epoch,uint256 deadline).
    /// @param validator Who signs.
    /// @param wallet Token id.
    /// @param skill Skill id.
    /// @param xp Experience taken, at least 1; more than is there takes all.
    /// @param nonce Revocations that this wallet had of this skill before. Counted apart from attestations, so that a
    /// holder who keeps attestations back cannot use them to make a revocation void.
    /// @param epoch {validatorEpoch} of the validator in this skill.
    /// @param deadline Last second in which it is accepted.
    struct Revocation {
        address validator;
        uint256 wallet;
        uint16 skill;
        uint64 xp;
        uint32 nonce;
        uint32 epoch;
        uint256 deadline;
    }

    /// @notice A skill exists from now on.
    event SkillDefined(uint16 indexed skill, string name, SkillPolicy policy);
    /// @notice A skill takes attestations, or no longer does.
    event SkillOpened(uint16 indexed skill, bool open);
    /// @notice An account may, or may no longer, attest and revoke experience of a skill. Its epoch is the number of
    /// times it lost the right.
    event ValidatorSet(address indexed validator, uint16 indexed skill, bool allowed);
    /// @notice Experience was added. Its nonce is the number of these events before it for wallet and skill.
    /// @param added Experience added.
    /// @param xp Experience after it, decay until now taken off.
    /// @param level Level after it.
    event SkillAttested(
        uint256 indexed wallet,
        uint16 indexed skill,
        address indexed validator,
        uint256 added,
        uint256 xp,
        uint256 level
    );
    /// @notice An entry of a batch did not fit and changed nothing. It can be sent again, with its whole batch, until
    /// the deadline.
    /// @param nonce The entry's.
    /// @param reason The error that {attest} reverts with for such an attestation.
    event AttestationSkipped(
        uint256 indexed wallet, uint16 indexed skill, address indexed validator, uint256 nonce, bytes reason
    );
    /// @notice Experience was taken off.
    /// @param taken Experience that was there and is no longer.
    /// @param xp Experience after it, decay until now taken off.
    /// @param level Level after it.
    event SkillRevoked(
        uint256 indexed wallet,
        uint16 indexed skill,
        address indexed validator,
        uint256 taken,
        uint256 xp,
        uint256 level
    );

    /// @notice A parameter of a skill is outside its range.
    error SkillPolicyInvalid(SkillPolicy policy);
    /// @notice A name takes 1 to 32 bytes of UTF-8, characters that XML 1.0 allows and none that controls (U+0000 to
    /// U+001F, U+007F to U+009F).
    error SkillNameInvalid();
    /// @notice No such skill.
    error SkillUnknown(uint256 skill);
    /// @notice The skill takes no attestations any more.
    error SkillClosed(uint256 skill);
    /// @notice The skill ids are used up.
    error SkillsExhausted();
    /// @notice The account may not attest or revoke experience of this skill.
    error ValidatorNotAllowed(address validator, uint256 skill);
    /// @notice A validator means its own wallet.
    error ValidatorIsHolder(address validator, uint256 wallet);
    /// @notice The signature is not the validator's, or not over this message.
    error ValidatorSignatureInvalid(address validator);
    /// @notice The message's turn has passed, or has not come.
    error NonceNotNext(uint256 nonce, uint256 expected);
    /// @notice The validator has lost the right since it signed, or signs ahead of that.
    error EpochNotCurrent(uint256 epoch, uint256 current);
    /// @notice The message's deadline has passed.
    error SignatureExpired(uint256 deadline, uint256 blockTime);
    /// @notice No experience, or more than an attestation may add.
    error XpOutOfRange(uint256 xp, uint256 most);

    /// @notice Adds experience. Anyone may transmit it.
    /// @param attestation What was signed.
    /// @param signature The validator's: 65 bytes (r, s, v), or whatever its contract approves by EIP-1271.
    function attest(Attestation calldata attestation, bytes calldata signature) external;

    /// @notice Adds experience to several wallets or skills under one signature, in the order of the entries. Anyone
    /// may transmit it.
    /// @dev A wrong signature or a past deadline reverts. An entry that does not fit (a burned wallet, a nonce whose
    /// turn has passed or has not come, a lost right, a closed skill) is skipped with {AttestationSkipped}, and
    /// nobody's entry depends on another's but for the order of nonces. What was skipped may be sent again until the
    /// deadline; what was accepted is skipped then, by its nonce.
    /// @param validator Who signed.
    /// @param entries What was signed.
    /// @param deadline Last second in which it is accepted, Unix time.
    /// @param signature The validator's, as for {attest}.
    function attestBatch(
        address validator,
        AttestationEntry[] calldata entries,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice Takes experience off. Anyone may transmit it. It neither stops nor restarts decay.
    /// @dev Warning: any validator of the skill can take off what another attested.
    /// @param revocation What was signed.
    /// @param signature The validator's, as for {attest}.
    function revokeXp(Revocation calldata revocation, bytes calldata signature) external;

    /// @notice Defines the next skill; ids rise from 1. Restricted by the AccessManager.
    /// @param name For people: 1 to 32 bytes, see {SkillNameInvalid}.
    /// @param policy Its rules, for ever.
    /// @return skill Its id.
    function defineSkill(string calldata name, SkillPolicy calldata policy) external returns (uint16 skill);

    /// @notice Stops or resumes attestations of a skill; revocations go on. Restricted by the AccessManager.
    /// @param skill Skill id.
    /// @param open Whether it takes attestations.
    function openSkill(uint16 skill, bool open) external;

    /// @notice Allows or forbids an account to attest and revoke. Restricted by the AccessManager. What it signed and
    /// nobody transmitted ends with its right, and does not come back with it.
    /// @param validator The account.
    /// @param skill Skill id.
    /// @param allowed Whether it may.
    function setValidator(address validator, uint16 skill, bool allowed) external;

    /// @notice Experience and level now. All zero for a wallet that never had an attestation.
    /// @param wallet Token id; a burned wallet still shows what it had.
    /// @param skill Skill id.
    /// @return What there is.
    function skillOf(uint256 wallet, uint16 skill) external view returns (SkillState memory);

    /// @notice Whether a wallet's level is now at least `level`.
    /// @param wallet Token id.
    /// @param skill Skill id.
    /// @param level Level asked for.
    /// @return False for a wallet that does not exist.
    function hasLevel(uint256 wallet, uint16 skill, uint256 level) external view returns (bool);

    /// @notice A wallet's level now.
    /// @param wallet Token id.
    /// @param skill Skill id.
    /// @return The level; zero for a wallet that does not exist.
    function levelOf(uint256 wallet, uint16 skill) external view returns (uint256);

    /// @notice Number of skills.
    /// @return Their ids are 1 to this.
    function skillCount() external view returns (uint16);

    /// @notice Name, rules and whether attestations are taken. Reverts for an unknown skill.
    /// @param skill Skill id.
    /// @return name For people.
    /// @return policy Its rules.
    /// @return open Whether it takes attestations.
    function skillPolicy(uint16 skill) external view returns (string memory name, SkillPolicy memory policy, bool open);

    /// @notice Experience at which a level of a skill begins. Reverts for an unknown skill.
    /// @param skill Skill id.
    /// @param level Level; above the highest, the highest.
    /// @return Experience, in points.
    function levelXp(uint16 skill, uint256 level) external view returns (uint256);

    /// @notice Whether an account may attest and revoke experience of a skill.
    /// @param validator The account.
    /// @param skill Skill id.
    /// @return allowed Whether it may.
    function isValidator(address validator, uint16 skill) external view returns (bool allowed);

    /// @notice What a validator's messages about a skill carry as their epoch.
    /// @param validator The account.
    /// @param skill Skill id.
    /// @return epoch How many times it lost the right for this skill.
    function validatorEpoch(address validator, uint16 skill) external view returns (uint32 epoch);
}
