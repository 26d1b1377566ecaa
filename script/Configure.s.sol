// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {Script} from "forge-std/Script.sol";
import {IPriceFeed} from "../contracts/oracles/IPriceFeed.sol";
import {IQuorumVerifier} from "../contracts/oracles/IQuorumVerifier.sol";
import {IReputationOracle} from "../contracts/oracles/IReputationOracle.sol";
import {IPoolManager} from "../contracts/pools/IPoolManager.sol";
import {IBadges} from "../contracts/skills/IBadges.sol";
import {ISkillDiscount} from "../contracts/skills/ISkillDiscount.sol";
import {ISkillWallet} from "../contracts/skills/ISkillWallet.sol";
import {IWalletRenderer} from "../contracts/skills/IWalletRenderer.sol";
import {AccessPlan, GuardedFunction, Member} from "./AccessPlan.sol";
import {DeploymentPlan, Planned} from "./DeploymentPlan.sol";
import {Network, NetworkFile} from "./NetworkFile.sol";
import {Roles} from "./Roles.sol";

/// @title Configure
/// @notice Makes the settings of a deployed network equal to its file: the first signer set, the limits of the feeds and of
/// reputation, the fees of new pools and flash loans, discounts, metadata, the roles; hands the AccessManager over to the Timelock last. Sends only what differs, so that a rerun sends nothing. After
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
        _configurePools(network, access, IPoolManager(plan[DeploymentPlan.POOL_MANAGER].target), deployer);
        _configureSkills(network, access, plan, deployer);
        _configureRoles(network, access, plan, deployer);
        _handOver(network, access, plan, deployer);
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

    function _configurePools(Network memory network, AccessManager access, IPoolManager pools, address deployer)
        private
    {
        if (pools.initialProtocolFeeBps() != network.initialProtocolFeeBps) {
            bytes4 selector = pools.setInitialProtocolFee.selector;
            _permit(access, address(pools), selector, "PoolManager.setInitialProtocolFee", deployer);
            vm.broadcast(deployer);
            pools.setInitialProtocolFee(network.initialProtocolFeeBps);
        }
        if (pools.flashFee() != network.flashFee) {
            _permit(access, address(pools), pools.setFlashFee.selector, "PoolManager.setFlashFee", deployer);
            vm.broadcast(deployer);
            pools.setFlashFee(network.flashFee);
        }
    }

    function _configureSkills(Network memory network, AccessManager access, Planned[] memory plan, address deployer)
        private
    {
        IReputationOracle reputation = IReputationOracle(plan[DeploymentPlan.REPUTATION_ORACLE].target);
        if (keccak256(abi.encode(reputation.parameters())) != keccak256(abi.encode(network.reputation))) {
            bytes4 selector = reputation.setParameters.selector;
            _permit(access, address(reputation), selector, "ReputationOracle.setParameters", deployer);
            vm.broadcast(deployer);
            reputation.setParameters(network.reputation);
        }
        ISkillDiscount discount = ISkillDiscount(plan[DeploymentPlan.SKILL_DISCOUNT].target);
        if (keccak256(abi.encode(discount.terms())) != keccak256(abi.encode(network.discount))) {
            _permit(access, address(discount), discount.setTerms.selector, "SkillDiscount.setTerms", deployer);
            vm.broadcast(deployer);
            discount.setTerms(network.discount);
        }
        IBadges badges = IBadges(plan[DeploymentPlan.BADGES].target);
        if (keccak256(bytes(badges.uri(0))) != keccak256(bytes(network.badgeUri))) {
            _permit(access, address(badges), badges.setURI.selector, "Badges.setURI", deployer);
            vm.broadcast(deployer);
            badges.setURI(network.badgeUri);
        }
        ISkillWallet wallet = ISkillWallet(plan[DeploymentPlan.SKILL_WALLET].target);
        IWalletRenderer renderer = IWalletRenderer(plan[DeploymentPlan.WALLET_RENDERER].target);
        if (wallet.renderer() != renderer) {
            _permit(access, address(wallet), wallet.setRenderer.selector, "SkillWallet.setRenderer", deployer);
            vm.broadcast(deployer);
            wallet.setRenderer(renderer);
        }
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
        Member[] memory members = AccessPlan.members(network, plan);
        for (uint256 i = 0; i < members.length; ++i) {
            // Members of one role stand together: the first of them names it.
            bool isFirst = i == 0 || members[i - 1].role != members[i].role;
            _grant(access, members[i].role, members[i].account, isFirst, deployer);
        }
        uint64[] memory roles = AccessPlan.guardedRoles();
        for (uint256 i = 0; i < roles.length; ++i) {
            if (access.getRoleGuardian(roles[i]) == Roles.GUARDIAN) continue;
            _requireAdmin(access, deployer, "AccessManager.setRoleGuardian");
            vm.broadcast(deployer);
            access.setRoleGuardian(roles[i], Roles.GUARDIAN);
        }
        GuardedFunction[] memory functions = AccessPlan.functions(network, plan);
        for (uint256 i = 0; i < functions.length; ++i) {
            _assign(access, functions[i], deployer);
        }
    }

    function _grant(AccessManager access, uint64 role, address account, bool isNamed, address deployer) private {
        (bool isMember, uint32 delay) = access.hasRole(role, account);
        if (isMember && delay == 0) return;
        string memory label = AccessPlan.labelOf(role);
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

    /// @dev The Timelock becomes an admin before the deployer ceases to be one: a run that stops between the two resumes.
    function _handOver(Network memory network, AccessManager access, Planned[] memory plan, address deployer) private {
        // ADMIN has its name from the AccessManager, and keeps it.
        _grant(access, Roles.ADMIN, plan[DeploymentPlan.TIMELOCK].target, false, deployer);
        if (network.deployerStays) return;
        for (uint64 role = Roles.ORACLE_MANAGER; role <= Roles.LAST; ++role) {
            if (!AccessPlan.isMember(network, plan, role, deployer)) _renounce(access, role, deployer);
        }
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
