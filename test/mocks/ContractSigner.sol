// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";

/// @notice An EIP-1271 wallet that approves one pair of digest and signature, or answers wrongly on demand.
contract ContractSigner is IERC1271 {
    enum Answer {
        Honest,
        Garbage,
        Short,
        Revert,
        Everything
    }

    mapping(bytes32 digest => bytes32 signatureHash) public approved;
    Answer public answer;

    error Unwilling();

    function approve(bytes32 digest, bytes calldata signature) external {
        approved[digest] = keccak256(signature);
    }

    function setAnswer(Answer answer_) external {
        answer = answer_;
    }

    function isValidSignature(bytes32 digest, bytes calldata signature) external view override returns (bytes4) {
        if (answer == Answer.Revert) revert Unwilling();
        if (answer == Answer.Garbage) return 0xffffffff;
        if (answer == Answer.Short) {
            assembly ("memory-safe") {
                mstore(0x00, shl(224, 0x1626ba7e))
                return(0x00, 0x04)
            }
        }
        bool valid = answer == Answer.Everything || approved[digest] == keccak256(signature);
        return valid ? IERC1271.isValidSignature.selector : bytes4(0);
    }
}
