// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IReportWindow} from "../access/IReportWindow.sol";
import {IQuorumVerifier} from "./IQuorumVerifier.sol";

/// @title IReputationOracle
/// @notice A score from 0 to 10,000 for each skill wallet, by token id, reported in batches that a quorum signs. A
/// score moves at once by at most `maxMove`; a larger move waits until nobody has vetoed it for a while.
interface IReputationOracle is IReportWindow {
    /// @notice Limits that governance sets.
    /// @param maxDelay Oldest report accepted, in seconds before the block's time.
    /// @param minInterval Least time between two observations of one score, in seconds, so that many small moves are no
    /// large one: at most maxMove x (1 + (maxDelay + 15) / minInterval) in one block, and maxMove in each minInterval
    /// from then on.
    /// @param vetoWindow Seconds for which a larger move waits that begins to wait from now on.
    /// @param maxMove Largest move that does not wait, in points.
    struct Parameters {
        uint32 maxDelay;
        uint32 minInterval;
        uint32 vetoWindow;
        uint16 maxMove;
    }

    /// @notice What is known of a score.
    /// @param score The score now, 0 to 10,000.
    /// @param updatedAt Observation of the last report that bears the score out, at most the block's time when it was
    /// accepted; zero: never reported.
    /// @param epoch Observation of the last report: the next must be later by `minInterval`.
    /// @param pending Whether a larger move waits.
    /// @param pendingScore The score that waits.
    /// @param pendingUntil From when it counts, if nobody vetoes it.
    struct Reputation {
        uint256 score;
        uint256 updatedAt;
        uint256 epoch;
        bool pending;
        uint256 pendingScore;
        uint256 pendingUntil;
    }

    /// @notice A batch was accepted. Each update counts at once, but for those that an event of this transaction says
    /// are held.
    /// @param observedAt Observation of the batch, in seconds.
    /// @param updates As reported: wallet x 65,536 + score.
    event ScoresReported(uint256 indexed observedAt, uint256[] updates);
    /// @notice A larger move waits from `since`; the score stays as it was. Reports near the waiting score bear it out
    /// and change nothing: for them the event repeats the score that waits and its time.
    /// @param wallet Token id of the skill wallet.
    /// @param heldScore The score that waits, 0 to 10,000.
    /// @param since When it began to wait, in seconds: it counts from since + the vetoWindow of then on.
    event ScoreHeld(uint256 indexed wallet, uint256 heldScore, uint256 since);
    /// @notice Nothing waited for this wallet, or it had come to count: the veto changed nothing of it.
    /// @param wallet Token id of the skill wallet.
    event VetoSkipped(uint256 indexed wallet);
    /// @notice A larger move was vetoed.
    /// @param wallet Token id of the skill wallet.
    /// @param vetoedScore The score that waited and does no more.
    event ScoreVetoed(uint256 indexed wallet, uint256 vetoedScore);
    /// @notice The limits changed.
    /// @param parameters The limits in force from now on.
    event ParametersSet(Parameters parameters);

    /// @notice The epoch does not rise by `minInterval` for this wallet.
    /// @param wallet Token id of the skill wallet.
    /// @param observedAt Observation of the refused batch, in seconds.
    /// @param lastObservedAt Observation of the wallet's last report, in seconds.
    error EpochNotRising(uint256 wallet, uint256 observedAt, uint256 lastObservedAt);
    /// @notice A score above 10,000.
    /// @param wallet Token id of the skill wallet.
    /// @param score The refused score.
    error ScoreOutOfRange(uint256 wallet, uint256 score);
    /// @notice No updates.
    error BatchEmpty();
    /// @notice The score was never reported, or its last report is older than `maxAge`.
    /// @param wallet Token id of the skill wallet.
    /// @param updatedAt Observation of the report that bears the score out, in seconds; zero: none.
    /// @param maxAge Oldest report that was asked for, in seconds.
    error ScoreStale(uint256 wallet, uint256 updatedAt, uint256 maxAge);
    /// @notice A limit is outside its range.
    /// @param parameters The refused limits.
    error ParameterOutOfRange(Parameters parameters);

    /// @notice Accepts a batch of scores observed at one time. Anyone may transmit it; all or nothing.
    /// @dev Errors: BatchEmpty, ReportTooOld, ReportFromFuture, those of {IQuorumVerifier-verify}, ScoreOutOfRange,
    /// EpochNotRising.
    /// @param updates Each wallet x 65,536 + score, no wallet twice.
    /// @param observedAt Time of the observation in seconds: for each wallet at least `minInterval` after the last, at
    /// most block time + 15, at least block time - maxDelay.
    /// @param setId Signer set that signed.
    /// @param signatures See {IQuorumVerifier-verify}. The digest is EIP-712 over
    /// ReputationReport(uint256[] updates,uint256 observedAt,uint32 setId) in the domain ("Fluxion ReputationOracle",
    /// "1", chain id, this address).
    function report(uint256[] calldata updates, uint256 observedAt, uint32 setId, bytes calldata signatures) external;

    /// @notice Drops larger moves that wait; a next report may begin them anew. A wallet of which nothing waits is
    /// skipped with {VetoSkipped} and holds up no other. Restricted by the AccessManager.
    /// @param wallets Token ids, in whatever order and as often as they come.
    function veto(uint256[] calldata wallets) external;

    /// @notice Sets the limits. Restricted by the AccessManager.
    /// @dev A changed veto window concerns no move that waits already, nor one that has come to count.
    /// @param parameters None zero; maxMove at most 10,000 points. Reverts with ParameterOutOfRange.
    function setParameters(Parameters calldata parameters) external;

    /// @notice The score of a wallet; reverts with ScoreStale unless a young enough report bears it out.
    /// @param wallet Token id of the skill wallet.
    /// @param maxAge Oldest report accepted, in seconds before the block's time.
    /// @return score The score now, 0 to 10,000.
    function read(uint256 wallet, uint256 maxAge) external view returns (uint256 score);
    /// @notice All that is known of a score.
    /// @param wallet Token id of the skill wallet.
    /// @return What {Reputation} says; all zero for a wallet that was never reported.
    function reputationOf(uint256 wallet) external view returns (Reputation memory);
    /// @notice The limits in force.
    /// @return Seconds, seconds, seconds and points, as {Parameters} says.
    function parameters() external view returns (Parameters memory);
    /// @notice The verifier whose signer set reports here.
    /// @return A QuorumVerifier, the same for good.
    function verifier() external view returns (IQuorumVerifier);
    /// @notice EIP-712 digest of a batch, which its signers sign.
    /// @param updates Each wallet x 65,536 + score, in the order of the report.
    /// @param observedAt Time of the observation, in seconds.
    /// @param setId Signer set that signs.
    /// @return The digest for this oracle on this chain.
    function reportDigest(uint256[] calldata updates, uint256 observedAt, uint32 setId) external view returns (bytes32);
}
