// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IQuorumVerifier} from "../../contracts/oracles/IQuorumVerifier.sol";
import {artifact} from "../../script/Artifact.sol";
import {ContractSigner} from "../mocks/ContractSigner.sol";
import {OracleFixture} from "./OracleFixture.sol";

/// @notice ORACLE-8 and ORACLE-9: which signatures make a quorum. Set 1 has seven signers, 4 make a quorum, 6 a strict
/// one. QuorumVerifierVerify.tree is the specification.
contract QuorumVerifierVerifyTest is OracleFixture {
    bytes32 private constant DIGEST = keccak256("digest");
    uint256 private constant ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;

    uint256[] private _keys;
    ContractSigner private _wallet;

    function setUp() external {
        deployVerifier();
        _keys = makeKeys(7, "quorum");
        // Not above all signers, so that some come behind it.
        do {
            _wallet = ContractSigner(deployCode(artifact("ContractSigner")));
        } while (address(_wallet) > vm.addr(_keys[3]));
    }

    function _rotate() private {
        verifier.rotate(addressesOf(_keys), 4, 6);
    }

    /// @dev Set 1 in which the wallet takes the place of one key, so that three keys and the wallet make the quorum.
    function _rotateWithWallet() private returns (uint256 place) {
        address[] memory signers = addressesOf(_keys);
        // The members stay ascending, whether the wallet lies below the one it replaces or above all.
        while (place < 6 && signers[place] < address(_wallet)) ++place;
        signers[place] = address(_wallet);
        verifier.rotate(signers, 4, 6);
    }

    /// @dev Entries of the wallet and of as many keys as make `count`, ascending, the wallet's signature behind them.
    function _withWallet(uint256 place, uint256 count, bytes memory walletSignature)
        private
        view
        returns (bytes memory)
    {
        bytes memory walletEntry = abi.encodePacked(uint96(walletSignature.length), address(_wallet), bytes32(0));
        bytes memory entries = abi.encodePacked(uint8(count));
        uint256 from = place + 1 > count ? place + 1 - count : 0;
        for (uint256 i = from; i < from + count; ++i) {
            entries = bytes.concat(entries, i == place ? walletEntry : entryOf(_keys[i], DIGEST));
        }
        return bytes.concat(entries, walletSignature);
    }

    function _expectInvalid(uint256 index) private {
        vm.expectRevert(abi.encodeWithSelector(IQuorumVerifier.SignatureInvalid.selector, index));
    }

    function test_GivenNoSet() external {
        bytes memory signatures = sign(_keys, DIGEST);
        for (uint32 id = 0; id < 3; ++id) {
            vm.expectRevert(abi.encodeWithSelector(IQuorumVerifier.SignerSetNotCurrent.selector, id, 0));
            verifier.verify(DIGEST, id, signatures);
        }
        vm.expectRevert(abi.encodeWithSelector(IQuorumVerifier.SignerSetNotCurrent.selector, 0, 0));
        verifier.verify(DIGEST, 0, "");
    }

    function test_GivenASetWasReplaced() external {
        _rotate();
        bytes memory oldSignatures = sign(_keys, DIGEST);
        uint256[] memory others = makeKeys(3, "others");
        verifier.rotate(addressesOf(others), 2, 3);
        vm.expectRevert(abi.encodeWithSelector(IQuorumVerifier.SignerSetNotCurrent.selector, 1, 2));
        verifier.verify(DIGEST, 1, oldSignatures);
        _expectInvalid(0);
        verifier.verify(DIGEST, 2, oldSignatures);
        assertTrue(verifier.verify(DIGEST, 2, sign(others, DIGEST)), "the new set signs");
    }

    function test_RevertWhen_TheSetIdIsOfTheFuture() external {
        _rotate();
        bytes memory signatures = sign(_keys, DIGEST);
        vm.expectRevert(abi.encodeWithSelector(IQuorumVerifier.SignerSetNotCurrent.selector, 2, 1));
        verifier.verify(DIGEST, 2, signatures);
        vm.expectRevert(abi.encodeWithSelector(IQuorumVerifier.SignerSetNotCurrent.selector, type(uint32).max, 1));
        verifier.verify(DIGEST, type(uint32).max, signatures);
    }

    function test_RevertWhen_ThereAreNoSignatures() external {
        _rotate();
        vm.expectRevert(abi.encodeWithSelector(IQuorumVerifier.QuorumNotReached.selector, 0, 4));
        verifier.verify(DIGEST, 1, "");
        vm.expectRevert(abi.encodeWithSelector(IQuorumVerifier.QuorumNotReached.selector, 0, 4));
        verifier.verify(DIGEST, 1, hex"00");
    }

    function test_RevertWhen_ThereAreFewerSignaturesThanTheThreshold() external {
        _rotate();
        bytes memory signatures = sign(slice(_keys, 0, 3), DIGEST);
        vm.expectRevert(abi.encodeWithSelector(IQuorumVerifier.QuorumNotReached.selector, 3, 4));
        verifier.verify(DIGEST, 1, signatures);
        // Claiming one more than is there does not help.
        signatures[0] = 0x04;
        _expectInvalid(3);
        verifier.verify(DIGEST, 1, signatures);
    }

    function test_WhenTheOrdinaryQuorumSigned() external {
        _rotate();
        assertFalse(verifier.verify(DIGEST, 1, sign(slice(_keys, 0, 4), DIGEST)), "4 lowest");
        assertFalse(verifier.verify(DIGEST, 1, sign(slice(_keys, 3, 7), DIGEST)), "4 highest");
        assertFalse(verifier.verify(DIGEST, 1, sign(slice(_keys, 1, 6), DIGEST)), "5 in the middle");
    }

    function test_WhenTheStrictQuorumSigned() external {
        _rotate();
        assertTrue(verifier.verify(DIGEST, 1, sign(slice(_keys, 0, 6), DIGEST)), "6 lowest");
        assertTrue(verifier.verify(DIGEST, 1, sign(slice(_keys, 1, 7), DIGEST)), "6 highest");
        assertTrue(verifier.verify(DIGEST, 1, sign(_keys, DIGEST)), "all");
    }

    function test_RevertWhen_ASignatureIsRepeated() external {
        _rotate();
        uint256[] memory keys = slice(_keys, 0, 4);
        for (uint256 i = 1; i < 4; ++i) {
            uint256 own = keys[i];
            keys[i] = keys[i - 1];
            bytes memory signatures = sign(keys, DIGEST);
            _expectInvalid(i);
            verifier.verify(DIGEST, 1, signatures);
            keys[i] = own;
        }
    }

    function test_RevertWhen_TheSignersAreNotAscending() external {
        _rotate();
        uint256[] memory keys = slice(_keys, 2, 6);
        (keys[1], keys[2]) = (keys[2], keys[1]);
        bytes memory signatures = sign(keys, DIGEST);
        _expectInvalid(2);
        verifier.verify(DIGEST, 1, signatures);
    }

    function test_RevertWhen_ASignerIsNoMember() external {
        _rotate();
        uint256[] memory keys = slice(_keys, 0, 4);
        uint256 stranger = makeKeys(1, "stranger")[0];
        for (uint256 i = 0; i < 4; ++i) {
            uint256 own = keys[i];
            keys[i] = stranger;
            bytes memory signatures = sign(keys, DIGEST);
            vm.expectPartialRevert(IQuorumVerifier.SignatureInvalid.selector);
            verifier.verify(DIGEST, 1, signatures);
            keys[i] = own;
        }
    }

    function test_RevertWhen_ASignatureIsOfAnotherDigest() external {
        _rotate();
        bytes memory signatures = sign(slice(_keys, 0, 4), DIGEST);
        vm.expectPartialRevert(IQuorumVerifier.SignatureInvalid.selector);
        verifier.verify(keccak256("another"), 1, signatures);
    }

    function test_RevertWhen_ASignatureIsMalleable() external {
        // EIP-2098 leaves 255 bits for s, so of the mirrored half only s from ORDER / 2 + 1 to 2^255 - 1 can be
        // written. Signatures with such an s are made backwards: any (r, s) recovers to some address, which then joins
        // the set.
        bytes32 r = 0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798;
        uint256[4] memory values = [ORDER / 2, ORDER / 2 + 1, ORDER / 2 + 2, (uint256(1) << 255) - 1];
        for (uint256 i = 0; i < 4; ++i) {
            for (uint256 parity = 0; parity < 2; ++parity) {
                address[] memory signers = new address[](1);
                signers[0] = ecrecover(DIGEST, uint8(27 + parity), r, bytes32(values[i]));
                uint32 id = verifier.rotate(signers, 1, 1);
                bytes memory signatures = abi.encodePacked(uint8(1), r, values[i] | parity << 255);
                if (i != 0) _expectInvalid(0);
                verifier.verify(DIGEST, id, signatures);
            }
        }
    }

    function test_RevertWhen_ASignatureCannotBeRecovered() external {
        _rotate();
        bytes memory entries = sign(slice(_keys, 0, 4), DIGEST);
        uint256[3] memory badR = [uint256(0), ORDER, type(uint256).max];
        for (uint256 i = 0; i < 4; ++i) {
            for (uint256 j = 0; j < 3; ++j) {
                bytes memory signatures = bytes.concat(entries);
                uint256 r = badR[j];
                assembly ("memory-safe") {
                    mstore(add(add(signatures, 0x21), mul(i, 64)), r)
                }
                _expectInvalid(i);
                verifier.verify(DIGEST, 1, signatures);
            }
        }

        // What a failed recovery leaves in memory, its own v, is not taken for a signer.
        address[] memory members = new address[](2);
        (members[0], members[1]) = (address(27), address(28));
        verifier.rotate(members, 2, 2);
        bytes memory unrecoverable =
            abi.encodePacked(uint8(2), uint256(0), uint256(1), uint256(0), (uint256(1) << 255) + 1);
        _expectInvalid(0);
        verifier.verify(DIGEST, 2, unrecoverable);
    }

    function test_RevertWhen_BytesAreMissing() external {
        _rotate();
        bytes memory signatures = sign(slice(_keys, 0, 4), DIGEST);
        for (uint256 length = 1; length < signatures.length; length += 17) {
            bytes memory cut = bytes.concat(signatures);
            assembly ("memory-safe") {
                mstore(cut, length)
            }
            _expectInvalid((length - 1) / 64);
            verifier.verify(DIGEST, 1, cut);
        }
    }

    function test_RevertWhen_BytesAreLeftOver() external {
        _rotate();
        bytes memory signatures = bytes.concat(sign(slice(_keys, 0, 4), DIGEST), hex"00");
        _expectInvalid(4);
        verifier.verify(DIGEST, 1, signatures);
    }

    function test_WhenAContractSignerApproves() external {
        uint256 place = _rotateWithWallet();
        _wallet.approve(DIGEST, "yes");
        assertFalse(verifier.verify(DIGEST, 1, _withWallet(place, 4, "yes")), "counts for the quorum");
        assertTrue(verifier.verify(DIGEST, 1, _withWallet(place, 7, "yes")), "counts for the strict quorum");
        _wallet.approve(DIGEST, "");
        assertFalse(verifier.verify(DIGEST, 1, _withWallet(place, 4, "")), "an empty signature may be enough");
        // Longer than the set in memory, which the signers behind the wallet are still looked up in.
        assertLt(place, 6, "signers come behind the wallet");
        bytes memory long = new bytes(400);
        _wallet.approve(DIGEST, long);
        assertTrue(verifier.verify(DIGEST, 1, _withWallet(place, 7, long)), "a long signature hurts nobody behind it");
    }

    function test_RevertWhen_AContractSignerRefuses() external {
        uint256 place = _rotateWithWallet();
        _wallet.approve(DIGEST, "yes");
        bytes memory signatures = _withWallet(place, 7, "no");
        _expectInvalid(place);
        verifier.verify(DIGEST, 1, signatures);
    }

    function test_RevertWhen_AContractSignerReturnsGarbage() external {
        uint256 place = _rotateWithWallet();
        _wallet.approve(DIGEST, "yes");
        bytes memory signatures = _withWallet(place, 7, "yes");
        ContractSigner.Answer[3] memory answers =
            [ContractSigner.Answer.Garbage, ContractSigner.Answer.Short, ContractSigner.Answer.Revert];
        for (uint256 i = 0; i < 3; ++i) {
            _wallet.setAnswer(answers[i]);
            _expectInvalid(place);
            verifier.verify(DIGEST, 1, signatures);
        }
    }

    function test_WhenAContractSignerIsNoMember() external {
        _rotate();
        _wallet.setAnswer(ContractSigner.Answer.Everything);
        bytes memory signatures = bytes.concat(
            abi.encodePacked(uint8(4)),
            entryOf(_keys[0], DIGEST),
            abi.encodePacked(uint96(0), address(_wallet), bytes32(0)),
            entryOf(_keys[1], DIGEST),
            entryOf(_keys[2], DIGEST)
        );
        vm.expectCall(address(_wallet), abi.encodePacked(ContractSigner.isValidSignature.selector), 0);
        _expectInvalid(1);
        verifier.verify(DIGEST, 1, signatures);
    }

    function test_RevertWhen_AContractSignerIsRepeated() external {
        uint256 place = _rotateWithWallet();
        _wallet.setAnswer(ContractSigner.Answer.Everything);
        bytes memory entry = abi.encodePacked(uint96(0), address(_wallet), bytes32(0));
        bytes memory signatures = bytes.concat(hex"04", entry, entry, entry, entry);
        _expectInvalid(1);
        verifier.verify(DIGEST, 1, signatures);
        assertLt(place, 7, "the wallet is a member");
    }

    function test_RevertWhen_AContractSignatureIsLongerThanTheBytesLeft() external {
        uint256 place = _rotateWithWallet();
        _wallet.setAnswer(ContractSigner.Answer.Everything);
        bytes memory signatures = _withWallet(place, 7, "yes");
        for (uint256 length = 4; length != 0; length = length == 4 ? type(uint96).max : 0) {
            bytes32 word = bytes32(abi.encodePacked(uint96(length), address(_wallet)));
            assembly ("memory-safe") {
                mstore(add(add(signatures, 0x21), mul(place, 64)), word)
            }
            _expectInvalid(place);
            verifier.verify(DIGEST, 1, signatures);
        }
    }

    function test_WhenTheSignerHasTheHighestAddress() external {
        address highest = address(type(uint160).max);
        vm.etch(highest, address(_wallet).code);
        ContractSigner(highest).setAnswer(ContractSigner.Answer.Everything);
        bytes memory entry = abi.encodePacked(uint96(0), highest, bytes32(0));
        bytes memory signatures = bytes.concat(sign(slice(_keys, 0, 6), DIGEST), entry);
        signatures[0] = 0x07;

        _rotate();
        _expectInvalid(6);
        verifier.verify(DIGEST, 1, signatures);

        address[] memory signers = addressesOf(_keys);
        signers[6] = highest;
        verifier.rotate(signers, 4, 7);
        assertTrue(verifier.verify(DIGEST, 2, signatures), "as a member it counts");
    }

    // Fuzz: the check against a model that shares nothing with it.

    /// @dev Any sequence of members and strangers is accepted exactly when it is ascending, without repetition, made of
    /// members, and a majority. `picks` names the signer of each entry, 7 and above being strangers.
    function testFuzz_AcceptsExactlyAscendingMembers(uint8[8] calldata picks, uint256 length) external {
        _rotate();
        length = bound(length, 0, 8);
        uint256[] memory strangers = makeKeys(2, "strangers");
        bytes memory signatures = abi.encodePacked(uint8(length));
        bool valid = length >= 4;
        for (uint256 i = 0; i < length; ++i) {
            uint256 pick = picks[i] % 9;
            signatures = bytes.concat(signatures, entryOf(pick < 7 ? _keys[pick] : strangers[pick - 7], DIGEST));
            for (uint256 j = 0; j < i; ++j) {
                if (picks[j] % 9 >= pick) valid = false;
            }
            if (pick >= 7) valid = false;
        }
        (bool accepted, bytes memory answer) =
            address(verifier).staticcall(abi.encodeCall(verifier.verify, (DIGEST, 1, signatures)));
        assertEq(accepted, valid, "accepted exactly when valid");
        if (accepted) assertEq(abi.decode(answer, (bool)), length >= 6, "strict from 6 on");
    }

    /// @dev No byte string of the right shape but with changed bits passes.
    function testFuzz_RefusesAnyChangedBit(uint256 position) external {
        _rotate();
        bytes memory signatures = sign(slice(_keys, 0, 4), DIGEST);
        position = bound(position, 0, signatures.length * 8 - 1);
        signatures[position / 8] ^= bytes1(0x80) >> (position % 8);
        (bool accepted,) = address(verifier).staticcall(abi.encodeCall(verifier.verify, (DIGEST, 1, signatures)));
        assertFalse(accepted, "a changed bit must not pass");
    }
}
