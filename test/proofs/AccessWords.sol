// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {GuardianPause} from "../../contracts/access/GuardianPause.sol";

/// @notice The pause of one thing, for all words, times and durations (`make prove`).
contract AccessWords {
    using GuardianPause for uint256;

    /// @dev The guardian pauses for 7 days from its beginning at most, unless governance had it longer; and begins
    /// again after 14.
    function check_GuardianBounds(uint80 pause, uint40 time, uint32 duration) external pure {
        if (duration == 0 || duration > GuardianPause.MAX_PAUSE || uint256(time) + duration >> 39 != 0) return;
        if (uint256(pause).begun() > time) return;
        (bool accepted, uint256 next) = uint256(pause).byGuardian(time, duration);
        assert(next >> GuardianPause.BITS == 0 && next.end() >= uint256(pause).end());
        if (!accepted) assert(next == pause);
        if (next.end() != uint256(pause).end()) assert(next.end() <= next.begun() + GuardianPause.MAX_PAUSE);
        if (next.begun() != uint256(pause).begun()) {
            assert(next.begun() == time);
            assert(uint256(pause).begun() == 0 || time >= uint256(pause).begun() + GuardianPause.COOLDOWN);
        }
    }

    function check_Governance(uint80 pause, uint40 time, uint256 until) external pure {
        uint256 next = uint256(pause).byGovernance(time, until);
        assert(next.begun() == uint256(pause).begun() && next >> GuardianPause.BITS == 0);
        assert(next.end() == (until > type(uint40).max ? type(uint40).max : until));
    }

    /// @dev What governance ended or shortened, or began where nothing was stopped, the guardian makes no longer before
    /// it may begin again.
    function check_GovernanceHolds(uint80 pause, uint40 time, uint40 until, uint40 later, uint32 duration)
        external
        pure
    {
        if (duration == 0 || duration > GuardianPause.MAX_PAUSE || uint256(later) + duration >> 39 != 0) return;
        if (time < uint256(pause).end() && until >= uint256(pause).end()) return;
        uint256 set = uint256(pause).byGovernance(time, until);
        if (set.begun() == 0 || later >= set.begun() + GuardianPause.COOLDOWN) return;
        (, uint256 next) = set.byGuardian(later, duration);
        assert(next == set);
    }
}
