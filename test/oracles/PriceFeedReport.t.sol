// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AggregatorInterface} from "@chainlink/contracts/src/v0.8/shared/interfaces/AggregatorInterface.sol";
import {stdError} from "forge-std/StdError.sol";
import {IReportWindow} from "../../contracts/access/IReportWindow.sol";
import {IPriceFeed} from "../../contracts/oracles/IPriceFeed.sol";
import {IQuorumVerifier} from "../../contracts/oracles/IQuorumVerifier.sol";
import {PriceFeed} from "../../contracts/oracles/PriceFeed.sol";
import {PriceFeedFixture} from "./PriceFeedFixture.sol";
import {artifact} from "../../script/Artifact.sol";

/// @notice ORACLE-1 to ORACLE-4, ORACLE-7, ORACLE-10, ORACLE-11 and ORACLE-13 on single cases; PriceFeedReport.tree is
/// the specification.
contract PriceFeedReportTest is PriceFeedFixture {
    function setUp() external {
        deployAll();
    }

    function test_RevertWhen_TheEpochDoesNotRise() external {
        reportAt(START, ordinary, PRICE);
        vm.warp(START + 1);
        bytes memory reason = abi.encodeWithSelector(IPriceFeed.EpochNotRising.selector, START, START);
        expectReportRevert(ordinary, PRICE, START, reason);
        expectReportRevert(strict, PRICE + 1, START, reason);
        expectReportRevert(
            strict, PRICE, START - 1, abi.encodeWithSelector(IPriceFeed.EpochNotRising.selector, START - 1, START)
        );
        report(ordinary, PRICE, START + 1);
        // Reports that entered a dispute count as well.
        reportAt(START + 2, ordinary, 2 * PRICE);
        expectReportRevert(
            strict, PRICE, START + 2, abi.encodeWithSelector(IPriceFeed.EpochNotRising.selector, START + 2, START + 2)
        );
    }

    function test_RevertWhen_TheObservationIsTooFarInTheFuture() external {
        uint256[3] memory times = [START + 16, uint256(type(uint40).max) + 1, type(uint256).max];
        for (uint256 i = 0; i < 3; ++i) {
            expectReportRevert(
                strict,
                PRICE,
                times[i],
                abi.encodeWithSelector(IReportWindow.ReportFromFuture.selector, times[i], START)
            );
        }
        report(ordinary, PRICE, START + 15);
        // Where time no longer fits 40 bits, reports revert cleanly instead of wrapping.
        vm.warp(type(uint40).max);
        uint256 beyond = uint256(type(uint40).max) + 1;
        expectReportRevert(
            strict,
            PRICE,
            beyond,
            abi.encodeWithSelector(IReportWindow.ReportFromFuture.selector, beyond, type(uint40).max)
        );
        report(ordinary, PRICE, type(uint40).max);
        assertLatest(2, PRICE, type(uint40).max);
    }

    function test_RevertWhen_TheObservationIsTooOld() external {
        vm.warp(START + MAX_DELAY);
        expectReportRevert(
            strict,
            PRICE,
            START - 1,
            abi.encodeWithSelector(IReportWindow.ReportTooOld.selector, START - 1, START + MAX_DELAY, MAX_DELAY)
        );
        report(ordinary, PRICE, START);
        assertLatest(1, PRICE, START);
    }

    function test_RevertWhen_ThePriceIsNotPositive() external {
        int256[3] memory prices = [int256(0), -1, type(int256).min];
        for (uint256 i = 0; i < 3; ++i) {
            expectReportRevert(
                strict, prices[i], START, abi.encodeWithSelector(IPriceFeed.PriceOutOfRange.selector, prices[i])
            );
        }
        report(ordinary, 1, START);
        assertLatest(1, 1, START);
    }

    function test_RevertWhen_ThePriceExceedsInt112() external {
        int256[2] memory prices = [int256(type(int112).max) + 1, type(int256).max];
        for (uint256 i = 0; i < 2; ++i) {
            expectReportRevert(
                strict, prices[i], START, abi.encodeWithSelector(IPriceFeed.PriceOutOfRange.selector, prices[i])
            );
        }
        report(ordinary, type(int112).max, START);
        assertLatest(1, type(int112).max, START);
        // The largest price meets the smallest: the comparison does not overflow.
        reportAt(START + 1, ordinary, 1);
        assertDisputed(START + 1, 1, START + 1);
        reportAt(START + 2, strict, 1);
        reportAt(START + 3, ordinary, type(int112).max);
        assertDisputed(START + 3, type(int112).max, START + 3);
    }

    function test_RevertWhen_TheQuorumDidNotSign() external {
        expectReportRevert(
            slice(keys, 0, 2), PRICE, START, abi.encodeWithSelector(IQuorumVerifier.QuorumNotReached.selector, 2, 3)
        );
        uint256[] memory strangers = makeKeys(3, "strangers");
        expectReportRevert(
            strangers, PRICE, START, abi.encodeWithSelector(IQuorumVerifier.SignatureInvalid.selector, 0)
        );
        bytes memory signatures = signaturesFor(strict, PRICE, START);
        vm.expectPartialRevert(IQuorumVerifier.SignatureInvalid.selector);
        feed.report(PRICE + 1, START, 1, signatures);
    }

    function test_RevertWhen_TheSignaturesAreForAnotherChain() external {
        bytes memory signatures = signaturesFor(strict, PRICE, START);
        (,,, uint256 chainId,,,) = feed.eip712Domain();
        vm.chainId(chainId + 1);
        vm.expectPartialRevert(IQuorumVerifier.SignatureInvalid.selector);
        feed.report(PRICE, START, 1, signatures);
        // On a fork of the chain the feed takes reports signed for the fork, and none signed for the trunk.
        report(strict, PRICE, START);
        vm.chainId(chainId);
        reportAt(START + 1, strict, PRICE);
    }

    function test_RevertWhen_TheSignaturesAreForAnotherFeedAddress() external {
        bytes memory signatures = signaturesFor(strict, PRICE, START);
        PriceFeed other = deployFeed(feed.parameters());
        vm.expectPartialRevert(IQuorumVerifier.SignatureInvalid.selector);
        other.report(PRICE, START, 1, signatures);
        feed.report(PRICE, START, 1, signatures);
    }

    function test_RevertWhen_TheSignaturesAreForAnotherFeedId() external {
        bytes memory signatures = signaturesFor(strict, PRICE, START);
        // The same address, as after a mistaken deployment of another feed at it.
        PriceFeed other = PriceFeed(
            deployCode(
                artifact("PriceFeed"),
                abi.encode(access, verifier, bytes32("SPX/USD"), 8, "SPX / USD", limits(120, 500, 600))
            )
        );
        address place = address(feed);
        vm.etch(place, address(other).code);
        vm.store(place, bytes32(_headSlot()), vm.load(address(other), bytes32(_headSlot())));
        vm.expectPartialRevert(IQuorumVerifier.SignatureInvalid.selector);
        feed.report(PRICE, START, 1, signatures);
        report(strict, PRICE, START);
    }

    function test_RevertWhen_TheSignaturesAreForAnotherEpoch() external {
        bytes memory signatures = signaturesFor(strict, PRICE, START);
        vm.expectPartialRevert(IQuorumVerifier.SignatureInvalid.selector);
        feed.report(PRICE, START + 1, 1, signatures);
        feed.report(PRICE, START, 1, signatures);
    }

    function test_RevertWhen_TheSignaturesAreForAnotherSet() external {
        bytes memory signatures = signaturesFor(strict, PRICE, START);
        // The same people, rotated: what they signed for set 1 does not count for set 2.
        verifier.rotate(addressesOf(keys), 3, 4);
        vm.expectPartialRevert(IQuorumVerifier.SignatureInvalid.selector);
        feed.report(PRICE, START, 2, signatures);
        vm.expectRevert(abi.encodeWithSelector(IQuorumVerifier.SignerSetNotCurrent.selector, 1, 2));
        feed.report(PRICE, START, 1, signatures);
        report(strict, PRICE, START);
    }

    function test_RevertWhen_TheSignersWereReplaced() external {
        uint256[] memory others = makeKeys(3, "others");
        verifier.rotate(addressesOf(others), 2, 3);
        bytes memory signatures = sign(strict, feed.reportDigest(PRICE, START, 2));
        vm.expectRevert(abi.encodeWithSelector(IQuorumVerifier.SignatureInvalid.selector, 0));
        feed.report(PRICE, START, 2, signatures);
        report(others, PRICE, START);
    }

    function test_GivenNoRound() external {
        vm.expectEmit(address(feed));
        emit AggregatorInterface.AnswerUpdated(type(int112).max, 1, START);
        report(ordinary, type(int112).max, START);
        assertLatest(1, type(int112).max, START);
        assertUndisputed(START);
    }

    function test_RevertGiven_TheRoundIdsAreExhausted() external {
        reportAt(START, ordinary, PRICE);
        bytes32 head = vm.load(address(feed), bytes32(_headSlot()));
        vm.store(address(feed), bytes32(_headSlot()), head | bytes32(uint256(type(uint32).max) << 56));
        vm.warp(START + 1);
        expectReportRevert(strict, PRICE, START + 1, stdError.arithmeticError);
        // The last round stays readable, and nothing wrapped.
        (uint80 roundId,,,,) = feed.latestRoundData();
        assertEq(roundId, type(uint32).max, "the last id");
    }

    modifier givenARound() {
        reportAt(START, ordinary, PRICE);
        _;
    }

    function test_WhenThePriceMovesWithinTheBreaker() external givenARound {
        vm.warp(START + 9);
        vm.expectEmit(address(feed));
        emit AggregatorInterface.AnswerUpdated(PRICE + 1, 2, START + 5);
        report(ordinary, PRICE + 1, START + 5);
        assertLatest(2, PRICE + 1, START + 5);
        assertRound(1, PRICE, START);
        assertUndisputed(START + 5);
    }

    function test_WhenThePriceMovesExactlyToTheBreaker() external givenARound {
        // 5 % of 1.08 is exactly 0.054.
        reportAt(START + 1, ordinary, PRICE + 5_400000);
        assertLatest(2, 1_13_400000, START + 1);
        // 5 % of 1.134 is exactly 0.0567, downwards.
        reportAt(START + 2, ordinary, 1_13_400000 - 5_670000);
        assertLatest(3, 1_07_730000, START + 2);
        // 5 % of 1.0773 is 5,386,500 units: one more is beyond.
        reportAt(START + 3, ordinary, 1_07_730000 + 5_386_501);
        assertDisputed(START + 3, 1_07_730000 + 5_386_501, START + 3);
        reportAt(START + 4, ordinary, 1_07_730000 - 5_386_501);
        assertDisputed(START + 4, 1_07_730000 - 5_386_501, START + 4);
    }

    function test_WhenAStrictQuorumMovesThePriceBeyondTheBreaker() external givenARound {
        vm.warp(START + 1);
        vm.expectEmit(address(feed));
        emit AggregatorInterface.AnswerUpdated(3 * PRICE, 2, START + 1);
        report(strict, 3 * PRICE, START + 1);
        assertLatest(2, 3 * PRICE, START + 1);
        assertUndisputed(START + 1);
    }

    function test_WhenAnOrdinaryQuorumMovesThePriceBeyondTheBreaker() external givenARound {
        vm.warp(START + 9);
        vm.expectEmit(address(feed));
        emit IPriceFeed.PriceDisputed(PRICE, 2 * PRICE, START + 4, START + 9);
        report(ordinary, 2 * PRICE, START + 4);
        assertDisputed(START + 9, 2 * PRICE, START + 4);
        assertRound(1, PRICE, START);
        // An observation ahead of the block counts from its own time.
        vm.warp(START + 10);
        report(ordinary, 4 * PRICE, START + 20);
        assertDisputed(START + 20, 4 * PRICE, START + 20);
    }

    modifier givenADispute() {
        reportAt(START, ordinary, PRICE);
        reportAt(START + 10, ordinary, 2 * PRICE);
        _;
    }

    function test_WhenAStrictQuorumReports() external givenADispute {
        vm.warp(START + 11);
        vm.expectEmit(address(feed));
        emit IPriceFeed.DisputeResolved(2);
        vm.expectEmit(address(feed));
        emit AggregatorInterface.AnswerUpdated(5 * PRICE, 2, START + 11);
        report(strict, 5 * PRICE, START + 11);
        assertLatest(2, 5 * PRICE, START + 11);
        assertUndisputed(START + 11);
    }

    function test_WhenThePriceReturnsWithinTheBreaker() external givenADispute {
        vm.warp(START + 11);
        vm.expectEmit(address(feed));
        emit IPriceFeed.DisputeResolved(2);
        report(ordinary, PRICE - 5_400000, START + 11);
        assertLatest(2, PRICE - 5_400000, START + 11);
        assertUndisputed(START + 11);
    }

    function test_WhenReportsAgreeForTheConfirmationTime() external givenADispute {
        // Each agrees with the one before, not necessarily with the first.
        int256 price = 2 * PRICE;
        for (uint256 i = 1; i < 6; ++i) {
            price += price / 20;
            reportAt(START + 10 + 100 * i, ordinary, price);
            assertDisputed(START + 10, price, START + 10 + 100 * i);
        }
        reportAt(START + 10 + CONFIRMATION - 1, ordinary, price);
        assertDisputed(START + 10, price, START + 10 + CONFIRMATION - 1);
        vm.warp(START + 10 + CONFIRMATION);
        vm.expectEmit(address(feed));
        emit IPriceFeed.DisputeResolved(2);
        report(ordinary, price + price / 20, START + 10 + CONFIRMATION);
        assertLatest(2, price + price / 20, START + 10 + CONFIRMATION);
        assertUndisputed(START + 10 + CONFIRMATION);
    }

    function test_WhenAReportAgreesTooEarly() external givenADispute {
        vm.warp(START + 25);
        vm.expectEmit(address(feed));
        emit IPriceFeed.PriceDisputed(PRICE, 2 * PRICE + 1, START + 20, START + 10);
        report(ordinary, 2 * PRICE + 1, START + 20);
        assertDisputed(START + 10, 2 * PRICE + 1, START + 20);
        // 15 s ahead of the clock does not count as elapsed.
        vm.warp(START + 10 + CONFIRMATION - 1);
        report(ordinary, 2 * PRICE, START + 10 + CONFIRMATION + 14);
        assertDisputed(START + 10, 2 * PRICE, START + 10 + CONFIRMATION + 14);
    }

    function test_WhenAReportWasKeptBack() external givenADispute {
        vm.warp(START + 10 + CONFIRMATION + 60);
        report(ordinary, 2 * PRICE, START + 10 + CONFIRMATION - 1);
        assertDisputed(START + 10, 2 * PRICE, START + 10 + CONFIRMATION - 1);
        reportAt(START + 10 + CONFIRMATION + 61, ordinary, 2 * PRICE);
        assertLatest(2, 2 * PRICE, START + 10 + CONFIRMATION + 61);
    }

    function test_WhenAReportIsLateButAgreesForLongEnough() external givenADispute {
        vm.warp(START + 10 + CONFIRMATION + 60);
        report(ordinary, 2 * PRICE, START + 10 + CONFIRMATION);
        assertLatest(2, 2 * PRICE, START + 10 + CONFIRMATION);
    }

    function test_WhenAReportIsFarFromBothPrices() external givenADispute {
        vm.warp(START + 10 + CONFIRMATION);
        vm.expectEmit(address(feed));
        emit IPriceFeed.PriceDisputed(PRICE, 4 * PRICE, START + 10 + CONFIRMATION, START + 10 + CONFIRMATION);
        report(ordinary, 4 * PRICE, START + 10 + CONFIRMATION);
        assertDisputed(START + 10 + CONFIRMATION, 4 * PRICE, START + 10 + CONFIRMATION);
        reportAt(START + 10 + 2 * CONFIRMATION - 1, ordinary, 4 * PRICE);
        assertDisputed(START + 10 + CONFIRMATION, 4 * PRICE, START + 10 + 2 * CONFIRMATION - 1);
        reportAt(START + 10 + 2 * CONFIRMATION, ordinary, 4 * PRICE);
        assertLatest(2, 4 * PRICE, START + 10 + 2 * CONFIRMATION);
    }

    function test_WhenTheObservationIsAheadOfTheBlock() external {
        // The event has the epoch, the views have the time of the block.
        vm.expectEmit(address(feed));
        emit AggregatorInterface.AnswerUpdated(PRICE, 1, START + 15);
        report(ordinary, PRICE, START + 15);
        assertLatest(1, PRICE, START);
        assertUndisputed(START + 15);
        vm.warp(START + 500);
        assertLatest(1, PRICE, START);
        report(ordinary, PRICE, START + 501);
        assertLatest(2, PRICE, START + 500);
    }

    /// @dev Storage slot of the packed head, the one that a report reads first.
    function _headSlot() private returns (uint256) {
        vm.record();
        feed.parameters();
        (bytes32[] memory reads,) = vm.accesses(address(feed));
        return uint256(reads[0]);
    }
}
