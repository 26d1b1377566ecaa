// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AggregatorV2V3Interface} from "@chainlink/contracts/src/v0.8/shared/interfaces/AggregatorV2V3Interface.sol";
import {IReportWindow} from "../access/IReportWindow.sol";
import {IQuorumVerifier} from "./IQuorumVerifier.sol";

/// @title IPriceFeed
/// @notice One price, fed by quorum reports, read through Chainlink's AggregatorV2V3Interface. Prices are in units of
/// 10^-decimals, times in seconds.
/// @dev What Chainlink's interfaces leave open, here:
/// - `latestRoundData`, `latestAnswer`, `latestTimestamp` and `latestRound` revert with FeedDisputed while the feed is
///   disputed, and with RoundNotAvailable before the first round; else they say the same of the same round.
/// - `getRoundData`, `getAnswer` and `getTimestamp` serve the last 128 rounds, in a dispute too, and revert with
///   RoundNotAvailable for every other id.
/// - Rounds are numbered from 1, without phases. `startedAt` and `updatedAt` are the earlier of a round's observation
///   and its block's time, and `answeredInRound` is the round itself.
/// - `AnswerUpdated(int256 indexed current, uint256 indexed roundId, uint256 updatedAt)` is emitted for every round.
///   Warning: its `updatedAt` is the report's epoch, which may lie up to 15 seconds ahead of the event's block.
/// - `NewRound` is never emitted: it would say what AnswerUpdated says, for 1,756 gas a report.
interface IPriceFeed is AggregatorV2V3Interface, IReportWindow {
    /// @notice Limits that governance sets.
    /// @param maxDelay Oldest report accepted, in seconds before the block's time.
    /// @param breakerBps Largest move against the last price that an ordinary quorum may make, in basis points.
    /// @param confirmationTime Seconds for which ordinary reports must agree with each other before they end a dispute.
    struct Parameters {
        uint16 maxDelay;
        uint16 breakerBps;
        uint16 confirmationTime;
    }

    // Every accepted report leaves exactly one AnswerUpdated or PriceDisputed, and it names the report's epoch. With
    // the times of their blocks, these and the two events after them say everything that the feed's views do.

    /// @notice A report by an ordinary quorum made no round: it moved the price further than the breaker allows, or
    /// agrees with one that did, too early to confirm it. The feed is disputed until DisputeResolved.
    /// @param lastPrice The last good price, which may not be read as the latest meanwhile.
    /// @param disputedPrice The reported price, to be confirmed.
    /// @param observedAt The report's epoch, in seconds.
    /// @param since When the confirmation began, in seconds: stays while reports agree, moves on when one restarts it.
    event PriceDisputed(int256 lastPrice, int256 disputedPrice, uint256 indexed observedAt, uint256 since);
    /// @notice The dispute ended: the price of the AnswerUpdated that follows in the same call is confirmed.
    /// @param roundId The round of that price.
    event DisputeResolved(uint256 indexed roundId);
    /// @notice The limits changed.
    /// @param parameters The limits in force from now on.
    event ParametersSet(Parameters parameters);

    /// @notice The epoch does not rise: a report with this or a later observation was accepted before.
    /// @param observedAt Observation of the refused report, in seconds.
    /// @param lastObservedAt Observation of the last accepted report, in seconds.
    error EpochNotRising(uint256 observedAt, uint256 lastObservedAt);
    /// @notice The price is not positive or does not fit the feed (at most type(int112).max).
    /// @param price The refused price, in units of 10^-decimals.
    error PriceOutOfRange(int256 price);
    /// @notice The latest price is disputed and may not be used.
    /// @param since When the confirmation of the disputed price began, in seconds.
    error FeedDisputed(uint256 since);
    /// @notice No such round, or it left the ring of 128.
    /// @param roundId The round that was asked for; zero: the latest.
    /// @param latestRoundId The latest round; zero before the first.
    error RoundNotAvailable(uint256 roundId, uint256 latestRoundId);
    /// @notice A limit is outside its range.
    /// @param parameters The refused limits.
    error ParameterOutOfRange(Parameters parameters);

    /// @notice Accepts a quorum report. Anyone may transmit it.
    /// @dev A report by a strict quorum makes a round whatever its price. One by an ordinary quorum must follow the
    /// last accepted report: min(observedAt, block time) > max(observedAt, block time) of that one, or the call reverts
    /// with ReportNotLater. So at most one ordinary report counts in a block, and none after a strict one in the same
    /// block. It makes a round when its price lies within the breaker of the last good one, and enters or continues a
    /// dispute otherwise. Errors, in this order: EpochNotRising, ReportTooOld, ReportFromFuture, PriceOutOfRange, those
    /// of {IQuorumVerifier-verify}, ReportNotLater.
    /// @param price Price in units of 10^-decimals, 1 to type(int112).max.
    /// @param observedAt Time of the observation in seconds: strictly rising, at most block time + 15, at least block
    /// time - maxDelay.
    /// @param setId Signer set that signed.
    /// @param signatures See {IQuorumVerifier-verify}. The digest is EIP-712 over
    /// PriceReport(bytes32 feedId,int256 price,uint256 observedAt,uint32 setId) in the domain
    /// ("Fluxion PriceFeed", "1", chain id, this address).
    function report(int256 price, uint256 observedAt, uint32 setId, bytes calldata signatures) external;

    /// @notice Sets the limits. Restricted by the AccessManager. They hold for the next report, in an open dispute too.
    /// @param parameters maxDelay: 1 to 65,520 s; breakerBps: 1 to 9,999; confirmationTime: 1 to 65,535 s.
    function setParameters(Parameters calldata parameters) external;

    /// @notice Identifier of the pair.
    /// @return Its name in ASCII, right-padded, e.g. "EUR/USD".
    function feedId() external view returns (bytes32);
    /// @notice The verifier whose signer set reports here.
    /// @return A QuorumVerifier, the same for good.
    function verifier() external view returns (IQuorumVerifier);
    /// @notice The limits in force.
    /// @return Seconds, basis points and seconds, as {Parameters} says.
    function parameters() external view returns (Parameters memory);
    /// @notice What the next report is held against.
    /// @return lastObservedAt Epoch of the last accepted report, in seconds: the next must be later. Zero before the
    /// first.
    /// @return disputed Whether the feed is disputed.
    /// @return disputedSince When the confirmation of the disputed price began, in seconds; zero without a dispute.
    /// @return disputedPrice The price to be confirmed, in units of 10^-decimals; zero without a dispute.
    /// @return lastAcceptedAt Time of the block that accepted the last report, in seconds: both times of the next
    /// ordinary report must be later than this and than `lastObservedAt`. Zero before the first.
    function status()
        external
        view
        returns (
            uint256 lastObservedAt,
            bool disputed,
            uint256 disputedSince,
            int256 disputedPrice,
            uint256 lastAcceptedAt
        );
    /// @notice EIP-712 digest of a report, which its signers sign.
    /// @param price Price in units of 10^-decimals.
    /// @param observedAt Time of the observation, in seconds.
    /// @param setId Signer set that signs.
    /// @return The digest for this feed on this chain.
    function reportDigest(int256 price, uint256 observedAt, uint32 setId) external view returns (bytes32);
}
