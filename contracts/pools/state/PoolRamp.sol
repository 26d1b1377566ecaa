// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title PoolRamp
/// @notice The movement of a stable pool's amplification: a straight line between two values and times, in one word.
library PoolRamp {
    /// @notice Amplification times tokens at `time`, on the line between the ends of the ramp, rounded towards its start.
    function annAt(uint256 ramp, uint256 time) internal pure returns (uint256) {
        unchecked {
            uint256 first = ramp & 0xffffff;
            uint256 last = (ramp >> 24) & 0xffffff;
            uint256 start = (ramp >> 72) & 0xffffffffff;
            uint256 end = (ramp >> 112) & 0xffffffffff;
            if (time >= end) return last;
            uint256 elapsed = time - start;
            return last > first
                ? first + (last - first) * elapsed / (end - start)
                : first - (first - last) * elapsed / (end - start);
        }
    }

    /// @notice Amplification times tokens at which the checkpoint was measured.
    function annOfCheckpoint(uint256 ramp) internal pure returns (uint256) {
        return (ramp >> 48) & 0xffffff;
    }

    /// @notice The ramp with another measure of the checkpoint.
    function withAnnOfCheckpoint(uint256 ramp, uint256 ann) internal pure returns (uint256) {
        return (ramp & ~(uint256(0xffffff) << 48)) | (ann << 48);
    }

    /// @notice The word of a ramp; see {annAt}.
    function packRamp(uint256 first, uint256 last, uint256 checkpoint, uint256 start, uint256 end)
        internal
        pure
        returns (uint256)
    {
        return first | (last << 24) | (checkpoint << 48) | (start << 72) | (end << 112);
    }
}
