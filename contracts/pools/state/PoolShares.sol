// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {FixedPoint} from "../../math/FixedPoint.sol";
import {IPoolErrors} from "../IPoolErrors.sol";
import {IPoolEvents} from "../IPoolEvents.sol";
import {Pool} from "./Pool.sol";
import {PoolInvariant} from "../math/PoolInvariant.sol";
import {PoolKey} from "./PoolKey.sol";
import {PoolLateShares} from "./PoolLateShares.sol";
import {PoolRamp} from "./PoolRamp.sol";
import {PoolRates} from "./PoolRates.sol";

/// @title PoolShares
/// @notice A pool's supply of shares: liquidity in the proportion of the balances, and the protocol's part of growth.
///
/// Every event reads the pool into a {Book}, charges growth, changes the book and writes it back; a quote does the same
/// without writing. The checkpoint, invariant per share after what the protocol is owed, goes through the event
/// unchanged: what the event itself adds to the value of a share (rounding, fees on unbalanced liquidity) is growth,
/// and is charged at the next one. Growth is measured at accepted rates ({PoolRates}), and at the amplification at
/// which the checkpoint was ({PoolRamp}). Shares that come while a rise of a rate waits have a checkpoint of their own
/// ({PoolLateShares}).
library PoolShares {
    using Pool for Pool.State;
    using PoolKey for uint256;
    using PoolKey for uint256[];

    /// @dev One pool in memory. total: all shares, with what is owed to the protocol. checkpoint: invariant per share
    /// at the last liquidity event, Q96, rounded up, as {FixedPoint-toFloat} packs it. ann: amplification times tokens
    /// now, a / 2^k, 0 in a weighted pool. ramp: the ramp word, 0 without one. rates: of the moment, none without
    /// providers; accepted, words, part, whole: see {PoolRates-observe}. late: see {PoolLateShares}, 0 exactly while no
    /// rise of a rate waits. measurable: whether the invariant is defined at these balances and rates; lost: whether it
    /// was not, although all rates were there. accrued: shares that growth owes the protocol, in the book already.
    /// charged, carried, settled: whether growth was charged or its checkpoint moved, the checkpoint carried along a
    /// ramp, and the ramp ended.
    struct Book {
        uint256 status;
        uint256[] balances;
        uint256 total;
        uint256 owed;
        uint256 protocolFeeBps;
        uint256 checkpoint;
        uint256 ann;
        uint256 ramp;
        uint256[] rates;
        uint256[] accepted;
        uint256[] words;
        uint256 part;
        uint256 whole;
        uint256 late;
        bool measurable;
        bool lost;
        uint256 accrued;
        bool charged;
        bool carried;
        bool settled;
    }

    uint256 internal constant MINIMUM_SHARES = 1_000;
    uint256 private constant BPS = 10_000;
    /// @dev Bits of the mantissas of `owed` and `checkpoint`.
    uint256 private constant OWED_BITS = 50;
    uint256 private constant CHECKPOINT_BITS = 65;
    uint256 private constant CHECKPOINT_AT = 183;

    /// @notice Sets the first balances and shares. The key was validated.
    /// @return held Shares that somebody holds.
    function create(
        Pool.State storage self,
        bytes32 id,
        uint256[] calldata key,
        uint256[] memory amounts,
        uint256 protocolFeeBps
    ) internal returns (uint256 held) {
        unchecked {
            uint256[] memory rates = PoolRates.rates(key);
            (uint256 lower, uint256 upper) =
                PoolInvariant.bounds(key, amounts, key[0].amplification() * amounts.length, rates);
            // Below 2^208 times 2^30.
            uint256 supply = (lower * PoolInvariant.sharesPerUnit(key)) >> 96;
            if (supply <= MINIMUM_SHARES || supply > Pool.MASK) revert IPoolErrors.ShareAmountInvalid(supply);
            held = supply - MINIMUM_SHARES;
            self.store(key[0].isSpecial() ? Pool.EXISTS | Pool.SPECIAL : Pool.EXISTS, amounts);
            uint256 checkpoint = _checkpointUp(FixedPoint.divUp(upper, supply));
            self.shares = pack(supply, 0, protocolFeeBps, checkpoint);
            emit IPoolEvents.PoolCreated(id, key, protocolFeeBps, _valueOf(checkpoint));
            (uint256[] memory words,,,) = PoolRates.observe(self, key, rates);
            PoolRates.write(self, id, words);
        }
    }

    /// @notice The pool in memory, its growth charged. Reverts when there is none.
    /// @param strict Whether a rate provider that fails is an error; else nothing is charged then.
    /// @return book To be changed and given to {write}.
    function read(Pool.State storage self, bytes32 id, uint256[] calldata key, bool strict)
        internal
        view
        returns (Book memory book)
    {
        load(self, id, key, book);
        unchecked {
            if (_isSpecial(book)) {
                if (strict) book.rates = PoolRates.rates(key);
                else (book.measurable, book.rates) = PoolRates.tryRates(key);
                _readSpecial(self, key, book);
            } else {
                _accrue(book, key);
            }
        }
    }

    /// @notice As {read}, for a view that a rate provider may be asking: see {PoolRates-ratesOfChain}.
    function readInChain(Pool.State storage self, bytes32 id, uint256[] calldata key)
        internal
        view
        returns (Book memory book)
    {
        load(self, id, key, book);
        if (_isSpecial(book)) {
            book.rates = PoolRates.ratesOfChain(key);
            _readSpecial(self, key, book);
        } else {
            _accrue(book, key);
        }
    }

    /// @notice The pool in memory, its growth charged if it has neither a ramp nor providers nor a policy. That of the
    /// others has to be charged already, by {IPoolGrowth-chargeGrowth}.
    /// @return book To be changed and given to {writePlain}.
    function readPlain(Pool.State storage self, bytes32 id, uint256[] calldata key)
        internal
        view
        returns (Book memory book)
    {
        load(self, id, key, book);
        if (!_isSpecial(book)) _accrue(book, key);
    }

    /// @notice Writes what {readPlain} gave, balances too, and records what it charged.
    function writePlain(Pool.State storage self, bytes32 id, Book memory book) internal {
        self.store(book.status, book.balances);
        _writePlainShares(self, id, book);
    }

    /// @notice Sets the checkpoint anew, after an event that found the pool out of range: what went before cannot be
    /// measured and is not charged. Only rounding of a pool that is almost empty leads there, and it may be worth more
    /// than all that was in it.
    function restart(Pool.State storage self, bytes32 id, uint256[] calldata key) internal {
        Book memory book;
        load(self, id, key, book);
        if (book.status & Pool.RAMPING != 0) {
            book.ramp = self.ramp;
            book.ann = PoolRamp.annAt(book.ramp, block.timestamp);
        }
        (book.measurable, book.rates) = PoolRates.tryRates(key);
        if (!book.measurable) return;
        uint256[] memory words;
        (words, book.accepted,,) = PoolRates.observe(self, key, book.rates);
        if (!PoolInvariant.isMeasurable(key, book.balances, book.ann, book.accepted)) return;
        (, uint256 upper) = PoolInvariant.bounds(key, book.balances, book.ann, book.accepted);
        uint256 checkpoint = FixedPoint.divUp(upper, book.total);
        if (book.ramp != 0) {
            book.ramp = PoolRamp.withMeasured(book.ramp, book.ann);
            book.carried = true;
        }
        if (checkpoint > _valueOf(book.checkpoint)) {
            book.checkpoint = _checkpointUp(checkpoint);
            book.charged = true;
        }
        _writeShares(self, id, book);
        if (PoolRates.isWaiting(words)) {
            // All shares are late now: what the rise made of them before is not charged.
            book.late = PoolLateShares.pack(0, 1);
            admit(book, key);
        }
        PoolLateShares.write(self, id, book.late);
    }

    /// @notice To be called before shares are minted: while a rise of a rate waits they are late ones, and their growth
    /// counts from what a share is worth at the rates of the moment. Where that is not defined the checkpoints start
    /// anew after the event, see {restart}.
    function admit(Book memory book, uint256[] calldata key) internal pure {
        if (book.late == 0) return;
        if (!PoolInvariant.isMeasurable(key, book.balances, book.ann, book.rates)) {
            book.lost = true;
            return;
        }
        (, uint256 upper) = PoolInvariant.bounds(key, book.balances, book.ann, book.rates);
        book.late = PoolLateShares.admit(book.late, FixedPoint.divUp(upper, book.total));
    }

    /// @notice Takes off what a rise that waits will owe the protocol, as if no shares were late and the rates of the
    /// moment accepted: no less than a confirmation will. For views alone.
    /// @param lower Lower bound of the invariant at the rates of the moment, Q96.
    function chargeWaiting(Book memory book, uint256 lower) internal pure {
        if (book.late != 0) _charge(book, lower, lower, _valueOf(book.checkpoint) * book.total);
    }

    /// @notice Writes what {read} gave, balances too, and records what {read} charged and carried.
    function write(Pool.State storage self, bytes32 id, uint256[] calldata key, Book memory book) internal {
        self.store(book.status, book.balances);
        _writeShares(self, id, book);
        if (book.lost) restart(self, id, key);
    }

    /// @notice Writes what {read} gave but for the balances, which did not change.
    function writeShares(Pool.State storage self, bytes32 id, Book memory book) internal {
        if (book.settled) self.store(book.status, book.balances);
        _writeShares(self, id, book);
    }

    /// @notice The share word: total (bits 0 to 111), protocol fee (112 to 125), owed (126 to 182) and checkpoint (183
    /// to 255), the last two as floating point.
    /// @dev {_charge} makes `owed` representable.
    /// @param checkpoint As {FixedPoint-toFloat} packs it.
    function pack(uint256 total, uint256 owed, uint256 protocolFeeBps, uint256 checkpoint)
        internal
        pure
        returns (uint256)
    {
        return total | (protocolFeeBps << 112) | (FixedPoint.toFloat(owed, OWED_BITS, 0) << 126)
            | (checkpoint << CHECKPOINT_AT);
    }

    /// @notice The inverse of {pack}.
    function unpack(uint256 word)
        internal
        pure
        returns (uint256 total, uint256 owed, uint256 protocolFeeBps, uint256 checkpoint)
    {
        total = word & Pool.MASK;
        protocolFeeBps = (word >> 112) & 0x3fff;
        owed = FixedPoint.fromFloat((word >> 126) & ((1 << 57) - 1), OWED_BITS);
        checkpoint = word >> CHECKPOINT_AT;
    }

    /// @notice The checkpoint of a share word: invariant per share at the last liquidity event, Q96.
    function checkpointOf(uint256 word) internal pure returns (uint256) {
        return _valueOf(word >> CHECKPOINT_AT);
    }

    /// @notice The share word with another checkpoint, rounded up by at most 2^-64 of itself.
    function withCheckpoint(uint256 word, uint256 checkpoint) internal pure returns (uint256) {
        return (word & ((1 << CHECKPOINT_AT) - 1)) | (_checkpointUp(checkpoint) << CHECKPOINT_AT);
    }

    /// @dev `checkpoint` as floating point, rounded up by at most 2^-64 of itself.
    function _checkpointUp(uint256 checkpoint) private pure returns (uint256) {
        return FixedPoint.toFloat(checkpoint, CHECKPOINT_BITS, 1);
    }

    function _valueOf(uint256 checkpoint) private pure returns (uint256) {
        return FixedPoint.fromFloat(checkpoint, CHECKPOINT_BITS);
    }

    /// @notice Reads a pool into `book`: one that is returned would be made twice.
    function load(Pool.State storage self, bytes32 id, uint256[] calldata key, Book memory book) internal view {
        unchecked {
            if (self.pair(0) & Pool.EXISTS == 0) revert IPoolErrors.PoolNotFound(id);
            uint256 n = key.tokenCount();
            (book.status, book.balances) = self.load(n);
            (book.total, book.owed, book.protocolFeeBps, book.checkpoint) = unpack(self.shares);
            book.ann = PoolRamp.amplificationOf(book.status, key.wordAt(0)) * n;
            book.measurable = true;
        }
    }

    function _isSpecial(Book memory book) private pure returns (bool) {
        return book.status & (Pool.SPECIAL | Pool.RAMPING) != 0;
    }

    function _writePlainShares(Pool.State storage self, bytes32 id, Book memory book) private {
        self.shares = pack(book.total, book.owed, book.protocolFeeBps, book.checkpoint);
        if (book.charged) emit IPoolEvents.ProtocolFeeAccrued(id, book.accrued, _valueOf(book.checkpoint));
    }

    function _writeShares(Pool.State storage self, bytes32 id, Book memory book) private {
        _writePlainShares(self, id, book);
        if (book.carried || book.settled) {
            self.ramp = book.ramp;
            emit IPoolEvents.CheckpointCarried(id, _valueOf(book.checkpoint), PoolRamp.toX32(book.ann));
        }
        if (book.words.length == 0) return;
        PoolRates.write(self, id, book.words);
        PoolLateShares.write(self, id, book.late);
    }

    function _readSpecial(Pool.State storage self, uint256[] calldata key, Book memory book) private view {
        if (book.status & Pool.RAMPING != 0) {
            book.ramp = self.ramp;
            book.ann = PoolRamp.annAt(book.ramp, block.timestamp);
        }
        if (book.measurable) {
            (book.words, book.accepted, book.part, book.whole) = PoolRates.observe(self, key, book.rates);
            if (book.words.length != 0) book.late = self.late;
        }
        _accrueSpecial(book, key);
    }

    /// @dev Growth of a pool without ramp and rates.
    function _accrue(Book memory book, uint256[] calldata key) private pure {
        (uint256 lower, uint256 upper) = _measure(book, key, book.ann);
        if (book.measurable) _charge(book, lower, upper, _valueOf(book.checkpoint) * book.total);
    }

    /// @dev Growth of any pool, at the amplification of the checkpoint and at accepted rates.
    function _accrueSpecial(Book memory book, uint256[] calldata key) private view {
        uint256 ann = book.ramp == 0 ? book.ann : PoolRamp.measuredAt(book.ramp);
        (uint256 lower, uint256 upper) = _measure(book, key, ann);
        if (!book.measurable) return;
        if (book.part != book.whole) {
            lower = FixedPoint.mulDivDown(lower, book.part, book.whole);
            upper = FixedPoint.mulDivUp(upper, book.part, book.whole);
        }
        uint256 old = PoolLateShares.uncharged(book.late, _valueOf(book.checkpoint), book.total, upper);
        _charge(book, lower, upper, old);
        if (book.part == book.whole && book.late != 0) {
            // Nothing waits any more: one checkpoint for all.
            if (!book.charged) _raise(book, FixedPoint.divUp(old, book.total));
            book.late = 0;
        }
        if (book.late == 0 && PoolRates.isWaiting(book.words)) book.late = PoolLateShares.pack(book.total, 0);
        if (book.ramp != 0) _carry(book, key, ann);
    }

    function _raise(Book memory book, uint256 checkpoint) private pure {
        checkpoint = _checkpointUp(checkpoint);
        if (checkpoint == book.checkpoint) return;
        book.checkpoint = checkpoint;
        book.charged = true;
    }

    /// @dev Bounds of the invariant, where it is defined.
    function _measure(Book memory book, uint256[] calldata key, uint256 ann)
        private
        pure
        returns (uint256 lower, uint256 upper)
    {
        if (ann != 0) {
            if (!book.measurable) return (0, 0);
            book.measurable = PoolInvariant.isMeasurable(key, book.balances, ann, book.accepted);
            book.lost = !book.measurable;
            if (book.lost) return (0, 0);
        }
        return PoolInvariant.bounds(key, book.balances, ann, book.accepted);
    }

    /// @dev The ratio of invariant to checkpoint is carried to the new amplification, so a ramp is neither charged nor
    /// forgives.
    function _carry(Book memory book, uint256[] calldata key, uint256 from) private view {
        if (book.ann != from) {
            uint256 carried = PoolRamp.carry(
                _valueOf(book.checkpoint), key, book.balances, from, book.ann, book.rates, book.accepted
            );
            if (carried == 0) return;
            book.late = PoolLateShares.carry(book.late, _valueOf(book.checkpoint), carried);
            book.checkpoint = _checkpointUp(carried);
            book.ramp = PoolRamp.withMeasured(book.ramp, book.ann);
            book.carried = true;
        }
        if (PoolRamp.isOver(book.ramp)) {
            book.status = PoolRamp.settled(book.status, book.ramp, book.balances.length);
            book.ramp = 0;
            book.settled = true;
        }
    }

    /// @dev f shares of S + f are worth f V / (S + f); with f = S g / (V - g) that is g, the protocol's part of V - c
    /// S. New invariant down, old one up, f down. A checkpoint stays while nothing can be charged, so small growth adds
    /// up.
    /// @param old c S, or what {PoolLateShares} makes of it. The checkpoint was V / S of this very pool, so it is a
    /// former invariant of these shares: below 2^240.
    function _charge(Book memory book, uint256 lower, uint256 upper, uint256 old) private pure {
        unchecked {
            uint256 total = book.total;
            if (lower <= old) return;
            if (book.protocolFeeBps != 0) {
                uint256 charged = FixedPoint.mulDivDown(lower - old, book.protocolFeeBps, BPS);
                uint256 accrued = FixedPoint.mulDivDown(total, charged, lower - charged);
                // What is owed keeps its 50 leading bits: down, and the total with it.
                uint256 owed = FixedPoint.fromFloat(FixedPoint.toFloat(book.owed + accrued, OWED_BITS, 0), OWED_BITS);
                accrued = owed - book.owed;
                total += accrued;
                // A supply that is full charges nothing: an exit must not fail for it.
                if (accrued == 0 || total > Pool.MASK) return;
                book.owed = owed;
                book.total = total;
                book.accrued = accrued;
            }
            book.checkpoint = _checkpointUp(FixedPoint.divUp(upper, total));
            book.charged = true;
        }
    }
}
