// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title IReportWindow
/// @notice Why a signed report is refused for its time; {ReportWindow} has the rules. Every time is in seconds.
interface IReportWindow {
    /// @notice The observation lies more than 15 seconds in the future of the block.
    /// @param observedAt Observation of the report.
    /// @param blockTime Time of the block that refused it.
    error ReportFromFuture(uint256 observedAt, uint256 blockTime);
    /// @notice The observation is older than `maxDelay`.
    /// @param observedAt Observation of the report.
    /// @param blockTime Time of the block that refused it.
    /// @param maxDelay Oldest observation accepted, in seconds before the block's time.
    error ReportTooOld(uint256 observedAt, uint256 blockTime, uint256 maxDelay);
    /// @notice Not both times of the report, observation and block, are later than both times of the last one.
    /// @param observedAt Observation of the report.
    /// @param blockTime Time of the block that refused it.
    /// @param lastObservedAt Observation of the last accepted report.
    /// @param lastAcceptedAt Time of the block that accepted it.
    error ReportNotLater(uint256 observedAt, uint256 blockTime, uint256 lastObservedAt, uint256 lastAcceptedAt);
}
