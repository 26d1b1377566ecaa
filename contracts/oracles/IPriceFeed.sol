// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AggregatorV3Interface} from "@chainlink/contracts/src/v0.8/shared/interfaces/AggregatorV3Interface.sol";
import {IQuorumVerifier} from "./IQuorumVerifier.sol";

/// @title IPriceFeed
/// @notice One price, fed by quorum reports, read through Chainlink's AggregatorV3Interface.
interface IPriceFeed is AggregatorV3Interface {
    /// @notice Limits that governance sets.
    /// @param maxDelay Oldest report accepted, in seconds before the block's time.
    /// @param breakerBps Largest move against the last price that an ordinary quorum may make, in basis points.
    /// @param confirmationTime Seconds for which ordinary reports must agree with each other before they end a dispute.
    struct Parameters {
        uint16 maxDelay;
        uint16 breakerBps;
        uint16 confirmationTime;
    }

    // Every accepted report leaves exactly one of the next two events, and it names the report's epoch. With the times of
    // their blocks, these and the two after them say everything that the feed's views do.

    /// @notice A report made the latest round. Same event and topics as Chainlink's AggregatorInterface.
    /// Warning: `updatedAt` is the report's epoch, which may lie up to 15 seconds ahead of this event's block. The views
    /// return the earlier of the two for the round.
    /// @param current The price, in units of 10^-decimals.
    /// @param roundId The new round, one above the last.
    /// @param updatedAt The report's `observedAt`, in seconds: rises strictly from event to event.
    event AnswerUpdated(int256 indexed current, uint256 indexed roundId, uint256 updatedAt);
    /// @notice A report by an ordinary quorum made no round: it moved the price further than the breaker allows, or agrees
    /// with one that did, too early to confirm it. The feed is disputed until DisputeResolved.
    /// @param lastPrice The last good price, which may not be read as the latest meanwhile.
    /// @param disputedPrice The reported price, to be confirmed.
    /// @param observedAt The report's epoch, in seconds.
    /// @param since When the confirmation began, in seconds: stays while reports agree, moves on when one restarts it.
    event PriceDisputed(int256 lastPrice, int256 disputedPrice, uint256 indexed observedAt, uint256 since);
    /// @notice The dispute ended: the price of the AnswerUpdated that follows in the same call is confirmed.
    event DisputeResolved(uint256 indexed roundId);
    /// @notice The limits changed.
    event ParametersSet(Parameters parameters);

    /// @notice The epoch does not rise: a report with this or a later observation was accepted before.
    error EpochNotRising(uint256 observedAt, uint256 lastObservedAt);
    /// @notice The observation lies more than 15 seconds in the future of the block.
    error ReportFromFuture(uint256 observedAt, uint256 blockTime);
    /// @notice The observation is older than `maxDelay`.
    error ReportTooOld(uint256 observedAt, uint256 blockTime, uint256 maxDelay);
    /// @notice The price is not positive or does not fit the feed (at most type(int112).max).
    error PriceOutOfRange(int256 price);
    /// @notice The latest price is disputed since `since` and may not be used.
    error FeedDisputed(uint256 since);
    /// @notice No such round, or it left the ring of 128.
    error RoundNotAvailable(uint256 roundId, uint256 latestRoundId);
    /// @notice A limit is outside its range.
    error ParameterOutOfRange(Parameters parameters);

    /// @notice Accepts a quorum report. Anyone may transmit it.
    /// @param price Price in units of 10^-decimals.
    /// @param observedAt Time of the observation in seconds: strictly rising, at most block time + 15, at least block
    /// time - maxDelay.
    /// @param setId Signer set that signed.
    /// @param signatures See {IQuorumVerifier-verify}. The digest is EIP-712 over
    /// PriceReport(bytes32 feedId,int256 price,uint256 observedAt,uint32 setId) in the domain
    /// ("Fluxion PriceFeed", "1", chain id, this address).
    function report(int256 price, uint256 observedAt, uint32 setId, bytes calldata signatures) external;

    /// @notice Sets the limits. Restricted by the AccessManager.
    function setParameters(Parameters calldata parameters) external;

    /// @notice Identifier of the pair: its name in ASCII, right-padded, e.g. "EUR/USD".
    function feedId() external view returns (bytes32);
    /// @notice The verifier whose signer set reports here.
    function verifier() external view returns (IQuorumVerifier);
    /// @notice The limits in force.
    function parameters() external view returns (Parameters memory);
    /// @notice Epoch of the last accepted report, and whether the feed is disputed, since when and at what price.
    function status()
        external
        view
        returns (uint256 lastObservedAt, bool disputed, uint256 disputedSince, int256 disputedPrice);
    /// @notice EIP-712 digest of a report.
    function reportDigest(int256 price, uint256 observedAt, uint32 setId) external view returns (bytes32);
}
