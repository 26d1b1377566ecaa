// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Pool} from "../../contracts/pools/state/Pool.sol";
import {PoolKey} from "../../contracts/pools/state/PoolKey.sol";
import {PoolRamp} from "../../contracts/pools/state/PoolRamp.sol";
import {PoolLateShares} from "../../contracts/pools/state/PoolLateShares.sol";
import {PoolRates} from "../../contracts/pools/state/PoolRates.sol";
import {PoolShares} from "../../contracts/pools/state/PoolShares.sol";
import {GuardianPause} from "../../contracts/access/GuardianPause.sol";

/// @notice The packed words of a pool, for all values of their fields (`make prove`).
contract PoolWords {
    using Pool for Pool.State;
    using PoolKey for uint256;

    Pool.State private _pool;

    /// @dev Word 0 of a key has five fields and nothing else: they rebuild it.
    function check_KeyConfig(uint24 fee, uint24 a, uint24 least, address policy, uint8 providers) external pure {
        uint256 word = uint256(fee) | uint256(a) << 24 | uint256(least) << 48 | uint256(uint160(policy)) << 72
            | uint256(providers) << 232;
        assert(word.swapFee() == fee && word.amplification() == a && word.minimumFee() == least);
        assert(word.policy() == policy && word.providerCount() == providers);
        assert(word.isSpecial() == (policy != address(0) || providers != 0));
    }

    function check_KeyToken(address token, uint8 decimals, uint32 weight) external pure {
        uint256 word = uint256(uint160(token)) | uint256(decimals) << 160 | uint256(weight) << 168;
        assert(word.token() == token && word.decimals() == decimals && word.weight() == weight);
        assert(!word.hasProvider());
        // In a stable pool the mark of a provider leaves token and decimals alone.
        uint256 marked = uint256(uint160(token)) | uint256(decimals) << 160 | 1 << 200;
        assert(marked.token() == token && marked.decimals() == decimals && marked.weight() == 0);
        assert(marked.hasProvider());
    }

    /// @dev Every number of tokens by a lemma of its own, so that the paths are few.
    function check_Balances2(uint112 a, uint112 b, uint32 status) external {
        _checkBalances(2, [a, b, 0, 0, 0, 0, 0, 0], status);
    }

    function check_Balances3(uint112[3] calldata x, uint32 status) external {
        _checkBalances(3, [x[0], x[1], x[2], 0, 0, 0, 0, 0], status);
    }

    function check_Balances5(uint112[5] calldata x, uint32 status) external {
        _checkBalances(5, [x[0], x[1], x[2], x[3], x[4], 0, 0, 0], status);
    }

    function check_Balances8(uint112[8] calldata x, uint32 status) external {
        _checkBalances(8, [x[0], x[1], x[2], x[3], x[4], x[5], x[6], x[7]], status);
    }

    function check_StatusBitsAreApart() external pure {
        assert(Pool.MASK << 112 & Pool.MASK == 0 && Pool.STATUS & (Pool.MASK | Pool.MASK << 112) == 0);
        uint256[6] memory bits =
            [Pool.EXISTS, Pool.PAUSED_PRICED, Pool.PAUSED_ADD, Pool.PAUSED_EXIT, Pool.SPECIAL, Pool.RAMPING];
        uint256 all = Pool.AMPLIFICATION;
        for (uint256 i = 0; i < bits.length; ++i) {
            assert(bits[i] & Pool.STATUS == bits[i] && all & bits[i] == 0);
            all |= bits[i];
        }
    }

    function check_Amplification(uint32 status, uint16 amplification, uint24 ofKey) external pure {
        uint256 word = uint256(status) << 224;
        uint256 next = PoolRamp.withAmplification(word, amplification);
        assert(next & ~Pool.AMPLIFICATION == word & ~Pool.AMPLIFICATION);
        uint256 config = uint256(ofKey) << 24;
        assert(PoolRamp.amplificationOf(next, config) == (amplification == 0 ? ofKey : amplification));
    }

    function check_Ramp(uint32 first, uint32 last, uint32 measured, uint40 start, uint40 end) external pure {
        uint256 word = PoolRamp.pack(first, last, measured, start, end);
        (uint256 a, uint256 b, uint256 c, uint256 d, uint256 e) = PoolRamp.unpack(word);
        assert(a == first && b == last && c == measured && d == start && e == end);
        assert(PoolRamp.measuredAt(word) == measured);
    }

    function check_RampMeasured(uint256 word, uint32 measured) external pure {
        (uint256 first, uint256 last,, uint256 start, uint256 end) = PoolRamp.unpack(word);
        uint256 next = PoolRamp.withMeasured(word, measured);
        (uint256 a, uint256 b, uint256 c, uint256 d, uint256 e) = PoolRamp.unpack(next);
        assert(a == first && b == last && c == measured && d == start && e == end);
    }

    function check_RampFraction(uint32 ann) external pure {
        // k is at most 21 in every ramp.
        if (ann >> 23 > 21) return;
        assert(PoolRamp.toX32(ann) >> 32 == PoolRamp.wholeOf(ann));
        assert(PoolRamp.toX32(ann) << (ann >> 23) == uint256(ann & (1 << 23) - 1) << 32);
    }

    function check_Rate(uint80 accepted, uint40 since, uint80 candidate, uint40 seen) external pure {
        uint256 word = PoolRates.pack(accepted, since, candidate, seen);
        (uint256 a, uint256 b, uint256 c, uint256 d) = PoolRates.unpack(word);
        assert(a == accepted && b == since && c == candidate && d == seen);
        assert(PoolRates.acceptedOf(word) == accepted);
    }

    /// @dev The supply of the word of late shares; its float is left out.
    function check_LateShares(uint112 supply, uint64 checkpoint) external pure {
        (uint256 a, uint256 b) = PoolLateShares.unpack(PoolLateShares.pack(supply, checkpoint));
        assert(a == supply && b == checkpoint);
    }

    /// @dev Supply and protocol fee of the share word; the two floats beside them are left out (docs/conformance.md).
    function check_SharesWhole(uint112 total, uint16 fee, uint80 checkpoint) external pure {
        if (fee >> 14 != 0 || checkpoint >> 73 != 0) return;
        (uint256 a, uint256 owed, uint256 b, uint256 c) = PoolShares.unpack(PoolShares.pack(total, 0, fee, checkpoint));
        assert(a == total && owed == 0 && b == fee && c == checkpoint);
    }

    /// @dev Three pauses lie in the word of a pool, two in that of the manager: at 0, 80 and 160.
    function check_Pauses(uint256 word, uint80 pause) external pure {
        for (uint256 i = 0; i < 3; ++i) {
            uint256 next = GuardianPause.withPauseAt(word, i * GuardianPause.BITS, pause);
            for (uint256 j = 0; j < 3; ++j) {
                uint256 offset = j * GuardianPause.BITS;
                uint256 expected = i == j ? pause : GuardianPause.pauseAt(word, offset);
                assert(GuardianPause.pauseAt(next, offset) == expected);
            }
            assert(next >> 240 == word >> 240);
        }
    }

    function _checkBalances(uint256 n, uint112[8] memory x, uint32 status) private {
        uint256[] memory balances = new uint256[](n);
        for (uint256 i = 0; i < n; ++i) {
            balances[i] = x[i];
        }
        _pool.store(uint256(status) << 224, balances);
        (uint256 read, uint256[] memory current) = _pool.load(n);
        assert(read == uint256(status) << 224 && current.length == n);
        for (uint256 i = 0; i < n; ++i) {
            assert(current[i] == x[i]);
        }
    }
}
