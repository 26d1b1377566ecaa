// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title IQuorumVerifier
/// @notice Checks that a quorum of the current signer set signed an EIP-712 digest. One verifier serves every oracle of
/// a chain, so a rotation takes effect everywhere at once and signatures of an older set stop counting in the same
/// block.
/// @dev A signer set is contract code at an address that follows from the verifier's address and the set's id;
/// {SignerSet} has the format. Oracles of this project read that code themselves, which costs less than calling
/// {verify}; both run the same check.
interface IQuorumVerifier {
    /// @notice A new signer set took effect.
    /// @param setId Id of the set, one higher than the one before; 1 for the first.
    /// @param signers The signers, strictly ascending.
    /// @param threshold Signatures that make an ordinary quorum.
    /// @param strictThreshold Signatures that make a strict quorum.
    event SignerSetRotated(uint32 indexed setId, address[] signers, uint8 threshold, uint8 strictThreshold);

    /// @notice The signers are not strictly ascending, so one would count twice.
    /// @param index Place of the first signer that is not above the one before it.
    error SignersNotAscending(uint256 index);
    /// @notice The set is empty, has more than 255 members, or contains the zero address.
    /// @param count Number of signers given.
    error SignerSetInvalid(uint256 count);
    /// @notice The bar is too low (a majority is required), above the number of signers, or strict is below ordinary.
    /// @param threshold The refused ordinary quorum, in signatures.
    /// @param strictThreshold The refused strict quorum, in signatures.
    /// @param signers Number of signers given.
    error ThresholdInvalid(uint8 threshold, uint8 strictThreshold, uint256 signers);
    /// @notice The report was signed for another signer set than the current one.
    /// @param setId The set that was meant.
    /// @param currentSetId The set in force; zero: none yet.
    error SignerSetNotCurrent(uint32 setId, uint32 currentSetId);
    /// @notice Fewer signatures than an ordinary quorum. An empty encoding counts as none.
    /// @param signatures Number of signatures given.
    /// @param threshold Signatures that make an ordinary quorum.
    error QuorumNotReached(uint256 signatures, uint8 threshold);
    /// @notice Signature `index` is missing, malformed, malleable, out of order, repeated, or not from a member of the
    /// set. An index equal to the number of signatures means that bytes are left over behind them.
    /// @param index Place of the signature, from zero.
    error SignatureInvalid(uint256 index);

    /// @notice Checks `signatures` over `digest`; reverts unless an ordinary quorum of the current set signed.
    /// @param digest EIP-712 digest, whose struct contains `setId`.
    /// @param setId Signer set that the signers meant.
    /// @param signatures One byte with their number n, then n entries of 64 bytes ascending by signer: an EIP-2098
    /// compact signature (r, yParityAndS), or for an EIP-1271 signer its address in the low 20 bytes of r, the byte
    /// length of its contract signature in the 12 bytes above, and zero for yParityAndS. Contract signatures follow the
    /// entries in the same order, and nothing follows them.
    /// @return strict Whether the strict quorum was reached as well.
    function verify(bytes32 digest, uint32 setId, bytes calldata signatures) external view returns (bool strict);

    /// @notice Replaces the signer set. Restricted by the AccessManager.
    /// @param signers 1 to 255 members, strictly ascending, none zero.
    /// @param threshold Ordinary quorum: a majority of the members.
    /// @param strictThreshold Strict quorum: at least `threshold`, at most all members.
    /// @return setId Id of the new set.
    function rotate(address[] calldata signers, uint8 threshold, uint8 strictThreshold) external returns (uint32 setId);

    /// @notice Id of the current set.
    /// @return The id, rising by one from set to set; zero while there is none.
    function currentSetId() external view returns (uint32);

    /// @notice The current signer set; all empty while there is none.
    /// @return setId Its id.
    /// @return signers Its members, strictly ascending.
    /// @return threshold Signatures that make an ordinary quorum.
    /// @return strictThreshold Signatures that make a strict quorum.
    function currentSet()
        external
        view
        returns (uint32 setId, address[] memory signers, uint8 threshold, uint8 strictThreshold);
}
