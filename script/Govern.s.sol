// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {DeploymentPlan} from "./DeploymentPlan.sol";
import {Network, NetworkFile} from "./NetworkFile.sol";
import {ChainLog, ChainLogs} from "./verify/ChainLog.sol";
import {Difference} from "./verify/Differences.sol";
import {VerifyDeployment} from "./VerifyDeployment.s.sol";

/// @notice One operation of the Timelock that ends every difference that a call can end.
struct Operation {
    TimelockController timelock;
    address[] targets;
    uint256[] values;
    bytes[] payloads;
    bytes32 salt;
    bytes32 id;
}

/// @title Govern
/// @notice After the hand-over: the calls that bring the chain to the network file, as one operation of the Timelock.
/// Whoever may propose schedules it, whoever may execute executes it after the delay.
contract Govern is VerifyDeployment {
    /// @notice What differs, which calls end it, and how far the operation is.
    /// @param record Content of the deployment record.
    /// @param logs File of the events, as for {VerifyDeployment}.
    /// @return json calls, others (what no call ends) and the operation.
    function plan(string calldata name, string calldata record, string calldata logs)
        external
        returns (string memory json)
    {
        Network memory network = NetworkFile.read(name);
        Difference[] memory differences = compare(network, record, ChainLogs.read(vm.readFile(logs)));
        Operation memory operation = operationOf(network, record, differences);
        return _toJson(differences, operation);
    }

    /// @notice Schedules the operation with the key in GOVERNOR_KEY, or the wallet that forge is given.
    function schedule(string calldata name, string calldata record, string calldata logs) external {
        Network memory network = NetworkFile.read(name);
        Difference[] memory differences = compare(network, record, ChainLogs.read(vm.readFile(logs)));
        schedule(operationOf(network, record, differences), _governor());
    }

    /// @notice Executes the operation with the key in GOVERNOR_KEY, or the wallet that forge is given.
    function execute(string calldata name, string calldata record, string calldata logs) external {
        Network memory network = NetworkFile.read(name);
        Difference[] memory differences = compare(network, record, ChainLogs.read(vm.readFile(logs)));
        execute(operationOf(network, record, differences), _governor());
    }

    /// @notice Schedules it as `governor`, with the Timelock's own delay.
    function schedule(Operation memory operation, address governor) public {
        TimelockController timelock = operation.timelock;
        _require(timelock, timelock.PROPOSER_ROLE(), governor, "proposer", ".timelock.proposers");
        uint256 delay = timelock.getMinDelay();
        vm.broadcast(governor);
        timelock.scheduleBatch(operation.targets, operation.values, operation.payloads, 0, operation.salt, delay);
    }

    /// @notice Executes it as `governor`, once its delay is over.
    function execute(Operation memory operation, address governor) public {
        TimelockController timelock = operation.timelock;
        _require(timelock, timelock.EXECUTOR_ROLE(), governor, "executor", ".timelock.executors");
        if (!timelock.isOperationReady(operation.id)) {
            string memory fix = timelock.isOperationPending(operation.id)
                ? string.concat("it is ready at ", vm.toString(timelock.getTimestamp(operation.id)))
                : "schedule it first";
            revert(string.concat("operation ", vm.toString(operation.id), " is not ready: ", fix));
        }
        vm.broadcast(governor);
        timelock.executeBatch(operation.targets, operation.values, operation.payloads, 0, operation.salt);
    }

    /// @notice The operation of the distinct calls. Its salt is the first with which it has not been executed yet: what
    /// governance changed and changed back can be done again.
    function operationOf(Network memory network, string memory record, Difference[] memory differences)
        public
        view
        returns (Operation memory operation)
    {
        address deployer = vm.parseJsonAddress(record, ".deployer");
        address timelock = DeploymentPlan.find(DeploymentPlan.make(network, deployer), "TimelockController").target;
        operation.timelock = TimelockController(payable(timelock));
        uint256 count;
        for (uint256 i = 0; i < differences.length; ++i) {
            if (_isNew(differences, i)) ++count;
        }
        operation.targets = new address[](count);
        operation.values = new uint256[](count);
        operation.payloads = new bytes[](count);
        count = 0;
        for (uint256 i = 0; i < differences.length; ++i) {
            if (!_isNew(differences, i)) continue;
            operation.targets[count] = differences[i].target;
            operation.payloads[count++] = differences[i].call;
        }
        if (count == 0) return operation;
        for (uint256 salt = 0;; ++salt) {
            operation.salt = bytes32(salt);
            operation.id = operation.timelock
                .hashOperationBatch(operation.targets, operation.values, operation.payloads, 0, operation.salt);
            if (!operation.timelock.isOperationDone(operation.id)) return operation;
        }
    }

    /// @dev Whether a call ends it, and no earlier difference has the same call.
    function _isNew(Difference[] memory differences, uint256 index) private pure returns (bool) {
        Difference memory one = differences[index];
        if (one.target == address(0)) return false;
        for (uint256 i = 0; i < index; ++i) {
            bool isSame = differences[i].target == one.target && keccak256(differences[i].call) == keccak256(one.call);
            if (isSame) return false;
        }
        return true;
    }

    function _toJson(Difference[] memory differences, Operation memory operation) private view returns (string memory) {
        string memory calls;
        string memory others;
        for (uint256 i = 0; i < differences.length; ++i) {
            Difference memory one = differences[i];
            string memory line =
                string.concat(one.name, ", ", one.field, ": expected ", one.expected, ", actual ", one.actual);
            if (one.target == address(0)) {
                others = string.concat(others, bytes(others).length == 0 ? "\"" : ",\"", _escape(line), "\"");
                continue;
            }
            string memory data = string.concat("\",\"data\":\"", vm.toString(one.call), "\"}");
            line = string.concat("{\"difference\":\"", _escape(line), "\",\"target\":\"", vm.toString(one.target), data);
            calls = string.concat(calls, bytes(calls).length == 0 ? "" : ",", line);
        }
        return string.concat("{\"calls\":[", calls, "],\"others\":[", others, "],", _describe(operation), "}");
    }

    function _describe(Operation memory operation) private view returns (string memory) {
        if (operation.targets.length == 0) return "\"operation\":null";
        TimelockController timelock = operation.timelock;
        bytes memory scheduling = abi.encodeCall(
            timelock.scheduleBatch,
            (operation.targets, operation.values, operation.payloads, 0, operation.salt, timelock.getMinDelay())
        );
        bytes memory executing = abi.encodeCall(
            timelock.executeBatch, (operation.targets, operation.values, operation.payloads, 0, operation.salt)
        );
        string memory state = timelock.isOperationReady(operation.id)
            ? "ready"
            : timelock.isOperationPending(operation.id) ? "waiting" : "not scheduled";
        string memory text = string.concat(
            "\"operation\":{\"timelock\":\"",
            vm.toString(address(timelock)),
            "\",\"id\":\"",
            vm.toString(operation.id),
            "\",\"state\":\"",
            state
        );
        text = string.concat(text, "\",\"readyAt\":", vm.toString(timelock.getTimestamp(operation.id)));
        text = string.concat(text, ",\"schedule\":\"", vm.toString(scheduling));
        return string.concat(text, "\",\"execute\":\"", vm.toString(executing), "\"}");
    }

    function _escape(string memory text) private pure returns (string memory) {
        return vm.replace(vm.replace(text, "\\", "\\\\"), "\"", "\\\"");
    }

    function _require(
        TimelockController timelock,
        bytes32 role,
        address governor,
        string memory what,
        string memory key
    ) private view {
        if (timelock.hasRole(role, governor)) return;
        revert(
            string.concat(
                vm.toString(governor), " is no ", what, " of the Timelock; use the key of an account of ", key
            )
        );
    }

    function _governor() private returns (address) {
        return vm.envExists("GOVERNOR_KEY") ? vm.rememberKey(vm.envUint("GOVERNOR_KEY")) : msg.sender;
    }
}
