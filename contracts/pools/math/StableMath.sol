// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {FixedPoint} from "../../math/FixedPoint.sol";

/// @title StableMath
/// @notice The invariant D solves F(D) = p + (ann - 1) D - ann S = 0, p = D^(n+1) / (n^n prod x), S = sum x, ann = A n.
///
/// Balances x are integers of one common scale. Ranges: n from 2 to 8, ann from 2 up to and without 2^19, S below
/// 2^104, balances at most {MAX_SPREAD} apart, before and after the trade, with the fee that stays. D, p and y carry 12
/// fractional bits (Q12). A trade counts what comes in before what leaves is taken off S, and the largest of all
/// balances before and after it against the smallest: near the edge of the range it may be refused although the pool
/// was in range and would be in range again.
///
/// ann is a / 2^k: a, below 2^23, in the 23 lowest bits, k above them. A whole number below 2^19 is itself (k = 0), so
/// only ramps know of k. All is multiplied by 2^k, and p 2^k takes the place of p: it stays below a S, and the products
/// of the short form are held 2^k lower, so that no bound on a product changes but those of a for ann: 2^4 more, which
/// every one of them has left.
///
/// Direction (docs/pool-math.md): F is increasing and convex, so a Newton step from any D > 0 lands at or above the
/// root; p is rounded down and the quotient up, which keeps it there. y solves y^2 + (b - D) y = c, convex as well,
/// with D and c rounded up and b down. Every iterate is therefore a certificate: how many are made affects the
/// tightness, never the direction. An accepted trade leaves D*(after) >= D*(before) in the reals, from 1 unit up.
///
/// Termination: F(D* + h) is a polynomial in h with no negative coefficient and degree n + 1, so h falls at least by
/// the factor n / (n + 1) a step. Balances within 10^6 of each other give S / D* <= AM / GM < 2.3e4, so from S it takes
/// at most 85 steps to h <= D*, 19 more to h <= D* / n and 7 doublings of the correct digits, fewer than
/// MAX_STEPS = 128. For y the error at least halves a step: y' - y* = e^2 / (2 y + b - D) with 2 y + b - D >= 2 e, so
/// 127 steps from any y < 2^127 suffice.
///
/// Tightness: D - D* <= 4 units of Q12 (stop at n e^2 <= D: 0.6; quotient: 1; p: less than 2 n + 4 units, of which at
/// most 1 / (n + 2) reaches D). An output falls short by less than 1 + (4 + 5 (1 + (n + 1) S / (A n D))) / 4096 units
/// before it is rounded down: 2 units for balances within 10 of each other.
library StableMath {
    /// @notice A balance is zero, the sum is 2^104 or more, balances are more than 10^6 apart before or after the
    /// trade, or the amplification or number of tokens is out of range.
    error StableInputOutOfRange();
    /// @notice More is asked for than there is.
    error StableAmountTooLarge();
    /// @notice The iteration cannot start or does not settle. Excluded within the proven range.
    error StableNotConverged();

    /// @dev Largest quotient of two balances.
    uint256 internal constant MAX_SPREAD = 1_000_000;
    uint256 private constant MAX_STEPS = 128;

    /// @notice Lower bound of the amount of token j for `amountIn` of token i, in the common scale.
    /// @param stored What the balance of token i rises by: `amountIn` and the fee. The range holds with it.
    function outGivenInDown(uint256[] memory x, uint256 ann, uint256 i, uint256 j, uint256 amountIn, uint256 stored)
        internal
        pure
        returns (uint256 amountOut)
    {
        unchecked {
            if (stored >> 104 != 0) revert StableInputOutOfRange();
            (uint256 sum, uint256 highest, uint256 lowest) = _range(x, ann);
            (uint256 d, uint256 p) = _invariantUp(x, ann, sum);
            uint256 xj = x[j];
            uint256 y = x[i];
            if ((sum + stored) >> 104 != 0) revert StableInputOutOfRange();
            sum += amountIn;
            assembly ("memory-safe") {
                let k := shr(23, ann)
                ann := and(ann, 0x7fffff)
                let after_ := add(y, amountIn)
                stored := add(y, stored)
                if gt(stored, highest) { highest := stored }
                // c = p x_i x_j / (x_i' ann), rounded up, Q24; b - D, rounded down.
                p := add(1, div(shl(12, mul(add(1, div(mul(p, y), after_)), xj)), ann))
                d := sub(add(shl(12, sub(sum, xj)), div(shl(k, d), ann)), d)
                // Start at x_j - amountIn when the slope there is not small (price near 1), else at x_j.
                y := shl(12, xj)
                if lt(amountIn, xj) {
                    let nearer := sub(y, shl(12, amountIn))
                    if sgt(add(add(nearer, nearer), d), shr(2, y)) { y := nearer }
                }
            }
            y = _solveUp(y, d, p);
            assembly ("memory-safe") {
                y := shr(12, add(y, 4095))
                if lt(y, lowest) { lowest := y }
                amountOut := mul(sub(xj, y), gt(xj, y))
            }
            _checkSpread(highest, lowest);
        }
    }

    /// @notice Upper bound of the amount of token i for `amountOut` of token j, in the common scale.
    function inGivenOutUp(uint256[] memory x, uint256 ann, uint256 i, uint256 j, uint256 amountOut)
        internal
        pure
        returns (uint256 amountIn)
    {
        unchecked {
            (uint256 sum, uint256 highest, uint256 lowest) = _range(x, ann);
            (uint256 d, uint256 p) = _invariantUp(x, ann, sum);
            uint256 xi = x[i];
            uint256 xj = x[j];
            if (amountOut >= xj) revert StableAmountTooLarge();
            uint256 after_ = xj - amountOut;
            _checkSpread(highest, after_ < lowest ? after_ : lowest);
            uint256 c = 1 + p * xj / after_;
            // Keeps the next product below 2^255: only amplified pools near 2^104 come here.
            if (c > (1 << 243) / xi) revert StableAmountTooLarge();
            (uint256 a, uint256 k) = _parts(ann);
            c = 1 + ((c * xi) << 12) / a;
            uint256 bMinusD = ((sum - amountOut - xi) << 12) + (d << k) / a - d;
            uint256 y = (_solveUp((xi + amountOut) << 12, bMinusD, c) + 4095) >> 12;
            _checkSpread(y > highest ? y : highest, after_ < lowest ? after_ : lowest);
            if ((sum + y - xi) >> 104 != 0) revert StableInputOutOfRange();
            amountIn = y - xi;
        }
    }

    /// @notice Upper bound of the balance of token i at which the invariant is `d` (Q12), the others' balances being as
    /// in x.
    /// @dev x_i is where the search starts: the nearer to the solution the better, and not so far left that the slope
    /// there is negative (StableNotConverged). It does not enter the result. The result may be anything from 1 up that
    /// keeps the range.
    function balanceUp(uint256[] memory x, uint256 ann, uint256 i, uint256 d) internal pure returns (uint256 balance) {
        unchecked {
            (uint256 sum,,) = _range(x, ann);
            uint256 xi = x[i];
            // c = d^(n+1) / (n^n prod_{k != i} x_k ann), rounded up, Q24: one factor of d and x_i stand outside p.
            (uint256 a, uint256 k) = _parts(ann);
            uint256 c = FixedPoint.mulDivUp(_product(x, d, true), xi << (12 + k), a);
            if (c >> 252 != 0) revert StableInputOutOfRange();
            uint256 bMinusD = ((sum - xi) << 12) + (d << k) / a - d;
            balance = (_solveUp(xi << 12, bMinusD, c) + 4095) >> 12;
            // What the others and the result are like, whatever the search started from.
            x[i] = balance;
            _range(x, ann);
            x[i] = xi;
        }
    }

    /// @notice Bounds of D, Q12: lower <= D* <= upper. `upper` is at most 4 units above D*. `lower` is accepted only
    /// where F is not positive; 0 where no such value was found within 2^-20 of `upper`.
    function invariant(uint256[] memory x, uint256 ann) internal pure returns (uint256 lower, uint256 upper) {
        unchecked {
            (uint256 sum,,) = _range(x, ann);
            uint256 p;
            (upper, p) = _invariantUp(x, ann, sum);
            (uint256 a, uint256 k) = _parts(ann);
            uint256 right = (a * sum) << 12;
            a -= 1 << k;
            for (uint256 gap = 2; gap < upper && (gap >> 8 == 0 || gap < upper >> 20); gap *= 4) {
                lower = upper - gap;
                // p at `upper` bounds p at `lower`: sufficient and cheap. Then exactly.
                if (a * lower + p <= right) return (lower, upper);
                if (a * lower + (_product(x, lower, true) << k) <= right) return (lower, upper);
            }
            return (0, upper);
        }
    }

    /// @notice Whether the functions here accept the balances.
    function isInRange(uint256[] memory x, uint256 ann) internal pure returns (bool inRange) {
        (,,, inRange) = _measure(x, ann);
    }

    /// @dev Sum, largest and smallest of the balances, checked to be in range.
    function _range(uint256[] memory x, uint256 ann)
        private
        pure
        returns (uint256 sum, uint256 highest, uint256 lowest)
    {
        bool inRange;
        (sum, highest, lowest, inRange) = _measure(x, ann);
        if (!inRange) revert StableInputOutOfRange();
    }

    /// @dev Sum, largest and smallest of the balances, and whether they are in range.
    function _measure(uint256[] memory x, uint256 ann)
        private
        pure
        returns (uint256 sum, uint256 highest, uint256 lowest, bool inRange)
    {
        assembly ("memory-safe") {
            let n := mload(x)
            let q := add(x, 32)
            lowest := mload(q)
            highest := lowest
            sum := lowest
            let end := add(q, shl(5, n))
            for { q := add(q, 32) } lt(q, end) { q := add(q, 32) } {
                let v := mload(q)
                sum := add(sum, v)
                if gt(v, highest) { highest := v }
                if lt(v, lowest) { lowest := v }
            }
            // The sum of eight may wrap, but then the highest is too large by itself.
            inRange := iszero(
                or(
                    or(shr(104, or(sum, highest)), gt(highest, mul(lowest, MAX_SPREAD))),
                    or(gt(sub(n, 2), 6), gt(sub(shr(shr(23, ann), and(ann, 0x7fffff)), 2), 0x7fffd))
                )
            )
        }
    }

    /// @dev a and k of ann = a / 2^k.
    function _parts(uint256 ann) private pure returns (uint256 a, uint256 k) {
        return (ann & 0x7fffff, ann >> 23);
    }

    /// @dev An upper bound of D (Q12) and an upper bound of p at that bound, times 2^k (Q12).
    function _invariantUp(uint256[] memory x, uint256 ann, uint256 sum) private pure returns (uint256 d, uint256 p) {
        // p of a power in Q127, times 2^k.
        uint256 shift = 127 - (ann >> 23);
        (uint256 low, uint256 high, bool short) = _productAtSum(x, sum, shift);
        if (!short) return _invariantSlow(x, sum, ann);
        uint256 n = x.length;
        assembly ("memory-safe") {
            /// u^(n+1), Q127, rounded down: at most 8 truncations, each of less than a unit as u <= 1.
            function power(u, count) -> r {
                let u2 := shr(127, mul(u, u))
                switch count
                case 2 { r := shr(127, mul(u2, u)) }
                case 3 { r := shr(127, mul(u2, u2)) }
                default {
                    let u4 := shr(127, mul(u2, u2))
                    switch count
                    case 4 { r := shr(127, mul(u4, u)) }
                    case 5 { r := shr(127, mul(u4, u2)) }
                    case 6 { r := shr(127, mul(shr(127, mul(u4, u2)), u)) }
                    case 7 { r := shr(127, mul(u4, u4)) }
                    default { r := shr(127, mul(shr(127, mul(u4, u4)), u)) }
                }
            }
            p := shl(sub(127, shift), low)
            d := shl(12, sum)
            ann := and(ann, 0x7fffff)
            let right := mul(ann, d)
            // (ann - 1) 2^k
            ann := sub(ann, shl(sub(127, shift), 1))
            // d falls with every step but the last, and settles within MAX_STEPS (see the header).
            for {} 1 {} {
                let next := mul(n, p)
                next := add(1, div(mul(d, add(right, next)), add(mul(ann, d), add(next, p))))
                if iszero(lt(next, d)) { break }
                let e := sub(d, next)
                d := next
                if iszero(gt(mul(mul(e, e), n), d)) { break }
                p := shr(shift, mul(low, power(div(shl(115, d), sum), n)))
            }
            // p from above at the final d: one unit more in u and 16 in its power cover the truncations.
            p := add(1, shr(shift, mul(high, add(power(add(div(shl(115, d), sum), 1), n), 16))))
        }
    }

    /// @dev Bounds of p at D = S, Q12, which is all that is ever computed over the single tokens: p(D) = p(S) (D /
    /// S)^(n+1). `short` unless a partial product reaches 2^(20 + shift), at most 2^147, where the next might wrap;
    /// then nothing here is used.
    function _productAtSum(uint256[] memory x, uint256 sum, uint256 shift)
        private
        pure
        returns (uint256 low, uint256 high, bool short)
    {
        assembly ("memory-safe") {
            let n := mload(x)
            low := shl(32, sum)
            high := low
            let all := 0
            let end := add(x, shl(5, n))
            for { let q := x } lt(q, end) {} {
                q := add(q, 32)
                let v := mul(n, mload(q))
                low := div(mul(low, sum), v)
                high := add(1, div(mul(high, sum), v))
                all := or(all, high)
            }
            low := shr(20, low)
            high := add(shr(20, high), 1)
            short := iszero(shr(add(20, shift), all))
        }
    }

    // Where the partial products at S do not fit the short form: 8 tokens far apart.

    /// @dev p(d) = d prod(d / (n x)), Q12, rounded at every step; saturates at 2^249 when rounding down.
    function _product(uint256[] memory x, uint256 d, bool up) private pure returns (uint256 p) {
        unchecked {
            uint256 n = x.length;
            p = d << 32;
            for (uint256 k = 0; k < n; ++k) {
                uint256 divisor = (n * x[k]) << 12;
                if (p / divisor >= (1 << 250) / d) {
                    if (up) revert StableInputOutOfRange();
                    p = 1 << 249;
                    continue;
                }
                p = up ? FixedPoint.mulDivUp(p, d, divisor) : FixedPoint.mulDivDown(p, d, divisor);
            }
            p = up ? (p >> 32) + 1 : p >> 32;
        }
    }

    function _invariantSlow(uint256[] memory x, uint256 sum, uint256 ann) private pure returns (uint256 d, uint256 p) {
        unchecked {
            uint256 n = x.length;
            (uint256 a, uint256 k) = _parts(ann);
            uint256 right = (a * sum) << 12;
            // Above right / 2^k, so that the shift below is never too far.
            uint256 high = (right >> k) + 1;
            d = sum << 12;
            for (uint256 steps = 0;; ++steps) {
                if (steps == MAX_STEPS) revert StableNotConverged();
                p = _product(x, d, false);
                if (p >> (n + 1) > high) {
                    // D* <= d (high / p)^(1 / (n + 1)): shift by floor(log2(p / high) / (n + 1)) >= 1.
                    uint256 quotient = p / high;
                    uint256 shift;
                    while (quotient >> (n + 1) > 0) {
                        quotient >>= n + 1;
                        ++shift;
                    }
                    d = (d >> shift) + 1;
                    continue;
                }
                // At most 2^9 high from here on, so p 2^k is below 2^149.
                p <<= k;
                uint256 next = FixedPoint.mulDivDown(d, right + n * p, (a - (1 << k)) * d + (n + 1) * p) + 1;
                if (next >= d) break;
                uint256 e = d - next;
                d = next;
                if (e < 1 << 120 && e * e * n <= d) break;
            }
            p = _product(x, d, true) << k;
            if (p >> 139 != 0) revert StableInputOutOfRange();
        }
    }

    /// @dev Newton's iteration for y, from a `y` below 2^127 with a positive slope 2 y + b - D: from there on it stays
    /// so. From the second step on y falls, at least halving its error, so the loop needs no counter (see the header).
    function _solveUp(uint256 y, uint256 bMinusD, uint256 c) private pure returns (uint256) {
        bool refused;
        assembly ("memory-safe") {
            let slope := add(add(y, y), bMinusD)
            // Left of the root the first step may jump far; beyond 2^127 the squares would wrap.
            refused := or(slt(slope, 1), gt(shr(127, add(mul(y, y), c)), sub(slope, 1)))
            if iszero(refused) {
                for {} 1 {} {
                    let e := y
                    y := add(1, div(add(mul(y, y), c), slope))
                    e := sub(e, y)
                    if iszero(gt(mul(e, e), slope)) { break }
                    slope := add(add(y, y), bMinusD)
                }
            }
        }
        if (refused) revert StableNotConverged();
        return y;
    }

    function _checkSpread(uint256 highest, uint256 lowest) private pure {
        unchecked {
            // A highest of 2^104 or more is refused by its sum; below it the product does not wrap.
            // With a lowest of 0 every highest above 0 is refused, and there is one.
            if (highest > lowest * MAX_SPREAD) revert StableInputOutOfRange();
        }
    }
}
