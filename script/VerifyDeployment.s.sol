// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Script} from "forge-std/Script.sol";
import {IQuorumVerifier} from "../contracts/oracles/IQuorumVerifier.sol";
import {DeploymentPlan} from "./DeploymentPlan.sol";
import {Network, NetworkFile} from "./NetworkFile.sol";
import {Plan, PlanLists, Setting} from "./Plan.sol";
import {ChainLog, ChainLogs} from "./verify/ChainLog.sol";
import {Difference} from "./verify/Differences.sol";
import {VerifyActs} from "./verify/VerifyActs.sol";
import {VerifyCauses} from "./verify/VerifyCauses.sol";
import {VerifyCode} from "./verify/VerifyCode.sol";
import {VerifyFunctions} from "./verify/VerifyFunctions.sol";
import {VerifyMembers} from "./verify/VerifyMembers.sol";

/// @title VerifyDeployment
/// @notice Compares the chain with the deployment record, the network file and this build. Sends nothing. Fails with
/// every difference: contract, field, expected and actual value, and what to do.
contract VerifyDeployment is Script, VerifyCode, VerifyFunctions, VerifyMembers, VerifyActs, VerifyCauses {
    using PlanLists for Plan;
    using PlanLists for Setting;

    /// @notice Verifies script/networks/<name>.json.
    /// @param record Content of the deployment record.
    /// @param logs File of the events from the creation of the contracts on, as script/events.mjs writes it.
    /// @return notes JSON list of lines: what waits in the Timelock, and what was created by whom.
    function run(string calldata name, string calldata record, string calldata logs)
        external
        returns (string memory notes)
    {
        verify(NetworkFile.read(name), record, ChainLogs.read(vm.readFile(logs)));
        for (uint256 i = 0; i < _notes.length; ++i) {
            notes = string.concat(notes, i == 0 ? "[\"" : "\",\"", _notes[i]);
        }
        return _notes.length == 0 ? "[]" : string.concat(notes, "\"]");
    }

    /// @notice What script/events.mjs has to read.
    /// @return json The contracts, and the first topics of the events that count.
    function watched(string calldata name, address deployer) external view returns (string memory json) {
        Plan memory plan = DeploymentPlan.whole(NetworkFile.read(name), deployer);
        json = string.concat(
            "{\"address\":[\"",
            vm.toString(plan.targetOf("AccessManager")),
            "\",\"",
            vm.toString(plan.targetOf("TimelockController"))
        );
        for (uint256 i = 0; i < plan.managed.length; ++i) {
            json = string.concat(json, "\",\"", vm.toString(plan.managed[i].target));
        }
        json = string.concat(json, "\"],\"topics\":[\"", vm.toString(IQuorumVerifier.SignerSetRotated.selector));
        bytes32[] memory topics = _accessTopics();
        for (uint256 i = 0; i < topics.length; ++i) {
            json = string.concat(json, "\",\"", vm.toString(topics[i]));
        }
        for (uint256 i = 0; i < plan.events.length; ++i) {
            json = string.concat(json, "\",\"", vm.toString(plan.events[i].topic));
        }
        json = string.concat(json, "\"]}");
    }

    /// @notice Verifies the network against the content of its deployment record and its events.
    function verify(Network memory network, string memory record, ChainLog[] memory logs) public {
        compare(network, record, logs);
        if (_differences.length == 0) return;
        revert(
            string.concat(
                "network ",
                network.name,
                " (chain id ",
                vm.toString(block.chainid),
                ") is not as recorded:",
                _describe(),
                _pending()
            )
        );
    }

    /// @notice Every difference; with the call by governance that ends it, where there is one.
    function compare(Network memory network, string memory record, ChainLog[] memory logs)
        public
        returns (Difference[] memory)
    {
        delete _differences;
        delete _notes;
        address deployer = vm.parseJsonAddress(record, ".deployer");
        Plan memory plan = DeploymentPlan.whole(network, deployer);
        _equal("record", "chainId", block.chainid, vm.parseJsonUint(record, ".chainId"), "use this chain's record");
        _equal("record", "network", network.name, vm.parseJsonString(record, ".network"), "use this network's record");
        _verifyCode(plan, record);
        // Calls to what is not there would only say so less clearly.
        if (_differences.length > 0) return _differences;
        _verifyAccess(plan, logs);
        _verifyFunctions(plan);
        _verifyTimelock(plan);
        _verifyGrants(plan, logs);
        _verifyActs(plan, logs);
        _noteOperations(plan, logs);
        DeploymentPlan.readSettings(plan);
        for (uint256 i = 0; i < plan.settings.length; ++i) {
            _verifySetting(plan.settings[i]);
        }
        _nameCauses(plan, logs);
        return _differences;
    }

    /// @dev A difference may be on its way to its end.
    function _pending() private view returns (string memory text) {
        for (uint256 i = 0; i < _notes.length; ++i) {
            if (vm.indexOf(_notes[i], "pending") == 0) text = string.concat(text, "\n  ", _notes[i]);
        }
    }

    function _verifySetting(Setting memory setting) private {
        string memory fix = setting.target == address(0) ? FIXED : RECONFIGURE;
        uint256 before = _differences.length;
        _equal(setting.name, setting.field, setting.expected, setting.actual, fix);
        _endedBy(before, setting.target, setting.call);
    }
}
