// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IQuorumVerifier} from "./IQuorumVerifier.sol";
import {SignerSet} from "./SignerSet.sol";

/// @title QuorumVerifier
/// @notice The signer sets of a chain's oracles, each as contract code that only this contract can create.
/// {IQuorumVerifier} documents it, {SignerSet} has the encoding and the check.
contract QuorumVerifier is IQuorumVerifier, AccessManaged {
    /// @inheritdoc IQuorumVerifier
    uint32 public override currentSetId;

    /// @param authority The AccessManager that decides who may rotate.
    constructor(address authority) AccessManaged(authority) {}

    /// @inheritdoc IQuorumVerifier
    function rotate(address[] calldata signers, uint8 threshold, uint8 strictThreshold)
        external
        override
        restricted
        returns (uint32 setId)
    {
        setId = currentSetId + 1;
        address set = SignerSet.create(signers, threshold, strictThreshold);
        // Holds as long as this contract creates nothing else; a set at another address would never be found.
        assert(set == SignerSet.addressOf(address(this), setId));
        currentSetId = setId;
        emit SignerSetRotated(setId, signers, threshold, strictThreshold);
    }

    /// @inheritdoc IQuorumVerifier
    function verify(bytes32 digest, uint32 setId, bytes calldata signatures)
        external
        view
        override
        returns (bool strict)
    {
        return SignerSet.verify(this, digest, setId, signatures);
    }

    /// @inheritdoc IQuorumVerifier
    function currentSet()
        external
        view
        override
        returns (uint32 setId, address[] memory signers, uint8 threshold, uint8 strictThreshold)
    {
        setId = currentSetId;
        if (setId != 0) {
            (signers, threshold, strictThreshold) = SignerSet.read(SignerSet.addressOf(address(this), setId));
        }
    }
}
