// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Vm} from "forge-std/Vm.sol";

/// @notice An event of one of our contracts and who sent its transaction.
struct ChainLog {
    address emitter;
    bytes32[] topics;
    bytes data;
    bytes32 transaction;
    address sender;
    /// What the transaction called, e.g. the contract account of a sender that has one.
    address called;
}

/// @title ChainLogs
/// @notice Reads the file that script/events.mjs writes: one list a column, in the chain's order.
library ChainLogs {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    function read(string memory json) internal pure returns (ChainLog[] memory logs) {
        address[] memory emitters = vm.parseJsonAddressArray(json, ".emitter");
        logs = new ChainLog[](emitters.length);
        bytes32[] memory flat = vm.parseJsonBytes32Array(json, ".topics");
        uint256[] memory counts = vm.parseJsonUintArray(json, ".topicCount");
        bytes[] memory data = vm.parseJsonBytesArray(json, ".data");
        bytes32[] memory transactions = vm.parseJsonBytes32Array(json, ".transaction");
        address[] memory senders = vm.parseJsonAddressArray(json, ".sender");
        address[] memory called = vm.parseJsonAddressArray(json, ".called");
        uint256 next = 0;
        for (uint256 i = 0; i < logs.length; ++i) {
            bytes32[] memory topics = new bytes32[](counts[i]);
            for (uint256 j = 0; j < topics.length; ++j) {
                topics[j] = flat[next++];
            }
            logs[i] = ChainLog(emitters[i], topics, data[i], transactions[i], senders[i], called[i]);
        }
    }
}
