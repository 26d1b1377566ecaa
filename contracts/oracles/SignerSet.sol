// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {LibRLP} from "solady/utils/LibRLP.sol";
import {SSTORE2} from "solady/utils/SSTORE2.sol";
import {IQuorumVerifier} from "./IQuorumVerifier.sol";

/// @title SignerSet
/// @notice A signer set is contract code: STOP, threshold, strict threshold, then the signers, 20 bytes each, strictly
/// ascending. Set k is the k-th contract that its QuorumVerifier creates, so its address follows from (verifier, k),
/// and set k is current exactly while k exists and k + 1 does not.
/// @dev Any contract can therefore check a quorum against the code itself: two account reads (5,200 gas) in the place
/// of a call, a storage read and a code read (7,300 gas and the copying). Nobody but the verifier can put code at those
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
        assembly ("memory-safe") {
            threshold := byte(0, mload(sub(members, 2)))
        }
        if (signatures.length == 0) revert IQuorumVerifier.QuorumNotReached(0, uint8(threshold));
        uint256 count = uint8(signatures[0]);
        if (count < threshold) revert IQuorumVerifier.QuorumNotReached(count, uint8(threshold));
        assembly ("memory-safe") {
            strict := iszero(lt(count, byte(0, mload(sub(members, 1)))))
        }
        _checkEntries(digest, signatures, count, members, end);
    }

    /// @dev Reverts unless `signatures` is `count` entries by distinct members of the set, and what they say follows.
    /// The set lies in memory from `members` to `end`, with a word above every address behind it.
    function _checkEntries(bytes32 digest, bytes calldata signatures, uint256 count, uint256 members, uint256 end)
        private
        view
    {
        unchecked {
            // Where contract signatures begin; advances with each, and must end with the bytes given.
            uint256 tail = 1 + count * ENTRY;
            if (tail > signatures.length) revert IQuorumVerifier.SignatureInvalid((signatures.length - 1) / ENTRY);

            // Entries are told by where they lie in calldata.
            uint256 entry;
            uint256 last;
            assembly ("memory-safe") {
                entry := add(signatures.offset, 1)
                last := add(signatures.offset, tail)
            }
            (entry, members) = _passRecoverable(digest, entry, last, members);
            while (entry != last) {
                // Not recoverable to the next member: a contract signer, or wrong.
                uint256 index = count - (last - entry) / ENTRY;
                (members, tail) = _passContractSigner(digest, signatures, index, tail, members, end);
                (entry, members) = _passRecoverable(digest, entry + ENTRY, last, members);
            }
            // Whoever had the highest address of all would be found in the word behind the set, and only as the last.
            if (members > end) revert IQuorumVerifier.SignatureInvalid(count - 1);
            if (tail != signatures.length) revert IQuorumVerifier.SignatureInvalid(count);
        }
    }

    /// @dev Passes over entries as long as they recover to members of the set, each behind the one before: both lists
    /// ascend, so one walk over the set finds them all and none twice. Returns the first entry that is left, and where
    /// the search for the next signer begins. Assembly, because it runs once a signature: 130 gas less than the same
    /// loop in Solidity.
    function _passRecoverable(bytes32 digest, uint256 entry, uint256 last, uint256 members)
        private
        view
        returns (uint256, uint256)
    {
        assembly ("memory-safe") {
            // The four words that ecrecover takes use the scratch space, the free memory pointer and the zero slot; the
            // latter two are restored below.
            let free := mload(0x40)
            mstore(0x00, digest)
            for {} lt(entry, last) { entry := add(entry, ENTRY) } {
                let yParityAndS := calldataload(add(entry, 0x20))
                let s := shr(1, shl(1, yParityAndS))
                // Zero, which marks a contract signer, wraps around.
                if gt(sub(s, 1), sub(MAX_S, 1)) { break }
                mstore(0x20, add(27, shr(255, yParityAndS)))
                mstore(0x40, calldataload(entry))
                mstore(0x60, s)
                pop(staticcall(gas(), 1, 0x00, 0x80, 0x20, 0x20))
                // A failed recovery returns nothing: the key is zero then, which no member has.
                let key := shl(96, mul(mload(0x20), shr(5, returndatasize())))
                let member := mload(members)
                for {} lt(member, key) {} {
                    members := add(members, 20)
                    member := mload(members)
                }
                if shr(96, xor(member, key)) { break }
                members := add(members, 20)
            }
            mstore(0x40, free)
            mstore(0x60, 0)
        }
        return (entry, members);
    }

    /// @dev Passes over entry `index` if it is by a contract in the set that approves the digest; reverts if not.
    function _passContractSigner(
        bytes32 digest,
        bytes calldata signatures,
        uint256 index,
        uint256 tail,
        uint256 members,
        uint256 end
    ) private view returns (uint256, uint256) {
        unchecked {
            assembly ("memory-safe") {
                // The set stays where it is while the contract is called.
                mstore(0x40, and(add(end, 0x3f), not(0x1f)))
            }
            uint256 entry = 1 + index * ENTRY;
            uint256 word = uint256(bytes32(signatures[entry:entry + 32]));
            address signer = address(uint160(word));
            uint256 length = word >> 160;
            bool found;
            assembly ("memory-safe") {
                for {} lt(mload(members), shl(96, signer)) {} { members := add(members, 20) }
                found := eq(shr(96, mload(members)), signer)
            }
            if (
                !found || bytes32(signatures[entry + 32:entry + 64]) != 0 || length > signatures.length - tail
                    || !SignatureChecker.isValidERC1271SignatureNowCalldata(
                        signer, digest, signatures[tail:tail + length]
                    )
            ) revert IQuorumVerifier.SignatureInvalid(index);
            return (members + 20, tail + length);
        }
    }

    /// @dev Copies the current set to memory. Returns where its signers begin and end there.
    function _load(IQuorumVerifier verifier, uint32 setId) private view returns (uint256 members, uint256 end) {
        address set;
        address next;
        unchecked {
            // Wider than an id: the last id has a next address too, at which nothing will ever be.
            uint256 nextId = uint256(setId) + 1;
            if (setId - 1 < 0x7e) {
                // Both numbers are one byte: what {addressOf} does, twice over one preparation.
                assembly ("memory-safe") {
                    mstore(0x00, or(0xd6940000000000000000000000000000000000000000, verifier))
                    mstore8(0x20, setId)
                    set := keccak256(0x0a, 0x17)
                    mstore8(0x20, nextId)
                    next := keccak256(0x0a, 0x17)
                }
            } else {
                set = addressOf(address(verifier), setId);
                next = addressOf(address(verifier), nextId);
            }
        }
        uint256 size;
        bool stale;
        assembly ("memory-safe") {
            size := extcodesize(set)
            stale := or(iszero(size), extcodesize(next))
        }
        if (stale) revert IQuorumVerifier.SignerSetNotCurrent(setId, verifier.currentSetId());
        assembly ("memory-safe") {
            // Memory that nobody else uses yet; {_passContractSigner} allocates it before anybody could.
            let start := mload(0x40)
            end := add(start, size)
            extcodecopy(set, start, 0, size)
            mstore(end, not(0))
            members := add(start, 3)
        }
    }
}
