// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPriceFeed} from "../../contracts/oracles/IPriceFeed.sol";
import {OracleFixture} from "./OracleFixture.sol";
import {artifact} from "../../script/Artifact.sol";

/// @notice Whole-transaction gas of a report (run with --isolate, or every access is warm and the transaction is
/// missing). Steady state: the ring has wrapped, so head and ring slot are overwritten. An ordinary quorum of EOA
/// signers reports, the highest of the set, so that the search passes over all of it.
contract PriceFeedGasTest is OracleFixture {
    uint256 private constant ROUNDS = 130;
    int256 private constant PRICE = 1_08_123456;

    function test_Quorum3() external {
        uint256 gasUsed = _measure(4, 3, false);
        uint256 ring = gasUsed - _measure(4, 3, true);
        vm.snapshotValue("oracles", "quorum3", gasUsed);
        vm.snapshotValue("oracles", "ring_of_rounds_cost", ring);
    }

    function test_Quorum5() external {
        vm.snapshotValue("oracles", "quorum5", _measure(6, 5, false));
    }

    function test_Quorum13() external {
        vm.snapshotValue("oracles", "quorum13", _measure(14, 13, false));
    }

    /// @dev Sets of the sizes that Chainlink gives figures for (OCR2: 91,168, 116,529 and 167,189), each with its own
    /// majority: 3, 7 and 16 signatures here, 2, 5 and 11 there.
    function test_SetsOfTheSizesThatOcr2IsMeasuredWith() external {
        vm.snapshotValue("oracles", "report_n4", _measure(4, 3, false));
        vm.snapshotValue("oracles", "report_n13", _measure(13, 7, false));
        vm.snapshotValue("oracles", "report_n31", _measure(31, 16, false));
    }

    /// @dev The variant is the feed less one line, or its figure says nothing.
    function test_TheVariantDiffersByTheRingOnly() external view {
        string memory source = vm.readFile("contracts/oracles/PriceFeed.sol");
        source = vm.replace(source, "contract PriceFeed is", "contract PriceFeedWithoutRing is");
        source = vm.replace(source, 'from "../', 'from "../../contracts/');
        source = vm.replace(source, 'from "./', 'from "../../contracts/oracles/');
        source = vm.replace(source, "        _rounds[roundId % RING] = next.asRound();\n", "");
        assertEq(source, vm.readFile("test/mocks/PriceFeedWithoutRing.sol"), "PriceFeedWithoutRing.sol is out of date");
    }

    function _measure(uint256 size, uint256 quorum, bool withoutRing) private returns (uint256) {
        deployVerifier();
        uint256[] memory keys = makeKeys(size, "gas");
        verifier.rotate(addressesOf(keys), uint8(quorum), uint8(keys.length));
        // The highest ones: the search passes over the whole set.
        uint256[] memory signers = slice(keys, size - quorum, size);
        IPriceFeed.Parameters memory parameters = limits(120, 500, 600);
        IPriceFeed feed = withoutRing
            ? IPriceFeed(
                deployCode(
                    artifact("PriceFeedWithoutRing"), abi.encode(access, verifier, EUR_USD, 8, "EUR / USD", parameters)
                )
            )
            : IPriceFeed(deployFeed(parameters));

        for (uint256 i = 1; i <= ROUNDS; ++i) {
            uint256 observedAt = START + 12 * i;
            vm.warp(observedAt + 3);
            bytes memory signatures = sign(signers, feed.reportDigest(PRICE + int256(i), observedAt, 1));
            feed.report(PRICE + int256(i), observedAt, 1, signatures);
        }
        return vm.lastCallGas().gasTotalUsed;
    }
}
