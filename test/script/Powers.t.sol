// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {DeploymentPlan} from "../../script/DeploymentPlan.sol";
import {Network} from "../../script/NetworkFile.sol";
import {Plan} from "../../script/Plan.sol";
import {Roles} from "../../script/Roles.sol";
import {Verification} from "./Verification.sol";

/// @notice The table of governance's powers in docs/security.md is the plan's, which verification holds against the
/// chain: DEPLOY-14.
contract PowersTest is Verification {
    string private constant HEAD = "| Function | Role | Who | When | Who can stop it before |\n|---|---|---|---|---|\n";

    mapping(bytes32 row => bool) private _told;

    /// @dev A public network whose file names accounts of every kind.
    function everyRole() private returns (Network memory network) {
        network = handedOver();
        (network.anyoneCreatesPools, network.poolCreators) = (false, new address[](1));
        network.poolCreators[0] = makeAddr("creator");
        network.skillManagers = new address[](1);
        network.skillManagers[0] = makeAddr("manager");
    }

    function holders(Plan memory plan, uint64 role)
        private
        pure
        returns (string memory names, bool atOnce, bool delayed)
    {
        // Configure gives the Timelock ADMIN last, besides the plan.
        if (role == Roles.ADMIN) return ("the Timelock", false, true);
        for (uint256 i = 0; i < plan.members.length; ++i) {
            if (plan.members[i].role != role) continue;
            string memory who = plan.members[i].who;
            names = string.concat(names, bytes(names).length == 0 ? "" : ", ", who);
            if (keccak256(bytes(who)) == keccak256("the Timelock")) delayed = true;
            else atOnce = true;
        }
    }

    function row(Plan memory plan, string memory name, uint64 role) private pure returns (string memory) {
        (string memory names, bool atOnce, bool delayed) = holders(plan, role);
        string memory delay = "after the Timelock's delay";
        string memory cancel = "a proposer cancels it in the Timelock";
        string memory when = !atOnce ? delay : delayed ? string.concat(delay, "; others at once") : "at once";
        string memory stop = !atOnce ? cancel : delayed ? string.concat(cancel, "; others nobody") : "nobody";
        string memory text = string.concat("| `", name, "` | ", Roles.nameOf(role), " | ", names);
        return string.concat(text, " | ", when, " | ", stop, " |\n");
    }

    /// @dev All feeds have the same functions.
    function generic(string memory name) private pure returns (string memory) {
        if (vm.indexOf(name, "PriceFeed:") != 0) return name;
        string[] memory parts = vm.split(name, ".");
        return string.concat("PriceFeed.", parts[parts.length - 1]);
    }

    function test_DEPLOY14_TheDocumentsTableIsThePlans() public {
        Plan memory plan = DeploymentPlan.whole(everyRole(), DEPLOYER);
        string memory table = HEAD;
        for (uint256 i = 0; i < plan.functions.length; ++i) {
            string memory text = row(plan, generic(plan.functions[i].name), plan.functions[i].role);
            if (_told[keccak256(bytes(text))]) continue;
            _told[keccak256(bytes(text))] = true;
            table = string.concat(table, text);
        }
        // The table ends there: nothing is listed that nobody guards.
        assertContains(vm.readFile("docs/security.md"), string.concat(table, "\n"), "DEPLOY-14: docs/security.md");
    }
}
