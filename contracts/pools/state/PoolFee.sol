// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {GasCappedCall} from "../external/GasCappedCall.sol";
import {IFeePolicy} from "../external/IFeePolicy.sol";
import {PoolKey} from "./PoolKey.sol";

/// @title PoolFee
/// @notice The swap fee of a call: the key's, or what the key's fee policy grants to the trader.
library PoolFee {
    using PoolKey for uint256;

    /// @notice Gas for a fee policy.
    uint256 internal constant POLICY_GAS = 100_000;

    /// @notice The fee for this trader, in millionths: at least the least fee and at most the fee of the key.
    function feeFor(bytes32 id, uint256 config, address trader) internal view returns (uint256 fee) {
        fee = config.swapFee();
        address policy = config.policy();
        if (policy == address(0)) return fee;
        bytes memory call = abi.encodeCall(IFeePolicy.swapFee, (id, trader, fee));
        (bool success, uint256 answer) = GasCappedCall.ask(policy, POLICY_GAS, call);
        if (!success || answer >= fee) return fee;
        uint256 least = config.minimumFee();
        return answer < least ? least : answer;
    }
}
