// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ISkillLedger} from "../../contracts/skills/ISkillLedger.sol";
import {SkillRecord, SkillRules, packRules} from "../../contracts/skills/SkillRecord.sol";

/// @notice The packed words of skills, for all values of their fields (`make prove`).
contract SkillWords {
    function check_Attestation(uint256 word, uint64 xp, uint8 level, uint40 time) external pure {
        SkillRecord record = SkillRecord.wrap(word >> 80);
        // The caller has checked that the count does not wrap, and bits above the fields are never set.
        if (record.attestations() == type(uint32).max) return;
        SkillRecord next = record.withAttestation(xp, level, time);
        assert(next.storedXp() == xp && next.storedLevel() == level && next.activeAt() == time);
        assert(next.attestations() == record.attestations() + 1 && next.revocations() == record.revocations());
        assert(SkillRecord.unwrap(next) >> 176 == 0);
    }

    function check_Revocation(uint256 word, uint64 xp, uint8 level) external pure {
        SkillRecord record = SkillRecord.wrap(word >> 80);
        if (record.revocations() == type(uint32).max) return;
        SkillRecord next = record.withRevocation(xp, level);
        assert(next.storedXp() == xp && next.storedLevel() == level && next.activeAt() == record.activeAt());
        assert(next.attestations() == record.attestations() && next.revocations() == record.revocations() + 1);
        assert(SkillRecord.unwrap(next) >> 176 == 0);
    }

    /// @dev Whatever is accepted comes back; a word is never 0, which would be no skill.
    function check_Rules(ISkillLedger.SkillPolicy calldata policy) external pure {
        SkillRules rules = packRules(policy);
        ISkillLedger.SkillPolicy memory read = rules.unpack();
        assert(read.firstLevelXp == policy.firstLevelXp && read.levelStepXp == policy.levelStepXp);
        assert(read.maxLevel == policy.maxLevel && read.graceSeconds == policy.graceSeconds);
        assert(read.decayXpPerDay == policy.decayXpPerDay);
        assert(read.maxXpPerAttestation == policy.maxXpPerAttestation);
        assert(rules.exists() && rules.isOpen() && rules.maxXp() == policy.maxXpPerAttestation);
        assert(rules.maxLevel() == policy.maxLevel);
    }

    function check_RulesOpen(uint256 word, bool open) external pure {
        SkillRules next = SkillRules.wrap(word).withOpen(open);
        assert(next.isOpen() == open);
        assert((SkillRules.unwrap(next) ^ word) & ~(uint256(1) << 168) == 0);
    }
}
