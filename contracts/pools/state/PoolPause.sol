// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {GuardianPause} from "../../access/GuardianPause.sol";
import {IPoolErrors} from "../IPoolErrors.sol";
import {IPoolEvents} from "../IPoolEvents.sol";
import {Pool} from "./Pool.sol";

/// @title PoolPause
/// @notice Sets and clears the pauses of a pool and of the manager. Flags of a pool as the outside knows them: 1
/// everything that is priced (swaps, liquidity out of proportion), 2 adds, 4 single-token exits. Flags of the manager:
/// 1 flash loans, 2 creation of pools.
///
/// The bit in a pool's status says that there may be a pause, and costs an entry nothing while it is not set. Until
/// when it counts lies in `pauses`, read only where the bit is set: a pause that is over stops nothing, with or without
/// {clearExpired}. {GuardianPause} says what the guardian may.
library PoolPause {
    using GuardianPause for uint256;
    using Pool for Pool.State;

    uint256 private constant ALL = 7;
    uint256 private constant FLAGS_AT = 225;
    /// @dev Flags of the manager.
    uint256 internal constant LOANS = 1;
    uint256 internal constant CREATION = 2;
    uint256 private constant ALL_OF_MANAGER = 3;

    /// @notice The guardian pauses for `duration`, or for as long as it may. A flag in its cooldown is left out.
    function pauseByGuardian(Pool.State storage self, bytes32 id, uint256 flags, uint256 duration) internal {
        uint256 pauses = self.pauses;
        uint256 set;
        for (uint256 flag = 1; flag <= ALL; flag <<= 1) {
            if (flags & flag == 0) continue;
            uint256 offset = _offset(flag);
            (bool accepted, uint256 next) = pauses.pauseAt(offset).byGuardian(block.timestamp, duration);
            if (!accepted) {
                emit IPoolEvents.PauseSkipped(id, flag, next.notBefore());
                continue;
            }
            pauses = pauses.withPauseAt(offset, next);
            set |= flag << FLAGS_AT;
            emit IPoolEvents.PauseSet(id, flag, next.end());
        }
        self.pauses = pauses;
        _setStatus(self, id, set, set);
    }

    /// @notice Pauses before `until`, or not at all when that has passed. When the guardian may begin to pause next
    /// stays as it was; what this ended or shortened it can make no longer.
    function setPause(Pool.State storage self, bytes32 id, uint256 flags, uint256 until) internal {
        uint256 pauses = self.pauses;
        for (uint256 flag = 1; flag <= ALL; flag <<= 1) {
            if (flags & flag == 0) continue;
            uint256 offset = _offset(flag);
            pauses = pauses.withPauseAt(offset, pauses.pauseAt(offset).byGovernance(block.timestamp, until));
        }
        self.pauses = pauses;
        emit IPoolEvents.PauseSet(id, flags, GuardianPause.limited(until));
        _setStatus(self, id, flags << FLAGS_AT, until > block.timestamp ? flags << FLAGS_AT : 0);
    }

    /// @notice Clears the bits that do not count any more.
    function clearExpired(Pool.State storage self) internal {
        uint256 pauses = self.pauses;
        uint256 expired;
        for (uint256 flag = 1; flag <= ALL; flag <<= 1) {
            if (block.timestamp >= pauses.pauseAt(_offset(flag)).end()) expired |= flag << FLAGS_AT;
        }
        for (uint256 i = 0; i < 4; ++i) {
            // Nothing is set where there is no pool.
            self.pairs[i] &= ~expired;
        }
    }

    /// @notice The word of the manager's pauses after the guardian asked for one; as {pauseByGuardian}.
    function managerPausedByGuardian(uint256 pauses, uint256 flags, uint256 duration) internal returns (uint256) {
        for (uint256 flag = 1; flag <= ALL_OF_MANAGER; flag <<= 1) {
            if (flags & flag == 0) continue;
            uint256 offset = _offset(flag);
            (bool accepted, uint256 next) = pauses.pauseAt(offset).byGuardian(block.timestamp, duration);
            if (accepted) {
                pauses = pauses.withPauseAt(offset, next);
                emit IPoolEvents.ManagerPauseSet(flag, next.end());
            } else {
                emit IPoolEvents.ManagerPauseSkipped(flag, next.notBefore());
            }
        }
        return pauses;
    }

    /// @notice The word of the manager's pauses after governance set one; as {setPause}.
    function managerPausedByGovernance(uint256 pauses, uint256 flags, uint256 until) internal returns (uint256) {
        for (uint256 flag = 1; flag <= ALL_OF_MANAGER; flag <<= 1) {
            if (flags & flag == 0) continue;
            uint256 offset = _offset(flag);
            pauses = pauses.withPauseAt(offset, pauses.pauseAt(offset).byGovernance(block.timestamp, until));
        }
        emit IPoolEvents.ManagerPauseSet(flags, GuardianPause.limited(until));
        return pauses;
    }

    /// @notice Reverts while `flag` of the manager is paused.
    function checkManagerNotPaused(uint256 pauses, uint256 flag) internal view {
        uint256 until = pauses.pauseAt(_offset(flag)).end();
        if (block.timestamp < until) revert IPoolErrors.ManagerPaused(flag, until);
    }

    /// @notice Reverts while one of the `flags` of a pool counts.
    function checkOver(uint256 pauses, bytes32 id, uint256 flags) internal view {
        for (uint256 flag = 1; flag <= ALL; flag <<= 1) {
            if (flags & flag == 0) continue;
            uint256 until = pauses.pauseAt(_offset(flag)).end();
            if (block.timestamp < until) revert IPoolErrors.PoolPaused(id, flag, until);
        }
    }

    /// @notice First second at which `flag`, of a pool or of the manager, does not count any more; 0 when it does not
    /// count now.
    function pausedUntil(uint256 pauses, uint256 flag) internal view returns (uint256 until) {
        until = pauses.pauseAt(_offset(flag)).end();
        if (until <= block.timestamp) until = 0;
    }

    /// @notice Reverts unless `flags` of a pool has bits that mean something, and no others.
    function checkFlags(uint256 flags) internal pure {
        if (flags == 0 || flags > ALL) revert IPoolErrors.PauseFlagsInvalid(flags);
    }

    /// @notice Reverts unless `flags` of the manager has bits that mean something, and no others.
    function checkFlagsOfManager(uint256 flags) internal pure {
        if (flags == 0 || flags > ALL_OF_MANAGER) revert IPoolErrors.PauseFlagsInvalid(flags);
    }

    /// @dev Where the pause of a flag begins in its word.
    function _offset(uint256 flag) private pure returns (uint256) {
        return flag == 1 ? 0 : flag == 2 ? GuardianPause.BITS : 2 * GuardianPause.BITS;
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
