// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPriceFeed} from "../../contracts/oracles/IPriceFeed.sol";
import {PriceFeed} from "../../contracts/oracles/PriceFeed.sol";
import {OracleFixture} from "./OracleFixture.sol";

/// @notice A feed with five signers: 3 make an ordinary quorum, 4 a strict one. Reports may be 120 s late, the breaker
/// is 5 %, and a dispute takes 600 s of agreement.
abstract contract PriceFeedFixture is OracleFixture {
    int256 internal constant PRICE = 1_08_000000;
    uint256 internal constant MAX_DELAY = 120;
    uint256 internal constant BREAKER = 500;
    uint256 internal constant CONFIRMATION = 600;

    uint256[] internal keys;
    uint256[] internal ordinary;
    uint256[] internal strict;
    PriceFeed internal feed;

    function deployAll() internal {
        deployVerifier();
        keys = makeKeys(5, "feed");
        ordinary = slice(keys, 1, 4);
        strict = slice(keys, 1, 5);
        verifier.rotate(addressesOf(keys), 3, 4);
        feed = deployFeed(limits(uint16(MAX_DELAY), uint16(BREAKER), uint16(CONFIRMATION)));
    }

    function signaturesFor(uint256[] memory by, int256 price, uint256 observedAt) internal view returns (bytes memory) {
        uint32 setId = verifier.currentSetId();
        return sign(by, feed.reportDigest(price, observedAt, setId));
    }

    function report(uint256[] memory by, int256 price, uint256 observedAt) internal {
        uint32 setId = verifier.currentSetId();
        bytes memory signatures = signaturesFor(by, price, observedAt);
        feed.report(price, observedAt, setId, signatures);
    }

    /// @dev Moves the clock to `time`, and reports what was observed then.
    function reportAt(uint256 time, uint256[] memory by, int256 price) internal {
        vm.warp(time);
        report(by, price, time);
    }

    function expectReportRevert(uint256[] memory by, int256 price, uint256 observedAt, bytes memory reason) internal {
        uint32 setId = verifier.currentSetId();
        bytes memory signatures = signaturesFor(by, price, observedAt);
        vm.expectRevert(reason);
        feed.report(price, observedAt, setId, signatures);
    }

    function assertLatest(uint256 roundId, int256 price, uint256 updatedAt) internal view {
        (uint80 id, int256 answer, uint256 startedAt, uint256 updated, uint80 answeredInRound) = feed.latestRoundData();
        assertEq(id, roundId, "latest round");
        assertEq(answer, price, "latest price");
        assertEq(startedAt, updatedAt, "latest startedAt");
        assertEq(updated, updatedAt, "latest updatedAt");
        assertEq(answeredInRound, roundId, "latest answeredInRound");
        assertRound(roundId, price, updatedAt);
    }

    function assertRound(uint256 roundId, int256 price, uint256 updatedAt) internal view {
        (uint80 id, int256 answer, uint256 startedAt, uint256 updated, uint80 answeredInRound) =
            feed.getRoundData(uint80(roundId));
        assertEq(id, roundId, "round");
        assertEq(answer, price, "price of the round");
        assertEq(startedAt, updatedAt, "startedAt of the round");
        assertEq(updated, updatedAt, "updatedAt of the round");
        assertEq(answeredInRound, roundId, "answeredInRound of the round");
    }

    function assertDisputed(uint256 since, int256 price, uint256 lastObservedAt) internal {
        (uint256 last, bool disputed, uint256 disputedSince, int256 disputedPrice,) = feed.status();
        assertTrue(disputed, "disputed");
        assertEq(disputedSince, since, "disputed since");
        assertEq(disputedPrice, price, "disputed price");
        assertEq(last, lastObservedAt, "last epoch");
        vm.expectRevert(abi.encodeWithSelector(IPriceFeed.FeedDisputed.selector, since));
        feed.latestRoundData();
    }

    function assertUndisputed(uint256 lastObservedAt) internal view {
        (uint256 last, bool disputed, uint256 disputedSince, int256 disputedPrice,) = feed.status();
        assertFalse(disputed, "not disputed");
        assertEq(disputedSince, 0, "disputed since nothing");
        assertEq(disputedPrice, 0, "no disputed price");
        assertEq(last, lastObservedAt, "last epoch");
    }

    function assertAccepted(uint256 time) internal view {
        (,,,, uint256 lastAcceptedAt) = feed.status();
        assertEq(lastAcceptedAt, time, "when the last report was accepted");
    }
}
