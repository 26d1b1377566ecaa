// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title IRateProvider
/// @notice Says what a yield-bearing token is worth in the unit of its pool.
///
/// Warning: swaps and unbalanced liquidity are priced by the rate. Whoever provides liquidity trusts every provider in
/// the key not to lie. A provider that fails stops what needs its rate; proportional exits go on.
interface IRateProvider {
    /// @return rate Value of one token, 18 decimals, from {PoolRates-MIN_RATE} to {PoolRates-MAX_RATE}.
    function getRate() external view returns (uint256 rate);
}
