// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {GuardianPause} from "../../contracts/access/GuardianPause.sol";

/// @notice ACCESS-1: whatever a guardian asks for and whenever, it alone stops a thing for 7 days in a row at most, and
/// begins to stop it once in 14 days at most. What governance sets holds, and costs the guardian nothing.
contract GuardianPauseTest is Test {
    using GuardianPause for uint256;

    uint256 private constant START = 1_800_000_000;

    /// @dev The judge looks at every hour of 60 days and knows nothing of how the library keeps time.
    function testFuzz_AGuardianAloneStopsSevenDaysInFourteen(uint256 seed, uint256 often) external pure {
        uint256 pause;
        uint256 begun;
        bool counted;
        often = 1 + often % 200;
        for (uint256 time = START; time < START + 60 days; time += 1 hours) {
            uint256 draw = uint256(keccak256(abi.encode(seed, time)));
            if (draw % often == 0) {
                uint256 asked = 1 hours * (1 + (draw >> 8) % 168);
                (bool accepted, uint256 next) = pause.byGuardian(time, asked);
                assertGe(next.end(), pause.end(), "ACCESS-1: never shorter");
                assertLe(next.end(), _most(pause.end(), time + asked), "ACCESS-1: never longer than asked");
                if (!accepted) assertEq(next, pause, "ACCESS-1: refused, and so the same");
                pause = next;
            }
            bool counts = time < pause.end();
            if (counts && !counted) {
                if (begun != 0) assertGe(time, begun + 14 days, "ACCESS-1: once in 14 days");
                begun = time;
            }
            if (counts) assertLt(time, begun + 7 days, "ACCESS-1: 7 days in a row");
            counted = counts;
        }
    }

    /// @dev A guardian who asks for 7 days in every hour gets all that there is: 7 of 14 days.
    function test_AGuardianWhoAlwaysAsksGetsSevenOfFourteenDays() external pure {
        uint256 pause;
        uint256 stopped;
        for (uint256 time = START; time < START + 28 days; time += 1 hours) {
            (, pause) = pause.byGuardian(time, 7 days);
            if (time < pause.end()) ++stopped;
        }
        assertEq(stopped, 14 * 24, "ACCESS-1: all that it may");
    }

    function test_WhatGovernanceSetHolds() external pure {
        uint256 pause = uint256(0).byGovernance(START, START + 30 days);
        (bool accepted, uint256 next) = pause.byGuardian(START, 7 days);
        assertTrue(accepted && next == pause, "ACCESS-1: paused for longer as it is, and nothing is used up");
        (, next) = pause.byGuardian(START + 29 days, 7 days);
        assertEq(next.end(), START + 36 days, "ACCESS-1: beyond it the guardian begins");
        next = next.byGovernance(START + 29 days, START + 30 days);
        assertEq(next.end(), START + 30 days, "ACCESS-1: shortened");
        assertEq(next.notBefore(), START + 43 days, "ACCESS-1: what the guardian may do next is as before");
        next = next.byGovernance(START + 29 days, 0);
        (accepted, next) = next.byGuardian(START + 29 days + 1, 7 days);
        assertFalse(accepted, "ACCESS-1: what governance ended cannot be lengthened");
        assertEq(next.end(), 0, "ACCESS-1: ended");
    }

    /// @dev The judge remembers the last end that governance set where it stopped less than before, or anew, and when
    /// the guardian last began: until it may begin again, that end stays.
    function testFuzz_WhatGovernanceSetHoldsUntilTheGuardianMayBeginAgain(uint256 seed) external pure {
        uint256 pause;
        uint256 begun;
        uint256 held;
        bool holds;
        for (uint256 time = START; time < START + 60 days; time += 6 hours) {
            uint256 draw = uint256(keccak256(abi.encode(seed, time)));
            bool over = time >= pause.end();
            bool mayBegin = begun == 0 || time >= begun + 14 days;
            if (draw % 8 == 0) {
                uint256 until = time - 1 days + (draw >> 8) % 9 days;
                if (over || until < pause.end()) (holds, held) = (true, until);
                else if (holds) held = until;
                pause = pause.byGovernance(time, until);
                assertEq(pause.end(), until, "ACCESS-1: what governance sets");
                assertEq(pause.notBefore(), begun == 0 ? 0 : begun + 14 days, "ACCESS-1: costs the guardian nothing");
            } else if (draw % 8 < 5) {
                (, uint256 next) = pause.byGuardian(time, 1 hours * (1 + (draw >> 8) % 168));
                if (next != pause && mayBegin) (begun, holds) = (time, false);
                if (holds && !mayBegin) assertEq(next.end(), held, "ACCESS-1: what governance set holds");
                pause = next;
            }
        }
    }

    function test_WhatGovernanceShortenedStaysShort() external pure {
        (, uint256 pause) = uint256(0).byGuardian(START, 7 days);
        pause = pause.byGovernance(START + 1 days, START + 2 days);
        (bool accepted, uint256 next) = pause.byGuardian(START + 1 days, 7 days);
        assertTrue(!accepted && next == pause, "ACCESS-1: shortened by governance, and lengthened by the guardian");
        (accepted,) = pause.byGuardian(START + 1 days, 1 days);
        assertTrue(accepted, "ACCESS-1: paused for as long as it asks for");
        (accepted, next) = pause.byGuardian(START + 14 days, 7 days);
        assertEq(next.end(), START + 21 days, "ACCESS-1: 14 days after it began the guardian begins anew");
        (, next) = next.byGuardian(START + 15 days, 6 days + 1);
        assertEq(next.end(), START + 21 days, "ACCESS-1: up to 7 days");
    }

    function test_WhatGovernanceBeganAnewIsNotTheGuardians() external pure {
        (, uint256 pause) = uint256(0).byGuardian(START, 1 hours);
        pause = pause.byGovernance(START + 5 days, START + 5 days + 1 hours);
        (bool accepted, uint256 next) = pause.byGuardian(START + 5 days, 7 days);
        assertTrue(!accepted && next == pause, "ACCESS-1: the guardian's own was over");
    }

    function test_WhatGovernanceLengthenedTheGuardianMayLengthenMore() external pure {
        (, uint256 pause) = uint256(0).byGuardian(START, 1 hours);
        pause = pause.byGovernance(START, START + 1 days);
        (bool accepted, uint256 next) = pause.byGuardian(START + 5 hours, 7 days);
        assertTrue(accepted, "ACCESS-1: still its own");
        assertEq(next.end(), START + 7 days, "ACCESS-1: up to 7 days after it began");
    }

    function test_AnEndThatDoesNotFitIsTheLast() external pure {
        uint256 pause = uint256(0).byGovernance(START, type(uint256).max);
        assertEq(pause.end(), type(uint40).max, "ACCESS-1: the last second of 40 bits");
        assertEq(pause.begun(), 0, "ACCESS-1: and nothing beside it");
    }

    function test_RevertWhen_TheDurationIsNothingOrTooLong() external {
        GuardianPause.checkDuration(1);
        GuardianPause.checkDuration(7 days);
        vm.expectRevert(abi.encodeWithSelector(GuardianPause.PauseDurationInvalid.selector, 0));
        this.check(0);
        vm.expectRevert(abi.encodeWithSelector(GuardianPause.PauseDurationInvalid.selector, 7 days + 1));
        this.check(7 days + 1);
    }

    function check(uint256 duration) external pure {
        GuardianPause.checkDuration(duration);
    }

    function testFuzz_APauseIsReadWhereItWasPut(uint256 word, uint256 pause, uint8 place) external pure {
        uint256 offset = uint256(place % 3) * GuardianPause.BITS;
        pause &= (1 << 80) - 1;
        uint256 changed = word.withPauseAt(offset, pause);
        assertEq(changed.pauseAt(offset), pause, "ACCESS-1: read as put");
        assertEq(changed ^ word, (word.pauseAt(offset) ^ pause) << offset, "ACCESS-1: and nothing beside it");
    }

    function _most(uint256 a, uint256 b) private pure returns (uint256) {
        return a > b ? a : b;
    }
}
