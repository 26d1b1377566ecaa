// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRateProvider} from "../../../contracts/pools/external/IRateProvider.sol";

/// @notice A rate that anyone may set: the property harness does, between calls and to anything.
contract SettableRate is IRateProvider {
    /// @inheritdoc IRateProvider
    uint256 public override getRate = 1e18;

    function setRate(uint256 rate) external {
        getRate = rate;
    }
}
