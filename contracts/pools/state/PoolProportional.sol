// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {FixedPoint} from "../../math/FixedPoint.sol";
import {IPoolErrors} from "../IPoolErrors.sol";
import {PoolInvariant} from "../math/PoolInvariant.sol";
import {Pool} from "./Pool.sol";
import {PoolShares} from "./PoolShares.sol";

/// @title PoolProportional
/// @notice Liquidity in the proportion of the balances. It has no price, and but for rounding it moves none.
library PoolProportional {
    /// @notice Mints `minted` shares for their part of every balance, rounded up.
    function addProportional(PoolShares.Book memory book, uint256 minted)
        internal
        pure
        returns (uint256[] memory amounts)
    {
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

    /// @notice Reverts where the balances are out of the range of {StableMath}: {PoolUnbalanced-addUnbalanced} brings
    /// them back.
    function checkProportional(PoolShares.Book memory book, bytes32 id, uint256[] calldata key) internal pure {
        if (!PoolInvariant.isMeasurable(key, book.balances, book.ann, book.rates)) {
            revert IPoolErrors.PoolOutOfRange(id);
        }
    }

    /// @notice Burns `burned` shares, which somebody holds, for their part of every balance, rounded down.
    function removeProportional(PoolShares.Book memory book, uint256 burned)
        internal
        pure
        returns (uint256[] memory amounts)
    {
        unchecked {
            uint256[] memory current = book.balances;
            uint256 total = book.total;
            // Whoever holds them was checked by the manager; a quote may be asked anything.
            if (burned > total - PoolShares.MINIMUM_SHARES) revert IPoolErrors.ShareAmountInvalid(burned);
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
}
