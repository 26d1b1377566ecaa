// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {FixedPoint} from "../../math/FixedPoint.sol";
import {PoolKey} from "../state/PoolKey.sol";
import {PoolInvariant} from "./PoolInvariant.sol";
import {StableMath} from "./StableMath.sol";

/// @title PoolPrice
/// @notice The slope of a pool's invariant: what a whole token costs in whole tokens of another when nothing moves. See
/// {IPoolViews-spotPrice} for the definition and the bounds.
library PoolPrice {
    using PoolKey for uint256;
    using PoolKey for uint256[];

    /// @notice Lower bound of the price of token i in token j, 18 decimals.
    /// @param current Balances in token units, none of them zero.
    /// @param ann Amplification times tokens, a / 2^k as {StableMath} takes it; 0 in a weighted pool.
    /// @param rates By the order of the key, none without providers.
    function spotDown(
        uint256[] calldata key,
        uint256[] memory current,
        uint256 ann,
        uint256[] memory rates,
        uint256 i,
        uint256 j
    ) internal pure returns (uint256) {
        if (ann == 0) return weightedDown(current[i], current[j], key.wordAt(i + 1), key.wordAt(j + 1));
        uint256[] memory x = PoolInvariant.scaleDown(key, current, rates);
        (uint256 lower, uint256 upper) = StableMath.invariant(x, ann);
        uint256 price = _stableDown(x, ann, lower, upper, i, j, rates.length == 0 ? PoolInvariant.WAD : rates[i]);
        return rates.length == 0 ? price / PoolInvariant.WAD : price / rates[j];
    }

    /// @notice (b_j / w_j) / (b_i / w_i), rounded down once. Balances are below 2^112, weights below 2^20.
    function weightedDown(uint256 balanceI, uint256 balanceJ, uint256 wordI, uint256 wordJ)
        internal
        pure
        returns (uint256)
    {
        unchecked {
            // Below 2^252 and 2^192.
            return balanceJ * PoolInvariant.factor(wordJ) * wordI.weight() * PoolInvariant.WAD
                / (balanceI * PoolInvariant.factor(wordI) * wordJ.weight());
        }
    }

    /// @dev The slope is (ann x_i + p) x_j / ((ann x_j + p) x_i), and p = ann S - (ann - 1) D by the definition of D.
    /// It rises with p exactly when x_j > x_i, which says which bound of D gives the lower bound. a x and p, Q12, are
    /// below 2^140, so the products are below 2^244.
    function _stableDown(
        uint256[] memory x,
        uint256 ann,
        uint256 lower,
        uint256 upper,
        uint256 i,
        uint256 j,
        uint256 rate
    ) private pure returns (uint256) {
        unchecked {
            uint256 right;
            for (uint256 t = 0; t < x.length; ++t) {
                right += x[t];
            }
            // ann is a / 2^k, see {StableMath}: all is multiplied by 2^k.
            uint256 a = ann & 0x7fffff;
            right = (a * right) << 12;
            uint256 left = (a - (1 << (ann >> 23))) * (x[j] > x[i] ? upper : lower);
            uint256 p = right > left ? right - left : 0;
            return FixedPoint.mulDivDown(
                (((a * x[i]) << 12) + p) * x[j], PoolInvariant.WAD * rate, (((a * x[j]) << 12) + p) * x[i]
            );
        }
    }
}
