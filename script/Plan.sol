// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Vm} from "forge-std/Vm.sol";
import {CREATE3} from "solady/utils/CREATE3.sol";
import {artifact} from "./Artifact.sol";
import {Network} from "./NetworkFile.sol";

/// @notice One contract that the deployment puts on a chain.
struct Planned {
    string name;
    /// Created through the {Create3Factory}; otherwise by CREATE2.
    bool viaFactory;
    bytes32 salt;
    address target;
    bytes creationCode;
    bytes constructorArgs;
}

/// @notice A contract that obeys the AccessManager, and the artifacts whose functions it answers.
struct Managed {
    string name;
    address target;
    string[] artifacts;
}

/// @notice A function that the AccessManager guards, and the role that may call it.
struct GuardedFunction {
    string name;
    address target;
    bytes4 selector;
    uint64 role;
}

/// @notice An account and the role that it has, without delay.
struct Member {
    uint64 role;
    address account;
    /// Who it is, e.g. "the Timelock".
    string who;
}

/// @notice An event of something that only a role can do: verification asks who did it.
struct GovernedEvent {
    string name;
    string what;
    address emitter;
    bytes32 topic;
    uint64 role;
    /// A view (account, id) => bool that says whether the right still holds; zero where what was done is done.
    bytes4 stillHolds;
    /// The one function that emits it, where the plan may leave that to everybody; zero elsewhere.
    bytes4 call;
}

/// @notice A value that a role can change, as the network file has it and as the chain has it.
struct Setting {
    string name;
    string field;
    string expected;
    string actual;
    /// Sets all that belongs together to the network file's values; without a target it is fixed for good.
    address target;
    bytes call;
    string callName;
}

/// @notice What a network consists of. Every domain pushes its own onto these lists.
struct Plan {
    Network network;
    address deployer;
    Planned[] contracts;
    Managed[] managed;
    GuardedFunction[] functions;
    Member[] members;
    uint64[] guardedRoles;
    GovernedEvent[] events;
    Setting[] settings;
}

