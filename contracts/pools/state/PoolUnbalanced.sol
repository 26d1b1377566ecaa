// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {FixedPoint} from "../../math/FixedPoint.sol";
import {IPoolErrors} from "../IPoolErrors.sol";
import {Pool} from "./Pool.sol";
import {PoolInvariant} from "../math/PoolInvariant.sol";
import {PoolKey} from "./PoolKey.sol";
import {PoolShares} from "./PoolShares.sol";
import {StableMath} from "../math/StableMath.sol";
import {WeightedMath} from "../math/WeightedMath.sol";

/// @title PoolUnbalanced
/// @notice Liquidity out of proportion. It is a swap in disguise and pays the swap fee on the part that is one, at
/// least: adding and then leaving in proportion never gives more than swapping (docs/pool-math.md, section 5). The fee
/// stays in the pool.
library PoolUnbalanced {
    using PoolKey for uint256;
    using PoolKey for uint256[];

    /// @notice Adds `amounts` for as many shares as they are worth, rounded down.
    /// @dev With s the shares to be minted over the supply S, the proportional part of an amount is B_i s / S. s is not
    /// known before the fee; the shares for all amounts less the whole fee are a lower bound of it, so the fee is on no
    /// less than it should be. A stable pool that is out of range is brought back first, see {_lift}.
    /// @param fee Swap fee in millionths.
    function addUnbalanced(PoolShares.Book memory book, uint256[] calldata key, uint256[] calldata amounts, uint256 fee)
        internal
        pure
        returns (uint256 shares)
    {
        unchecked {
            uint256[] memory current = book.balances;
            uint256[] memory afterFee = new uint256[](current.length);
            uint256[] memory whole = new uint256[](current.length);
            for (uint256 i = 0; i < current.length; ++i) {
                uint256 amount = amounts[i];
                if (amount > Pool.MASK - current[i]) revert IPoolErrors.BalanceTooLarge(amount);
                whole[i] = current[i] + amount;
            }
            if (!_isInRange(book, key, current)) _lift(book, key, amounts);
            for (uint256 i = 0; i < current.length; ++i) {
                afterFee[i] = whole[i] - FixedPoint.divUp((whole[i] - current[i]) * fee, PoolKey.MILLION);
            }
            uint256 least = _sharesForGrowth(book, key, current, afterFee);
            for (uint256 i = 0; i < current.length; ++i) {
                uint256 proportional = FixedPoint.mulDivDown(current[i], least, book.total);
                uint256 amount = whole[i] - current[i];
                uint256 taxed = amount > proportional ? amount - proportional : 0;
                afterFee[i] = whole[i] - FixedPoint.divUp(taxed * fee, PoolKey.MILLION);
            }
            shares = _sharesForGrowth(book, key, current, afterFee);
            if (shares == 0 || shares > Pool.MASK - book.total) revert IPoolErrors.ShareAmountInvalid(shares);
            book.balances = whole;
            book.total += shares;
            _checkStored(book, key);
        }
    }

    /// @notice Mints `shares` for an amount of token i alone, rounded up.
    /// @dev a = g + f (a - B s / S), with g what the shares are worth without a fee.
    function addSingle(PoolShares.Book memory book, uint256[] calldata key, uint256 i, uint256 shares, uint256 fee)
        internal
        pure
        returns (uint256 amount)
    {
        unchecked {
            if (shares == 0 || shares > Pool.MASK - book.total) revert IPoolErrors.ShareAmountInvalid(shares);
            uint256 balance = book.balances[i];
            uint256 afterwards = book.total + shares;
            if (book.ann == 0) {
                amount =
                    WeightedMath.inGivenOutUp(balance, afterwards, shares, key.wordAt(i + 1).weight(), PoolKey.MILLION);
            } else {
                amount = _balanceUp(book, key, i, afterwards);
                amount = amount > balance ? amount - balance : 0;
            }
            // What is proportional, rounded down: the taxed part is rounded up.
            uint256 proportional = balance * shares / book.total;
            if (amount > proportional) {
                amount += FixedPoint.mulDivUp(amount - proportional, fee, PoolKey.MILLION - fee);
            }
            if (amount > Pool.MASK - balance) revert IPoolErrors.BalanceTooLarge(amount);
            book.balances[i] = balance + amount;
            book.total = afterwards;
            _checkStored(book, key);
        }
    }

    /// @notice Burns `shares` for an amount of token i alone, rounded down.
    function removeSingle(PoolShares.Book memory book, uint256[] calldata key, uint256 i, uint256 shares, uint256 fee)
        internal
        pure
        returns (uint256 amount)
    {
        unchecked {
            // Whoever holds them was checked by the manager; a quote may be asked anything.
            if (shares > book.total - PoolShares.MINIMUM_SHARES) revert IPoolErrors.ShareAmountInvalid(shares);
            uint256 balance = book.balances[i];
            uint256 afterwards = book.total - shares;
            if (book.ann == 0) {
                amount = WeightedMath.outGivenInDown(
                    afterwards, balance, shares, PoolKey.MILLION, key.wordAt(i + 1).weight()
                );
            } else {
                amount = _balanceUp(book, key, i, afterwards);
                amount = amount < balance ? balance - amount : 0;
            }
            uint256 proportional = balance * shares / book.total;
            if (amount > proportional) amount -= FixedPoint.divUp((amount - proportional) * fee, PoolKey.MILLION);
            book.balances[i] = balance - amount;
            book.total = afterwards;
            _checkStored(book, key);
        }
    }

    /// @notice Adds `amounts` for nothing.
    function donate(PoolShares.Book memory book, uint256[] calldata key, uint256[] calldata amounts) internal pure {
        unchecked {
            uint256[] memory current = book.balances;
            for (uint256 i = 0; i < current.length; ++i) {
                if (amounts[i] > Pool.MASK - current[i]) revert IPoolErrors.BalanceTooLarge(amounts[i]);
                current[i] += amounts[i];
            }
            _checkStored(book, key);
        }
    }

    /// @dev Raises every balance that is too low for the highest to what the range asks for, out of `amounts`: a gift
    /// of whoever adds to all who have shares, of at most a millionth of the highest balance for each token. The pool
    /// is out of range since almost everybody left, when all of this is next to nothing, or by the move of a rate.
    function _lift(PoolShares.Book memory book, uint256[] calldata key, uint256[] calldata amounts) private pure {
        unchecked {
            uint256[] memory current = book.balances;
            uint256[] memory x = PoolInvariant.scaleUp(key, current, book.rates);
            uint256 least = 0;
            for (uint256 i = 0; i < x.length; ++i) {
                if (x[i] > least) least = x[i];
            }
            least = FixedPoint.divUp(least, StableMath.MAX_SPREAD);
            // A sum out of range stays so, and is refused below.
            if (least >> 104 != 0) revert StableMath.StableInputOutOfRange();
            for (uint256 i = 0; i < x.length; ++i) {
                uint256 needed = PoolInvariant.unscaleUp(key, i, book.rates, least);
                if (needed <= current[i]) continue;
                if (needed - current[i] > amounts[i]) {
                    revert IPoolErrors.AmountBelowRange(key[i + 1].token(), amounts[i], needed - current[i]);
                }
                current[i] = needed;
            }
        }
    }

    /// @dev What is stored has to be in range, fee included: what leads out of it leads to where no swap leads back.
    function _checkStored(PoolShares.Book memory book, uint256[] calldata key) private pure {
        if (!_isInRange(book, key, book.balances)) revert StableMath.StableInputOutOfRange();
    }

    function _isInRange(PoolShares.Book memory book, uint256[] calldata key, uint256[] memory current)
        private
        pure
        returns (bool)
    {
        return PoolInvariant.isMeasurable(key, current, book.ann, book.rates);
    }

    /// @dev Lower bound of S (V(afterwards) / V(before) - 1). No balance falls.
    function _sharesForGrowth(
        PoolShares.Book memory book,
        uint256[] calldata key,
        uint256[] memory before,
        uint256[] memory afterwards
    ) private pure returns (uint256) {
        if (book.ann == 0) {
            return WeightedMath.sharesForGrowthDown(
                before, afterwards, PoolInvariant.weights(key, before.length), book.total
            );
        }
        (, uint256 old) = StableMath.invariant(PoolInvariant.scaleUp(key, before, book.rates), book.ann);
        (uint256 grown,) = StableMath.invariant(PoolInvariant.scaleDown(key, afterwards, book.rates), book.ann);
        return grown <= old ? 0 : FixedPoint.mulDivDown(book.total, grown - old, old);
    }

    /// @dev Upper bound of the balance of token i, in token units, that makes `afterwards` shares worth what all are
    /// worth now each.
    function _balanceUp(PoolShares.Book memory book, uint256[] calldata key, uint256 i, uint256 afterwards)
        private
        pure
        returns (uint256)
    {
        unchecked {
            uint256[] memory x = PoolInvariant.scaleUp(key, book.balances, book.rates);
            (, uint256 d) = StableMath.invariant(x, book.ann);
            d = FixedPoint.mulDivUp(d, afterwards, book.total);
            if (book.rates.length != 0) x = PoolInvariant.scaleDown(key, book.balances, book.rates);
            if (afterwards > book.total) {
                // The search starts right of the solution unless the pool is far from balance.
                uint256 sum = 0;
                for (uint256 k = 0; k < x.length; ++k) {
                    sum += x[k];
                }
                x[i] += FixedPoint.mulDivUp(sum, afterwards - book.total, book.total);
            }
            return PoolInvariant.unscaleUp(key, i, book.rates, StableMath.balanceUp(x, book.ann, i, d));
        }
    }
}
