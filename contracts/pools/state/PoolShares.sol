// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {FixedPoint} from "../../math/FixedPoint.sol";
import {IPoolErrors} from "../IPoolErrors.sol";
import {Pool} from "./Pool.sol";
import {PoolInvariant} from "../math/PoolInvariant.sol";
import {PoolKey} from "./PoolKey.sol";
import {PoolRamp} from "./PoolRamp.sol";
import {PoolRates} from "./PoolRates.sol";

/// @title PoolShares
/// @notice A pool's supply of shares: liquidity in the proportion of the balances, and the protocol's part of growth.
///
/// Every event reads the pool into a {Book}, charges growth, changes the book and writes it back; a quote does the same without
/// writing. The checkpoint, invariant per share after what the protocol is owed, goes through the event unchanged: what the event
/// itself adds to the value of a share (rounding, fees on unbalanced liquidity) is growth, and is charged at the next one.
library PoolShares {
    using Pool for Pool.State;
    using PoolKey for uint256;
    using PoolKey for uint256[];

    /// @dev One pool in memory. total: all shares, with what is owed to the protocol. checkpoint: invariant per share at the last
    /// liquidity event, Q96, rounded up. ann: amplification times tokens now, 0 in a weighted pool. ramp: 0 without one. rates: none
    /// without providers. measurable: whether the invariant is defined at these balances and rates.
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
        bool measurable;
    }

    uint256 internal constant MINIMUM_SHARES = 1_000;
    uint256 private constant BPS = 10_000;
    /// @dev Bits of the mantissas of `owed` and `checkpoint`.
    uint256 private constant OWED_BITS = 50;
    uint256 private constant CHECKPOINT_BITS = 65;

    /// @notice Sets the first balances and shares. The key was validated. Returns the shares that somebody holds.
    function create(Pool.State storage self, uint256[] calldata key, uint256[] memory amounts, uint256 protocolFeeBps)
        internal
        returns (uint256 held)
    {
        unchecked {
            (uint256 lower, uint256 upper) =
                PoolInvariant.bounds(key, amounts, key[0].amplification() * amounts.length, PoolRates.rates(key));
            uint256 supply = lower >> 96;
            if (supply <= MINIMUM_SHARES || supply > Pool.MASK) revert IPoolErrors.ShareAmountInvalid(supply);
            held = supply - MINIMUM_SHARES;
            self.store(key[0].isSpecial() ? Pool.EXISTS | Pool.SPECIAL : Pool.EXISTS, amounts);
            self.shares = pack(supply, 0, protocolFeeBps, FixedPoint.divUp(upper, supply));
        }
    }

    /// @notice The pool in memory, its growth charged. Reverts when there is none.
    /// @param strict Whether a rate provider that fails is an error; else nothing is charged then.
    /// @return book To be changed and given to {write}.
    /// @return accrued Shares that growth owes the protocol, in the book already.
    function read(Pool.State storage self, bytes32 id, uint256[] calldata key, bool strict)
        internal
        view
        returns (Book memory book, uint256 accrued)
    {
        unchecked {
            if (self.pair(0) & Pool.EXISTS == 0) revert IPoolErrors.PoolNotFound(id);
            uint256 n = key.tokenCount();
            (book.status, book.balances) = self.load(n);
            (book.total, book.owed, book.protocolFeeBps, book.checkpoint) = unpack(self.shares);
            book.ann = key.wordAt(0).amplification() * n;
            book.measurable = true;
            if (book.status & (Pool.SPECIAL | Pool.RAMPING) != 0) {
                if (book.status & Pool.RAMPING != 0) {
                    book.ramp = self.ramp;
                    book.ann = PoolRamp.annAt(book.ramp, block.timestamp);
                }
                if (strict) book.rates = PoolRates.rates(key);
                else (book.measurable, book.rates) = PoolRates.tryRates(key);
            }
            accrued = _accrue(book, key);
        }
    }

    /// @notice Writes what {read} gave, balances too.
    function write(Pool.State storage self, Book memory book) internal {
        self.store(book.status, book.balances);
        writeShares(self, book);
    }

    /// @notice Writes what {read} gave but for the balances, which did not change.
    function writeShares(Pool.State storage self, Book memory book) internal {
        self.shares = pack(book.total, book.owed, book.protocolFeeBps, book.checkpoint);
        if (book.ramp != 0) self.ramp = book.ramp;
    }

    /// @notice Mints `minted` shares for their part of every balance, rounded up.
    function addProportional(Book memory book, uint256 minted) internal pure returns (uint256[] memory amounts) {
        unchecked {
            uint256[] memory current = book.balances;
            uint256 total = book.total;
            if (minted == 0 || minted > Pool.MASK - total) revert IPoolErrors.ShareAmountInvalid(minted);
            amounts = new uint256[](current.length);
            for (uint256 i = 0; i < current.length; ++i) {
                uint256 balance = current[i];
                // Both factors are below 2^112.
                uint256 amount = FixedPoint.divUp(balance * minted, total);
                if (amount > Pool.MASK - balance) revert IPoolErrors.BalanceTooLarge(amount);
                amounts[i] = amount;
                current[i] = balance + amount;
            }
            book.total = total + minted;
        }
    }

    /// @notice Burns `burned` shares, which somebody holds, for their part of every balance, rounded down.
    function removeProportional(Book memory book, uint256 burned) internal pure returns (uint256[] memory amounts) {
        unchecked {
            uint256[] memory current = book.balances;
            uint256 total = book.total;
            // Whoever holds them was checked by the manager; a quote may be asked anything.
            if (burned > total - MINIMUM_SHARES) revert IPoolErrors.ShareAmountInvalid(burned);
            amounts = new uint256[](current.length);
            for (uint256 i = 0; i < current.length; ++i) {
                uint256 balance = current[i];
                uint256 amount = balance * burned / total;
                amounts[i] = amount;
                current[i] = balance - amount;
            }
            book.total = total - burned;
        }
    }

    /// @notice The share word: total (bits 0 to 111), protocol fee (112 to 125), owed (126 to 182) and checkpoint (183 to 255),
    /// the last two as floating point.
    /// @dev {_accrue} makes `owed` representable; the checkpoint is rounded up by at most 2^-64 of itself.
    function pack(uint256 total, uint256 owed, uint256 protocolFeeBps, uint256 checkpoint)
        internal
        pure
        returns (uint256)
    {
        return total | (protocolFeeBps << 112) | (FixedPoint.toFloat(owed, OWED_BITS, 0) << 126)
            | (FixedPoint.toFloat(checkpoint, CHECKPOINT_BITS, 1) << 183);
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
        checkpoint = FixedPoint.fromFloat(word >> 183, CHECKPOINT_BITS);
    }

    /// @dev f shares of S + f are worth f V / (S + f); with f = S g / (V - g) that is g, the protocol's part of V - c S. New
    /// invariant down, old one up, f down. A checkpoint stays while nothing can be charged, so small growth adds up.
    function _accrue(Book memory book, uint256[] calldata key) private pure returns (uint256 accrued) {
        unchecked {
            uint256 ann = book.ramp == 0 ? book.ann : PoolRamp.annOfCheckpoint(book.ramp);
            if (ann != 0) {
                if (book.measurable) {
                    book.measurable = PoolInvariant.isMeasurable(key, book.balances, ann, book.rates);
                }
                if (!book.measurable) return 0;
            }
            (uint256 lower, uint256 upper) = PoolInvariant.bounds(key, book.balances, ann, book.rates);
            accrued = _charge(book, lower, upper);
            if (ann != book.ann && lower != 0) {
                // The ratio of invariant to checkpoint is carried to the new amplification, so a ramp is neither charged nor forgives.
                (, uint256 rebased) = PoolInvariant.bounds(key, book.balances, book.ann, book.rates);
                book.checkpoint = FixedPoint.mulDivUp(book.checkpoint, rebased, lower);
                book.ramp = PoolRamp.withAnnOfCheckpoint(book.ramp, book.ann);
            }
        }
    }

    function _charge(Book memory book, uint256 lower, uint256 upper) private pure returns (uint256 accrued) {
        unchecked {
            uint256 total = book.total;
            // The checkpoint was V / S of this very pool, so the product is a former invariant of these shares: below 2^240.
            uint256 old = book.checkpoint * total;
            if (lower <= old) return 0;
            if (book.protocolFeeBps != 0) {
                uint256 charged = FixedPoint.mulDivDown(lower - old, book.protocolFeeBps, BPS);
                accrued = FixedPoint.mulDivDown(total, charged, lower - charged);
                // What is owed keeps its 50 leading bits: down, and the total with it.
                uint256 owed = FixedPoint.fromFloat(FixedPoint.toFloat(book.owed + accrued, OWED_BITS, 0), OWED_BITS);
                accrued = owed - book.owed;
                total += accrued;
                // A supply that is full charges nothing: an exit must not fail for it.
                if (accrued == 0 || total > Pool.MASK) return 0;
                book.owed = owed;
                book.total = total;
            }
            book.checkpoint = FixedPoint.divUp(upper, total);
        }
    }
}
