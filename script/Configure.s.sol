// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {Script} from "forge-std/Script.sol";
import {IPriceFeed} from "../contracts/oracles/IPriceFeed.sol";
import {IQuorumVerifier} from "../contracts/oracles/IQuorumVerifier.sol";
import {DeploymentPlan, Planned} from "./DeploymentPlan.sol";
import {Network, NetworkFile} from "./NetworkFile.sol";
import {Roles} from "./Roles.sol";

/// @title Configure
/// @notice Makes the settings of a deployed network equal to its file: the first signer set, the limits of the feeds, the
/// roles; hands the AccessManager over to the Timelock last. Sends only what differs, so that a rerun sends nothing. After
/// the hand-over the deployer can change nothing more, and a difference is an error that says what the Timelock must do.
contract Configure is Script {
    /// @notice Configures script/networks/<name>.json with the key in DEPLOYER_KEY.
    function run(string calldata name) external {
        configure(NetworkFile.read(name), vm.rememberKey(vm.envUint("DEPLOYER_KEY")));
    }

    /// @notice Configures the network as `deployer`.
    function configure(Network memory network, address deployer) public {
        Planned[] memory plan = DeploymentPlan.make(network, deployer);
        for (uint256 i = 0; i < plan.length; ++i) {
            if (plan[i].target.code.length == 0) {
                revert(string.concat(plan[i].name, ": nothing at ", vm.toString(plan[i].target), "; run Deploy first"));
            }
        }
        AccessManager access = AccessManager(plan[DeploymentPlan.ACCESS_MANAGER].target);
        _configureSignerSet(network, access, IQuorumVerifier(plan[DeploymentPlan.QUORUM_VERIFIER].target), deployer);
        for (uint256 i = 0; i < network.feeds.length; ++i) {
            _configureFeed(network.feeds[i].parameters, access, plan[DeploymentPlan.FIRST_FEED + i], deployer);
        }
        _configureRoles(network, access, plan, deployer);
        _handOver(network, access, plan[DeploymentPlan.TIMELOCK].target, deployer);
    }

    function _configureSignerSet(
        Network memory network,
        AccessManager access,
        IQuorumVerifier verifier,
        address deployer
    ) private {
        (uint32 setId, address[] memory signers, uint8 threshold, uint8 strictThreshold) = verifier.currentSet();
        bool equal = setId != 0 && threshold == network.threshold && strictThreshold == network.strictThreshold
            && keccak256(abi.encode(signers)) == keccak256(abi.encode(network.signers));
        if (equal) return;
        _permit(access, address(verifier), verifier.rotate.selector, "QuorumVerifier.rotate", deployer);
        vm.broadcast(deployer);
        verifier.rotate(network.signers, network.threshold, network.strictThreshold);
    }

    function _configureFeed(
        IPriceFeed.Parameters memory parameters,
        AccessManager access,
        Planned memory planned,
        address deployer
    ) private {
        IPriceFeed feed = IPriceFeed(planned.target);
        if (keccak256(abi.encode(feed.parameters())) == keccak256(abi.encode(parameters))) return;
        string memory call = string.concat(planned.name, ".setParameters");
        _permit(access, planned.target, feed.setParameters.selector, call, deployer);
        vm.broadcast(deployer);
        feed.setParameters(parameters);
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

    function _configureRoles(Network memory network, AccessManager access, Planned[] memory plan, address deployer)
        private
    {
        address timelock = plan[DeploymentPlan.TIMELOCK].target;
        _grant(access, Roles.GUARDIAN, "GUARDIAN", network.guardian, deployer);
        _grant(access, Roles.ORACLE_MANAGER, "ORACLE_MANAGER", timelock, deployer);
        if (access.getRoleGuardian(Roles.ORACLE_MANAGER) != Roles.GUARDIAN) {
            _requireAdmin(access, deployer, "AccessManager.setRoleGuardian");
            vm.broadcast(deployer);
            access.setRoleGuardian(Roles.ORACLE_MANAGER, Roles.GUARDIAN);
        }
        address verifier = plan[DeploymentPlan.QUORUM_VERIFIER].target;
        _assign(access, verifier, IQuorumVerifier.rotate.selector, Roles.ORACLE_MANAGER, deployer);
        for (uint256 i = DeploymentPlan.FIRST_FEED; i < plan.length; ++i) {
            _assign(access, plan[i].target, IPriceFeed.setParameters.selector, Roles.ORACLE_MANAGER, deployer);
        }
    }

    function _grant(AccessManager access, uint64 role, string memory label, address account, address deployer) private {
        (bool isMember, uint32 delay) = access.hasRole(role, account);
        if (isMember && delay == 0) return;
        _requireAdmin(access, deployer, string.concat("AccessManager.grantRole ", label));
        if (role != Roles.ADMIN) {
            vm.broadcast(deployer);
            access.labelRole(role, label);
        }
        vm.broadcast(deployer);
        access.grantRole(role, account, 0);
    }

    function _assign(AccessManager access, address target, bytes4 selector, uint64 role, address deployer) private {
        if (access.getTargetFunctionRole(target, selector) == role) return;
        _requireAdmin(access, deployer, "AccessManager.setTargetFunctionRole");
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = selector;
        vm.broadcast(deployer);
        access.setTargetFunctionRole(target, selectors, role);
    }

    /// @dev The Timelock becomes an admin before the deployer ceases to be one: a run that stops between the two resumes.
    function _handOver(Network memory network, AccessManager access, address timelock, address deployer) private {
        _grant(access, Roles.ADMIN, "ADMIN", timelock, deployer);
        if (network.deployerStays) return;
        _renounce(access, Roles.ORACLE_MANAGER, deployer);
        _renounce(access, Roles.ADMIN, deployer);
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
                " is no longer admin of the AccessManager; let the Timelock schedule the call, or correct the network file"
            )
        );
    }
}
