// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title GuardianPause
/// @notice How long the guardian may pause one thing, and how often. One pause is 80 bits: its end in the lower 40, the
/// time at which the guardian last began it in the 39 above, and in the highest whether that pause is done. An end that
/// has passed stops nothing.
///
/// The guardian's pause lasts {MAX_PAUSE} at most, counted from when it began: while it counts it may be lengthened up
/// to that. Once it is over, or governance has ended or shortened it, it is done: the guardian can make it no longer,
/// nor begin another before {COOLDOWN} after it began. Governance sets any end at any time, and what it sets brings
/// the guardian's next pause neither nearer nor further.
library GuardianPause {
    /// @notice Longest pause by the guardian, in seconds.
    uint256 internal constant MAX_PAUSE = 7 days;
    /// @notice Time from the beginning of a pause by the guardian to that of its next one, in seconds.
    uint256 internal constant COOLDOWN = 14 days;
    /// @notice Bits of one pause.
    uint256 internal constant BITS = 80;
    uint256 private constant TIME = type(uint40).max;
    uint256 private constant BEGUN = type(uint40).max >> 1;
    uint256 private constant DONE = 1 << 79;

    /// @notice The guardian pauses for less than a second or for more than {MAX_PAUSE}.
    error PauseDurationInvalid(uint256 duration);

    /// @notice Reverts unless the guardian may ask for so many seconds.
    function checkDuration(uint256 duration) internal pure {
        if (duration == 0 || duration > MAX_PAUSE) revert PauseDurationInvalid(duration);
    }

    /// @notice The guardian asks for a pause until `duration` seconds from `time`; see {checkDuration}.
    /// @return accepted Whether the thing is paused for that long now, or for as long as the guardian may. False where
    /// the guardian can change nothing before {notBefore}.
    /// @return next The pause afterwards. Never shorter than before.
    function byGuardian(uint256 pause, uint256 time, uint256 duration)
        internal
        pure
        returns (bool accepted, uint256 next)
    {
        unchecked {
            uint256 until = end(pause);
            uint256 wanted = time + duration;
            if (until >= wanted) return (true, pause);
            if (time >= notBefore(pause)) return (true, wanted | (time << 40));
            uint256 latest = begun(pause) + MAX_PAUSE;
            if (wanted > latest) wanted = latest;
            // Over, done, or as long as it may be.
            if (time >= until || pause & DONE != 0 || wanted <= until) return (false, pause);
            return (true, (pause & ~TIME) | wanted);
        }
    }

    /// @notice The pause with another end, by governance. One that counts at `time` and is not shortened stays the
    /// guardian's to lengthen; any other is done. When the guardian may begin the next is as before.
    /// @param until First second at which it does not count; one that has passed ends it. Times beyond 40 bits are cut
    /// to the last.
    function byGovernance(uint256 pause, uint256 time, uint256 until) internal pure returns (uint256 next) {
        if (time >= end(pause) || until < end(pause)) pause |= DONE;
        return (pause & ~TIME) | limited(until);
    }

    /// @notice A time as it fits: beyond 40 bits the last.
    function limited(uint256 until) internal pure returns (uint256) {
        return until > TIME ? TIME : until;
    }

    /// @notice First second at which the pause does not count any more.
    function end(uint256 pause) internal pure returns (uint256) {
        return pause & TIME;
    }

    /// @notice When the guardian last began to pause this; 0 for never.
    function begun(uint256 pause) internal pure returns (uint256) {
        return (pause >> 40) & BEGUN;
    }

    /// @notice First second at which the guardian may begin another pause; 0 before the first one.
    function notBefore(uint256 pause) internal pure returns (uint256) {
        unchecked {
            uint256 last = begun(pause);
            return last == 0 ? 0 : last + COOLDOWN;
        }
    }

    /// @notice The pause in bits `offset` to `offset` + 79 of a word.
    function pauseAt(uint256 word, uint256 offset) internal pure returns (uint256) {
        return (word >> offset) & ((1 << BITS) - 1);
    }

    /// @notice The word with another pause at `offset`.
    function withPauseAt(uint256 word, uint256 offset, uint256 pause) internal pure returns (uint256) {
        return (word & ~(((1 << BITS) - 1) << offset)) | (pause << offset);
    }
}
