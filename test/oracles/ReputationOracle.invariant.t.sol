// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IReputationOracle} from "../../contracts/oracles/IReputationOracle.sol";
import {ReputationFixture} from "./ReputationFixture.sol";
import {ReputationOracleHandler} from "./ReputationOracle.handler.sol";

/// @notice The numbered promises of docs/invariants.md after any sequence of actions.
contract ReputationOracleInvariantTest is ReputationFixture {
    ReputationOracleHandler private _handler;

    function setUp() external {
        deployOracle();
        _handler = new ReputationOracleHandler(oracle, verifier);
        access.grantRole(access.ADMIN_ROLE(), address(_handler), 0);
        bytes4[] memory actions = new bytes4[](8);
        actions[0] = ReputationOracleHandler.passTime.selector;
        // Reports make the history: three shares of the actions.
        actions[1] = ReputationOracleHandler.reportBatch.selector;
        actions[2] = ReputationOracleHandler.reportBatch.selector;
        actions[3] = ReputationOracleHandler.reportBatch.selector;
        actions[4] = ReputationOracleHandler.replay.selector;
        actions[5] = ReputationOracleHandler.reportByTooFew.selector;
        actions[6] = ReputationOracleHandler.veto.selector;
        actions[7] = ReputationOracleHandler.setWindow.selector;
        targetContract(address(_handler));
        targetSelector(FuzzSelector(address(_handler), actions));
    }

    /// @dev REP-1 to REP-5 in one campaign, so that each sequence is run once.
    /// forge-config: default.invariant.runs = 12
    function invariant_REP_PromisesHoldAfterEveryAction() external view {
        for (uint256 wallet = 0; wallet < _handler.WALLETS(); ++wallet) {
            (uint256 score, uint256 updatedAt, bool pending, uint256 pendingScore, uint256 until) =
                _handler.expected(wallet);
            IReputationOracle.Reputation memory r = oracle.reputationOf(wallet);
            assertEq(r.score, score, "REP-3: the score of the whole history");
            assertEq(r.updatedAt, updatedAt, "REP-5: and its time");
            assertLe(r.updatedAt, vm.getBlockTimestamp(), "REP-5: never ahead of the block");
            assertEq(r.pending, pending, "REP-4: pending");
            assertEq(r.pendingScore, pending ? pendingScore : 0, "REP-4: pending score");
            assertEq(r.pendingUntil, pending ? until : 0, "REP-4: pending until");
            (bool served,) =
                address(oracle).staticcall(abi.encodeCall(IReputationOracle.read, (wallet, uint256(1 days))));
            bool fresh = updatedAt != 0 && vm.getBlockTimestamp() - updatedAt <= 1 days;
            assertEq(served, fresh, "REP-5: served exactly while fresh");
        }
    }

    function afterInvariant() external view {
        bytes32[6] memory names = [bytes32("passTime"), "report", "replay", "too few", "veto", "set window"];
        uint256 total;
        for (uint256 i = 0; i < names.length; ++i) {
            total += _handler.calls(names[i]);
        }
        // Not for the short sequences that forge makes while it shrinks a failure.
        // What forge draws differs with every source: now and then a run goes without one or another.
        uint256 missing;
        for (uint256 i = 0; i < names.length && total > 50; ++i) {
            if (_handler.calls(names[i]) == 0) ++missing;
        }
        assertLe(missing * 3, names.length, "most actions never happened");
    }
}
