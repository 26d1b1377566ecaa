// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IQuorumVerifier} from "../../contracts/oracles/IQuorumVerifier.sol";
import {SignerSet} from "../../contracts/oracles/SignerSet.sol";
import {OracleFixture} from "./OracleFixture.sol";

/// @notice ORACLE-9 and ORACLE-12: which sets are accepted, and where they lie. QuorumVerifier.tree is the
/// specification.
contract QuorumVerifierTest is OracleFixture {
    bytes32 private constant DIGEST = keccak256("digest");

    uint256[] private _keys;

    function setUp() external {
        deployVerifier();
        _keys = makeKeys(7, "quorum");
    }

    function _rotate() private {
        verifier.rotate(addressesOf(_keys), 4, 6);
    }

    // rotate

    function test_Rotate_RevertWhen_TheCallerHasNoRightToRotate() external {
        address[] memory signers = addressesOf(_keys);
        address stranger = makeAddr("stranger");
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, stranger));
        vm.prank(stranger);
        verifier.rotate(signers, 4, 6);
    }

    function test_Rotate_RevertWhen_TheSetIsEmpty() external {
        vm.expectRevert(abi.encodeWithSelector(IQuorumVerifier.SignerSetInvalid.selector, 0));
        verifier.rotate(new address[](0), 0, 0);
    }

    function test_Rotate_RevertWhen_TheSetHasMoreThan255Members() external {
        address[] memory signers = new address[](256);
        for (uint256 i = 0; i < 256; ++i) {
            signers[i] = address(uint160(i + 1));
        }
        vm.expectRevert(abi.encodeWithSelector(IQuorumVerifier.SignerSetInvalid.selector, 256));
        verifier.rotate(signers, 129, 255);
        assembly ("memory-safe") {
            mstore(signers, 255)
        }
        verifier.rotate(signers, 128, 255);
        (, address[] memory stored,,) = verifier.currentSet();
        assertEq(stored, signers, "the largest set is stored whole");
    }

    function test_Rotate_RevertWhen_AMemberIsTheZeroAddress() external {
        address[] memory signers = addressesOf(_keys);
        signers[0] = address(0);
        vm.expectRevert(abi.encodeWithSelector(IQuorumVerifier.SignerSetInvalid.selector, 7));
        verifier.rotate(signers, 4, 6);
    }

    function test_Rotate_RevertWhen_TheMembersAreNotStrictlyAscending() external {
        address[] memory signers = addressesOf(_keys);
        signers[3] = signers[2];
        vm.expectRevert(abi.encodeWithSelector(IQuorumVerifier.SignersNotAscending.selector, 3));
        verifier.rotate(signers, 4, 6);
        signers = addressesOf(_keys);
        (signers[5], signers[6]) = (signers[6], signers[5]);
        vm.expectRevert(abi.encodeWithSelector(IQuorumVerifier.SignersNotAscending.selector, 6));
        verifier.rotate(signers, 4, 6);
    }

    function test_Rotate_RevertWhen_TheThresholdIsNoMajority() external {
        address[] memory signers = addressesOf(_keys);
        vm.expectRevert(abi.encodeWithSelector(IQuorumVerifier.ThresholdInvalid.selector, 3, 6, 7));
        verifier.rotate(signers, 3, 6);
        signers = addressesOf(slice(_keys, 0, 6));
        vm.expectRevert(abi.encodeWithSelector(IQuorumVerifier.ThresholdInvalid.selector, 3, 6, 6));
        verifier.rotate(signers, 3, 6);
    }

    function test_Rotate_RevertWhen_TheStrictThresholdIsBelowTheThreshold() external {
        address[] memory signers = addressesOf(_keys);
        vm.expectRevert(abi.encodeWithSelector(IQuorumVerifier.ThresholdInvalid.selector, 5, 4, 7));
        verifier.rotate(signers, 5, 4);
    }

    function test_Rotate_RevertWhen_TheStrictThresholdExceedsTheMembers() external {
        address[] memory signers = addressesOf(_keys);
        vm.expectRevert(abi.encodeWithSelector(IQuorumVerifier.ThresholdInvalid.selector, 4, 8, 7));
        verifier.rotate(signers, 4, 8);
    }

    function test_Rotate_WhenTheSetIsValid() external {
        for (uint32 id = 1; id <= 130; ++id) {
            address[] memory signers = addressesOf(slice(_keys, id % 3, 7));
            vm.expectEmit(address(verifier));
            emit IQuorumVerifier.SignerSetRotated(id, signers, 4, 5);
            assertEq(verifier.rotate(signers, 4, 5), id, "the id rises by one");
            assertEq(verifier.currentSetId(), id, "the id is current");
            // Beyond id 127 the address is derived from an encoding of another length.
            address set = SignerSet.addressOf(address(verifier), id);
            assertEq(set, vm.computeCreateAddress(address(verifier), id), "the address follows from the id");
            assertEq(set.code.length, 3 + 20 * signers.length, "the set is there");
            assertFalse(verifier.verify(DIGEST, id, sign(slice(_keys, 3, 7), DIGEST)), "the set is used");
        }
    }

    // currentSet

    function test_CurrentSet_GivenNoSet() external view {
        (uint32 id, address[] memory signers, uint8 threshold, uint8 strictThreshold) = verifier.currentSet();
        assertEq(id, 0, "no id");
        assertEq(signers.length, 0, "no signers");
        assertEq(threshold, 0, "no threshold");
        assertEq(strictThreshold, 0, "no strict threshold");
    }

    function test_CurrentSet_GivenASet() external {
        _rotate();
        (uint32 id, address[] memory signers, uint8 threshold, uint8 strictThreshold) = verifier.currentSet();
        assertEq(id, 1, "the id");
        assertEq(signers, addressesOf(_keys), "the signers");
        assertEq(threshold, 4, "the threshold");
        assertEq(strictThreshold, 6, "the strict threshold");
    }
}