/// @title PlanLists
/// @notice How domains grow a plan, and how all look things up in it: by name.
library PlanLists {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    /// @notice The deterministic deployment proxy: takes salt and creation code, at this address on nearly every chain.
    address internal constant PROXY = 0x4e59b44847b379578588920cA78FbF26c0B4956C;
    /// @notice Part of every salt. A new release of a contract is a new deployment and gets new addresses.
    string internal constant RELEASE = "1";

    /// @notice Plans a contract whose arguments are equal on every chain, by CREATE2 through the proxy.
    function create2(Plan memory plan, string memory name, bytes memory args) internal view {
        bytes memory code = vm.getCode(artifact(name));
        bytes32 salt = saltOf(name);
        address target = vm.computeCreate2Address(salt, keccak256(bytes.concat(code, args)), PROXY);
        _push(plan, Planned(name, false, salt, target, code, args));
    }

    /// @notice Plans a contract with arguments of the network, by CREATE3 through our factory.
    function create3(Plan memory plan, string memory name, string memory contractName, bytes memory args)
        internal
        view
    {
        bytes32 salt = saltOf(name);
        bytes32 mixed = keccak256(abi.encode(plan.deployer, salt));
        address target = CREATE3.predictDeterministicAddress(mixed, targetOf(plan, "Create3Factory"));
        _push(plan, Planned(name, true, salt, target, vm.getCode(artifact(contractName)), args));
    }

    function _push(Plan memory plan, Planned memory planned) private pure {
        Planned[] memory before = plan.contracts;
        plan.contracts = new Planned[](before.length + 1);
        for (uint256 i = 0; i < before.length; ++i) {
            plan.contracts[i] = before[i];
        }
        plan.contracts[before.length] = planned;
    }

    /// @notice The planned contract of that name.
    function find(Planned[] memory contracts, string memory name) internal pure returns (Planned memory) {
        for (uint256 i = 0; i < contracts.length; ++i) {
            if (keccak256(bytes(contracts[i].name)) == keccak256(bytes(name))) return contracts[i];
        }
        revert(string.concat("no contract ", name, " in the plan"));
    }

    /// @notice Where the planned contract of that name is or will be.
    function targetOf(Plan memory plan, string memory name) internal pure returns (address) {
        return find(plan.contracts, name).target;
    }

    /// @notice Says that the contract obeys the AccessManager.
    function manage(Plan memory plan, string memory name, string[] memory artifacts) internal pure {
        Managed[] memory before = plan.managed;
        plan.managed = new Managed[](before.length + 1);
        for (uint256 i = 0; i < before.length; ++i) {
            plan.managed[i] = before[i];
        }
        plan.managed[before.length] = Managed(name, targetOf(plan, name), artifacts);
    }

    /// @notice The same, where all its functions are in its own artifact.
    function manage(Plan memory plan, string memory name) internal pure {
        string[] memory artifacts = new string[](1);
        artifacts[0] = vm.split(name, ":")[0];
        manage(plan, name, artifacts);
    }

    /// @notice Gives a `restricted` function of a contract to a role. Those left to ADMIN are named as well.
    function guard(Plan memory plan, string memory name, string memory call, bytes4 selector, uint64 role)
        internal
        pure
    {
        GuardedFunction[] memory before = plan.functions;
        plan.functions = new GuardedFunction[](before.length + 1);
        for (uint256 i = 0; i < before.length; ++i) {
            plan.functions[i] = before[i];
        }
        string memory full = string.concat(name, ".", call);
        plan.functions[before.length] = GuardedFunction(full, targetOf(plan, name), selector, role);
    }

    /// @notice Gives an account a role.
    function member(Plan memory plan, uint64 role, address account, string memory who) internal pure {
        Member[] memory before = plan.members;
        plan.members = new Member[](before.length + 1);
        for (uint256 i = 0; i < before.length; ++i) {
            plan.members[i] = before[i];
        }
        plan.members[before.length] = Member(role, account, who);
    }

    /// @notice Lets the guardian cancel delayed operations of a role.
    function guardRole(Plan memory plan, uint64 role) internal pure {
        uint64[] memory before = plan.guardedRoles;
        plan.guardedRoles = new uint64[](before.length + 1);
        for (uint256 i = 0; i < before.length; ++i) {
            plan.guardedRoles[i] = before[i];
        }
        plan.guardedRoles[before.length] = role;
    }

    /// @notice Names an event of something that only a role can do.
    function govern(
        Plan memory plan,
        string memory name,
        string memory what,
        bytes32 topic,
        uint64 role,
        bytes4 stillHolds
    ) internal pure {
        governOpenable(plan, name, what, topic, role, stillHolds, 0);
    }

    /// @notice The same of something that the plan may leave to everybody: `call` is the one function that emits it.
    function governOpenable(
        Plan memory plan,
        string memory name,
        string memory what,
        bytes32 topic,
        uint64 role,
        bytes4 stillHolds,
        bytes4 call
    ) internal pure {
        GovernedEvent[] memory before = plan.events;
        plan.events = new GovernedEvent[](before.length + 1);
        for (uint256 i = 0; i < before.length; ++i) {
            plan.events[i] = before[i];
        }
        plan.events[before.length] = GovernedEvent(name, what, targetOf(plan, name), topic, role, stillHolds, call);
    }

    /// @notice Compares a value that `call` on the contract sets; without a call it is fixed for good.
    function compare(Plan memory plan, Setting memory setting) internal pure {
        Setting[] memory before = plan.settings;
        plan.settings = new Setting[](before.length + 1);
        for (uint256 i = 0; i < before.length; ++i) {
            plan.settings[i] = before[i];
        }
        plan.settings[before.length] = setting;
    }

    function differs(Setting memory setting) internal pure returns (bool) {
        return keccak256(bytes(setting.expected)) != keccak256(bytes(setting.actual));
    }

    /// @notice Whether the network's file gives that account the role.
    function isMember(Plan memory plan, uint64 role, address account) internal pure returns (bool) {
        for (uint256 i = 0; i < plan.members.length; ++i) {
            if (plan.members[i].role == role && plan.members[i].account == account) return true;
        }
        return false;
    }

    /// @notice Whether the guardian cancels delayed operations of the role.
    function isGuarded(Plan memory plan, uint64 role) internal pure returns (bool) {
        for (uint256 i = 0; i < plan.guardedRoles.length; ++i) {
            if (plan.guardedRoles[i] == role) return true;
        }
        return false;
    }

    /// @notice The role of a function by the plan, and whether the plan names it.
    function roleOf(Plan memory plan, address target, bytes4 selector)
        internal
        pure
        returns (uint64 role, bool isNamed)
    {
        for (uint256 i = 0; i < plan.functions.length; ++i) {
            if (plan.functions[i].target == target && plan.functions[i].selector == selector) {
                return (plan.functions[i].role, true);
            }
        }
        return (0, false);
    }

    function saltOf(string memory name) internal pure returns (bytes32) {
        return keccak256(abi.encode("Fluxion", RELEASE, name));
    }
}
