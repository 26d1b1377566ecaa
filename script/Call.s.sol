// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Script} from "forge-std/Script.sol";

/// @title Call
/// @notice Makes the calls that script/act.mjs has put together, one transaction each.
contract Call is Script {
    /// @notice Makes them as `sender`, whose key is in SENDER_KEY or in the wallet that forge is given. Without
    /// `--broadcast` no key is needed.
    /// @param sender Who calls.
    /// @param targets Contracts.
    /// @param data Calldata, one for each.
    /// @return answers JSON list of what the calls returned.
    function run(address sender, address[] calldata targets, bytes[] calldata data)
        external
        returns (string memory answers)
    {
        if (vm.envExists("SENDER_KEY")) vm.rememberKey(vm.envUint("SENDER_KEY"));
        for (uint256 i = 0; i < targets.length; ++i) {
            // A call of nothing succeeds.
            if (targets[i].code.length == 0) revert(string.concat("no contract at ", vm.toString(targets[i])));
            vm.broadcast(sender);
            (bool success, bytes memory answer) = targets[i].call(data[i]);
            if (!success) revert(string.concat("call ", vm.toString(i + 1), " refused: ", vm.toString(answer)));
            answers = string.concat(answers, i == 0 ? "[\"" : "\",\"", vm.toString(answer));
        }
        answers = string.concat(answers, "\"]");
    }
}
