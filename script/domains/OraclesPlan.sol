// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Vm} from "forge-std/Vm.sol";
import {IPriceFeed} from "../../contracts/oracles/IPriceFeed.sol";
import {IQuorumVerifier} from "../../contracts/oracles/IQuorumVerifier.sol";
import {IReputationOracle} from "../../contracts/oracles/IReputationOracle.sol";
import {FeedConfig} from "../NetworkFile.sol";
import {Plan, PlanLists, Setting} from "../Plan.sol";
import {Roles} from "../Roles.sol";

/// @title OraclesPlan
/// @notice The signer sets, one feed a pair, and the scores.
library OraclesPlan {
    using PlanLists for Plan;
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    function contracts(Plan memory plan) internal view {
        address authority = plan.targetOf("AccessManager");
        plan.create2("QuorumVerifier", abi.encode(authority));
        address verifier = plan.targetOf("QuorumVerifier");
        for (uint256 i = 0; i < plan.network.feeds.length; ++i) {
            FeedConfig memory feed = plan.network.feeds[i];
            plan.create3(
                nameOf(feed),
                "PriceFeed",
                abi.encode(authority, verifier, feedIdOf(feed.pair), feed.decimals, feed.description, feed.parameters)
            );
        }
        plan.create3("ReputationOracle", "ReputationOracle", abi.encode(authority, verifier, plan.network.reputation));
    }

    function access(Plan memory plan) internal pure {
        plan.member(Roles.ORACLE_MANAGER, plan.targetOf("TimelockController"), "the Timelock");
        plan.guardRole(Roles.ORACLE_MANAGER);
        plan.manage("QuorumVerifier");
        plan.guard("QuorumVerifier", "rotate", IQuorumVerifier.rotate.selector, Roles.ORACLE_MANAGER);
        for (uint256 i = 0; i < plan.network.feeds.length; ++i) {
            string memory name = nameOf(plan.network.feeds[i]);
            plan.manage(name);
            plan.guard(name, "setParameters", IPriceFeed.setParameters.selector, Roles.ORACLE_MANAGER);
        }
        plan.manage("ReputationOracle");
        plan.guard("ReputationOracle", "veto", IReputationOracle.veto.selector, Roles.GUARDIAN);
        plan.guard("ReputationOracle", "setParameters", IReputationOracle.setParameters.selector, Roles.ORACLE_MANAGER);
        plan.govern("ReputationOracle", "ScoreVetoed", IReputationOracle.ScoreVetoed.selector, Roles.GUARDIAN, 0);
    }

    function settings(Plan memory plan) internal view {
        _signerSet(plan);
        for (uint256 i = 0; i < plan.network.feeds.length; ++i) {
            _feed(plan, plan.network.feeds[i]);
        }
        _reputation(plan);
    }

    function _signerSet(Plan memory plan) private view {
        address target = plan.targetOf("QuorumVerifier");
        (, address[] memory signers, uint8 threshold, uint8 strictThreshold) = IQuorumVerifier(target).currentSet();
        bytes memory call = abi.encodeCall(
            IQuorumVerifier.rotate, (plan.network.signers, plan.network.threshold, plan.network.strictThreshold)
        );
        Setting memory setting = Setting("QuorumVerifier", "", "", "", target, call, "QuorumVerifier.rotate");
        _compare(plan, setting, "signers", _list(plan.network.signers), signers.length == 0 ? "none" : _list(signers));
        _compare(plan, setting, "threshold", plan.network.threshold, threshold);
        _compare(plan, setting, "strictThreshold", plan.network.strictThreshold, strictThreshold);
    }

    function _feed(Plan memory plan, FeedConfig memory config) private view {
        string memory name = nameOf(config);
        IPriceFeed feed = IPriceFeed(plan.targetOf(name));
        plan.compare(Setting(name, "description", config.description, feed.description(), address(0), "", ""));
        IPriceFeed.Parameters memory live = feed.parameters();
        IPriceFeed.Parameters memory wanted = config.parameters;
        bytes memory call = abi.encodeCall(IPriceFeed.setParameters, (wanted));
        Setting memory setting = Setting(name, "", "", "", address(feed), call, string.concat(name, ".setParameters"));
        _compare(plan, setting, "maxDelay", wanted.maxDelay, live.maxDelay);
        _compare(plan, setting, "breakerBps", wanted.breakerBps, live.breakerBps);
        _compare(plan, setting, "confirmationTime", wanted.confirmationTime, live.confirmationTime);
    }

    function _reputation(Plan memory plan) private view {
        address target = plan.targetOf("ReputationOracle");
        IReputationOracle.Parameters memory live = IReputationOracle(target).parameters();
        IReputationOracle.Parameters memory wanted = plan.network.reputation;
        bytes memory call = abi.encodeCall(IReputationOracle.setParameters, (wanted));
        Setting memory setting = Setting("ReputationOracle", "", "", "", target, call, "ReputationOracle.setParameters");
        _compare(plan, setting, "maxDelay", wanted.maxDelay, live.maxDelay);
        _compare(plan, setting, "minInterval", wanted.minInterval, live.minInterval);
        _compare(plan, setting, "vetoWindow", wanted.vetoWindow, live.vetoWindow);
        _compare(plan, setting, "maxMove", wanted.maxMove, live.maxMove);
    }

    function _compare(Plan memory plan, Setting memory group, string memory field, uint256 expected, uint256 actual)
        private
        pure
    {
        _compare(plan, group, field, vm.toString(expected), vm.toString(actual));
    }

    function _compare(
        Plan memory plan,
        Setting memory group,
        string memory field,
        string memory expected,
        string memory actual
    ) private pure {
        plan.compare(Setting(group.name, field, expected, actual, group.target, group.call, group.callName));
    }

    function _list(address[] memory accounts) private pure returns (string memory text) {
        for (uint256 i = 0; i < accounts.length; ++i) {
            text = string.concat(text, i == 0 ? "" : ",", vm.toString(accounts[i]));
        }
    }

    /// @notice The name of a feed's contract.
    function nameOf(FeedConfig memory feed) internal pure returns (string memory) {
        return string.concat("PriceFeed:", feed.pair);
    }

    /// @notice The pair's name in ASCII, right-padded.
    function feedIdOf(string memory pair) internal pure returns (bytes32) {
        return bytes32(bytes(pair));
    }
}
