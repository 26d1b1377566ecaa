// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPriceFeed} from "../../contracts/oracles/IPriceFeed.sol";
import {PriceFeed} from "../../contracts/oracles/PriceFeed.sol";
import {OracleFixture} from "./OracleFixture.sol";
import {PriceFeedHandler} from "./PriceFeed.handler.sol";
import {PriceFeedFromEvents} from "./PriceFeedFromEvents.sol";
import {PriceFeedModel} from "./PriceFeedModel.sol";

/// @notice The numbered promises of docs/invariants.md after any sequence of actions.
contract PriceFeedInvariantTest is OracleFixture {
    PriceFeed private _feed;
    PriceFeedHandler private _handler;
    PriceFeedModel private _model;
    PriceFeedFromEvents private _events;

    function setUp() external {
        deployVerifier();
        vm.recordLogs();
        _feed = deployFeed(limits(120, 500, 600));
        _handler = new PriceFeedHandler(_feed, verifier);
        _model = _handler.model();
        _events = _handler.events();
        _events.read(vm.getRecordedLogs(), block.timestamp);
        access.grantRole(access.ADMIN_ROLE(), address(_handler), 0);
        _handler.start();

        bytes4[] memory actions = new bytes4[](11);
        actions[0] = PriceFeedHandler.passTime.selector;
        actions[1] = PriceFeedHandler.report.selector;
        // Reports make the history: two shares of the actions.
        actions[2] = PriceFeedHandler.report.selector;
        actions[3] = PriceFeedHandler.replay.selector;
        actions[4] = PriceFeedHandler.reportOutsideTheWindow.selector;
        actions[5] = PriceFeedHandler.reportSignedForOther.selector;
        actions[6] = PriceFeedHandler.reportWithBadSignatures.selector;
        actions[7] = PriceFeedHandler.rotate.selector;
        actions[8] = PriceFeedHandler.setParameters.selector;
        actions[9] = PriceFeedHandler.reportSeries.selector;
        actions[10] = PriceFeedHandler.crowd.selector;
        targetContract(address(_handler));
        targetSelector(FuzzSelector(address(_handler), actions));
    }

    /// @dev ORACLE-1 to ORACLE-13 and ORACLE-16 in one campaign, so that each sequence is run once: the actions assert
    /// what they expect, this asserts the state after each, and {afterInvariant} the history and that the feed goes on.
    /// forge-config: default.invariant.runs = 48
    function invariant_ORACLE_PromisesHoldAfterEveryAction() external view {
        _epochIsThatOfTheLastReport();
        _aDisputedFeedServesNoPrice();
        _latestRoundIsTheModels();
        _theCurrentSetIsTheOnlyOne();
        _eventsSayWhatTheFeedDoes();
    }

    /// @dev The epoch is the last accepted one: it rises with every report, in a dispute as well.
    function _epochIsThatOfTheLastReport() private view {
        (uint256 lastObservedAt,,,, uint256 lastAcceptedAt) = _feed.status();
        assertEq(lastObservedAt, _model.lastObservedAt(), "ORACLE-2: epoch");
        assertEq(lastAcceptedAt, _model.lastAcceptedAt(), "ORACLE-11: acceptance");
    }

    function _aDisputedFeedServesNoPrice() private view {
        (, bool disputed, uint256 since, int256 price,) = _feed.status();
        assertEq(disputed, _model.disputed(), "ORACLE-4: disputed");
        assertEq(since, _model.disputedSince(), "ORACLE-4: since");
        assertEq(price, _model.disputedPrice(), "ORACLE-4: price");
        (bool served,) = address(_feed).staticcall(abi.encodeCall(_feed.latestRoundData, ()));
        assertEq(served, !disputed && _model.roundCount() != 0, "ORACLE-4: served exactly when undisputed");
    }

    function _latestRoundIsTheModels() private view {
        uint256 count = _model.roundCount();
        if (_model.disputed() || count == 0) return;
        (uint80 id, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound) =
            _feed.latestRoundData();
        (int256 price, uint256 time) = _model.rounds(count - 1);
        assertEq(id, count, "ORACLE-5: rounds rise by one");
        assertEq(answeredInRound, count, "ORACLE-5: answered in its round");
        assertEq(answer, price, "ORACLE-6: price");
        assertEq(updatedAt, time, "ORACLE-6: time");
        assertEq(startedAt, time, "ORACLE-6: start");
        assertLe(updatedAt, block.timestamp, "ORACLE-13: never ahead of the block");
    }

    function _theCurrentSetIsTheOnlyOne() private view {
        uint32 id = verifier.currentSetId();
        assertGt(vm.computeCreateAddress(address(verifier), id).code.length, 0, "ORACLE-12: the current set exists");
        assertEq(vm.computeCreateAddress(address(verifier), id + 1).code.length, 0, "ORACLE-12: the next does not");
    }

    /// @dev Nothing that the feed's views return needs a call to it. The rounds before the latest follow in
    /// {afterInvariant}.
    function _eventsSayWhatTheFeedDoes() private view {
        (uint256 lastObservedAt, bool disputed, uint256 since, int256 price, uint256 lastAcceptedAt) = _feed.status();
        assertEq(_events.lastObservedAt(), lastObservedAt, "ORACLE-16: epoch");
        assertEq(_events.lastAcceptedAt(), lastAcceptedAt, "ORACLE-16: acceptance");
        assertEq(_events.disputed(), disputed, "ORACLE-16: disputed");
        assertEq(_events.disputedSince(), since, "ORACLE-16: since");
        assertEq(_events.disputedPrice(), price, "ORACLE-16: price");
        assertEq(_events.roundCount(), _model.roundCount(), "ORACLE-16: rounds");
        assertEq(abi.encode(_events.parameters()), abi.encode(_feed.parameters()), "ORACLE-16: parameters");
    }

    /// @dev The whole ring, at the end of each run, and that the feed goes on from there in every way.
    function afterInvariant() external {
        uint256 count = _model.roundCount();
        uint256 oldest = count > 128 ? count - 127 : 1;
        for (uint256 id = oldest; id <= count; ++id) {
            (uint80 roundId, int256 answer,, uint256 updatedAt, uint80 answeredInRound) = _feed.getRoundData(uint80(id));
            (int256 price, uint256 time) = _model.rounds(id - 1);
            assertEq(roundId, id, "ORACLE-5: id");
            assertEq(answeredInRound, id, "ORACLE-5: answered in its round");
            assertEq(answer, price, "ORACLE-6: price in the ring");
            assertEq(updatedAt, time, "ORACLE-6: time in the ring");
            (price, time) = _events.rounds(id - 1);
            assertEq(answer, price, "ORACLE-16: price in the event");
            assertEq(updatedAt, time, "ORACLE-16: time from event and block");
        }
        if (oldest > 1) {
            vm.expectRevert(abi.encodeWithSelector(IPriceFeed.RoundNotAvailable.selector, oldest - 1, count));
            _feed.getRoundData(uint80(oldest - 1));
        }

        bytes32[13] memory names = [
            bytes32("passTime"),
            "report, disputed",
            "report, undisputed",
            "series",
            "crowd",
            "not later",
            "replay",
            "too early",
            "too late",
            "signed for other",
            "bad signatures",
            "rotate",
            "setParameters"
        ];
        uint256 total;
        for (uint256 i = 0; i < names.length; ++i) {
            total += _handler.calls(names[i]);
        }
        // Not for the short sequences that forge makes while it shrinks a failure.
        // What forge draws differs with every source: now and then a run goes without one or another.
        uint256 missing;
        for (uint256 i = 0; i < names.length && total > 100; ++i) {
            if (_handler.calls(names[i]) == 0) ++missing;
        }
        assertLe(missing * 3, names.length, "most actions never happened");

        uint256 snapshot = vm.snapshotState();
        _handler.endDisputeByStrictQuorum();
        assertFalse(_model.disputed(), "the model agrees");
        _feed.latestRoundData();
        vm.revertToState(snapshot);
        _handler.endDisputeByAgreement();
        assertFalse(_model.disputed(), "the model agrees");
        (, int256 agreed,,,) = _feed.latestRoundData();
        assertEq(agreed, _model.lastPrice(), "ORACLE-10: the price that was agreed upon");
    }
}
