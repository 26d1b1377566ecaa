// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ISkillLedger} from "../../contracts/skills/ISkillLedger.sol";

/// @notice What experience should be, from sums over the whole history: attested less revoked less decayed.
/// @dev The contract keeps one running number per wallet and skill; here nothing is ever merged. Decay is counted by
/// dividing and looking at the remainder, levels by adding up one step after the other.
contract SkillModel {
    struct History {
        uint256 attested;
        uint256 revoked;
        /// @dev Decay up to the last attestation.
        uint256 decayed;
        uint256 lastAttestedAt;
        uint256 attestations;
        uint256 revocations;
    }

    mapping(uint256 wallet => mapping(uint256 skill => History)) private _histories;
    mapping(uint256 skill => ISkillLedger.SkillPolicy) private _policies;

    function setPolicy(uint256 skill, ISkillLedger.SkillPolicy calldata policy) external {
        _policies[skill] = policy;
    }

    function attest(uint256 wallet, uint256 skill, uint256 xp, uint256 time) external {
        History storage h = _histories[wallet][skill];
        h.decayed += _decaySince(h, skill, time);
        h.attested += xp;
        h.lastAttestedAt = time;
        ++h.attestations;
    }

    function revoke(uint256 wallet, uint256 skill, uint256 xp, uint256 time) external {
        uint256 present = xpAt(wallet, skill, time);
        History storage h = _histories[wallet][skill];
        h.revoked += xp > present ? present : xp;
        ++h.revocations;
    }

    function xpAt(uint256 wallet, uint256 skill, uint256 time) public view returns (uint256) {
        History storage h = _histories[wallet][skill];
        return h.attested - h.revoked - h.decayed - _decaySince(h, skill, time);
    }

    function levelAt(uint256 wallet, uint256 skill, uint256 time) external view returns (uint256 level) {
        uint256 xp = xpAt(wallet, skill, time);
        ISkillLedger.SkillPolicy storage p = _policies[skill];
        uint256 needed = p.firstLevelXp;
        uint256 step = p.firstLevelXp;
        while (level < p.maxLevel && xp >= needed) {
            ++level;
            step += p.levelStepXp;
            needed += step;
        }
    }

    function history(uint256 wallet, uint256 skill) external view returns (History memory) {
        return _histories[wallet][skill];
    }

    /// @dev What the time since the last attestation took of what was left then and not revoked since.
    function _decaySince(History storage h, uint256 skill, uint256 time) private view returns (uint256 lost) {
        ISkillLedger.SkillPolicy storage p = _policies[skill];
        uint256 begins = h.lastAttestedAt + p.graceSeconds;
        if (time > begins) {
            uint256 parts = (time - begins) * p.decayXpPerDay;
            lost = parts / 1 days;
            if (parts % 1 days != 0) ++lost;
        }
        uint256 left = h.attested - h.revoked - h.decayed;
        if (lost > left) lost = left;
    }
}
