// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {FixedPoint} from "../../math/FixedPoint.sol";
import {PoolKey} from "../state/PoolKey.sol";
import {StableMath} from "./StableMath.sol";
import {WeightedMath} from "./WeightedMath.sol";

/// @title PoolInvariant
/// @notice Bounds of a pool's invariant from its balances in token units.
///
/// A stable balance b in the common scale is b f with f = 10^(18 - decimals), exact, or b f r / 10^18 with a rate r,
/// which is not: there the lower bound takes balances rounded down and the upper one balances rounded up.
library PoolInvariant {
    using PoolKey for uint256;
    using PoolKey for uint256[];

    uint256 internal constant WAD = 1e18;

    /// @notice Bounds of the invariant, Q96. `ann` is amplification times tokens, 0 in a weighted pool; `rates` has no
    /// elements in a pool without providers.
    function bounds(uint256[] calldata key, uint256[] memory current, uint256 ann, uint256[] memory rates)
        internal
        pure
        returns (uint256 lower, uint256 upper)
    {
        unchecked {
            if (ann == 0) return WeightedMath.invariant(current, weights(key, current.length));
            (lower, upper) = StableMath.invariant(scaleDown(key, current, rates), ann);
            if (rates.length != 0) (, upper) = StableMath.invariant(scaleUp(key, current, rates), ann);
            return (lower << 84, upper << 84);
        }
    }

    /// @notice Reverts where {bounds} is not defined: for balances that are to be stored.
    function checkRange(uint256[] calldata key, uint256[] memory current, uint256 ann, uint256[] memory rates)
        internal
        pure
    {
        if (!isMeasurable(key, current, ann, rates)) revert StableMath.StableInputOutOfRange();
    }

    /// @notice Shares that a first deposit makes of a unit of its invariant: the locked ones are then worth next to
    /// nothing, whatever the decimals (docs/pool-math.md, section 9). 1 in a stable pool, whose invariant counts
    /// 10^-18.
    function sharesPerUnit(uint256[] calldata key) internal pure returns (uint256) {
        unchecked {
            // Mean of what is missing to 18 decimals, by weight, in millionths; the words of a stable pool have no
            // weights.
            uint256 missing = 0;
            for (uint256 i = key.tokenCount(); i > 0; --i) {
                missing += key.wordAt(i).weight() * (18 - key.wordAt(i).decimals());
            }
            missing /= PoolKey.MILLION;
            return 10 ** (missing < 9 ? missing : 9);
        }
    }

    /// @notice Whether {bounds} is defined. Only rounding after almost everything was removed, or a rate, leads a pool
    /// out.
    function isMeasurable(uint256[] calldata key, uint256[] memory current, uint256 ann, uint256[] memory rates)
        internal
        pure
        returns (bool)
    {
        if (ann == 0) return true;
        if (!StableMath.isInRange(scaleDown(key, current, rates), ann)) return false;
        return rates.length == 0 || StableMath.isInRange(scaleUp(key, current, rates), ann);
    }

    /// @notice Weights by the order of the key, which has n tokens; see {PoolKey}.
    function weights(uint256[] calldata key, uint256 n) internal pure returns (uint256[] memory values) {
        assembly ("memory-safe") {
            values := mload(0x40)
            mstore(values, n)
            let to := add(values, 32)
            let end := add(to, shl(5, n))
            mstore(0x40, end)
            for { let from := add(key.offset, 32) } lt(to, end) { from := add(from, 32) } {
                mstore(to, and(shr(168, calldataload(from)), 0xffffffff))
                to := add(to, 32)
            }
        }
    }

    /// @notice Balances in units of 10^-18, exact without rates and rounded down with them. Below 2^252.
    function scaleDown(uint256[] calldata key, uint256[] memory current, uint256[] memory rates)
        internal
        pure
        returns (uint256[] memory x)
    {
        x = new uint256[](current.length);
        unchecked {
            for (uint256 i = 0; i < x.length; ++i) {
                uint256 value = current[i] * factor(key.wordAt(i + 1));
                x[i] = rates.length == 0 ? value : value * rates[i] / WAD;
            }
        }
    }

    /// @notice As {scaleDown}, but rounded up with rates.
    function scaleUp(uint256[] calldata key, uint256[] memory current, uint256[] memory rates)
        internal
        pure
        returns (uint256[] memory x)
    {
        x = new uint256[](current.length);
        unchecked {
            for (uint256 i = 0; i < x.length; ++i) {
                uint256 value = current[i] * factor(key.wordAt(i + 1));
                x[i] = rates.length == 0 ? value : FixedPoint.divUp(value * rates[i], WAD);
            }
        }
    }

    /// @notice The least balance of token i, in token units, that scales to at least `x` when rounded down.
    /// @dev floor(b f r / 10^18) >= x exactly when b f r >= x 10^18. x is below 2^128.
    function unscaleUp(uint256[] calldata key, uint256 i, uint256[] memory rates, uint256 x)
        internal
        pure
        returns (uint256)
    {
        unchecked {
            uint256 f = factor(key.wordAt(i + 1));
            return rates.length == 0 ? FixedPoint.divUp(x, f) : FixedPoint.divUp(x * WAD, f * rates[i]);
        }
    }

    /// @notice 10^(18 - decimals) with decimals of at most 18: below 2^60.
    function factor(uint256 word) internal pure returns (uint256) {
        unchecked {
            return 10 ** (18 - word.decimals());
        }
    }
}
