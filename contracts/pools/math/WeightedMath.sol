// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {FixedPoint} from "../../math/FixedPoint.sol";

/// @title WeightedMath
/// @notice The invariant is V = prod B_i^(w_i / W). Amounts are whole token units and never scaled, so every direction
/// below is exact: for outGivenIn and inGivenOut B_in'^w_in B_out'^w_out >= B_in^w_in B_out^w_out holds in the
/// integers, from 1 wei up.
///
/// Ranges: balances below 2^119, amounts that keep them there, weights from 1 to 2^32 - 1. Rounding is against the
/// trader. With EPS_LN and EPS_EXP of {FixedPoint} (docs/pool-math.md), t = w ln(hi / lo), k = round(t / ln 2):
/// - outGivenIn: the relative error of 1 - exp(-t) is at most t / (exp(t) - 1) EPS_LN + EPS_EXP <= 2^-70.05 at every
///   trade size; 2^-69 is taken. Result at most 2^-68.4 of the exact one + 1 + B_out (2.07 w_in / w_out + 1) 2^-128 wei
///   below it.
/// - inGivenOut, sharesForGrowth: that of exp(t) - 1 is at most (1 + t) EPS_LN + EPS_EXP < (k + 2) 2^-70; that is
///   taken.
/// - invariant: that of exp(t) is t EPS_LN + 0.36 EPS_EXP < (k + 2) 2^-70; that is taken on both sides.
library WeightedMath {
    /// @notice A balance or weight is zero or too large, or more is asked for than there is.
    error WeightedInputOutOfRange();
    /// @notice The trade multiplies a balance by more than 2^63.
    error WeightedTradeTooLarge();

    /// @notice Lower bound of balanceOut (1 - (balanceIn / (balanceIn + amountIn))^(weightIn / weightOut)).
    function outGivenInDown(
        uint256 balanceIn,
        uint256 balanceOut,
        uint256 amountIn,
        uint256 weightIn,
        uint256 weightOut
    ) internal pure returns (uint256 amountOut) {
        unchecked {
            if (
                (balanceIn | balanceOut | amountIn) >> 119 != 0 || (weightIn | weightOut) >> 32 != 0
                    || balanceIn * weightIn * weightOut == 0
            ) {
                revert WeightedInputOutOfRange();
            }
            (uint256 numerator, uint256 denominator) = FixedPoint.lnRatio(balanceIn, balanceIn + amountIn, 0);
            (uint256 k, uint256 m, uint256 n) = FixedPoint.expParts(numerator * weightIn / (denominator * weightOut));
            // 1 - exp(-t) = (M + n - (M - n) 2^-k) / (M + n): for k = 0 this is 2 n / (M + n), without cancellation.
            uint256 part = m + n - ((m - n) >> k);
            part -= (part + 0x1fffffffffffffffff) >> 69;
            // part < 2^136 and balanceOut < 2^119.
            amountOut = balanceOut * part / (m + n);
        }
    }

    /// @notice Upper bound of balanceIn ((balanceOut / (balanceOut - amountOut))^(weightOut / weightIn) - 1).
    function inGivenOutUp(uint256 balanceIn, uint256 balanceOut, uint256 amountOut, uint256 weightIn, uint256 weightOut)
        internal
        pure
        returns (uint256 amountIn)
    {
        unchecked {
            if (
                (balanceIn | balanceOut) >> 119 != 0 || amountOut >= balanceOut || (weightIn | weightOut) >> 32 != 0
                    || balanceIn * weightIn * weightOut == 0
            ) {
                revert WeightedInputOutOfRange();
            }
            (uint256 numerator, uint256 denominator) = FixedPoint.lnRatio(balanceOut - amountOut, balanceOut, 1);
            (uint256 k, uint256 m, uint256 n) =
                FixedPoint.expParts(1 + numerator * weightOut / (denominator * weightIn));
            if (k > 63) revert WeightedTradeTooLarge();
            n += 1;
            uint256 divisor = (m - n) >> k;
            uint256 part = m + n - divisor;
            part += 1 + ((part * (k + 2)) >> 70);
            amountIn = 1 + balanceIn * part / divisor;
        }
    }

    /// @notice Lower bound of supply (prod (after_i / before_i)^(w_i / W) - 1): the shares that an add is worth. No
    /// balance may fall. Relative precision is kept for the smallest adds; balances that do not change cost nothing.
    function sharesForGrowthDown(
        uint256[] memory before,
        uint256[] memory afterwards,
        uint256[] memory weights,
        uint256 supply
    ) internal pure returns (uint256 shares) {
        unchecked {
            uint256 t;
            uint256 sum;
            if (supply >> 119 != 0) revert WeightedInputOutOfRange();
            for (uint256 i = 0; i < weights.length; ++i) {
                sum += weights[i];
            }
            if (sum >> 32 != 0) revert WeightedInputOutOfRange();
            for (uint256 i = 0; i < weights.length; ++i) {
                if (before[i] == 0 || afterwards[i] < before[i] || afterwards[i] >> 119 != 0) {
                    revert WeightedInputOutOfRange();
                }
                if (afterwards[i] == before[i]) continue;
                (uint256 numerator, uint256 denominator) = FixedPoint.lnRatio(before[i], afterwards[i], 0);
                t += numerator * weights[i] / (denominator * sum);
            }
            (uint256 k, uint256 m, uint256 n) = FixedPoint.expParts(t);
            if (k > 63) revert WeightedTradeTooLarge();
            uint256 divisor = m - n;
            uint256 part = m + n - (((divisor - 1) >> k) + 1);
            uint256 margin = 1 + ((part * (k + 2)) >> 70);
            if (part <= margin) return 0;
            shares = supply * (part - margin) / ((divisor >> k) + 1);
        }
    }

    /// @notice Bounds of V = prod B_i^(w_i / W), Q96, at most (k + 2) 2^-69 + 2^-117 of V plus one unit apart from it.
    function invariant(uint256[] memory balances, uint256[] memory weights)
        internal
        pure
        returns (uint256 lower, uint256 upper)
    {
        unchecked {
            uint256 t;
            uint256 sum;
            for (uint256 i = 0; i < weights.length; ++i) {
                sum += weights[i];
            }
            if (sum >> 32 != 0) revert WeightedInputOutOfRange();
            for (uint256 i = 0; i < weights.length; ++i) {
                if (balances[i] == 0 || balances[i] >> 119 != 0) revert WeightedInputOutOfRange();
                (uint256 numerator, uint256 denominator) = FixedPoint.lnRatio(1, balances[i], 0);
                t += numerator * weights[i] / (denominator * sum);
            }
            (uint256 k, uint256 m, uint256 n) = FixedPoint.expParts(t);
            // k <= 119, so the shifted value stays below 2^240.
            uint256 value = ((m + n) << 119) / (m - n);
            uint256 margin = 2 + ((value * (k + 2)) >> 70);
            lower = ((value - margin) << k) >> 23;
            upper = (((value + margin) << k) >> 23) + 1;
        }
    }
}
