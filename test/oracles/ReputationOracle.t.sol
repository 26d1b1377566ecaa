// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IReportWindow} from "../../contracts/access/IReportWindow.sol";
import {IQuorumVerifier} from "../../contracts/oracles/IQuorumVerifier.sol";
import {IReputationOracle} from "../../contracts/oracles/IReputationOracle.sol";
import {ReputationFixture} from "./ReputationFixture.sol";
import {artifact} from "../../script/Artifact.sol";

/// @notice REP-1 to REP-5 on single cases; ReputationOracle.tree is the specification.
contract ReputationOracleTest is ReputationFixture {
    uint256 private constant WALLET = 7;

    function setUp() external {
        deployOracle();
    }

    function _assertScore(uint256 score, uint256 updatedAt, uint256 epoch) private view {
        IReputationOracle.Reputation memory r = oracle.reputationOf(WALLET);
        assertEq(r.score, score, "score");
        assertEq(r.updatedAt, updatedAt, "updatedAt");
        assertEq(r.epoch, epoch, "epoch");
    }

    function _assertPending(uint256 score, uint256 until) private view {
        IReputationOracle.Reputation memory r = oracle.reputationOf(WALLET);
        assertEq(r.pending, until != 0, "pending");
        assertEq(r.pendingScore, score, "pending score");
        assertEq(r.pendingUntil, until, "pending until");
    }

    /// @dev 1,000 at START + 10 and + 3,610; 3,000 waits from START + 7,210.
    function _hold() private {
        reportAt(START + 10, WALLET, 500);
        reportAt(START + 3_610, WALLET, 1_000);
        reportAt(START + 7_210, WALLET, 3_000);
    }

    // report

    function test_Report_RevertWhen_TheBatchIsEmpty() external {
        expectReportRevert(new uint256[](0), START, abi.encodeWithSelector(IReputationOracle.BatchEmpty.selector));
    }

    function test_Report_RevertWhen_TheObservationIsOutsideTheWindow() external {
        expectReportRevert(
            update(WALLET, 1),
            START + 16,
            abi.encodeWithSelector(IReportWindow.ReportFromFuture.selector, START + 16, START)
        );
        expectReportRevert(
            update(WALLET, 1),
            START - 121,
            abi.encodeWithSelector(IReportWindow.ReportTooOld.selector, START - 121, START, MAX_DELAY)
        );
        report(update(WALLET, 1), START - 120);
        report(update(WALLET + 1, 1), START + 15);
    }

    function test_Report_RevertWhen_TheEpochDoesNotRiseByTheInterval() external {
        reportAt(START, WALLET, 100);
        vm.warp(START + INTERVAL);
        expectReportRevert(
            update(WALLET, 200),
            START + INTERVAL - 1,
            abi.encodeWithSelector(IReputationOracle.EpochNotRising.selector, WALLET, START + INTERVAL - 1, START)
        );
        report(update(WALLET, 200), START + INTERVAL);
        // Another wallet has its own epochs.
        report(update(WALLET + 1, 200), START + INTERVAL - 1);
    }

    function test_Report_RevertWhen_AWalletIsNamedTwice() external {
        uint256[] memory updates = new uint256[](2);
        (updates[0], updates[1]) = (WALLET << 16 | 100, WALLET << 16 | 200);
        expectReportRevert(
            updates, START, abi.encodeWithSelector(IReputationOracle.EpochNotRising.selector, WALLET, START, START)
        );
    }

    function test_Report_RevertWhen_AScoreIsOutOfRange() external {
        expectReportRevert(
            update(WALLET, 10_001),
            START,
            abi.encodeWithSelector(IReputationOracle.ScoreOutOfRange.selector, WALLET, 10_001)
        );
        reportAt(START, WALLET, 10_000);
        _assertPending(10_000, START + WINDOW);
    }

    function test_Report_RevertWhen_TheQuorumDidNotSign() external {
        uint256[] memory updates = update(WALLET, 100);
        bytes memory signatures = sign(slice(keys, 1, 3), digestOf(updates, START, 1));
        vm.expectRevert(abi.encodeWithSelector(IQuorumVerifier.QuorumNotReached.selector, 2, 3));
        oracle.report(updates, START, 1, signatures);
        signatures = sign(makeKeys(3, "strangers"), digestOf(updates, START, 1));
        vm.expectRevert(abi.encodeWithSelector(IQuorumVerifier.SignatureInvalid.selector, 0));
        oracle.report(updates, START, 1, signatures);
    }

    function test_Report_RevertWhen_TheSignaturesAreForSomethingElse() external {
        uint256[] memory updates = update(WALLET, 100);
        bytes memory signatures = sign(quorum, digestOf(updates, START, 1));
        assertEq(oracle.reportDigest(updates, START, 1), digestOf(updates, START, 1), "digest");
        vm.expectRevert();
        oracle.report(update(WALLET, 101), START, 1, signatures);
        vm.expectRevert();
        oracle.report(update(WALLET + 1, 100), START, 1, signatures);
        vm.expectRevert();
        oracle.report(updates, START + 1, 1, signatures);
        // Another oracle, another chain.
        IReputationOracle other =
            IReputationOracle(deployCode(artifact("ReputationOracle"), abi.encode(access, verifier, defaults())));
        vm.expectRevert();
        other.report(updates, START, 1, signatures);
        uint256 state = vm.snapshotState();
        vm.chainId(999);
        vm.expectRevert();
        oracle.report(updates, START, 1, signatures);
        vm.revertToState(state);
        oracle.report(updates, START, 1, signatures);
        vm.expectRevert(abi.encodeWithSelector(IReputationOracle.EpochNotRising.selector, WALLET, START, START));
        oracle.report(updates, START, 1, signatures);
    }

    function test_Report_RevertWhen_TheSignersWereReplaced() external {
        uint256[] memory updates = update(WALLET, 100);
        bytes memory signatures = sign(quorum, digestOf(updates, START, 1));
        verifier.rotate(addressesOf(makeKeys(3, "next")), 2, 3);
        vm.expectRevert(abi.encodeWithSelector(IQuorumVerifier.SignerSetNotCurrent.selector, 1, 2));
        oracle.report(updates, START, 1, signatures);
    }

    function test_Report_WhenTheMoveIsAtMostTheLargest() external {
        uint256[] memory updates = update(WALLET, 500);
        bytes memory signatures = sign(quorum, digestOf(updates, START, 1));
        vm.expectEmit(address(oracle));
        emit IReputationOracle.ScoresReported(START, updates);
        oracle.report(updates, START, 1, signatures);
        _assertScore(500, START, START);
        _assertPending(0, 0);
        reportAt(START + INTERVAL, WALLET, 0);
        _assertScore(0, START + INTERVAL, START + INTERVAL);
        assertEq(oracle.read(WALLET, 0), 0, "a score of zero is one");
    }

    function test_Report_WhenTheMoveIsLarger() external {
        uint256[] memory updates = update(WALLET, 501);
        bytes memory signatures = sign(quorum, digestOf(updates, START, 1));
        vm.expectEmit(address(oracle));
        emit IReputationOracle.ScoreHeld(WALLET, 501, START);
        oracle.report(updates, START, 1, signatures);
        _assertScore(0, 0, START);
        _assertPending(501, START + WINDOW);
        vm.warp(START + WINDOW - 1);
        _assertPending(501, START + WINDOW);
        vm.warp(START + WINDOW);
        _assertPending(0, 0);
        _assertScore(501, START, START);
        assertEq(oracle.read(WALLET, WINDOW), 501, "counts by itself");
    }

    function test_Report_GivenAWaitingMoveAndAReportThatAgrees() external {
        _hold();
        reportAt(START + 20_000, WALLET, 3_500);
        _assertPending(3_000, START + 7_210 + WINDOW);
        _assertScore(1_000, START + 3_610, START + 20_000);
        vm.warp(START + 7_210 + WINDOW);
        // Borne out by the last report that agreed.
        _assertScore(3_000, START + 20_000, START + 20_000);
    }

    function test_Report_GivenAWaitingMoveAndAReportFarFromBoth() external {
        _hold();
        reportAt(START + 20_000, WALLET, 3_501);
        _assertPending(3_501, START + 20_000 + WINDOW);
        vm.warp(START + 20_000 + WINDOW - 1);
        _assertScore(1_000, START + 3_610, START + 20_000);
    }

    function test_Report_GivenAWaitingMoveAndAReportNearTheScore() external {
        _hold();
        reportAt(START + 20_000, WALLET, 1_400);
        _assertPending(0, 0);
        _assertScore(1_400, START + 20_000, START + 20_000);
        vm.warp(START + 30 days);
        _assertScore(1_400, START + 20_000, START + 20_000);
    }

    function test_Report_GivenAWaitingMoveWhoseTimeIsOver() external {
        _hold();
        uint256 time = START + 7_210 + WINDOW;
        reportAt(time, WALLET, 3_500);
        _assertScore(3_500, time, time);
    }

    function test_Report_WhenTwentyAreReported() external {
        uint256[] memory updates = new uint256[](20);
        for (uint256 i = 0; i < 20; ++i) {
            updates[i] = (100 + i) << 16 | (i * 50);
        }
        report(updates, START);
        for (uint256 i = 0; i < 20; ++i) {
            IReputationOracle.Reputation memory r = oracle.reputationOf(100 + i);
            assertEq(r.pending, i > 10, "only the larger ones wait");
            assertEq(r.score, i > 10 ? 0 : i * 50, "the others count");
        }
    }

    // veto

    function test_Veto_RevertWhen_TheCallerHasNoRight() external {
        _hold();
        address stranger = makeAddr("stranger");
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, stranger));
        oracle.veto(wallets(WALLET));
    }

    function test_Veto_GivenNothingWaiting() external {
        vm.expectEmit(address(oracle));
        emit IReputationOracle.VetoSkipped(WALLET);
        oracle.veto(wallets(WALLET));
        _hold();
        vm.warp(START + 7_210 + WINDOW);
        vm.expectEmit(address(oracle));
        emit IReputationOracle.VetoSkipped(WALLET);
        oracle.veto(wallets(WALLET));
        assertEq(oracle.reputationOf(WALLET).score, 3_000, "REP-4: it has come to count");
    }

    /// @dev One that settled a second ago, one that never waited, and one named twice hold up none.
    function test_Veto_GivenAListWithSomeWaiting() external {
        _hold();
        vm.warp(START + 7_210 + WINDOW - 1);
        uint256[] memory list = new uint256[](4);
        (list[0], list[1], list[2], list[3]) = (WALLET + 1, WALLET, WALLET, WALLET + 2);
        vm.expectEmit(address(oracle));
        emit IReputationOracle.VetoSkipped(WALLET + 1);
        vm.expectEmit(address(oracle));
        emit IReputationOracle.ScoreVetoed(WALLET, 3_000);
        vm.expectEmit(address(oracle));
        emit IReputationOracle.VetoSkipped(WALLET);
        vm.expectEmit(address(oracle));
        emit IReputationOracle.VetoSkipped(WALLET + 2);
        oracle.veto(list);
        _assertPending(0, 0);
    }

    function test_Veto_GivenAWaitingMove() external {
        _hold();
        vm.warp(START + 7_210 + WINDOW - 1);
        vm.expectEmit(address(oracle));
        emit IReputationOracle.ScoreVetoed(WALLET, 3_000);
        oracle.veto(wallets(WALLET));
        vm.warp(START + 30 days);
        _assertPending(0, 0);
        _assertScore(1_000, START + 3_610, START + 7_210);
        // Signers who insist begin anew.
        reportAt(START + 31 days, WALLET, 3_000);
        _assertPending(3_000, START + 31 days + WINDOW);
    }

    // read

    function test_Read_RevertGiven_NoReport() external {
        vm.expectRevert(abi.encodeWithSelector(IReputationOracle.ScoreStale.selector, WALLET, 0, type(uint256).max));
        oracle.read(WALLET, type(uint256).max);
    }

    function test_Read_RevertGiven_AnOldReport() external {
        reportAt(START, WALLET, 400);
        vm.warp(START + 100);
        assertEq(oracle.read(WALLET, 100), 400, "not older than that");
        vm.expectRevert(abi.encodeWithSelector(IReputationOracle.ScoreStale.selector, WALLET, START, 99));
        oracle.read(WALLET, 99);
    }

    function test_Read_RevertGiven_AWaitingMove() external {
        _hold();
        assertEq(oracle.read(WALLET, 3_600), 1_000, "as it was");
        vm.expectRevert(abi.encodeWithSelector(IReputationOracle.ScoreStale.selector, WALLET, START + 3_610, 3_599));
        oracle.read(WALLET, 3_599);
    }

    function test_Read_GivenAReportAheadOfTheBlock() external {
        report(update(WALLET, 400), START + 15);
        _assertScore(400, START, START + 15);
        assertEq(oracle.read(WALLET, 0), 400, "of now");
        report(update(WALLET + 1, 4_000), START + 15);
        assertEq(oracle.reputationOf(WALLET + 1).pendingUntil, START + 15 + WINDOW, "waits from the later of both");
    }

    // setParameters

    function test_SetParameters_RevertWhen_TheCallerHasNoRight() external {
        address stranger = makeAddr("stranger");
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, stranger));
        oracle.setParameters(defaults());
    }

    function test_SetParameters_RevertWhen_ALimitIsOutOfRange() external {
        for (uint256 i = 0; i < 5; ++i) {
            IReputationOracle.Parameters memory p = defaults();
            if (i == 0) p.maxDelay = 0;
            if (i == 1) p.minInterval = 0;
            if (i == 2) p.vetoWindow = 0;
            if (i == 3) p.maxMove = 0;
            if (i == 4) p.maxMove = 10_001;
            vm.expectRevert(abi.encodeWithSelector(IReputationOracle.ParameterOutOfRange.selector, p));
            oracle.setParameters(p);
        }
    }

    function test_SetParameters_WhenTheLimitsAreInRange() external {
        IReputationOracle.Parameters memory p = IReputationOracle.Parameters(10, 1, 1, 10_000);
        vm.expectEmit(address(oracle));
        emit IReputationOracle.ParametersSet(p);
        oracle.setParameters(p);
        assertEq(abi.encode(oracle.parameters()), abi.encode(p), "parameters");
        reportAt(START, WALLET, 10_000);
        _assertScore(10_000, START, START);
        reportAt(START + 1, WALLET, 0);
        _assertScore(0, START + 1, START + 1);
    }

    function _setWindow(uint32 window) private {
        IReputationOracle.Parameters memory p = defaults();
        p.vetoWindow = window;
        oracle.setParameters(p);
    }

    function test_SetParameters_GivenAWaitingMoveAndALongerWindow() external {
        _hold();
        _setWindow(type(uint32).max);
        _assertPending(3_000, START + 7_210 + WINDOW);
        reportAt(START + 7_210 + INTERVAL, WALLET, 3_100);
        _assertPending(3_000, START + 7_210 + WINDOW);
        vm.warp(START + 7_210 + WINDOW);
        _assertScore(3_000, START + 7_210 + INTERVAL, START + 7_210 + INTERVAL);
        assertEq(oracle.read(WALLET, WINDOW), 3_000, "REP-4: by the window in which it was reported");
    }

    function test_SetParameters_GivenAWaitingMoveAndAShorterWindow() external {
        _hold();
        _setWindow(1);
        vm.warp(START + 7_210 + WINDOW - 1);
        _assertPending(3_000, START + 7_210 + WINDOW);
        oracle.veto(wallets(WALLET));
        _assertPending(0, 0);
        _assertScore(1_000, START + 3_610, START + 7_210);
        reportAt(START + 7_210 + WINDOW, WALLET, 4_000);
        _assertPending(4_000, START + 7_210 + WINDOW + 1);
    }

    /// @dev REP-3: what came to count counts, read or not, and can no longer be vetoed.
    function test_SetParameters_GivenAMoveThatCountsAndALongerWindow() external {
        _hold();
        vm.warp(START + 7_210 + WINDOW);
        _setWindow(7 days);
        _assertPending(0, 0);
        _assertScore(3_000, START + 7_210, START + 7_210);
        assertEq(oracle.read(WALLET, WINDOW), 3_000, "REP-4: it counts by itself");
        vm.expectEmit(address(oracle));
        emit IReputationOracle.VetoSkipped(WALLET);
        oracle.veto(wallets(WALLET));
        _assertScore(3_000, START + 7_210, START + 7_210);
    }
}
