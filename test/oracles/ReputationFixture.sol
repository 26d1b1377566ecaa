// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IReputationOracle} from "../../contracts/oracles/IReputationOracle.sol";
import {OracleFixture} from "./OracleFixture.sol";
import {artifact} from "../../script/Artifact.sol";

/// @notice Scores reported by three of five signers: at most 120 s late, at most once an hour, moves over 500 points
/// wait two days.
abstract contract ReputationFixture is OracleFixture {
    uint32 internal constant MAX_DELAY = 120;
    uint32 internal constant INTERVAL = 3_600;
    uint32 internal constant WINDOW = 2 days;
    uint16 internal constant MAX_MOVE = 500;

    uint256[] internal keys;
    uint256[] internal quorum;
    IReputationOracle internal oracle;

    function deployOracle() internal {
        deployVerifier();
        keys = makeKeys(5, "reputation");
        quorum = slice(keys, 1, 4);
        verifier.rotate(addressesOf(keys), 3, 5);
        oracle = IReputationOracle(deployCode(artifact("ReputationOracle"), abi.encode(access, verifier, defaults())));
    }

    function defaults() internal pure returns (IReputationOracle.Parameters memory) {
        return IReputationOracle.Parameters(MAX_DELAY, INTERVAL, WINDOW, MAX_MOVE);
    }

    function update(uint256 wallet, uint256 score) internal pure returns (uint256[] memory updates) {
        updates = new uint256[](1);
        updates[0] = wallet << 16 | score;
    }

    function wallets(uint256 wallet) internal pure returns (uint256[] memory list) {
        list = new uint256[](1);
        list[0] = wallet;
    }

    /// @dev From the words of the interface, not by the contract's code.
    function digestOf(uint256[] memory updates, uint256 observedAt, uint32 setId) internal view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Fluxion ReputationOracle"),
                keccak256("1"),
                block.chainid,
                address(oracle)
            )
        );
        bytes32 typehash = keccak256("ReputationReport(uint256[] updates,uint256 observedAt,uint32 setId)");
        bytes32 structHash = keccak256(abi.encode(typehash, keccak256(abi.encodePacked(updates)), observedAt, setId));
        return keccak256(abi.encodePacked(hex"1901", domain, structHash));
    }

    function report(uint256[] memory updates, uint256 observedAt) internal {
        uint32 setId = verifier.currentSetId();
        oracle.report(updates, observedAt, setId, sign(quorum, digestOf(updates, observedAt, setId)));
    }

    /// @dev Moves the clock to `time`, and reports what was observed then.
    function reportAt(uint256 time, uint256 wallet, uint256 score) internal {
        vm.warp(time);
        report(update(wallet, score), time);
    }

    function expectReportRevert(uint256[] memory updates, uint256 observedAt, bytes memory reason) internal {
        uint32 setId = verifier.currentSetId();
        bytes memory signatures = sign(quorum, digestOf(updates, observedAt, setId));
        vm.expectRevert(reason);
        oracle.report(updates, observedAt, setId, signatures);
    }
}
