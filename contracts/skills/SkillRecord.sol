// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ISkillLedger} from "./ISkillLedger.sol";

/// @notice What a wallet has of one skill, in one word. From the lowest bit up:
/// uint64 xp | uint40 activeAt | uint8 level | uint32 attestations | uint32 revocations.
/// @dev `xp` is as of `activeAt`, the last attestation: decay is taken off at read ({currentXp}) and made part of `xp`
/// only by the next attestation, which restarts it. A revocation lowers `xp` and leaves `activeAt`: because decay takes
/// the same amount per second from any experience, xp(t) = max(0, xp - decay(t - activeAt)) then runs on exactly as it
/// would have, less what was revoked, and nothing that happens in between changes what is read later. `level` is that
/// of the last write: an upper bound of the level now.
type SkillRecord is uint256;

/// @notice The rules of one skill, in one word. From the lowest bit up:
/// uint32 firstLevelXp | uint32 levelStepXp | uint32 graceSeconds | uint32 decayXpPerDay | uint32 maxXpPerAttestation |
/// uint8 maxLevel | uint8 open. Zero: no such skill.
type SkillRules is uint256;

using {
    storedXp,
    activeAt,
    storedLevel,
    attestations,
    revocations,
    currentXp,
    withAttestation,
    withRevocation
} for SkillRecord global;

using {exists, isOpen, maxXp, maxLevel, levelOf, levelStart, decayAfter, withOpen, unpack} for SkillRules global;

uint256 constant MAX_LEVEL = 100;
uint256 constant DAY = 86_400;
uint256 constant MASK_32 = type(uint32).max;
uint256 constant XP_MASK = type(uint64).max;
uint256 constant ACTIVE_SHIFT = 64;
uint256 constant LEVEL_SHIFT = 104;
uint256 constant ATTESTATIONS_SHIFT = 112;
uint256 constant REVOCATIONS_SHIFT = 144;
uint256 constant OPEN_FLAG = 1 << 168;

/// @dev Experience as of `activeAt`.
function storedXp(SkillRecord record) pure returns (uint256) {
    return SkillRecord.unwrap(record) & XP_MASK;
}

/// @dev Time of the last attestation, in seconds.
function activeAt(SkillRecord record) pure returns (uint256) {
    return uint40(SkillRecord.unwrap(record) >> ACTIVE_SHIFT);
}

/// @dev Level after the last write.
function storedLevel(SkillRecord record) pure returns (uint256) {
    return uint8(SkillRecord.unwrap(record) >> LEVEL_SHIFT);
}

/// @dev Attestations accepted.
function attestations(SkillRecord record) pure returns (uint256) {
    return uint32(SkillRecord.unwrap(record) >> ATTESTATIONS_SHIFT);
}

/// @dev Revocations accepted.
function revocations(SkillRecord record) pure returns (uint256) {
    return uint32(SkillRecord.unwrap(record) >> REVOCATIONS_SHIFT);
}

/// @dev Experience at `time`, which is not before `activeAt`. Rounded down, since decay rounds up.
function currentXp(SkillRecord record, SkillRules rules, uint256 time) pure returns (uint256) {
    uint256 xp = record.storedXp();
    uint256 lost = rules.decayAfter(time - record.activeAt());
    return lost < xp ? xp - lost : 0;
}

/// @dev The record after an attestation at `time` that leaves `xp` and `level`. The caller has checked that the count
/// does not wrap; 2^32 - 1 attestations of less than 2^32 each fit 64 bits.
function withAttestation(SkillRecord record, uint256 xp, uint256 level, uint256 time) pure returns (SkillRecord) {
    uint256 counts = SkillRecord.unwrap(record) >> ATTESTATIONS_SHIFT;
    return SkillRecord.wrap(
        (counts + 1) << ATTESTATIONS_SHIFT | level << LEVEL_SHIFT | uint256(uint40(time)) << ACTIVE_SHIFT | xp
    );
}

