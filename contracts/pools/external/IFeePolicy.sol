// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title IFeePolicy
/// @notice Grants discounts on a pool's swap fee.
///
/// The manager calls it with {PoolFee-POLICY_GAS} gas, reads 32 bytes of the answer, and clamps them to the pool's
/// least fee and its fee. A policy that reverts, has no code, answers less or burns its gas means the full fee: it can
/// never block a swap, and never make one dearer than the key says.
interface IFeePolicy {
    /// @notice The fee for one trader. A view: it can keep nothing about the trade.
    /// @param poolId The pool.
    /// @param trader Who called the manager. Warning: contracts trade for others, so only what belongs to a person (a
    /// soulbound badge, a reputation) should count.
    /// @param fullFee The pool's fee without a discount, in millionths of the input: a policy needs to know no pool
    /// beforehand.
    /// @return fee The fee for this trader, in millionths of the input.
    function swapFee(bytes32 poolId, address trader, uint256 fullFee) external view returns (uint256 fee);
}
