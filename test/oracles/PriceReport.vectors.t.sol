// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {stdJson} from "forge-std/StdJson.sol";
import {PriceFeed} from "../../contracts/oracles/PriceFeed.sol";
import {OracleFixture} from "./OracleFixture.sol";
import {artifact} from "../../script/Artifact.sol";

/// @notice ORACLE-15: the contracts hash and encode as test/vectors/price_report.json says, which the Rust tests read
/// too.
contract PriceReportVectorsTest is OracleFixture {
    using stdJson for string;

    struct Case {
        string name;
        uint256 chainId;
        address feed;
        bytes32 feedId;
        int256 price;
        uint256 observedAt;
        uint32 setId;
        bytes32 domainSeparator;
        bytes32 structHash;
        bytes32 digest;
        bytes encoded;
        uint256 signatures;
    }

    string private _json;

    function setUp() external {
        _json = vm.readFile("test/vectors/price_report.json");
        deployVerifier();
    }

    function test_Digests() external {
        uint256 count;
        for (; vm.keyExistsJson(_json, _at(count)); ++count) {
            Case memory vector = _case(count);
            vm.chainId(vector.chainId);
            // Constructed at the address that the vector names.
            deployCodeTo(
                artifact("PriceFeed"),
                abi.encode(address(access), verifier, vector.feedId, uint8(8), vector.name, limits(120, 500, 600)),
                vector.feed
            );
            PriceFeed feed = PriceFeed(vector.feed);
            assertEq(feed.reportDigest(vector.price, vector.observedAt, vector.setId), vector.digest, vector.name);
            assertEq(
                keccak256(abi.encodePacked(hex"1901", vector.domainSeparator, vector.structHash)),
                vector.digest,
                "the digest is made of the parts"
            );
            (, string memory name, string memory version, uint256 chainId, address place,,) = feed.eip712Domain();
            assertEq(
                keccak256(
                    abi.encode(
                        _json.readBytes32(".domainTypeHash"),
                        keccak256(bytes(name)),
                        keccak256(bytes(version)),
                        chainId,
                        place
                    )
                ),
                vector.domainSeparator,
                "the domain is the one that the feed names"
            );
        }
        assertGe(count, 5, "cases");
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
            Case memory vector = _case(i);
            uint256[] memory by = new uint256[](vector.signatures);
            for (uint256 j = 0; j < by.length; ++j) {
                string memory path = string.concat("[", vm.toString(j), "]");
                by[j] = memberKeys[_json.readUint(string.concat(_at(i), ".signerIndexes", path))];
                bytes memory signature = _json.readBytes(string.concat(_at(i), ".signatures", path));
                assertEq(entryOf(by[j], vector.digest), signature, vector.name);
            }
            assertEq(sign(by, vector.digest), vector.encoded, vector.name);
            if (by.length >= 3) {
                assertEq(verifier.verify(vector.digest, 1, vector.encoded), by.length == 4, vector.name);
            }
        }
    }

    function _at(uint256 index) private pure returns (string memory) {
        return string.concat(".cases[", vm.toString(index), "]");
    }

    function _case(uint256 index) private view returns (Case memory vector) {
        string memory path = _at(index);
        vector.name = _json.readString(string.concat(path, ".name"));
        vector.chainId = _json.readUint(string.concat(path, ".chainId"));
        vector.feed = _json.readAddress(string.concat(path, ".feed"));
        vector.feedId = _json.readBytes32(string.concat(path, ".feedId"));
        vector.price = _json.readInt(string.concat(path, ".price"));
        vector.observedAt = _json.readUint(string.concat(path, ".observedAt"));
        vector.setId = uint32(_json.readUint(string.concat(path, ".setId")));
        vector.domainSeparator = _json.readBytes32(string.concat(path, ".domainSeparator"));
        vector.structHash = _json.readBytes32(string.concat(path, ".structHash"));
        vector.digest = _json.readBytes32(string.concat(path, ".digest"));
        vector.encoded = _json.readBytes(string.concat(path, ".encoded"));
        vector.signatures = uint8(vector.encoded[0]);
    }
}
