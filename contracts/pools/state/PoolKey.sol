// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title PoolKey
/// @notice The whole configuration of a pool, immutable, carried in calldata; its hash is the pool id. Words:
/// - word 0: swap fee in millionths (bits 0 to 23), amplification A (24 to 47, 0 for a weighted pool), least fee in
///   millionths that a fee policy may grant (48 to 71), fee policy (72 to 231, see {IFeePolicy}; without one the least
///   fee is zero too), number of rate providers (232 to 235), all others zero;
/// - words 1 to n, n from 2 to 8, by rising address: token (bits 0 to 159), its decimals (160 to 167), in weighted
///   pools its weight in millionths (168 to 199), in stable pools whether it has a rate provider (200), all others
///   zero;
/// - a word for each rate provider (see {IRateProvider}), in the order of the tokens that have one. A weighted pool has
///   none: its formula is the same at every rate.
/// A key that was not validated at creation has no pool: whoever finds a pool by a key may rely on these rules.
library PoolKey {
    /// @notice A key has 3 to 9 words, and one more for each rate provider.
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
        if (length < 3) revert KeyLengthOutOfRange(length);
        uint256 config = key[0];
        uint256 a = amplification(config);
        uint256 providers = providerCount(config);
        if (
            config >> 236 != 0 || swapFee(config) > MAX_SWAP_FEE || a > MAX_AMPLIFICATION || (a == 0 && providers != 0)
                || minimumFee(config) > (policy(config) == address(0) ? 0 : swapFee(config))
        ) {
            revert KeyWordInvalid(0, config);
        }
        if (length < 3 + providers || length > 9 + providers) revert KeyLengthOutOfRange(length);
        uint256 sum;
        uint256 flagged;
        address last;
        for (uint256 i = 1; i < length - providers; ++i) {
            uint256 word = key[i];
            uint256 w = weight(word);
            if (
                word >> (a == 0 ? 200 : 201) != 0 || token(word) <= last || decimals(word) > MAX_DECIMALS
                    || (a == 0 ? w < MIN_WEIGHT : w != 0)
            ) {
                revert KeyWordInvalid(i, word);
            }
            last = token(word);
            sum += w;
            if (hasProvider(word)) ++flagged;
        }
        if (a == 0 && sum != MILLION) revert WeightSumInvalid(sum);
        if (flagged != providers) revert KeyWordInvalid(0, config);
        for (uint256 i = length - providers; i < length; ++i) {
            if (key[i] == 0 || key[i] >> 160 != 0) revert KeyWordInvalid(i, key[i]);
        }
    }

    /// @notice Number of tokens. Of a key that was not validated it may be anything.
    function tokenCount(uint256[] calldata key) internal pure returns (uint256) {
        unchecked {
            return key.length - 1 - providerCount(wordAt(key, 0));
        }
    }

    /// @notice key[i] without a check that there is one: for indices below the length, and for keys without a pool, of
    /// which nothing that is read matters.
    function wordAt(uint256[] calldata key, uint256 i) internal pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := calldataload(add(key.offset, shl(5, i)))
        }
    }

    /// @notice Fee on what comes in, in millionths.
    function swapFee(uint256 config) internal pure returns (uint256) {
        return config & 0xffffff;
    }

    /// @notice A of a stable pool, 0 in a weighted one.
    function amplification(uint256 config) internal pure returns (uint256) {
        return (config >> 24) & 0xffffff;
    }

    /// @notice The least fee that a policy may grant, in millionths.
    function minimumFee(uint256 config) internal pure returns (uint256) {
        return (config >> 48) & 0xffffff;
    }

    /// @notice The fee policy, 0 for none.
    function policy(uint256 config) internal pure returns (address) {
        return address(uint160(config >> 72));
    }

    /// @notice Number of rate providers.
    function providerCount(uint256 config) internal pure returns (uint256) {
        return config >> 232;
    }

    /// @notice Whether balances and fees depend on other contracts: a policy or a rate provider.
    function isSpecial(uint256 config) internal pure returns (bool) {
        return config >> 72 != 0;
    }

    /// @notice Address of the token.
    function token(uint256 word) internal pure returns (address) {
        return address(uint160(word));
    }

    /// @notice Decimals of the token.
    function decimals(uint256 word) internal pure returns (uint256) {
        return (word >> 160) & 0xff;
    }

    /// @notice Whether the token has a rate provider.
    function hasProvider(uint256 word) internal pure returns (bool) {
        return (word >> 200) & 1 != 0;
    }

    /// @notice Weight of the token, in millionths.
    function weight(uint256 word) internal pure returns (uint256) {
        return (word >> 168) & 0xffffffff;
    }
}
