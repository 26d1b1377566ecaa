// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title IPoolManager
/// @notice Every pool in one contract. A pool is named by its key, which travels in calldata (see {PoolKey}); its id is the key's
/// hash. Shares of a pool are the ERC-6909 token of that id, kept by the manager itself.
///
/// Balances are counted inside: what is sent to the manager directly changes nothing and belongs to nobody. Amounts are in token
/// units, without exception. Everything rounds against the caller. Tokens that deliver less than they were asked to are refused,
/// tokens that return nothing work, and no function can be entered from a token's callback.
///
/// Warning: shares of the protocol's fee are owed from the growth of the pool's invariant since the last liquidity event. They
/// dilute shares at the next event; {poolState} returns what is already owed.
interface IPoolManager {
    /// @notice One step of a path.
    /// @param key The pool.
    /// @param tokenIn Index of the token that goes in, from 0.
    /// @param tokenOut Index of the token that comes out, from 0.
    struct Hop {
        uint256[] key;
        uint256 tokenIn;
        uint256 tokenOut;
    }

    /// @notice A pool was created. The first liquidity follows as {LiquidityAdded}.
    event PoolCreated(bytes32 indexed poolId, uint256[] key, uint256 protocolFeeBps);
    /// @notice `amountIn` of the token with index `tokenIn` went in and `amountOut` of that with index `tokenOut` came out. The
    /// whole of `amountIn`, fee included, is in the pool's balance.
    event Swap(
        bytes32 indexed poolId,
        address indexed trader,
        uint256 tokenIn,
        uint256 tokenOut,
        uint256 amountIn,
        uint256 amountOut
    );
    /// @notice Shares were minted for `amounts`. The first event of a pool mints {MINIMUM_SHARES} more, which nobody holds.
    event LiquidityAdded(bytes32 indexed poolId, address indexed provider, uint256 shares, uint256[] amounts);
    /// @notice Shares were burned for `amounts`.
    event LiquidityRemoved(bytes32 indexed poolId, address indexed provider, uint256 shares, uint256[] amounts);
    /// @notice Growth of the invariant owes the protocol `shares` more.
    event ProtocolFeeAccrued(bytes32 indexed poolId, uint256 shares);
    /// @notice The shares owed to the protocol were minted to the revenue receiver.
    event ProtocolFeeCollected(bytes32 indexed poolId, uint256 shares);
    /// @notice The protocol's share of growth from now on, in basis points.
    event ProtocolFeeSet(bytes32 indexed poolId, uint256 protocolFeeBps);
    /// @notice The share of growth that new pools start with, in basis points.
    event InitialProtocolFeeSet(uint256 protocolFeeBps);

    /// @notice The call came after its deadline.
    error DeadlinePassed(uint256 deadline, uint256 blockTime);
    /// @notice No pool has this key.
    error PoolNotFound(bytes32 poolId);
    /// @notice A pool has this key already.
    error PoolExists(bytes32 poolId);
    /// @notice The token reports other decimals than the key.
    error DecimalsDiffer(address token, uint256 actual, uint256 inKey);
    /// @notice An index is not below the number of tokens, or both are the same.
    error TokenIndexInvalid(uint256 tokenIn, uint256 tokenOut);
    /// @notice As many amounts as tokens are expected.
    error AmountCountInvalid(uint256 count, uint256 tokens);
    /// @notice What comes out is less than the caller asked for.
    error AmountOutBelowMinimum(uint256 amountOut, uint256 minimum);
    /// @notice What goes in is more than the caller allowed.
    error AmountInAboveMaximum(address token, uint256 amountIn, uint256 maximum);
    /// @notice The pool holds no more than `balance` and can never give all of it.
    error AmountOutTooLarge(uint256 amountOut, uint256 balance);
    /// @notice The amount or the balance it leads to does not fit 112 bits.
    error BalanceTooLarge(uint256 amount);
    /// @notice The number of shares does not fit 112 bits, or is zero.
    error ShareAmountInvalid(uint256 shares);
    /// @notice The token delivered less than `amount`: tokens that take a fee on transfers are not accepted.
    error TransferIncomplete(address token, uint256 received, uint256 amount);
    /// @notice A path has no step, or a step does not go on with the token of the one before.
    error PathBroken(uint256 hop);
    /// @notice A protocol fee is above {MAX_PROTOCOL_FEE_BPS}.
    error ProtocolFeeTooHigh(uint256 protocolFeeBps);

    /// @notice Creates a pool and adds its first liquidity. Restricted by the AccessManager, which may open it to everyone.
    /// @param key See {PoolKey}.
    /// @param amounts First balances, by the order of the key. Their ratio is the first price.
    /// @param recipient Gets the shares: the invariant in token units, rounded down, less {MINIMUM_SHARES}.
    /// @return poolId Hash of the key.
    /// @return shares What `recipient` got.
    function createPool(uint256[] calldata key, uint256[] calldata amounts, address recipient)
        external
        returns (bytes32 poolId, uint256 shares);

