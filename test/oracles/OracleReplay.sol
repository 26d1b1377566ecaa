// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {IPriceFeed} from "../../contracts/oracles/IPriceFeed.sol";
import {IQuorumVerifier} from "../../contracts/oracles/IQuorumVerifier.sol";
import {IReputationOracle} from "../../contracts/oracles/IReputationOracle.sol";
import {artifact} from "../../script/Artifact.sol";

/// @notice The world of the suite `oracles` of test/properties, at the same addresses and on the same chain id: what it
/// prints runs here byte by byte, signatures included.
abstract contract OracleReplay is Test {
    address internal constant ADMIN = address(0xad);
    uint256 internal constant START = 1_800_000_000;

    IQuorumVerifier internal verifier;
    IPriceFeed[2] internal feeds;
    IReputationOracle internal scores;

    /// @param first The five members of the first set, ascending.
    function deployWorld(address[] memory first) internal {
        vm.chainId(1);
        vm.warp(START);
        vm.startPrank(ADMIN);
        address access = deployCode(artifact("AccessManager"), abi.encode(ADMIN));
        verifier = IQuorumVerifier(deployCode(artifact("QuorumVerifier"), abi.encode(access)));
        feeds[0] = _feed(access, "EUR/USD", 8, "EUR/USD", IPriceFeed.Parameters(120, 500, 600));
        feeds[1] = _feed(access, "XAU/USD", 18, "XAU/USD", IPriceFeed.Parameters(3_600, 100, 30));
        IReputationOracle.Parameters memory limits = IReputationOracle.Parameters(7_200, 3_600, 86_400, 500);
        scores = IReputationOracle(deployCode(artifact("ReputationOracle"), abi.encode(access, verifier, limits)));
        deployCode(artifact("ContractSigner"));
        deployCode(artifact("ContractSigner"));
        verifier.rotate(first, 3, 4);
        vm.stopPrank();
    }

    /// @dev A call of the sequence: accepted, or refused, as it should be.
    function replay(address from, address to, bytes memory data, bool accepted) internal {
        vm.prank(from);
        (bool success,) = to.call(data);
        assertEq(success, accepted, "as the model says");
    }

    function _feed(
        address access,
        bytes32 id,
        uint8 decimals,
        string memory description,
        IPriceFeed.Parameters memory limits
    ) private returns (IPriceFeed) {
        bytes memory arguments = abi.encode(access, verifier, id, decimals, description, limits);
        return IPriceFeed(deployCode(artifact("PriceFeed"), arguments));
    }
}
