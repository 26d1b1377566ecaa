// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPoolErrors} from "../IPoolErrors.sol";
import {IPoolTrade} from "../IPoolTrade.sol";
import {PoolKey} from "./PoolKey.sol";

/// @title PoolPath
/// @notice The steps of a path: which token enters and leaves each, and whether they join.
library PoolPath {
    using PoolKey for uint256;
    using PoolKey for uint256[];

    /// @notice Reverts unless the path has a step and no pool twice: a quote writes nothing, so a second step through a
    /// pool would not see the first.
    function checkDistinct(IPoolTrade.Hop[] calldata hops) internal pure {
        if (hops.length == 0) revert IPoolErrors.PathBroken(0);
        for (uint256 i = 1; i < hops.length; ++i) {
            bytes32 poolId = hops[i].key.toId();
            for (uint256 k = 0; k < i; ++k) {
                if (hops[k].key.toId() == poolId) revert IPoolErrors.PoolRepeated(i);
            }
        }
    }

    /// @notice Reverts unless hop i starts with the token that the one before ends with. An index out of range reads
    /// anything here, and is refused by its swap.
    function checkJoined(IPoolTrade.Hop[] calldata hops, uint256 i) internal pure {
        if (leaving(hops[i - 1]) != entering(hops[i])) revert IPoolErrors.PathBroken(i);
    }

    /// @notice The token that goes into a step.
    function entering(IPoolTrade.Hop calldata hop) internal pure returns (address) {
        return hop.key.wordAt(hop.tokenIn + 1).token();
    }

    /// @notice The token that comes out of a step.
    function leaving(IPoolTrade.Hop calldata hop) internal pure returns (address) {
        return hop.key.wordAt(hop.tokenOut + 1).token();
    }
}
