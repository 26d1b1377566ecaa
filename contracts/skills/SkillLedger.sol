// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC4906} from "@openzeppelin/contracts/interfaces/IERC4906.sol";
import {ISkillLedger} from "./ISkillLedger.sol";
import {IWalletRegistry} from "./IWalletRegistry.sol";
import {SignedMessages} from "./SignedMessages.sol";
import {isSkillName} from "./SkillName.sol";
import {SkillRecord, SkillRules, packRules} from "./SkillRecord.sol";
import {WalletHolders} from "./WalletHolders.sol";

/// @title SkillLedger
/// @notice Experience per wallet and skill. {ISkillLedger} documents it.
/// @dev An attestation writes one word, and reads one each of the wallet, the skill and the validator. Of wallets it
/// knows who has them ({WalletHolders}); nobody else writes its words.
abstract contract SkillLedger is ISkillLedger, WalletHolders, SignedMessages, AccessManaged {
    /// @dev What can be in the way of a message whose signature is right.
    enum Obstacle {
        None,
        Right,
        Wallet,
        Holder,
        Closed,
        Amount,
        Nonce
    }

    /// @dev Of the word of a right: whether there is one. The bits above count how many times it was lost.
    uint256 private constant ALLOWED = 1;

    bytes32 private constant ATTESTATION_TYPEHASH = keccak256(
        "Attestation(address validator,uint256 wallet,uint16 skill,uint32 xp,uint32 nonce,uint32 epoch,uint256 deadline)"
    );
    bytes32 private constant ENTRY_TYPEHASH =
        keccak256("AttestationEntry(uint256 wallet,uint16 skill,uint32 xp,uint32 nonce,uint32 epoch)");
    bytes32 private constant BATCH_TYPEHASH = keccak256(
        "AttestationBatch(address validator,AttestationEntry[] entries,uint256 deadline)AttestationEntry(uint256 wallet,uint16 skill,uint32 xp,uint32 nonce,uint32 epoch)"
    );
    bytes32 private constant REVOCATION_TYPEHASH = keccak256(
        "Revocation(address validator,uint256 wallet,uint16 skill,uint64 xp,uint32 nonce,uint32 epoch,uint256 deadline)"
    );

    /// @inheritdoc ISkillLedger
    uint16 public override skillCount;
    mapping(uint256 skill => SkillRules) private _rules;
    mapping(uint256 skill => string) private _names;
    mapping(uint256 wallet => mapping(uint256 skill => SkillRecord)) private _records;
    mapping(address validator => mapping(uint256 skill => uint256)) private _rights;

    /// @inheritdoc ISkillLedger
    function attest(Attestation calldata a, bytes calldata signature) external override {
        bytes32 structHash = keccak256(
            abi.encode(ATTESTATION_TYPEHASH, a.validator, a.wallet, a.skill, a.xp, a.nonce, a.epoch, a.deadline)
        );
        _checkSignature(a.validator, structHash, a.deadline, signature);
        Obstacle obstacle = _attest(a.validator, a.wallet, a.skill, a.xp, a.nonce, a.epoch);
        if (obstacle != Obstacle.None) {
            _revertWith(_reason(obstacle, a.validator, a.wallet, a.skill, a.xp, a.nonce, a.epoch));
        }
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
            hashes[i] = keccak256(abi.encode(ENTRY_TYPEHASH, e.wallet, e.skill, e.xp, e.nonce, e.epoch));
        }
        bytes32 structHash =
            keccak256(abi.encode(BATCH_TYPEHASH, validator, keccak256(abi.encodePacked(hashes)), deadline));
        _checkSignature(validator, structHash, deadline, signature);
        for (uint256 i = 0; i < entries.length; ++i) {
            AttestationEntry calldata e = entries[i];
            Obstacle obstacle = _attest(validator, e.wallet, e.skill, e.xp, e.nonce, e.epoch);
            if (obstacle == Obstacle.None) continue;
            bytes memory reason = _reason(obstacle, validator, e.wallet, e.skill, e.xp, e.nonce, e.epoch);
            emit AttestationSkipped(e.wallet, e.skill, validator, e.nonce, reason);
        }
    }

    /// @inheritdoc ISkillLedger
    function revokeXp(Revocation calldata r, bytes calldata signature) external override {
        bytes32 structHash = keccak256(
            abi.encode(REVOCATION_TYPEHASH, r.validator, r.wallet, r.skill, r.xp, r.nonce, r.epoch, r.deadline)
        );
        _checkSignature(r.validator, structHash, r.deadline, signature);
        Obstacle obstacle = _obstacle(r.validator, r.wallet, r.skill, r.epoch);
        if (obstacle != Obstacle.None) {
            _revertWith(_reason(obstacle, r.validator, r.wallet, r.skill, r.xp, r.nonce, r.epoch));
        }
        if (r.xp == 0) revert XpOutOfRange(0, type(uint64).max);

        SkillRules rules = _rules[r.skill];
        SkillRecord record = _records[r.wallet][r.skill];
        if (!_isNext(r.nonce, record.revocations())) revert NonceNotNext(r.nonce, record.revocations());
        uint256 before = record.currentXp(rules, block.timestamp);
        uint256 taken = r.xp < before ? r.xp : before;
        uint256 xp = before - taken;
        uint256 level = rules.levelOf(xp);
        // What is left is kept as of the last attestation, so that decay runs on from there. Nothing left: nothing
        // decays.
        _records[r.wallet][r.skill] = record.withRevocation(xp == 0 ? 0 : record.storedXp() - taken, level);
        emit SkillRevoked(r.wallet, r.skill, r.validator, taken, xp, level);
        emit IERC4906.MetadataUpdate(r.wallet);
    }

    /// @inheritdoc ISkillLedger
    function defineSkill(string calldata name_, SkillPolicy calldata policy)
        external
        override
        restricted
        returns (uint16 skill)
    {
        if (skillCount == type(uint16).max) revert SkillsExhausted();
        if (!isSkillName(bytes(name_))) revert SkillNameInvalid();
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
        uint256 right = _rights[validator][skill];
        // A right that is lost is counted in the bits above it: ALLOWED carries.
        if (allowed != (right & ALLOWED != 0)) _rights[validator][skill] = right + ALLOWED;
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
    function hasLevel(uint256 wallet, uint16 skill, uint256 level) external view override returns (bool) {
        // The level of the last write is never below that of now.
        if (_records[wallet][skill].storedLevel() < level || _holder(wallet) == address(0)) return false;
        return _levelNow(wallet, skill) >= level;
    }

    /// @inheritdoc ISkillLedger
    function levelOf(uint256 wallet, uint16 skill) external view override returns (uint256) {
        return _holder(wallet) == address(0) ? 0 : _levelNow(wallet, skill);
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
    function isValidator(address validator, uint16 skill) external view override returns (bool) {
        return _rights[validator][skill] & ALLOWED != 0;
    }

    /// @inheritdoc ISkillLedger
    function validatorEpoch(address validator, uint16 skill) external view override returns (uint32) {
        return uint32(_rights[validator][skill] >> 1);
    }

    /// @dev Adds experience, or says what is in the way.
    function _attest(address validator, uint256 wallet, uint16 skill, uint256 added, uint256 nonce, uint256 epoch)
        private
        returns (Obstacle)
    {
        Obstacle obstacle = _obstacle(validator, wallet, skill, epoch);
        if (obstacle != Obstacle.None) return obstacle;
        SkillRules rules = _rules[skill];
        if (!rules.isOpen()) return Obstacle.Closed;
        if (added == 0 || added > rules.maxXp()) return Obstacle.Amount;
        SkillRecord record = _records[wallet][skill];
        if (!_isNext(nonce, record.attestations())) return Obstacle.Nonce;
        uint256 xp = record.currentXp(rules, block.timestamp) + added;
        uint256 level = rules.levelOf(xp);
        _records[wallet][skill] = record.withAttestation(xp, level, block.timestamp);
        emit SkillAttested(wallet, skill, validator, added, xp, level);
        emit IERC4906.MetadataUpdate(wallet);
        return Obstacle.None;
    }

    /// @dev What keeps a validator from speaking of this skill of this wallet, which exists and is not its own.
    function _obstacle(address validator, uint256 wallet, uint16 skill, uint256 epoch) private view returns (Obstacle) {
        if (_rights[validator][skill] != (epoch << 1 | ALLOWED)) return Obstacle.Right;
        address holder = _holder(wallet);
        return holder == address(0) ? Obstacle.Wallet : holder == validator ? Obstacle.Holder : Obstacle.None;
    }

    /// @dev The error for what is in the way of an attestation, or of a revocation as far as both have it.
    function _reason(
        Obstacle obstacle,
        address validator,
        uint256 wallet,
        uint16 skill,
        uint256 added,
        uint256 nonce,
        uint256 epoch
    ) private view returns (bytes memory) {
        if (obstacle == Obstacle.Right) {
            uint256 right = _rights[validator][skill];
            return right & ALLOWED == 0
                ? abi.encodeWithSelector(ValidatorNotAllowed.selector, validator, skill)
                : abi.encodeWithSelector(EpochNotCurrent.selector, epoch, right >> 1);
        }
        if (obstacle == Obstacle.Wallet) return abi.encodeWithSelector(IWalletRegistry.WalletUnknown.selector, wallet);
        if (obstacle == Obstacle.Holder) return abi.encodeWithSelector(ValidatorIsHolder.selector, validator, wallet);
        if (obstacle == Obstacle.Closed) return abi.encodeWithSelector(SkillClosed.selector, skill);
        if (obstacle == Obstacle.Amount) {
            return abi.encodeWithSelector(XpOutOfRange.selector, added, _rules[skill].maxXp());
        }
        return abi.encodeWithSelector(NonceNotNext.selector, nonce, _records[wallet][skill].attestations());
    }

    /// @dev The last nonce of 32 bits is never used: the count behind it would begin again.
    function _isNext(uint256 nonce, uint256 expected) private pure returns (bool) {
        return nonce == expected && nonce != type(uint32).max;
    }

    function _revertWith(bytes memory reason) private pure {
        assembly ("memory-safe") {
            revert(add(reason, 32), mload(reason))
        }
    }

    function _checkSignature(address signer, bytes32 structHash, uint256 deadline, bytes calldata signature)
        private
        view
    {
        if (!_isSigned(signer, _digestUntil(deadline, structHash), signature)) {
            revert ValidatorSignatureInvalid(signer);
        }
    }

    function _levelNow(uint256 wallet, uint16 skill) private view returns (uint256) {
        SkillRules rules = _rules[skill];
        return rules.levelOf(_records[wallet][skill].currentXp(rules, block.timestamp));
    }

    function _definedRules(uint16 skill) private view returns (SkillRules rules) {
        rules = _rules[skill];
        if (!rules.exists()) revert SkillUnknown(skill);
    }
}
