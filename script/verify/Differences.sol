// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Vm} from "forge-std/Vm.sol";

/// @notice Something on the chain that is not as recorded or as the network file says.
struct Difference {
    string name;
    string field;
    string expected;
    string actual;
    string fix;
    /// The call by governance that makes it right; no target where none does.
    address target;
    bytes call;
}

/// @title Differences
/// @notice Collects differences, so that a verification ends with all of them and governance gets the calls that end
/// them.
abstract contract Differences {
    Vm private constant VM = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    string internal constant REDEPLOY = "run Deploy on the commit of the record, or correct the record";
    string internal constant FIXED = "the code has it for good: correct the network file, or deploy anew";
    string internal constant RECONFIGURE =
        "run Configure, let the Timelock set it (make govern), or correct the network file";
    string internal constant REVOKE = "let the Timelock revoke it (make govern), or correct the network file";

    Difference[] internal _differences;

    function _equal(string memory name, string memory field, uint256 expected, uint256 actual, string memory fix)
        internal
    {
        _equal(name, field, VM.toString(expected), VM.toString(actual), fix);
    }

    function _equal(string memory name, string memory field, bool expected, bool actual, string memory fix) internal {
        _equal(name, field, VM.toString(expected), VM.toString(actual), fix);
    }

    function _equal(string memory name, string memory field, address expected, address actual, string memory fix)
        internal
    {
        _equal(name, field, VM.toString(expected), VM.toString(actual), fix);
    }

    function _equal(string memory name, string memory field, bytes32 expected, bytes32 actual, string memory fix)
        internal
    {
        _equal(name, field, VM.toString(expected), VM.toString(actual), fix);
    }

    function _equal(
        string memory name,
        string memory field,
        string memory expected,
        string memory actual,
        string memory fix
    ) internal {
        if (keccak256(bytes(expected)) == keccak256(bytes(actual))) return;
        _differ(name, field, expected, actual, fix);
    }

    function _differ(
        string memory name,
        string memory field,
        string memory expected,
        string memory actual,
        string memory fix
    ) internal {
        _differences.push(Difference(name, field, expected, actual, fix, address(0), ""));
    }

    /// @dev The call that ends the difference last noted, where one was noted since there were `before`.
    function _endedBy(uint256 before, address target, bytes memory call) internal {
        if (_differences.length == before) return;
        Difference storage last = _differences[_differences.length - 1];
        (last.target, last.call) = (target, call);
    }

    /// @dev One line each.
    function _describe() internal view returns (string memory text) {
        for (uint256 i = 0; i < _differences.length; ++i) {
            Difference memory one = _differences[i];
            text = string.concat(
                text,
                string.concat("\n  ", one.name, ", ", one.field, ": expected "),
                string.concat(one.expected, ", actual ", one.actual, "; ", one.fix)
            );
        }
    }
}
