// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title PoolKey
/// @notice The whole configuration of a pool, immutable, carried in calldata; its hash is the pool id. Words:
/// - word 0: swap fee in millionths (bits 0 to 23), amplification A (bits 24 to 47, 0 for a weighted pool), all others zero;
/// - words 1 to n, n from 2 to 8, by rising address: token (bits 0 to 159), its decimals (160 to 167), in weighted pools its weight
///   in millionths (168 to 199), all others zero.
/// A key that was not validated at creation has no pool: whoever finds a pool by a key may rely on these rules.
library PoolKey {
    /// @notice A key has 3 to 9 words.
    error KeyLengthOutOfRange(uint256 length);
    /// @notice A field is out of range or a bit without meaning is set.
    error KeyWordInvalid(uint256 index, uint256 word);
    /// @notice Weights do not add up to a million.
    error WeightSumInvalid(uint256 sum);

    /// @dev Unit of fees and weights.
    uint256 internal constant MILLION = 1e6;
    /// @dev 10 %.
    uint256 internal constant MAX_SWAP_FEE = 100_000;
    uint256 internal constant MAX_AMPLIFICATION = 50_000;
    /// @dev 1 %.
    uint256 internal constant MIN_WEIGHT = 10_000;
    uint256 internal constant MAX_DECIMALS = 18;

    /// @notice The pool id.
    function toId(uint256[] calldata key) internal pure returns (bytes32 id) {
        assembly ("memory-safe") {
            let size := shl(5, key.length)
            let free := mload(0x40)
            calldatacopy(free, key.offset, size)
            id := keccak256(free, size)
        }
    }

    /// @notice Reverts unless the key follows the rules.
    function validate(uint256[] calldata key) internal pure {
        uint256 length = key.length;
        if (length < 3 || length > 9) revert KeyLengthOutOfRange(length);
        uint256 config = key[0];
        uint256 a = amplification(config);
        if (config >> 48 != 0 || swapFee(config) > MAX_SWAP_FEE || a > MAX_AMPLIFICATION) {
            revert KeyWordInvalid(0, config);
        }
        uint256 sum;
        address last;
        for (uint256 i = 1; i < length; ++i) {
            uint256 word = key[i];
            uint256 w = weight(word);
            if (
                word >> 200 != 0 || token(word) <= last || decimals(word) > MAX_DECIMALS
                    || (a == 0 ? w < MIN_WEIGHT : w != 0)
            ) {
                revert KeyWordInvalid(i, word);
            }
            last = token(word);
            sum += w;
        }
        if (a == 0 && sum != MILLION) revert WeightSumInvalid(sum);
    }

    /// @notice Fee on what comes in, in millionths.
    function swapFee(uint256 config) internal pure returns (uint256) {
        return config & 0xffffff;
    }

    /// @notice A of a stable pool, 0 in a weighted one.
    function amplification(uint256 config) internal pure returns (uint256) {
        return (config >> 24) & 0xffffff;
    }

    /// @notice Address of the token.
    function token(uint256 word) internal pure returns (address) {
        return address(uint160(word));
    }

    /// @notice Decimals of the token.
    function decimals(uint256 word) internal pure returns (uint256) {
        return (word >> 160) & 0xff;
    }

    /// @notice Weight of the token, in millionths.
    function weight(uint256 word) internal pure returns (uint256) {
        return (word >> 168) & 0xffffffff;
    }
}
