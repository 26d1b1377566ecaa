// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {GasCappedCall} from "../external/GasCappedCall.sol";
import {IRateProvider} from "../external/IRateProvider.sol";
import {IPoolErrors} from "../IPoolErrors.sol";
import {PoolKey} from "./PoolKey.sol";

/// @title PoolRates
/// @notice The rates of tokens that are worth a changing number of others, from the key's rate providers.
library PoolRates {
    using PoolKey for uint256;
    using PoolKey for uint256[];

    /// @notice Gas for a rate provider.
    uint256 internal constant RATE_GAS = 200_000;
    /// @notice Bounds of a rate: 10^-6 and 10^6.
    uint256 internal constant MIN_RATE = 1e12;
    uint256 internal constant MAX_RATE = 1e24;

    /// @notice Rates by the order of the tokens, 18 decimals; none for a pool without providers.
    /// @dev Reverts when one cannot be had.
    function rates(uint256[] calldata key) internal view returns (uint256[] memory values) {
        (bool success, uint256[] memory found, address provider, uint256 rate) = _rates(key);
        if (!success) revert IPoolErrors.RateUnavailable(provider, rate);
        return found;
    }

    /// @notice As {rates}, but says whether all could be had instead of reverting, so that exits never depend on a provider.
    function tryRates(uint256[] calldata key) internal view returns (bool success, uint256[] memory values) {
        (success, values,,) = _rates(key);
    }

    function _rates(uint256[] calldata key)
        private
        view
        returns (bool success, uint256[] memory values, address provider, uint256 rate)
    {
        uint256 n = key.tokenCount();
        success = true;
        if (key[0].providerCount() == 0) return (true, values, provider, rate);
        values = new uint256[](n);
        uint256 next = n + 1;
        for (uint256 i = 0; i < n; ++i) {
            if (!key[i + 1].hasProvider()) {
                values[i] = 1e18;
                continue;
            }
            provider = address(uint160(key[next++]));
            // With less the provider could be made to fail by whoever pays the gas.
            if (gasleft() < RATE_GAS + RATE_GAS / 32) revert IPoolErrors.GasTooLow(RATE_GAS);
            (success, rate) = GasCappedCall.ask(provider, RATE_GAS, abi.encodeCall(IRateProvider.getRate, ()));
            if (!success || rate < MIN_RATE || rate > MAX_RATE) return (false, values, provider, rate);
            values[i] = rate;
        }
    }
}
