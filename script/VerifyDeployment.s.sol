// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {Script} from "forge-std/Script.sol";
import {PriceFeed} from "../contracts/oracles/PriceFeed.sol";
import {QuorumVerifier} from "../contracts/oracles/QuorumVerifier.sol";
import {IReputationOracle} from "../contracts/oracles/IReputationOracle.sol";
import {IPoolManager} from "../contracts/pools/IPoolManager.sol";
import {IBadges} from "../contracts/skills/IBadges.sol";
import {ISkillDiscount} from "../contracts/skills/ISkillDiscount.sol";
import {ISkillWallet} from "../contracts/skills/ISkillWallet.sol";
import {AccessPlan, GuardedFunction, Member} from "./AccessPlan.sol";
import {DeploymentPlan, Planned} from "./DeploymentPlan.sol";
import {Create3Factory} from "./Create3Factory.sol";
import {FeedConfig, Network, NetworkFile} from "./NetworkFile.sol";
import {Roles} from "./Roles.sol";

/// @notice An account that was given a role at some time: a RoleGranted event of the AccessManager or the Timelock.
struct Grant {
    address target;
    bytes32 role;
    address account;
}

/// @title VerifyDeployment
/// @notice Compares the chain with the deployment record, the network file and this build. Sends nothing. Fails with every
/// difference: contract, field, expected and actual value, and the mend. That nobody else holds a role follows from the
/// RoleGranted events, which name every account that ever got one; the contracts are asked which of them still do.
contract VerifyDeployment is Script {
    string private constant REDEPLOY = "run Deploy on the commit of the record, or correct the record";
    string private constant FIXED = "the code has it for good: correct the network file, or deploy anew";
    string private constant RECONFIGURE = "run Configure, let the Timelock set it, or correct the network file";

    string private constant REVOKE = "let the Timelock revoke it, or correct the network file";
    string private constant INCOMPLETE =
        "the events do not reach back to the creation: use another endpoint, or the right record";

    string private _differences;

    /// @notice Verifies script/networks/<name>.json.
    /// @param record Content of the deployment record.
    /// @param grants From the creation of the contracts on, as script/grants.mjs reads them.
    function run(string calldata name, string calldata record, Grant[] calldata grants) external {
        verify(NetworkFile.read(name), record, grants);
    }

    /// @notice Verifies the network against the content of its deployment record, and who was granted a role.
    function verify(Network memory network, string memory record, Grant[] memory grants) public {
        delete _differences;
        address deployer = vm.parseJsonAddress(record, ".deployer");
        Planned[] memory plan = DeploymentPlan.make(network, deployer);
        _equal("record", "chainId", block.chainid, vm.parseJsonUint(record, ".chainId"), "use this chain's record");
        _equal("record", "network", network.name, vm.parseJsonString(record, ".network"), "use this network's record");
        for (uint256 i = 0; i < plan.length; ++i) {
            _verifyCode(plan[i], plan[DeploymentPlan.FACTORY].target, record);
        }
        // Calls to what is not there would only say so less clearly.
        _failOnDifferences(network);
        _verifyRoles(network, plan, deployer);
        _verifyTimelock(network, plan[DeploymentPlan.TIMELOCK].target, deployer);
        _verifyGrants(network, plan, deployer, grants);
        _verifySignerSet(network, plan);
        for (uint256 i = 0; i < network.feeds.length; ++i) {
            _verifyFeed(network.feeds[i], plan[DeploymentPlan.FIRST_FEED + i], plan);
        }
        _verifyPools(network, plan);
        _verifySkills(network, plan);
        _failOnDifferences(network);
    }

    /// @dev What runs, what made it, and that it was made with the record's arguments. Those that became part of the code must be
    /// the network file's; what can be changed afterwards is compared by its value, further below.
    function _verifyCode(Planned memory planned, address factory, string memory record) private {
        string memory key = string.concat(".contracts['", planned.name, "']");
        if (!vm.keyExistsJson(record, key)) {
            _differ(planned.name, "record", "an entry", "none", REDEPLOY);
            return;
        }
        address recorded = vm.parseJsonAddress(record, string.concat(key, ".address"));
        bytes memory args = vm.parseJsonBytes(record, string.concat(key, ".constructorArgs"));
        bytes32 codeHash = vm.parseJsonBytes32(record, string.concat(key, ".codeHash"));
        _equal(planned.name, "address", planned.target, recorded, REDEPLOY);
        _equal(planned.name, "codeHash", codeHash, planned.target.codehash, REDEPLOY);
        if (!planned.viaFactory) {
            // Creation code and arguments are in the address.
            _equal(planned.name, "constructorArgs", planned.constructorArgs, args, REDEPLOY);
        } else if (factory.code.length > 0) {
            bytes32 made = Create3Factory(factory).initCodeHashOf(planned.target);
            _equal(planned.name, "initCodeHash", keccak256(bytes.concat(planned.creationCode, args)), made, REDEPLOY);
        }
        bytes32 built = DeploymentPlan.expectedCodeHash(planned);
        if (built == codeHash) return;
        bytes memory wanted = planned.constructorArgs;
        planned.constructorArgs = args;
        if (keccak256(wanted) != keccak256(args) && DeploymentPlan.expectedCodeHash(planned) == codeHash) {
            _differ(planned.name, "constructorArgs", vm.toString(wanted), vm.toString(args), FIXED);
        } else {
            _equal(planned.name, "codeHash of this build", codeHash, built, "build the commit of the record");
        }
    }

    function _verifyRoles(Network memory network, Planned[] memory plan, address deployer) private {
        AccessManager access = AccessManager(plan[DeploymentPlan.ACCESS_MANAGER].target);
        _verifyMember(access, Roles.ADMIN, "ADMIN of the Timelock", plan[DeploymentPlan.TIMELOCK].target, true);
        (bool deployerIsAdmin,) = access.hasRole(Roles.ADMIN, deployer);
        _equal("AccessManager", "ADMIN of the deployer", network.deployerStays, deployerIsAdmin, RECONFIGURE);
        Member[] memory members = AccessPlan.members(network, plan);
        for (uint256 i = 0; i < members.length; ++i) {
            string memory label = AccessPlan.labelOf(members[i].role);
            string memory field = string.concat(label, " of ", members[i].who);
            _verifyMember(access, members[i].role, field, members[i].account, true);
            bool isNamed = AccessPlan.isMember(network, plan, members[i].role, deployer);
            if (network.deployerStays || isNamed) continue;
            field = string.concat(label, " of the deployer");
            _verifyMember(access, members[i].role, field, deployer, false);
        }
        uint64[] memory guardedRoles = AccessPlan.guardedRoles();
        for (uint256 i = 0; i < guardedRoles.length; ++i) {
            string memory field = string.concat("guardian of ", AccessPlan.labelOf(guardedRoles[i]));
            _equal("AccessManager", field, Roles.GUARDIAN, access.getRoleGuardian(guardedRoles[i]), RECONFIGURE);
        }
        for (uint64 role = Roles.GUARDIAN; role <= Roles.LAST; ++role) {
            // Whoever has a role's admin role can grant it.
            string memory field = string.concat("admin of ", AccessPlan.labelOf(role));
            _equal("AccessManager", field, Roles.ADMIN, access.getRoleAdmin(role), RECONFIGURE);
        }
        GuardedFunction[] memory functions = AccessPlan.functions(network, plan);
        for (uint256 i = 0; i < functions.length; ++i) {
            uint256 role = access.getTargetFunctionRole(functions[i].target, functions[i].selector);
            string memory field = string.concat("role of ", functions[i].name);
            _equal("AccessManager", field, functions[i].role, role, RECONFIGURE);
        }
        Planned[] memory managed = AccessPlan.managed(plan);
        for (uint256 i = 0; i < managed.length; ++i) {
            address authority = IAccessManaged(managed[i].target).authority();
            _equal(managed[i].name, "authority", address(access), authority, "redeploy the contract");
            bool closed = access.isTargetClosed(managed[i].target);
            _equal("AccessManager", string.concat(managed[i].name, " is closed"), false, closed, RECONFIGURE);
        }
    }

    function _verifyMember(AccessManager access, uint64 role, string memory field, address account, bool expected)
        private
    {
        (bool isMember, uint32 delay) = access.hasRole(role, account);
        _equal("AccessManager", field, expected, isMember, RECONFIGURE);
        _equal("AccessManager", string.concat("delay of ", field), 0, delay, RECONFIGURE);
    }

    function _verifyTimelock(Network memory network, address target, address deployer) private {
        TimelockController timelock = TimelockController(payable(target));
        string memory mend = "let the Timelock set it, or correct the network file";
        _equal("TimelockController", "minDelay", network.timelockDelay, timelock.getMinDelay(), mend);
        for (uint256 i = 0; i < network.proposers.length; ++i) {
            address proposer = network.proposers[i];
            bool isProposer = timelock.hasRole(timelock.PROPOSER_ROLE(), proposer);
            _equal("TimelockController", string.concat("proposer ", vm.toString(proposer)), true, isProposer, mend);
        }
        for (uint256 i = 0; i < network.executors.length; ++i) {
            address executor = network.executors[i];
            bool isExecutor = timelock.hasRole(timelock.EXECUTOR_ROLE(), executor);
            _equal("TimelockController", string.concat("executor ", vm.toString(executor)), true, isExecutor, mend);
        }
        bytes32 admin = timelock.DEFAULT_ADMIN_ROLE();
        _equal("TimelockController", "admin is itself", true, timelock.hasRole(admin, target), mend);
        _equal("TimelockController", "admin is the deployer", false, timelock.hasRole(admin, deployer), mend);
    }

    /// @dev Fails with every account that has a role and is not in the network file, also with one whose grant has yet to take
    /// effect. The grants of the two constructors are the first of all: a list without them is not whole.
    function _verifyGrants(Network memory network, Planned[] memory plan, address deployer, Grant[] memory grants)
        private
    {
        AccessManager access = AccessManager(plan[DeploymentPlan.ACCESS_MANAGER].target);
        TimelockController timelock = TimelockController(payable(plan[DeploymentPlan.TIMELOCK].target));
        bool accessFromCreation;
        bool timelockFromCreation;
        for (uint256 i = 0; i < grants.length; ++i) {
            Grant memory grant = grants[i];
            if (grant.target == address(access)) {
                uint64 role = uint64(uint256(grant.role));
                accessFromCreation = accessFromCreation || (role == Roles.ADMIN && grant.account == deployer);
                (uint48 since,,,) = access.getAccess(role, grant.account);
                if (since == 0 || _belongs(network, plan, role, grant.account, deployer)) continue;
                _stranger("AccessManager", vm.toString(role), grant.account);
            } else if (grant.target == address(timelock)) {
                timelockFromCreation = timelockFromCreation || (grant.role == 0 && grant.account == address(timelock));
                bool holds = timelock.hasRole(grant.role, grant.account);
                if (!holds || _belongsToTimelock(network, timelock, grant.role, grant.account)) continue;
                _stranger("TimelockController", vm.toString(grant.role), grant.account);
            }
        }
        _equal("AccessManager", "grant of its constructor", true, accessFromCreation, INCOMPLETE);
        _equal("TimelockController", "grant of its constructor", true, timelockFromCreation, INCOMPLETE);
    }

    function _belongs(Network memory network, Planned[] memory plan, uint64 role, address account, address deployer)
        private
        pure
        returns (bool)
    {
        if (AccessPlan.isMember(network, plan, role, account)) return true;
        // To configure, a deployer that stays grants itself what the Timelock has.
        if (role == Roles.GUARDIAN || role > Roles.LAST) return false;
        bool isTimelock = role == Roles.ADMIN && account == plan[DeploymentPlan.TIMELOCK].target;
        return isTimelock || (network.deployerStays && account == deployer);
    }

    function _belongsToTimelock(Network memory network, TimelockController timelock, bytes32 role, address account)
        private
        view
        returns (bool)
    {
        if (role == timelock.DEFAULT_ADMIN_ROLE()) return account == address(timelock);
        if (role == timelock.EXECUTOR_ROLE()) return _contains(network.executors, account);
        bool ofProposers = role == timelock.PROPOSER_ROLE() || role == timelock.CANCELLER_ROLE();
        return ofProposers && _contains(network.proposers, account);
    }

    function _contains(address[] memory accounts, address account) private pure returns (bool) {
        for (uint256 i = 0; i < accounts.length; ++i) {
            if (accounts[i] == account) return true;
        }
        return false;
    }

    function _stranger(string memory name, string memory role, address account) private {
        string memory field = string.concat("members of role ", role);
        _differ(name, field, "those of the network file", string.concat("also ", vm.toString(account)), REVOKE);
    }

    function _verifySignerSet(Network memory network, Planned[] memory plan) private {
        QuorumVerifier verifier = QuorumVerifier(plan[DeploymentPlan.QUORUM_VERIFIER].target);
        (uint32 setId, address[] memory signers, uint8 threshold, uint8 strictThreshold) = verifier.currentSet();
        if (setId == 0) {
            _differ("QuorumVerifier", "signer set", "one", "none", "run Configure");
            return;
        }
        _equal("QuorumVerifier", "signers", _list(network.signers), _list(signers), RECONFIGURE);
        _equal("QuorumVerifier", "threshold", network.threshold, threshold, RECONFIGURE);
        _equal("QuorumVerifier", "strictThreshold", network.strictThreshold, strictThreshold, RECONFIGURE);
    }

    function _verifyFeed(FeedConfig memory config, Planned memory planned, Planned[] memory plan) private {
        PriceFeed feed = PriceFeed(planned.target);
        string memory name = planned.name;
        address verifier = plan[DeploymentPlan.QUORUM_VERIFIER].target;
        _equal(name, "verifier", verifier, address(feed.verifier()), REDEPLOY);
        bytes32 feedId = DeploymentPlan.feedIdOf(config.pair);
        _equal(name, "feedId", feedId, feed.feedId(), REDEPLOY);
        _equal(name, "decimals", config.decimals, feed.decimals(), REDEPLOY);
        _equal(name, "description", config.description, feed.description(), REDEPLOY);
        PriceFeed.Parameters memory limits = feed.parameters();
        _equal(name, "maxDelay", config.parameters.maxDelay, limits.maxDelay, RECONFIGURE);
        _equal(name, "breakerBps", config.parameters.breakerBps, limits.breakerBps, RECONFIGURE);
        _equal(name, "confirmationTime", config.parameters.confirmationTime, limits.confirmationTime, RECONFIGURE);
    }

    function _verifyPools(Network memory network, Planned[] memory plan) private {
        IPoolManager pools = IPoolManager(plan[DeploymentPlan.POOL_MANAGER].target);
        address receiver = DeploymentPlan.revenueReceiverOf(network, plan);
        _equal("PoolManager", "revenueReceiver", receiver, pools.revenueReceiver(), REDEPLOY);
        _equal("PoolManager", "wrappedNative", network.wrappedNative, pools.wrappedNative(), REDEPLOY);
        uint256 fee = pools.initialProtocolFeeBps();
        _equal("PoolManager", "initialProtocolFeeBps", network.initialProtocolFeeBps, fee, RECONFIGURE);
        _equal("PoolManager", "flashFee", network.flashFee, pools.flashFee(), RECONFIGURE);
    }

    function _verifySkills(Network memory network, Planned[] memory plan) private {
        ISkillWallet wallet = ISkillWallet(plan[DeploymentPlan.SKILL_WALLET].target);
        address renderer = plan[DeploymentPlan.WALLET_RENDERER].target;
        _equal("SkillWallet", "renderer", renderer, address(wallet.renderer()), RECONFIGURE);
        IBadges badges = IBadges(plan[DeploymentPlan.BADGES].target);
        _equal("Badges", "registry", address(wallet), address(badges.registry()), REDEPLOY);
        _equal("Badges", "uri", network.badgeUri, badges.uri(0), RECONFIGURE);
        IReputationOracle reputation = IReputationOracle(plan[DeploymentPlan.REPUTATION_ORACLE].target);
        address verifier = plan[DeploymentPlan.QUORUM_VERIFIER].target;
        _equal("ReputationOracle", "verifier", verifier, address(reputation.verifier()), REDEPLOY);
        IReputationOracle.Parameters memory limits = reputation.parameters();
        _equal("ReputationOracle", "maxDelay", network.reputation.maxDelay, limits.maxDelay, RECONFIGURE);
        _equal("ReputationOracle", "minInterval", network.reputation.minInterval, limits.minInterval, RECONFIGURE);
        _equal("ReputationOracle", "vetoWindow", network.reputation.vetoWindow, limits.vetoWindow, RECONFIGURE);
        _equal("ReputationOracle", "maxMove", network.reputation.maxMove, limits.maxMove, RECONFIGURE);
        ISkillDiscount discount = ISkillDiscount(plan[DeploymentPlan.SKILL_DISCOUNT].target);
        _equal("SkillDiscount", "badges", address(badges), address(discount.badges()), REDEPLOY);
        _equal("SkillDiscount", "reputation", address(reputation), address(discount.reputation()), REDEPLOY);
        ISkillDiscount.Terms memory terms = discount.terms();
        _equal("SkillDiscount", "badgeKind", network.discount.badgeKind, terms.badgeKind, RECONFIGURE);
        _equal("SkillDiscount", "badgeBps", network.discount.badgeBps, terms.badgeBps, RECONFIGURE);
        _equal("SkillDiscount", "maxBadgeBps", network.discount.maxBadgeBps, terms.maxBadgeBps, RECONFIGURE);
        uint256 most = terms.maxReputationBps;
        _equal("SkillDiscount", "maxReputationBps", network.discount.maxReputationBps, most, RECONFIGURE);
        _equal("SkillDiscount", "maxAge", network.discount.maxAge, terms.maxAge, RECONFIGURE);
    }

    function _list(address[] memory accounts) private pure returns (string memory text) {
        for (uint256 i = 0; i < accounts.length; ++i) {
            text = string.concat(text, i == 0 ? "" : ",", vm.toString(accounts[i]));
        }
    }

    function _equal(string memory name, string memory field, uint256 expected, uint256 actual, string memory mend)
        private
    {
        _equal(name, field, vm.toString(expected), vm.toString(actual), mend);
    }

    function _equal(string memory name, string memory field, bool expected, bool actual, string memory mend) private {
        _equal(name, field, vm.toString(expected), vm.toString(actual), mend);
    }

    function _equal(string memory name, string memory field, address expected, address actual, string memory mend)
        private
    {
        _equal(name, field, vm.toString(expected), vm.toString(actual), mend);
    }

    function _equal(string memory name, string memory field, bytes32 expected, bytes32 actual, string memory mend)
        private
    {
        _equal(name, field, vm.toString(expected), vm.toString(actual), mend);
    }

    function _equal(
        string memory name,
        string memory field,
        bytes memory expected,
        bytes memory actual,
        string memory mend
    ) private {
        _equal(name, field, vm.toString(expected), vm.toString(actual), mend);
    }

    function _equal(
        string memory name,
        string memory field,
        string memory expected,
        string memory actual,
        string memory mend
    ) private {
        if (keccak256(bytes(expected)) != keccak256(bytes(actual))) {
            _differ(name, field, expected, actual, mend);
        }
    }

    function _differ(
        string memory name,
        string memory field,
        string memory expected,
        string memory actual,
        string memory mend
    ) private {
        _differences = string.concat(
            _differences, "\n  ", name, ", ", field, ": expected ", expected, ", actual ", actual, "; ", mend
        );
    }

    function _failOnDifferences(Network memory network) private view {
        if (bytes(_differences).length == 0) return;
        revert(
            string.concat(
                "network ",
                network.name,
                " (chain id ",
                vm.toString(block.chainid),
                ") is not as recorded:",
                _differences
            )
        );
    }
}
