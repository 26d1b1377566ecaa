// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {FixedPoint} from "../../math/FixedPoint.sol";
import {IPoolErrors} from "../IPoolErrors.sol";
import {IPoolEvents} from "../IPoolEvents.sol";
import {PoolInvariant} from "../math/PoolInvariant.sol";
import {Pool} from "./Pool.sol";
import {PoolKey} from "./PoolKey.sol";
import {PoolLateShares} from "./PoolLateShares.sol";
import {PoolRates} from "./PoolRates.sol";
import {PoolShares} from "./PoolShares.sol";

/// @title PoolRamp
/// @notice The movement of a stable pool's amplification: a straight line between two values and times, all of its
/// rules.
///
/// Amplification times tokens is `ann`, a / 2^k, as {StableMath} takes it: a below 2^23 in the bits 0 to 22, k above
/// them; a whole number is itself. A ramp has one k, the largest that holds both of its ends, so that a unit is at most
/// 2^-21 of where it is.
///
/// The ramp word, 0 without one: `first` (bits 0 to 31), `last` (32 to 63), `measured` (64 to 95, where the checkpoint
/// of {PoolShares} was measured), start (96 to 135) and end (136 to 175). A pool with one has the status bit
/// {Pool-RAMPING}. The first event or swap after the end moves the amplification into the status (see
/// {amplificationOf}) and clears bit and word.
///
/// A swap moves between balances at which the invariant depends on the amplification in other ways. So the checkpoint
/// is carried to the amplification of the moment before every swap and event: what the ramp does to the invariant is
/// never taken for growth, nor growth for the ramp (docs/pool-math.md, section 6).
library PoolRamp {
    using Pool for Pool.State;
    using PoolKey for uint256;
    using PoolKey for uint256[];

    /// @notice Shortest and longest ramp, in seconds.
    uint256 internal constant MIN_DURATION = 1 days;
    uint256 internal constant MAX_DURATION = 365 days;
    /// @notice Two blocks are at most this far apart, in seconds: what the amplification moves meanwhile is a step.
    uint256 internal constant BLOCK_TIME = 15;

    uint256 private constant FLOAT = type(uint32).max;
    uint256 private constant TIME = type(uint40).max;
    uint256 private constant MANTISSA_BITS = 23;
    uint256 private constant MANTISSA = (1 << MANTISSA_BITS) - 1;

    /// @notice The ramp from `current` to `amplification`.
    /// @dev Reverts unless it goes at most to the double or half, takes a day to a year, and no step exceeds the least
    /// fee, as a part of where the step starts: then trading around a step costs more than it brings
    /// (docs/pool-math.md, section 7).
    /// @param current Amplification times tokens now, a / 2^k.
    /// @param measured Where the checkpoint was measured, a / 2^k.
    /// @param amplification Where the ramp ends, not yet times tokens.
    /// @param end Time of the end, in seconds.
    /// @return ramp The ramp word.
    function begin(uint256[] calldata key, uint256 current, uint256 measured, uint256 amplification, uint256 end)
        internal
        view
        returns (uint256 ramp)
    {
        unchecked {
            uint256 whole = wholeOf(current);
            uint256 target = amplification > PoolKey.MAX_AMPLIFICATION ? 0 : amplification * key.tokenCount();
            uint256 duration = end > block.timestamp ? end - block.timestamp : 0;
            // Of a k that both fit, whatever fraction the current one has.
            uint256 k = MANTISSA_BITS - 1 - Math.log2(target > whole ? target : whole + 1);
            uint256 first = _shifted(current, k);
            uint256 last = target << k;
            (uint256 low, uint256 high) = first < last ? (first, last) : (last, first);
            // Rounding may put a unit on top: the line's, and that of the first value.
            uint256 step = duration == 0 ? high : FixedPoint.divUp(BLOCK_TIME * (high - low), duration) + 1;
            if (
                target == 0 || high > 2 * low || duration < MIN_DURATION || duration > MAX_DURATION
                    || step * PoolKey.MILLION > low * leastFee(key[0])
            ) {
                revert IPoolErrors.RampOutOfRange(whole, amplification * key.tokenCount(), duration);
            }
            // The same value has to look the same: else the checkpoint would be carried, and rounded up, for nothing.
            uint256 begun = first | (k << MANTISSA_BITS);
            if (measured == current && toX32(begun) == toX32(current)) measured = begun;
            return pack(begun, last | (k << MANTISSA_BITS), measured, block.timestamp, end);
        }
    }

    /// @notice The least fee that any trader may pay in this pool, in millionths.
    function leastFee(uint256 config) internal pure returns (uint256) {
        return config.policy() == address(0) ? config.swapFee() : config.minimumFee();
    }

    /// @notice Amplification times tokens at `time`, on the line between the ends of the ramp, rounded towards its
    /// start.
    function annAt(uint256 ramp, uint256 time) internal pure returns (uint256) {
        unchecked {
            uint256 first = ramp & FLOAT;
            uint256 last = (ramp >> 32) & FLOAT;
            uint256 start = (ramp >> 96) & TIME;
            uint256 end = ramp >> 136;
            if (time >= end) return last;
            // Both have the same k, so that they are compared and subtracted as they are.
            uint256 elapsed = time - start;
            return last > first
                ? first + (last - first) * elapsed / (end - start)
                : first - (first - last) * elapsed / (end - start);
        }
    }

    /// @notice Where the checkpoint was measured: amplification times tokens, a / 2^k.
    function measuredAt(uint256 ramp) internal pure returns (uint256) {
        return (ramp >> 64) & FLOAT;
    }

    /// @notice The ramp with another {measuredAt}.
    function withMeasured(uint256 ramp, uint256 ann) internal pure returns (uint256) {
        return (ramp & ~(FLOAT << 64)) | (ann << 64);
    }

    /// @notice Whether the ramp has come to its end.
    function isOver(uint256 ramp) internal view returns (bool) {
        return block.timestamp >= ramp >> 136;
    }

    /// @notice The ramp word, see {PoolRamp}.
    function pack(uint256 first, uint256 last, uint256 measured, uint256 start, uint256 end)
        internal
        pure
        returns (uint256)
    {
        return first | (last << 32) | (measured << 64) | (start << 96) | (end << 136);
    }

    /// @notice The inverse of {pack}.
    function unpack(uint256 ramp)
        internal
        pure
        returns (uint256 first, uint256 last, uint256 measured, uint256 start, uint256 end)
    {
        return (ramp & FLOAT, (ramp >> 32) & FLOAT, measuredAt(ramp), (ramp >> 96) & TIME, ramp >> 136);
    }

    /// @notice a / 2^k, rounded down.
    function wholeOf(uint256 ann) internal pure returns (uint256) {
        return (ann & MANTISSA) >> (ann >> MANTISSA_BITS);
    }

    /// @notice a / 2^k with 32 fraction bits, exact: k is at most 21.
    function toX32(uint256 ann) internal pure returns (uint256) {
        unchecked {
            return (ann & MANTISSA) << (32 - (ann >> MANTISSA_BITS));
        }
    }

    /// @notice Amplification of a pool without a ramp under way: that of its last ramp, which the status has, else that
    /// of the key. A swap of a pool that never ramped looks at one word for both.
    function amplificationOf(uint256 status, uint256 config) internal pure returns (uint256 amplification) {
        amplification = status >> 240;
        if (amplification == 0) amplification = config.amplification();
    }

    /// @notice The status with this amplification, below 2^16.
    function withAmplification(uint256 status, uint256 amplification) internal pure returns (uint256) {
        return (status & ~Pool.AMPLIFICATION) | (amplification << 240);
    }

    /// @notice A status after the end of a ramp: the amplification in it, and no mark of a ramp.
    /// @param tokens Number of tokens.
    function settled(uint256 status, uint256 ramp, uint256 tokens) internal pure returns (uint256) {
        return withAmplification(status, wholeOf((ramp >> 32) & FLOAT) / tokens) & ~Pool.RAMPING;
    }

    /// @notice Carries the checkpoint of a ramping pool to the amplification of the moment, before a swap moves the
    /// balances.
    /// @dev Not where the invariant is not defined: there no swap is possible either, but of a few units at rates.
    /// @return flip The bits of the status that change, to be flipped in what the caller has read. They are written.
    function beforeSwap(Pool.State storage self, bytes32 id, uint256[] calldata key) internal returns (uint256 flip) {
        uint256 ramp = self.ramp;
        uint256 ann = annAt(ramp, block.timestamp);
        uint256 measured = measuredAt(ramp);
        bool over = isOver(ramp);
        if (ann == measured && !over) return 0;
        uint256 n = key.tokenCount();
        (uint256 status, uint256[] memory balances) = self.load(n);
        uint256 checkpoint = PoolShares.checkpointOf(self.shares);
        if (ann != measured) {
            uint256[] memory rates = PoolRates.rates(key);
            (, uint256[] memory accepted,,) = PoolRates.observe(self, key, rates);
            uint256 carried = carry(checkpoint, key, balances, measured, ann, rates, accepted);
            if (carried == 0) return 0;
            uint256 late = rates.length == 0 ? 0 : self.late;
            if (late != 0) PoolLateShares.write(self, id, PoolLateShares.carry(late, checkpoint, carried));
            uint256 word = PoolShares.withCheckpoint(self.shares, carried);
            self.shares = word;
            checkpoint = PoolShares.checkpointOf(word);
        }
        emit IPoolEvents.CheckpointCarried(id, checkpoint, toX32(ann));
        if (over) {
            uint256 next = settled(status, ramp, n);
            flip = status ^ next;
            self.ramp = 0;
            self.store(next, balances);
        } else {
            self.ramp = withMeasured(ramp, ann);
        }
    }

    /// @notice The checkpoint that stands to the invariant at `to` as this one does to the invariant at `from`, rounded
    /// up. A rate that is not accepted yet may be wrong, and so may the accepted one: of the two results, the one that
    /// owes the protocol less.
    /// @param checkpoint Invariant per share, Q96.
    /// @param from Amplification times tokens at which it was measured, a / 2^k.
    /// @param to Amplification times tokens at which it is to be measured, a / 2^k.
    /// @param rates Rates of the moment, none without providers.
    /// @param accepted Accepted rates, none without providers.
    /// @return carried Q96; 0 where the invariant is not defined.
    function carry(
        uint256 checkpoint,
        uint256[] calldata key,
        uint256[] memory balances,
        uint256 from,
        uint256 to,
        uint256[] memory rates,
        uint256[] memory accepted
    ) internal pure returns (uint256 carried) {
        carried = _carry(checkpoint, key, balances, from, to, rates);
        if (carried == 0) return 0;
        for (uint256 i = 0; i < rates.length; ++i) {
            if (rates[i] == accepted[i]) continue;
            uint256 other = _carry(checkpoint, key, balances, from, to, accepted);
            return other == 0 || other > carried ? other : carried;
        }
    }

    function _carry(
        uint256 checkpoint,
        uint256[] calldata key,
        uint256[] memory balances,
        uint256 from,
        uint256 to,
        uint256[] memory rates
    ) private pure returns (uint256) {
        if (!PoolInvariant.isMeasurable(key, balances, from, rates)) return 0;
        (uint256 lower,) = PoolInvariant.bounds(key, balances, from, rates);
        // Excluded within the proven range, see {StableMath-invariant}.
        if (lower == 0) return 0;
        (, uint256 upper) = PoolInvariant.bounds(key, balances, to, rates);
        return FixedPoint.mulDivUp(checkpoint, upper, lower);
    }

    /// @dev The mantissa of `ann` at another k, rounded down.
    function _shifted(uint256 ann, uint256 k) private pure returns (uint256) {
        unchecked {
            uint256 mantissa = ann & MANTISSA;
            uint256 own = ann >> MANTISSA_BITS;
            return k < own ? mantissa >> (own - k) : mantissa << (k - own);
        }
    }
}
