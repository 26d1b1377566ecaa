// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @notice What a feed should do, told by its whole history: nothing is packed, nothing forgotten, prices are compared
/// by the bounds of a band instead of by multiplying out, and agreement by every pair of times. Shares no code with the
/// feed.
contract PriceFeedModel {
    struct Accepted {
        int256 price;
        uint256 observedAt;
        uint256 acceptedAt;
        bool strict;
    }

    struct Round {
        int256 price;
        uint256 updatedAt;
    }

    Accepted[] public accepted;
    Round[] public rounds;
    /// @notice Reports since the dispute began, each agreeing with the one before; empty while there is no dispute.
    Accepted[] public agreeing;

    uint256 public breakerBps;
    uint256 public confirmationTime;

    function setLimits(uint256 breakerBps_, uint256 confirmationTime_) external {
        breakerBps = breakerBps_;
        confirmationTime = confirmationTime_;
    }

    function apply_(int256 price, uint256 observedAt, uint256 acceptedAt, bool strict) external {
        Accepted memory report = Accepted(price, observedAt, acceptedAt, strict);
        accepted.push(report);
        bool confirmed = strict || rounds.length == 0 || _near(price, rounds[rounds.length - 1].price);
        if (!confirmed) {
            if (agreeing.length != 0 && !_near(price, agreeing[agreeing.length - 1].price)) delete agreeing;
            agreeing.push(report);
            confirmed = agreeing.length > 1 && _spans(agreeing[0], report);
        }
        if (confirmed) {
            delete agreeing;
            rounds.push(Round(price, observedAt > acceptedAt ? acceptedAt : observedAt));
        }
    }

    function roundCount() external view returns (uint256) {
        return rounds.length;
    }

    function acceptedCount() external view returns (uint256) {
        return accepted.length;
    }

    function disputed() external view returns (bool) {
        return agreeing.length != 0;
    }

    function lastObservedAt() external view returns (uint256) {
        return accepted.length == 0 ? 0 : accepted[accepted.length - 1].observedAt;
    }

    function lastAcceptedAt() external view returns (uint256) {
        return accepted.length == 0 ? 0 : accepted[accepted.length - 1].acceptedAt;
    }

    /// @notice Whether an ordinary report is news: seen, and now brought, after the last accepted one was seen and was
    /// brought.
    function isNews(uint256 observedAt, uint256 time) external view returns (bool) {
        if (accepted.length == 0) return true;
        Accepted memory last = accepted[accepted.length - 1];
        bool seenAfter = observedAt > last.observedAt && observedAt > last.acceptedAt;
        return seenAfter && time > last.observedAt && time > last.acceptedAt;
    }

    function disputedSince() external view returns (uint256) {
        return agreeing.length == 0 ? 0 : Math.max(agreeing[0].observedAt, agreeing[0].acceptedAt);
    }

    function disputedPrice() external view returns (int256) {
        return agreeing.length == 0 ? int256(0) : agreeing[agreeing.length - 1].price;
    }

    function lastPrice() external view returns (int256) {
        return rounds.length == 0 ? int256(0) : rounds[rounds.length - 1].price;
    }

    /// @dev Inside [last - last * bps / 10^4 rounded down, last + last * bps / 10^4 rounded down].
    function _near(int256 price, int256 last) private view returns (bool) {
        uint256 width = Math.mulDiv(uint256(last), breakerBps, 10_000);
        return uint256(price) >= uint256(last) - width && uint256(price) <= uint256(last) + width;
    }

    /// @dev Whether the two reports lie the confirmation time apart, whichever of their times one compares.
    function _spans(Accepted memory first, Accepted memory last) private view returns (bool) {
        return last.observedAt >= first.observedAt + confirmationTime
            && last.acceptedAt >= first.acceptedAt + confirmationTime
            && last.observedAt >= first.acceptedAt + confirmationTime
            && last.acceptedAt >= first.observedAt + confirmationTime;
    }
}
