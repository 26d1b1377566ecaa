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
    /// `shares` is packed, see {packShares}: one word, so that a liquidity event writes one slot for all of it.
    struct State {
        uint256[4] pairs;
        uint256 shares;
    }

    /// @dev total: all shares, with what is owed to the protocol. checkpoint: invariant per share at the last liquidity event,
    /// Q96, rounded up.
    struct Shares {
        uint256 total;
        uint256 owed;
        uint256 protocolFeeBps;
        uint256 checkpoint;
    }

    uint256 internal constant MASK = type(uint112).max;
    uint256 internal constant EXISTS = 1 << 224;
    uint256 internal constant MINIMUM_SHARES = 1_000;
    uint256 private constant BPS = 10_000;
    /// @dev Bits of the mantissas of `owed` and `checkpoint`.
    uint256 private constant OWED_BITS = 50;
    uint256 private constant CHECKPOINT_BITS = 65;

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
        self.shares = packShares(Shares(supply, 0, protocolFeeBps, FixedPoint.divUp(upper, supply)));
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
        _move(self, tokenIn, tokenOut, wordIn, wordOut, amountIn, amountOut);
    }

    /// @notice Swaps for exactly `amountOut`. Fee and rounding stay in the pool.
    function swapExactOut(
        State storage self,
        bytes32 id,
        uint256[] calldata key,
        uint256 tokenIn,
        uint256 tokenOut,
        uint256 amountOut
    ) internal returns (uint256 amountIn) {
        uint256 wordIn;
        uint256 wordOut;
        (amountIn, wordIn, wordOut) = quoteExactOut(self, id, key, tokenIn, tokenOut, amountOut);
        _move(self, tokenIn, tokenOut, wordIn, wordOut, amountIn, amountOut);
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
            (wordIn, wordOut) = _words(self, id, key, tokenIn, tokenOut);
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
                uint256[] memory x = _scale(key, balances(self, key.length - 1));
                amountOut = StableMath.outGivenInDown(
                    x, config.amplification() * x.length, tokenIn, tokenOut, afterFee * _factor(key[tokenIn + 1])
                ) / _factor(key[tokenOut + 1]);
            }
        }
    }

    /// @notice What a swap for exactly `amountOut` takes, and the words that hold the two balances.
    /// @dev The fee is put on top and rounded up: {quoteExactIn} of the result charges no more, so its formula gets at least
    /// what is needed here.
    function quoteExactOut(
        State storage self,
        bytes32 id,
        uint256[] calldata key,
        uint256 tokenIn,
        uint256 tokenOut,
        uint256 amountOut
    ) internal view returns (uint256 amountIn, uint256 wordIn, uint256 wordOut) {
        unchecked {
            (wordIn, wordOut) = _words(self, id, key, tokenIn, tokenOut);
            uint256 balanceIn = (wordIn >> (112 * (tokenIn & 1))) & MASK;
            uint256 balanceOut = (wordOut >> (112 * (tokenOut & 1))) & MASK;
            if (amountOut >= balanceOut) revert IPoolManager.AmountOutTooLarge(amountOut, balanceOut);

            uint256 config = key[0];
            if (config.amplification() == 0) {
                // Below 2^184.
                amountIn = WeightedMath.inGivenOutUp(
                    balanceIn, balanceOut, amountOut, key[tokenIn + 1].weight(), key[tokenOut + 1].weight()
                );
            } else {
                uint256[] memory x = _scale(key, balances(self, key.length - 1));
                amountIn = FixedPoint.divUp(
                    StableMath.inGivenOutUp(
                        x, config.amplification() * x.length, tokenIn, tokenOut, amountOut * _factor(key[tokenOut + 1])
                    ),
                    _factor(key[tokenIn + 1])
                );
            }
            amountIn = FixedPoint.divUp(amountIn * PoolKey.MILLION, PoolKey.MILLION - config.swapFee());
            if (amountIn > MASK - balanceIn) revert IPoolManager.BalanceTooLarge(amountIn);
        }
    }

    /// @notice Mints `minted` shares for their part of every balance, rounded up.
    function addProportional(State storage self, uint256[] calldata key, uint256 minted)
        internal
        returns (uint256[] memory amounts, uint256 accrued)
    {
        uint256[] memory current = balances(self, key.length - 1);
        Shares memory shares = unpackShares(self);
        accrued = _accrue(shares, key, current);
        uint256 total = shares.total;
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
            shares.total = total + minted;
        }
        self.shares = packShares(shares);
        _storeBalances(self, current);
    }

    /// @notice Burns `burned` shares, which somebody holds, for their part of every balance, rounded down.
    function removeProportional(State storage self, uint256[] calldata key, uint256 burned)
        internal
        returns (uint256[] memory amounts, uint256 accrued)
    {
        uint256[] memory current = balances(self, key.length - 1);
        Shares memory shares = unpackShares(self);
        accrued = _accrue(shares, key, current);
        uint256 total = shares.total;
        amounts = new uint256[](current.length);
        unchecked {
            for (uint256 i = 0; i < current.length; ++i) {
                uint256 balance = current[i];
                uint256 amount = balance * burned / total;
                amounts[i] = amount;
                current[i] = balance - amount;
            }
            // Whoever holds them was checked by the manager, so the supply does not wrap.
            shares.total = total - burned;
        }
        self.shares = packShares(shares);
        _storeBalances(self, current);
    }

    /// @notice Charges the protocol's share of what the invariant grew since the last liquidity event.
    /// @return accrued Shares that this growth owes.
    function accrue(State storage self, uint256[] calldata key) internal returns (uint256 accrued) {
        Shares memory shares = unpackShares(self);
        accrued = _accrue(shares, key, balances(self, key.length - 1));
        self.shares = packShares(shares);
    }

    /// @notice Takes note that what was owed to the protocol is minted.
    function collect(State storage self) internal returns (uint256 owed) {
        Shares memory shares = unpackShares(self);
        owed = shares.owed;
        shares.owed = 0;
        self.shares = packShares(shares);
    }

    /// @notice Sets the protocol's share of later growth.
    function setProtocolFee(State storage self, uint256 protocolFeeBps) internal {
        Shares memory shares = unpackShares(self);
        shares.protocolFeeBps = protocolFeeBps;
        self.shares = packShares(shares);
    }

    /// @notice The share word: total (bits 0 to 111), protocol fee (112 to 125), owed (126 to 182) and checkpoint (183 to 255),
    /// the last two as floating point.
    /// @dev {_accrue} makes `owed` representable; the checkpoint is rounded up by at most 2^-64 of itself.
    function packShares(Shares memory shares) internal pure returns (uint256) {
        return shares.total | (shares.protocolFeeBps << 112) | (FixedPoint.toFloat(shares.owed, OWED_BITS, 0) << 126)
            | (FixedPoint.toFloat(shares.checkpoint, CHECKPOINT_BITS, 1) << 183);
    }

    /// @notice The inverse of {packShares}.
    function unpackShares(State storage self) internal view returns (Shares memory shares) {
        uint256 word = self.shares;
        shares.total = word & MASK;
        shares.protocolFeeBps = (word >> 112) & 0x3fff;
        shares.owed = FixedPoint.fromFloat((word >> 126) & ((1 << 57) - 1), OWED_BITS);
        shares.checkpoint = FixedPoint.fromFloat(word >> 183, CHECKPOINT_BITS);
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

    /// @dev The words that hold the balances of two different tokens of a pool that exists.
    function _words(State storage self, bytes32 id, uint256[] calldata key, uint256 tokenIn, uint256 tokenOut)
        private
        view
        returns (uint256 wordIn, uint256 wordOut)
    {
        unchecked {
            uint256 n = key.length - 1;
            if (tokenIn >= n || tokenOut >= n || tokenIn == tokenOut) {
                revert IPoolManager.TokenIndexInvalid(tokenIn, tokenOut);
            }
            wordIn = self.pairs[tokenIn >> 1];
            if (wordIn & EXISTS == 0) revert IPoolManager.PoolNotFound(id);
            wordOut = tokenIn >> 1 == tokenOut >> 1 ? wordIn : self.pairs[tokenOut >> 1];
        }
    }

    /// @dev The quotes checked that the sum fits its 112 bits, and that amountOut is below its balance.
    function _move(
        State storage self,
        uint256 tokenIn,
        uint256 tokenOut,
        uint256 wordIn,
        uint256 wordOut,
        uint256 amountIn,
        uint256 amountOut
    ) private {
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

    function _storeBalances(State storage self, uint256[] memory current) private {
        unchecked {
            for (uint256 i = 0; i < current.length; i += 2) {
                uint256 second = i + 1 < current.length ? current[i + 1] : 0;
                self.pairs[i >> 1] = EXISTS | current[i] | (second << 112);
            }
        }
    }

    /// @dev f shares of S + f are worth f V / (S + f); with f = S g / (V - g) that is g, the protocol's part of V - c S. New
    /// invariant down, old one up, f down. A checkpoint stays while nothing can be charged, so small growth adds up.
    function _accrue(Shares memory shares, uint256[] calldata key, uint256[] memory current)
        private
        pure
        returns (uint256 accrued)
    {
        if (!_isMeasurable(key, current)) return 0;
        (uint256 lower, uint256 upper) = _invariant(key, current);
        uint256 total = shares.total;
        uint256 old = shares.checkpoint * total;
        if (lower <= old) return 0;
        if (shares.protocolFeeBps != 0) {
            uint256 charged = FixedPoint.mulDivDown(lower - old, shares.protocolFeeBps, BPS);
            accrued = FixedPoint.mulDivDown(total, charged, lower - charged);
            // What is owed keeps its 50 leading bits: down, and the total with it.
            uint256 owed = FixedPoint.fromFloat(FixedPoint.toFloat(shares.owed + accrued, OWED_BITS, 0), OWED_BITS);
            accrued = owed - shares.owed;
            if (accrued == 0) return 0;
            total += accrued;
            if (total > MASK) revert IPoolManager.ShareAmountInvalid(total);
            shares.owed = owed;
            shares.total = total;
        }
        shares.checkpoint = FixedPoint.divUp(upper, total);
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
