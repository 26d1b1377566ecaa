// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IPoolErrors} from "./IPoolErrors.sol";
import {IPoolEvents} from "./IPoolEvents.sol";

/// @title IPoolAdmin
/// @notice Creation of pools, protocol fees, pauses and ramps: what creators, governance and the guardian call. See
/// {IPoolManager}.
interface IPoolAdmin is IPoolErrors, IPoolEvents {
    /// @notice Creates a pool and adds its first liquidity. Restricted by the AccessManager, which may open it to
    /// everyone.
    /// @param key Words of the key, see {PoolKey}.
    /// @param amounts First balances, by the order of the key, in token units. Their ratio is the first price.
    /// @param minShares Least number of shares that `recipient` may get.
    /// @param recipient Gets the shares: the invariant (of a stable pool in 10^-18, of a weighted one in token units,
    /// each of which makes 10 shares for every decimal that the tokens are short of 18 by weight, 10^9 at most),
    /// rounded down, less {IPoolViews-MINIMUM_SHARES}.
    /// @param deadline Last second at which the call is good, in unix time.
    /// @return poolId Hash of the key.
    /// @return shares What `recipient` got.
    function createPool(
        uint256[] calldata key,
        uint256[] calldata amounts,
        uint256 minShares,
        address recipient,
        uint256 deadline
    ) external payable returns (bytes32 poolId, uint256 shares);

    /// @notice Mints the shares that are owed to the protocol to {IPoolManager-revenueReceiver}. Anyone may call.
    /// @param key The pool, as the words of {PoolKey}.
    /// @return shares What was minted.
    function collectProtocolFee(uint256[] calldata key) external returns (uint256 shares);

    /// @notice Sets the protocol's share of growth from now on; growth until now is charged at the old one. Restricted.
    /// Where growth cannot be charged (a rate provider fails, the pool is out of range) or a rise of a rate waits for
    /// its confirmation, a share is not raised: {IPoolErrors-GrowthNotCharged}. It can be once all answer and nothing
    /// waits: call {collectProtocolFee} an hour after the rise was first seen, which confirms it, and this right
    /// after it; where the rate rose again meanwhile, by at most 0.05 % a day, call this another hour later. A lower
    /// share is set at any time, and what waits is then charged at the lower one.
    /// @param key The pool, as the words of {PoolKey}.
    /// @param protocolFeeBps Share of growth, in basis points; above {IPoolViews-MAX_PROTOCOL_FEE_BPS} it reverts with
    /// {IPoolErrors-ProtocolFeeTooHigh}.
    function setProtocolFee(uint256[] calldata key, uint256 protocolFeeBps) external;

    /// @notice Sets the share of growth that new pools start with. Restricted.
    /// @param protocolFeeBps Share of growth, in basis points; above {IPoolViews-MAX_PROTOCOL_FEE_BPS} it reverts with
    /// {IPoolErrors-ProtocolFeeTooHigh}.
    function setInitialProtocolFee(uint256 protocolFeeBps) external;

    /// @notice Stops actions in these pools for `duration` seconds. Restricted to the guardian. Flags and their sums:
    /// - 1: everything that is priced: swaps, paths, unbalanced and single-token adds, single-token exits, and their
    ///   quotes;
    /// - 2: all adds;
    /// - 4: single-token exits.
    /// Exits in proportion and {collectProtocolFee} cannot be stopped.
    ///
    /// A pause that is set for longer stays. While the guardian's own pause counts, a call lengthens it, to
    /// {IPoolViews-MAX_PAUSE} after it began at most; once it is over, or governance ended or shortened it, the
    /// guardian cannot lengthen it nor set the same flag of that pool again before {IPoolViews-PAUSE_COOLDOWN} after it
    /// began. A flag of a pool that cannot be set or lengthened is left out with {IPoolEvents-PauseSkipped}, and the
    /// rest of the list is paused. Reverts with {IPoolErrors-PoolNotFound} for an id without a pool.
    /// @param poolIds Ids of pools; 400 of them fit a transaction.
    /// @param flags Sum of flags.
    /// @param duration In seconds, from 1 to {IPoolViews-MAX_PAUSE}.
    function pause(bytes32[] calldata poolIds, uint256 flags, uint256 duration) external;

    /// @notice Stops the actions of `flags` in these pools before `until`; a time that has passed lets them resume at
    /// once. Restricted: to extend or to end what the guardian did. When the guardian may begin again is as before.
    /// @param poolIds Ids of pools; 400 of them fit a transaction.
    /// @param flags Sum of flags, see {pause}.
    /// @param until First second at which the actions work again, in unix time.
    function setPause(bytes32[] calldata poolIds, uint256 flags, uint256 until) external;

    /// @notice Removes the marks of pauses that are over, so that swaps need not read that they are. Anyone may call;
    /// nothing that works or does not is changed by it.
    /// @param poolIds Ids of pools; an id without a pool is ignored.
    function clearExpiredPauses(bytes32[] calldata poolIds) external;

    /// @notice Stops flash loans (flag 1) or the creation of pools (flag 2), of the whole manager, for `duration`
    /// seconds. Restricted to the guardian, by the rule of {pause}: a flag that cannot be set or lengthened is left out
    /// with {IPoolEvents-ManagerPauseSkipped}.
    /// @param flags Sum of flags.
    /// @param duration In seconds, from 1 to {IPoolViews-MAX_PAUSE}.
    function pauseManager(uint256 flags, uint256 duration) external;

    /// @notice Stops flash loans or the creation of pools before `until`; a time that has passed lets them resume at
    /// once. Restricted: to extend or to end what the guardian did. When the guardian may begin again is as before.
    /// @param flags Sum of flags, see {pauseManager}.
    /// @param until First second at which they work again, in unix time.
    function setManagerPause(uint256 flags, uint256 until) external;

    /// @notice Moves the amplification of a stable pool to `amplification` until `end`, in a straight line from what it
    /// is now; ends what is left of a ramp before. Restricted. The change is never charged as growth, and trading
    /// around it never pays: what it moves within 15 seconds is at most the least fee of the pool (the key's minimum
    /// fee with a policy, else its swap fee), as a part of itself. Warning: where blocks are further apart, what moves
    /// between two of them can be traded around for a profit at the providers' cost.
    /// @param key The pool, as the words of {PoolKey}. One with a least fee of 0 has no ramps.
    /// @param amplification Where the ramp ends, not times tokens: half to double of what it is now.
    /// @param end When it ends, in seconds: a day to a year from now.
    function rampAmplification(uint256[] calldata key, uint256 amplification, uint256 end) external;

    /// @notice Sets the fee of flash loans. Restricted.
    /// @param fee In millionths of what is lent, {IPoolViews-MAX_FLASH_FEE} at most.
    function setFlashFee(uint256 fee) external;
}
