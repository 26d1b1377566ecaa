// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice Asks many views in one call: what a suite compares after an action costs one call of the machine.
/// @dev Questions come one behind the other: 20 bytes of target, 4 bytes of length, the call. Answers go back so: a
/// word with the length and, in its highest bit, whether the view returned; then what it returned or reverted with. By
/// hand, since decoding and encoding arrays took a part of the time of a suite.
contract Lens {
    fallback() external {
        assembly ("memory-safe") {
            // Answers grow from the start of memory; each question lies where its answer will.
            let end := 0
            for { let at := 0 } lt(at, calldatasize()) {} {
                let head := calldataload(at)
                let size := and(shr(64, head), 0xffffffff)
                calldatacopy(end, add(at, 24), size)
                let returned := staticcall(gas(), shr(96, head), end, size, 0, 0)
                let length := returndatasize()
                mstore(end, or(shl(255, returned), length))
                returndatacopy(add(end, 0x20), 0, length)
                end := add(add(end, 0x20), length)
                at := add(at, add(24, size))
            }
            return(0, end)
        }
    }
}
