// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IReportWindow} from "../../contracts/access/IReportWindow.sol";
import {IPriceFeed} from "../../contracts/oracles/IPriceFeed.sol";
import {PriceFeedFixture} from "./PriceFeedFixture.sol";

/// @notice ORACLE-11 and ORACLE-1: what an ordinary quorum can do within one block, judged by the prices before and
/// after it alone; PriceFeedBlock.tree is the specification.
contract PriceFeedBlockTest is PriceFeedFixture {
    uint256 private constant FUTURE = 15;

    function setUp() external {
        deployAll();
    }

    function test_WhenOrdinaryReportsFillOneBlock() external {
        for (uint256 i = 0; i < 2; ++i) {
            deployAll();
            reportAt(START, ordinary, PRICE);
            int256 before = _latest();
            vm.warp(START + MAX_DELAY);
            // Every second of the window, each as far as the breaker allows.
            for (uint256 t = START; t <= START + MAX_DELAY + FUTURE; ++t) {
                _try(ordinary, _edge(_latest(), i == 0), t);
            }
            _assertWithinOneBreaker(_latest(), before, "one block of ordinary reports");
            // Consumers still find the round before.
            assertRound(1, PRICE, START);
            _assertAFreshReportIsAccepted();
        }
    }

    /// @dev Any number of ordinary reports, each dated anywhere in the window and priced anywhere: greedy, honest or
    /// wild.
    function test_WhenOrdinaryReportsOfAnyTimesFillOneBlock(uint256 seed, uint64 delay, uint8 count) external {
        reportAt(START, ordinary, PRICE);
        vm.warp(START + bound(delay, 1, 2 * MAX_DELAY));
        int256 before = _latest();
        uint256 accepted;
        for (uint256 i = 0; i < uint256(count) % 9 + 2; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            uint256 time = block.timestamp - MAX_DELAY + seed % (MAX_DELAY + FUTURE + 1);
            // Where epochs have to rise, an order of its own helps the attack.
            if (seed >> 32 & 1 == 0) time = block.timestamp + FUTURE - (10 - i);
            int256 price = _pick(seed >> 64);
            if (_try(ordinary, price, time)) ++accepted;
        }
        assertLe(accepted, 1, "ORACLE-11: ordinary reports that count in one block");
        if (!_isDisputed()) _assertWithinOneBreaker(_latest(), before, "one block of reports of any times");
        _assertAFreshReportIsAccepted();
    }

    function test_WhenOrdinaryReportsFillTheBlockThatEndsADispute() external {
        reportAt(START, ordinary, PRICE);
        reportAt(START + 10, ordinary, 2 * PRICE);
        reportAt(START + 400, ordinary, 2 * PRICE);
        // Three of five wait for the block in which the others' agreement has lasted long enough.
        vm.warp(START + 10 + CONFIRMATION);
        int256 price = 2 * PRICE;
        // Those observed before this second walk the price under dispute; the first of this second confirms it.
        for (uint256 t = block.timestamp - MAX_DELAY; t <= block.timestamp + FUTURE; ++t) {
            if (_try(ordinary, _edge(price, true), t)) price = _edge(price, true);
        }
        if (!_isDisputed()) _assertWithinOneBreaker(_latest(), 2 * PRICE, "the block that ends a dispute");
        (, bool disputed,, int256 disputedPrice,) = feed.status();
        if (disputed) _assertWithinOneBreaker(disputedPrice, 2 * PRICE, "the price under dispute");
        _assertAFreshReportIsAccepted();
    }

    function test_WhenOrdinaryReportsComeOneABlock() external {
        reportAt(START, ordinary, PRICE);
        int256 price = PRICE;
        for (uint256 i = 1; i <= 20; ++i) {
            vm.warp(START + i);
            price = _edge(price, true);
            for (uint256 j = 0; j <= FUTURE; ++j) {
                bool accepted = _try(ordinary, j == 0 ? price : _edge(_latest(), true), block.timestamp + j);
                assertEq(accepted, j == 0, "ORACLE-1: the first of each block, and no other");
            }
            assertLatest(i + 1, price, START + i);
        }
    }

    function test_RevertWhen_AnOrdinaryReportWasObservedBeforeTheLastWasAccepted() external {
        vm.warp(START + 30);
        report(ordinary, PRICE, START);
        vm.warp(START + 40);
        for (uint256 observedAt = START + 1; observedAt <= START + 30; ++observedAt) {
            _expectNotLater(observedAt, START, START + 30);
        }
        report(ordinary, PRICE + 1, START + 31);
        assertLatest(2, PRICE + 1, START + 31);
    }

    function test_RevertWhen_AnOrdinaryReportSharesTheBlockOfTheLast() external {
        reportAt(START, ordinary, PRICE);
        for (uint256 i = 1; i <= FUTURE; ++i) {
            _expectNotLater(START + i, START, START);
        }
        // An older observation of the last report leaves no room after it: the block is what counts.
        vm.warp(START + 30);
        report(ordinary, PRICE + 1, START + 1);
        for (uint256 i = 0; i <= FUTURE; ++i) {
            _expectNotLater(START + 30 + i, START + 1, START + 30);
        }
        vm.warp(START + 31);
        report(ordinary, PRICE + 2, START + 31);
        assertLatest(3, PRICE + 2, START + 31);
    }

    function test_RevertWhen_TheLastReportWasObservedAheadOfItsBlock() external {
        report(ordinary, PRICE, START + FUTURE);
        for (uint256 i = 1; i <= FUTURE; ++i) {
            vm.warp(START + i);
            _expectNotLater(START + FUTURE + i, START + FUTURE, START);
        }
        vm.warp(START + FUTURE + 1);
        report(ordinary, PRICE + 1, START + FUTURE + 1);
        assertLatest(2, PRICE + 1, START + FUTURE + 1);
    }

    function test_RevertWhen_TheLastReportEnteredADispute() external {
        reportAt(START, ordinary, PRICE);
        vm.warp(START + 30);
        report(ordinary, 2 * PRICE, START + 20);
        assertDisputed(START + 30, 2 * PRICE, START + 20);
        _expectNotLater(START + 31, START + 20, START + 30);
        vm.warp(START + 31);
        _expectNotLater(START + 30, START + 20, START + 30);
        report(ordinary, PRICE, START + 31);
        assertLatest(2, PRICE, START + 31);
    }

    function test_WhenAStrictQuorumReportsInTheBlockOfAnOrdinaryReport() external {
        vm.warp(START + 50);
        report(ordinary, PRICE, START);
        report(strict, 3 * PRICE, START + 1);
        assertLatest(2, 3 * PRICE, START + 1);
        report(strict, 2 * PRICE, START + 50 + FUTURE);
        assertLatest(3, 2 * PRICE, START + 50);
        assertAccepted(START + 50);
    }

    function test_RevertWhen_AnOrdinaryReportFollowsAStrictOneInItsBlock() external {
        reportAt(START, strict, PRICE);
        _expectNotLater(START + 1, START, START);
        vm.warp(START + 1);
        report(ordinary, PRICE, START + 1);
        assertLatest(2, PRICE, START + 1);
    }

    // Inside

    function _expectNotLater(uint256 observedAt, uint256 lastObservedAt, uint256 lastAcceptedAt) private {
        bytes memory reason = abi.encodeWithSelector(
            IReportWindow.ReportNotLater.selector, observedAt, block.timestamp, lastObservedAt, lastAcceptedAt
        );
        expectReportRevert(ordinary, PRICE, observedAt, reason);
        expectReportRevert(ordinary, 2 * PRICE, observedAt, reason);
    }

    /// @dev Whether the feed took it.
    function _try(uint256[] memory by, int256 price, uint256 observedAt) private returns (bool accepted) {
        bytes memory signatures = signaturesFor(by, price, observedAt);
        (accepted,) = address(feed).call(abi.encodeCall(feed.report, (price, observedAt, 1, signatures)));
    }

    /// @dev The price that the feed has served last, disputed or not.
    function _latest() private view returns (int256 price) {
        uint80 id = 1;
        for (bool found = true; found; ++id) {
            (bool success, bytes memory round) = address(feed).staticcall(abi.encodeCall(feed.getRoundData, (id)));
            found = success;
            if (found) (, price,,,) = abi.decode(round, (uint80, int256, uint256, uint256, uint80));
        }
    }

    function _isDisputed() private view returns (bool disputed) {
        (, disputed,,,) = feed.status();
    }

    /// @dev As far as the breaker lets one report go.
    function _edge(int256 price, bool up) private pure returns (int256) {
        int256 move = price * int256(BREAKER) / 10_000;
        return up ? price + move : price - move;
    }

    function _pick(uint256 seed) private view returns (int256) {
        if (seed % 8 == 0) return int256(bound(seed >> 8, 1, 1e18));
        if (seed % 8 == 1) return PRICE;
        return _edge(_latest(), seed % 8 < 6);
    }

    function _assertWithinOneBreaker(int256 price, int256 before, string memory when) private pure {
        int256 move = price > before ? price - before : before - price;
        assertLe(move * 10_000, before * int256(BREAKER), string.concat("ORACLE-11: ", when));
    }

    /// @dev ORACLE-1: whatever was accepted, a fresh report counts again in a block 16 s later at most.
    function _assertAFreshReportIsAccepted() private {
        uint256 state = vm.snapshotState();
        vm.warp(block.timestamp + FUTURE + 1);
        assertTrue(_try(ordinary, PRICE, block.timestamp), "ORACLE-1: a fresh ordinary report");
        vm.revertToState(state);
        vm.warp(block.timestamp + 1);
        assertTrue(_try(strict, PRICE, block.timestamp + FUTURE), "ORACLE-1: a strict report in the next block");
        vm.revertToStateAndDelete(state);
    }
}
