// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {FunctionsBillingConfig} from "@chainlink/contracts/src/v0.8/functions/v1_3_0/FunctionsBilling.sol";
import {FunctionsCoordinator} from "@chainlink/contracts/src/v0.8/functions/v1_3_0/FunctionsCoordinator.sol";
import {IPriceFeed} from "../../contracts/oracles/IPriceFeed.sol";
import {PriceFeed} from "../../contracts/oracles/PriceFeed.sol";
import {PriceFeedFixture} from "./PriceFeedFixture.sol";
import {artifact} from "../../script/Artifact.sol";

/// @notice ORACLE-14: a consumer written for Chainlink's feeds works with ours, unchanged. It is Chainlink's own
/// Functions Coordinator 1.3.0, which prices its fees by two feeds: it checks the age by `block.timestamp - updatedAt`,
/// falls back when the price is stale, refuses answers that are not positive, and scales by `decimals`.
contract PriceFeedConsumerTest is PriceFeedFixture {
    uint32 private constant STALE_AFTER = 300;
    int256 private constant LINK_USD = 18_50000000;

    FunctionsCoordinator private _consumer;

    function setUp() external {
        deployAll();
        FunctionsBillingConfig memory config;
        config.feedStalenessSeconds = STALE_AFTER;
        config.fallbackUsdPerUnitLink = 7_000;
        config.fallbackUsdPerUnitLinkDecimals = 3;
        config.fallbackNativePerUnitLink = 5e15;
        config.donFeeCentsUsd = 185;
        PriceFeed linkNative = PriceFeed(
            deployCode(
                artifact("PriceFeed"),
                abi.encode(access, verifier, bytes32("LINK/ETH"), 18, "LINK / ETH", limits(120, 500, 600))
            )
        );
        bytes memory arguments = abi.encode(makeAddr("router"), config, address(linkNative), address(feed));
        _consumer = FunctionsCoordinator(deployCode(artifact("FunctionsCoordinator"), arguments));

        bytes memory signatures = sign(ordinary, linkNative.reportDigest(6e15, START, 1));
        linkNative.report(6e15, START, 1, signatures);
    }

    function test_PricesByTheLatestRound() external {
        reportAt(START, ordinary, LINK_USD);
        (uint256 price, uint8 decimals) = _consumer.getUsdPerUnitLink();
        assertEq(price, uint256(LINK_USD), "price");
        assertEq(decimals, 8, "decimals");
        assertEq(_consumer.getWeiPerUnitLink(), 6e15, "the other feed");
        // 1.85 USD at 18.50 USD a token.
        assertEq(_consumer.getDONFeeJuels(""), 0.1e18, "fee");
    }

    function test_TakesAnObservationAheadOfTheBlock() external {
        report(ordinary, LINK_USD, START + 15);
        (uint256 price,) = _consumer.getUsdPerUnitLink();
        assertEq(price, uint256(LINK_USD), "the age does not underflow");
    }

    function test_FallsBackWhenTheObservationIsStale() external {
        // Observed 100 s before it was accepted: the age counts from the observation.
        vm.warp(START + 100);
        report(ordinary, LINK_USD, START);
        vm.warp(START + STALE_AFTER);
        (uint256 price,) = _consumer.getUsdPerUnitLink();
        assertEq(price, uint256(LINK_USD), "just fresh");
        vm.warp(START + STALE_AFTER + 1);
        (price,) = _consumer.getUsdPerUnitLink();
        assertEq(price, 7_000, "stale");
        assertEq(_consumer.getWeiPerUnitLink(), 5e15, "stale, the other feed");
    }

    function test_RevertGiven_ADispute() external {
        reportAt(START, ordinary, LINK_USD);
        reportAt(START + 1, ordinary, LINK_USD / 2);
        vm.expectRevert(abi.encodeWithSelector(IPriceFeed.FeedDisputed.selector, START + 1));
        _consumer.getUsdPerUnitLink();
        reportAt(START + 2, strict, LINK_USD / 2);
        (uint256 price,) = _consumer.getUsdPerUnitLink();
        assertEq(price, uint256(LINK_USD / 2), "the confirmed price");
    }

    function test_RevertGiven_NoRound() external {
        vm.expectRevert(abi.encodeWithSelector(IPriceFeed.RoundNotAvailable.selector, 0, 0));
        _consumer.getUsdPerUnitLink();
    }
}

