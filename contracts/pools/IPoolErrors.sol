// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title IPoolErrors
/// @notice Errors of the pool manager, whichever of its modules reverts. See {IPoolManager}.
interface IPoolErrors {
    /// @notice The call came after its deadline.
    error DeadlinePassed(uint256 deadline, uint256 blockTime);
    /// @notice No pool has this key.
    error PoolNotFound(bytes32 poolId);
    /// @notice A pool has this key already.
    error PoolExists(bytes32 poolId);
    /// @notice The key could not be stored, for want of gas.
    error KeyNotPublished(bytes32 poolId);
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
    /// @notice A protocol fee is above {IPoolViews-MAX_PROTOCOL_FEE_BPS}.
    error ProtocolFeeTooHigh(uint256 protocolFeeBps);
    /// @notice The protocol's share is not raised from `current` to `raised`, in basis points, while growth until now
    /// cannot be charged: a rise of a rate waits for its confirmation, a rate provider fails, or the pool is out of
    /// range.
    error GrowthNotCharged(bytes32 poolId, uint256 current, uint256 raised);
    /// @notice The pool does not accept this action before `until`.
    error PoolPaused(bytes32 poolId, uint256 flag, uint256 until);
    /// @notice Flash loans (flag 1) or the creation of pools (flag 2) are paused before `until`.
    error ManagerPaused(uint256 flag, uint256 until);
    /// @notice Flags of a pool are 1 (all that is priced), 2 (adds), 4 (single-token exits) and their sums; those of
    /// the manager 1 (flash loans), 2 (creation of pools) and 3.
    error PauseFlagsInvalid(uint256 flags);
    /// @notice Only stable pools have an amplification.
    error NotStable(bytes32 poolId);
    /// @notice The balances of a stable pool are, or would be, too far apart or too large for its math. Where they are
    /// so already, after everybody left or by a rate, {IPoolLiquidity-addUnbalanced} brings them back; exits in
    /// proportion work all the same.
    error PoolOutOfRange(bytes32 poolId);
    /// @notice Bringing a pool back into its range takes `needed` of the token, in token units, at least.
    error AmountBelowRange(address token, uint256 amount, uint256 needed);
    /// @notice A ramp goes at most to the double or half, in a day at least and a year at most, and moves by at most
    /// the least fee of the pool, as a part of itself, in 15 seconds. `first` and `last` are times tokens, `first`
    /// rounded down.
    error RampOutOfRange(uint256 first, uint256 last, uint256 duration);
    /// @notice The fee of flash loans is above {IPoolViews-MAX_FLASH_FEE}.
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
    /// @notice What goes to address 0 or to the manager itself would belong to nobody.
    error RecipientInvalid(address recipient);
    /// @notice A mask of tokens has a bit for which the pool has no token.
    error TokenMaskInvalid(uint256 mask);
    /// @notice The signature is not one of `owner` for this approval and its next nonce.
    error SignatureInvalid(address owner);
    /// @notice Native coin is accepted with a call only.
    error NativeNotExpected(address sender);
    /// @notice A module answers only as a part of the manager.
    error NotTheManager();
    /// @notice The module has another revenue receiver or wrapped native coin than the first one.
    error ModuleDiffers(address module);
}
