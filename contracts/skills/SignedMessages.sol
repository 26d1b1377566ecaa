// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {ISkillLedger} from "./ISkillLedger.sol";

/// @title SignedMessages
/// @notice What validators, guardians and future holders sign: one domain, one way to check. Keeps no state.
abstract contract SignedMessages is EIP712 {
    constructor() EIP712("Fluxion SkillWallet", "1") {}

    /// @dev The digest of a struct that counts until `deadline`; reverts past it.
    function _digestUntil(uint256 deadline, bytes32 structHash) internal view returns (bytes32) {
        if (block.timestamp > deadline) revert ISkillLedger.SignatureExpired(deadline, block.timestamp);
        return _hashTypedDataV4(structHash);
    }

    /// @dev Whether `signer` signed the digest, by key or by contract. The key is tried first: asking whether the
    /// signer has code would cost 2,600 gas.
    function _isSigned(address signer, bytes32 digest, bytes calldata signature) internal view returns (bool) {
        (address recovered, ECDSA.RecoverError err,) = ECDSA.tryRecoverCalldata(digest, signature);
        return (err == ECDSA.RecoverError.NoError && recovered == signer)
            || SignatureChecker.isValidERC1271SignatureNowCalldata(signer, digest, signature);
    }
}
