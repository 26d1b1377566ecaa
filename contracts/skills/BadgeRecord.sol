// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IBadges} from "./IBadges.sol";

/// @notice Rules and supply of one badge, in one word. From the lowest bit up:
/// uint64 supply | uint64 cap | uint40 expiresAt | uint16 skill | uint8 level | uint8 upgradeCost | uint8 flags. Zero:
/// no such badge.
type BadgeRule is uint256;

/// @notice What a wallet has of one kind, in one word. From the lowest bit up: a bit for each of 32 tiers that are
/// held, suspended and claimed, then the account that the last transfer events named.
type Holdings is uint256;

/// @notice What four soulbound tiers of a kind take to count, in one word, lowest tier first: so that to look for the
/// highest of 32 that counts reads at most 8 words besides the holdings. Each, from the lowest bit up: uint40
/// expiresAt | uint16 skill | uint8 level, as in the rule of the badge, which never changes.
type TierRules is uint256;

using {
    exists,
    isSoulbound,
    isFreezable,
    isClaimable,
    supply,
    cap,
    skill,
    level,
    upgradeCost,
    isExpired,
    addSupply,
    subSupply,
    unpack
} for BadgeRule global;

using {highest, withoutHighest, withTier} for TierRules global;

using {
    holder,
    held,
    counting,
    holds,
    isFrozen,
    hasClaimed,
    withHeld,
    withFrozen,
    withClaimed,
    withHolder
} for Holdings global;

uint256 constant TIERS = 32;
uint256 constant MASK_64 = type(uint64).max;
uint256 constant EXISTS = 1 << 200;
uint256 constant SOULBOUND = 1 << 201;
uint256 constant FREEZABLE = 1 << 202;
uint256 constant CLAIMABLE = 1 << 203;
uint256 constant TIER_MASK = type(uint32).max;
uint256 constant FROZEN_SHIFT = 32;
uint256 constant CLAIMED_SHIFT = 64;
uint256 constant HOLDER_SHIFT = 96;
uint256 constant TIERS_PER_WORD = 4;
uint256 constant TIER_BITS = 64;
/// @dev The bits of four tiers, and that of the last of them.
uint256 constant PLACES = 0xf;
uint256 constant HIGHEST_PLACE = 0x8;

function exists(BadgeRule rule) pure returns (bool) {
    return BadgeRule.unwrap(rule) != 0;
}

function isSoulbound(BadgeRule rule) pure returns (bool) {
    return BadgeRule.unwrap(rule) & SOULBOUND != 0;
}

function isFreezable(BadgeRule rule) pure returns (bool) {
    return BadgeRule.unwrap(rule) & FREEZABLE != 0;
}

function isClaimable(BadgeRule rule) pure returns (bool) {
    return BadgeRule.unwrap(rule) & CLAIMABLE != 0;
}

function supply(BadgeRule rule) pure returns (uint256) {
    return BadgeRule.unwrap(rule) & MASK_64;
}

function cap(BadgeRule rule) pure returns (uint256) {
    return BadgeRule.unwrap(rule) >> 64 & MASK_64;
}

/// @dev Zero: the badge takes no skill.
function skill(BadgeRule rule) pure returns (uint16) {
    return uint16(BadgeRule.unwrap(rule) >> 168);
}

function level(BadgeRule rule) pure returns (uint256) {
    return uint8(BadgeRule.unwrap(rule) >> 184);
}

/// @dev Zero: not by an upgrade.
function upgradeCost(BadgeRule rule) pure returns (uint256) {
    return uint8(BadgeRule.unwrap(rule) >> 192);
}

function isExpired(BadgeRule rule, uint256 time) pure returns (bool) {
    uint256 expiresAt = uint40(BadgeRule.unwrap(rule) >> 128);
    return expiresAt != 0 && time >= expiresAt;
}

/// @dev Reverts above the cap, so that what is added never reaches the bits beside the supply.
function addSupply(BadgeRule rule, uint256 id, uint256 amount) pure returns (BadgeRule) {
    uint256 most = rule.cap();
    uint256 present = rule.supply();
    if (amount > most - present) revert IBadges.CapExceeded(id, present, most);
    return BadgeRule.wrap(BadgeRule.unwrap(rule) + amount);
}

/// @dev Only for what exists: at most the supply.
function subSupply(BadgeRule rule, uint256 amount) pure returns (BadgeRule) {
    return BadgeRule.wrap(BadgeRule.unwrap(rule) - amount);
}

