// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Vm} from "forge-std/Vm.sol";
import {Create3Factory} from "../Create3Factory.sol";
import {DeploymentPlan} from "../DeploymentPlan.sol";
import {Plan, PlanLists, Planned} from "../Plan.sol";
import {Differences} from "./Differences.sol";

/// @title VerifyCode
/// @notice What runs, what made it, and with what arguments.
abstract contract VerifyCode is Differences {
    using PlanLists for Plan;
    Vm private constant VM = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    function _verifyCode(Plan memory plan, string memory record) internal {
        address factory = plan.targetOf("Create3Factory");
        for (uint256 i = 0; i < plan.contracts.length; ++i) {
            _verifyCode(plan.contracts[i], factory, record);
        }
        string[] memory recorded = VM.parseJsonKeys(record, ".contracts");
        for (uint256 i = 0; i < recorded.length; ++i) {
            if (_isPlanned(plan, recorded[i])) continue;
            string memory fix = "add it to the network file again, or let the record go on without it";
            _differ(recorded[i], "network file", "an entry", "none", fix);
        }
    }

    function _isPlanned(Plan memory plan, string memory name) private pure returns (bool) {
        for (uint256 i = 0; i < plan.contracts.length; ++i) {
            if (keccak256(bytes(plan.contracts[i].name)) == keccak256(bytes(name))) return true;
        }
        return false;
    }

    /// @dev What runs, what made it, and that it was made with the record's arguments. Those that became part of the
    /// code must be the network file's; what can be changed afterwards is compared by its value, elsewhere.
    function _verifyCode(Planned memory planned, address factory, string memory record) private {
        string memory key = string.concat(".contracts['", planned.name, "']");
        if (!VM.keyExistsJson(record, key)) {
            _differ(planned.name, "record", "an entry", "none", REDEPLOY);
            return;
        }
        address recorded = VM.parseJsonAddress(record, string.concat(key, ".address"));
        bytes memory args = VM.parseJsonBytes(record, string.concat(key, ".constructorArgs"));
        bytes32 codeHash = VM.parseJsonBytes32(record, string.concat(key, ".codeHash"));
        _equal(planned.name, "address", planned.target, recorded, REDEPLOY);
        _equal(planned.name, "codeHash", codeHash, planned.target.codehash, REDEPLOY);
        if (!planned.viaFactory) {
            // Creation code and arguments are in the address.
            string memory wantedArgs = VM.toString(planned.constructorArgs);
            _equal(planned.name, "constructorArgs", wantedArgs, VM.toString(args), REDEPLOY);
        } else if (factory.code.length > 0) {
            bytes32 made = Create3Factory(factory).initCodeHashOf(planned.target);
            _equal(planned.name, "initCodeHash", keccak256(bytes.concat(planned.creationCode, args)), made, REDEPLOY);
        }
        bytes32 built = DeploymentPlan.expectedCodeHash(planned);
        if (built == codeHash) return;
        bytes memory wanted = planned.constructorArgs;
        planned.constructorArgs = args;
        if (keccak256(wanted) != keccak256(args) && DeploymentPlan.expectedCodeHash(planned) == codeHash) {
            _differ(planned.name, "constructorArgs", VM.toString(wanted), VM.toString(args), FIXED);
        } else {
            _equal(planned.name, "codeHash of this build", codeHash, built, "build the commit of the record");
        }
    }
}
