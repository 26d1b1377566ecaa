// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {PoolRates} from "../../contracts/pools/state/PoolRates.sol";

/// @notice Lemmas that are false, by a bit each: `make prove` fails when one is proven, since then the others
/// would prove nothing.
contract MustFail {
    /// @dev The accepted rate has 80 bits: one more reaches the time beside it.
    function check_RateOf81Bits(uint88 accepted, uint40 since) external pure {
        if (accepted >> 81 != 0) return;
        (, uint256 read,,) = PoolRates.unpack(PoolRates.pack(accepted, since, 0, 0));
        assert(read == since);
    }
}
