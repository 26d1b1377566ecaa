// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {Script} from "forge-std/Script.sol";
import {DeploymentPlan} from "./DeploymentPlan.sol";
import {Network, NetworkFile} from "./NetworkFile.sol";
import {GuardedFunction, Plan, PlanLists, Planned, Setting} from "./Plan.sol";
import {Roles} from "./Roles.sol";

/// @title Configure
/// @notice Makes the settings of a deployed network equal to its file: the first signer set, the limits of the feeds
/// and of reputation, the fees of new pools and flash loans, discounts, metadata, the roles; hands the AccessManager
/// over to the Timelock last. Sends only what differs, so that a rerun sends nothing. After the hand-over the deployer
/// can change nothing more, and a difference is an error that says what the Timelock must do.
contract Configure is Script {
    using PlanLists for Plan;
    using PlanLists for Setting;

    /// @notice Configures script/networks/<name>.json with the key in DEPLOYER_KEY, or the wallet that forge is given.
    function run(string calldata name) external {
        configure(NetworkFile.read(name), _signer());
    }

    /// @notice Configures the network as `deployer`.
    function configure(Network memory network, address deployer) public {
        Plan memory plan = DeploymentPlan.whole(network, deployer);
        for (uint256 i = 0; i < plan.contracts.length; ++i) {
            Planned memory planned = plan.contracts[i];
            if (planned.target.code.length == 0) {
                revert(string.concat(planned.name, ": nothing at ", vm.toString(planned.target), "; run Deploy first"));
            }
        }
        AccessManager access = AccessManager(plan.targetOf("AccessManager"));
        DeploymentPlan.readSettings(plan);
        for (uint256 i = 0; i < plan.settings.length; ++i) {
            if (plan.settings[i].differs()) _set(plan, access, i);
        }
        _configureRoles(plan, access);
        _handOver(plan, access);
    }

    /// @dev Sends what sets it, unless an earlier difference of the same call did.
    function _set(Plan memory plan, AccessManager access, uint256 index) private {
        Setting memory setting = plan.settings[index];
        if (setting.target == address(0)) return;
        for (uint256 i = 0; i < index; ++i) {
            Setting memory earlier = plan.settings[i];
            bool isSame = earlier.target == setting.target && keccak256(earlier.call) == keccak256(setting.call);
            if (isSame && earlier.differs()) return;
        }
        _permit(access, setting.target, bytes4(setting.call), setting.callName, plan.deployer);
        vm.broadcast(plan.deployer);
        (bool success, bytes memory reason) = setting.target.call(setting.call);
        if (success) return;
        string memory fact = string.concat(setting.callName, " refuses ", setting.field, " = ", setting.expected);
        revert(string.concat(fact, " of the network file (", vm.toString(bytes4(reason)), "); correct the file"));
    }

    /// @dev Makes sure that the deployer may call the function at once, which it can only while it is an admin.
    function _permit(AccessManager access, address target, bytes4 selector, string memory call, address deployer)
        private
    {
        (bool immediate,) = access.canCall(deployer, target, selector);
        if (immediate) return;
        _requireAdmin(access, deployer, call);
        uint64 role = access.getTargetFunctionRole(target, selector);
        vm.broadcast(deployer);
        access.grantRole(role, deployer, 0);
    }

    function _configureRoles(Plan memory plan, AccessManager access) private {
        for (uint256 i = 0; i < plan.members.length; ++i) {
            uint64 role = plan.members[i].role;
            // The first member of a role names it.
            bool isFirst = true;
            for (uint256 j = 0; j < i; ++j) {
                if (plan.members[j].role == role) isFirst = false;
            }
            _grant(access, role, plan.members[i].account, isFirst, plan.deployer);
        }
        for (uint256 i = 0; i < plan.guardedRoles.length; ++i) {
            if (access.getRoleGuardian(plan.guardedRoles[i]) == Roles.GUARDIAN) continue;
            _requireAdmin(access, plan.deployer, "AccessManager.setRoleGuardian");
            vm.broadcast(plan.deployer);
            access.setRoleGuardian(plan.guardedRoles[i], Roles.GUARDIAN);
        }
        for (uint256 i = 0; i < plan.functions.length; ++i) {
            _assign(access, plan.functions[i], plan.deployer);
        }
    }

    function _grant(AccessManager access, uint64 role, address account, bool isNamed, address deployer) private {
        (bool isMember, uint32 delay) = access.hasRole(role, account);
        if (isMember && delay == 0) return;
        string memory label = Roles.nameOf(role);
        _requireAdmin(access, deployer, string.concat("AccessManager.grantRole ", label));
        if (isNamed) {
            vm.broadcast(deployer);
            access.labelRole(role, label);
        }
        vm.broadcast(deployer);
        access.grantRole(role, account, 0);
    }

    function _assign(AccessManager access, GuardedFunction memory guarded, address deployer) private {
        if (access.getTargetFunctionRole(guarded.target, guarded.selector) == guarded.role) return;
        _requireAdmin(access, deployer, string.concat("AccessManager.setTargetFunctionRole of ", guarded.name));
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = guarded.selector;
        vm.broadcast(deployer);
        access.setTargetFunctionRole(guarded.target, selectors, guarded.role);
    }

    /// @dev The Timelock becomes an admin before the deployer ceases to be one: a run that stops between the two
    /// resumes.
    function _handOver(Plan memory plan, AccessManager access) private {
        // ADMIN has its name from the AccessManager, and keeps it.
        _grant(access, Roles.ADMIN, plan.targetOf("TimelockController"), false, plan.deployer);
        if (plan.network.deployerStays) return;
        for (uint64 role = Roles.ORACLE_MANAGER; role <= Roles.LAST; ++role) {
            if (!plan.isMember(role, plan.deployer)) _renounce(access, role, plan.deployer);
        }
        _renounce(access, Roles.ADMIN, plan.deployer);
    }

    function _renounce(AccessManager access, uint64 role, address deployer) private {
        (bool isMember,) = access.hasRole(role, deployer);
        if (!isMember) return;
        vm.broadcast(deployer);
        access.renounceRole(role, deployer);
    }

    function _requireAdmin(AccessManager access, address deployer, string memory call) private view {
        (bool isAdmin,) = access.hasRole(Roles.ADMIN, deployer);
        if (isAdmin) return;
        revert(
            string.concat(
                "the network file asks for ",
                call,
                ", but ",
                vm.toString(deployer),
                " is no longer admin of the AccessManager; let the Timelock schedule the call (make govern), or correct the network file"
            )
        );
    }

    /// @dev The key of the environment, or the account that forge was told to sign with.
    function _signer() private returns (address) {
        return vm.envExists("DEPLOYER_KEY") ? vm.rememberKey(vm.envUint("DEPLOYER_KEY")) : msg.sender;
    }
}
