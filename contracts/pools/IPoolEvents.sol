// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title IPoolEvents
/// @notice Events of the pool manager, whichever of its modules emits them. See {IPoolManager}.
interface IPoolEvents {
    /// @notice A pool was created. The first liquidity follows as {LiquidityAdded}. `checkpoint`: its invariant per
    /// share, Q96.
    event PoolCreated(bytes32 indexed poolId, uint256[] key, uint256 protocolFeeBps, uint256 checkpoint);
    /// @notice `amountIn` of the token with index `tokenIn` went in and `amountOut` of that with index `tokenOut` came
    /// out. The whole of `amountIn`, fee included, is in the pool's balance. `fee` is what this trader paid, discounts
    /// counted, in millionths of `amountIn`: ceil(amountIn * fee / 10^6) token units.
    event Swap(
        bytes32 indexed poolId,
        address indexed trader,
        uint256 tokenIn,
        uint256 tokenOut,
        uint256 amountIn,
        uint256 amountOut,
        uint256 fee
    );
    /// @notice Shares were minted for `amounts`. The first event of a pool mints {MINIMUM_SHARES} more, which nobody
    /// holds.
    event LiquidityAdded(bytes32 indexed poolId, address indexed provider, uint256 shares, uint256[] amounts);
    /// @notice Shares were burned for `amounts`.
    event LiquidityRemoved(bytes32 indexed poolId, address indexed provider, uint256 shares, uint256[] amounts);
    /// @notice `donor` gave `amounts` to all who have shares.
    event Donated(bytes32 indexed poolId, address indexed donor, uint256[] amounts);
    /// @notice `holder` gave up a claim on `amount` of the token, in token units, and `recipient` got it. Claims are
    /// made by exits, as the ERC-6909 event Transfer from address 0 of the id uint160(token) says.
    event Claimed(address indexed holder, address indexed token, address recipient, uint256 amount);
    /// @notice Growth of the invariant owes the protocol `shares` more, which may be none, and counts from `checkpoint`
    /// on: invariant per share, Q96. Where a ramp is under way it was measured where the last {CheckpointCarried} says,
    /// or at the start of the ramp.
    event ProtocolFeeAccrued(bytes32 indexed poolId, uint256 shares, uint256 checkpoint);
    /// @notice During a ramp: growth counts from `checkpoint` on, the old one carried to the amplification of this
    /// block, which is `annX32` times 2^-32 (times tokens). The first one in or after the second in which the ramp ends
    /// says that it is over.
    event CheckpointCarried(bytes32 indexed poolId, uint256 checkpoint, uint256 annX32);
    /// @notice What the pool makes of the rate of the token with index `token`: growth rests on `accepted`, which
    /// changed last at `since`; `candidate`, set at `seen`, waits for an event to confirm it (see {PoolRates}). Rates
    /// have 18 decimals, 0 is none.
    event RateObserved(
        bytes32 indexed poolId, uint256 token, uint256 accepted, uint256 since, uint256 candidate, uint256 seen
    );
    /// @notice While a rise of a rate waits: of shares above `supply`, which all were when it was first seen, growth
    /// counts from `checkpoint`, invariant per share, Q96 (see {PoolLateShares}). Both 0: none waits any more. It is
    /// carried along a ramp with every {CheckpointCarried}.
    event LateSharesSet(bytes32 indexed poolId, uint256 supply, uint256 checkpoint);
    /// @notice The shares owed to the protocol were minted to the revenue receiver.
    event ProtocolFeeCollected(bytes32 indexed poolId, uint256 shares);
    /// @notice The protocol's share of growth from now on, in basis points.
    event ProtocolFeeSet(bytes32 indexed poolId, uint256 protocolFeeBps);
    /// @notice The share of growth that new pools start with, in basis points.
    event InitialProtocolFeeSet(uint256 protocolFeeBps);
    /// @notice The pool does not accept the actions of `flags` before `until`, a time in seconds; at once again when
    /// that has passed.
    event PauseSet(bytes32 indexed poolId, uint256 flags, uint256 until);
    /// @notice The guardian asked for a pause of `flag` that it cannot set before `notBefore`: the pool was left out.
    event PauseSkipped(bytes32 indexed poolId, uint256 flag, uint256 notBefore);
    /// @notice There are no flash loans (flag 1) or new pools (flag 2) before `until`, a time in seconds; at once again
    /// when that has passed.
    event ManagerPauseSet(uint256 flags, uint256 until);
    /// @notice The guardian asked for a pause of `flag` of the manager that it cannot set before `notBefore`: nothing
    /// changed.
    event ManagerPauseSkipped(uint256 flag, uint256 notBefore);
    /// @notice Amplification times the number of tokens goes from `firstX32` at `start` to `lastX32` at `end`, in a
    /// straight line. Both in units of 2^-32.
    event AmplificationRamped(bytes32 indexed poolId, uint256 firstX32, uint256 lastX32, uint256 start, uint256 end);
    /// @notice `fee` of the token was paid for the loan of `amount`, by `borrower`.
    event FlashLoan(address indexed borrower, address indexed token, uint256 amount, uint256 fee);
    /// @notice The fee of flash loans from now on, in millionths.
    event FlashFeeSet(uint256 fee);
}
