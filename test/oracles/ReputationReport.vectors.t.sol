// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {stdJson} from "forge-std/StdJson.sol";
import {IERC5267} from "@openzeppelin/contracts/interfaces/IERC5267.sol";
import {IReputationOracle} from "../../contracts/oracles/IReputationOracle.sol";
import {OracleFixture} from "./OracleFixture.sol";
import {artifact} from "../../script/Artifact.sol";

/// @notice ORACLE-15: batches of scores hash and encode as test/vectors/reputation_report.json says, which the Rust
/// tests read too.
contract ReputationReportVectorsTest is OracleFixture {
    using stdJson for string;

    string private _json;

    function setUp() external {
        _json = vm.readFile("test/vectors/reputation_report.json");
        deployVerifier();
    }

    function test_Digests() external {
        uint256 count;
        for (; vm.keyExistsJson(_json, _at(count)); ++count) {
            string memory path = _at(count);
            string memory name = _json.readString(string.concat(path, ".name"));
            vm.chainId(_json.readUint(string.concat(path, ".chainId")));
            address place = _json.readAddress(string.concat(path, ".oracle"));
            // Constructed at the address that the vector names.
            deployCodeTo(
                artifact("ReputationOracle"),
                abi.encode(access, verifier, IReputationOracle.Parameters(120, 3_600, 2 days, 500)),
                place
            );
            bytes32 digest = IReputationOracle(place)
                .reportDigest(
                    _updates(path),
                    _json.readUint(string.concat(path, ".observedAt")),
                    uint32(_json.readUint(string.concat(path, ".setId")))
                );
            assertEq(digest, _json.readBytes32(string.concat(path, ".digest")), string.concat("ORACLE-15: ", name));
            assertEq(_domainOf(place), _json.readBytes32(string.concat(path, ".domainSeparator")), name);
            bytes32 structHash = _json.readBytes32(string.concat(path, ".structHash"));
            assertEq(keccak256(abi.encodePacked(hex"1901", _domainOf(place), structHash)), digest, name);
        }
        assertGe(count, 6, "cases");
    }

    function test_Signatures() external {
        address[] memory members = new address[](4);
        uint256[] memory memberKeys = new uint256[](4);
        for (uint256 i = 0; i < 4; ++i) {
            string memory path = string.concat(".signers[", vm.toString(i), "]");
            memberKeys[i] = uint256(_json.readBytes32(string.concat(path, ".key")));
            members[i] = _json.readAddress(string.concat(path, ".address"));
            assertEq(vm.addr(memberKeys[i]), members[i], "the key has the address");
        }
        verifier.rotate(members, 3, 4);
        for (uint256 i = 0; vm.keyExistsJson(_json, _at(i)); ++i) {
            string memory path = _at(i);
            bytes32 digest = _json.readBytes32(string.concat(path, ".digest"));
            bytes memory encoded = _json.readBytes(string.concat(path, ".encoded"));
            uint256[] memory by = new uint256[](uint8(encoded[0]));
            for (uint256 j = 0; j < by.length; ++j) {
                string memory place = string.concat("[", vm.toString(j), "]");
                by[j] = memberKeys[_json.readUint(string.concat(path, ".signerIndexes", place))];
                assertEq(
                    entryOf(by[j], digest), _json.readBytes(string.concat(path, ".signatures", place)), "signature"
                );
            }
            assertEq(sign(by, digest), encoded, "ORACLE-15: encoding");
            assertEq(verifier.verify(digest, 1, encoded), by.length == 4, "the quorum that it is");
        }
    }

    function test_UpdatesAreWalletsAndScores() external view {
        for (uint256 i = 0; vm.keyExistsJson(_json, _at(i)); ++i) {
            uint256[] memory updates = _updates(_at(i));
            uint256[] memory wallets = _json.readUintArray(string.concat(_at(i), ".wallets"));
            uint256[] memory scores = _json.readUintArray(string.concat(_at(i), ".scores"));
            for (uint256 j = 0; j < updates.length; ++j) {
                assertEq(updates[j], wallets[j] * 65_536 + scores[j], "ORACLE-15: an update");
            }
        }
    }

    function _updates(string memory path) private view returns (uint256[] memory updates) {
        bytes32[] memory words = _json.readBytes32Array(string.concat(path, ".updates"));
        updates = new uint256[](words.length);
        for (uint256 i = 0; i < words.length; ++i) {
            updates[i] = uint256(words[i]);
        }
    }

    function _domainOf(address place) private view returns (bytes32) {
        (, string memory name, string memory version, uint256 chainId, address contract_,,) =
            IERC5267(place).eip712Domain();
        return keccak256(
            abi.encode(
                _json.readBytes32(".domainTypeHash"),
                keccak256(bytes(name)),
                keccak256(bytes(version)),
                chainId,
                contract_
            )
        );
    }

    function _at(uint256 index) private pure returns (string memory) {
        return string.concat(".cases[", vm.toString(index), "]");
    }
}
