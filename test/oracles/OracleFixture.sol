// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {IPriceFeed} from "../../contracts/oracles/IPriceFeed.sol";
import {PriceFeed} from "../../contracts/oracles/PriceFeed.sol";
import {QuorumVerifier} from "../../contracts/oracles/QuorumVerifier.sol";
import {artifact} from "../../script/Artifact.sol";

/// @notice Actors of the oracle tests: signers with known keys, and feeds they report to. The test contract is the
/// admin.
abstract contract OracleFixture is Test {
    bytes32 internal constant EUR_USD = "EUR/USD";
    uint256 internal constant START = 1_800_000_000;

    AccessManager internal access;
    QuorumVerifier internal verifier;

    function deployVerifier() internal {
        vm.warp(START);
        access = AccessManager(deployCode(artifact("AccessManager"), abi.encode(this)));
        verifier = QuorumVerifier(deployCode(artifact("QuorumVerifier"), abi.encode(access)));
    }

    function deployFeed(IPriceFeed.Parameters memory parameters) internal returns (PriceFeed) {
        return
            PriceFeed(
                deployCode(artifact("PriceFeed"), abi.encode(access, verifier, EUR_USD, 8, "EUR / USD", parameters))
            );
    }

    function limits(uint16 maxDelay, uint16 breakerBps, uint16 confirmationTime)
        internal
        pure
        returns (IPriceFeed.Parameters memory)
    {
        return IPriceFeed.Parameters(maxDelay, breakerBps, confirmationTime);
    }

    /// @dev `count` private keys, ascending by address; other `seed`, other keys.
    function makeKeys(uint256 count, string memory seed) internal pure returns (uint256[] memory keys) {
        keys = new uint256[](count);
        for (uint256 i = 0; i < count; ++i) {
            uint256 key = uint256(keccak256(abi.encode(seed, i))) >> 8;
            uint256 j = i;
            for (; j > 0 && vm.addr(keys[j - 1]) > vm.addr(key); --j) {
                keys[j] = keys[j - 1];
            }
            keys[j] = key;
        }
    }

    function addressesOf(uint256[] memory keys) internal pure returns (address[] memory signers) {
        signers = new address[](keys.length);
        for (uint256 i = 0; i < keys.length; ++i) {
            signers[i] = vm.addr(keys[i]);
        }
    }

    function slice(uint256[] memory keys, uint256 from, uint256 to) internal pure returns (uint256[] memory part) {
        part = new uint256[](to - from);
        for (uint256 i = from; i < to; ++i) {
            part[i - from] = keys[i];
        }
    }

    /// @dev EIP-2098 entry of one signer.
    function entryOf(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (bytes32 r, bytes32 vs) = vm.signCompact(key, digest);
        return abi.encodePacked(r, vs);
    }

    /// @dev The whole encoding, in the order of `keys`.
    function sign(uint256[] memory keys, bytes32 digest) internal pure returns (bytes memory signatures) {
        signatures = abi.encodePacked(uint8(keys.length));
        for (uint256 i = 0; i < keys.length; ++i) {
            signatures = bytes.concat(signatures, entryOf(keys[i], digest));
        }
    }
}
