// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {LibRLP} from "solady/utils/LibRLP.sol";
import {SSTORE2} from "solady/utils/SSTORE2.sol";
import {IQuorumVerifier} from "./IQuorumVerifier.sol";

/// @title SignerSet
/// @notice A signer set is contract code: STOP, threshold, strict threshold, then the signers, 20 bytes each, strictly
/// ascending. Set k is the k-th contract that its QuorumVerifier creates, so its address follows from (verifier, k), and
/// set k is current exactly while k exists and k + 1 does not.
/// @dev Any contract can therefore check a quorum against the code itself: two account reads (5,200 gas) in the place of a
/// call, a storage read and a code read (7,300 gas and the copying). Nobody but the verifier can put code at those
/// addresses, the verifier creates nothing else, and code cannot be removed on the supported chains (EIP-6780).
library SignerSet {
    /// @dev Most members that a set may have: their number is a byte of the signatures' encoding.
    uint256 internal constant MAX_SIGNERS = type(uint8).max;
    /// @dev Half the order of secp256k1, rounded down. A larger s is the mirror image of a smaller one.
    uint256 private constant MAX_S = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0;
    uint256 private constant ENTRY = 64;

    /// @notice Address of the code of set `setId` of `verifier`, whether it exists or not.
    function addressOf(address verifier, uint256 setId) internal pure returns (address) {
        return LibRLP.computeAddress(verifier, setId);
    }

    /// @notice Checks a set and creates its code. Reverts like {IQuorumVerifier-rotate}.
    function create(address[] calldata signers, uint8 threshold, uint8 strictThreshold) internal returns (address) {
        uint256 count = signers.length;
        if (count == 0 || count > MAX_SIGNERS || signers[0] == address(0)) {
            revert IQuorumVerifier.SignerSetInvalid(count);
        }
        // A majority: two disjoint quorums could otherwise sign two prices for one epoch.
        if (uint256(threshold) * 2 <= count || strictThreshold < threshold || strictThreshold > count) {
            revert IQuorumVerifier.ThresholdInvalid(threshold, strictThreshold, count);
        }
        // 12 bytes more than is used: each signer is stored as the upper 20 bytes of a word.
        bytes memory code = new bytes(2 + 20 * count + 12);
        code[0] = bytes1(threshold);
        code[1] = bytes1(strictThreshold);
        address last;
        for (uint256 i = 0; i < count; ++i) {
            address signer = signers[i];
            if (i != 0 && signer <= last) revert IQuorumVerifier.SignersNotAscending(i);
            last = signer;
            assembly ("memory-safe") {
                mstore(add(add(code, 0x22), mul(i, 20)), shl(96, signer))
            }
        }
        assembly ("memory-safe") {
            mstore(code, add(2, mul(count, 20)))
        }
        return SSTORE2.write(code);
    }

    /// @notice The members and bars of a set that exists.
    function read(address set)
        internal
        view
        returns (address[] memory signers, uint8 threshold, uint8 strictThreshold)
    {
        bytes memory code = SSTORE2.read(set);
        threshold = uint8(code[0]);
        strictThreshold = uint8(code[1]);
        uint256 count = (code.length - 2) / 20;
        signers = new address[](count);
        for (uint256 i = 0; i < count; ++i) {
            address signer;
            assembly ("memory-safe") {
                signer := shr(96, mload(add(add(code, 0x22), mul(i, 20))))
            }
            signers[i] = signer;
        }
    }

    /// @notice As {IQuorumVerifier-verify}, for the sets of `verifier`.
    function verify(IQuorumVerifier verifier, bytes32 digest, uint32 setId, bytes calldata signatures)
        internal
        view
        returns (bool strict)
    {
        (uint256 members, uint256 end) = _load(verifier, setId);

        uint256 threshold;
        uint256 strictThreshold;
        uint256 count;
        uint256 entry;
        uint256 input;
        assembly ("memory-safe") {
            // `members` is where the first signer begins; the two bars are the bytes before it.
            threshold := byte(0, mload(sub(members, 2)))
            strictThreshold := byte(0, mload(sub(members, 1)))
            entry := signatures.offset
            count := mul(byte(0, calldataload(entry)), gt(signatures.length, 0))
            entry := add(entry, 1)
            // The four words that ecrecover takes; the digest stays, the others change with each signature.
            input := mload(0x40)
            mstore(input, digest)
            mstore(0x40, add(input, 0x80))
        }
        if (count < threshold) revert IQuorumVerifier.QuorumNotReached(count, uint8(threshold));

        unchecked {
            // Where contract signatures begin; advances with each, and must end with the bytes given.
            uint256 tail = 1 + count * ENTRY;
            if (tail > signatures.length) revert IQuorumVerifier.SignatureInvalid((signatures.length - 1) / ENTRY);

            for (uint256 i = 0; i < count; ++i) {
                bytes32 r;
                bytes32 yParityAndS;
                assembly ("memory-safe") {
                    r := calldataload(entry)
                    yParityAndS := calldataload(add(entry, 0x20))
                    entry := add(entry, ENTRY)
                }
                if (yParityAndS != 0) {
                    bool valid;
                    uint256 signer;
                    assembly ("memory-safe") {
                        let s := shr(1, shl(1, yParityAndS))
                        mstore(add(input, 0x20), add(27, shr(255, yParityAndS)))
                        mstore(add(input, 0x40), r)
                        mstore(add(input, 0x60), s)
                        // A failed recovery returns no data, and no member has the address zero.
                        pop(staticcall(gas(), 1, input, 0x80, 0x00, 0x20))
                        signer := mul(mload(0x00), eq(returndatasize(), 0x20))
                        valid := lt(s, add(MAX_S, 1))
                    }
                    members = _find(members, end, signer);
                    if (!valid || members == 0) revert IQuorumVerifier.SignatureInvalid(i);
                } else {
                    address signer = address(uint160(uint256(r)));
                    uint256 length = uint256(r) >> 160;
                    members = _find(members, end, uint160(signer));
                    if (
                        members == 0 || length > signatures.length - tail
                            || !SignatureChecker.isValidERC1271SignatureNowCalldata(
                                signer, digest, signatures[tail:tail + length]
                            )
                    ) revert IQuorumVerifier.SignatureInvalid(i);
                    tail += length;
                }
            }
            if (tail != signatures.length) revert IQuorumVerifier.SignatureInvalid(count);
            return count >= strictThreshold;
        }
    }

    /// @dev Finds `signer` at or behind `members`. Returns where the search for the next one begins, zero if it is not there.
    /// Both lists ascend, so one pass over the set finds them all, and none is found twice.
    function _find(uint256 members, uint256 end, uint256 signer) private pure returns (uint256 next) {
        assembly ("memory-safe") {
            let key := shl(96, signer)
            // The word behind the set is above every address: it ends the search.
            for {} lt(mload(members), key) {} { members := add(members, 20) }
            next := mul(add(members, 20), and(eq(shr(96, mload(members)), signer), lt(members, end)))
        }
    }

    /// @dev Copies the current set to memory. Returns where its signers begin and end there.
    function _load(IQuorumVerifier verifier, uint32 setId) private view returns (uint256 members, uint256 end) {
        address set = addressOf(address(verifier), setId);
        address next;
        unchecked {
            // Wider than an id: the last id has a next address too, at which nothing will ever be.
            next = addressOf(address(verifier), uint256(setId) + 1);
        }
        uint256 size = set.code.length;
        if (size == 0 || next.code.length != 0) {
            revert IQuorumVerifier.SignerSetNotCurrent(setId, verifier.currentSetId());
        }
        assembly ("memory-safe") {
            let start := mload(0x40)
            end := add(start, size)
            extcodecopy(set, start, 0, size)
            mstore(end, not(0))
            members := add(start, 3)
            mstore(0x40, and(add(end, 0x3f), not(0x1f)))
        }
    }
}
