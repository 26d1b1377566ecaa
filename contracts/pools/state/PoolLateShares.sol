// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {FixedPoint} from "../../math/FixedPoint.sol";
import {IPoolEvents} from "../IPoolEvents.sol";
import {Pool} from "./Pool.sol";

/// @title PoolLateShares
/// @notice Shares that come while a rise of a rate waits for its confirmation ({PoolRates}). The rise is growth of the
/// shares that were there when it was first seen; those that come later, at the rates of the moment, paid for it.
///
/// While a rise waits the pool has a word: the supply at the first event that saw it, its growth charged (bits 0 to
/// 111), and the invariant per share from which growth of late shares counts, Q96, as {FixedPoint-toFloat} packs it
/// (112 to 184): what a share was worth at the rates of the moment, when the last of them came or at most. Both 0 is no
/// word. Which shares are late follows from the supply alone: as many as it is above what it was. So it makes no
/// difference who leaves: coming and going, or going and coming back, changes nothing, and the charge of a rise is
/// never more than the protocol's part of what it made of the shares that were there.
library PoolLateShares {
    uint256 private constant SUPPLY = type(uint112).max;
    uint256 private constant SUPPLY_BITS = 112;
    /// @dev Bits of the mantissa.
    uint256 private constant CHECKPOINT_BITS = 65;

    /// @notice The word of a pool. The checkpoint is rounded up by at most 2^-64 of itself.
    /// @param supply All shares when the rise was first seen.
    /// @param checkpoint Of late shares, Q96.
    function pack(uint256 supply, uint256 checkpoint) internal pure returns (uint256 word) {
        return supply | (FixedPoint.toFloat(checkpoint, CHECKPOINT_BITS, 1) << SUPPLY_BITS);
    }

    /// @notice The inverse of {pack}.
    function unpack(uint256 word) internal pure returns (uint256 supply, uint256 checkpoint) {
        return (word & SUPPLY, FixedPoint.fromFloat(word >> SUPPLY_BITS, CHECKPOINT_BITS));
    }

    /// @notice The word after somebody was about to add: from here on late shares grow from `value` at least.
    /// @param value What a share is worth at the rates of the moment, Q96, rounded up.
    function admit(uint256 word, uint256 value) internal pure returns (uint256) {
        (uint256 supply, uint256 checkpoint) = unpack(word);
        return value > checkpoint ? pack(supply, value) : word;
    }

    /// @notice The word with the checkpoint carried along a ramp as that of all shares was, rounded up.
    /// @param from That of all shares before, Q96, not 0.
    /// @param to That of all shares afterwards, Q96.
    function carry(uint256 word, uint256 from, uint256 to) internal pure returns (uint256) {
        (uint256 supply, uint256 checkpoint) = unpack(word);
        return checkpoint == 0 ? word : pack(supply, FixedPoint.mulDivUp(checkpoint, to, from));
    }

    /// @notice Writes the word of a pool where it changed.
    function write(Pool.State storage self, bytes32 id, uint256 word) internal {
        if (self.late == word) return;
        self.late = word;
        (uint256 supply, uint256 checkpoint) = unpack(word);
        emit IPoolEvents.LateSharesSet(id, supply, checkpoint);
    }

    /// @notice What the invariant would be if nothing had grown that may be charged, Q96, rounded up: checkpoints times
    /// shares. Late shares that are worth less than their checkpoint, after a rate that was wrong, count at what they
    /// are worth: they hide no growth of the others.
    /// @param checkpoint Of the shares that were there, Q96.
    /// @param total All shares.
    /// @param upper Upper bound of the invariant, Q96.
    function uncharged(uint256 word, uint256 checkpoint, uint256 total, uint256 upper)
        internal
        pure
        returns (uint256 value)
    {
        unchecked {
            (uint256 supply, uint256 from) = unpack(word);
            value = checkpoint * total;
            if (total <= supply) return value;
            // All of these are products of shares and of what one was worth, as in {PoolShares}.
            uint256 late = FixedPoint.mulDivUp(upper, total - supply, total);
            if (from * (total - supply) < late) late = from * (total - supply);
            late += checkpoint * supply;
            return late > value ? late : value;
        }
    }
}
