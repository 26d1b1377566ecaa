// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IFeePolicy} from "./IFeePolicy.sol";
import {IPoolEvents} from "./IPoolEvents.sol";
import {IRateProvider} from "./IRateProvider.sol";
import {PoolKey} from "./PoolKey.sol";

/// @title PoolTerms
/// @notice What a call's price depends on besides the key and the balances: the fee policy, the rates, the amplification ramp.
library PoolTerms {
    using PoolKey for uint256;
    using PoolKey for uint256[];

    /// @notice Gas for a fee policy.
    uint256 internal constant POLICY_GAS = 100_000;
    /// @notice Gas for a rate provider.
    uint256 internal constant RATE_GAS = 200_000;
    /// @notice Bounds of a rate: 10^-6 and 10^6.
    uint256 internal constant MIN_RATE = 1e12;
    uint256 internal constant MAX_RATE = 1e24;

    /// @notice The fee for this trader, in millionths: at least the least fee and at most the fee of the key.
    function feeFor(bytes32 id, uint256 config, address trader) internal view returns (uint256 fee) {
        fee = config.swapFee();
        address policy = config.policy();
        if (policy == address(0)) return fee;
        bytes memory call = abi.encodeCall(IFeePolicy.swapFee, (id, trader, fee));
        (bool success, uint256 answer) = _ask(policy, POLICY_GAS, call);
        if (!success || answer >= fee) return fee;
        uint256 least = config.minimumFee();
        return answer < least ? least : answer;
    }

    /// @notice Rates by the order of the tokens, 18 decimals; none for a pool without providers.
    /// @dev Reverts when one cannot be had.
    function rates(uint256[] calldata key) internal view returns (uint256[] memory values) {
        (bool success, uint256[] memory found, address provider, uint256 rate) = _rates(key);
        if (!success) revert IPoolEvents.RateUnavailable(provider, rate);
        return found;
    }

    /// @notice As {rates}, but says whether all could be had instead of reverting, so that exits never depend on a provider.
    function tryRates(uint256[] calldata key) internal view returns (bool success, uint256[] memory values) {
        (success, values,,) = _rates(key);
    }

    /// @notice Amplification times tokens at `time`, on the line between the ends of the ramp, rounded towards its start.
    function annAt(uint256 ramp, uint256 time) internal pure returns (uint256) {
        unchecked {
            uint256 first = ramp & 0xffffff;
            uint256 last = (ramp >> 24) & 0xffffff;
            uint256 start = (ramp >> 72) & 0xffffffffff;
            uint256 end = (ramp >> 112) & 0xffffffffff;
            if (time >= end) return last;
            uint256 elapsed = time - start;
            return last > first
                ? first + (last - first) * elapsed / (end - start)
                : first - (first - last) * elapsed / (end - start);
        }
    }

    /// @notice Amplification times tokens at which the checkpoint was measured.
    function annOfCheckpoint(uint256 ramp) internal pure returns (uint256) {
        return (ramp >> 48) & 0xffffff;
    }

    /// @notice The ramp with another measure of the checkpoint.
    function withAnnOfCheckpoint(uint256 ramp, uint256 ann) internal pure returns (uint256) {
        return (ramp & ~(uint256(0xffffff) << 48)) | (ann << 48);
    }

    /// @notice The word of a ramp; see {annAt}.
    function packRamp(uint256 first, uint256 last, uint256 checkpoint, uint256 start, uint256 end)
        internal
        pure
        returns (uint256)
    {
        return first | (last << 24) | (checkpoint << 48) | (start << 72) | (end << 112);
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
            if (gasleft() < RATE_GAS + RATE_GAS / 32) revert IPoolEvents.GasTooLow(RATE_GAS);
            (success, rate) = _ask(provider, RATE_GAS, abi.encodeCall(IRateProvider.getRate, ()));
            if (!success || rate < MIN_RATE || rate > MAX_RATE) return (false, values, provider, rate);
            values[i] = rate;
        }
    }

    /// @dev One word of the answer, whatever its length. No code at the target, or less than a word, is no success.
    function _ask(address target, uint256 gasLimit, bytes memory input)
        private
        view
        returns (bool success, uint256 word)
    {
        assembly ("memory-safe") {
            mstore(0, 0)
            success := staticcall(gasLimit, target, add(input, 32), mload(input), 0, 32)
            success := and(success, gt(returndatasize(), 31))
            if success { word := mload(0) }
        }
    }
}
