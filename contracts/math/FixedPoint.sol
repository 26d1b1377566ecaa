// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title FixedPoint
/// @notice Ratios, logarithms of ratios, exponentials and powers, each with a derived bound and a certified direction.
///
/// Qn is a fixed-point number with n fractional bits. ln(hi/lo) = m ln 2 + 2 atanh(z), z = (hi - lo 2^m) / (hi + lo
/// 2^m), and exp(r) = (M + n) / (M - n), n / M = tanh(r / 2). Working on z keeps the *relative* precision of logarithms
/// near zero, and working on n keeps that of exp(t) - 1 and 1 - exp(-t): a trade of 1e-30 of a balance is as exact as
/// one of a tenth. Both cores are rational minimax approximations. Bounds, derived in docs/pool-math.md and checked by
/// test/vectors/pool_math.py from the constants in this file:
/// - logarithm: relative error at most EPS_LN = 2^-70.76;
/// - 1 - exp(-t) and exp(t) - 1: relative error at most EPS_EXP = 2^-71.42.
/// Callers subtract or add a margin that covers both; no function here favours anyone by itself.
library FixedPoint {
    /// @notice A ratio of zero, or with a side of 2^127 or more.
    error RatioOutOfRange(uint256 numerator, uint256 denominator);
    /// @notice An exponent of zero, or with a side of 2^32 or more.
    error ExponentOutOfRange(uint256 numerator, uint256 denominator);
    /// @notice The result exceeds what its format holds.
    error ResultOutOfRange();

    /// @dev z above which the ratio exceeds sqrt(2): 3 - 2 sqrt(2), Q128.
    uint256 private constant Z_MAX = 0x2bec333018866dee9a09d9322ad50583;
    /// @dev ln 2, Q128, to the nearest.
    uint256 private constant LN2 = 0xb17217f7d1cf79abc9e3b39803f2f6af;
    /// @dev 1 / ln 2, Q64.
    uint256 private constant INVERSE_LN2 = 0x171547652b82fe177;

    /// @notice floor(a b / d), for any product. Reverts when the result exceeds 256 bits or d = 0.
    function mulDivDown(uint256 a, uint256 b, uint256 d) internal pure returns (uint256 result) {
        assembly ("memory-safe") {
            let mm := mulmod(a, b, not(0))
            let low := mul(a, b)
            let high := sub(sub(mm, low), lt(mm, low))
            switch high
            case 0 {
                if iszero(d) {
                    mstore(0, 0xfcd72b3100000000000000000000000000000000000000000000000000000000)
                    revert(0, 4)
                }
                result := div(low, d)
            }
            default {
                if iszero(lt(high, d)) {
                    // ResultOutOfRange()
                    mstore(0, 0xfcd72b3100000000000000000000000000000000000000000000000000000000)
                    revert(0, 4)
                }
                let remainder := mulmod(a, b, d)
                high := sub(high, gt(remainder, low))
                low := sub(low, remainder)
                // Divide by the power of two in d, then multiply by the inverse of the odd rest modulo 2^256.
                let two := and(d, sub(0, d))
                let odd := div(d, two)
                low := or(div(low, two), mul(high, add(div(sub(0, two), two), 1)))
                let inverse := xor(2, mul(3, odd))
                inverse := mul(inverse, sub(2, mul(odd, inverse)))
                inverse := mul(inverse, sub(2, mul(odd, inverse)))
                inverse := mul(inverse, sub(2, mul(odd, inverse)))
                inverse := mul(inverse, sub(2, mul(odd, inverse)))
                inverse := mul(inverse, sub(2, mul(odd, inverse)))
                inverse := mul(inverse, sub(2, mul(odd, inverse)))
                result := mul(low, inverse)
            }
        }
    }

    /// @notice ceil(a b / d), for any product. Reverts when the result exceeds 256 bits or d = 0.
    function mulDivUp(uint256 a, uint256 b, uint256 d) internal pure returns (uint256 result) {
        result = mulDivDown(a, b, d);
        // Checked: 2^256 - 1 plus one does not fit.
        if (mulmod(a, b, d) != 0) result += 1;
    }

    /// @notice ceil(a / d) for d > 0.
    function divUp(uint256 a, uint256 d) internal pure returns (uint256 result) {
        assembly ("memory-safe") {
            result := add(div(a, d), gt(mod(a, d), 0))
        }
    }

    /// @notice `value` as `bits` bits of mantissa below an exponent of base 2; rounded down, or up with `up` = 1, by
    /// less than 2^(1 - bits) of itself. Order is kept.
    function toFloat(uint256 value, uint256 bits, uint256 up) internal pure returns (uint256 packed) {
        unchecked {
            uint256 length = Math.log2(value) + 1;
            if (length <= bits) return value;
            uint256 exponent = length - bits;
            packed = value >> exponent;
            if (up != 0 && packed << exponent != value) {
                packed += 1;
                if (packed >> bits != 0) {
                    packed >>= 1;
                    exponent += 1;
                }
            }
            packed |= exponent << bits;
        }
    }

    /// @notice The value of {toFloat}.
    function fromFloat(uint256 packed, uint256 bits) internal pure returns (uint256) {
        unchecked {
            return (packed & ((1 << bits) - 1)) << (packed >> bits);
        }
    }

    /// @notice ln(hi / lo) = numerator / denominator, Q128. Needs 0 < lo <= hi < 2^127, which the callers check.
    /// @dev Relative error EPS_LN, plus an absolute one of at most 2.07 units below the exact value with `up` = 0 and
    /// above it with `up` = 1: only z is rounded in that direction, the approximation errs either way. numerator <
    /// 2^219, denominator is between 2^175 and 2^176.
    function lnRatio(uint256 lo, uint256 hi, uint256 up)
        internal
        pure
        returns (uint256 numerator, uint256 denominator)
    {
        assembly ("memory-safe") {
            let z := add(up, div(shl(128, sub(hi, lo)), add(hi, lo)))
            let m := 0
            if gt(z, Z_MAX) {
                // m = round(log2(hi / lo)), so that hi / (lo 2^m) lies in [1 / sqrt(2), sqrt(2)].
                let ratio := div(shl(64, hi), lo)
                let y := shr(64, ratio)
                m := shl(6, lt(0xffffffffffffffff, y))
                m := or(m, shl(5, lt(0xffffffff, shr(m, y))))
                m := or(m, shl(4, lt(0xffff, shr(m, y))))
                m := or(m, shl(3, lt(0xff, shr(m, y))))
                m := or(m, shl(2, lt(0xf, shr(m, y))))
                m := or(m, byte(shr(m, y), 0x0000010102020202030303030303030300000000000000000000000000000000))
                m := add(m, lt(0x16a09e667f3bcc908, shr(m, ratio)))
                y := shl(m, lo)
                z := add(up, sdiv(shl(128, sub(hi, y)), add(hi, y)))
                m := mul(m, LN2)
            }
            // atanh(z) / z = P(w) / Q(w), w = z^2 in Q80, degrees 3 and 4, on 0 <= w <= 0.02944.
            let w := shr(176, mul(z, z))
            denominator := shr(
                100,
                sub(
                    0xb2705e7914e8dcd22a5aaf0a8e8ebefc34b8ee86abe860,
                    mul(
                        shr(
                            144,
                            sub(
                                0x14e6e54793046fab5915dab36e58e660cdeaf88fad30e6103f62f4fe784b0a9,
                                mul(
                                    sub(
                                        0xc200d11eb26f667ea46bb187ddb69ef6d26e273d72,
                                        mul(sub(0x238dd2f7c840ff887185d3, w), w)
                                    ),
                                    w
                                )
                            )
                        ),
                        w
                    )
                )
            )
            numerator := shr(
                100,
                sub(
                    0xb2705e7914e8dcd228deb447460030e3cd176eb83b80ec,
                    mul(
                        shr(
                            144,
                            sub(
                                0x112f38a50d3f95babfd6e54886a295c747655dd24b97cb82d65bc91585b306c,
                                mul(
                                    sub(0x7636c7db5130b67c9af7cbb88f8ea368ff3184cf68, mul(0xc47fbef9ceab59caae392, w)),
                                    w
                                )
                            )
                        ),
                        w
                    )
                )
            )
            numerator := add(mul(shl(1, z), numerator), mul(m, denominator))
        }
    }

    /// @notice exp(t) = 2^k (M + n) / (M - n) for t < 2^191 in Q128; k = round(t / ln 2), and n has the sign of t - k
    /// ln 2.
    /// @dev M and n are of one scale, with M between 2^135 and 2^136 and |n| < 0.18 M, so that M + n < 2^136. n is
    /// rounded down.
    function expParts(uint256 t) internal pure returns (uint256 k, uint256 m, uint256 n) {
        assembly ("memory-safe") {
            k := shr(192, add(mul(t, INVERSE_LN2), shl(191, 1)))
            t := sub(t, mul(k, LN2))
            // tanh(r / 2) / r = p(v) / q(v), v = r^2 in Q76, degrees 2 and 3, on |r| <= 0.34661.
            let v := shr(180, mul(t, t))
            m := shr(
                112,
                add(
                    mul(
                        add(mul(add(v, 0x3486a668f260d35afe84a3), v), 0x1277e8e59b8f09f29ffb79660c25201850af3d8390e),
                        v
                    ),
                    0xa28630276064974daf398ce90ca5848e1647f718d4e00fcd33c119b33a43a2
                )
            )
            n := sar(
                108,
                mul(
                    t,
                    shr(
                        132,
                        add(
                            mul(add(mul(0x2a038bc42948e9f2ad096, v), 0x2765d1bd46dfeac4c512ba89464a2be7696bf28f24), v),
                            0x51431813b0324ba6d73bdb18983e79ba1a9921c8e733ef941ac4f7aaeed630
                        )
                    )
                )
            )
        }
    }

    /// @notice Lower bound of (a / b)^(n / d), Q96, for 0 < a, b < 2^127 and 0 < n, d < 2^32.
    /// @dev At most (k + 2) 2^-69 + 2^-117 of the result plus one unit below it, k = round(|log2 of the result|).
    function powDown(uint256 a, uint256 b, uint256 n, uint256 d) internal pure returns (uint256) {
        return _pow(a, b, n, d, 0);
    }

    /// @notice Upper bound of (a / b)^(n / d), Q96, for 0 < a, b < 2^127 and 0 < n, d < 2^32.
    /// @dev At most (k + 2) 2^-69 + 2^-117 of the result plus one unit above it, k = round(|log2 of the result|).
    function powUp(uint256 a, uint256 b, uint256 n, uint256 d) internal pure returns (uint256) {
        return _pow(a, b, n, d, 1);
    }

    function _pow(uint256 a, uint256 b, uint256 n, uint256 d, uint256 up) private pure returns (uint256 result) {
        unchecked {
            if ((a | b) >> 127 != 0 || a == 0 || b == 0) revert RatioOutOfRange(a, b);
            if ((n | d) >> 32 != 0 || n == 0 || d == 0) revert ExponentOutOfRange(n, d);
            bool aboveOne = a > b;
            uint256 t;
            {
                // The logarithm of the inverse ratio is rounded the other way.
                uint256 lnUp = aboveOne ? up : 1 - up;
                (uint256 numerator, uint256 denominator) = aboveOne ? lnRatio(b, a, lnUp) : lnRatio(a, b, lnUp);
                t = lnUp + numerator * n / (denominator * d);
            }
            uint256 k;
            (k, a, b) = expParts(t);
            result = aboveOne ? ((a + b) << 119) / (a - b) : ((a - b) << 119) / (a + b);
            // t <= (k + 1/2) ln 2, so t EPS_LN + 0.36 EPS_EXP < (k + 2) 2^-70; the absolute errors are below 2^-118.
            uint256 margin = 2 + ((result * (k + 2)) >> 70);
            result = up == 0 ? result - margin : result + margin;
            if (aboveOne) {
                if (k > 120) revert ResultOutOfRange();
                result = ((result << k) >> 23) + up;
            } else {
                result = (result >> (k + 23)) + up;
            }
        }
    }
}
