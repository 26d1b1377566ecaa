// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IReportWindow} from "./IReportWindow.sol";

/// @title ReportWindow
/// @notice When a report signed off chain may be accepted: not before its observation, save for what a signer's clock
/// may run ahead; not long after it, so that nobody keeps reports back; and, where a rule bounds what one report may
/// change, not in the block of the last one, so that the rule bounds what one block may change.
library ReportWindow {
    /// @dev Seconds by which a signer's clock may run ahead of the block's.
    uint256 internal constant FUTURE_TOLERANCE = 15;

    /// @dev Checks `observedAt` against the block's time.
    /// @param observedAt Observation of the report, in seconds.
    /// @param maxDelay Oldest observation accepted, in seconds before the block's time: far below 2^256.
    /// @return lag Block time + FUTURE_TOLERANCE - observedAt, in seconds: 0 to maxDelay + FUTURE_TOLERANCE.
    function lagOf(uint256 observedAt, uint256 maxDelay) internal view returns (uint256 lag) {
        unchecked {
            // An observation too far ahead wraps to a lag beyond any limit.
            lag = block.timestamp + FUTURE_TOLERANCE - observedAt;
            if (lag > maxDelay + FUTURE_TOLERANCE) {
                if (observedAt < block.timestamp) {
                    revert IReportWindow.ReportTooOld(observedAt, block.timestamp, maxDelay);
                }
                revert IReportWindow.ReportFromFuture(observedAt, block.timestamp);
            }
        }
    }

    /// @dev Checks that the report follows the last one: both its times lie after both times of that one. So one report
    /// at most fits a block, and what was observed before the last one counted is not news. No report closes the door
    /// for long: from the last acceptance on it takes FUTURE_TOLERANCE + 1 seconds at most until a fresh report
    /// follows.
    /// @param observedAt Observation of the report, in seconds.
    /// @param lastObservedAt Observation of the last accepted report, in seconds.
    /// @param lastAcceptedAt Time of the block that accepted it, in seconds.
    function checkFollows(uint256 observedAt, uint256 lastObservedAt, uint256 lastAcceptedAt) internal view {
        uint256 earliest = observedAt < block.timestamp ? observedAt : block.timestamp;
        if (earliest <= lastObservedAt || earliest <= lastAcceptedAt) {
            revert IReportWindow.ReportNotLater(observedAt, block.timestamp, lastObservedAt, lastAcceptedAt);
        }
    }
}
