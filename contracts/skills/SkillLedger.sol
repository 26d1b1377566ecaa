// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {ISkillLedger} from "./ISkillLedger.sol";
import {SkillRecord, SkillRules, packRules} from "./SkillRecord.sol";
import {WalletRegistry} from "./WalletRegistry.sol";

/// @title SkillLedger
/// @notice Experience per wallet and skill. {ISkillLedger} documents it.
/// @dev An attestation writes one word, and reads one each of the wallet, the skill and the validator.
abstract contract SkillLedger is WalletRegistry, ISkillLedger, AccessManaged, EIP712 {
    bytes32 private constant ATTESTATION_TYPEHASH =
        keccak256("Attestation(address validator,uint256 wallet,uint16 skill,uint32 xp,uint32 nonce,uint256 deadline)");
    bytes32 private constant ENTRY_TYPEHASH =
        keccak256("AttestationEntry(uint256 wallet,uint16 skill,uint32 xp,uint32 nonce)");
    bytes32 private constant BATCH_TYPEHASH = keccak256(
        "AttestationBatch(address validator,AttestationEntry[] entries,uint256 deadline)AttestationEntry(uint256 wallet,uint16 skill,uint32 xp,uint32 nonce)"
    );
    bytes32 private constant REVOCATION_TYPEHASH =
        keccak256("Revocation(address validator,uint256 wallet,uint16 skill,uint64 xp,uint32 nonce,uint256 deadline)");

    /// @inheritdoc ISkillLedger
    uint16 public override skillCount;
    mapping(uint256 skill => SkillRules) private _rules;
    mapping(uint256 skill => string) private _names;
    mapping(uint256 wallet => mapping(uint256 skill => SkillRecord)) private _records;
    /// @dev Bit (skill mod 256) of word (skill / 256): whether the account may attest.
    mapping(address validator => mapping(uint256 word => uint256)) private _validators;

    /// @inheritdoc ISkillLedger
    function attest(Attestation calldata a, bytes calldata signature) external override {
        bytes32 structHash =
            keccak256(abi.encode(ATTESTATION_TYPEHASH, a.validator, a.wallet, a.skill, a.xp, a.nonce, a.deadline));
        _checkSignature(a.validator, structHash, a.deadline, signature);
        _attest(a.validator, a.wallet, a.skill, a.xp, a.nonce);
    }

    /// @inheritdoc ISkillLedger
    function attestBatch(
        address validator,
        AttestationEntry[] calldata entries,
        uint256 deadline,
        bytes calldata signature
    ) external override {
        bytes32[] memory hashes = new bytes32[](entries.length);
        for (uint256 i = 0; i < entries.length; ++i) {
            AttestationEntry calldata e = entries[i];
            hashes[i] = keccak256(abi.encode(ENTRY_TYPEHASH, e.wallet, e.skill, e.xp, e.nonce));
        }
        bytes32 structHash =
            keccak256(abi.encode(BATCH_TYPEHASH, validator, keccak256(abi.encodePacked(hashes)), deadline));
        _checkSignature(validator, structHash, deadline, signature);
        for (uint256 i = 0; i < entries.length; ++i) {
            AttestationEntry calldata e = entries[i];
            _attest(validator, e.wallet, e.skill, e.xp, e.nonce);
        }
    }

    /// @inheritdoc ISkillLedger
    function revokeXp(Revocation calldata r, bytes calldata signature) external override {
        bytes32 structHash =
            keccak256(abi.encode(REVOCATION_TYPEHASH, r.validator, r.wallet, r.skill, r.xp, r.nonce, r.deadline));
        _checkSignature(r.validator, structHash, r.deadline, signature);
        _checkRight(r.validator, r.wallet, r.skill);
        if (r.xp == 0) revert XpOutOfRange(0, type(uint64).max);

        SkillRules rules = _rules[r.skill];
        SkillRecord record = _records[r.wallet][r.skill];
        _checkNonce(r.nonce, record.revocations());
        uint256 before = record.currentXp(rules, block.timestamp);
        uint256 taken = r.xp < before ? r.xp : before;
        uint256 xp = before - taken;
        uint256 level = rules.levelOf(xp);
        // What is left is kept as of the last attestation, so that decay runs on from there. Nothing left: nothing decays.
        _records[r.wallet][r.skill] = record.withRevocation(xp == 0 ? 0 : record.storedXp() - taken, level);
        emit SkillRevoked(r.wallet, r.skill, r.validator, taken, xp, level);
        emit MetadataUpdate(r.wallet);
    }

    /// @inheritdoc ISkillLedger
    function defineSkill(string calldata name_, SkillPolicy calldata policy)
        external
        override
        restricted
        returns (uint16 skill)
    {
        if (skillCount == type(uint16).max) revert SkillsExhausted();
        if (bytes(name_).length == 0 || bytes(name_).length > 32) revert SkillNameInvalid();
        skill = skillCount + 1;
        skillCount = skill;
        _rules[skill] = packRules(policy);
        _names[skill] = name_;
        emit SkillDefined(skill, name_, policy);
    }

    /// @inheritdoc ISkillLedger
    function openSkill(uint16 skill, bool open) external override restricted {
        _rules[skill] = _definedRules(skill).withOpen(open);
        emit SkillOpened(skill, open);
    }

    /// @inheritdoc ISkillLedger
    function setValidator(address validator, uint16 skill, bool allowed) external override restricted {
        _definedRules(skill);
        uint256 bit = uint256(1) << (skill & 0xff);
        uint256 word = _validators[validator][skill >> 8];
        _validators[validator][skill >> 8] = allowed ? word | bit : word & ~bit;
        emit ValidatorSet(validator, skill, allowed);
    }

    /// @inheritdoc ISkillLedger
    function skillOf(uint256 wallet, uint16 skill) external view override returns (SkillState memory) {
        SkillRules rules = _rules[skill];
        SkillRecord record = _records[wallet][skill];
        uint256 xp = record.currentXp(rules, block.timestamp);
        return SkillState(xp, rules.levelOf(xp), record.activeAt(), record.attestations(), record.revocations());
    }

    /// @inheritdoc ISkillLedger
    function hasLevel(uint256 wallet, uint16 skill, uint256 level) public view override returns (bool) {
        SkillRecord record = _records[wallet][skill];
        // The level of the last write is never below that of now.
        if (record.storedLevel() < level || _ownerOf(wallet) == address(0)) return false;
        SkillRules rules = _rules[skill];
        return rules.levelOf(record.currentXp(rules, block.timestamp)) >= level;
    }

    /// @inheritdoc ISkillLedger
    function skillPolicy(uint16 skill)
        external
        view
        override
        returns (string memory name_, SkillPolicy memory policy, bool open)
    {
        SkillRules rules = _definedRules(skill);
        return (_names[skill], rules.unpack(), rules.isOpen());
    }

    /// @inheritdoc ISkillLedger
    function levelXp(uint16 skill, uint256 level) external view override returns (uint256) {
        SkillRules rules = _definedRules(skill);
        return rules.levelStart(level < rules.maxLevel() ? level : rules.maxLevel());
    }

    /// @inheritdoc ISkillLedger
    function isValidator(address validator, uint16 skill) public view override returns (bool) {
        return _validators[validator][skill >> 8] >> (skill & 0xff) & 1 != 0;
    }

    function _attest(address validator, uint256 wallet, uint16 skill, uint256 added, uint256 nonce) private {
        _checkRight(validator, wallet, skill);
        SkillRules rules = _rules[skill];
        if (!rules.isOpen()) revert SkillClosed(skill);
        if (added == 0 || added > rules.maxXp()) revert XpOutOfRange(added, rules.maxXp());
        SkillRecord record = _records[wallet][skill];
        _checkNonce(nonce, record.attestations());
        uint256 xp = record.currentXp(rules, block.timestamp) + added;
        uint256 level = rules.levelOf(xp);
        _records[wallet][skill] = record.withAttestation(xp, level, block.timestamp);
        emit SkillAttested(wallet, skill, validator, added, xp, level);
        emit MetadataUpdate(wallet);
    }

    /// @dev Reverts unless the validator may speak of this skill of this wallet, which exists and is not its own.
    function _checkRight(address validator, uint256 wallet, uint16 skill) private view {
        if (!isValidator(validator, skill)) revert ValidatorNotAllowed(validator, skill);
        if (_requireOwned(wallet) == validator) revert ValidatorIsHolder(validator, wallet);
    }

    /// @dev The last nonce of 32 bits is never used: the count behind it would begin again.
    function _checkNonce(uint256 nonce, uint256 expected) private pure {
        if (nonce != expected || nonce == type(uint32).max) revert NonceNotNext(nonce, expected);
    }

    function _checkSignature(address signer, bytes32 structHash, uint256 deadline, bytes calldata signature)
        private
        view
    {
        if (!_isSigned(signer, structHash, deadline, signature)) revert ValidatorSignatureInvalid(signer);
    }

    /// @dev Whether `signer` signed the struct, by key or by contract; reverts past the deadline. The key is tried first: asking
    /// whether the signer has code would cost 2,600 gas.
    function _isSigned(address signer, bytes32 structHash, uint256 deadline, bytes calldata signature)
        internal
        view
        returns (bool)
    {
        if (block.timestamp > deadline) revert SignatureExpired(deadline, block.timestamp);
        bytes32 digest = _hashTypedDataV4(structHash);
        (address recovered, ECDSA.RecoverError err,) = ECDSA.tryRecoverCalldata(digest, signature);
        return (err == ECDSA.RecoverError.NoError && recovered == signer)
            || SignatureChecker.isValidERC1271SignatureNowCalldata(signer, digest, signature);
    }

    function _definedRules(uint16 skill) private view returns (SkillRules rules) {
        rules = _rules[skill];
        if (!rules.exists()) revert SkillUnknown(skill);
    }
}
