// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {PoolInvariant} from "../math/PoolInvariant.sol";
import {StableMath} from "../math/StableMath.sol";
import {Pool} from "./Pool.sol";
import {PoolKey} from "./PoolKey.sol";

/// @title PoolAtRates
/// @notice Swaps of a stable pool with rate providers, in token units: rates round, so both sides are measured apart
/// (docs/pool-math.md, section 4).
library PoolAtRates {
    using Pool for Pool.State;
    using PoolKey for uint256;
    using PoolKey for uint256[];

    /// @notice What a swap of `amountIn` gives, where the balance rises by `stored`, which has the fee too.
    /// @dev The invariant before is measured at balances rounded up, the one afterwards at balances rounded down
    /// (docs/pool-math.md).
    function outGivenInDown(
        Pool.State storage self,
        uint256[] calldata key,
        uint256 ann,
        uint256[] memory rates,
        uint256 tokenIn,
        uint256 tokenOut,
        uint256 amountIn,
        uint256 stored
    ) internal view returns (uint256 amountOut) {
        unchecked {
            (, uint256[] memory current) = self.load(key.tokenCount());
            (, uint256 d) = StableMath.invariant(PoolInvariant.scaleUp(key, current, rates), ann);
            current[tokenIn] += amountIn;
            uint256[] memory x = PoolInvariant.scaleDown(key, current, rates);
            uint256 y = StableMath.balanceUp(x, ann, tokenOut, d);
            uint256 left = PoolInvariant.unscaleUp(key, tokenOut, rates, y);
            amountOut = left < current[tokenOut] ? current[tokenOut] - left : 0;
            checkStored(self, key, ann, rates, tokenIn, tokenOut, stored, amountOut);
        }
    }

    /// @notice What a swap stores has to be in range, the fee included; with or without rates.
    function checkStored(
        Pool.State storage self,
        uint256[] calldata key,
        uint256 ann,
        uint256[] memory rates,
        uint256 tokenIn,
        uint256 tokenOut,
        uint256 amountIn,
        uint256 amountOut
    ) internal view {
        unchecked {
            (, uint256[] memory current) = self.load(key.tokenCount());
            current[tokenIn] += amountIn;
            current[tokenOut] -= amountOut;
            PoolInvariant.checkRange(key, current, ann, rates);
        }
    }

    /// @notice What a swap for `amountOut` takes, without the fee.
    /// @dev As {outGivenInDown}. The search starts right of the solution when the price is not far from par.
    function inGivenOutUp(
        Pool.State storage self,
        uint256[] calldata key,
        uint256 ann,
        uint256[] memory rates,
        uint256 tokenIn,
        uint256 tokenOut,
        uint256 amountOut
    ) internal view returns (uint256) {
        unchecked {
            (, uint256[] memory current) = self.load(key.tokenCount());
            (, uint256 d) = StableMath.invariant(PoolInvariant.scaleUp(key, current, rates), ann);
            uint256 before = current[tokenIn];
            current[tokenOut] -= amountOut;
            uint256[] memory x = PoolInvariant.scaleDown(key, current, rates);
            x[tokenIn] += amountOut * PoolInvariant.factor(key.wordAt(tokenOut + 1)) * rates[tokenOut]
                / PoolInvariant.WAD;
            uint256 y = StableMath.balanceUp(x, ann, tokenIn, d);
            uint256 afterwards = PoolInvariant.unscaleUp(key, tokenIn, rates, y);
            return afterwards > before ? afterwards - before : 0;
        }
    }
}
