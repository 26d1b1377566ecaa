// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {FixedPoint} from "../../math/FixedPoint.sol";
import {IPoolErrors} from "../IPoolErrors.sol";
import {PoolInvariant} from "../math/PoolInvariant.sol";
import {PoolAtRates} from "./PoolAtRates.sol";
import {PoolKey} from "./PoolKey.sol";
import {PoolFee} from "./PoolFee.sol";
import {PoolPause} from "./PoolPause.sol";
import {PoolRamp} from "./PoolRamp.sol";
import {IPoolGrowth} from "../modules/IPoolGrowth.sol";
import {ModuleCall} from "../modules/ModuleCall.sol";
import {PoolRates} from "./PoolRates.sol";
import {StableMath} from "../math/StableMath.sol";
import {WeightedMath} from "../math/WeightedMath.sol";

/// @title Pool
/// @notice State of one pool, and swaps. Liquidity is {PoolShares}'s. Moves no tokens and no shares: the manager does.
library Pool {
    using PoolKey for uint256;
    using PoolKey for uint256[];

    /// @dev Balances i and i + 1 lie in pairs[i / 2], at bits 0 and 112; the status bits from 224 on are the same in
    /// every pair in use. `shares` is packed, see {PoolShares-pack}: one word, so that a liquidity event writes one
    /// slot for all of it. `ramp` overrides the amplification where {RAMPING} is set, see {PoolRamp}. `pauses` says how
    /// long the pause bits count, see {PoolPause}. `rates` has a word for each token with a rate provider, see
    /// {PoolRates}. `late` tells the shares that came while a rise of a rate waits, see {PoolLateShares}.
    struct State {
        uint256[4] pairs;
        uint256 shares;
        uint256 ramp;
        uint256 pauses;
        uint256[8] rates;
        uint256 late;
    }

    uint256 internal constant MASK = type(uint112).max;
    uint256 internal constant STATUS = type(uint256).max << 224;
    /// @dev Status bits. A swap of a pool that only exists sees one of them and reads nothing else.
    uint256 internal constant EXISTS = 1 << 224;
    uint256 internal constant PAUSED_PRICED = 1 << 225;
    uint256 internal constant PAUSED_ADD = 1 << 226;
    uint256 internal constant PAUSED_EXIT = 1 << 227;
    /// @dev The key names a fee policy or a rate provider.
    uint256 internal constant SPECIAL = 1 << 228;
    uint256 internal constant RAMPING = 1 << 229;
    /// @dev The amplification after a ramp, see {PoolRamp-amplificationOf}.
    uint256 internal constant AMPLIFICATION = 0xffff << 240;
    uint256 private constant SWAP_STATUS = EXISTS | PAUSED_PRICED | SPECIAL | RAMPING | AMPLIFICATION;

    /// @notice Swaps exactly `amountIn`. Fee (in millionths) and rounding stay in the pool.
    /// @param trade The {PoolTrade}, which carries the checkpoint of a ramping pool.
    function swapExactIn(
        State storage self,
        bytes32 id,
        uint256[] calldata key,
        uint256 tokenIn,
        uint256 tokenOut,
        uint256 amountIn,
        address trade
    ) internal returns (uint256 amountOut, uint256 fee) {
        uint256 wordIn;
        uint256 wordOut;
        (amountOut, fee, wordIn, wordOut) = quoteExactIn(self, id, key, tokenIn, tokenOut, amountIn, msg.sender);
        if (wordIn & RAMPING != 0) (wordIn, wordOut) = _carry(trade, id, key, wordIn, wordOut);
        _move(self, tokenIn, tokenOut, wordIn, wordOut, amountIn, amountOut);
    }

    /// @notice Swaps for exactly `amountOut`. Fee (in millionths) and rounding stay in the pool.
    /// @param trade The {PoolTrade}, which carries the checkpoint of a ramping pool.
    function swapExactOut(
        State storage self,
        bytes32 id,
        uint256[] calldata key,
        uint256 tokenIn,
        uint256 tokenOut,
        uint256 amountOut,
        address trade
    ) internal returns (uint256 amountIn, uint256 fee) {
        uint256 wordIn;
        uint256 wordOut;
        (amountIn, fee, wordIn, wordOut) = quoteExactOut(self, id, key, tokenIn, tokenOut, amountOut, msg.sender);
        if (wordIn & RAMPING != 0) (wordIn, wordOut) = _carry(trade, id, key, wordIn, wordOut);
        _move(self, tokenIn, tokenOut, wordIn, wordOut, amountIn, amountOut);
    }

    /// @notice What a swap gives, its fee in millionths, and the words that hold the two balances.
    function quoteExactIn(
        State storage self,
        bytes32 id,
        uint256[] calldata key,
        uint256 tokenIn,
        uint256 tokenOut,
        uint256 amountIn,
        address trader
    ) internal view returns (uint256 amountOut, uint256 fee, uint256 wordIn, uint256 wordOut) {
        unchecked {
            (wordIn, wordOut) = _words(self, id, key, tokenIn, tokenOut);
            uint256 balanceIn = (wordIn >> (112 * (tokenIn & 1))) & MASK;
            if (amountIn > MASK - balanceIn) revert IPoolErrors.BalanceTooLarge(amountIn);

            uint256 ann;
            uint256[] memory rates;
            (fee, ann, rates) = _terms(self, id, key, wordIn, trader);
            uint256 afterFee = amountIn - FixedPoint.divUp(amountIn * fee, PoolKey.MILLION);
            if (ann == 0) {
                amountOut = WeightedMath.outGivenInDown(
                    balanceIn,
                    (wordOut >> (112 * (tokenOut & 1))) & MASK,
                    afterFee,
                    key.wordAt(tokenIn + 1).weight(),
                    key.wordAt(tokenOut + 1).weight()
                );
            } else {
                if (rates.length == 0) {
                    uint256[] memory x = _scaled(self, key);
                    uint256 factor = PoolInvariant.factor(key.wordAt(tokenIn + 1));
                    amountOut = StableMath.outGivenInDown(
                        x, ann, tokenIn, tokenOut, afterFee * factor, amountIn * factor
                    ) / PoolInvariant.factor(key.wordAt(tokenOut + 1));
                } else {
                    amountOut = PoolAtRates.outGivenInDown(self, key, ann, rates, tokenIn, tokenOut, afterFee, amountIn);
                }
            }
        }
    }

    /// @notice What a swap for exactly `amountOut` takes, its fee in millionths, and the words that hold the two
    /// balances.
    /// @dev The fee is put on top and rounded up: {quoteExactIn} of the result charges no more, so its formula gets at
    /// least what is needed here.
    function quoteExactOut(
        State storage self,
        bytes32 id,
        uint256[] calldata key,
        uint256 tokenIn,
        uint256 tokenOut,
        uint256 amountOut,
        address trader
    ) internal view returns (uint256 amountIn, uint256 fee, uint256 wordIn, uint256 wordOut) {
        unchecked {
            (wordIn, wordOut) = _words(self, id, key, tokenIn, tokenOut);
            uint256 balanceIn = (wordIn >> (112 * (tokenIn & 1))) & MASK;
            uint256 balanceOut = (wordOut >> (112 * (tokenOut & 1))) & MASK;
            if (amountOut >= balanceOut) revert IPoolErrors.AmountOutTooLarge(amountOut, balanceOut);

            uint256 ann;
            uint256[] memory rates;
            (fee, ann, rates) = _terms(self, id, key, wordIn, trader);
            if (ann == 0) {
                // Below 2^184.
                amountIn = WeightedMath.inGivenOutUp(
                    balanceIn,
                    balanceOut,
                    amountOut,
                    key.wordAt(tokenIn + 1).weight(),
                    key.wordAt(tokenOut + 1).weight()
                );
            } else {
                if (rates.length == 0) {
                    uint256[] memory x = _scaled(self, key);
                    amountIn = FixedPoint.divUp(
                        StableMath.inGivenOutUp(
                            x, ann, tokenIn, tokenOut, amountOut * PoolInvariant.factor(key.wordAt(tokenOut + 1))
                        ),
                        PoolInvariant.factor(key.wordAt(tokenIn + 1))
                    );
                } else {
                    amountIn = PoolAtRates.inGivenOutUp(self, key, ann, rates, tokenIn, tokenOut, amountOut);
                }
            }
            amountIn = FixedPoint.divUp(amountIn * PoolKey.MILLION, PoolKey.MILLION - fee);
            if (amountIn > MASK - balanceIn) revert IPoolErrors.BalanceTooLarge(amountIn);
            // What is stored has to be in range, the fee included.
            if (ann != 0) PoolAtRates.checkStored(self, key, ann, rates, tokenIn, tokenOut, amountIn, amountOut);
        }
    }

    /// @notice The pair of balances 2 i and 2 i + 1 with the status. i below 4 is the caller's to see to.
    function pair(State storage self, uint256 i) internal view returns (uint256 word) {
        assembly ("memory-safe") {
            word := sload(add(self.slot, i))
        }
    }

    /// @notice Whether the pool was created.
    function exists(State storage self) internal view returns (bool) {
        return self.pairs[0] & EXISTS != 0;
    }

    /// @notice Status of the pool, and balances of its n tokens, 2 to 8, in token units.
    function load(State storage self, uint256 n) internal view returns (uint256 status, uint256[] memory current) {
        assembly ("memory-safe") {
            current := mload(0x40)
            mstore(current, n)
            let to := add(current, 32)
            let end := add(to, shl(5, n))
            // A pair more than may be needed is written, above what is kept.
            mstore(0x40, end)
            for { let slot := self.slot } lt(to, end) { slot := add(slot, 1) } {
                status := sload(slot)
                mstore(to, and(status, 0xffffffffffffffffffffffffffff))
                mstore(add(to, 32), and(shr(112, status), 0xffffffffffffffffffffffffffff))
                to := add(to, 64)
            }
            status := shl(224, shr(224, status))
        }
    }

    /// @notice Writes status and balances.
    function store(State storage self, uint256 status, uint256[] memory current) internal {
        assembly ("memory-safe") {
            let from := add(current, 32)
            let end := add(from, shl(5, mload(current)))
            for { let slot := self.slot } lt(from, end) { slot := add(slot, 1) } {
                let word := or(status, mload(from))
                from := add(from, 32)
                if lt(from, end) {
                    word := or(word, shl(112, mload(from)))
                    from := add(from, 32)
                }
                sstore(slot, word)
            }
        }
    }

    /// @notice Reverts while one of the pause bits `flags` is set and counts.
    function checkNotPaused(State storage self, bytes32 id, uint256 status, uint256 flags) internal view {
        flags &= status;
        if (flags != 0) PoolPause.checkOver(self.pauses, id, flags >> 225);
    }

    /// @notice Amplification times tokens now, a / 2^k as {StableMath} takes it; 0 in a weighted pool.
    function annNow(State storage self, uint256[] calldata key, uint256 status) internal view returns (uint256) {
        if (status & RAMPING != 0) return PoolRamp.annAt(self.ramp, block.timestamp);
        unchecked {
            return PoolRamp.amplificationOf(status, key.wordAt(0)) * key.tokenCount();
        }
    }

    /// @dev The key decides, unless a status bit says that there is more to it.
    function _terms(State storage self, bytes32 id, uint256[] calldata key, uint256 status, address trader)
        private
        view
        returns (uint256 fee, uint256 ann, uint256[] memory rates)
    {
        unchecked {
            uint256 config = key.wordAt(0);
            if (status & SWAP_STATUS == EXISTS) {
                fee = config.swapFee();
                ann = config.amplification() * (key.length - 1);
            } else {
                checkNotPaused(self, id, status, PAUSED_PRICED);
                fee = PoolFee.feeFor(id, config, trader);
                ann = annNow(self, key, status);
                rates = PoolRates.rates(key);
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
            uint256 n = key.tokenCount();
            bool outOfRange;
            assembly ("memory-safe") {
                // Seven at most, whatever a key without a pool says.
                outOfRange := or(
                    or(iszero(lt(tokenIn, n)), iszero(lt(tokenOut, n))),
                    or(eq(tokenIn, tokenOut), gt(or(tokenIn, tokenOut), 7))
                )
            }
            if (outOfRange) revert IPoolErrors.TokenIndexInvalid(tokenIn, tokenOut);
            wordIn = pair(self, tokenIn >> 1);
            if (wordIn & EXISTS == 0) revert IPoolErrors.PoolNotFound(id);
            wordOut = tokenIn >> 1 == tokenOut >> 1 ? wordIn : pair(self, tokenOut >> 1);
        }
    }

    /// @dev Balances in units of 10^-18, exact: {PoolInvariant-scaleDown} straight from storage.
    function _scaled(State storage self, uint256[] calldata key) private view returns (uint256[] memory x) {
        uint256 n = key.tokenCount();
        assembly ("memory-safe") {
            x := mload(0x40)
            mstore(x, n)
            let to := add(x, 32)
            let end := add(to, shl(5, n))
            mstore(0x40, end)
            let from := key.offset
            let slot := self.slot
            for {} lt(to, end) {} {
                let word := sload(slot)
                slot := add(slot, 1)
                from := add(from, 32)
                // 10^(18 - decimals), see {PoolKey}.
                mstore(
                    to,
                    mul(
                        and(word, 0xffffffffffffffffffffffffffff),
                        exp(10, sub(18, and(shr(160, calldataload(from)), 0xff)))
                    )
                )
                to := add(to, 32)
                if lt(to, end) {
                    from := add(from, 32)
                    mstore(
                        to,
                        mul(
                            and(shr(112, word), 0xffffffffffffffffffffffffffff),
                            exp(10, sub(18, and(shr(160, calldataload(from)), 0xff)))
                        )
                    )
                    to := add(to, 32)
                }
            }
        }
    }

    /// @dev Both words as {PoolRamp-beforeSwap} leaves them.
    function _carry(address trade, bytes32 id, uint256[] calldata key, uint256 wordIn, uint256 wordOut)
        private
        returns (uint256, uint256)
    {
        bytes memory result = ModuleCall.ask(trade, abi.encodeCall(IPoolGrowth.carryCheckpoint, (id, key)));
        uint256 flip = abi.decode(result, (uint256));
        return (wordIn ^ flip, wordOut ^ flip);
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
            wordIn += amountIn << (112 * (tokenIn & 1));
            amountOut <<= 112 * (tokenOut & 1);
            tokenIn >>= 1;
            tokenOut >>= 1;
            if (tokenIn == tokenOut) {
                wordIn -= amountOut;
            } else {
                assembly ("memory-safe") {
                    sstore(add(self.slot, tokenOut), sub(wordOut, amountOut))
                }
            }
            assembly ("memory-safe") {
                sstore(add(self.slot, tokenIn), wordIn)
            }
        }
    }
}
