// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ReportWindow} from "../access/ReportWindow.sol";
import {IPriceFeed} from "./IPriceFeed.sol";

/// @notice Everything that a report reads, in one word. From the highest bit down:
/// int112 price | uint40 observedAt | uint16 lag | uint32 roundId | uint8 flags | uint16 maxDelay | uint16 breakerBps |
/// uint16 confirmationTime.
/// @dev The upper 200 bits are also the form in which a round lies in the ring. A price is always positive here, so its
/// sign bit is never set. `observedAt` and `lag` are those of the last accepted report, whether it made a round or
/// entered a dispute. `lag` is what {ReportWindow-lagOf} says of it: acceptance time + FUTURE_TOLERANCE - observedAt,
/// in seconds, at most maxDelay + FUTURE_TOLERANCE, which is why {MAX_DELAY_LIMIT} exists.
type PriceHead is uint256;

using {
    price,
    observedAt,
    acceptedAt,
    updatedAt,
    roundId,
    disputed,
    maxDelay,
    breakerBps,
    confirmationTime,
    withRound,
    withDispute,
    withParameters,
    asRound
} for PriceHead global;

/// @dev Largest `maxDelay` whose lag still fits 16 bits.
uint256 constant MAX_DELAY_LIMIT = type(uint16).max - ReportWindow.FUTURE_TOLERANCE;

uint256 constant PRICE_SHIFT = 144;
uint256 constant OBSERVED_AT_SHIFT = 104;
uint256 constant LAG_SHIFT = 88;
uint256 constant ROUND_ID_SHIFT = 56;
uint256 constant MAX_DELAY_SHIFT = 32;
uint256 constant BREAKER_SHIFT = 16;
uint256 constant DISPUTED_FLAG = 1 << 48;
uint256 constant PARAMETERS_MASK = (1 << 48) - 1;
uint256 constant OBSERVED_AT_MASK = uint256(type(uint40).max) << OBSERVED_AT_SHIFT;
uint256 constant TIMES_MASK = uint256(type(uint56).max) << LAG_SHIFT;
uint256 constant ROUND_MASK = ~((uint256(1) << ROUND_ID_SHIFT) - 1);

/// @dev Last good price, in units of 10^-decimals; zero before the first round.
function price(PriceHead head) pure returns (int256) {
    return int256(PriceHead.unwrap(head) >> PRICE_SHIFT);
}

/// @dev Observation of the last accepted report, in seconds. In a ring slot: of the round.
function observedAt(PriceHead head) pure returns (uint256) {
    return (PriceHead.unwrap(head) & OBSERVED_AT_MASK) >> OBSERVED_AT_SHIFT;
}

/// @dev When the last report was accepted, in seconds. Meaningless before the first one. In a ring slot: of the round.
function acceptedAt(PriceHead head) pure returns (uint256) {
    unchecked {
        return head.observedAt() + uint16(PriceHead.unwrap(head) >> LAG_SHIFT) - ReportWindow.FUTURE_TOLERANCE;
    }
}

/// @dev min(observedAt, acceptedAt), in seconds, so that `block.timestamp - updatedAt` never underflows. Of the latest
/// round only while the feed is not disputed.
function updatedAt(PriceHead head) pure returns (uint256) {
    uint256 lag = uint16(PriceHead.unwrap(head) >> LAG_SHIFT);
    unchecked {
        return head.observedAt() - (lag < ReportWindow.FUTURE_TOLERANCE ? ReportWindow.FUTURE_TOLERANCE - lag : 0);
    }
}

/// @dev Latest round; zero before the first.
function roundId(PriceHead head) pure returns (uint32) {
    return uint32(PriceHead.unwrap(head) >> ROUND_ID_SHIFT);
}

/// @dev Whether reports moved further than the breaker allows and nothing has settled it.
function disputed(PriceHead head) pure returns (bool) {
    return PriceHead.unwrap(head) & DISPUTED_FLAG != 0;
}

/// @dev Oldest report accepted, in seconds before the block's time.
function maxDelay(PriceHead head) pure returns (uint256) {
    return uint16(PriceHead.unwrap(head) >> MAX_DELAY_SHIFT);
}

/// @dev Largest move of an ordinary quorum, in basis points of the last price.
function breakerBps(PriceHead head) pure returns (uint256) {
    return uint16(PriceHead.unwrap(head) >> BREAKER_SHIFT);
}

/// @dev Seconds for which ordinary reports must agree before they end a dispute.
function confirmationTime(PriceHead head) pure returns (uint256) {
    return uint16(PriceHead.unwrap(head));
}

/// @dev The next round: replaces price, times and id, clears the dispute, keeps the limits. The caller has checked that
/// 0 < newPrice <= int112.max, that `time` fits 40 bits and `lag` 16, and that the id did not wrap.
function withRound(PriceHead head, int256 newPrice, uint256 time, uint256 lag, uint256 id) pure returns (PriceHead) {
    return PriceHead.wrap(
        uint256(newPrice) << PRICE_SHIFT | time << OBSERVED_AT_SHIFT | lag << LAG_SHIFT | id << ROUND_ID_SHIFT
            | PriceHead.unwrap(head) & PARAMETERS_MASK
    );
}

/// @dev A report that made no round: the times are its own, the last good price stays, and may not be read as the
/// latest.
function withDispute(PriceHead head, uint256 time, uint256 lag) pure returns (PriceHead) {
    return
        PriceHead.wrap(
            PriceHead.unwrap(head) & ~TIMES_MASK | time << OBSERVED_AT_SHIFT | lag << LAG_SHIFT | DISPUTED_FLAG
        );
}

/// @dev New limits; everything else stays.
function withParameters(PriceHead head, IPriceFeed.Parameters memory parameters) pure returns (PriceHead) {
    return PriceHead.wrap(
        PriceHead.unwrap(head) & ~PARAMETERS_MASK | uint256(parameters.maxDelay) << MAX_DELAY_SHIFT
            | uint256(parameters.breakerBps) << BREAKER_SHIFT | parameters.confirmationTime
    );
}

/// @dev What the ring keeps of a head that has just become a round.
function asRound(PriceHead head) pure returns (PriceHead) {
    return PriceHead.wrap(PriceHead.unwrap(head) & ROUND_MASK);
}
