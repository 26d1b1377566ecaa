// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Vm} from "forge-std/Vm.sol";
import {artifact} from "../../script/Artifact.sol";

/// @notice Calls of every function that an artifact's ABI has, so that no list of functions is made by hand and none is
/// left out.
library AbiCalls {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    /// @notice The signatures of all functions, e.g. "transfer(address,uint256,uint256)".
    function signaturesOf(string memory name) internal view returns (string[] memory) {
        return vm.parseJsonKeys(vm.readFile(artifact(name)), ".methodIdentifiers");
    }

    /// @notice Calldata that the function decodes: every list and string is empty, every number is `number`, every
    /// address `account`. Only tuples inside of lists are known.
    function callOf(string memory signature, uint256 number, address account) internal pure returns (bytes memory) {
        string[] memory types = _typesOf(bytes(signature));
        // One word of zeros after the heads is the length of every list.
        bytes memory heads;
        for (uint256 i = 0; i < types.length; ++i) {
            heads = abi.encodePacked(heads, _headOf(types[i], 32 * types.length, number, account));
        }
        return abi.encodePacked(bytes4(keccak256(bytes(signature))), heads, uint256(0));
    }

    function _headOf(string memory kind, uint256 tail, uint256 number, address account) private pure returns (uint256) {
        bytes memory text = bytes(kind);
        if (text[text.length - 1] == "]" || _is(kind, "bytes") || _is(kind, "string")) return tail;
        if (_is(kind, "address")) return uint160(account);
        if (_is(kind, "uint256")) return number;
        if (_is(kind, "bytes32") || _is(kind, "uint160") || _is(kind, "uint48")) return number;
        if (_is(kind, "uint8")) return 27;
        if (_is(kind, "bool") || _is(kind, "bytes4")) return 0;
        revert(string.concat("AbiCalls: teach it the type ", kind));
    }

    function _is(string memory a, string memory b) private pure returns (bool) {
        return keccak256(bytes(a)) == keccak256(bytes(b));
    }

    /// @dev The types between the outer parentheses.
    function _typesOf(bytes memory text) private pure returns (string[] memory types) {
        types = new string[](16);
        uint256 count;
        uint256 depth;
        uint256 start;
        for (uint256 i = 0; i < text.length; ++i) {
            if (text[i] == "(" && ++depth == 1) start = i + 1;
            bool ends = text[i] == ")" && --depth == 0;
            if (!ends && !(text[i] == "," && depth == 1)) continue;
            if (i > start) types[count++] = _slice(text, start, i);
            start = i + 1;
        }
        assembly ("memory-safe") {
            mstore(types, count)
        }
    }

    function _slice(bytes memory text, uint256 start, uint256 end) private pure returns (string memory) {
        bytes memory part = new bytes(end - start);
        for (uint256 i = start; i < end; ++i) {
            part[i - start] = text[i];
        }
        return string(part);
    }
}
