// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {FixedPoint} from "./FixedPoint.sol";
import {IPoolManager} from "./IPoolManager.sol";
import {PoolKey} from "./PoolKey.sol";
import {StableMath} from "./StableMath.sol";
import {WeightedMath} from "./WeightedMath.sol";

/// @title Pool
/// @notice State of one pool and everything that changes it. Moves no tokens and no shares: the manager does.
library Pool {
    using PoolKey for uint256;

    /// @dev Balances i and i + 1 lie in pairs[i / 2], at bits 0 and 112; bit 224 of every pair in use says that the pool exists.
    /// `shares`: supply without what is owed (bits 0 to 111), owed to the protocol (112 to 223), protocol fee in basis points
    /// (224 to 239). `checkpoint`: invariant per share at the last liquidity event, Q96, rounded up.
    struct State {
        uint256[4] pairs;
        uint256 shares;
        uint256 checkpoint;
    }

    uint256 internal constant MASK = type(uint112).max;
    uint256 internal constant EXISTS = 1 << 224;
    uint256 internal constant MINIMUM_SHARES = 1_000;
    uint256 private constant BPS = 10_000;

    /// @notice Sets the first balances and shares. The key was validated. Returns the shares that somebody holds.
    function create(State storage self, uint256[] calldata key, uint256[] memory amounts, uint256 protocolFeeBps)
        internal
        returns (uint256 held)
    {
        (uint256 lower, uint256 upper) = _invariant(key, amounts);
        uint256 supply = lower >> 96;
        if (supply <= MINIMUM_SHARES || supply > MASK) revert IPoolManager.ShareAmountInvalid(supply);
        held = supply - MINIMUM_SHARES;
        _storeBalances(self, amounts);
        self.shares = supply | (protocolFeeBps << 224);
        self.checkpoint = FixedPoint.divUp(upper, supply);
    }

    /// @notice Swaps exactly `amountIn`. Fee and rounding stay in the pool.
    function swapExactIn(
        State storage self,
        bytes32 id,
        uint256[] calldata key,
        uint256 tokenIn,
        uint256 tokenOut,
        uint256 amountIn
    ) internal returns (uint256 amountOut) {
        uint256 wordIn;
        uint256 wordOut;
        (amountOut, wordIn, wordOut) = quoteExactIn(self, id, key, tokenIn, tokenOut, amountIn);
        // The sum was checked to fit its 112 bits, and amountOut is below its balance.
        unchecked {
            uint256 change = amountIn << (112 * (tokenIn & 1));
            uint256 released = amountOut << (112 * (tokenOut & 1));
            if (tokenIn >> 1 == tokenOut >> 1) {
                self.pairs[tokenIn >> 1] = wordIn + change - released;
            } else {
                self.pairs[tokenIn >> 1] = wordIn + change;
                self.pairs[tokenOut >> 1] = wordOut - released;
            }
        }
    }

    /// @notice What a swap gives, and the words that hold the two balances.
    function quoteExactIn(
        State storage self,
        bytes32 id,
        uint256[] calldata key,
        uint256 tokenIn,
        uint256 tokenOut,
        uint256 amountIn
    ) internal view returns (uint256 amountOut, uint256 wordIn, uint256 wordOut) {
        unchecked {
            uint256 n = key.length - 1;
            if (tokenIn >= n || tokenOut >= n || tokenIn == tokenOut) {
                revert IPoolManager.TokenIndexInvalid(tokenIn, tokenOut);
            }
            wordIn = self.pairs[tokenIn >> 1];
            if (wordIn & EXISTS == 0) revert IPoolManager.PoolNotFound(id);
            wordOut = tokenIn >> 1 == tokenOut >> 1 ? wordIn : self.pairs[tokenOut >> 1];
            uint256 balanceIn = (wordIn >> (112 * (tokenIn & 1))) & MASK;
            if (amountIn > MASK - balanceIn) revert IPoolManager.BalanceTooLarge(amountIn);

            uint256 config = key[0];
            uint256 afterFee = amountIn - FixedPoint.divUp(amountIn * config.swapFee(), PoolKey.MILLION);
            if (config.amplification() == 0) {
                amountOut = WeightedMath.outGivenInDown(
                    balanceIn,
                    (wordOut >> (112 * (tokenOut & 1))) & MASK,
                    afterFee,
                    key[tokenIn + 1].weight(),
                    key[tokenOut + 1].weight()
                );
            } else {
                uint256[] memory x = _scale(key, balances(self, n));
                amountOut = StableMath.outGivenInDown(
                    x, config.amplification() * n, tokenIn, tokenOut, afterFee * _factor(key[tokenIn + 1])
                ) / _factor(key[tokenOut + 1]);
            }
        }
    }

    /// @notice Mints `minted` shares for their part of every balance, rounded up.
    function addProportional(State storage self, uint256[] calldata key, uint256 minted)
        internal
        returns (uint256[] memory amounts, uint256 accrued)
    {
        uint256[] memory current = balances(self, key.length - 1);
        uint256 total;
        (total, accrued) = accrue(self, key, current);
        if (minted == 0 || minted > MASK - total) revert IPoolManager.ShareAmountInvalid(minted);
        amounts = new uint256[](current.length);
        unchecked {
            for (uint256 i = 0; i < current.length; ++i) {
                uint256 balance = current[i];
                // Both factors are below 2^112.
                uint256 amount = FixedPoint.divUp(balance * minted, total);
                if (amount > MASK - balance) revert IPoolManager.BalanceTooLarge(amount);
                amounts[i] = amount;
                current[i] = balance + amount;
            }
            self.shares += minted;
        }
        _storeBalances(self, current);
    }

    /// @notice Burns `burned` shares, which somebody holds, for their part of every balance, rounded down.
    function removeProportional(State storage self, uint256[] calldata key, uint256 burned)
        internal
        returns (uint256[] memory amounts, uint256 accrued)
    {
        uint256[] memory current = balances(self, key.length - 1);
        uint256 total;
        (total, accrued) = accrue(self, key, current);
        amounts = new uint256[](current.length);
        unchecked {
            for (uint256 i = 0; i < current.length; ++i) {
                uint256 balance = current[i];
                uint256 amount = balance * burned / total;
                amounts[i] = amount;
                current[i] = balance - amount;
            }
            // Whoever holds them was checked by the manager, so the supply does not wrap.
            self.shares -= burned;
        }
        _storeBalances(self, current);
    }

    /// @notice Charges the protocol's share of what the invariant grew since the last liquidity event.
    /// @return total All shares, with what is owed.
    /// @return accrued Shares that this growth owes.
    /// @dev f shares of S + f are worth f V / (S + f); with f = S g / (V - g) that is g, the protocol's part of V - c S. New
    /// invariant down, old one up, f down. A checkpoint stays while nothing can be charged, so small growth adds up.
    function accrue(State storage self, uint256[] calldata key, uint256[] memory current)
        internal
        returns (uint256 total, uint256 accrued)
    {
        uint256 word = self.shares;
        uint256 owed = (word >> 112) & MASK;
        total = (word & MASK) + owed;
        if (!_isMeasurable(key, current)) return (total, 0);
        (uint256 lower, uint256 upper) = _invariant(key, current);
        uint256 fee = word >> 224;
        uint256 old = self.checkpoint * total;
        if (lower <= old) return (total, 0);
        if (fee != 0) {
            uint256 charged = FixedPoint.mulDivDown(lower - old, fee, BPS);
            accrued = FixedPoint.mulDivDown(total, charged, lower - charged);
            if (accrued == 0) return (total, 0);
            total += accrued;
            if (total > MASK) revert IPoolManager.ShareAmountInvalid(total);
            unchecked {
                self.shares = word + (accrued << 112);
            }
        }
        self.checkpoint = FixedPoint.divUp(upper, total);
    }

    /// @notice Moves what is owed to the protocol into the supply.
    function collect(State storage self) internal returns (uint256 owed) {
        uint256 word = self.shares;
        owed = (word >> 112) & MASK;
        unchecked {
            self.shares = word - (owed << 112) + owed;
        }
    }

    /// @notice Sets the protocol's share of later growth.
    function setProtocolFee(State storage self, uint256 protocolFeeBps) internal {
        self.shares = (self.shares & ((1 << 224) - 1)) | (protocolFeeBps << 224);
    }

    /// @notice Whether the pool was created.
    function exists(State storage self) internal view returns (bool) {
        return self.pairs[0] & EXISTS != 0;
    }

    /// @notice Balances of the first n tokens, in token units.
    function balances(State storage self, uint256 n) internal view returns (uint256[] memory current) {
        current = new uint256[](n);
        unchecked {
            for (uint256 i = 0; i < n; i += 2) {
                uint256 word = self.pairs[i >> 1];
                current[i] = word & MASK;
                if (i + 1 < n) current[i + 1] = (word >> 112) & MASK;
            }
        }
    }

    function _storeBalances(State storage self, uint256[] memory current) private {
        unchecked {
            for (uint256 i = 0; i < current.length; i += 2) {
                uint256 second = i + 1 < current.length ? current[i + 1] : 0;
                self.pairs[i >> 1] = EXISTS | current[i] | (second << 112);
            }
        }
    }

    /// @dev Whether the invariant is defined. Only rounding after almost everything was removed leads a stable pool out.
    function _isMeasurable(uint256[] calldata key, uint256[] memory current) private pure returns (bool) {
        if (key[0].amplification() == 0) return true;
        return StableMath.isInRange(_scale(key, current), key[0].amplification() * current.length);
    }

    /// @dev Bounds of the invariant, Q96.
    function _invariant(uint256[] calldata key, uint256[] memory current)
        private
        pure
        returns (uint256 lower, uint256 upper)
    {
        uint256 a = key[0].amplification();
        unchecked {
            if (a != 0) {
                (lower, upper) = StableMath.invariant(_scale(key, current), a * current.length);
                return (lower << 84, upper << 84);
            }
            uint256[] memory weights = new uint256[](current.length);
            for (uint256 i = 0; i < current.length; ++i) {
                weights[i] = key[i + 1].weight();
            }
            return WeightedMath.invariant(current, weights);
        }
    }

    /// @dev Balances in units of 10^-18, exact.
    function _scale(uint256[] calldata key, uint256[] memory current) private pure returns (uint256[] memory x) {
        x = new uint256[](current.length);
        unchecked {
            for (uint256 i = 0; i < x.length; ++i) {
                x[i] = current[i] * _factor(key[i + 1]);
            }
        }
    }

    /// @dev 10^(18 - decimals) with decimals of at most 18: below 2^60.
    function _factor(uint256 word) private pure returns (uint256) {
        unchecked {
            return 10 ** (18 - word.decimals());
        }
    }
}
