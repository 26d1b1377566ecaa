// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CREATE3} from "solady/utils/CREATE3.sol";

/// @title Create3Factory
/// @notice Creates contracts at addresses that depend on the sender and a salt, and not on the code or its arguments:
/// one address on every chain even where the arguments differ. The sender is part of the salt, so nobody else can take
/// an address of ours. It is itself created by the deterministic deployment proxy and therefore lies at the same
/// address everywhere.
/// The address says nothing about the code that made the contract: other creation code could write more storage and
/// leave the same runtime code. So the factory keeps the hash of what it ran, and a verification compares it.
contract Create3Factory {
    /// @notice A contract was created.
    /// @param sender Who asked for it.
    /// @param salt The sender's salt.
    /// @param target Where it is.
    /// @param initCodeHash Keccak-256 of its creation code with the constructor's arguments.
    event Created(address indexed sender, bytes32 indexed salt, address indexed target, bytes32 initCodeHash);

    /// @notice Keccak-256 of the creation code, arguments included, that made the contract at an address; zero where
    /// this factory made none.
    mapping(address target => bytes32 initCodeHash) public initCodeHashOf;

    /// @notice Creates a contract. Reverts when the sender used the salt before, or when the constructor reverts.
    /// @param salt Distinguishes the sender's contracts.
    /// @param initCode Creation code with the constructor's arguments.
    /// @return target Where the contract is.
    function deploy(bytes32 salt, bytes calldata initCode) external returns (address target) {
        bytes32 mixed = keccak256(abi.encode(msg.sender, salt));
        target = CREATE3.predictDeterministicAddress(mixed);
        bytes32 initCodeHash = keccak256(initCode);
        // A second creation reverts below: the hash is written once.
        initCodeHashOf[target] = initCodeHash;
        CREATE3.deployDeterministic(initCode, mixed);
        emit Created(msg.sender, salt, target, initCodeHash);
    }

    /// @notice Where {deploy} puts the contract of that sender and salt.
    /// @param sender Who calls {deploy}.
    /// @param salt The sender's salt.
    /// @return The address, whether or not there is a contract yet.
    function addressOf(address sender, bytes32 salt) external view returns (address) {
        return CREATE3.predictDeterministicAddress(keccak256(abi.encode(sender, salt)));
    }
}
