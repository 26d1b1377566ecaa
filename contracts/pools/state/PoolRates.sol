// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {GasCappedCall} from "../external/GasCappedCall.sol";
import {IRateProvider} from "../external/IRateProvider.sol";
import {IPoolErrors} from "../IPoolErrors.sol";
import {IPoolEvents} from "../IPoolEvents.sol";
import {Pool} from "./Pool.sol";
import {PoolKey} from "./PoolKey.sol";

/// @title PoolRates
/// @notice The rates of tokens that are worth a changing number of others, from the key's rate providers, and which of
/// them the protocol's part of growth may rest on.
///
/// Swaps and liquidity are priced by what a provider says at that moment. Growth is for good: shares that the protocol
/// is owed for a rate that was wrong for a second never come back. So growth rests on *accepted* rates. A rate that
/// falls is accepted at once, and so is one that rose by no more than {MAX_RISE} a day since it last changed. Any other
/// becomes a candidate, falls with whatever lower rate an event sees, and the first event an hour after the candidate
/// was set accepts the lesser of the candidate and its own rate. Meanwhile the pool trades at a rate that may be wrong;
/// what such trades alone could make of it is not growth (see {observe}).
///
/// A word for each token with a provider: accepted rate (bits 0 to 79), since when (80 to 119), candidate (120 to 199,
/// 0 without one), since when (200 to 239).
library PoolRates {
    using PoolKey for uint256;
    using PoolKey for uint256[];

    /// @notice Gas for a rate provider: enough for the rate of a share of any pool without providers, in a ramp too,
    /// and of pools with providers as {IPoolViews-virtualPrice} says.
    uint256 internal constant RATE_GAS = 500_000;
    /// @notice Bounds of a rate: 10^-6 and 10^6.
    uint256 internal constant MIN_RATE = 1e12;
    uint256 internal constant MAX_RATE = 1e24;
    /// @notice The rise of a rate that is accepted at once, in millionths of the rate for a day; more time counts no
    /// more.
    uint256 internal constant MAX_RISE = 1_000;
    /// @notice How long a candidate has to hold, in seconds.
    uint256 internal constant CONFIRMATION = 1 hours;

    uint256 private constant RATE = type(uint80).max;
    uint256 private constant TIME = type(uint40).max;

    /// @notice Rates by the order of the tokens, 18 decimals; none for a pool without providers.
    /// @dev Reverts when one cannot be had.
    function rates(uint256[] calldata key) internal view returns (uint256[] memory values) {
        (bool success, uint256[] memory found, address provider, uint256 rate) = _rates(key, true);
        if (!success) revert IPoolErrors.RateUnavailable(provider, rate);
        return found;
    }

    /// @notice As {rates}, but with whatever gas is left: for a view that is itself asked by a provider, so that what
    /// all providers of a chain of pools of shares use together counts.
    function ratesOfChain(uint256[] calldata key) internal view returns (uint256[] memory values) {
        (bool success, uint256[] memory found, address provider, uint256 rate) = _rates(key, false);
        if (!success) revert IPoolErrors.RateUnavailable(provider, rate);
        return found;
    }

    /// @notice As {rates}, but says whether all could be had instead of reverting, so that exits never depend on a
    /// provider.
    function tryRates(uint256[] calldata key) internal view returns (bool success, uint256[] memory values) {
        (success, values,,) = _rates(key, true);
    }

    /// @notice What an event that sees these rates makes of the words, and what growth may rest on then.
    /// @param values What {rates} gave, 18 decimals.
    /// @return words By the order of the tokens, those of tokens without a provider 0; none without providers.
    /// @return accepted Accepted rates by the order of the tokens, 18 decimals, each at most the rate of `values`.
    /// @return part Numerator of the least accepted / values of the tokens whose candidate waits, 1 without one. Trades
    /// at `values` can make a pool that was worth V at the accepted rates worth up to V / part at them: only what is
    /// above that is growth.
    /// @return whole Denominator of it.
    function observe(Pool.State storage self, uint256[] calldata key, uint256[] memory values)
        internal
        view
        returns (uint256[] memory words, uint256[] memory accepted, uint256 part, uint256 whole)
    {
        unchecked {
            (part, whole) = (1, 1);
            uint256 n = values.length;
            if (n == 0) return (words, accepted, part, whole);
            words = new uint256[](n);
            accepted = new uint256[](n);
            for (uint256 i = 0; i < n; ++i) {
                uint256 rate = values[i];
                accepted[i] = rate;
                if (!key[i + 1].hasProvider()) continue;
                uint256 word = self.rates[i];
                words[i] = next(word, rate, block.timestamp);
                uint256 usable = acceptedOf(words[i]);
                accepted[i] = usable;
                // Rates are below 2^80.
                if (usable == acceptedOf(word) && usable * whole < part * rate) (part, whole) = (usable, rate);
            }
        }
    }

    /// @notice Whether a rise waits for its confirmation in one of these words.
    function isWaiting(uint256[] memory words) internal pure returns (bool) {
        for (uint256 i = 0; i < words.length; ++i) {
            if ((words[i] >> 120) & RATE != 0) return true;
        }
        return false;
    }

    /// @notice What an event at `time` that saw `rate` makes of the word of a token.
    function next(uint256 word, uint256 rate, uint256 time) internal pure returns (uint256) {
        unchecked {
            // With the pool, its first rates.
            if (word == 0) return pack(rate, time, 0, 0);
            (uint256 accepted, uint256 since, uint256 candidate, uint256 seen) = unpack(word);
            // The accepted rate stays since when it was: a rate that moves once a day has the whole day's allowance.
            if (rate == accepted) return pack(accepted, since, 0, 0);
            uint256 elapsed = time - since;
            if (elapsed > 1 days) elapsed = 1 days;
            if (rate < accepted || (rate - accepted) * (1 days * PoolKey.MILLION) <= accepted * (MAX_RISE * elapsed)) {
                return pack(rate, time, 0, 0);
            }
            if (candidate == 0) return pack(accepted, since, rate, time);
            uint256 lesser = rate < candidate ? rate : candidate;
            if (time < seen + CONFIRMATION) return pack(accepted, since, lesser, seen);
            return rate == lesser ? pack(lesser, time, 0, 0) : pack(lesser, time, rate, time);
        }
    }

    /// @notice Writes the words that {observe} gave, where they changed.
    function write(Pool.State storage self, bytes32 id, uint256[] memory words) internal {
        for (uint256 i = 0; i < words.length; ++i) {
            if (words[i] == 0 || self.rates[i] == words[i]) continue;
            self.rates[i] = words[i];
            (uint256 accepted, uint256 since, uint256 candidate, uint256 seen) = unpack(words[i]);
            emit IPoolEvents.RateObserved(id, i, accepted, since, candidate, seen);
        }
    }

    /// @notice The word of a token, see {PoolRates}.
    /// @param accepted The accepted rate, 18 decimals.
    /// @param since When it changed last, in seconds.
    /// @param candidate The candidate, 18 decimals, 0 without one.
    /// @param seen When it was set, in seconds.
    function pack(uint256 accepted, uint256 since, uint256 candidate, uint256 seen) internal pure returns (uint256) {
        return accepted | (since << 80) | (candidate << 120) | (seen << 200);
    }

    /// @notice The inverse of {pack}.
    function unpack(uint256 word)
        internal
        pure
        returns (uint256 accepted, uint256 since, uint256 candidate, uint256 seen)
    {
        return (word & RATE, (word >> 80) & TIME, (word >> 120) & RATE, word >> 200);
    }

    /// @notice The accepted rate of a word, 18 decimals.
    function acceptedOf(uint256 word) internal pure returns (uint256) {
        return word & RATE;
    }

    /// @param whole Whether each provider has to get all of its gas.
    function _rates(uint256[] calldata key, bool whole)
        private
        view
        returns (bool success, uint256[] memory values, address provider, uint256 rate)
    {
        uint256 n = key.tokenCount();
        success = true;
        if (key[0].providerCount() == 0) return (true, values, provider, rate);
        values = new uint256[](n);
        uint256 following = n + 1;
        for (uint256 i = 0; i < n; ++i) {
            if (!key[i + 1].hasProvider()) {
                values[i] = 1e18;
                continue;
            }
            provider = address(uint160(key[following++]));
            // With less the provider could be made to fail by whoever pays the gas.
            if (whole && gasleft() < RATE_GAS + RATE_GAS / 32) revert IPoolErrors.GasTooLow(RATE_GAS);
            (success, rate) = GasCappedCall.ask(provider, RATE_GAS, abi.encodeCall(IRateProvider.getRate, ()));
            if (!success || rate < MIN_RATE || rate > MAX_RATE) return (false, values, provider, rate);
            values[i] = rate;
        }
    }
}
