// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title IPoolGrowth
/// @notice What {PoolManager} asks of the module {PoolTrade} for pools with a ramp, rate providers or a policy, or that
/// are out of range: it has no room for it. Each works on the storage of whoever delegates to it, under the lock of a
/// call. Payable, since a delegated call has the value of the one that it is part of; they take none.
interface IPoolGrowth {
    /// @notice Carries the checkpoint of a ramping pool to the amplification of the moment, before a swap moves the
    /// balances.
    /// @param poolId Id of the pool.
    /// @param key Words of its key.
    /// @return flip Bits of the pool's status that changed, to be flipped in what the caller has read of it.
    function carryCheckpoint(bytes32 poolId, uint256[] calldata key) external payable returns (uint256 flip);

    /// @notice Charges the growth of a pool and carries its checkpoint, before an event changes it.
    /// @param poolId Id of the pool.
    /// @param key Words of its key.
    /// @param strict Whether the event mints shares, so that a rate provider that fails is an error; else nothing is
    /// charged then.
    /// @return lost Whether the pool is out of range, so that {restartCheckpoint} has to follow the event.
    function chargeGrowth(bytes32 poolId, uint256[] calldata key, bool strict) external payable returns (bool lost);

    /// @notice Reverts where what a proportional add stored in a stable pool is out of range, at the rates of the
    /// moment.
    /// @param poolId Id of the pool.
    /// @param key Words of its key.
    function checkProportional(bytes32 poolId, uint256[] calldata key) external payable;

    /// @notice Sets the checkpoint of a pool that was out of range before an event.
    /// @param poolId Id of the pool.
    /// @param key Words of its key.
    function restartCheckpoint(bytes32 poolId, uint256[] calldata key) external payable;
}
