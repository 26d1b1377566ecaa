// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title IPoolEvents
/// @notice Events and errors of the pool manager, whichever of its contracts emits them. See {IPoolManager}.
interface IPoolEvents {
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
    /// @notice The pool does not accept the actions of `flags` before `until`; at once again when that has passed.
    event PauseSet(bytes32 indexed poolId, uint256 flags, uint256 until);
    /// @notice Amplification times the number of tokens goes from `first` at `start` to `last` at `end`, in a straight line.
    event AmplificationRamped(bytes32 indexed poolId, uint256 first, uint256 last, uint256 start, uint256 end);
    /// @notice `fee` of the token was paid for the loan of `amount`, by `borrower`.
    event FlashLoan(address indexed borrower, address indexed token, uint256 amount, uint256 fee);
    /// @notice The fee of flash loans from now on, in millionths.
    event FlashFeeSet(uint256 fee);

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
    /// @notice Fewer shares would be minted than the caller asked for.
    error SharesBelowMinimum(uint256 shares, uint256 minimum);
    /// @notice The token delivered less than `amount`: tokens that take a fee on transfers are not accepted.
    error TransferIncomplete(address token, uint256 received, uint256 amount);
    /// @notice A path has no step, or a step does not go on with the token of the one before.
    error PathBroken(uint256 hop);
    /// @notice A quote's path has the pool of this step already.
    error PoolRepeated(uint256 hop);
    /// @notice A protocol fee is above {MAX_PROTOCOL_FEE_BPS}.
    error ProtocolFeeTooHigh(uint256 protocolFeeBps);
    /// @notice The pool does not accept this action before `until`.
    error PoolPaused(bytes32 poolId, uint256 flag, uint256 until);
    /// @notice Flags are 1 (swaps), 2 (adds), 4 (single-token exits) and their sums.
    error PauseFlagsInvalid(uint256 flags);
    /// @notice The guardian pauses for a second to {MAX_PAUSE}.
    error PauseDurationInvalid(uint256 duration);
    /// @notice The guardian set the same flag less than {PAUSE_COOLDOWN} ago.
    error PauseTooSoon(bytes32 poolId, uint256 flag, uint256 notBefore);
    /// @notice Only stable pools have an amplification.
    error NotStable(bytes32 poolId);
    /// @notice A ramp goes at most to the double or half, in a day at least and a year at most.
    error RampOutOfRange(uint256 first, uint256 last, uint256 duration);
    /// @notice The fee of flash loans is above {MAX_FLASH_FEE}.
    error FlashFeeTooHigh(uint256 fee);
    /// @notice A flash loan is under way.
    error FlashLoanNested();
    /// @notice The borrower did not return what {IFlashBorrower-onFlashLoan} has to.
    error FlashLoanRefused(address borrower);
    /// @notice A batch is under way.
    error BatchNested();
    /// @notice A rate provider failed (rate 0) or answered a rate out of range.
    error RateUnavailable(address provider, uint256 rate);
    /// @notice The call has too little gas to give another contract the gas it is due.
    error GasTooLow(uint256 needed);
    /// @notice Less native coin came along than is due.
    error NativeAmountTooLow(uint256 value, uint256 amount);
    /// @notice Native coin is accepted with a call only.
    error NativeNotExpected(address sender);
    /// @notice The extension answers only as a part of the manager.
    error NotTheManager();
}