/// @dev Reverts unless a policy is in range on its own.
function packRule(uint256 id, IBadges.BadgePolicy calldata p) pure returns (BadgeRule) {
    if (
        id & 0xff >= TIERS || p.cap == 0 || (p.skill == 0) != (p.level == 0) || (p.claimable && p.skill == 0)
            || (p.soulbound && p.upgradeCost > 1) || (p.upgradeCost != 0 && id & 0xff == 0)
    ) {
        revert IBadges.BadgePolicyInvalid(id);
    }
    uint256 flags =
        EXISTS | (p.soulbound ? SOULBOUND : 0) | (p.freezable ? FREEZABLE : 0) | (p.claimable ? CLAIMABLE : 0);
    return BadgeRule.wrap(
        uint256(p.cap) << 64 | uint256(p.expiresAt) << 128 | uint256(p.skill) << 168 | uint256(p.level) << 184
            | uint256(p.upgradeCost) << 192 | flags
    );
}

function unpack(BadgeRule rule) pure returns (IBadges.BadgePolicy memory) {
    return IBadges.BadgePolicy({
        soulbound: rule.isSoulbound(),
        freezable: rule.isFreezable(),
        claimable: rule.isClaimable(),
        cap: uint64(rule.cap()),
        expiresAt: uint40(BadgeRule.unwrap(rule) >> 128),
        skill: rule.skill(),
        level: uint8(rule.level()),
        upgradeCost: uint8(rule.upgradeCost())
    });
}

/// @dev The word with the rules of one more tier, whose place (0 to 3) is empty.
function withTier(TierRules rules, uint256 place, IBadges.BadgePolicy calldata p) pure returns (TierRules) {
    uint256 part = uint256(p.expiresAt) | uint256(p.skill) << 40 | uint256(p.level) << 56;
    return TierRules.wrap(TierRules.unwrap(rules) | part << place * TIER_BITS);
}

/// @dev Of the tier at the highest place: from when it no longer counts (zero: never), the skill that it takes (zero:
/// none) and the level of it.
function highest(TierRules rules) pure returns (uint256 expiresAt, uint256 skill_, uint256 level_) {
    uint256 word = TierRules.unwrap(rules);
    return (word >> 192 & type(uint40).max, word >> 232 & type(uint16).max, word >> 248);
}

/// @dev The word with the next place as its highest.
function withoutHighest(TierRules rules) pure returns (TierRules) {
    return TierRules.wrap(TierRules.unwrap(rules) << TIER_BITS);
}

/// @dev Whom the last transfer events named.
function holder(Holdings h) pure returns (address) {
    return address(uint160(Holdings.unwrap(h) >> HOLDER_SHIFT));
}

/// @dev A bit for each tier that is held.
function held(Holdings h) pure returns (uint256) {
    return Holdings.unwrap(h) & TIER_MASK;
}

/// @dev A bit for each tier that is held and not suspended.
function counting(Holdings h) pure returns (uint256) {
    return Holdings.unwrap(h) & ~(Holdings.unwrap(h) >> FROZEN_SHIFT) & TIER_MASK;
}

function holds(Holdings h, uint256 tier) pure returns (bool) {
    return Holdings.unwrap(h) >> tier & 1 != 0;
}

function isFrozen(Holdings h, uint256 tier) pure returns (bool) {
    return Holdings.unwrap(h) >> FROZEN_SHIFT + tier & 1 != 0;
}

function hasClaimed(Holdings h, uint256 tier) pure returns (bool) {
    return Holdings.unwrap(h) >> CLAIMED_SHIFT + tier & 1 != 0;
}

function withHeld(Holdings h, uint256 tier, bool value) pure returns (Holdings) {
    return _withBit(h, tier, value);
}

function withFrozen(Holdings h, uint256 tier, bool value) pure returns (Holdings) {
    return _withBit(h, FROZEN_SHIFT + tier, value);
}

function withClaimed(Holdings h, uint256 tier) pure returns (Holdings) {
    return _withBit(h, CLAIMED_SHIFT + tier, true);
}

function withHolder(Holdings h, address account) pure returns (Holdings) {
    return
        Holdings.wrap(Holdings.unwrap(h) & (uint256(1) << HOLDER_SHIFT) - 1 | uint256(uint160(account)) << HOLDER_SHIFT);
}

function _withBit(Holdings h, uint256 bit, bool value) pure returns (Holdings) {
    uint256 mask = uint256(1) << bit;
    uint256 word = Holdings.unwrap(h);
    return Holdings.wrap(value ? word | mask : word & ~mask);
}