    /// @notice Swaps exactly `amountIn`.
    /// @param key The pool.
    /// @param tokenIn Index of the token that goes in, from 0.
    /// @param tokenOut Index of the token that comes out, from 0.
    /// @param amountIn Taken from the caller, who approved the manager.
    /// @param minAmountOut Least amount that may come out.
    /// @param recipient Gets what comes out.
    /// @param deadline Last second at which the call is good.
    /// @return amountOut At most the exact value of the formula, and below it by no more than the bound of
    /// {WeightedMath-outGivenInDown} or {StableMath-outGivenInDown}.
    function swapExactIn(
        uint256[] calldata key,
        uint256 tokenIn,
        uint256 tokenOut,
        uint256 amountIn,
        uint256 minAmountOut,
        address recipient,
        uint256 deadline
    ) external returns (uint256 amountOut);

    /// @notice Swaps for exactly `amountOut`. As {swapExactIn}, but the input is computed.
    /// @param maxAmountIn Most that may be taken.
    /// @return amountIn At least the exact value of the formula, and above it by no more than the bound of
    /// {WeightedMath-inGivenOutUp} or {StableMath-inGivenOutUp}, with the fee on top.
    function swapExactOut(
        uint256[] calldata key,
        uint256 tokenIn,
        uint256 tokenOut,
        uint256 amountOut,
        uint256 maxAmountIn,
        address recipient,
        uint256 deadline
    ) external returns (uint256 amountIn);

    /// @notice Swaps exactly `amountIn` through several pools; only the first and the last token move. The result is that of the
    /// single swaps in order. A pool may occur more than once.
    function swapPathExactIn(
        Hop[] calldata hops,
        uint256 amountIn,
        uint256 minAmountOut,
        address recipient,
        uint256 deadline
    ) external returns (uint256 amountOut);

    /// @notice Adds liquidity in the proportion of the pool's balances, for exactly `shares`.
    /// @param maxAmounts Most that may be taken of each token, by the order of the key.
    /// @return amounts What was taken, rounded up.
    function addProportional(
        uint256[] calldata key,
        uint256 shares,
        uint256[] calldata maxAmounts,
        address recipient,
        uint256 deadline
    ) external returns (uint256[] memory amounts);

    /// @notice Burns `shares` of the caller for their part of every balance, in whatever state the pool is.
    /// @param minAmounts Least of each token, by the order of the key.
    /// @return amounts What was sent, rounded down.
    function removeProportional(
        uint256[] calldata key,
        uint256 shares,
        uint256[] calldata minAmounts,
        address recipient,
        uint256 deadline
    ) external returns (uint256[] memory amounts);

    /// @notice Mints the shares that are owed to the protocol to {revenueReceiver}. Anyone may call.
    /// @return shares What was minted.
    function collectProtocolFee(uint256[] calldata key) external returns (uint256 shares);

    /// @notice Sets the protocol's share of growth from now on; growth until now is charged at the old one. Restricted.
    function setProtocolFee(uint256[] calldata key, uint256 protocolFeeBps) external;

    /// @notice Sets the share of growth that new pools start with. Restricted.
    function setInitialProtocolFee(uint256 protocolFeeBps) external;

    /// @notice What {swapExactIn} would return now, by the same code. Reverts while a call is under way.
    function quoteExactIn(uint256[] calldata key, uint256 tokenIn, uint256 tokenOut, uint256 amountIn)
        external
        view
        returns (uint256 amountOut);

    /// @notice What {swapExactOut} would take now, by the same code. Reverts while a call is under way.
    function quoteExactOut(uint256[] calldata key, uint256 tokenIn, uint256 tokenOut, uint256 amountOut)
        external
        view
        returns (uint256 amountIn);

    /// @notice The pool's state. Reverts while a call is under way, so no half-updated value is ever read.
    /// @return balances By the order of the key, in token units.
    /// @return supply All shares: those minted, {MINIMUM_SHARES}, and those owed to the protocol.
    /// @return owed Shares owed to the protocol by growth up to the last liquidity event.
    /// @return protocolFeeBps The protocol's share of growth, in basis points.
    /// @return checkpoint Invariant per share at the last liquidity event, Q96, rounded up.
    function poolState(uint256[] calldata key)
        external
        view
        returns (uint256[] memory balances, uint256 supply, uint256 owed, uint256 protocolFeeBps, uint256 checkpoint);

    /// @notice Where protocol fees go.
    function revenueReceiver() external view returns (address);
    /// @notice Shares that exist in every pool's supply and nowhere else, so that no share is ever worth nothing.
    function MINIMUM_SHARES() external view returns (uint256);
    /// @notice Highest protocol fee, in basis points.
    function MAX_PROTOCOL_FEE_BPS() external view returns (uint256);
}
