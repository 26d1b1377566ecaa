//! What the suite calls and signs.
#![allow(missing_docs)]

use alloy_sol_types::sol;

sol! {
    #[derive(Debug, PartialEq, Eq)]
    struct FeedLimits {
        uint16 maxDelay;
        uint16 breakerBps;
        uint16 confirmationTime;
    }

    #[derive(Debug, PartialEq, Eq)]
    struct ScoreLimits {
        uint32 maxDelay;
        uint32 minInterval;
        uint32 vetoWindow;
        uint16 maxMove;
    }

    #[derive(Debug, PartialEq, Eq)]
    struct Reputation {
        uint256 score;
        uint256 updatedAt;
        uint256 epoch;
        bool pending;
        uint256 pendingScore;
        uint256 pendingUntil;
    }

    struct PriceReport {
        bytes32 feedId;
        int256 price;
        uint256 observedAt;
        uint32 setId;
    }

    struct ReputationReport {
        uint256[] updates;
        uint256 observedAt;
        uint32 setId;
    }

    interface IVerifier {
        function rotate(address[] calldata signers, uint8 threshold, uint8 strictThreshold) external
            returns (uint32 setId);
        function currentSet() external view
            returns (uint32 setId, address[] memory signers, uint8 threshold, uint8 strictThreshold);
    }

    interface IFeed {
        event AnswerUpdated(int256 indexed current, uint256 indexed roundId, uint256 updatedAt);
        event PriceDisputed(int256 lastPrice, int256 disputedPrice, uint256 indexed observedAt, uint256 since);
        event DisputeResolved(uint256 indexed roundId);

        error FeedDisputed(uint256 since);
        error RoundNotAvailable(uint256 roundId, uint256 latestRoundId);

        function report(int256 price, uint256 observedAt, uint32 setId, bytes calldata signatures) external;
        function setParameters(FeedLimits calldata parameters) external;
        function parameters() external view returns (FeedLimits memory);
        function latestRoundData() external view
            returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound);
        function getRoundData(uint80 roundId) external view
            returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound);
        function latestAnswer() external view returns (int256);
        function latestTimestamp() external view returns (uint256);
        function latestRound() external view returns (uint256);
        function getAnswer(uint256 roundId) external view returns (int256);
        function getTimestamp(uint256 roundId) external view returns (uint256);
        function status() external view
            returns (
                uint256 lastObservedAt,
                bool disputed,
                uint256 disputedSince,
                int256 disputedPrice,
                uint256 lastAcceptedAt
            );
    }

    interface IScores {
        error ScoreStale(uint256 wallet, uint256 updatedAt, uint256 maxAge);

        function report(
            uint256[] calldata updates,
            uint256 observedAt,
            uint32 setId,
            bytes calldata signatures
        ) external;
        function veto(uint256[] calldata wallets) external;
        function setParameters(ScoreLimits calldata parameters) external;
        function parameters() external view returns (ScoreLimits memory);
        function read(uint256 wallet, uint256 maxAge) external view returns (uint256 score);
        function reputationOf(uint256 wallet) external view returns (Reputation memory);
    }

    interface IContractSigner {
        function approve(bytes32 digest, bytes calldata signature) external;
    }
}
