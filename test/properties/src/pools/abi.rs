//! What the suite calls.
#![allow(missing_docs, clippy::too_many_arguments)]

use alloy_sol_types::sol;

sol! {
    #[derive(Debug)]
    interface IPoolManager {
        struct Hop {
            uint256[] key;
            uint256 tokenIn;
            uint256 tokenOut;
        }

        error TokenIndexInvalid(uint256 tokenIn, uint256 tokenOut);
        error AmountOutTooLarge(uint256 amountOut, uint256 balance);
        error BalanceTooLarge(uint256 amount);
        error ShareAmountInvalid(uint256 shares);
        error PoolExists(bytes32 poolId);
        error StableInputOutOfRange();
        error StableAmountTooLarge();
        error StableNotConverged();
        error WeightedInputOutOfRange();
        error WeightedTradeTooLarge();
        error RateUnavailable(address provider, uint256 rate);

        function createPool(uint256[] key, uint256[] amounts, uint256 minShares, address recipient, uint256 deadline) external returns (bytes32, uint256);
        function swapExactIn(uint256[] key, uint256 tokenIn, uint256 tokenOut, uint256 amountIn, uint256 minAmountOut, address recipient, uint256 deadline) external returns (uint256);
        function swapExactOut(uint256[] key, uint256 tokenIn, uint256 tokenOut, uint256 amountOut, uint256 maxAmountIn, address recipient, uint256 deadline) external returns (uint256);
        function swapPathExactIn(Hop[] hops, uint256 amountIn, uint256 minAmountOut, address recipient, uint256 deadline) external returns (uint256);
        function addProportional(uint256[] key, uint256 shares, uint256[] maxAmounts, address recipient, uint256 deadline) external returns (uint256[] amounts);
        function removeProportional(uint256[] key, uint256 shares, uint256[] minAmounts, address recipient, uint256 deadline) external returns (uint256[] amounts);
        function collectProtocolFee(uint256[] key) external returns (uint256);
        function setProtocolFee(uint256[] key, uint256 protocolFeeBps) external;
        function quoteExactIn(address trader, uint256[] key, uint256 tokenIn, uint256 tokenOut, uint256 amountIn) external view returns (uint256);
        function quoteExactOut(address trader, uint256[] key, uint256 tokenIn, uint256 tokenOut, uint256 amountOut) external view returns (uint256);
        function poolState(uint256[] key) external view returns (uint256[] balances, uint256 supply, uint256 owed, uint256 protocolFeeBps, uint256 checkpoint);
        function balanceOf(address owner, uint256 id) external view returns (uint256);
        function transfer(address receiver, uint256 id, uint256 amount) external returns (bool);
    }

    interface ISettableRate {
        function setRate(uint256 rate) external;
    }

    interface IToken {
        function mint(address to, uint256 amount) external;
        function approve(address spender, uint256 amount) external returns (bool);
        function balanceOf(address account) external view returns (uint256);
        function decimals() external view returns (uint8);
        function setCalls(address target, bytes[] calls) external;
        function attempts() external view returns (uint256);
        function successes() external view returns (uint256);
    }
}
