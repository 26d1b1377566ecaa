// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";

/// @title PoolShareName
/// @notice What the shares of a pool are called, as ERC-6909 and as ERC-20 tokens.
library PoolShareName {
    /// @notice Decimals of shares, of whatever pool.
    uint8 internal constant DECIMALS = 18;

    /// @notice Ends with the first four bytes of the pool id.
    function name(bytes32 poolId) internal pure returns (string memory) {
        return string.concat("Fluxion Pool Share ", tag(uint32(bytes4(poolId))));
    }

    /// @notice Ends with the first four bytes of the pool id.
    function symbol(bytes32 poolId) internal pure returns (string memory) {
        return string.concat("FPS-", tag(uint32(bytes4(poolId))));
    }

    /// @notice Four bytes in hexadecimal.
    function tag(uint32 value) internal pure returns (string memory) {
        return Strings.toHexString(value, 4);
    }
}
