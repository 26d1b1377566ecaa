// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title IFeePolicy
/// @notice Grants discounts on a pool's swap fee.
///
/// The manager calls it with {PoolTerms-POLICY_GAS} gas, reads 32 bytes of the answer, and clamps them to the pool's least fee
/// and its fee. A policy that reverts, has no code, answers less or burns its gas means the full fee: it can never block a swap, and
/// never make one dearer than the key says.
interface IFeePolicy {
    /// @param poolId The pool.
    /// @param trader Who called the manager. Warning: contracts trade for others, so only what belongs to a person (a soulbound
    /// badge, a reputation) should count.
    /// @return fee The fee for this trader, in millionths.
    function swapFee(bytes32 poolId, address trader) external view returns (uint256 fee);
}
