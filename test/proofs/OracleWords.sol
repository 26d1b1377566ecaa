// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPriceFeed} from "../../contracts/oracles/IPriceFeed.sol";
import {PriceHead} from "../../contracts/oracles/PriceHead.sol";
import {Score} from "../../contracts/oracles/ReputationScore.sol";
import {ReportWindow} from "../../contracts/access/ReportWindow.sol";

/// @notice The packed words of the oracles, for all values of their fields (`make prove`).
contract OracleWords {
    /// @dev A round has its own fields and keeps the limits, whatever the word was before.
    function check_Round(uint256 word, uint112 price, uint40 time, uint16 lag, uint32 id) external pure {
        if (price >> 111 != 0) return;
        PriceHead head = PriceHead.wrap(word);
        PriceHead next = head.withRound(int256(uint256(price)), time, lag, id);
        assert(next.price() == int256(uint256(price)) && next.observedAt() == time && next.roundId() == id);
        assert(!next.disputed());
        _checkTimes(next, time, lag);
        _checkLimits(head, next);
    }

    /// @dev A dispute takes the times of the report and leaves price, id and limits.
    function check_Dispute(uint256 word, uint40 time, uint16 lag) external pure {
        PriceHead head = PriceHead.wrap(word);
        PriceHead next = head.withDispute(time, lag);
        assert(next.disputed() && next.price() == head.price() && next.roundId() == head.roundId());
        assert(next.observedAt() == time);
        _checkTimes(next, time, lag);
        _checkLimits(head, next);
    }

    function check_Limits(uint256 word, uint16 maxDelay, uint16 breakerBps, uint16 confirmationTime) external pure {
        PriceHead head = PriceHead.wrap(word);
        IPriceFeed.Parameters memory limits;
        (limits.maxDelay, limits.breakerBps, limits.confirmationTime) = (maxDelay, breakerBps, confirmationTime);
        PriceHead next = head.withParameters(limits);
        assert(next.maxDelay() == maxDelay && next.breakerBps() == breakerBps);
        assert(next.confirmationTime() == confirmationTime);
        assert(PriceHead.unwrap(next) >> 48 == PriceHead.unwrap(head) >> 48);
    }

    function check_Ring(uint256 word) external pure {
        (PriceHead head, PriceHead kept) = (PriceHead.wrap(word), PriceHead.wrap(word).asRound());
        assert(kept.price() == head.price() && kept.observedAt() == head.observedAt());
        assert(kept.roundId() == head.roundId() && kept.acceptedAt() == head.acceptedAt());
        assert(kept.updatedAt() == head.updatedAt() && !kept.disputed() && kept.maxDelay() == 0);
    }

    /// @dev What {ReportWindow-lagOf} accepts says when: the acceptance is the block's time, and the lag fits 16 bits.
    function check_Lag(uint40 observedAt, uint16 maxDelay) external view {
        if (maxDelay > type(uint16).max - ReportWindow.FUTURE_TOLERANCE || block.timestamp >> 40 != 0) return;
        uint256 lag = ReportWindow.lagOf(observedAt, maxDelay);
        assert(lag <= type(uint16).max);
        assert(observedAt + lag == block.timestamp + ReportWindow.FUTURE_TOLERANCE);
        assert(observedAt <= block.timestamp + ReportWindow.FUTURE_TOLERANCE);
        assert(observedAt + uint256(maxDelay) >= block.timestamp);
    }

    /// @dev Whoever follows is later in both times than the last one was in either.
    function check_Follows(uint40 observedAt, uint40 lastObservedAt, uint40 lastAcceptedAt) external view {
        ReportWindow.checkFollows(observedAt, lastObservedAt, lastAcceptedAt);
        assert(observedAt > lastObservedAt && observedAt > lastAcceptedAt);
        assert(block.timestamp > lastObservedAt && block.timestamp > lastAcceptedAt);
    }

    function check_ScoreValue(uint256 word, uint16 value, uint40 observedAt, uint40 time) external pure {
        Score next = Score.wrap(word).withValue(value, observedAt, time);
        assert(next.value() == value && next.epoch() == observedAt && !next.isPending());
        assert(next.updatedAt() == (observedAt < time ? observedAt : time));
    }

    function check_ScorePending(uint256 word, uint16 value, uint40 since, uint32 window, uint40 observedAt)
        external
        pure
    {
        if (uint256(since) + window >> 40 != 0) return;
        Score score = Score.wrap(word);
        Score next = score.withPending(value, since, window);
        assert(
            next.pendingValue() == value && next.pendingSince() == since && next.isPending() == (since | window != 0)
        );
        assert(next.pendingUntil() == uint256(since) + window && next.epoch() == score.epoch());
        assert(next.value() == score.value() && next.updatedAt() == score.updatedAt());
        Score later = next.withEpoch(observedAt);
        assert(later.epoch() == observedAt && later.pendingValue() == value && later.pendingSince() == since);
        assert(later.pendingUntil() == next.pendingUntil());
        assert(later.value() == score.value() && later.updatedAt() == score.updatedAt());
        Score without = later.withoutPending();
        assert(!without.isPending() && without.value() == score.value() && without.epoch() == observedAt);
        assert(without.updatedAt() == score.updatedAt());
    }

    /// @dev What waited comes to count in time, and not before.
    function check_ScoreSettled(uint256 word, uint40 time) external pure {
        Score score = Score.wrap(word);
        Score now_ = score.settled(time);
        bool due = score.isPending() && time >= score.pendingUntil();
        if (!due) {
            assert(Score.unwrap(now_) == word);
            return;
        }
        assert(!now_.isPending() && now_.value() == score.pendingValue() && now_.epoch() == score.epoch());
        assert(now_.updatedAt() == (score.epoch() < time ? score.epoch() : time));
    }

    function _checkTimes(PriceHead head, uint256 time, uint256 lag) private pure {
        if (time + lag < ReportWindow.FUTURE_TOLERANCE || time < ReportWindow.FUTURE_TOLERANCE) return;
        uint256 accepted = time + lag - ReportWindow.FUTURE_TOLERANCE;
        assert(head.acceptedAt() == accepted);
        assert(head.updatedAt() == (time < accepted ? time : accepted));
    }

    function _checkLimits(PriceHead head, PriceHead next) private pure {
        assert(next.maxDelay() == head.maxDelay() && next.breakerBps() == head.breakerBps());
        assert(next.confirmationTime() == head.confirmationTime());
    }
}
