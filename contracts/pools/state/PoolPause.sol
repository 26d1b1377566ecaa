// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPoolErrors} from "../IPoolErrors.sol";
import {IPoolEvents} from "../IPoolEvents.sol";
import {Pool} from "./Pool.sol";

/// @title PoolPause
/// @notice Sets and clears the pause bits of a pool. Flags as the outside knows them: 1 swaps, 2 adds, 4 single-token exits.
///
/// The bit in the status says that there may be a pause, and costs an entry nothing while it is not set. Until when it counts lies
/// in `pauses`, read only where the bit is set: a pause that is over stops nothing, with or without {clearExpired}.
library PoolPause {
    using Pool for Pool.State;

    /// @notice Longest pause by the guardian, in seconds.
    uint256 internal constant MAX_PAUSE = 7 days;
    /// @notice Time between two pauses by the guardian of the same flag of a pool, in seconds.
    uint256 internal constant COOLDOWN = 14 days;
    uint256 private constant ALL = 7;
    uint256 private constant FLAGS_AT = 225;
    uint256 private constant TIME = type(uint40).max;

    /// @notice Pauses for `duration`, unless it is for longer already.
    function pauseByGuardian(Pool.State storage self, bytes32 id, uint256 flags, uint256 duration, uint256 cooldown)
        internal
    {
        checkFlags(flags);
        uint256 pauses = self.pauses;
        uint256 until = block.timestamp + duration;
        for (uint256 flag = 1; flag <= ALL; flag <<= 1) {
            if (flags & flag == 0) continue;
            uint256 offset = Pool.pauseOffset(flag << FLAGS_AT);
            uint256 last = (pauses >> (offset + 40)) & TIME;
            if (last != 0 && block.timestamp < last + cooldown) {
                revert IPoolErrors.PauseTooSoon(id, flag, last + cooldown);
            }
            uint256 current = (pauses >> offset) & TIME;
            uint256 longer = current > until ? current : until;
            pauses =
                (pauses & ~(((TIME << 40) | TIME) << offset)) | (longer << offset) | (block.timestamp << (offset + 40));
            emit IPoolEvents.PauseSet(id, flag, longer);
        }
        self.pauses = pauses;
        _setStatus(self, id, flags << FLAGS_AT, flags << FLAGS_AT);
    }

    /// @notice Pauses before `until`, or not at all when that has passed. What the guardian may do next stays as it was.
    function setPause(Pool.State storage self, bytes32 id, uint256 flags, uint256 until) internal {
        checkFlags(flags);
        if (until > TIME) until = TIME;
        uint256 pauses = self.pauses;
        for (uint256 flag = 1; flag <= ALL; flag <<= 1) {
            if (flags & flag == 0) continue;
            uint256 offset = Pool.pauseOffset(flag << FLAGS_AT);
            pauses = (pauses & ~(TIME << offset)) | (until << offset);
        }
        self.pauses = pauses;
        _setStatus(self, id, flags << FLAGS_AT, until > block.timestamp ? flags << FLAGS_AT : 0);
        emit IPoolEvents.PauseSet(id, flags, until);
    }

    /// @notice Clears the bits that do not count any more.
    function clearExpired(Pool.State storage self) internal {
        uint256 pauses = self.pauses;
        uint256 expired;
        for (uint256 flag = 1; flag <= ALL; flag <<= 1) {
            if (block.timestamp >= Pool.pausedUntil(pauses, flag << FLAGS_AT)) expired |= flag << FLAGS_AT;
        }
        for (uint256 i = 0; i < 4; ++i) {
            // Nothing is set where there is no pool.
            self.pairs[i] &= ~expired;
        }
    }

    /// @notice Reverts unless `flags` has bits that mean something, and no others.
    function checkFlags(uint256 flags) internal pure {
        if (flags == 0 || flags > ALL) revert IPoolErrors.PauseFlagsInvalid(flags);
    }

    /// @dev The status is the same in every pair in use.
    function _setStatus(Pool.State storage self, bytes32 id, uint256 mask, uint256 value) private {
        if (!self.exists()) revert IPoolErrors.PoolNotFound(id);
        for (uint256 i = 0; i < 4; ++i) {
            uint256 word = self.pairs[i];
            if (word & Pool.EXISTS == 0) break;
            self.pairs[i] = (word & ~mask) | value;
        }
    }
}
