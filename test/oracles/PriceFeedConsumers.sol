// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AggregatorV2V3Interface} from "@chainlink/contracts/src/v0.8/shared/interfaces/AggregatorV2V3Interface.sol";

/// @notice Calls of Chainlink feeds in the patterns of protocols whose bytecode is in no registry: which functions, in
/// what order, and what they make of reverts. Written for these tests.
contract PriceFeedConsumers {
    AggregatorV2V3Interface private immutable _feed;

    constructor(address feed) {
        _feed = AggregatorV2V3Interface(feed);
    }

    /// @notice Compound's Comet: the latest answer, which must be positive.
    function comet() external view returns (uint256) {
        (, int256 price,,,) = _feed.latestRoundData();
        require(price > 0, "bad price");
        return uint256(price);
    }

    /// @notice Compound 2's price oracles: answer and time by the older views.
    function compoundV2(uint256 maxAge) external view returns (uint256) {
        int256 answer = _feed.latestAnswer();
        require(answer > 0 && block.timestamp - _feed.latestTimestamp() <= maxAge, "stale");
        return uint256(answer);
    }

    /// @notice Liquity 1: the latest round and the one before it, each caught; either missing means that the oracle is
    /// broken.
    function liquity() external view returns (bool working, int256 current, int256 previous) {
        uint80 latest;
        try _feed.latestRoundData() returns (uint80 id, int256 answer, uint256, uint256 updatedAt, uint80) {
            if (id == 0 || updatedAt == 0 || updatedAt > block.timestamp || answer <= 0) return (false, 0, 0);
            (latest, current) = (id, answer);
        } catch {
            return (false, 0, 0);
        }
        try _feed.getRoundData(latest - 1) returns (uint80 id, int256 answer, uint256, uint256 updatedAt, uint80) {
            if (id == 0 || updatedAt == 0 || answer <= 0) return (false, 0, 0);
            previous = answer;
        } catch {
            return (false, 0, 0);
        }
        working = true;
    }

    /// @notice Synthetix' ExchangeRates: the latest round's id, then rates and times by id, a low-level call each, back
    /// in time until a round is old enough.
    function synthetixRateBefore(uint256 time) external view returns (uint256 roundId, int256 rate, uint256 updatedAt) {
        roundId = _feed.latestRound();
        for (; roundId > 0; --roundId) {
            (bool success, bytes memory data) =
                address(_feed).staticcall(abi.encodeCall(_feed.getRoundData, (uint80(roundId))));
            if (!success) break;
            (, rate,, updatedAt,) = abi.decode(data, (uint80, int256, uint256, uint256, uint80));
            if (updatedAt <= time) return (roundId, rate, updatedAt);
        }
        return (0, 0, 0);
    }

    /// @notice Consumers of the first interface: answer and time of a round by id.
    function byId(uint256 roundId) external view returns (int256, uint256) {
        return (_feed.getAnswer(roundId), _feed.getTimestamp(roundId));
    }
}
