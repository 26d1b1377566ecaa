// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPriceFeed} from "../../contracts/oracles/IPriceFeed.sol";
import {PriceFeedConsumers} from "./PriceFeedConsumers.sol";
import {PriceFeedFixture} from "./PriceFeedFixture.sol";

interface IAaveOracle {
    function getAssetPrice(address asset) external view returns (uint256);
    function getSourceOfAsset(address asset) external view returns (address);
}

/// @notice What AaveOracle asks where a feed has no price.
contract FallbackOracle {
    function getAssetPrice(address) external pure returns (uint256) {
        return 77;
    }
}

/// @notice ORACLE-14: consumers of the older interface work too. AaveOracle is Aave's own bytecode, of the npm package
/// core-v3 of aave; the others are calls in their patterns. ORACLE-4: the five older views serve and refuse exactly
/// what the newer two do.
contract PriceFeedConsumersTest is PriceFeedFixture {
    string private constant AAVE = "node_modules/@aave/core-v3/artifacts/contracts/misc/AaveOracle.sol/AaveOracle.json";
    address private constant ASSET = address(0xA55E7);

    PriceFeedConsumers private _calls;

    function setUp() external {
        deployAll();
        _calls = new PriceFeedConsumers(address(feed));
    }

    function test_AaveOracleReadsTheFeed() external {
        IAaveOracle aave = _aave(address(0));
        assertEq(aave.getSourceOfAsset(ASSET), address(feed), "the source");
        reportAt(START, ordinary, PRICE);
        assertEq(aave.getAssetPrice(ASSET), uint256(PRICE), "ORACLE-14: Aave's price");
        reportAt(START + 1, ordinary, PRICE + 1);
        assertEq(aave.getAssetPrice(ASSET), uint256(PRICE) + 1, "ORACLE-14: and the next");
    }

    /// @dev Aave takes an answer of zero for "ask the fallback oracle": a disputed feed must revert instead.
    function test_AaveOracleGetsNoDisputedPrice() external {
        IAaveOracle aave = _aave(address(new FallbackOracle()));
        vm.expectRevert(abi.encodeWithSelector(IPriceFeed.RoundNotAvailable.selector, 0, 0));
        aave.getAssetPrice(ASSET);
        reportAt(START, ordinary, PRICE);
        reportAt(START + 1, ordinary, 2 * PRICE);
        vm.expectRevert(abi.encodeWithSelector(IPriceFeed.FeedDisputed.selector, START + 1));
        aave.getAssetPrice(ASSET);
        reportAt(START + 2, strict, 2 * PRICE);
        assertEq(aave.getAssetPrice(ASSET), uint256(2 * PRICE), "the confirmed price");
    }

    function test_CompoundStyleCalls() external {
        reportAt(START, ordinary, PRICE);
        vm.warp(START + 50);
        assertEq(_calls.comet(), uint256(PRICE), "ORACLE-14: Comet");
        assertEq(_calls.compoundV2(50), uint256(PRICE), "ORACLE-14: Compound 2");
        vm.expectRevert("stale");
        _calls.compoundV2(49);
        report(ordinary, 2 * PRICE, START + 50);
        vm.expectRevert(abi.encodeWithSelector(IPriceFeed.FeedDisputed.selector, START + 50));
        _calls.comet();
        vm.expectRevert(abi.encodeWithSelector(IPriceFeed.FeedDisputed.selector, START + 50));
        _calls.compoundV2(50);
    }

    function test_LiquityStyleCalls() external {
        _assertLiquity(false, 0, 0);
        reportAt(START, ordinary, PRICE);
        // No round before the first: broken, as with a new Chainlink feed.
        _assertLiquity(false, 0, 0);
        reportAt(START + 10, ordinary, PRICE + 1);
        _assertLiquity(true, PRICE + 1, PRICE);
        reportAt(START + 20, ordinary, 2 * PRICE);
        _assertLiquity(false, 0, 0);
        reportAt(START + 30, strict, 2 * PRICE);
        _assertLiquity(true, 2 * PRICE, PRICE + 1);
        // The window is dated ahead, the block is not: never from the future.
        vm.warp(START + 40);
        report(strict, 2 * PRICE + 1, START + 55);
        _assertLiquity(true, 2 * PRICE + 1, 2 * PRICE);
    }

    function test_SynthetixStyleCalls() external {
        for (uint256 i = 1; i <= 140; ++i) {
            reportAt(START + 10 * i, ordinary, PRICE + int256(i));
        }
        (uint256 id, int256 rate, uint256 updatedAt) = _calls.synthetixRateBefore(START + 1_005);
        assertEq(id, 100, "ORACLE-14: Synthetix' round");
        assertEq(rate, PRICE + 100, "its rate");
        assertEq(updatedAt, START + 1_000, "its time");
        (id,,) = _calls.synthetixRateBefore(START + 125);
        assertEq(id, 0, "left the ring");
        reportAt(START + 1_410, ordinary, 2 * PRICE);
        vm.expectRevert(abi.encodeWithSelector(IPriceFeed.FeedDisputed.selector, START + 1_410));
        _calls.synthetixRateBefore(START + 1_005);
    }

    function test_CallsByRoundId() external {
        reportAt(START, ordinary, PRICE);
        reportAt(START + 10, ordinary, 2 * PRICE);
        (int256 answer, uint256 time) = _calls.byId(1);
        assertEq(answer, PRICE, "ORACLE-14: the answer, in a dispute too");
        assertEq(time, START, "its time");
    }

    function test_OlderViewsGivenNoRound() external {
        _assertOlderViewsAgree();
    }

    function test_OlderViewsGivenRounds() external {
        report(ordinary, PRICE, START + 15);
        _assertOlderViewsAgree();
        for (uint256 i = 2; i <= 130; ++i) {
            reportAt(START + 20 * i, ordinary, PRICE + int256(i));
        }
        _assertOlderViewsAgree();
    }

    function test_OlderViewsGivenADispute() external {
        reportAt(START, ordinary, PRICE);
        reportAt(START + 10, ordinary, 2 * PRICE);
        _assertOlderViewsAgree();
        reportAt(START + 20, strict, 2 * PRICE);
        _assertOlderViewsAgree();
    }

    /// @dev Of these states and ids: the same values, and the same reverts to the byte.
    function _assertOlderViewsAgree() private view {
        (bool served, bytes memory latest) = address(feed).staticcall(abi.encodeCall(feed.latestRoundData, ()));
        _assertServes(abi.encodeCall(feed.latestRound, ()), served, latest, 0);
        _assertServes(abi.encodeCall(feed.latestAnswer, ()), served, latest, 1);
        _assertServes(abi.encodeCall(feed.latestTimestamp, ()), served, latest, 3);
        uint256[8] memory ids = [uint256(0), 1, 2, 3, 129, 130, 131, uint256(type(uint32).max) + 2];
        for (uint256 i = 0; i < ids.length; ++i) {
            (bool known, bytes memory round) =
                address(feed).staticcall(abi.encodeCall(feed.getRoundData, (uint80(ids[i]))));
            _assertServes(abi.encodeCall(feed.getAnswer, (ids[i])), known, round, 1);
            _assertServes(abi.encodeCall(feed.getTimestamp, (ids[i])), known, round, 3);
        }
        // Ids that no uint80 holds are not cut down to one that exists.
        for (uint256 bit = 80; bit < 256; bit += 25) {
            (bool known,) = address(feed).staticcall(abi.encodeCall(feed.getAnswer, (uint256(1) << bit | 1)));
            assertFalse(known, "ORACLE-4: an id beyond 80 bits");
            (known,) = address(feed).staticcall(abi.encodeCall(feed.getTimestamp, (uint256(1) << bit | 1)));
            assertFalse(known, "ORACLE-4: an id beyond 80 bits");
        }
    }

    /// @dev The answer of an older view is a word of the newer one's, or the same revert.
    function _assertServes(bytes memory call, bool expected, bytes memory newer, uint256 word) private view {
        (bool success, bytes memory older) = address(feed).staticcall(call);
        assertEq(success, expected, "ORACLE-4: an older view serves exactly where the newer one does");
        if (!success) {
            assertEq(older, newer, "ORACLE-4: and refuses for the same reason");
            return;
        }
        uint256 value;
        assembly ("memory-safe") {
            value := mload(add(newer, mul(0x20, add(word, 1))))
        }
        assertEq(abi.decode(older, (uint256)), value, "ORACLE-4: and says the same");
    }

    function _assertLiquity(bool working, int256 current, int256 previous) private view {
        (bool works, int256 now_, int256 before) = _calls.liquity();
        assertEq(works, working, "ORACLE-14: Liquity takes the feed for working");
        assertEq(now_, current, "its current price");
        assertEq(before, previous, "its previous price");
    }

    function _aave(address fallbackOracle) private returns (IAaveOracle oracle) {
        address[] memory assets = new address[](1);
        address[] memory sources = new address[](1);
        (assets[0], sources[0]) = (ASSET, address(feed));
        bytes memory arguments = abi.encode(address(1), assets, sources, fallbackOracle, address(0), uint256(1e8));
        oracle = IAaveOracle(deployCode(AAVE, arguments));
    }
}
