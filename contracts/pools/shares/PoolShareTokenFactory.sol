// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {IPoolManager} from "../IPoolManager.sol";
import {PoolShareToken} from "./PoolShareToken.sol";

/// @title PoolShareTokenFactory
/// @notice Makes the {PoolShareToken} of a pool, for anyone, at an address that is known before.
contract PoolShareTokenFactory {
    /// @notice The {PoolManager}.
    IPoolManager public immutable manager;
    /// @notice What the tokens are clones of.
    address public immutable implementation;

    /// @notice The implementation is of another manager.
    error ManagerDiffers(address manager);

    /// @notice The token of a pool was made.
    event PoolShareTokenCreated(bytes32 indexed poolId, address token);

    /// @param manager_ The {PoolManager}.
    /// @param implementation_ A {PoolShareToken} of that manager.
    constructor(IPoolManager manager_, PoolShareToken implementation_) {
        if (address(implementation_.manager()) != address(manager_)) revert ManagerDiffers(address(manager_));
        manager = manager_;
        implementation = address(implementation_);
    }

    /// @notice Makes the token of a pool. Reverts when there is no such pool, or its token was made.
    function create(uint256[] calldata key) external returns (address token) {
        manager.poolState(key);
        bytes32 poolId = keccak256(abi.encodePacked(key));
        token = Clones.cloneDeterministicWithImmutableArgs(implementation, abi.encode(poolId), poolId);
        emit PoolShareTokenCreated(poolId, token);
    }

    /// @notice Where the token of a pool is, or will be.
    function tokenOf(bytes32 poolId) external view returns (address) {
        return Clones.predictDeterministicAddressWithImmutableArgs(implementation, abi.encode(poolId), poolId);
    }
}
