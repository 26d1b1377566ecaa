// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IReportWindow} from "../../contracts/access/IReportWindow.sol";
import {IPriceFeed} from "../../contracts/oracles/IPriceFeed.sol";
import {PriceFeedFixture} from "./PriceFeedFixture.sol";

/// @notice ORACLE-4, ORACLE-5, ORACLE-13 and ORACLE-14 on single cases; PriceFeed.tree is the specification.
contract PriceFeedTest is PriceFeedFixture {
    function setUp() external {
        deployAll();
    }

    function _outOfRange(IPriceFeed.Parameters memory parameters) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IPriceFeed.ParameterOutOfRange.selector, parameters);
    }

    function _badLimits() private pure returns (IPriceFeed.Parameters[6] memory) {
        return [
            limits(0, 500, 600),
            limits(65_521, 500, 600),
            limits(type(uint16).max, 500, 600),
            limits(120, 0, 600),
            limits(120, 10_000, 600),
            limits(120, 500, 0)
        ];
    }

    function _dispute() private {
        reportAt(START, ordinary, PRICE);
        reportAt(START + 10, ordinary, 2 * PRICE);
    }

    // constructor

    function test_Constructor_RevertWhen_ALimitIsOutOfRange() external {
        for (uint256 i = 0; i < 6; ++i) {
            IPriceFeed.Parameters memory parameters = _badLimits()[i];
            vm.expectRevert(_outOfRange(parameters));
            deployFeed(parameters);
        }
    }

    function test_Constructor_WhenTheLimitsAreInRange() external {
        IPriceFeed.Parameters memory parameters = limits(65_520, 9_999, type(uint16).max);
        vm.expectEmit();
        emit IPriceFeed.ParametersSet(parameters);
        feed = deployFeed(parameters);
        assertEq(abi.encode(feed.parameters()), abi.encode(parameters), "parameters");
        assertEq(feed.feedId(), EUR_USD, "feedId");
        assertEq(address(feed.verifier()), address(verifier), "verifier");
        assertEq(feed.authority(), address(access), "authority");
        assertEq(feed.decimals(), 8, "decimals");
        assertEq(feed.description(), "EUR / USD", "description");
        assertEq(feed.version(), 1, "version");
        assertUndisputed(0);
    }

    // latestRoundData

    function test_LatestRoundData_RevertGiven_NoRound() external {
        vm.expectRevert(abi.encodeWithSelector(IPriceFeed.RoundNotAvailable.selector, 0, 0));
        feed.latestRoundData();
    }

    function test_LatestRoundData_RevertGiven_ADispute() external {
        _dispute();
        vm.expectRevert(abi.encodeWithSelector(IPriceFeed.FeedDisputed.selector, START + 10));
        feed.latestRoundData();
    }

    function test_LatestRoundData_GivenARound() external {
        reportAt(START, strict, PRICE);
        assertLatest(1, PRICE, START);
    }

    // getRoundData

    function test_GetRoundData_RevertWhen_TheRoundIsZeroOrOfTheFuture() external {
        for (uint80 i = 0; i < 3; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IPriceFeed.RoundNotAvailable.selector, i, 0));
            feed.getRoundData(i);
        }
        reportAt(START, ordinary, PRICE);
        vm.expectRevert(abi.encodeWithSelector(IPriceFeed.RoundNotAvailable.selector, 0, 1));
        feed.getRoundData(0);
        vm.expectRevert(abi.encodeWithSelector(IPriceFeed.RoundNotAvailable.selector, 2, 1));
        feed.getRoundData(2);
    }

    function test_GetRoundData_RevertWhen_TheRoundLeftTheRing() external {
        for (uint256 i = 1; i <= 300; ++i) {
            reportAt(START + i, ordinary, PRICE + int256(i));
            if (i > 128) {
                assertRound(i - 127, PRICE + int256(i - 127), START + i - 127);
                vm.expectRevert(abi.encodeWithSelector(IPriceFeed.RoundNotAvailable.selector, i - 128, i));
                feed.getRoundData(uint80(i - 128));
            } else {
                assertRound(1, PRICE + 1, START + 1);
            }
        }
    }

    function test_GetRoundData_RevertWhen_TheRoundIdExceeds32Bits() external {
        reportAt(START, ordinary, PRICE);
        uint80[3] memory ids = [uint80(1) << 32 | 1, uint80(1) << 64 | 1, type(uint80).max];
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IPriceFeed.RoundNotAvailable.selector, ids[i], 1));
            feed.getRoundData(ids[i]);
        }
    }

    function test_GetRoundData_GivenADispute() external {
        _dispute();
        assertRound(1, PRICE, START);
        vm.expectRevert(abi.encodeWithSelector(IPriceFeed.RoundNotAvailable.selector, 2, 1));
        feed.getRoundData(2);
    }

    // setParameters

    function test_SetParameters_RevertWhen_TheCallerHasNoRightToSetThem() external {
        address stranger = makeAddr("stranger");
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, stranger));
        vm.prank(stranger);
        feed.setParameters(limits(60, 100, 60));
    }

    function test_SetParameters_RevertWhen_ALimitIsOutOfRange() external {
        for (uint256 i = 0; i < 6; ++i) {
            vm.expectRevert(_outOfRange(_badLimits()[i]));
            feed.setParameters(_badLimits()[i]);
        }
    }

    function test_SetParameters_WhenTheLimitsAreInRange() external {
        reportAt(START, ordinary, PRICE);
        IPriceFeed.Parameters memory parameters = limits(30, 100, 60);
        vm.expectEmit(address(feed));
        emit IPriceFeed.ParametersSet(parameters);
        feed.setParameters(parameters);
        assertEq(abi.encode(feed.parameters()), abi.encode(parameters), "parameters");
        assertLatest(1, PRICE, START);

        vm.warp(START + 40);
        expectReportRevert(
            strict,
            PRICE,
            START + 9,
            abi.encodeWithSelector(IReportWindow.ReportTooOld.selector, START + 9, START + 40, 30)
        );
        report(ordinary, PRICE + PRICE / 100 + 1, START + 10);
        assertDisputed(START + 40, PRICE + PRICE / 100 + 1, START + 10);
        // Limits may change during a dispute: 60 s are enough now.
        feed.setParameters(limits(30, 200, 60));
        assertDisputed(START + 40, PRICE + PRICE / 100 + 1, START + 10);
        reportAt(START + 100, ordinary, 2 * PRICE);
        assertDisputed(START + 100, 2 * PRICE, START + 100);
        reportAt(START + 160, ordinary, 2 * PRICE);
        assertLatest(2, 2 * PRICE, START + 160);
    }
}
