// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AggregatorInterface} from "@chainlink/contracts/src/v0.8/shared/interfaces/AggregatorInterface.sol";
import {StdAssertions} from "forge-std/StdAssertions.sol";
import {Vm} from "forge-std/Vm.sol";
import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IPriceFeed} from "../../contracts/oracles/IPriceFeed.sol";

/// @notice What an indexer knows of a feed: its events and the times of their blocks, never a call to it.
contract PriceFeedFromEvents is StdAssertions {
    struct Round {
        int256 price;
        uint256 updatedAt;
    }

    address private immutable _feed;
    Round[] public rounds;
    /// @notice Reports so far: each leaves one event that names its epoch.
    uint256 public reports;
    uint256 public lastObservedAt;
    uint256 public lastAcceptedAt;
    bool public disputed;
    uint256 public disputedSince;
    int256 public disputedPrice;
    IPriceFeed.Parameters private _parameters;

    constructor(address feed) {
        _feed = feed;
    }

    /// @notice Reads the events of one block, of whatever contracts.
    function read(Vm.Log[] calldata logs, uint256 blockTime) external {
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].emitter == _feed) _read(logs[i], blockTime);
        }
    }

    function roundCount() external view returns (uint256) {
        return rounds.length;
    }

    function parameters() external view returns (IPriceFeed.Parameters memory) {
        return _parameters;
    }

    function _read(Vm.Log calldata log, uint256 blockTime) private {
        bytes32 kind = log.topics[0];
        if (kind == AggregatorInterface.AnswerUpdated.selector) {
            uint256 observedAt = abi.decode(log.data, (uint256));
            _accept(observedAt, blockTime);
            assertFalse(disputed, "ORACLE-16: a round in a dispute that nothing resolved");
            rounds.push(Round(int256(uint256(log.topics[1])), observedAt < blockTime ? observedAt : blockTime));
            assertEq(uint256(log.topics[2]), rounds.length, "ORACLE-16: the round in the event");
        } else if (kind == IPriceFeed.PriceDisputed.selector) {
            int256 lastPrice;
            (lastPrice, disputedPrice, disputedSince) = abi.decode(log.data, (int256, int256, uint256));
            _accept(uint256(log.topics[1]), blockTime);
            disputed = true;
            assertEq(lastPrice, rounds[rounds.length - 1].price, "ORACLE-16: the last price in the event");
        } else if (kind == IPriceFeed.DisputeResolved.selector) {
            assertTrue(disputed, "ORACLE-16: the end of no dispute");
            assertEq(uint256(log.topics[1]), rounds.length + 1, "ORACLE-16: the round that ends the dispute");
            (disputed, disputedSince, disputedPrice) = (false, 0, 0);
        } else if (kind == IPriceFeed.ParametersSet.selector) {
            _parameters = abi.decode(log.data, (IPriceFeed.Parameters));
        } else {
            assertEq(kind, IAccessManaged.AuthorityUpdated.selector, "ORACLE-16: an event that nobody expects");
        }
    }

    function _accept(uint256 observedAt, uint256 blockTime) private {
        assertGt(observedAt, lastObservedAt, "ORACLE-16: epochs rise from event to event");
        (lastObservedAt, lastAcceptedAt) = (observedAt, blockTime);
        ++reports;
    }
}
