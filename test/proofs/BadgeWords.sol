// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IBadges} from "../../contracts/skills/IBadges.sol";
import {BadgeRule, Holdings, TierRules, packRule} from "../../contracts/skills/BadgeRecord.sol";

/// @notice The packed words of badges, for all values of their fields (`make prove`).
contract BadgeWords {
    function check_Rule(uint256 id, IBadges.BadgePolicy calldata policy) external pure {
        BadgeRule rule = packRule(id, policy);
        IBadges.BadgePolicy memory read = rule.unpack();
        assert(read.soulbound == policy.soulbound && read.freezable == policy.freezable);
        assert(read.claimable == policy.claimable && read.cap == policy.cap && read.expiresAt == policy.expiresAt);
        assert(read.skill == policy.skill && read.level == policy.level && read.upgradeCost == policy.upgradeCost);
        assert(rule.exists() && rule.supply() == 0);
    }

    /// @dev The supply stays within its cap and moves nothing beside it.
    function check_Supply(uint256 word, uint256 amount) external pure {
        BadgeRule rule = BadgeRule.wrap(word);
        if (rule.supply() > rule.cap()) return;
        BadgeRule next = rule.addSupply(0, amount);
        assert(next.supply() == rule.supply() + amount && next.supply() <= next.cap());
        assert(BadgeRule.unwrap(next) >> 64 == word >> 64);
        assert(BadgeRule.unwrap(next.subSupply(amount)) == word);
    }

    function check_Tiers(IBadges.BadgePolicy[4] calldata p) external pure {
        TierRules rules = TierRules.wrap(0);
        for (uint256 place = 0; place < 4; ++place) {
            rules = rules.withTier(place, p[place]);
        }
        for (uint256 place = 4; place > 0; --place) {
            (uint256 expiresAt, uint256 skill, uint256 level) = rules.highest();
            IBadges.BadgePolicy calldata one = p[place - 1];
            assert(expiresAt == one.expiresAt && skill == one.skill && level == one.level);
            rules = rules.withoutHighest();
        }
        assert(TierRules.unwrap(rules) == 0);
    }

    function check_Held(uint256 word, uint8 tier, uint8 other, bool value) external pure {
        if (tier >= 32 || other >= 32) return;
        Holdings h = Holdings.wrap(word);
        Holdings next = h.withHeld(tier, value);
        assert(next.holds(tier) == value && (other == tier || next.holds(other) == h.holds(other)));
        assert(Holdings.unwrap(next) >> 32 == word >> 32);
    }

    function check_Frozen(uint256 word, uint8 tier, uint8 other, bool value) external pure {
        if (tier >= 32 || other >= 32) return;
        Holdings h = Holdings.wrap(word);
        Holdings next = h.withFrozen(tier, value);
        assert(next.isFrozen(tier) == value && (other == tier || next.isFrozen(other) == h.isFrozen(other)));
        assert(next.held() == h.held() && Holdings.unwrap(next) >> 64 == word >> 64);
        assert(next.counting() >> tier & 1 == (h.holds(tier) && !value ? 1 : 0));
    }

    function check_Claimed(uint256 word, uint8 tier, uint8 other) external pure {
        if (tier >= 32 || other >= 32) return;
        Holdings h = Holdings.wrap(word);
        Holdings next = h.withClaimed(tier);
        assert(next.hasClaimed(tier) && (other == tier || next.hasClaimed(other) == h.hasClaimed(other)));
        assert(uint64(Holdings.unwrap(next)) == uint64(word) && next.holder() == h.holder());
    }

    function check_Holder(uint256 word, address account) external pure {
        Holdings next = Holdings.wrap(word).withHolder(account);
        assert(next.holder() == account && uint96(Holdings.unwrap(next)) == uint96(word));
    }
}
