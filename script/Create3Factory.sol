// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CREATE3} from "solady/utils/CREATE3.sol";

/// @title Create3Factory
/// @notice Creates contracts at addresses that depend on the sender and a salt, and not on the code or its arguments: one
/// address on every chain even where the arguments differ. The sender is part of the salt, so nobody else can take an
/// address of ours. It is itself created by the deterministic deployment proxy and therefore lies at the same address
/// everywhere.
contract Create3Factory {
    /// @notice Creates a contract. Reverts when the sender used the salt before, or when the constructor reverts.
    /// @param salt Distinguishes the sender's contracts.
    /// @param initCode Creation code with the constructor's arguments.
    function deploy(bytes32 salt, bytes calldata initCode) external returns (address) {
        return CREATE3.deployDeterministic(initCode, keccak256(abi.encode(msg.sender, salt)));
    }

    /// @notice Where {deploy} puts the contract of that sender and salt.
    function addressOf(address sender, bytes32 salt) external view returns (address) {
        return CREATE3.predictDeterministicAddress(keccak256(abi.encode(sender, salt)));
    }
}
