// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {Script} from "forge-std/Script.sol";
import {PriceFeed} from "../contracts/oracles/PriceFeed.sol";
import {QuorumVerifier} from "../contracts/oracles/QuorumVerifier.sol";
import {DeploymentPlan, Planned} from "./DeploymentPlan.sol";
import {FeedConfig, Network, NetworkFile} from "./NetworkFile.sol";
import {Roles} from "./Roles.sol";

/// @title VerifyDeployment
/// @notice Compares the chain with the deployment record, the network file and this build. Sends nothing. Fails with every
/// difference: contract, field, expected and actual value, and the mend.
contract VerifyDeployment is Script {
    string private constant REDEPLOY = "run Deploy on the commit of the record, or correct the record";
    string private constant RECONFIGURE = "run Configure, let the Timelock set it, or correct the network file";

    string private _differences;

    /// @notice Verifies script/networks/<name>.json.
    /// @param record Content of the deployment record.
    function run(string calldata name, string calldata record) external {
        verify(NetworkFile.read(name), record);
    }

    /// @notice Verifies the network against the content of its deployment record.
    function verify(Network memory network, string memory record) public {
        delete _differences;
        address deployer = vm.parseJsonAddress(record, ".deployer");
        Planned[] memory plan = DeploymentPlan.make(network, deployer);
        _equal("record", "chainId", block.chainid, vm.parseJsonUint(record, ".chainId"), "use this chain's record");
        _equal("record", "network", network.name, vm.parseJsonString(record, ".network"), "use this network's record");
        for (uint256 i = 0; i < plan.length; ++i) {
            _verifyCode(plan[i], record);
        }
        // Calls to what is not there would only say so less clearly.
        _failOnDifferences(network);
        _verifyRoles(network, plan, deployer);
        _verifyTimelock(network, plan[DeploymentPlan.TIMELOCK].target, deployer);
        _verifySignerSet(network, plan);
        for (uint256 i = 0; i < network.feeds.length; ++i) {
            _verifyFeed(network.feeds[i], plan[DeploymentPlan.FIRST_FEED + i], plan);
        }
        _failOnDifferences(network);
    }

    function _verifyCode(Planned memory planned, string memory record) private {
        string memory key = string.concat(".contracts['", planned.name, "']");
        if (!vm.keyExistsJson(record, key)) {
            _differ(planned.name, "record", "an entry", "none", REDEPLOY);
            return;
        }
        address recorded = vm.parseJsonAddress(record, string.concat(key, ".address"));
        bytes memory args = vm.parseJsonBytes(record, string.concat(key, ".constructorArgs"));
        bytes32 codeHash = vm.parseJsonBytes32(record, string.concat(key, ".codeHash"));
        _equal(planned.name, "address", planned.target, recorded, REDEPLOY);
        _equal(planned.name, "constructorArgs", planned.constructorArgs, args, REDEPLOY);
        bytes32 built = DeploymentPlan.expectedCodeHash(planned);
        _equal(planned.name, "codeHash of this build", codeHash, built, "build the commit of the record");
        _equal(planned.name, "codeHash", codeHash, planned.target.codehash, REDEPLOY);
    }

    function _verifyRoles(Network memory network, Planned[] memory plan, address deployer) private {
        AccessManager access = AccessManager(plan[DeploymentPlan.ACCESS_MANAGER].target);
        address timelock = plan[DeploymentPlan.TIMELOCK].target;
        _verifyMember(access, Roles.ADMIN, "ADMIN of the Timelock", timelock, true);
        _verifyMember(access, Roles.ORACLE_MANAGER, "ORACLE_MANAGER of the Timelock", timelock, true);
        _verifyMember(access, Roles.GUARDIAN, "GUARDIAN of the guardian", network.guardian, true);
        (bool deployerIsAdmin,) = access.hasRole(Roles.ADMIN, deployer);
        _equal("AccessManager", "ADMIN of the deployer", network.deployerStays, deployerIsAdmin, RECONFIGURE);
        if (!network.deployerStays) {
            _verifyMember(access, Roles.ORACLE_MANAGER, "ORACLE_MANAGER of the deployer", deployer, false);
        }
        uint256 guardian = access.getRoleGuardian(Roles.ORACLE_MANAGER);
        _equal("AccessManager", "guardian of ORACLE_MANAGER", Roles.GUARDIAN, guardian, RECONFIGURE);
        for (uint256 i = DeploymentPlan.QUORUM_VERIFIER; i < plan.length; ++i) {
            bool isVerifier = i == DeploymentPlan.QUORUM_VERIFIER;
            bytes4 selector = isVerifier ? QuorumVerifier.rotate.selector : PriceFeed.setParameters.selector;
            string memory field = isVerifier
                ? "role of QuorumVerifier.rotate"
                : string.concat("role of ", plan[i].name, ".setParameters");
            uint256 role = access.getTargetFunctionRole(plan[i].target, selector);
            _equal("AccessManager", field, Roles.ORACLE_MANAGER, role, RECONFIGURE);
            _equal(
                plan[i].name,
                "authority",
                address(access),
                PriceFeed(plan[i].target).authority(),
                "redeploy the contract"
            );
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