/// @dev The record after a revocation that leaves `xp` as of `activeAt` and `level` now.
function withRevocation(SkillRecord record, uint256 xp, uint256 level) pure returns (SkillRecord) {
    uint256 kept = SkillRecord.unwrap(record) & ~(XP_MASK | uint256(type(uint8).max) << LEVEL_SHIFT);
    return SkillRecord.wrap((kept | level << LEVEL_SHIFT | xp) + (uint256(1) << REVOCATIONS_SHIFT));
}

function exists(SkillRules rules) pure returns (bool) {
    return SkillRules.unwrap(rules) != 0;
}

function isOpen(SkillRules rules) pure returns (bool) {
    return SkillRules.unwrap(rules) & OPEN_FLAG != 0;
}

/// @dev Most that one attestation may add.
function maxXp(SkillRules rules) pure returns (uint256) {
    return SkillRules.unwrap(rules) >> 128 & MASK_32;
}

/// @dev Highest level.
function maxLevel(SkillRules rules) pure returns (uint256) {
    return uint8(SkillRules.unwrap(rules) >> 160);
}

/// @dev Experience at which `level` begins; below 2^45 for levels up to MAX_LEVEL.
function levelStart(SkillRules rules, uint256 level) pure returns (uint256) {
    unchecked {
        uint256 first = SkillRules.unwrap(rules) & MASK_32;
        uint256 step = SkillRules.unwrap(rules) >> 32 & MASK_32;
        // level x (level - 1) is even; for level 0 the wrapped factor is multiplied by zero.
        return level * first + level * (level - 1) / 2 * step;
    }
}

/// @dev The level of `xp`: the highest that begins at or below it. Halves the interval, so at most 7 steps.
function levelOf(SkillRules rules, uint256 xp) pure returns (uint256 level) {
    unchecked {
        uint256 above = rules.maxLevel() + 1;
        // level begins at or below xp, above does not or is no level.
        while (above - level > 1) {
            uint256 middle = (level + above) / 2;
            if (rules.levelStart(middle) <= xp) level = middle;
            else above = middle;
        }
    }
}

/// @dev Experience lost `elapsed` seconds after an attestation, rounded up: against the holder.
function decayAfter(SkillRules rules, uint256 elapsed) pure returns (uint256) {
    unchecked {
        uint256 grace = SkillRules.unwrap(rules) >> 64 & MASK_32;
        if (elapsed <= grace) return 0;
        // Below 2^72: times have 40 bits.
        return ((elapsed - grace) * (SkillRules.unwrap(rules) >> 96 & MASK_32) + DAY - 1) / DAY;
    }
}

function withOpen(SkillRules rules, bool open) pure returns (SkillRules) {
    uint256 word = SkillRules.unwrap(rules);
    return SkillRules.wrap(open ? word | OPEN_FLAG : word & ~OPEN_FLAG);
}

/// @dev An open skill; reverts outside the documented ranges.
function packRules(ISkillLedger.SkillPolicy calldata policy) pure returns (SkillRules) {
    if (
        policy.firstLevelXp == 0 || policy.maxLevel == 0 || policy.maxLevel > MAX_LEVEL
            || policy.maxXpPerAttestation == 0
    ) {
        revert ISkillLedger.SkillPolicyInvalid(policy);
    }
    return SkillRules.wrap(
        uint256(policy.firstLevelXp) | uint256(policy.levelStepXp) << 32 | uint256(policy.graceSeconds) << 64
            | uint256(policy.decayXpPerDay) << 96 | uint256(policy.maxXpPerAttestation) << 128
            | uint256(policy.maxLevel) << 160 | OPEN_FLAG
    );
}

function unpack(SkillRules rules) pure returns (ISkillLedger.SkillPolicy memory) {
    uint256 word = SkillRules.unwrap(rules);
    return ISkillLedger.SkillPolicy({
        firstLevelXp: uint32(word),
        levelStepXp: uint32(word >> 32),
        maxLevel: uint8(word >> 160),
        graceSeconds: uint32(word >> 64),
        decayXpPerDay: uint32(word >> 96),
        maxXpPerAttestation: uint32(word >> 128)
    });
}
